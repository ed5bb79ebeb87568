//! Anthropic: text, written on the spot.
//!
//! Nothing recognises a repetition, and nothing lists what was accepted. An answer in a shape of ours is asked for as
//! the input of a tool that has to be used.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use retake_engine::fault::{Class, Fault};
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use retake_engine::performer::Candidate;
use serde_json::{Value, json};

use super::answer::{self, Bad};
use super::http::{self, Auth, Http, Reply, Said};
use super::{
    Card, Fell, Kind, Made, Order, Progress, Provider, Published, Request, Safety, Standard, Submitted, Work, read,
    settings,
};

/// What holds of it unless somebody says otherwise. A long answer takes minutes.
pub(super) const STANDARD: Standard = Standard {
    name: "anthropic",
    base_url: "https://api.anthropic.com",
    keys: &["ANTHROPIC_API_KEY"],
    needs_key: true,
    keyless_elsewhere: false,
    per_minute: 50,
    concurrency: 4,
    request_timeout: Duration::from_secs(600),
    poll_every: Duration::from_secs(5),
    safety: Safety::None,
    grace: Duration::from_secs(60),
    lag: Duration::ZERO,
    keeps: None,
    open: |seller| {
        let http = Http::new(seller, Auth::Header("x-api-key"))?.with_header("anthropic-version", VERSION);
        Ok(Arc::new(Anthropic(http)))
    },
};

/// The version of its interface, as it dates them.
const VERSION: &str = "2023-06-01";
/// The tool whose input is the answer.
const TOOL: &str = "answer";

#[derive(Debug)]
struct Anthropic(Http);

#[async_trait]
impl Provider for Anthropic {
    fn request(&self, order: &Order<'_>) -> Result<Request, Fault> {
        if order.card.kind != Kind::Code {
            return Err(self.0.unsold(order.card.kind));
        }
        let mut body = settings(order);
        body.insert("model".to_owned(), order.card.model.as_str().into());
        body.entry("max_tokens").or_insert_with(|| answer::most(order.card).into());
        body.insert("messages".to_owned(), json!([{ "role": "user", "content": order.prompt }]));
        if let Some(system) = &order.system {
            body.insert("system".to_owned(), system.as_str().into());
        }
        if let Some(schema) = &order.answer {
            let tool = json!({ "name": TOOL, "description": "takes the whole answer", "input_schema": schema });
            body.insert("tools".to_owned(), json!([tool]));
            body.insert("tool_choice".to_owned(), json!({ "type": "tool", "name": TOOL }));
        }
        Ok(Request::post("v1/messages", &Value::Object(body), order.units()))
    }

    async fn submit(&self, card: &Card, request: &Request) -> Result<Submitted, Fell> {
        let reply = self.0.submit(request).await?;
        if !reply.is_ok() {
            return Err(self.0.refused(&reply, said(&reply)).into());
        }
        self.written(card, &reply).map(Submitted::Made)
    }

    async fn poll(&self, _: Work<'_>) -> Result<Progress, Fell> {
        Ok(Progress::Gone)
    }

    async fn fetch(&self, _: Work<'_>) -> Result<Made, Fell> {
        Err(self.0.fell(Class::Defective, None, "it keeps nothing of what it wrote"))
    }

    async fn cancel(&self, _: Work<'_>) -> Result<(), Fault> {
        Ok(())
    }

    async fn find(&self, _: &Card, _: &Request, _: Moment) -> Result<Vec<Candidate>, Fault> {
        Err(self.0.unlisted())
    }

    async fn published(&self, card: &Card) -> Result<Option<Published>, Fault> {
        let reply = self.0.get(&format!("v1/models/{}", card.model)).await?;
        // A server of one's own may not know this question: its 404 is another one.
        let theirs = reply.json().is_some_and(|answer| read::field(&answer, "type") == Some("error"));
        let unasked = matches!(reply.status, 404 | 405 | 501) && !theirs;
        if reply.is_ok() || unasked { Ok(None) } else { Err(self.0.refused(&reply, said(&reply))) }
    }
}

impl Anthropic {
    fn written(&self, card: &Card, reply: &Reply) -> Result<Made, Fell> {
        let answer = self.0.read(reply)?;
        if answer.get("content").is_none() && answer.get("error").is_none() && answer.get("stop_reason").is_none() {
            return Err(self.0.garbled(true, "its answer has nothing that was asked for").into());
        }
        let charge = charge(card, &answer);
        let text = written(&answer).map_err(|bad| self.0.bad(&bad, charge))?;
        Ok(Made { text: Some(text), charge, answer: self.0.kept(&answer), ..Made::default() })
    }
}

/// What was written, where that went well.
fn written(answer: &Value) -> Result<String, Bad> {
    if let Some(error) = answer.get("error").filter(|error| !error.is_null()) {
        let message = read::reason(error).unwrap_or_else(|| "it failed".to_owned());
        return Err(Bad::new(class_of(error).unwrap_or(Class::Transient), message));
    }
    match read::field(answer, "stop_reason") {
        Some("max_tokens" | "model_context_window_exceeded") => return Err(Bad::cut_off()),
        Some("refusal") => return Err(Bad::new(Class::Rejected, "it will not write this")),
        _ => {}
    }
    let parts = answer.get("content").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let is = |part: &&Value, kind| read::field(part, "type") == Some(kind);
    let used = parts.iter().find(|part| is(part, "tool_use")).and_then(|part| part.get("input"));
    if let Some(input) = used.filter(|input| !input.is_null()) {
        return Ok(input.to_string());
    }
    let text: String =
        parts.iter().filter(|part| is(part, "text")).filter_map(|part| part.get("text")?.as_str()).collect();
    if text.trim().is_empty() { Err(Bad::empty()) } else { Ok(text) }
}

/// What it says where it refuses. It changes its messages at will: its types count, and words only where it has no type
/// for what they say.
fn said(reply: &Reply) -> Said {
    let answer = reply.json().unwrap_or_default();
    let error = answer.get("error").unwrap_or(&Value::Null);
    let kind = read::field(error, "type").unwrap_or_default();
    // It says itself that it is too busy to begin.
    let busy = reply.status == 529 && kind == "overloaded_error";
    Said {
        class: class_of(error).or_else(|| busy.then_some(Class::Transient)),
        message: read::reason(error),
        is_proof: busy,
        retry_after: reply.retry_after().or_else(|| reset(reply)),
        hint: None,
    }
}

/// What kind of failure an error names, where it names more than a status does.
fn class_of(error: &Value) -> Option<Class> {
    let code = error.pointer("/details/error_code").map(read::text).unwrap_or_default();
    let says = |sign| read::reason(error).is_some_and(|message| message.contains(sign));
    match read::field(error, "type").unwrap_or_default() {
        "billing_error" | "authentication_error" | "permission_error" => Some(Class::Denied),
        _ if says("credit balance") || code.contains("spend_limit") => Some(Class::Denied),
        "invalid_request_error" if says("content filtering policy") => Some(Class::Rejected),
        "not_found_error" => Some(Class::Retired),
        "rate_limit_error" => Some(Class::Throttled),
        "invalid_request_error" | "request_too_large" => Some(Class::Invalid),
        _ => None,
    }
}

/// When the limit that is used up is full again, by its own clock.
fn reset(reply: &Reply) -> Option<Duration> {
    let limits = ["requests", "tokens", "input-tokens", "output-tokens"].iter().filter(|what| {
        let left = reply.header(&format!("anthropic-ratelimit-{what}-remaining"));
        left == Some("0")
    });
    let resets = limits.filter_map(|what| {
        let at = reply.header(&format!("anthropic-ratelimit-{what}-reset"))?;
        reply.until(http::moment(at)?)
    });
    resets.max()
}

/// What was used, by the price of the card. Whatever was cached counts as if it had not been.
fn charge(card: &Card, answer: &Value) -> Option<Money> {
    let usage = answer.get("usage")?;
    let cached = ["cache_creation_input_tokens", "cache_read_input_tokens"];
    let cached: u64 = cached.iter().filter_map(|name| answer::count(usage.get(name))).sum();
    let input = answer::count(usage.get("input_tokens")).map(|input| input + cached);
    answer::of_tokens(&card.price, input, answer::count(usage.get("output_tokens")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use retake_engine::fault::Acceptance;

    use super::super::answer::trial;
    use super::super::rubbish;
    use super::*;

    fn anthropic() -> Anthropic {
        Anthropic(Http::new(&STANDARD.seller("anthropic"), Auth::Header("x-api-key")).unwrap())
    }

    fn card() -> Card {
        trial::card(json!({"provider": "anthropic", "kind": "code", "model": "m", "max_output_tokens": 100,
            "inputs": {"prompt": "messages"},
            "price": {"per_1m_input_tokens": "1.00", "per_1m_output_tokens": "10.00"}}))
    }

    #[test]
    fn an_answer_in_our_shape_is_the_input_of_a_tool() {
        let card = card();
        let mut order = trial::order(&card, "Why?");
        order.answer = Some(json!({"type": "object"}));
        let request = anthropic().request(&order).unwrap();
        assert_eq!(
            request.json(),
            Some(json!({"model": "m", "max_tokens": 100, "messages": [{"role": "user", "content": "Why?"}],
                "tools": [{"name": "answer", "description": "takes the whole answer",
                    "input_schema": {"type": "object"}}],
                "tool_choice": {"type": "tool", "name": "answer"}}))
        );
        let answer = json!({"stop_reason": "tool_use", "usage": {"input_tokens": 8, "output_tokens": 4,
            "cache_read_input_tokens": 2}, "content": [{"type": "text", "text": "Here:"},
            {"type": "tool_use", "name": "answer", "input": {"film": "Lamps"}}]});
        let made = anthropic().written(&card, &trial::reply(200, &answer)).unwrap();
        assert_eq!((made.text.as_deref(), made.charge), (Some(r#"{"film":"Lamps"}"#), Some(Money::from_micros(50))));
    }

    #[test]
    fn a_success_may_be_none() {
        let class = |answer: Value| {
            let fell = anthropic().written(&card(), &trial::reply(200, &answer)).unwrap_err();
            (fell.fault.class, fell.fault.acceptance)
        };
        let text = json!([{"type": "text", "text": "half"}]);
        assert_eq!(class(json!({"content": text, "stop_reason": "max_tokens"})), (Class::Invalid, Acceptance::Yes));
        assert_eq!(class(json!({"content": [], "stop_reason": "refusal"})), (Class::Rejected, Acceptance::Yes));
        assert_eq!(class(json!({"content": [], "stop_reason": "end_turn"})), (Class::Defective, Acceptance::Yes));
        assert_eq!(class(json!({"hello": "world"})), (Class::Unclear, Acceptance::Unknown));
        assert_eq!(class(json!([1])), (Class::Unclear, Acceptance::Unknown));
    }

    #[test]
    fn refusals_are_told_apart_by_their_types() {
        let refused = |status, error: Value, headers: &[(&'static str, &str)]| {
            let reply = trial::with(trial::reply(status, &json!({"type": "error", "error": error})), headers);
            anthropic().0.refused(&reply, said(&reply))
        };
        let busy = refused(529, json!({"type": "overloaded_error", "message": "Overloaded"}), &[]);
        assert_eq!((busy.class, busy.acceptance), (Class::Transient, Acceptance::No));
        let bare = refused(529, json!({"message": "Overloaded"}), &[]);
        assert_eq!((bare.class, bare.acceptance), (Class::Unclear, Acceptance::Unknown));
        let failed = refused(500, json!({"type": "api_error"}), &[]);
        assert_eq!((failed.class, failed.acceptance), (Class::Unclear, Acceptance::Unknown));
        let limit = refused(429, json!({"type": "rate_limit_error"}), &[("retry-after", "7")]);
        assert_eq!((limit.class, limit.retry_after), (Class::Throttled, Some(Duration::from_secs(7))));
        let reset = refused(
            429,
            json!({"type": "rate_limit_error"}),
            &[
                ("date", "Sat, 21 Nov 2026 00:00:00 GMT"),
                ("anthropic-ratelimit-requests-remaining", "0"),
                ("anthropic-ratelimit-requests-reset", "2026-11-21T00:00:30Z"),
            ],
        );
        assert_eq!(reset.retry_after, Some(Duration::from_secs(30)));
        let spent = json!({"type": "rate_limit_error", "details": {"error_code": "enforced_spend_limit_reached"}});
        assert_eq!(refused(429, spent, &[]).class, Class::Denied);
        assert_eq!(refused(402, json!({"type": "billing_error"}), &[]).class, Class::Denied);
        assert_eq!(refused(404, json!({"type": "not_found_error"}), &[]).class, Class::Retired);
    }

    proptest! {
        #[test]
        fn no_answer_makes_them_panic(
            answer in rubbish::json(&["error", "type", "details", "content", "usage", "input", "stop_reason"]),
            status in 200_u16..600,
        ) {
            let reply = trial::reply(status, &answer);
            let _ = (said(&reply), written(&answer), charge(&card(), &answer));
        }
    }
}
