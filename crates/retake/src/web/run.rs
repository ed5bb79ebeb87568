//! A run: how its film is being made, and the film.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::otherwise::Choice;
use super::view::{Can, Seen, View};
use super::visitor::Visitor;
use super::{Frame, Refusal, asked, shown};
use crate::app::{Scope, now};
use crate::http::{Service, run_of, wait};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Look {
    /// The first scene on the page.
    from: usize,
}

#[derive(Template)]
#[template(path = "run.html")]
struct Page {
    frame: Frame,
    view: View,
    from: usize,
}

#[derive(Template)]
#[template(path = "board.html")]
struct Board {
    view: View,
    from: usize,
}

/// The page.
pub(super) async fn page(
    service: State<Service>,
    visitor: Visitor,
    run: Path<String>,
    look: Result<Query<Look>, QueryRejection>,
) -> Result<Response, Refusal> {
    let frame = visitor.frame;
    let Board { view, from } = board(service, visitor, run, look).await?;
    Ok(shown(&Page { frame, view, from }))
}

/// What of the page changes, as it asks for it when something has happened.
pub(super) async fn fragment(
    service: State<Service>,
    visitor: Visitor,
    run: Path<String>,
    look: Result<Query<Look>, QueryRejection>,
) -> Result<Response, Refusal> {
    Ok(shown(&board(service, visitor, run, look).await?))
}

async fn board(
    State(service): State<Service>,
    visitor: Visitor,
    Path(run): Path<String>,
    look: Result<Query<Look>, QueryRejection>,
) -> Result<Board, Refusal> {
    let (run, Look { from }) = (run_of(&run)?, asked(look));
    let counter = visitor.may(Scope::Read)?;
    let view = wait(move || {
        let outlook = counter.outlook(run)?;
        let choice = Choice::of(&counter, run)?;
        let (film, newer) = (counter.film_after(run)?, choice.newer());
        service.tell(&counter, run, |story, seq| {
            let seen = Seen { story, choice: &choice, outlook: outlook.as_ref(), now: now() };
            let view = View::of(seen, seq, from);
            let superseded = view.superseded.or_else(|| newer.map(|run| run.to_string()));
            let film = film.map(|film| film.to_string());
            if superseded.is_none() {
                return View { film, superseded, ..view };
            }
            // What another run has taken the place of is looked at, and not made again over it.
            let can = Can { retry: false, redo: false, ..view.can };
            View { film, superseded, can, advice: None, ..view }
        })
    });
    Ok(Board { view: view.await?, from })
}
