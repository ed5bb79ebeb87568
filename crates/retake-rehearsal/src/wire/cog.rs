//! A Cog container, from its own side.
//!
//! Owns its routes and its wording. It wants no key, has one slot, and cannot be asked how a prediction is doing.

use serde_json::{Value, json};

use super::{Call, Delivery, Key, Letter, Method, Reply, Submission, Trouble, Wire, Wish, fields, models};
use crate::faults::At;
use crate::jobs::{Hook, Job, Kind, Order};
use crate::server::Desk;

mod object;

/// Its name.
const NAME: &str = "cog";
/// The model that every container here holds; its kind follows from the input.
const MODEL: &str = "cog";
/// The predictor of which it is known what it takes: what it takes is taken here as there, and more beside.
const KNOWN: &str = "predictor";

/// The provider.
pub(super) struct Cog;

impl Wire for Cog {
    fn key(&self, _call: &Call) -> Key {
        Key::Open
    }

    fn hear(&self, call: &Call, desk: &Desk) -> Result<Wish, Reply> {
        match (&call.method, call.segments().as_slice()) {
            (&Method::GET, ["health-check"]) => {
                Ok(Wish::of_model(At::Schema, MODEL, |desk| Reply::json(200, &object::health(desk))))
            }
            (&Method::GET, ["openapi.json"]) => {
                Ok(Wish::of_model(At::Schema, MODEL, |_| Reply::json(200, &object::openapi())))
            }
            (&Method::GET, []) => Ok(Wish::of_model(At::Schema, MODEL, |_| {
                Reply::json(200, &json!({"cog_version": "0.23.1", "docs_url": "/docs", "openapi_url": "/openapi.json"}))
            })),
            (&Method::POST, ["predictions"]) => submit(call, desk, None),
            (&Method::PUT, ["predictions", id]) => submit(call, desk, Some(id)),
            (_, ["predictions"] | ["predictions", _]) => Err(Reply::empty(405).with("allow", "PUT")),
            (&Method::POST, ["predictions", id, "cancel"]) => {
                let running = desk.job(NAME, id).filter(|job| !job.state(desk.now()).is_over());
                let job = running.ok_or_else(|| Reply::json(404, &json!({})))?;
                Ok(Wish::of_job(At::Cancel, job.clone(), move |desk| match desk.cancel(&job) {
                    Ok(_) => Reply::json(200, &json!({})),
                    Err(_) => Self.trouble(&Trouble::Status(500)),
                }))
            }
            _ => Err(self.trouble(&Trouble::Nowhere)),
        }
    }

    fn trouble(&self, trouble: &Trouble<'_>) -> Reply {
        let failed = |status: u16, text: &str| Reply::json(status, &json!({"error": text, "status": "failed"}));
        match *trouble {
            Trouble::Key => Reply::json(401, &json!({"detail": "Unauthorized"})),
            Trouble::Nowhere | Trouble::Ticket | Trouble::Model(_) => Reply::json(404, &json!({"detail": "Not Found"})),
            Trouble::Throttle { .. } => failed(409, "At capacity - all prediction slots busy"),
            Trouble::NoCredit(status) => failed(status.unwrap_or(402), "payment required"),
            Trouble::Status(503) => {
                failed(503, "Setup has not finished yet. Wait until it has finished, or GET /health-check for status.")
            }
            Trouble::Status(status) => failed(status, "Internal server error"),
            Trouble::Refused { input } => failed(200, &format!("Prediction failed: NSFW content detected in {input}")),
            Trouble::TooLarge => Reply::text(413, "length limit exceeded"),
        }
    }

    fn ticket(&self, random: &[u8; 32]) -> String {
        format!("pred_{}", fields::hex(&random[..16]))
    }

    fn hook(&self, desk: &Desk, job: &Job, delivery: &Delivery<'_>) -> Option<Letter> {
        let mut body = object::prediction(desk, job);
        if !delivery.end {
            body["status"] = "processing".into();
        }
        Some(Letter { body: body.to_string(), headers: vec![("user-agent".into(), "coglet/0.23.1".into())] })
    }
}

fn submit(call: &Call, desk: &Desk, id: Option<&str>) -> Result<Wish, Reply> {
    let body =
        call.json().map_err(|error| Reply::text(400, format!("Failed to parse the request body as JSON: {error}")))?;
    let input = body.get("input").filter(|input| input.is_object()).cloned().unwrap_or_else(|| json!({}));
    let named = body.get("id").and_then(Value::as_str);
    if let (Some(id), Some(named)) = (id, named)
        && id != named
    {
        let text = "prediction ID must match the ID supplied in the URL";
        return Err(object::invalid(&["body", "id"], text, "value_error"));
    }
    let id = id.or(named);
    let running = |id: &str| desk.job(NAME, id).filter(|job| !job.state(desk.now()).is_over());
    if let Some(job) = id.and_then(running) {
        // While it runs, the same name means the same prediction.
        return Ok(Wish::of_job(At::Poll, job.clone(), move |desk| Reply::json(202, &object::prediction(desk, &job))));
    }
    if let Some(reply) = object::unfit(&input) {
        return Err(reply);
    }
    let prompt = fields::text(&input, &["prompt", "text"]).map(str::to_owned);
    let prompt =
        prompt.ok_or_else(|| object::invalid(&["body", "input", "prompt"], "Field required", "value_error.missing"))?;
    if object::is_full(desk) {
        return Err(Cog.trouble(&Trouble::Throttle { seconds: 0, said: false }));
    }
    let (width, height) = fields::size(&input);
    let order = Order {
        seed: fields::seed(&input),
        seconds_millis: fields::millis(&input, models::LENGTHS),
        width,
        height,
        images: fields::count(&input, &["num_outputs"]),
        voice: fields::text(&input, &["voice"]).map(str::to_owned),
        picture: fields::picture(&input, models::PICTURES),
        ..Order::new(NAME, MODEL, kind(&input), &prompt)
    };
    let answers_at_once = call.header("prefer") == Some("respond-async");
    let mut submission = Submission::new(Order { input, ..order }, move |desk, job| {
        if answers_at_once {
            return Reply::json(202, &json!({"id": job.ticket, "status": "starting"}));
        }
        object::reply(desk, job)
    });
    submission.ticket = id.map(str::to_owned);
    submission.once = id.is_some();
    if !answers_at_once {
        submission = submission.at_its_end();
        submission.tied = true;
    }
    submission.hook = body.get("webhook").and_then(Value::as_str).map(|url| {
        let events = body.get("webhook_events_filter").and_then(Value::as_array);
        let start = events.is_none_or(|events| events.iter().any(|event| event == "start"));
        Hook { url: url.to_owned(), start, lie: None }
    });
    Ok(submission.wish())
}

/// What a container makes, as its input says: text is spoken, what has a length moves, all else is a picture.
fn kind(input: &Value) -> Kind {
    match input.get("kind").and_then(Value::as_str) {
        Some("text") => Kind::Text,
        Some("video") => Kind::Video,
        Some("speech") => Kind::Speech,
        Some("music") => Kind::Music,
        _ if input.get("text").is_some() => Kind::Speech,
        _ if models::LENGTHS.iter().any(|name| input.get(name).is_some()) => Kind::Video,
        _ => Kind::Image,
    }
}
