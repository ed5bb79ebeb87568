//! Its objects: what a queue says of a request, and what comes of it.

use serde_json::{Value, json};

use super::{NAME, application};
use crate::clock::iso;
use crate::faults::CostLie;
use crate::jobs::{Fate, Job, Kind, State};
use crate::prices::{self, USUAL_MILLIS};
use crate::server::Desk;
use crate::wire::{Reply, fields, models};

/// The addresses of a request.
fn urls(desk: &Desk, job: &Job) -> (String, String, String) {
    let base = format!("{}/{}/requests/{}", desk.base(NAME), application(&job.order.model), job.ticket);
    (base.clone(), format!("{base}/status"), format!("{base}/cancel"))
}

/// What is answered when a request has been queued.
pub(super) fn accepted(desk: &Desk, job: &Job) -> Value {
    let (response, status, cancel) = urls(desk, job);
    json!({
        "status": "IN_QUEUE",
        "request_id": job.ticket,
        "gateway_request_id": job.ticket,
        "response_url": response,
        "status_url": status,
        "cancel_url": cancel,
        "queue_position": desk.position(job),
    })
}

/// How a request is doing.
pub(super) fn status(desk: &Desk, job: &Job) -> Value {
    let now = desk.now();
    let (response, status, cancel) = urls(desk, job);
    let mut body =
        json!({"request_id": job.ticket, "response_url": response, "status_url": status, "cancel_url": cancel});
    let state = job.state(now);
    body["status"] = match state {
        State::Queued => {
            body["queue_position"] = desk.position(job).into();
            "IN_QUEUE"
        }
        State::Working => {
            body["logs"] = json!([log(job, job.starts, "working")]);
            "IN_PROGRESS"
        }
        State::Succeeded | State::Failed | State::Cancelled | State::Aborted => {
            body["logs"] = json!([log(job, job.starts, "working"), log(job, job.ends(), "finished")]);
            body["metrics"] = json!({"inference_time": fields::seconds(job.ends().saturating_sub(job.starts))});
            if let Some((_, kind, text)) = failure(job, state, now) {
                body["error"] = text.into();
                body["error_type"] = kind.into();
            }
            "COMPLETED"
        }
    }
    .into();
    body
}

fn log(job: &Job, moment: u64, message: &str) -> Value {
    json!({"timestamp": iso(moment), "level": "INFO", "source": "USER",
        "message": format!("{message} on {}", job.order.model)})
}

/// What came of a request: its result, or the status with which it failed.
pub(super) fn result(desk: &Desk, job: &Job) -> Reply {
    let now = desk.now();
    let state = job.state(now);
    if !state.is_over() {
        return Reply::json(400, &json!({"detail": "Request is still in progress"}));
    }
    let reply = match failure(job, state, now) {
        Some((422, "content_policy_violation", _)) => match &job.fate {
            Fate::Refuse(input) => refused(input, desk.order(job).input.get(input).unwrap_or(&Value::Null)),
            _ => refused("prompt", &Value::Null),
        },
        Some((status, kind, text)) => {
            let mut reply = Reply::json(status, &json!({"detail": text, "error_type": kind}))
                .with("x-fal-error-type", kind)
                .with("x-fal-retryable", if status >= 500 { "true" } else { "false" });
            if job.is_late(now) {
                reply = reply.with("x-fal-request-timeout-type", "user");
            }
            reply
        }
        None => payload(desk, job),
    };
    let reply = match job.cost_lie {
        Some(CostLie::Missing) => reply,
        Some(CostLie::Absurd) => reply.with("x-fal-billable-units", "1e308"),
        Some(CostLie::Negative) => reply.with("x-fal-billable-units", "-1"),
        None => reply.with("x-fal-billable-units", units(job, state)),
    };
    reply.with("x-fal-request-id", &*job.ticket)
}

/// What is billed: pictures, seconds or thousands of characters.
fn units(job: &Job, state: State) -> String {
    if state != State::Succeeded && state != State::Cancelled {
        return "0".to_owned();
    }
    if let Some(units) = prices::units(&job.order) {
        return fields::seconds(units).to_string();
    }
    match job.order.kind {
        Kind::Video => fields::seconds(job.order.seconds_millis.unwrap_or(USUAL_MILLIS)).to_string(),
        Kind::Speech => {
            let chars = u64::try_from(job.order.prompt.chars().count()).unwrap_or(0);
            fields::seconds(chars).to_string()
        }
        Kind::Image | Kind::Text | Kind::Align | Kind::Music => job.order.images.to_string(),
    }
}

/// The status, type and text of a request that came to nothing.
fn failure(job: &Job, state: State, now: u64) -> Option<(u16, &'static str, String)> {
    match (state, &job.fate) {
        (State::Aborted, _) if job.is_late(now) => Some((504, "request_timeout", "Request timed out".to_owned())),
        (State::Aborted | State::Cancelled, _) => Some((499, "client_cancelled", "Request was cancelled".to_owned())),
        (State::Failed, Fate::Refuse(_)) => {
            Some((422, "content_policy_violation", "The content could not be processed".to_owned()))
        }
        (State::Failed, Fate::Fail(text)) => {
            let text = text.clone().unwrap_or_else(|| "Runner disconnected".to_owned());
            Some((503, "runner_disconnected", text))
        }
        _ => None,
    }
}

fn payload(desk: &Desk, job: &Job) -> Reply {
    let file = |index: u32, mime: &str, extension: &str| json!({"url": desk.cdn(job, index, extension), "content_type": mime, "file_name": format!("{index}.{extension}")});
    let body = match job.order.kind {
        Kind::Image => {
            let images: Vec<Value> = (0..job.order.images).map(|index| file(index, "image/png", "png")).collect();
            let flags = vec![job.fate == Fate::Nsfw; images.len()];
            json!({"images": images, "seed": job.order.seed, "has_nsfw_concepts": flags, "prompt": job.order.prompt})
        }
        Kind::Video => json!({"video": file(0, "video/mp4", "mp4"), "seed": job.order.seed}),
        Kind::Speech | Kind::Music => json!({"audio": file(0, "audio/mpeg", "mp3")}),
        Kind::Text => {
            let Ok(made) = desk.made(job, 0) else { return Reply::empty(500) };
            let text = String::from_utf8_lossy(&made.bytes).into_owned();
            return Reply::json(200, &json!({"output": text})).delivering(job.no);
        }
        Kind::Align => {
            let Ok(made) = desk.made(job, 0) else { return Reply::empty(500) };
            let chunk = |word: &crate::make::Timed| {
                let span = [fields::seconds(word.start_ms), fields::seconds(word.end_ms)];
                json!({"text": word.text, "timestamp": span})
            };
            let chunks: Vec<Value> = made.words.iter().map(chunk).collect();
            return Reply::json(200, &json!({"text": job.order.prompt, "chunks": chunks})).delivering(job.no);
        }
    };
    Reply::json(200, &body)
}

/// A model's error: where in the input, and of which type.
fn model_error(status: u16, place: &[&str], text: &str, kind: &str, input: &Value) -> Reply {
    let url = format!("https://docs.fal.ai/errors/#{kind}");
    let error = json!({"loc": place, "msg": text, "type": kind, "url": url, "ctx": {}, "input": input});
    Reply::json(status, &json!({"detail": [error]})).with("x-fal-error-type", kind).with("x-fal-retryable", "false")
}

/// An input that the content policy forbids.
pub(super) fn refused(input: &str, value: &Value) -> Reply {
    let text = "The content could not be processed because it contained material flagged by a content checker.";
    model_error(422, &["body", input], text, "content_policy_violation", value)
}

/// An input that makes no sense.
pub(super) fn invalid(place: &[&str], text: &str, kind: &str) -> Reply {
    model_error(422, place, text, kind, &Value::Null)
}

/// An input that its model does not take.
pub(super) fn unfit(wrong: &models::Wrong) -> Reply {
    let (text, kind) = wrong.what.words();
    let place: Vec<&str> = std::iter::once("body").chain(wrong.place.iter().map(String::as_str)).collect();
    invalid(&place, &text, kind)
}

/// What a model takes and gives.
pub(super) fn openapi(model: &str, kind: Kind) -> Value {
    let path = format!("/{model}");
    let mut input = models::schema_of(NAME, model, kind);
    if let Some(properties) = input["properties"].as_object_mut().filter(|_| !models::is_known(NAME, model)) {
        for name in ["image_url", "end_image_url", "image_size", "voice_id"] {
            properties.insert(name.into(), json!({"type": "string", "title": name}));
        }
        properties.insert("num_images".into(), json!({"type": "integer", "title": "Num Images", "default": 1}));
        properties.insert("image_urls".into(), json!({"type": "array", "items": {"type": "string"}}));
        properties
            .insert("duration".into(), json!({"title": "Duration", "anyOf": [{"type": "string"}, {"type": "number"}]}));
    }
    let body = json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Input"}}}});
    json!({
        "openapi": "3.0.4",
        "info": {"title": format!("Queue OpenAPI for {model}"), "version": "1.0.0",
            "x-fal-metadata": {"endpointId": model}},
        "components": {"schemas": {"Input": input}},
        "paths": {path: {"post": {"requestBody": body}}},
    })
}
