//! Replicate, from its own side.
//!
//! Owns its routes and its wording. Objects are in [`object`], files in [`files`].

use base64::Engine as _;
use serde_json::{Value, json};

use super::{Call, Key, Letter, Method, Reply, Submission, Trouble, Wire, Wish, fields, models};
use crate::faults::At;
use crate::jobs::{Hook, Order};
use crate::server::Desk;
use crate::webhook;

mod files;
mod list;
mod object;

/// Its name.
const NAME: &str = "replicate";
/// How long outputs, inputs and logs are kept after a job's end.
const KEPT_MS: u64 = 3_600_000;
/// How long an answer waits where it is asked to and nobody says how long.
const WAIT_SECONDS: u64 = 60;
/// What it calls the letters of a job's name.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The provider.
pub(super) struct Replicate;

impl Wire for Replicate {
    fn key(&self, call: &Call) -> Key {
        match Key::of(call, "authorization", "Bearer ") {
            Key::Missing => Key::of(call, "authorization", "Token "),
            key => key,
        }
    }

    fn hear(&self, call: &Call, desk: &Desk) -> Result<Wish, Reply> {
        let nowhere = || self.trouble(&Trouble::Nowhere);
        let segments = call.segments();
        let ["v1", rest @ ..] = segments.as_slice() else { return Err(nowhere()) };
        match (&call.method, rest) {
            (&Method::POST, ["models" | "deployments", owner, name, "predictions"]) => {
                submit(call, &format!("{owner}/{name}"))
            }
            (&Method::POST, ["predictions"]) => by_version(call),
            (&Method::GET, ["predictions"]) => list::list(call),
            (&Method::GET, ["predictions", id]) => {
                let job = desk.job(NAME, id).ok_or_else(|| self.trouble(&Trouble::Ticket))?;
                Ok(Wish::of_job(At::Poll, job.clone(), move |desk| object::reply(desk, 200, &job)))
            }
            (&Method::POST, ["predictions", id, "cancel"]) => {
                let job = desk.job(NAME, id).ok_or_else(|| self.trouble(&Trouble::Ticket))?;
                Ok(Wish::of_job(At::Cancel, job.clone(), move |desk| match desk.cancel(&job) {
                    Ok(job) => Reply::json(200, &object::prediction(desk, &job)),
                    Err(_) => Self.trouble(&Trouble::Status(500)),
                }))
            }
            (&Method::GET, ["models", owner, name]) => {
                let model = format!("{owner}/{name}");
                let kind = models::kind(&model).ok_or_else(|| self.trouble(&Trouble::Model(&model)))?;
                Ok(Wish::of_model(At::Schema, &model.clone(), move |_| Reply::json(200, &object::model(&model, kind))))
            }
            (&Method::GET, ["account"]) => Ok(Wish::of_model(At::Schema, "", |_| {
                let account = json!({"type": "user", "username": "rehearsal", "name": "Rehearsal", "github_url": ""});
                Reply::json(200, &account)
            })),
            (&Method::GET, ["webhooks", "default", "secret"]) => {
                Ok(Wish::of_model(At::Schema, "", |desk| Reply::json(200, &json!({"key": desk.secret(NAME)}))))
            }
            (method, ["files", rest @ ..]) => files::hear(method, rest, call, desk),
            _ => Err(nowhere()),
        }
    }

    fn trouble(&self, trouble: &Trouble<'_>) -> Reply {
        let problem = |status: u16, title: &str, detail: &str| {
            Reply::json(status, &json!({"title": title, "detail": detail, "status": status}))
        };
        match *trouble {
            Trouble::Key => problem(401, "Unauthenticated", "You did not pass a valid authentication token"),
            Trouble::Nowhere | Trouble::Ticket | Trouble::Model(_) => {
                Reply::json(404, &json!({"detail": "The requested resource could not be found.", "status": 404}))
            }
            Trouble::Throttle { seconds, said: true } => {
                let detail = format!(
                    "Request was throttled. Your rate limit for creating predictions is reduced to 6 requests per \
                     minute with a burst of 1 requests while you have less than $5.0 in credit. Your rate limit \
                     resets in ~{seconds}s."
                );
                Reply::json(429, &json!({"detail": detail, "status": 429, "retry_after": seconds}))
            }
            Trouble::Throttle { said: false, .. } => Reply::json(429, &json!({"detail": "Request was throttled."})),
            Trouble::NoCredit(status) => problem(
                status.unwrap_or(402),
                "Insufficient credit",
                "You have insufficient credit to run this model. Go to https://replicate.com/account/billing#billing to \
                 purchase credit. Once you purchase credit, please wait a few minutes before trying again.",
            ),
            Trouble::Status(status) => {
                let detail = "An unexpected error occurred. Please try again later.";
                Reply::json(status, &json!({"detail": detail, "status": status}))
            }
            Trouble::Refused { input } => {
                let fields = json!([{"field": input, "description": "flagged as sensitive"}]);
                let detail = format!("- input.{input}: The input was flagged as sensitive. (E005)\n");
                let title = "Input validation failed";
                Reply::json(422, &json!({"title": title, "detail": detail, "status": 422, "invalid_fields": fields}))
            }
            Trouble::TooLarge => problem(413, "Payload too large", "The request body is too large."),
        }
    }

    fn ticket(&self, random: &[u8; 32]) -> String {
        random[..26].iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
    }

    fn life_ms(&self) -> u64 {
        KEPT_MS
    }

    fn hook(&self, desk: &Desk, job: &crate::jobs::Job, delivery: &super::Delivery<'_>) -> Option<Letter> {
        let mut prediction = object::prediction(desk, job);
        if !delivery.end {
            prediction["status"] = "processing".into();
            prediction["output"] = Value::Null;
        }
        let body = prediction.to_string();
        let headers = webhook::standard(&desk.secret(NAME), delivery, &body);
        Some(Letter { body, headers })
    }
}

/// An order that names a version, or an official model, in its body.
fn by_version(call: &Call) -> Result<Wish, Reply> {
    let body = body(call)?;
    let version = body.get("version").and_then(Value::as_str);
    let version = version.ok_or_else(|| invalid("version", "- version is required\n"))?;
    let model = version.split(':').next().unwrap_or_default();
    if model.contains('/') {
        return submit(call, model);
    }
    // A bare version says nothing of its model: whatever has the longest list of inputs will do.
    let is_version = model.len() == 64 && model.bytes().all(|byte| byte.is_ascii_hexdigit());
    let detail = "- Invalid version or not permitted\n";
    if is_version { submit(call, &format!("image/{model}")) } else { Err(invalid("version", detail)) }
}

fn submit(call: &Call, model: &str) -> Result<Wish, Reply> {
    let kind = models::kind(model).ok_or_else(|| Replicate.trouble(&Trouble::Model(model)))?;
    let body = body(call)?;
    let input = body.get("input").filter(|input| input.is_object()).cloned();
    let input = input.ok_or_else(|| invalid("input", "- input is required\n"))?;
    if let Some(wrong) = models::wrong(NAME, model, &input) {
        return Err(object::unfit(&wrong));
    }
    let names = models::prompts(kind);
    let prompt = fields::text(&input, names).map(str::to_owned);
    let prompt = prompt.or_else(|| input.get("messages").map(Value::to_string));
    let prompt = prompt.or_else(|| models::may_be_silent(NAME, model).then(String::new));
    let prompt = prompt.ok_or_else(|| {
        let name = names.first().copied().unwrap_or("prompt");
        invalid(&format!("input.{name}"), &format!("- input.{name} is required\n"))
    })?;
    let (width, height) = fields::size(&input);
    let order = Order {
        seed: fields::seed(&input),
        seconds_millis: fields::millis(&input, models::LENGTHS),
        width,
        height,
        images: fields::count(&input, &["num_outputs", "number_of_images", "max_images"]),
        voice: fields::text(&input, &["voice", "voice_id", "speaker"]).map(str::to_owned),
        format: fields::text(&input, &["output_format"]).map(str::to_owned),
        picture: fields::picture(&input, models::PICTURES),
        input,
        ..Order::new(NAME, model, kind, &prompt)
    };
    let mut submission = Submission::new(order, |desk, job| {
        let location = format!("{}/v1/predictions/{}", desk.base(NAME), job.ticket);
        object::reply(desk, 201, job).with("location", location)
    });
    submission.hook = hook(&body)?;
    submission.hold = call.header("prefer").map_or(Ok(super::Hold::No), wait)?;
    submission.deadline_ms = call.header("cancel-after").map(deadline).transpose()?;
    Ok(submission.wish())
}

fn body(call: &Call) -> Result<Value, Reply> {
    call.object().ok_or_else(|| {
        let detail = "The request body is not a JSON object.";
        Reply::json(400, &json!({"title": "Invalid request", "detail": detail, "status": 400}))
    })
}

fn invalid(field: &str, detail: &str) -> Reply {
    let fields = json!([{"field": field, "description": detail.trim()}]);
    let title = "Input validation failed";
    Reply::json(422, &json!({"title": title, "detail": detail, "status": 422, "invalid_fields": fields}))
}

fn hook(body: &Value) -> Result<Option<Hook>, Reply> {
    let Some(url) = body.get("webhook").filter(|url| !url.is_null()) else { return Ok(None) };
    let url = url
        .as_str()
        .filter(|url| url.starts_with("http"))
        .ok_or_else(|| invalid("webhook", "- webhook must be a valid HTTPS URL\n"))?;
    let events = body.get("webhook_events_filter").and_then(Value::as_array);
    let start = events.is_none_or(|events| events.iter().any(|event| event == "start"));
    Ok(Some(Hook { url: url.to_owned(), start, lie: None }))
}

/// `wait` or `wait=N`.
fn wait(prefer: &str) -> Result<super::Hold, Reply> {
    let seconds = match prefer.trim().strip_prefix("wait") {
        None => return Ok(super::Hold::No),
        Some("") => WAIT_SECONDS,
        Some(rest) => rest.strip_prefix('=').and_then(|seconds| seconds.parse().ok()).unwrap_or(0),
    };
    if (1..=60).contains(&seconds) {
        return Ok(super::Hold::For(seconds * 1000));
    }
    Err(invalid("prefer", "- Prefer: wait must be between 1 and 60 seconds\n"))
}

/// `30s`, `1m`, `1h`, or bare seconds.
fn deadline(text: &str) -> Result<u64, Reply> {
    let (number, unit) = text.trim().split_at(text.trim().len() - usize::from(text.trim().ends_with(['s', 'm', 'h'])));
    let unit = match unit {
        "m" => 60_000,
        "h" => 3_600_000,
        _ => 1000,
    };
    let millis = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    millis
        .filter(|millis| *millis >= 5000)
        .ok_or_else(|| invalid("cancel-after", "- Cancel-After must be at least 5 seconds\n"))
}

/// Bytes as text that can stand in an address.
fn cursor(number: u64) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!("p={number}"))
}

fn read_cursor(text: &str) -> Option<u64> {
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()?;
    std::str::from_utf8(&bytes).ok()?.strip_prefix("p=")?.parse().ok()
}
