//! Its objects: a prediction, a model.

use serde_json::{Value, json};

use super::{KEPT_MS, NAME};
use crate::clock::iso;
use crate::faults::CostLie;
use crate::jobs::{Fate, Job, Kind, State};
use crate::server::Desk;
use crate::wire::models::{What, Wrong};
use crate::wire::{Reply, fields, models};

/// A prediction as an answer; where its output is in it, it is delivered with it.
pub(super) fn reply(desk: &Desk, status: u16, job: &Job) -> Reply {
    let reply = Reply::json(status, &prediction(desk, job));
    let is_inline = matches!(job.order.kind, Kind::Text | Kind::Align);
    if is_inline && job.state(desk.now()) == State::Succeeded { reply.delivering(job.no) } else { reply }
}

/// A prediction as it is at this moment.
pub(super) fn prediction(desk: &Desk, job: &Job) -> Value {
    let now = desk.now();
    let state = job.state(now);
    let removed = state.is_over() && now >= job.ends().saturating_add(KEPT_MS);
    let begun = now >= job.starts && state != State::Aborted;
    let base = desk.base(NAME);
    let mut prediction = json!({
        "id": job.ticket,
        "model": job.order.model,
        "version": "hidden",
        "input": if removed { json!({}) } else { desk.order(job).input },
        "logs": if begun && !removed { format!("Using seed: {}\n", job.order.seed) } else { String::new() },
        "output": if removed { Value::Null } else { output(desk, job, state) },
        "error": error(job, state),
        "status": status(job, state, now),
        "source": "api",
        "data_removed": removed,
        "created_at": iso(job.accepted),
        "started_at": begun.then(|| iso(job.starts)),
        "completed_at": state.is_over().then(|| iso(job.ends())),
        "deadline": job.deadline.map(iso),
        "urls": {
            "get": format!("{base}/v1/predictions/{}", job.ticket),
            "cancel": format!("{base}/v1/predictions/{}/cancel", job.ticket),
            "web": format!("https://replicate.com/p/{}", job.ticket),
        },
    });
    if state.is_over() && begun {
        prediction["metrics"] = metrics(job, state);
    }
    prediction
}

fn status(job: &Job, state: State, now: u64) -> &'static str {
    match state {
        State::Queued => "starting",
        State::Working => "processing",
        State::Succeeded => "succeeded",
        State::Failed => "failed",
        // Only a deadline aborts; whoever cancels by hand gets the older word.
        State::Aborted if job.is_late(now) => "aborted",
        State::Aborted | State::Cancelled => "canceled",
    }
}

fn output(desk: &Desk, job: &Job, state: State) -> Value {
    if state != State::Succeeded {
        return Value::Null;
    }
    let urls = |extension| (0..job.order.images).map(move |index| desk.cdn(job, index, extension));
    match job.order.kind {
        // Flagged pictures are left out: what is left is an empty list.
        Kind::Image if job.fate == Fate::Nsfw => json!([]),
        Kind::Image if job.order.images > 1 || job.order.input.get("num_outputs").is_some() => {
            json!(urls("png").collect::<Vec<_>>())
        }
        Kind::Image => json!(desk.cdn(job, 0, "png")),
        Kind::Video => json!(desk.cdn(job, 0, "mp4")),
        Kind::Speech | Kind::Music => json!(desk.cdn(job, 0, "mp3")),
        Kind::Text => text(desk, job),
        Kind::Align => words(desk, job),
    }
}

/// Text comes in pieces, as it was written.
fn text(desk: &Desk, job: &Job) -> Value {
    let Ok(made) = desk.made(job, 0) else { return Value::Null };
    let whole = String::from_utf8_lossy(&made.bytes).into_owned();
    let whole = match job.fate {
        Fate::CutOff => whole.chars().take(whole.chars().count() / 2).collect(),
        Fate::BadPlan => "scenes: [\n  - {say: \"unfinished\n\tshot".to_owned(),
        Fate::Succeed | Fate::Refuse(_) | Fate::Nsfw | Fate::Fail(_) | Fate::Stuck => whole,
    };
    json!(whole.split_inclusive(' ').collect::<Vec<_>>())
}

fn words(desk: &Desk, job: &Job) -> Value {
    let Ok(made) = desk.made(job, 0) else { return Value::Null };
    let word = |word: &crate::make::Timed| json!({"word": word.text, "start": fields::seconds(word.start_ms), "end": fields::seconds(word.end_ms)});
    let words: Vec<Value> = made.words.iter().map(word).collect();
    json!({"segments": [{"text": job.order.prompt, "words": words}], "detected_language": "en"})
}

fn error(job: &Job, state: State) -> Value {
    match &job.fate {
        Fate::Refuse(_) if state == State::Failed => {
            json!("The input or output was flagged as sensitive. Please try again with different inputs. (E005)")
        }
        Fate::Fail(text) if state == State::Failed => {
            json!(text.as_deref().unwrap_or("Prediction interrupted; please retry (code: PA)"))
        }
        _ => Value::Null,
    }
}

/// What was measured. The service names no price; what it counts is all there is.
fn metrics(job: &Job, state: State) -> Value {
    let work = job.ends().saturating_sub(job.starts);
    let mut metrics = json!({
        "predict_time": fields::seconds(work),
        "total_time": fields::seconds(job.ends().saturating_sub(job.accepted)),
    });
    if state == State::Succeeded {
        match job.order.kind {
            Kind::Image => metrics["image_count"] = job.order.images.into(),
            Kind::Video => {
                let length = job.order.seconds_millis.unwrap_or(crate::prices::USUAL_MILLIS);
                metrics["video_output_duration_seconds"] = fields::seconds(length);
            }
            Kind::Speech | Kind::Text | Kind::Align | Kind::Music => {}
        }
    }
    match job.cost_lie {
        Some(CostLie::Missing) => Value::Null,
        Some(CostLie::Absurd) => json!({"predict_time": 1e308, "video_output_duration_seconds": 1e308}),
        Some(CostLie::Negative) => json!({"predict_time": -12.5, "video_output_duration_seconds": -5}),
        None => metrics,
    }
}

/// An input that makes no sense, as its checker says it.
pub(super) fn unfit(wrong: &Wrong) -> Reply {
    let name = wrong.name();
    let (outer, _) = wrong.place.split_at(wrong.place.len().saturating_sub(1));
    let outer: String = outer.iter().map(|part| format!(".{part}")).collect();
    let listed = |values: &[String]| values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(", ");
    let detail = match &wrong.what {
        What::Missing => format!("- input{outer}.{name} is required\n"),
        What::Unknown => format!("- input{outer}: Additional property {name} is not allowed\n"),
        What::Type(sort) => format!("- input{outer}.{name}: Invalid type. Expected: {sort}\n"),
        What::Value(values) => {
            format!("- input{outer}.{name}: {name} must be one of the following: {}\n", listed(values))
        }
        What::Range(low, high) => format!("- input{outer}.{name}: Must be between {low} and {high}\n"),
    };
    super::invalid(&format!("input{outer}.{name}"), &detail)
}

/// A model, with the inputs that it takes.
pub(super) fn model(model: &str, kind: Kind) -> Value {
    let (owner, name) = model.split_once('/').unwrap_or((model, ""));
    let output = match kind {
        Kind::Image | Kind::Text => json!({"type": "array", "items": {"type": "string"}, "title": "Output"}),
        Kind::Video | Kind::Speech | Kind::Music => json!({"type": "string", "format": "uri", "title": "Output"}),
        Kind::Align => json!({"type": "object", "title": "Output"}),
    };
    let mut input = models::schema_of(NAME, model, kind);
    let mut schemas = json!({"Output": output});
    // Where a few values are permitted, the schema of the input only names the one of the values.
    for (name, property) in input["properties"].as_object_mut().into_iter().flatten() {
        if let Some(values) = property.get("enum").cloned() {
            schemas[name] = json!({"title": name, "type": property["type"], "enum": values});
            *property =
                json!({"allOf": [{"$ref": format!("#/components/schemas/{name}")}], "x-order": property["x-order"]});
        }
    }
    schemas["Input"] = input;
    json!({
        "url": format!("https://replicate.com/{model}"),
        "owner": owner,
        "name": name,
        "description": format!("A rehearsal of {model}"),
        "visibility": "public",
        "run_count": 1000,
        "default_example": null,
        "latest_version": {
            "id": "hidden",
            "created_at": "2026-01-01T00:00:00.000000Z",
            "cog_version": "0.23.1",
            "openapi_schema": {
                "openapi": "3.0.2",
                "info": {"title": "Cog", "version": "0.1.0"},
                "paths": {},
                "components": {"schemas": schemas},
            },
        },
    })
}
