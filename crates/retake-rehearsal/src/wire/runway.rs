//! Runway, from its own side.
//!
//! Owns its routes and its wording. One credit is one cent.

use serde_json::{Value, json};

use super::models::What;
use super::{Call, Key, Method, Reply, Submission, Trouble, Wire, Wish, fields, models, multipart};
use crate::clock::iso;
use crate::faults::{At, CostLie};
use crate::jobs::{Fate, Job, Kind, Order, State};
use crate::server::Desk;

/// Its name.
const NAME: &str = "runway";
/// The only version of its API.
const VERSION: &str = "2024-11-06";
/// What a credit is worth.
const CREDIT_MICROS: u64 = 10_000;
/// What an account has.
const CREDITS: u64 = 100_000;
/// What is made at which address, and what it is made from.
const MAKES: [(&str, Kind, &str); 6] = [
    ("text_to_video", Kind::Video, "promptText"),
    ("image_to_video", Kind::Video, "promptImage"),
    ("video_to_video", Kind::Video, "videoUri"),
    ("text_to_image", Kind::Image, "promptText"),
    ("text_to_speech", Kind::Speech, "promptText"),
    ("sound_effect", Kind::Music, "promptText"),
];

/// The provider.
pub(super) struct Runway;

impl Wire for Runway {
    fn key(&self, call: &Call) -> Key {
        match call.segments().as_slice() {
            // The form of an upload is its own key.
            ["uploads", _] => Key::Open,
            _ => Key::of(call, "authorization", "Bearer "),
        }
    }

    fn hear(&self, call: &Call, desk: &Desk) -> Result<Wish, Reply> {
        let segments = call.segments();
        if let (&Method::POST, ["uploads", id]) = (&call.method, segments.as_slice()) {
            return bring(call, id);
        }
        if call.header("x-runway-version") != Some(VERSION) {
            let docs = "https://docs.dev.runwayml.com/api-details/versioning";
            return Err(Reply::json(
                400,
                &json!({"error": "The X-Runway-Version header is required.", "docUrl": docs}),
            ));
        }
        let known = |id: &str| desk.job(NAME, id).ok_or_else(|| self.trouble(&Trouble::Ticket));
        match (&call.method, segments.as_slice()) {
            (&Method::GET, ["v1", "tasks", id]) => {
                let job = known(id)?;
                Ok(Wish::of_job(At::Poll, job.clone(), move |desk| Reply::json(200, &task(desk, &job))))
            }
            (&Method::DELETE, ["v1", "tasks", id]) => {
                let job = known(id)?;
                Ok(Wish::of_job(At::Cancel, job.clone(), move |desk| {
                    let is_over = job.state(desk.now()).is_over();
                    let done = if is_over { desk.delete(&job) } else { desk.cancel(&job).map(|_| ()) };
                    done.map_or_else(|_| Self.trouble(&Trouble::Status(500)), |()| Reply::empty(204))
                }))
            }
            (&Method::POST, ["v1", "uploads"]) => reserve(call),
            (&Method::GET, ["v1", "organization"]) => {
                Ok(Wish::of_model(At::Schema, "", |desk| Reply::json(200, &organization(desk))))
            }
            (&Method::POST, ["v1", "organization", "usage"]) => {
                Ok(Wish::of_model(At::Schema, "", |_| Reply::json(200, &json!({"models": [], "results": []}))))
            }
            (&Method::POST, ["v1", path]) => {
                let make = MAKES.iter().find(|(name, _, _)| name == path);
                let (_, kind, from) = make.ok_or_else(|| self.trouble(&Trouble::Nowhere))?;
                submit(call, *kind, from)
            }
            _ => Err(self.trouble(&Trouble::Nowhere)),
        }
    }

    fn trouble(&self, trouble: &Trouble<'_>) -> Reply {
        let error = |status: u16, text: &str| Reply::json(status, &json!({"error": text}));
        match *trouble {
            Trouble::Key => error(401, "The API key is invalid."),
            Trouble::Nowhere => error(404, "Not found."),
            Trouble::Ticket => error(404, "No task with that ID was found."),
            Trouble::Model(model) => error(404, &format!("Model variant {model} is not available.")),
            Trouble::Throttle { .. } => error(429, "Too many requests. You have reached your daily task limit."),
            Trouble::NoCredit(status) => {
                error(status.unwrap_or(402), "You do not have enough credits to run this task.")
            }
            Trouble::Status(status) => error(status, "An error occurred. Please try again later."),
            Trouble::Refused { input } => {
                error(400, &format!("SAFETY.INPUT: {input} did not pass content moderation."))
            }
            Trouble::TooLarge => error(413, "The request body is too large."),
        }
    }
}

/// A body that makes no sense.
fn invalid(field: &str, text: &str) -> Reply {
    let issues = json!([{"code": "invalid_type", "path": [field], "message": text}]);
    Reply::json(400, &json!({"error": "Validation of body failed", "issues": issues}))
}

/// An input that its model does not take, as its checker words it.
fn unfit(wrong: &models::Wrong) -> Reply {
    let (code, text) = match &wrong.what {
        What::Missing => ("invalid_type", "Required".to_owned()),
        What::Unknown => ("unrecognized_keys", format!("Unrecognized key(s) in object: '{}'", wrong.name())),
        What::Type(sort) => ("invalid_type", format!("Expected {sort}")),
        What::Value(values) => {
            ("invalid_enum_value", format!("Invalid enum value. Expected '{}'", values.join("' | '")))
        }
        What::Range(low, high) => ("too_big", format!("Must be between {low} and {high}")),
    };
    let issues = json!([{"code": code, "path": wrong.place, "message": text}]);
    Reply::json(400, &json!({"error": "Validation of body failed", "issues": issues}))
}

fn submit(call: &Call, kind: Kind, from: &str) -> Result<Wish, Reply> {
    let input = call.object().ok_or_else(|| invalid("", "Expected object"))?;
    let model = fields::text(&input, &["model"]).ok_or_else(|| invalid("model", "Required"))?.to_owned();
    if models::kind(&model).is_none() {
        return Err(Runway.trouble(&Trouble::Model(&model)));
    }
    if let Some(wrong) = models::wrong(NAME, &model, &input) {
        return Err(unfit(&wrong));
    }
    if fields::text(&input, &[from]).is_none() && !input.get(from).is_some_and(Value::is_array) {
        return Err(invalid(from, "Required"));
    }
    if matches!(kind, Kind::Image | Kind::Video) && from != "videoUri" && fields::text(&input, &["ratio"]).is_none() {
        return Err(invalid("ratio", "Required"));
    }
    let prompt = fields::text(&input, &["promptText"]).unwrap_or_default().to_owned();
    let (width, height) = fields::size(&input);
    let order = Order {
        seed: fields::seed(&input),
        seconds_millis: fields::millis(&input, models::LENGTHS),
        width,
        height,
        picture: fields::picture(&input, models::PICTURES),
        voice: input.get("voice").map(Value::to_string),
        ..Order::new(NAME, &model, kind, &prompt)
    };
    let submission = Submission::new(Order { input, ..order }, |_, job| Reply::json(200, &json!({"id": job.ticket})));
    Ok(submission.wish())
}

fn task(desk: &Desk, job: &Job) -> Value {
    let now = desk.now();
    let state = job.state(now);
    let estimate = json!({"credits": job.price.div_ceil(CREDIT_MICROS)});
    let mut task = json!({"id": job.ticket, "createdAt": iso(job.accepted)});
    match state {
        // Whoever waits for a slot of his own is throttled.
        State::Queued if now >= job.ready => task["status"] = "THROTTLED".into(),
        State::Queued => task["status"] = "PENDING".into(),
        State::Working => {
            let percent = (now - job.starts).saturating_mul(100) / job.work_ms.max(1);
            task["status"] = "RUNNING".into();
            task["progress"] = fields::seconds(percent.min(99) * 10);
        }
        State::Succeeded => {
            task["status"] = "SUCCEEDED".into();
            let extension = match job.order.kind {
                Kind::Image => "png",
                Kind::Video => "mp4",
                Kind::Speech | Kind::Music | Kind::Text | Kind::Align => "mp3",
            };
            task["output"] = json!([desk.cdn(job, 0, extension)]);
        }
        State::Failed => {
            let (code, text) = failure(job);
            task["status"] = "FAILED".into();
            task["failureCode"] = code.into();
            task["failure"] = text.into();
        }
        State::Cancelled | State::Aborted => task["status"] = "CANCELLED".into(),
    }
    if state.is_over() {
        match job.cost_lie {
            None => task["cost"] = json!({"credits": job.charged(now).div_ceil(CREDIT_MICROS)}),
            Some(CostLie::Missing) => {}
            Some(CostLie::Absurd) => task["cost"] = json!({"credits": 1e308}),
            Some(CostLie::Negative) => task["cost"] = json!({"credits": -25}),
        }
    } else {
        task["estimatedCost"] = estimate;
    }
    task
}

fn failure(job: &Job) -> (&'static str, String) {
    match &job.fate {
        Fate::Refuse(input) if input.to_ascii_lowercase().contains("image") => {
            ("SAFETY.INPUT.IMAGE", "The image did not pass content moderation.".to_owned())
        }
        Fate::Refuse(_) => ("SAFETY.INPUT.TEXT", "The prompt did not pass content moderation.".to_owned()),
        Fate::Fail(Some(text)) => ("INTERNAL", text.clone()),
        _ => ("INTERNAL.BAD_OUTPUT.CODE01", "An unexpected error occurred.".to_owned()),
    }
}

fn organization(desk: &Desk) -> Value {
    let now = desk.now();
    let jobs = desk.list(NAME, None, usize::MAX, |job| job.charged(now) > 0);
    let spent: u64 = jobs.iter().map(|job| job.charged(now).div_ceil(CREDIT_MICROS)).sum();
    let limit = json!({"maxConcurrentGenerations": desk.slots(), "maxDailyGenerations": 1000});
    json!({
        "creditBalance": CREDITS.saturating_sub(spent),
        "tier": {"maxMonthlyCreditSpend": CREDITS, "models": {"gen4_turbo": limit}},
        "usage": {"models": {}},
    })
}

/// A place for a file that is still to be brought.
fn reserve(call: &Call) -> Result<Wish, Reply> {
    let body = call.object().ok_or_else(|| invalid("", "Expected object"))?;
    let name = fields::text(&body, &["filename"]).ok_or_else(|| invalid("filename", "Required"))?.to_owned();
    if fields::text(&body, &["type"]) != Some("ephemeral") {
        return Err(invalid("type", "Invalid literal value, expected \"ephemeral\""));
    }
    Ok(Wish::of_model(At::Upload, "", move |desk| match desk.reserve(NAME, &name, "application/octet-stream") {
        Ok(upload) => {
            let url = format!("{}/uploads/{}", desk.base(NAME), upload.id);
            let uri = format!("runway://{}", upload.id);
            Reply::json(200, &json!({"uploadUrl": url, "fields": {"key": upload.id}, "runwayUri": uri}))
        }
        Err(_) => Runway.trouble(&Trouble::Status(500)),
    }))
}

fn bring(call: &Call, id: &str) -> Result<Wish, Reply> {
    let parts = multipart::parts(call).ok_or_else(|| Reply::text(400, "MalformedPOSTRequest"))?;
    let key = parts.iter().find(|part| part.name == "key");
    let file = parts.iter().find(|part| part.name == "file").cloned();
    let file = file.ok_or_else(|| Reply::text(400, "POST requires exactly one file upload per request."))?;
    if key.is_none_or(|key| key.bytes != id.as_bytes()) {
        return Err(Reply::text(403, "AccessDenied"));
    }
    let id = id.to_owned();
    Ok(Wish::of_model(At::Upload, "", move |desk| {
        let Some(upload) = desk.upload(NAME, &id) else { return Reply::text(403, "AccessDenied") };
        if desk.fill(&upload, &file.bytes).is_ok() { Reply::empty(204) } else { Reply::text(500, "InternalError") }
    }))
}
