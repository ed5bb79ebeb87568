//! Anthropic, from its own side: messages, answered at once.

use serde_json::{Value, json};

use super::answers::{End, end, request_id, said, text};
use super::{Call, Key, Method, Reply, Submission, Trouble, Wire, Wish, fields, models};
use crate::faults::At;
use crate::jobs::{Job, Kind, Order};
use crate::server::Desk;

/// Its name.
const NAME: &str = "anthropic";
/// Its models, as its list shows them.
const MODELS: [&str; 3] = ["claude-opus-4-8", "claude-sonnet-4-8", "claude-haiku-4-5"];

/// The provider.
pub(super) struct Anthropic;

impl Wire for Anthropic {
    fn key(&self, call: &Call) -> Key {
        Key::of(call, "x-api-key", "")
    }

    fn hear(&self, call: &Call, _desk: &Desk) -> Result<Wish, Reply> {
        let segments = call.segments();
        let ["v1", rest @ ..] = segments.as_slice() else { return Err(self.trouble(&Trouble::Nowhere)) };
        if call.header("anthropic-version").is_none() {
            return Err(invalid("anthropic-version: header is required"));
        }
        match (&call.method, rest) {
            (&Method::POST, ["messages"]) => submit(call),
            (&Method::GET, ["models"]) => Ok(Wish::of_model(At::Schema, "", |_| {
                let list =
                    json!({"data": MODELS.map(model), "has_more": false, "first_id": MODELS[0], "last_id": MODELS[2]});
                told(200, &list)
            })),
            (&Method::GET, ["models", name]) => {
                let known = models::kind(name).filter(|kind| *kind == Kind::Text);
                known.ok_or_else(|| self.trouble(&Trouble::Model(name)))?;
                let known = model(name);
                Ok(Wish::of_model(At::Schema, name, move |_| told(200, &known)))
            }
            _ => Err(self.trouble(&Trouble::Nowhere)),
        }
    }

    fn trouble(&self, trouble: &Trouble<'_>) -> Reply {
        match *trouble {
            Trouble::Key => refusal(401, "authentication_error", "invalid x-api-key", &Value::Null),
            Trouble::Nowhere | Trouble::Ticket => refusal(404, "not_found_error", "Not found", &Value::Null),
            Trouble::Model(model) => refusal(404, "not_found_error", &format!("model: {model}"), &Value::Null),
            Trouble::Throttle { seconds, said } => {
                let message = "This request would exceed your organization's rate limit of 50 requests per minute.";
                let reply = refusal(429, "rate_limit_error", message, &Value::Null);
                let reply = reply.with("anthropic-ratelimit-requests-limit", "50");
                let reply = reply.with("anthropic-ratelimit-requests-remaining", "0");
                let reset = crate::clock::iso(crate::clock::now().saturating_add(seconds.saturating_mul(1000)));
                if said { reply.with("anthropic-ratelimit-requests-reset", reset) } else { reply }
            }
            Trouble::NoCredit(Some(429)) => {
                let details = json!({"error_code": "enforced_spend_limit_reached"});
                refusal(429, "rate_limit_error", "Your organization has reached its spend limit.", &details)
            }
            Trouble::NoCredit(status) => {
                let message = "Your credit balance is too low to access the Anthropic API.";
                refusal(status.unwrap_or(402), "billing_error", message, &Value::Null)
            }
            Trouble::Status(status) => {
                let (sort, message) = match status {
                    529 => ("overloaded_error", "Overloaded"),
                    504 => ("timeout_error", "The request timed out."),
                    409 => ("conflict_error", "Conflict"),
                    403 => ("permission_error", "Your API key does not have permission to use this."),
                    _ => ("api_error", "Internal server error"),
                };
                refusal(status, sort, message, &Value::Null)
            }
            Trouble::Refused { .. } => invalid("Output blocked by content filtering policy"),
            Trouble::TooLarge => {
                refusal(413, "request_too_large", "Request exceeds the maximum allowed number of bytes.", &Value::Null)
            }
        }
    }

    fn ticket(&self, random: &[u8; 32]) -> String {
        format!("msg_{}", fields::hex(&random[..12]))
    }
}

fn submit(call: &Call) -> Result<Wish, Reply> {
    let body = call.object().ok_or_else(|| invalid("The request body is not valid JSON"))?;
    let model = fields::text(&body, &["model"]).ok_or_else(|| invalid("model: Field required"))?.to_owned();
    let known = models::kind(&model).filter(|kind| *kind == Kind::Text);
    known.ok_or_else(|| Anthropic.trouble(&Trouble::Model(&model)))?;
    fields::number(&body, &["max_tokens"]).ok_or_else(|| invalid("max_tokens: Field required"))?;
    let prompt = body.get("messages").and_then(said).ok_or_else(|| invalid("messages: Field required"))?;
    let schema = ["/output_config/format/schema", "/output_format/schema"]
        .iter()
        .find_map(|place| body.pointer(place))
        .or_else(|| tool(&body)?.get("input_schema"))
        .cloned();
    let order =
        Order { seed: fields::seed(&body), schema, input: body, ..Order::new(NAME, &model, Kind::Text, &prompt) };
    Ok(Submission::new(order, message).at_its_end().wish())
}

/// The tool that must be used, where one must.
fn tool(body: &Value) -> Option<&Value> {
    let name = body.pointer("/tool_choice/name")?;
    body.get("tools")?.as_array()?.iter().find(|tool| tool.get("name") == Some(name))
}

fn message(desk: &Desk, job: &Job) -> Reply {
    let (text, count) = text(desk, job);
    let order = desk.order(job);
    let reason = match end(desk, job) {
        End::Whole if tool(&order.input).is_some() => "tool_use",
        End::Whole => "end_turn",
        End::Cut => "max_tokens",
        End::Refused => "refusal",
        End::Failed(_) | End::Stopped | End::Open => return Anthropic.trouble(&Trouble::Status(500)),
    };
    let content = match (reason, tool(&order.input)) {
        ("refusal", _) => json!([]),
        (_, Some(tool)) => {
            // What fills a tool is an object, whatever was written.
            let input: Value = serde_json::from_str(&text).unwrap_or_else(|_| json!({"text": text}));
            json!([{"type": "tool_use", "id": format!("toolu_{}", job.ticket), "name": tool["name"], "input": input}])
        }
        _ => json!([{"type": "text", "text": text}]),
    };
    let usage = json!({
        "input_tokens": count.asked(),
        "output_tokens": count.made(),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "service_tier": "standard",
    });
    let answer = json!({
        "id": job.ticket,
        "type": "message",
        "role": "assistant",
        "model": job.order.model,
        "content": content,
        "stop_reason": reason,
        "stop_sequence": null,
        "usage": count.or_nothing(usage),
    });
    told(200, &answer).delivering(job.no)
}

fn model(name: &str) -> Value {
    json!({"type": "model", "id": name, "display_name": name, "created_at": "2026-02-01T00:00:00Z"})
}

fn told(status: u16, body: &Value) -> Reply {
    let reply = Reply::json(status, body).with("request-id", request_id("req_"));
    let limits = [("limit", "50"), ("remaining", "49"), ("reset", "2026-11-21T12:00:00Z")];
    limits.into_iter().fold(reply, |reply, (name, value)| {
        let name = format!("anthropic-ratelimit-requests-{name}");
        reply.with(&name, value)
    })
}

fn invalid(message: &str) -> Reply {
    refusal(400, "invalid_request_error", message, &Value::Null)
}

fn refusal(status: u16, sort: &str, message: &str, details: &Value) -> Reply {
    let id = request_id("req_");
    let mut error = json!({"type": sort, "message": message});
    if !details.is_null() {
        error["details"] = details.clone();
    }
    Reply::json(status, &json!({"type": "error", "error": error, "request_id": id})).with("request-id", id)
}
