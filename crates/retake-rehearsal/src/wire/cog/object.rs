//! Its objects: a prediction, its health, its schema.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::NAME;
use crate::clock::iso;
use crate::jobs::{Fate, Job, Kind, State};
use crate::server::Desk;
use crate::wire::models::{What, Wrong};
use crate::wire::{Reply, fields, models};

/// Bytes of output that still come within the answer; a URL takes the place of more.
const INLINE_BYTES: usize = 8 << 20;

/// A prediction's end as an answer, which delivers its output.
pub(super) fn reply(desk: &Desk, job: &Job) -> Reply {
    let reply = Reply::json(200, &prediction(desk, job));
    if job.state(desk.now()) == State::Succeeded { reply.delivering(job.no) } else { reply }
}

/// A prediction as it is at this moment.
pub(super) fn prediction(desk: &Desk, job: &Job) -> Value {
    let state = job.state(desk.now());
    let mut body = json!({"id": job.ticket, "input": desk.order(job).input, "logs": "", "metrics": {}});
    body["status"] = match state {
        State::Queued => "starting",
        State::Working => "processing",
        State::Succeeded => "succeeded",
        State::Failed => "failed",
        State::Cancelled | State::Aborted => "canceled",
    }
    .into();
    if state == State::Succeeded {
        body["output"] = output(desk, job);
    }
    if state == State::Failed {
        body["error"] = match &job.fate {
            Fate::Fail(Some(text)) => format!("Prediction failed: {text}").into(),
            Fate::Refuse(input) => format!("Prediction failed: NSFW content detected in {input}").into(),
            _ => "Worker crashed".into(),
        };
    }
    if state.is_over() {
        let work = fields::seconds(job.ends().saturating_sub(job.starts));
        body["metrics"] = json!({"predict_time": work});
        body["logs"] = format!("prompt: {}\n", job.order.prompt).into();
    }
    body
}

fn output(desk: &Desk, job: &Job) -> Value {
    let one = |index: u32| match desk.made(job, index) {
        Ok(made) if job.order.kind == Kind::Text => String::from_utf8_lossy(&made.bytes).into_owned(),
        Ok(made) if made.bytes.len() <= INLINE_BYTES => {
            format!("data:{};base64,{}", made.mime, STANDARD.encode(&made.bytes))
        }
        Ok(_) | Err(_) => desk.cdn(job, index, "bin"),
    };
    if job.order.input.get("num_outputs").is_some() {
        return (0..job.order.images).map(one).collect::<Vec<_>>().into();
    }
    one(0).into()
}

/// Whether every slot is taken.
pub(super) fn is_full(desk: &Desk) -> bool {
    desk.busy(NAME, super::MODEL) >= desk.slots()
}

/// How the container is.
pub(super) fn health(desk: &Desk) -> Value {
    let up = iso(desk.up_since());
    let status = if is_full(desk) { "BUSY" } else { "READY" };
    json!({
        "status": status,
        "setup": {"started_at": up, "completed_at": up, "status": "succeeded", "logs": ""},
        "version": {"coglet": "0.23.1", "cog": "0.23.1"},
    })
}

/// What it takes: whatever any model of any kind takes.
pub(super) fn openapi() -> Value {
    let mut properties = Map::new();
    for kind in Kind::ALL {
        if let Value::Object(more) = models::schema(kind)["properties"].take() {
            properties.extend(more);
        }
    }
    properties.insert("kind".into(), json!({"type": "string", "title": "Kind"}));
    let input = json!({"type": "object", "title": "Input", "required": ["prompt"], "properties": properties});
    let output = json!({"type": "string", "format": "uri", "title": "Output"});
    json!({
        "openapi": "3.0.2",
        "info": {"title": "Cog", "version": "0.1.0"},
        "paths": {},
        "components": {"schemas": {"Input": input, "Output": output}},
    })
}

/// The refusal of an input that it does not take, by its schema.
pub(super) fn unfit(input: &Value) -> Option<Reply> {
    let properties = &openapi()["components"]["schemas"]["Input"]["properties"];
    let unknown = input.as_object()?.keys().find(|name| properties.get(name).is_none()).cloned();
    let unknown = unknown.map(|name| Wrong { place: vec![name], what: What::Unknown });
    // What more it has than the predictor that is known is no fault.
    let wrong =
        unknown.or_else(|| models::wrong(NAME, super::KNOWN, input).filter(|wrong| wrong.what != What::Unknown));
    let wrong = wrong?;
    let (text, kind) = wrong.what.words();
    Some(invalid(&["body", "input", wrong.name()], &text, kind))
}

/// An input that makes no sense.
pub(super) fn invalid(place: &[&str], text: &str, kind: &str) -> Reply {
    Reply::json(422, &json!({"detail": [{"loc": place, "msg": text, "type": kind}]}))
}
