//! fal, from its own side: its queue, its storage and its platform, whose hosts here are one.
//!
//! Owns its routes and its wording. Objects are in [`object`], files in [`files`], lists in [`list`].

use serde_json::{Value, json};

use super::{Call, Delivery, Key, Letter, Method, Reply, Submission, Trouble, Wire, Wish, fields, models};
use crate::faults::At;
use crate::jobs::{Hook, Job, Kind, Order};
use crate::server::Desk;
use crate::webhook;

mod files;
mod list;
mod object;

/// Its name.
const NAME: &str = "fal";
/// Namespaces that keep their prefix in addresses of requests.
const NAMESPACES: [&str; 2] = ["workflows", "comfy"];
/// First segments that are no model's owner.
const PLATFORM: [&str; 5] = ["storage", "v1", "api", "files", ".well-known"];

/// The provider.
pub(super) struct Fal;

impl Wire for Fal {
    fn key(&self, call: &Call) -> Key {
        match call.segments().as_slice() {
            // Whoever knows a signed address may bring a file there; descriptions of models are public.
            ["storage", "upload", "signed", _] | ["api" | ".well-known", ..] => Key::Open,
            ["files", "upload", ..] => files::token(call),
            _ => Key::of(call, "authorization", "Key "),
        }
    }

    fn hear(&self, call: &Call, desk: &Desk) -> Result<Wish, Reply> {
        let segments = call.segments();
        let nowhere = || self.trouble(&Trouble::Nowhere);
        match (&call.method, segments.as_slice()) {
            (method, ["storage" | "files", ..]) => files::hear(method, call, desk),
            (&Method::GET, ["v1", "models", rest @ ..]) => list::hear(rest, call),
            (&Method::GET, [".well-known", "jwks.json"]) => {
                Ok(Wish::of_model(At::Schema, "", |desk| Reply::json(200, &webhook::jwks(&desk.secret(NAME)))))
            }
            (&Method::GET, ["api", "openapi", "queue", "openapi.json"]) => {
                let model = call.query("endpoint_id").unwrap_or_default().to_owned();
                let kind = models::kind(&model).ok_or_else(|| self.trouble(&Trouble::Model(&model)))?;
                Ok(Wish::of_model(At::Schema, &model.clone(), move |_| {
                    Reply::json(200, &object::openapi(&model, kind))
                }))
            }
            (_, [first, ..]) if PLATFORM.contains(first) => Err(nowhere()),
            (&Method::POST, [_, _, ..]) if !segments.contains(&"requests") => submit(call),
            (method, _) => about(method, &segments, desk),
        }
    }

    fn trouble(&self, trouble: &Trouble<'_>) -> Reply {
        let detail = |status: u16, detail: &str| Reply::json(status, &json!({"detail": detail}));
        let ingress = |status: u16, kind: &str, text: &str| {
            Reply::json(status, &json!({"detail": text, "error_type": kind}))
                .with("x-fal-error-type", kind)
                .with("x-fal-retryable", "true")
        };
        match *trouble {
            Trouble::Key => {
                detail(401, "Cannot access application. Authentication is required to access this application.")
            }
            Trouble::Nowhere => detail(404, "Not Found"),
            Trouble::Ticket => detail(404, "Request not found"),
            Trouble::Model(model) => detail(404, &format!("Application '{model}' not found")),
            Trouble::Throttle { .. } => detail(429, "Too many requests. Please slow down."),
            Trouble::NoCredit(status) => detail(
                status.unwrap_or(403),
                "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.",
            ),
            Trouble::Status(504) => ingress(504, "request_timeout", "Request timed out"),
            Trouble::Status(503) => ingress(503, "runner_disconnected", "Runner disconnected"),
            Trouble::Status(502) => {
                ingress(502, "runner_incomplete_response", "Runner returned an incomplete response")
            }
            Trouble::Status(status) => ingress(status, "internal_error", "Internal server error"),
            Trouble::Refused { input } => object::refused(input, &Value::Null),
            Trouble::TooLarge => detail(413, "Request entity too large"),
        }
    }

    fn hook(&self, desk: &Desk, job: &Job, delivery: &Delivery<'_>) -> Option<Letter> {
        if !delivery.end {
            return None;
        }
        let result = object::result(desk, job);
        let payload: Value = serde_json::from_slice(&result.body).unwrap_or(Value::Null);
        let body = if result.status == 200 {
            json!({"request_id": job.ticket, "gateway_request_id": job.ticket, "status": "OK", "payload": payload})
        } else {
            let error = format!("Invalid status code: {}", result.status);
            json!({"request_id": job.ticket, "gateway_request_id": job.ticket, "status": "ERROR", "error": error,
                "payload": payload})
        };
        let body = body.to_string();
        let headers = webhook::fal(&desk.secret(NAME), &job.ticket, delivery, &body);
        Some(Letter { body, headers })
    }
}

/// The model's name in addresses of its requests: without what follows its application.
fn application(model: &str) -> String {
    let parts: Vec<&str> = model.split('/').collect();
    let kept = if parts.first().is_some_and(|first| NAMESPACES.contains(first)) { 3 } else { 2 };
    parts[..parts.len().min(kept)].join("/")
}

fn submit(call: &Call) -> Result<Wish, Reply> {
    let model = call.path.join("/");
    let kind = models::kind(&model).ok_or_else(|| Fal.trouble(&Trouble::Model(&model)))?;
    let input =
        call.object().ok_or_else(|| object::invalid(&["body"], "Input should be a valid dictionary", "dict_type"))?;
    if let Some(wrong) = models::wrong(NAME, &model, &input) {
        return Err(object::unfit(&wrong));
    }
    let names = models::prompts(kind);
    let name = names.first().copied().unwrap_or("prompt");
    let prompt = fields::text(&input, names)
        .or_else(|| models::may_be_silent(NAME, &model).then_some(""))
        .ok_or_else(|| object::invalid(&["body", name], "Field required", "value_error.missing"))?;
    let (width, height) = fields::size(&input);
    let order = Order {
        seed: fields::seed(&input),
        seconds_millis: fields::millis(&input, models::LENGTHS),
        width,
        height,
        images: if kind == Kind::Image { fields::count(&input, &["num_images"]) } else { 1 },
        voice: fields::text(&input, &["voice", "voice_id"]).map(str::to_owned),
        format: fields::text(&input, &["output_format"]).map(str::to_owned),
        picture: fields::picture(&input, models::PICTURES),
        ..Order::new(NAME, &model, kind, prompt)
    };
    let order = Order { input, ..order };
    let mut submission = Submission::new(order, |desk, job| Reply::json(200, &object::accepted(desk, job)));
    if let Some(url) = call.query("fal_webhook") {
        let known = url.starts_with("http");
        let invalid = || object::invalid(&["query", "fal_webhook"], "Invalid webhook URL", "value_error.url");
        known.then_some(()).ok_or_else(invalid)?;
        submission.hook = Some(Hook { url: url.to_owned(), start: false, lie: None });
    }
    if let Some(seconds) = call.header("x-fal-request-timeout") {
        let invalid = || object::invalid(&["header", "x-fal-request-timeout"], "Invalid timeout", "value_error");
        submission.begin_ms = Some(seconds.trim().parse::<u64>().map_err(|_| invalid())?.saturating_mul(1000));
    }
    Ok(submission.wish())
}

/// What a call about a request wishes.
fn about(method: &Method, segments: &[&str], desk: &Desk) -> Result<Wish, Reply> {
    let nowhere = || Fal.trouble(&Trouble::Nowhere);
    let at = segments.iter().position(|part| *part == "requests").ok_or_else(nowhere)?;
    let (model, [_, id, rest @ ..]) = segments.split_at(at) else { return Err(nowhere()) };
    // The name without its subpath is the only one that is known here.
    let known = desk.job(NAME, id).filter(|job| application(&job.order.model) == model.join("/"));
    match (method, rest) {
        (&Method::GET, ["status"]) => {
            let job = known.ok_or_else(|| Fal.trouble(&Trouble::Ticket))?;
            Ok(Wish::of_job(At::Poll, job.clone(), move |desk| {
                let status = object::status(desk, &job);
                let code = if status["status"] == "COMPLETED" { 200 } else { 202 };
                Reply::json(code, &status).with("x-fal-request-id", &*job.ticket)
            }))
        }
        (&Method::GET, []) => {
            let job = known.ok_or_else(|| Fal.trouble(&Trouble::Ticket))?;
            Ok(Wish::of_job(At::Poll, job.clone(), move |desk| object::result(desk, &job)))
        }
        (&Method::PUT, ["cancel"]) => {
            let Some(job) = known else { return Err(Reply::json(404, &json!({"status": "NOT_FOUND"}))) };
            Ok(Wish::of_job(At::Cancel, job.clone(), move |desk| {
                if job.state(desk.now()).is_over() {
                    return Reply::json(400, &json!({"status": "ALREADY_COMPLETED"}));
                }
                match desk.cancel(&job) {
                    Ok(_) => Reply::json(202, &json!({"status": "CANCELLATION_REQUESTED"})),
                    Err(_) => Fal.trouble(&Trouble::Status(500)),
                }
            }))
        }
        _ => Err(nowhere()),
    }
}
