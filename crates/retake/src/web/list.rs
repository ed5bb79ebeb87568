//! All films: the newest first, each with where it stands.

use askama::Template;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::response::Response;
use retake_engine::journal::state::Summary;
use retake_engine::moment::Moment;
use serde::Deserialize;

use super::view::{Chip, Meter};
use super::visitor::Visitor;
use super::{Frame, Refusal, asked, plain, shown};
use crate::app::{Filter, Scope, now};
use crate::door::wire::Brief;
use crate::http::{run_of, wait};
use crate::ui::words;

/// How many films are on a page.
const PAGE: usize = 24;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Which {
    /// Those before this run.
    before: Option<String>,
}

/// A film in the list.
struct Row {
    run: String,
    title: String,
    chip: Chip,
    age: String,
    stamp: String,
    made: usize,
    of: usize,
    missing: usize,
    meter: Meter,
}

#[derive(Template)]
#[template(path = "list.html")]
struct Films {
    frame: Frame,
    rows: Vec<Row>,
    next: Option<String>,
    is_first: bool,
}

#[derive(Template)]
#[template(path = "list_rows.html")]
struct Rows {
    rows: Vec<Row>,
    next: Option<String>,
    is_first: bool,
}

/// The page.
pub(super) async fn page(visitor: Visitor, which: Result<Query<Which>, QueryRejection>) -> Result<Response, Refusal> {
    let frame = visitor.frame;
    let Rows { rows, next, is_first } = rows(visitor, which).await?;
    Ok(shown(&Films { frame, rows, next, is_first }))
}

/// The list alone, as the page asks for it while it is open.
pub(super) async fn fragment(
    visitor: Visitor,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Response, Refusal> {
    Ok(shown(&rows(visitor, which).await?))
}

async fn rows(visitor: Visitor, which: Result<Query<Which>, QueryRejection>) -> Result<Rows, Refusal> {
    let counter = visitor.may(Scope::Read)?;
    let Which { before } = asked(which);
    let before = before.as_deref().map(run_of).transpose()?;
    let page = wait(move || Ok(counter.list(&Filter { status: None, before }, PAGE)?)).await?;
    let next = page.runs.last().filter(|_| page.more).map(|last| last.run.to_string());
    let now = now();
    let rows = page.runs.into_iter().filter_map(|brief| row(brief, now)).collect();
    Ok(Rows { rows, next, is_first: before.is_none() })
}

fn row(brief: Brief, now: Moment) -> Option<Row> {
    let Brief { run, created, summary, .. } = brief;
    let summary: Summary = summary?;
    let items = summary.items;
    Some(Row {
        run: run.to_string(),
        title: plain(words::title(&summary.about)),
        chip: Chip::of_run(&summary.status),
        age: age(created, now),
        stamp: words::stamped(created),
        made: items.complete,
        of: items.total(),
        missing: items.failed_permanent,
        meter: Meter::of(summary.settled.plus(summary.written_off), summary.reserved, summary.cap),
    })
}

/// How long ago it was, in one unit.
fn age(then: Moment, now: Moment) -> String {
    let secs = now.since(then).as_secs();
    match secs {
        0..60 => "just now".to_owned(),
        60..3_600 => format!("{} min ago", secs / 60),
        3_600..86_400 => format!("{} h ago", secs / 3_600),
        _ => format!("{} ago", words::several(usize::try_from(secs / 86_400).unwrap_or(usize::MAX), "day")),
    }
}
