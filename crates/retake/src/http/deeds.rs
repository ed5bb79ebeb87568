//! What a person does about a run: cancel, resume, retry, redo, pick, budget, resolve.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::response::{IntoResponse as _, Response};
use retake_engine::id::{RunId, TakeNo};
use retake_engine::journal::event::Verdict;
use retake_engine::money::Money;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::caller::{Caller, Named};
use super::problem::Problem;
use super::runs::{Created, RunBrief, created};
use super::{Service, wait};
use crate::app::{Scope, Wish};
use crate::door::wire::{Request, Resolution};

pub(super) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(cancel))
        .routes(routes!(resume))
        .routes(routes!(retry))
        .routes(routes!(redo))
        .routes(routes!(pick))
        .routes(routes!(budget))
        .routes(routes!(resolve))
}

type Answer = Result<Json<RunBrief>, Problem>;

async fn tell(
    caller: Caller,
    scope: Scope,
    run: RunId,
    deed: impl FnOnce(Option<String>) -> Request + Send + 'static,
) -> Answer {
    let counter = caller.may(scope)?;
    wait(move || RunBrief::of(counter.tell(run, deed)?).map(Json)).await
}

/// The body, or nothing where none was sent.
fn or_none<T: Default>(body: Result<Option<Json<T>>, JsonRejection>) -> Result<T, Problem> {
    Ok(body?.map(|Json(body)| body).unwrap_or_default())
}

/// How a run is stopped.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct Cancel {
    /// Cancel paid work at its providers as well, instead of letting it finish.
    now: bool,
}

/// Stop a run.
#[utoipa::path(post, path = "/api/runs/{run}/cancel", tag = "runs", params(("run" = String, Path, description = "Its id")),
    request_body = Option<Cancel>, responses((status = 200, body = RunBrief), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem), (status = 415, body = Problem)))]
async fn cancel(caller: Caller, Named(run): Named, body: Result<Option<Json<Cancel>>, JsonRejection>) -> Answer {
    let Cancel { now } = or_none(body)?;
    tell(caller, Scope::Write, run, move |run| Request::Cancel { run, now }).await
}

/// Go on with a run.
#[utoipa::path(post, path = "/api/runs/{run}/resume", tag = "runs", params(("run" = String, Path, description = "Its id")),
    responses((status = 200, body = RunBrief), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn resume(caller: Caller, Named(run): Named) -> Answer {
    tell(caller, Scope::Write, run, Request::Resume).await
}

/// Try everything that failed again.
#[utoipa::path(post, path = "/api/runs/{run}/retry", tag = "runs", params(("run" = String, Path, description = "Its id")),
    responses((status = 200, body = RunBrief), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn retry(caller: Caller, Named(run): Named) -> Answer {
    tell(caller, Scope::Write, run, Request::Retry).await
}

/// What is made anew.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Redo {
    /// A scene, a shot of it, a step: `storm`, `lamp.2`, `lamp/video`.
    #[schema(example = "storm/image")]
    what: String,
    /// In other words: those of its picture, or what is said in it where `what` is its voice.
    #[schema(example = "Waves hit a lighthouse, seen from above")]
    words: Option<String>,
    /// By another model, which is asked first; whoever was asked so far comes after it.
    #[schema(example = "seedance-lite")]
    model: Option<String>,
}

/// Make a scene anew, or a part of it.
///
/// With other `words` or another `model` its plan is edited, and a new run takes the place of this one: all else is reused.
/// The same again comes to the same run. Of a plan that is somebody's own file a copy is edited.
#[utoipa::path(post, path = "/api/runs/{run}/redo", tag = "runs", params(("run" = String, Path, description = "Its id")),
    request_body = Redo, responses((status = 200, body = RunBrief, description = "It is made anew in the same words"),
        (status = 202, body = Created, description = "It is made otherwise, by this run"), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 402, body = Problem, description = "It would need more money or a key"), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 413, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem, description = "The plan could not be made then"),
        (status = 429, body = Problem, description = "Too much waits to be made: after `Retry-After` there may be room"),
        (status = 507, body = Problem, description = "The disk has no room for another run")))]
async fn redo(caller: Caller, Named(run): Named, body: Result<Json<Redo>, JsonRejection>) -> Result<Response, Problem> {
    let Json(Redo { what, words, model }) = body?;
    if words.is_none() && model.is_none() {
        let told = tell(caller, Scope::Write, run, move |run| Request::Redo { run, what }).await?;
        return Ok(told.into_response());
    }
    let counter = caller.may(Scope::Write)?;
    let wish = Wish { what, words, model };
    created(wait(move || counter.redo(run, &wish).map_err(Problem::undone)).await?)
}

/// Which take is gone back to.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Pick {
    /// The take, such as `storm/video/1`.
    take: String,
}

/// Go back to an earlier take that was kept. It costs nothing.
#[utoipa::path(post, path = "/api/runs/{run}/pick", tag = "runs", params(("run" = String, Path, description = "Its id")),
    request_body = Pick, responses((status = 200, body = RunBrief), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem), (status = 415, body = Problem)))]
async fn pick(caller: Caller, Named(run): Named, body: Result<Json<Pick>, JsonRejection>) -> Answer {
    let take = take_of(&body?.0.take)?;
    tell(caller, Scope::Write, run, move |run| Request::Pick { run, take }).await
}

fn take_of(text: &str) -> Result<TakeNo, Problem> {
    text.parse().map_err(|error| Problem::new("invalid-request", format!("`{text}`: {error}")).field("take"))
}

/// The cap of a run.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Budget {
    /// What it may spend in all.
    #[schema(value_type = String, example = "7.50")]
    usd: Money,
}

/// Set the cap of a run, over that of its plan.
#[utoipa::path(post, path = "/api/runs/{run}/budget", tag = "runs", params(("run" = String, Path, description = "Its id")),
    request_body = Budget, responses((status = 200, body = RunBrief), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem), (status = 415, body = Problem)))]
async fn budget(caller: Caller, Named(run): Named, body: Result<Json<Budget>, JsonRejection>) -> Answer {
    let Json(Budget { usd: cap }) = body?;
    tell(caller, Scope::Budget, run, move |run| Request::Budget { run, cap }).await
}

/// What becomes of a held take: exactly one of the three.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Resolve {
    /// The take, such as `storm/video/1`.
    take: String,
    /// It is this work at the provider: its id there.
    adopt: Option<String>,
    /// Write it off and make it again: the risk of paying twice is accepted.
    #[serde(default)]
    resend: bool,
    /// Write it off and go on without it.
    #[serde(default)]
    abandon: bool,
}

/// Decide about a take whose answer was lost and that nobody can find.
#[utoipa::path(post, path = "/api/runs/{run}/resolve", tag = "runs", params(("run" = String, Path, description = "Its id")),
    request_body = Resolve, responses((status = 200, body = RunBrief), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem), (status = 415, body = Problem)))]
async fn resolve(caller: Caller, Named(run): Named, body: Result<Json<Resolve>, JsonRejection>) -> Answer {
    let Json(Resolve { take, adopt, resend, abandon }) = body?;
    let take = take_of(&take)?;
    let how = match (adopt, resend, abandon) {
        (Some(ticket), false, false) => Resolution::Adopt(ticket.as_str().into()),
        (None, true, false) => Resolution::Verdict(Verdict::Resend),
        (None, false, true) => Resolution::Verdict(Verdict::Abandon),
        _ => {
            let what = "exactly one of `adopt`, `resend` and `abandon` is said";
            return Err(Problem::new("invalid-request", what).field("body"));
        }
    };
    tell(caller, Scope::Budget, run, move |run| Request::Resolve { run, take, how }).await
}
