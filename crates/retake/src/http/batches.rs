//! Several plans in one call.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use retake_engine::id::{Hash, RunId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::caller::Caller;
use super::problem::Problem;
use super::runs::{RunBrief, once_of, patient};
use super::{Service, wait};
use crate::app::{Batch, Counter, Post, Scope, new_run, now};

/// How many plans there are at the most.
const PLANS_MOST: usize = 100;

pub(super) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(begin)).routes(routes!(one))
}

/// How all of them are to be made.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Patience {
    /// How patiently steps are tried in all of these runs, over what their plans say: as a plan's `retry`, such as
    /// `{"video":{"attempts":5}}`. What is to count for one of them alone is said in its plan.
    retry: Option<String>,
}

/// Plans, each as an object or as the text of one.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Plans {
    /// At least one, and 100 at the most.
    #[schema(value_type = Vec<Object>)]
    plans: Vec<Value>,
    /// Whether local makers may stand in where a key is missing.
    #[serde(default)]
    allow_fallback: bool,
}

/// Runs that were begun together.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Batch)]
struct Runs {
    /// The batch's id.
    batch: String,
    /// How many of them are over.
    ended: usize,
    /// One for each plan, in their order.
    runs: Vec<RunBrief>,
}

/// Nothing was begun: some plans cannot be made.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Refused {
    /// `invalid-batch`.
    code: &'static str,
    /// The status of the answer.
    status: u16,
    /// What is wrong.
    detail: String,
    /// One for each plan, in their order: what is wrong with it, or null.
    items: Vec<Option<Problem>>,
}

/// Begin a film of each plan. All of them are looked at first: if one cannot be made, none is begun.
#[utoipa::path(post, path = "/api/batches", tag = "batches", params(Patience, ("Idempotency-Key" = Option<String>, Header, description = "Makes it once")),
    request_body = Plans, responses((status = 202, body = Runs), (status = 400, body = Problem), (status = 401, body = Problem), (status = 402, body = Problem), (status = 403, body = Problem),
        (status = 413, body = Problem), (status = 415, body = Problem), (status = 422, body = Refused),
        (status = 429, body = Problem, description = "Too much waits to be made: after `Retry-After` there may be room"),
        (status = 507, body = Problem, description = "The disk has no room for more runs")))]
async fn begin(
    caller: Caller,
    how: Result<Query<Patience>, QueryRejection>,
    headers: HeaderMap,
    body: Result<Json<Plans>, JsonRejection>,
) -> Result<Response, Problem> {
    let counter = caller.may(Scope::Write)?;
    let Query(Patience { retry }) = how?;
    patient(retry.as_deref())?;
    let Json(Plans { plans, allow_fallback }) = body?;
    if plans.is_empty() || plans.len() > PLANS_MOST {
        let what = format!("a batch has 1 to {PLANS_MOST} plans, not {}", plans.len());
        return Err(Problem::new("invalid-request", what).field("plans"));
    }
    let texts: Vec<Vec<u8>> = plans.into_iter().map(text_of).collect();
    let all: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
    let flag: &[u8] = if allow_fallback { b"fallback" } else { b"" };
    // What was sent before there was such a word is the same wish still.
    let patience: Vec<&[u8]> = retry.as_deref().map(str::as_bytes).into_iter().collect();
    let once = once_of(&headers, &[&all[..], &[flag], &patience].concat())?;
    let body = Hash::of(all.iter().copied());
    // The same wish has the same id; without one, each call is another.
    let id = once.as_ref().map_or_else(|| new_run().0, |once| id_of(&counter, &once.key));
    let body = once.map_or(body, |once| once.body);
    let post = |plan| {
        let account = counter.account();
        Post { plan, account, seed: None, until: None, allow_fallback, retry: retry.clone(), once: None }
    };
    let posts = texts.into_iter().map(post).collect();
    let at = counter.clone();
    match wait(move || Ok(at.begin_batch(id, body, posts, now())?)).await? {
        Batch::Begun(runs) => {
            let told = wait(move || told(&counter, id, &runs)).await?;
            Ok((StatusCode::ACCEPTED, Json(told)).into_response())
        }
        Batch::Declined(answers) => {
            let wrong = answers.iter().flatten().count();
            let detail = format!("{wrong} of {} plans cannot be made: none was begun", answers.len());
            let items = answers.into_iter().map(|answer| answer.map(Problem::from)).collect();
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let refused = Refused { code: "invalid-batch", status: status.as_u16(), detail, items };
            Ok((status, Json(refused)).into_response())
        }
    }
}

/// A plan's text; one that was sent as an object is as good as its JSON.
fn text_of(plan: Value) -> Vec<u8> {
    match plan {
        Value::String(text) => text.into_bytes(),
        other => other.to_string().into_bytes(),
    }
}

/// The id of a batch that is wished for under a key.
fn id_of(counter: &Counter, key: &str) -> Uuid {
    let hash = Hash::of([format!("batch {} {key}", counter.account()).as_bytes()]);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn told(counter: &Counter, id: Uuid, runs: &[RunId]) -> Result<Runs, Problem> {
    let runs: Vec<RunBrief> =
        runs.iter().map(|run| RunBrief::of(counter.find(*run)?)).collect::<Result<_, Problem>>()?;
    Ok(Runs { batch: id.to_string(), ended: runs.iter().filter(|run| run.is_over()).count(), runs })
}

/// Look at a batch.
#[utoipa::path(get, path = "/api/batches/{batch}", tag = "batches", params(("batch" = String, Path, description = "Its id")),
    responses((status = 200, body = Runs), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn one(caller: Caller, Path(id): Path<String>) -> Result<Json<Runs>, Problem> {
    let counter = caller.may(Scope::Read)?;
    let id = Uuid::try_parse(&id).map_err(|_| Problem::missing("such batch"))?;
    wait(move || told(&counter, id, &counter.batch(id)?).map(Json)).await
}
