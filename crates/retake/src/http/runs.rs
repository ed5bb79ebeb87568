//! Runs: making one of a plan that is sent, listing them, looking at one.

use std::borrow::Cow;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use retake_engine::id::{Hash, RunId};
use retake_engine::journal::state::{Items, Status};
use retake_engine::moment::Moment;
use retake_engine::store::Once;
use retake_film::plan::read_retry;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::openapi::schema::AnyOf;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::caller::{Caller, Named};
use super::problem::Problem;
use super::{Service, wait};
use crate::app::{Accepted, Counter, Filter, Post, Problem as Warning, Scope, Until, now};
use crate::door::wire::Brief;
use crate::ui::json::{self, Cost};
use crate::ui::waits;
use crate::ui::words;

/// How many runs a list has where nobody says.
const PAGE: usize = 50;
/// How many it has at the most.
const PAGE_MOST: usize = 200;
/// The longest wait for a change.
const WAIT_MOST: Duration = Duration::from_secs(60);
/// The longest key of a wish.
const KEY_BYTES: usize = 255;

pub(super) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(create, list)).routes(routes!(one))
}

/// A run as lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct RunBrief {
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    run: RunId,
    /// The title of the film.
    film: String,
    /// Where it stands.
    #[schema(example = "running")]
    status: &'static str,
    /// Why it is paused.
    reason: Option<&'static str>,
    /// When it was created, in milliseconds since 1970.
    #[schema(value_type = u64)]
    created: Moment,
    /// When something was last written down of it, in milliseconds since 1970.
    #[schema(value_type = u64)]
    changed: Moment,
    /// The number of its last event.
    seq: u64,
    /// Its items, by the five words, and how many of them were reused.
    #[schema(value_type = std::collections::BTreeMap<String, u64>)]
    items: Items,
    /// Its money.
    cost: Cost,
    /// How far it is.
    progress: Steps,
    /// The run that makes the film whose scenes this one has written; told where one run is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    film_run: Option<RunId>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(super) struct Steps {
    /// How many steps were made.
    completed_steps: usize,
    /// How many there are.
    total_steps: usize,
    /// The share of them, in whole percent.
    percentage: usize,
}

impl RunBrief {
    /// Whether it is over.
    pub(super) fn is_over(&self) -> bool {
        ["completed", "partial", "failed", "cancelled"].contains(&self.status)
    }

    /// As it is known.
    pub(super) fn of(brief: Brief) -> Result<Self, Problem> {
        let Brief { run, created, changed, seq, summary } = brief;
        let summary = summary.ok_or_else(Problem::internal)?;
        let reason = match &summary.status {
            Status::Paused(pause) => Some(json::pause_word(pause)),
            Status::Queued | Status::Running | Status::Ended(_) => None,
        };
        let percentage = json::percentage(&summary);
        Ok(Self {
            run,
            film: words::title(&summary.about).to_owned(),
            status: summary.status.word(),
            reason,
            created,
            changed,
            seq,
            items: summary.items,
            cost: Cost::of(&summary),
            progress: Steps { completed_steps: summary.nodes_done, total_steps: summary.nodes, percentage },
            film_run: None,
        })
    }
}

/// A run in full.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct RunFull {
    /// The run.
    #[serde(flatten)]
    run: json::Run,
    /// When it was created, in milliseconds since 1970.
    #[schema(value_type = u64)]
    created: Moment,
    /// When something was last written down of it, in milliseconds since 1970.
    #[schema(value_type = u64)]
    changed: Moment,
    /// The number of its last event.
    seq: u64,
    /// What its nodes wait for, while somebody carries it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    waits: Option<waits::Told>,
    /// The run that makes the film whose scenes this one has written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    film_run: Option<RunId>,
}

/// A run, as much of it as was asked for.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum Seen {
    /// All of it.
    Full(Box<RunFull>),
    /// What lists show.
    Brief(Box<RunBrief>),
}

impl PartialSchema for Seen {
    fn schema() -> RefOr<Schema> {
        // Whatever is a run in full is one in brief as well.
        let forms = ["RunFull", "RunBrief"].map(Ref::from_schema_name);
        let any = forms.into_iter().fold(AnyOf::builder(), utoipa::openapi::schema::AnyOfBuilder::item);
        RefOr::T(Schema::AnyOf(any.build()))
    }
}

impl ToSchema for Seen {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("RunSeen")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        RunFull::schemas(schemas);
        RunBrief::schemas(schemas);
        schemas.extend([("RunFull".to_owned(), RunFull::schema()), ("RunBrief".to_owned(), RunBrief::schema())]);
    }
}

/// A run that was created.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Created {
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    pub(super) run: RunId,
    /// Where it is looked at.
    pub(super) url: String,
    /// What the plan's writer should know.
    pub(super) warnings: Vec<Notice>,
}

/// What a plan's writer should know.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Notice {
    /// The scene it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    scene: Option<String>,
    /// What it is.
    what: String,
    /// The rule behind it.
    why: String,
    /// The way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl From<Warning> for Notice {
    fn from(Warning { scene, what, why, hint }: Warning) -> Self {
        Self { scene, what, why, hint }
    }
}

/// How a plan is to be made.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Make {
    /// Where its randomness starts, instead of the plan's seed.
    seed: Option<u32>,
    /// Pause when all voices or pictures are there: `voice` or `storyboard`.
    #[param(value_type = Option<String>)]
    until: Option<Until>,
    /// Whether local makers may stand in where a key is missing.
    #[serde(default)]
    allow_fallback: bool,
    /// How patiently steps are tried in this run, over what the plan says: as its `retry`, such as `{"video":{"attempts":5}}`.
    retry: Option<String>,
}

/// A plan as it was sent, with how it is to be made.
pub(super) fn post_of(counter: &Counter, make: &Make, headers: &HeaderMap, plan: &Bytes) -> Result<Post, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !["application/json", "application/yaml", "application/x-yaml", "text/yaml"].contains(&kind.as_str()) {
        return Err(Problem::new("wrong-media-type", format!("a plan is YAML or JSON, not `{kind}`"))
            .hint("send `Content-Type: application/yaml` or `application/json`"));
    }
    // JSON is YAML to whoever reads plans; that it is what it says to be is looked at here.
    if kind == "application/json" {
        serde_json::from_slice::<serde::de::IgnoredAny>(plan)
            .map_err(|error| Problem::new("invalid-request", format!("no JSON: {error}")).field("body"))?;
    }
    let &Make { seed, until, allow_fallback, ref retry } = make;
    patient(retry.as_deref())?;
    let how = format!("{seed:?} {until:?} {allow_fallback}");
    let mut body: Vec<&[u8]> = vec![plan, how.as_bytes()];
    // What was sent before there was such a word is the same wish still.
    body.extend(retry.as_deref().map(str::as_bytes));
    let once = once_of(headers, &body)?;
    Ok(Post {
        plan: plan.to_vec(),
        account: counter.account(),
        seed,
        until,
        allow_fallback,
        retry: retry.clone(),
        once,
    })
}

/// That what is said of patience makes sense.
pub(super) fn patient(retry: Option<&str>) -> Result<(), Problem> {
    retry.map_or(Ok(()), |retry| read_retry(retry).map(drop).map_err(|mistakes| Problem::misread("retry", mistakes)))
}

/// The wish that something be done once, if there is one.
pub(super) fn once_of(headers: &HeaderMap, body: &[&[u8]]) -> Result<Option<Once>, Problem> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let wrong = || {
        Problem::new("invalid-request", format!("an Idempotency-Key has 1 to {KEY_BYTES} visible letters"))
            .field("Idempotency-Key")
    };
    let key = key.to_str().map_err(|_| wrong())?.trim();
    if key.is_empty() || key.len() > KEY_BYTES {
        return Err(wrong());
    }
    let mut hash = Sha256::new();
    for part in body {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    Ok(Some(Once { key: key.to_owned(), body: Hash::from_bytes(hash.finalize().into()) }))
}

/// Make a film of a plan.
///
/// With an `Idempotency-Key` it is made once, however often that is asked for in the same words.
#[utoipa::path(post, path = "/api/runs", tag = "runs", params(Make, ("Idempotency-Key" = Option<String>, Header, description = "Makes it once")),
    request_body(content((Object = "application/json"), (String = "application/yaml")), description = "The plan"),
    responses((status = 202, body = Created, description = "It is made"), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 402, body = Problem, description = "It would need more money or a key"), (status = 403, body = Problem), (status = 413, body = Problem), (status = 415, body = Problem),
        (status = 422, body = Problem, description = "The plan cannot be made, or the key was used for another"),
        (status = 429, body = Problem, description = "Too much waits to be made: after `Retry-After` there may be room"), (status = 503, body = Problem),
        (status = 507, body = Problem, description = "The disk has no room for another run")))]
async fn create(
    caller: Caller,
    make: Result<Query<Make>, QueryRejection>,
    headers: HeaderMap,
    plan: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let counter = caller.may(Scope::Write)?;
    let post = post_of(&counter, &make?.0, &headers, &plan?)?;
    let accepted = wait(move || Ok(counter.post(&post)?)).await?;
    created(accepted)
}

/// That a film is made, and where it is looked at.
pub(super) fn created(accepted: Accepted) -> Result<Response, Problem> {
    let url = format!("/api/runs/{}", accepted.run);
    let location = HeaderValue::from_str(&url).map_err(|_| Problem::internal())?;
    let warnings = accepted.warnings.into_iter().map(Notice::from).collect();
    let body = Json(Created { run: accepted.run, url, warnings });
    let mut response = (StatusCode::ACCEPTED, [(header::LOCATION, location)], body).into_response();
    if accepted.again {
        response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// Which runs are listed.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Those that stand there: `queued`, `running`, `paused`, `completed`, `partial`, `failed`, `cancelled`.
    status: Option<String>,
    /// Where the list before ended: its `next`.
    #[param(value_type = Option<String>)]
    cursor: Option<Uuid>,
    /// How many, 200 at the most.
    limit: Option<usize>,
}

/// Some runs, the newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Runs {
    /// These.
    runs: Vec<RunBrief>,
    /// The `cursor` of those after them, if there are more.
    next: Option<String>,
}

/// List runs, the newest first.
#[utoipa::path(get, path = "/api/runs", tag = "runs", params(Which),
    responses((status = 200, body = Runs), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list(caller: Caller, which: Result<Query<Which>, QueryRejection>) -> Result<Json<Runs>, Problem> {
    let counter = caller.may(Scope::Read)?;
    let Query(Which { status, cursor, limit }) = which?;
    if let Some(word) = status.as_ref().filter(|word| !STATUSES.contains(&word.as_str())) {
        let what = format!("`{word}` is no status; there are {}", STATUSES.join(", "));
        return Err(Problem::new("invalid-request", what).field("status"));
    }
    let filter = Filter { status, before: cursor.map(RunId) };
    let most = limit.unwrap_or(PAGE).clamp(1, PAGE_MOST);
    let page = wait(move || Ok(counter.list(&filter, most)?)).await?;
    let next = page.runs.last().filter(|_| page.more).map(|last| last.run.to_string());
    let runs = page.runs.into_iter().map(RunBrief::of).collect::<Result<_, _>>()?;
    Ok(Json(Runs { runs, next }))
}

const STATUSES: [&str; 7] = ["queued", "running", "paused", "completed", "partial", "failed", "cancelled"];

/// How a run is looked at.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Look {
    /// `nodes` for all of it: scenes, nodes, takes.
    include: Option<String>,
    /// Wait so long at the most, such as `60s`, until something has changed.
    wait: Option<String>,
    /// The change waited for is one after this event; else after the last one.
    seq: Option<u64>,
}

/// Look at a run.
#[utoipa::path(get, path = "/api/runs/{run}", tag = "runs", params(Look, ("run" = String, Path, description = "Its id")),
    responses((status = 200, body = Seen, description = "With `include=nodes` all of it"),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn one(
    State(service): State<Service>,
    caller: Caller,
    Named(run): Named,
    look: Result<Query<Look>, QueryRejection>,
) -> Result<Json<Seen>, Problem> {
    let counter = caller.may(Scope::Read)?;
    let Query(look) = look?;
    let nodes = match look.include.as_deref() {
        None => false,
        Some("nodes") => true,
        Some(other) => {
            return Err(
                Problem::new("invalid-request", format!("`{other}` cannot be included; `nodes` can")).field("include")
            );
        }
    };
    if let Some(span) = &look.wait {
        let span = span_of(span)?.min(WAIT_MOST);
        service.events.changed(&counter, run, look.seq, span).await?;
    }
    let stories = std::sync::Arc::clone(&service.stories);
    wait(move || {
        let brief = counter.find(run)?;
        if !nodes {
            let brief = RunBrief { film_run: counter.film_after(run)?, ..RunBrief::of(brief)? };
            return Ok(Json(Seen::Brief(Box::new(brief))));
        }
        let Brief { created, changed, .. } = brief;
        let (outlook, film_run) = (counter.outlook(run)?, counter.film_after(run)?);
        stories.with(&counter, run, |story, seq| {
            let waits = outlook.as_ref().map(|outlook| waits::Told::of(outlook, now()));
            let run = json::Run::of(story, story.worked());
            Json(Seen::Full(Box::new(RunFull { run, created, changed, seq, waits, film_run })))
        })
    })
    .await
}

/// A span of time such as `60s`, or a number of seconds.
fn span_of(text: &str) -> Result<Duration, Problem> {
    let wrong = || Problem::new("invalid-request", format!("`{text}` is no time; write it such as 60s")).field("wait");
    let (number, unit) = text.split_at(text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len()));
    let number: u64 = number.parse().map_err(|_| wrong())?;
    match unit {
        "" | "s" => Ok(Duration::from_secs(number)),
        "ms" => Ok(Duration::from_millis(number)),
        "m" => Ok(Duration::from_secs(number.saturating_mul(60))),
        _ => Err(wrong()),
    }
}
