//! OpenAI, from its own side.
//!
//! Owns its routes and its wording. Texts are in [`texts`], pictures and speech in [`media`].

use serde_json::{Value, json};

use super::answers::request_id;
use super::{Call, Key, Method, Reply, Trouble, Wire, Wish, fields, models};
use crate::faults::At;
use crate::jobs::Kind;
use crate::server::Desk;

mod media;
mod texts;

/// Its name.
const NAME: &str = "openai";
/// Its models, as its list shows them.
const MODELS: [&str; 8] = [
    "gpt-5.4",
    "gpt-5.4-mini",
    "gpt-5-nano",
    "gpt-4o-mini",
    "gpt-image-2",
    "gpt-image-1-mini",
    "gpt-4o-mini-tts",
    "tts-1",
];
/// When they were made, in seconds since 1970.
const MADE: u64 = 1_750_000_000;

/// The provider.
pub(super) struct OpenAi;

impl Wire for OpenAi {
    fn key(&self, call: &Call) -> Key {
        Key::of(call, "authorization", "Bearer ")
    }

    fn hear(&self, call: &Call, desk: &Desk) -> Result<Wish, Reply> {
        let segments = call.segments();
        let ["v1", rest @ ..] = segments.as_slice() else { return Err(self.trouble(&Trouble::Nowhere)) };
        match (&call.method, rest) {
            (&Method::POST, ["chat", "completions"]) => texts::chat(call),
            (&Method::POST, ["responses"]) => texts::responses(call),
            (&Method::GET, ["responses", id]) => {
                let job = response(desk, id)?;
                Ok(Wish::of_job(At::Poll, job.clone(), move |desk| texts::response(desk, &job)))
            }
            (&Method::POST, ["responses", id, "cancel"]) => {
                let job = response(desk, id)?;
                if desk.order(&job).input.get("background") != Some(&json!(true)) {
                    return Err(invalid("Cannot cancel a synchronous response.", &Value::Null, &Value::Null));
                }
                Ok(Wish::of_job(At::Cancel, job.clone(), move |desk| match desk.cancel(&job) {
                    Ok(job) => texts::response(desk, &job),
                    Err(_) => Self.trouble(&Trouble::Status(500)),
                }))
            }
            (&Method::DELETE, ["responses", id]) => {
                let job = response(desk, id)?;
                let gone = json!({"id": id, "object": "response", "deleted": true});
                Ok(Wish::of_job(At::Cancel, job.clone(), move |desk| match desk.delete(&job) {
                    Ok(()) => told(200, &gone),
                    Err(_) => Self.trouble(&Trouble::Status(500)),
                }))
            }
            (&Method::POST, ["images", "generations"]) => media::picture(call),
            (&Method::POST, ["images", "edits"]) => media::edit(call),
            (&Method::POST, ["audio", "speech"]) => media::speech(call),
            (&Method::GET, ["models"]) => Ok(Wish::of_model(At::Schema, "", |_| {
                told(
                    200,
                    &json!({"object": "list", "data": models::listed(NAME, &MODELS).into_iter().map(model).collect::<Vec<_>>()}),
                )
            })),
            (&Method::GET, ["models", name]) => {
                let known = model(kind(name, |_| true).map(|_| *name)?);
                Ok(Wish::of_model(At::Schema, name, move |_| told(200, &known)))
            }
            _ => Err(self.trouble(&Trouble::Nowhere)),
        }
    }

    fn trouble(&self, trouble: &Trouble<'_>) -> Reply {
        match *trouble {
            Trouble::Key => refusal(
                401,
                "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.",
                "invalid_request_error",
                &Value::Null,
                &json!("invalid_api_key"),
            ),
            Trouble::Nowhere => refusal(404, "Invalid URL", "invalid_request_error", &Value::Null, &Value::Null),
            Trouble::Ticket => {
                let message = "Response with this id was not found.";
                refusal(404, message, "invalid_request_error", &json!("id"), &Value::Null)
            }
            Trouble::Model(model) => {
                let message = format!("The model `{model}` does not exist or you do not have access to it.");
                refusal(404, &message, "invalid_request_error", &json!("model"), &json!("model_not_found"))
            }
            Trouble::Throttle { seconds, said } => throttle(seconds, said),
            Trouble::NoCredit(status) => refusal(
                status.unwrap_or(429),
                "You exceeded your current quota, please check your plan and billing details. For more information on \
                 this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
                "insufficient_quota",
                &Value::Null,
                &json!("insufficient_quota"),
            ),
            Trouble::Status(503) => {
                let message = "The server is currently overloaded with other requests. Sorry about that!";
                refusal(503, message, "service_unavailable_error", &Value::Null, &json!("server_is_overloaded"))
            }
            Trouble::Status(status) => {
                let message = "The server had an error while processing your request. Sorry about that!";
                refusal(status, message, "server_error", &Value::Null, &Value::Null)
            }
            Trouble::Refused { .. } => blocked("input"),
            Trouble::TooLarge => {
                refusal(413, "The request is too large.", "invalid_request_error", &Value::Null, &Value::Null)
            }
        }
    }

    fn ticket(&self, random: &[u8; 32]) -> String {
        fields::hex(&random[..24])
    }
}

/// The kind of a model that is good for something.
fn kind(model: &str, wanted: impl Fn(Kind) -> bool) -> Result<Kind, Reply> {
    let known = models::kind(model).filter(|kind| wanted(*kind) && *kind != Kind::Video);
    known.ok_or_else(|| OpenAi.trouble(&Trouble::Model(model)))
}

/// The model that a body names, of the kind that is wanted.
fn model_of(body: &Value, wanted: Kind) -> Result<String, Reply> {
    let model = fields::text(body, &["model"]).ok_or_else(|| missing("model"))?;
    kind(model, |kind| kind == wanted).map(|_| model.to_owned())
}

fn body(call: &Call) -> Result<Value, Reply> {
    let message = "We could not parse the JSON body of your request. The OpenAI API expects a JSON payload.";
    call.object().ok_or_else(|| invalid(message, &Value::Null, &Value::Null))
}

fn response(desk: &Desk, id: &str) -> Result<crate::jobs::Job, Reply> {
    let job = id.strip_prefix("resp_").and_then(|ticket| desk.job(NAME, ticket));
    job.ok_or_else(|| OpenAi.trouble(&Trouble::Ticket))
}

fn model(name: &str) -> Value {
    json!({"id": name, "object": "model", "created": MADE, "owned_by": "system"})
}

/// An answer with what it says of its limits.
fn told(status: u16, body: &Value) -> Reply {
    limits(Reply::json(status, body))
}

fn limits(reply: Reply) -> Reply {
    let left = [
        ("x-ratelimit-limit-requests", "500"),
        ("x-ratelimit-remaining-requests", "499"),
        ("x-ratelimit-reset-requests", "120ms"),
        ("x-ratelimit-limit-tokens", "200000"),
        ("x-ratelimit-remaining-tokens", "199000"),
        ("x-ratelimit-reset-tokens", "300ms"),
    ];
    let reply = reply.with("x-request-id", request_id("req_")).with("openai-version", "2020-10-01");
    left.into_iter().fold(reply, |reply, (name, value)| reply.with(name, value))
}

fn refusal(status: u16, message: &str, sort: &str, param: &Value, code: &Value) -> Reply {
    let error = json!({"error": {"message": message, "type": sort, "param": param, "code": code}});
    Reply::json(status, &error).with("x-request-id", request_id("req_"))
}

fn invalid(message: &str, param: &Value, code: &Value) -> Reply {
    refusal(400, message, "invalid_request_error", param, code)
}

fn missing(name: &str) -> Reply {
    let message = format!("Missing required parameter: '{name}'.");
    invalid(&message, &json!(name), &json!("missing_required_parameter"))
}

/// What the safety system says, and at which stage.
fn blocked(stage: &str) -> Reply {
    let id = request_id("req_");
    let message = format!(
        "Your request was rejected by the safety system. If you believe this is an error, contact us at \
         help.openai.com and include the request ID {id}. safety_violations=[violence]."
    );
    let error = json!({"error": {
        "message": message,
        "type": "image_generation_user_error",
        "param": null,
        "code": "moderation_blocked",
        "moderation_details": {"moderation_stage": stage, "categories": ["violence"]},
    }});
    Reply::json(400, &error).with("x-request-id", id)
}

/// A limit was hit. Where the body says how long to wait, the headers of this provider do, too.
fn throttle(seconds: u64, said: bool) -> Reply {
    let wait = if said { format!(" Please try again in {seconds}s.") } else { String::new() };
    let message = format!("Rate limit reached for requests per min (RPM): Limit 500, Used 500, Requested 1.{wait}");
    let reply = refusal(429, &message, "requests", &Value::Null, &json!("rate_limit_exceeded"));
    let reply = reply.with("x-ratelimit-limit-requests", "500").with("x-ratelimit-remaining-requests", "0");
    if !said {
        return reply;
    }
    let reply = reply.with("retry-after-ms", seconds.saturating_mul(1000).to_string());
    reply.with("x-ratelimit-reset-requests", format!("{seconds}s"))
}
