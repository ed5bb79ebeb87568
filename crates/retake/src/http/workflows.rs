//! The workflow API that existing clients call: two routes with their own shapes, kept as they are.
//!
//! Both of its modes make scenes of code, which this retake does not make yet: they answer with the reason and make
//! nothing. A status is told of any run.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use retake_engine::journal::event::{Ending, Pause};
use retake_engine::journal::state::Status;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::caller::{Caller, run_of};
use super::problem::Problem;
use super::{Service, wait};
use crate::app::Scope;
use crate::ui::json;
use crate::ui::story::Story;

/// The longest prompt, in characters.
const PROMPT_MOST: usize = 20_000;
/// How many scenes a film has at the most.
const SCENES_MOST: usize = 200;

pub(super) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(generate)).routes(routes!(status))
}

/// What is to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "mode", rename_all = "lowercase")]
enum Wish {
    /// One scene.
    Single {
        /// What is to be seen.
        prompt: String,
        /// What it is called.
        #[serde(rename = "sceneName")]
        scene_name: Option<String>,
        /// What else there is to know.
        #[schema(value_type = Option<Object>)]
        context: Option<Value>,
    },
    /// A film of several.
    Multi {
        /// What it is called.
        title: String,
        /// Its scenes.
        scenes: Vec<SceneWish>,
        /// How they are put together.
        #[serde(rename = "mergeOptions")]
        merge_options: Option<MergeOptions>,
    },
}

/// A scene of a film.
#[derive(Debug, Clone, Deserialize, ToSchema)]
struct SceneWish {
    /// What it is called.
    name: String,
    /// What is to be seen.
    prompt: String,
    /// Where it stands.
    order: Option<i64>,
}

/// How scenes are put together.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MergeOptions {
    /// Whether one passes over into the next.
    add_transitions: Option<bool>,
    /// For how many seconds.
    transition_duration: Option<f64>,
}

fn failure(status: StatusCode, error: impl Into<String>) -> Response {
    (status, Json(json!({"success": false, "error": error.into()}))).into_response()
}

fn of_problem(problem: &Problem) -> Response {
    failure(problem.status(), problem.detail())
}

impl Wish {
    /// What is wrong with it, if anything is.
    fn wrong(&self) -> Option<String> {
        let text = |what: &str, text: &str| match text.chars().count() {
            _ if text.trim().is_empty() => Some(format!("`{what}` is empty")),
            count if count > PROMPT_MOST => Some(format!("`{what}` has {count} characters of {PROMPT_MOST}")),
            _ => None,
        };
        match self {
            Self::Single { prompt, scene_name, context } => {
                let is_odd = |context: &Value| !context.is_string() && !context.is_object();
                text("prompt", prompt).or_else(|| text("sceneName", scene_name.as_deref()?)).or_else(|| {
                    context
                        .as_ref()
                        .filter(|context| is_odd(context))
                        .map(|_| "`context` is no text and no object".to_owned())
                })
            }
            Self::Multi { title, scenes, merge_options } => {
                let count = scenes.len();
                let seconds =
                    merge_options.as_ref().and_then(|merge| merge.add_transitions.and(merge.transition_duration));
                text("title", title)
                    .or_else(|| (count == 0).then(|| "`scenes` is empty".to_owned()))
                    .or_else(|| (count > SCENES_MOST).then(|| format!("`scenes` has {count} of {SCENES_MOST}")))
                    .or_else(|| {
                        seconds
                            .filter(|s| !(0.0..=10.0).contains(s))
                            .map(|s| format!("`transitionDuration` is {s}, not 0 to 10"))
                    })
                    .or_else(|| {
                        let mut orders: Vec<i64> = scenes.iter().filter_map(|scene| scene.order).collect();
                        orders.sort_unstable();
                        orders
                            .windows(2)
                            .find(|pair| pair[0] == pair[1])
                            .map(|pair| format!("two scenes have the `order` {}", pair[0]))
                    })
                    .or_else(|| {
                        scenes
                            .iter()
                            .find_map(|scene| text("name", &scene.name).or_else(|| text("prompt", &scene.prompt)))
                    })
            }
        }
    }
}

/// Make a scene of code, or a film of such scenes. They cannot be made yet: it says so, and makes nothing.
#[utoipa::path(post, path = "/api/workflows/generate-video", tag = "workflows", request_body = Wish,
    responses((status = 400, body = Object), (status = 401, body = Object), (status = 403, body = Object), (status = 413, body = Object), (status = 415, body = Object), (status = 422, body = Object), (status = 501, body = Object)))]
async fn generate(caller: Result<Caller, Problem>, wish: Result<Json<Wish>, JsonRejection>) -> Response {
    if let Err(problem) = caller.and_then(|caller| caller.may(Scope::Write)) {
        return of_problem(&problem);
    }
    let wish = match wish {
        Ok(Json(wish)) => wish,
        Err(rejection) => return failure(rejection.status(), rejection.body_text()),
    };
    match wish.wrong() {
        Some(why) => failure(StatusCode::UNPROCESSABLE_ENTITY, why),
        None => failure(
            StatusCode::NOT_IMPLEMENTED,
            "scenes of the kind `manim` cannot be made by this version of retake; nothing was made and nothing is charged. \
             POST /api/runs makes films of shots, stills and titles",
        ),
    }
}

/// Which run.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
struct Which {
    /// Its id.
    run_id: String,
}

/// Where a run stands, in the words of this API.
#[utoipa::path(get, path = "/api/workflows/status", tag = "workflows", params(Which),
    responses((status = 200, body = Object), (status = 400, body = Object), (status = 401, body = Object), (status = 403, body = Object), (status = 404, body = Object)))]
async fn status(
    State(service): State<Service>,
    caller: Result<Caller, Problem>,
    which: Result<Query<Which>, QueryRejection>,
) -> Response {
    let counter = match caller.and_then(|caller| caller.may(Scope::Read)) {
        Ok(counter) => counter,
        Err(problem) => return of_problem(&problem),
    };
    let id = match which {
        Ok(Query(Which { run_id })) => run_id,
        Err(rejection) => return failure(StatusCode::BAD_REQUEST, rejection.body_text()),
    };
    let run = match run_of(&id) {
        Ok(run) => run,
        Err(problem) => return of_problem(&problem),
    };
    let told = wait(move || service.stories.with(&counter, run, |story, _| told(story))).await;
    told.map_or_else(|problem| of_problem(&problem), |told| Json(told).into_response())
}

/// A run in the words of this API.
fn told(story: &Story) -> Value {
    let run = json::Run::of(story, story.worked());
    let state = story.state();
    let (status, message) = match state.status() {
        Status::Queued => ("running", Some("it waits for its turn".to_owned())),
        Status::Running => ("running", None),
        Status::Paused(pause) => ("running", Some(format!("paused: {}", paused(pause)))),
        Status::Ended(Ending::Completed | Ending::Partial) => ("completed", None),
        Status::Ended(Ending::Failed) => ("failed", None),
        Status::Ended(Ending::Cancelled) => ("failed", None),
    };
    let mut progress = json!({
        "currentStep": run.progress.stage, "completedSteps": run.progress.completed_steps,
        "totalSteps": run.progress.total_steps, "percentage": run.progress.percentage,
    });
    if let Some(message) = message {
        progress["message"] = message.into();
    }
    let mut told =
        json!({"success": true, "runId": run.run.to_string(), "status": status, "progress": progress, "result": null});
    match status {
        "completed" => {
            let url = format!("/api/runs/{}/film", run.run);
            let video = run.output.as_ref().and_then(|output| output.sha256.clone());
            let scenes: Vec<Value> = run
                .scenes
                .iter()
                .map(|scene| json!({"sceneId": scene.id, "sceneName": scene.id, "success": scene.state == "complete"}))
                .collect();
            told["result"] = json!({"success": true, "videoUrl": url, "videoId": video, "scenes": scenes});
        }
        "failed" => {
            let error = match run.reason {
                Some(reason) => format!("the film was not made: {reason}"),
                None => "the run was cancelled".to_owned(),
            };
            told["result"] = json!({"success": false, "error": error});
            told["error"] = error.into();
        }
        _ => {}
    }
    told
}

const fn paused(pause: &Pause) -> &'static str {
    match pause {
        Pause::Budget { .. } => "the budget does not reach; raise it",
        Pause::Overrun { .. } => "a provider charged more than was agreed; raise the budget",
        Pause::Deadline { .. } => "its deadline has passed",
        Pause::Credentials { .. } => "a provider refuses the key, or has no credit",
        Pause::Review { .. } => "somebody wants to look first",
    }
}
