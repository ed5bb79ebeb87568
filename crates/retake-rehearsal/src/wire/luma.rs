//! Luma, from its own side: its older API and the one that took its place.
//!
//! Owns its routes and its wording. Both speak of the same generations.

use serde_json::{Value, json};

use super::{Call, Delivery, Key, Letter, Method, Reply, Submission, Trouble, Wire, Wish, fields, models};
use crate::clock::iso;
use crate::faults::At;
use crate::jobs::{Fate, Hook, Job, Kind, Order, State};
use crate::server::Desk;

/// Its name.
const NAME: &str = "luma";
/// How many generations are on a page where nobody says.
const PAGE: u64 = 10;
/// How many there may be.
const PAGE_MOST: u64 = 100;
/// How far a list can be asked into.
const OFFSET_MOST: u64 = 100_000;

/// The provider.
pub(super) struct Luma;

impl Wire for Luma {
    fn key(&self, call: &Call) -> Key {
        Key::of(call, "authorization", "Bearer ")
    }

    fn hear(&self, call: &Call, desk: &Desk) -> Result<Wish, Reply> {
        let segments = call.segments();
        let (["dream-machine", "v1", rest @ ..] | ["v1", rest @ ..]) = segments.as_slice() else {
            return Err(self.trouble(&Trouble::Nowhere));
        };
        let known = |id: &str| desk.job(NAME, id).ok_or_else(|| self.trouble(&Trouble::Ticket));
        match (&call.method, rest) {
            (&Method::POST, ["generations"] | ["generations", "video" | "image"]) => submit(call, rest.get(1).copied()),
            (&Method::GET, ["generations"]) => list(call),
            (&Method::GET, ["generations", id]) => {
                let job = known(id)?;
                Ok(Wish::of_job(At::Poll, job.clone(), move |desk| Reply::json(200, &generation(desk, &job))))
            }
            (&Method::DELETE, ["generations", id]) => {
                let job = known(id)?;
                Ok(Wish::of_job(At::Cancel, job.clone(), move |desk| {
                    let done = desk.cancel(&job).and_then(|job| desk.delete(&job));
                    done.map_or_else(|_| Self.trouble(&Trouble::Status(500)), |()| Reply::empty(204))
                }))
            }
            (&Method::GET, ["credits"]) => {
                Ok(Wish::of_model(At::Schema, "", |_| Reply::json(200, &json!({"credit_balance": 100_000.0}))))
            }
            (&Method::GET, ["generations", "concepts", "list"] | ["ping"]) => {
                Ok(Wish::of_model(At::Schema, "", |_| Reply::json(200, &json!({"message": "pong"}))))
            }
            _ => Err(self.trouble(&Trouble::Nowhere)),
        }
    }

    fn trouble(&self, trouble: &Trouble<'_>) -> Reply {
        let detail = |status: u16, detail: &str| Reply::json(status, &json!({"detail": detail}));
        match *trouble {
            Trouble::Key => detail(401, "Invalid API key"),
            Trouble::Nowhere => detail(404, "Not Found"),
            Trouble::Ticket => detail(404, "Generation not found"),
            Trouble::Model(model) => detail(404, &format!("Model {model} not found")),
            Trouble::Throttle { .. } => detail(429, "Too many requests"),
            Trouble::NoCredit(status) => detail(status.unwrap_or(402), "Insufficient credits"),
            Trouble::Status(status) => detail(status, "Internal Server Error"),
            Trouble::Refused { input } => detail(400, &format!("{input} not allowed because of moderation")),
            Trouble::TooLarge => detail(413, "Request Entity Too Large"),
        }
    }

    fn hook(&self, desk: &Desk, job: &Job, delivery: &Delivery<'_>) -> Option<Letter> {
        let mut body = generation(desk, job);
        if !delivery.end {
            body["state"] = "dreaming".into();
            body["assets"] = Value::Null;
        }
        Some(Letter { body: body.to_string(), headers: Vec::new() })
    }
}

fn submit(call: &Call, made: Option<&str>) -> Result<Wish, Reply> {
    let bad = |field: &str, text: &str| {
        Reply::json(422, &json!({"detail": [{"loc": ["body", field], "msg": text, "type": "missing"}]}))
    };
    let input = call.object().ok_or_else(|| bad("", "Input should be a valid dictionary"))?;
    let model = fields::text(&input, &["model"]).ok_or_else(|| bad("model", "Field required"))?.to_owned();
    let by_name = models::kind(&model).ok_or_else(|| Luma.trouble(&Trouble::Model(&model)))?;
    let kind = match made {
        Some("image") => Kind::Image,
        Some(_) => Kind::Video,
        None => by_name,
    };
    let prompt = fields::text(&input, &["prompt"]).ok_or_else(|| bad("prompt", "Field required"))?.to_owned();
    if let Some(wrong) = models::wrong(NAME, &model, &input) {
        return Err(bad(&wrong.place.join("."), &wrong.what.words().0));
    }
    let frame = ["/keyframes/frame0/url", "/video/start_frame/url"].iter().find_map(|place| input.pointer(place));
    let frame = frame.and_then(Value::as_str).map(str::to_owned);
    let (width, height) = fields::size(&input);
    let order = Order {
        seed: fields::seed(&input),
        seconds_millis: fields::millis(input.get("video").unwrap_or(&input), models::LENGTHS),
        width,
        height,
        picture: frame.or_else(|| fields::picture(&input, models::PICTURES)),
        ..Order::new(NAME, &model, kind, &prompt)
    };
    let hook = fields::text(&input, &["callback_url"]).map(|url| Hook { url: url.to_owned(), start: true, lie: None });
    let mut submission =
        Submission::new(Order { input, ..order }, |desk, job| Reply::json(201, &generation(desk, job)));
    submission.hook = hook;
    Ok(submission.wish())
}

fn generation(desk: &Desk, job: &Job) -> Value {
    let state = job.state(desk.now());
    let failure = match (&job.fate, state) {
        (_, State::Cancelled | State::Aborted) => Some("Generation was cancelled".to_owned()),
        (Fate::Refuse(input), State::Failed) => Some(format!("{input} not allowed because of moderation")),
        (Fate::Fail(Some(text)), State::Failed) => Some(text.clone()),
        (_, State::Failed) => Some("Job failed".to_owned()),
        _ => None,
    };
    let assets = (state == State::Succeeded).then(|| match job.order.kind {
        Kind::Image => json!({"image": desk.cdn(job, 0, "png")}),
        Kind::Video | Kind::Speech | Kind::Text | Kind::Align | Kind::Music => {
            json!({"video": desk.cdn(job, 0, "mp4")})
        }
    });
    json!({
        "id": job.ticket,
        "generation_type": if job.order.kind == Kind::Image { "image" } else { "video" },
        "state": match state {
            State::Queued => "queued",
            State::Working => "dreaming",
            State::Succeeded => "completed",
            State::Failed | State::Cancelled | State::Aborted => "failed",
        },
        "failure_reason": failure,
        "created_at": iso(job.accepted),
        "assets": assets,
        "model": job.order.model,
        "request": desk.order(job).input,
    })
}

fn list(call: &Call) -> Result<Wish, Reply> {
    let number = |name: &str, usual: u64| match call.query(name) {
        None => Ok(usual),
        Some(text) => text.parse::<u64>().map_err(|_| {
            let error =
                json!([{"loc": ["query", name], "msg": "Input should be a valid integer", "type": "int_parsing"}]);
            Reply::json(422, &json!({"detail": error}))
        }),
    };
    let limit = usize::try_from(number("limit", PAGE)?.clamp(1, PAGE_MOST)).unwrap_or(1);
    let offset = usize::try_from(number("offset", 0)?.min(OFFSET_MOST)).unwrap_or(0);
    Ok(Wish::of_model(At::Find, "", move |desk| {
        let jobs = desk.list(NAME, None, offset + limit + 1, |_| true);
        let more = jobs.len() > offset + limit;
        let page: Vec<Value> = jobs.iter().skip(offset).take(limit).map(|job| generation(desk, job)).collect();
        let count = page.len();
        let body = json!({"has_more": more, "count": count, "limit": limit, "offset": offset, "generations": page});
        Reply::json(200, &body)
    }))
}
