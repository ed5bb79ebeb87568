//! The page: what a person sees of their films in a browser, and the forms by which they say what they want.
//!
//! A file per page. Owns markup, addresses and words of its own; where a run stands and what it waits for is
//! [`ui`](crate::ui)'s to say, what can be done is [`app`](crate::app)'s. It works without its script, which only keeps
//! it up to date. Whatever somebody wrote is text: it reaches a page through an escape, and none is marked as safe.

use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::http::{Problem, Service, run_of};

mod assets;
mod deeds;
mod editor;
mod list;
mod otherwise;
mod run;
mod said;
mod scene;
mod signin;
mod stills;
mod view;
mod visitor;

/// Every page and what belongs to it.
pub(crate) fn router() -> Router<Service> {
    Router::new()
        .route("/", get(list::page))
        .route("/list", get(list::fragment))
        .route("/runs/{run}", get(run::page))
        .route("/runs/{run}/board", get(run::fragment))
        .route("/runs/{run}/poster", get(stills::poster))
        .route("/runs/{run}/{deed}", post(deeds::act))
        .route("/stills/{hash}", get(stills::still))
        .route("/new", get(editor::page).post(editor::make))
        .route("/new/quote", post(editor::quote))
        .route("/signin", get(signin::page).post(signin::enter))
        .route("/signout", post(signin::leave))
        .route("/assets/{name}", get(assets::asset))
}

/// A page as it is sent.
fn shown(page: &impl Template) -> Response {
    with_status(StatusCode::OK, page)
}

fn with_status(status: StatusCode, page: &impl Template) -> Response {
    let Ok(text) = page.render() else { return Problem::internal().into_response() };
    // A form of ours has to say where it comes from: with `no-referrer`, browsers would not.
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::REFERRER_POLICY, "same-origin")];
    (status, headers, text).into_response()
}

/// Sends a browser on to look at something.
fn see(address: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(address) else { return Problem::internal().into_response() };
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// The end of a visit that came to nothing, as a page.
struct Refusal {
    problem: Problem,
    /// Where there is a way back to.
    back: String,
}

#[derive(Template)]
#[template(path = "refused.html")]
struct Refused<'r> {
    frame: Frame,
    title: &'r str,
    what: &'r str,
    hint: Option<&'r str>,
    back: &'r str,
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self { problem, back: "/".to_owned() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self { problem, back } = &self;
        if problem.status() == StatusCode::UNAUTHORIZED {
            return see(&if back == "/" { "/signin".to_owned() } else { format!("/signin?next={back}") });
        }
        let (title, what, hint) = (problem.title(), problem.detail(), problem.way_out());
        with_status(problem.status(), &Refused { frame: Frame::default(), title, what, hint, back })
    }
}

/// What stands around every page.
#[derive(Debug, Clone, Copy, Default)]
struct Frame {
    /// Whether whoever looks has signed in, and can leave.
    signed_in: bool,
}

impl Frame {
    const fn version(self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

/// There is nothing at this address: said as a page to whoever reads pages, else as a problem.
pub(crate) async fn nowhere(at: Uri, headers: HeaderMap) -> Response {
    if !reads_pages(&at, &headers) {
        return Problem::no_route().into_response();
    }
    Refusal::from(Problem::missing("such page")).into_response()
}

/// The address is one of a form, and somebody has come to look: said in the same way. What a form of a run does is done
/// on the run's page.
pub(crate) async fn no_method(at: Uri, headers: HeaderMap) -> Response {
    if !reads_pages(&at, &headers) {
        return Problem::no_method().into_response();
    }
    let run = at.path().strip_prefix("/runs/").and_then(|rest| rest.split('/').next());
    let back = run.and_then(|run| run_of(run).ok()).map_or_else(|| "/".to_owned(), |run| format!("/runs/{run}"));
    let problem = Problem::new("no-such-method", "there is nothing to look at here: a button leads here, not a link");
    Refusal { problem: problem.hint("go back, and press the button"), back }.into_response()
}

fn reads_pages(at: &Uri, headers: &HeaderMap) -> bool {
    let reads = headers.get(header::ACCEPT).and_then(|kinds| kinds.to_str().ok());
    !at.path().starts_with("/api") && reads.is_some_and(|kinds| kinds.contains("text/html"))
}

/// What an address asks for; what makes no sense there is not asked for.
fn asked<T: Default>(query: Result<Query<T>, QueryRejection>) -> T {
    query.map(|Query(asked)| asked).unwrap_or_default()
}

/// A text as a page may show it: in one line, and without what would turn around the text beside it.
fn plain(text: &str) -> String {
    crate::ui::text::safe(text)
}
