//! What a plan would make and cost, before anything is spent.

use axum::Json;
use axum::body::Bytes;
use axum::extract::Query;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::http::HeaderMap;
use retake_engine::money::Money;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::caller::Caller;
use super::problem::Problem;
use super::runs::{Make, Notice, post_of};
use super::{Service, wait};
use crate::app::{Act, Row, Scope};
use crate::door::wire::Quoted;

pub(super) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(quote))
}

/// What a plan would make and cost.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Quote {
    /// The title of the film.
    film: String,
    /// How many steps are reused.
    pub(super) reuse: usize,
    /// How many are made.
    pub(super) make: usize,
    /// What it will probably cost.
    #[schema(value_type = String, example = "1.84")]
    pub(super) expected_usd: Money,
    /// What it can cost at the most.
    #[schema(value_type = String, example = "5.52")]
    worst_usd: Money,
    /// What it may cost.
    #[schema(value_type = String, example = "6.00")]
    cap_usd: Money,
    /// Step by step.
    steps: Vec<Step>,
    /// What the plan's writer should know.
    warnings: Vec<Notice>,
    /// Models that would make something and have no key here: it would be refused.
    keyless: Vec<Notice>,
}

/// What would become of a step.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Step {
    /// Its node.
    node: String,
    /// Its scene.
    scene: Option<String>,
    /// What is done.
    step: String,
    /// `reuse` or `make`.
    fate: &'static str,
    /// By which model.
    model: Option<String>,
    /// What it will probably cost.
    #[schema(value_type = String)]
    expected_usd: Money,
    /// What it can cost at the most.
    #[schema(value_type = String)]
    worst_usd: Money,
}

impl From<Row> for Step {
    fn from(row: Row) -> Self {
        let fate = if row.fate == Act::Reuse { "reuse" } else { "make" };
        let Row { node, scene, step, model, expected_usd, worst_usd, .. } = row;
        Self { node, scene, step, fate, model, expected_usd, worst_usd }
    }
}

impl From<Quoted> for Quote {
    fn from(quoted: Quoted) -> Self {
        Self {
            film: quoted.film.clone(),
            reuse: quoted.count(Act::Reuse),
            make: quoted.count(Act::Make),
            expected_usd: quoted.expected_usd,
            worst_usd: quoted.worst_usd,
            cap_usd: quoted.cap_usd,
            warnings: quoted.warnings.into_iter().map(Notice::from).collect(),
            keyless: quoted.keyless.into_iter().map(Notice::from).collect(),
            steps: quoted.rows.into_iter().map(Step::from).collect(),
        }
    }
}

/// What making this film would do and cost. Nothing is spent.
#[utoipa::path(post, path = "/api/quotes", tag = "runs", params(Make),
    request_body(content((Object = "application/json"), (String = "application/yaml")), description = "The plan"),
    responses((status = 200, body = Quote), (status = 400, body = Problem), (status = 401, body = Problem), (status = 402, body = Problem), (status = 403, body = Problem),
        (status = 413, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem)))]
async fn quote(
    caller: Caller,
    make: Result<Query<Make>, QueryRejection>,
    headers: HeaderMap,
    plan: Result<Bytes, BytesRejection>,
) -> Result<Json<Quote>, Problem> {
    let counter = caller.may(Scope::Read)?;
    let post = post_of(&counter, &make?.0, &headers, &plan?)?;
    Ok(Json(wait(move || Ok(counter.quote(&post)?)).await?.into()))
}
