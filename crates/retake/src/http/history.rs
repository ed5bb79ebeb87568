//! Everything that happened in a run, and how it stood at any time.

use axum::Json;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::caller::{Caller, Named};
use super::problem::Problem;
use super::{Service, wait};
use crate::app::Scope;
use crate::ui::json;
use crate::ui::story::Story;

/// How many events are told at once where nobody says.
const PAGE: usize = 500;
/// How many at the most.
const PAGE_MOST: usize = 5_000;

pub(super) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(history))
}

/// Which events.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Those after this one.
    after: Option<u64>,
    /// How many, 5000 at the most.
    limit: Option<usize>,
    /// Not the events, but the run as it was after this one.
    at: Option<u64>,
}

/// Events of a run.
#[derive(Debug, Serialize, ToSchema)]
struct Events {
    /// In their order.
    #[schema(value_type = Vec<Object>)]
    events: Vec<Box<RawValue>>,
    /// The `after` of those that follow, if there are more.
    next: Option<u64>,
}

/// What is read of a journal.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum Read {
    /// Events.
    Events(Events),
    /// The run as it was then, as `include=nodes` shows it.
    Then(Box<json::Run>),
}

/// Read the journal of a run; with `at`, see the run as it was then.
#[utoipa::path(get, path = "/api/runs/{run}/history", tag = "runs", params(Which, ("run" = String, Path, description = "Its id")),
    responses((status = 200, body = Read, description = "Events; with `at` the run as it was then"), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn history(
    caller: Caller,
    Named(run): Named,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Read>, Problem> {
    let counter = caller.may(Scope::Read)?;
    let Query(Which { after, limit, at }) = which?;
    let most = limit.unwrap_or(PAGE).clamp(1, PAGE_MOST);
    wait(move || {
        if let Some(at) = at {
            let mut records = counter.records(run, 0)?;
            records.retain(|record| record.seq <= at);
            let none = |_| Problem::new("invalid-request", format!("it has no event {at}")).field("at");
            let story = Story::read(&records).map_err(none)?;
            return Ok(Json(Read::Then(Box::new(json::Run::of(&story, story.worked())))));
        }
        let records = counter.records(run, after.unwrap_or(0))?;
        let next = records.get(most.wrapping_sub(1)).filter(|_| records.len() > most).map(|record| record.seq);
        let line = |record| RawValue::from_string(json::line(run, record)).map_err(|_| Problem::internal());
        let events = records.iter().take(most).map(line).collect::<Result<_, _>>()?;
        Ok(Json(Read::Events(Events { events, next })))
    })
    .await
}
