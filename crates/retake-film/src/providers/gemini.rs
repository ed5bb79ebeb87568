//! What the two doors of Google have in common: contents that are generated on the spot, and how it says no.

use std::time::Duration;

use retake_engine::fault::Class;
use retake_engine::id::Ticket;
use retake_engine::money::Money;
use serde_json::{Map, Value, json};

use super::answer::{self, Bad};
use super::http::{self, Http, Reply, Said};
use super::{Card, Fell, File, Given, Kind, Made, Order, read, settings};

/// The longest name of work that is believed: they are long.
const NAME_MAX: usize = 1_000;

/// What contents are asked for with.
pub(super) fn contents(order: &Order<'_>) -> Value {
    let mut body = settings(order);
    let pictures = order.image.iter().chain(&order.refs).map(part);
    let parts: Vec<Value> = pictures.chain([json!({ "text": order.prompt })]).collect();
    body.insert("contents".to_owned(), json!([{ "role": "user", "parts": parts }]));
    if let Some(system) = &order.system {
        body.insert("systemInstruction".to_owned(), json!({ "parts": [{ "text": system }] }));
    }
    within(&mut body, "generationConfig", |config| {
        if order.card.kind == Kind::Image {
            config.entry("responseModalities").or_insert_with(|| json!(["IMAGE"]));
            return;
        }
        config.entry("maxOutputTokens").or_insert_with(|| answer::most(order.card).into());
        if let Some(schema) = &order.answer {
            config.insert("responseMimeType".to_owned(), "application/json".into());
            config.insert("responseJsonSchema".to_owned(), schema.clone());
        }
    });
    Value::Object(body)
}

/// Changes the object of this name, which is made where there is none.
pub(super) fn within(body: &mut Map<String, Value>, name: &str, change: impl FnOnce(&mut Map<String, Value>)) {
    let mut inner = match body.remove(name) {
        Some(Value::Object(inner)) => inner,
        Some(_) | None => Map::new(),
    };
    change(&mut inner);
    body.insert(name.to_owned(), Value::Object(inner));
}

fn part(given: &Given) -> Value {
    match given {
        Given::Address(address) => json!({ "fileData": { "fileUri": address } }),
        Given::Inline { mime, bytes } => json!({ "inlineData": { "mimeType": mime, "data": http::base64(bytes) } }),
    }
}

impl Http {
    /// What contents were generated on the spot.
    pub(super) fn generated(&self, card: &Card, reply: &Reply) -> Result<Made, Fell> {
        let answer = self.read(reply)?;
        if !makes_sense(&answer) {
            return Err(self.garbled(true, "its answer has nothing that was asked for").into());
        }
        let charge = charge(card, &answer);
        let made = Made { charge, answer: self.kept(&answer), ..Made::default() };
        if card.kind == Kind::Image {
            let files = pictured(&answer).map_err(|bad| self.bad(&bad, charge))?;
            return Ok(Made { files, ..made });
        }
        let text = written(&answer).map_err(|bad| self.bad(&bad, charge))?;
        Ok(Made { text: Some(text), ..made })
    }
}

/// What was written.
fn written(answer: &Value) -> Result<String, Bad> {
    let text: String = parts(answer)?.iter().filter_map(|part| part.get("text")?.as_str()).collect();
    if text.trim().is_empty() { Err(Bad::empty()) } else { Ok(text) }
}

/// The pictures that were made.
fn pictured(answer: &Value) -> Result<Vec<File>, Bad> {
    let pictures = parts(answer)?.into_iter().filter_map(|part| {
        let data = part.pointer("/inlineData/data").or_else(|| part.pointer("/inline_data/data"))?;
        http::from_base64(data.as_str()?).filter(|bytes| !bytes.is_empty()).map(File::Bytes)
    });
    let pictures: Vec<File> = pictures.collect();
    if pictures.is_empty() { Err(Bad::empty()) } else { Ok(pictures) }
}

/// Whether an answer has anything that answers of its kind have.
fn makes_sense(answer: &Value) -> bool {
    ["candidates", "promptFeedback", "error"].iter().any(|name| answer.get(name).is_some_and(|part| !part.is_null()))
}

/// The parts of an answer that went well; what it thought on the way is none.
fn parts(answer: &Value) -> Result<Vec<&Value>, Bad> {
    if let Some(error) = answer.get("error").filter(|error| !error.is_null()) {
        return Err(ended(error));
    }
    if let Some(reason) = answer.pointer("/promptFeedback/blockReason").and_then(Value::as_str) {
        return Err(Bad::new(Class::Rejected, format!("what was asked for is blocked: {reason}")));
    }
    let candidate = answer.pointer("/candidates/0").ok_or_else(Bad::empty)?;
    let reason = read::field(candidate, "finishReason").unwrap_or_default();
    if reason == "MAX_TOKENS" {
        return Err(Bad::cut_off());
    }
    if BLOCKED.iter().any(|sign| reason.contains(sign)) {
        let why = read::field(candidate, "finishMessage").unwrap_or("it does not say more");
        return Err(Bad::new(Class::Rejected, format!("what it made is blocked: {reason}: {why}")));
    }
    let parts = candidate.pointer("/content/parts").and_then(Value::as_array).into_iter().flatten();
    let parts: Vec<&Value> = parts.filter(|part| part.get("thought").and_then(Value::as_bool) != Some(true)).collect();
    if parts.is_empty() && !reason.is_empty() && reason != "STOP" {
        return Err(Bad::new(Class::Defective, format!("it made nothing: {reason}")));
    }
    Ok(parts)
}

/// Parts of the names of reasons for which nothing is shown.
const BLOCKED: [&str; 5] = ["SAFETY", "PROHIBITED", "BLOCKLIST", "SPII", "RECITATION"];

/// What was used, by the price of the card; what it thought is paid for as what it said.
pub(super) fn charge(card: &Card, answer: &Value) -> Option<Money> {
    let usage = answer.get("usageMetadata").or_else(|| answer.get("usage"))?;
    let of = |names: [&str; 2]| names.iter().find_map(|name| answer::count(usage.get(name)));
    let input = of(["promptTokenCount", "total_input_tokens"])?;
    let thought = of(["thoughtsTokenCount", "total_thought_tokens"]).unwrap_or(0);
    let output = of(["candidatesTokenCount", "total_output_tokens"]).map(|output| output + thought);
    // Where nothing came out, only the sum is told.
    let rest = of(["totalTokenCount", "total_tokens"]).and_then(|total| total.checked_sub(input));
    answer::of_tokens(&card.price, Some(input), output.into_iter().chain(rest).max())
}

/// How a door sees refusals.
#[derive(Debug, Clone, Copy)]
pub(super) struct Door {
    /// Whether the answer would have been the work itself: a failure that it words itself is not charged then.
    pub(super) on_the_spot: bool,
    /// What it means that a quota is used up and nobody says until when.
    pub(super) used_up: Class,
}

/// What it says where it refuses.
pub(super) fn said(reply: &Reply, door: Door) -> Said {
    let answer = reply.json().unwrap_or_default();
    // What streams comes as a list.
    let answer = answer.get(0).unwrap_or(&answer);
    let error = answer.get("error").filter(|error| error.is_object()).unwrap_or(&Value::Null);
    let (code, message) = (code(error), read::reason(error));
    let wait = details(error).find_map(|detail| http::seconds(detail.get("retryDelay")?));
    let wait = wait.or_else(|| reply.retry_after()).or_else(|| http::seconds_in(message.as_deref()?));
    let busy = ["UNAVAILABLE", "OVERLOADED"].iter().any(|sign| code.contains(sign));
    let failed = busy || code.contains("INTERNAL");
    Said {
        class: refusal(reply.status, error, wait, door).or_else(|| failed.then_some(Class::Transient)),
        is_proof: matches!((reply.status, door.on_the_spot), (500, true) if failed) || (reply.status == 503 && busy),
        message,
        retry_after: wait,
        hint: None,
    }
}

/// The status of an error by its name, whichever field has it.
fn code(error: &Value) -> String {
    let name = read::field(error, "status").or_else(|| read::field(error, "code")).unwrap_or_default();
    name.to_ascii_uppercase()
}

fn details(error: &Value) -> impl Iterator<Item = &Value> {
    error.get("details").and_then(Value::as_array).into_iter().flatten()
}

fn refusal(status: u16, error: &Value, wait: Option<Duration>, door: Door) -> Option<Class> {
    if error.is_null() {
        return None;
    }
    let (code, message) = (code(error), read::reason(error).unwrap_or_default());
    match status {
        429 => Some(quota(error, &code, &message, wait, door)),
        400 if code.contains("PRECONDITION") || message.contains("API key") => Some(Class::Denied),
        400 if details(error).any(|detail| read::field(detail, "reason") == Some("API_KEY_INVALID")) => {
            Some(Class::Denied)
        }
        400 | 422 if is_policy(&message) => Some(Class::Rejected),
        _ => None,
    }
}

/// Whether a quota is full again soon, or needs somebody.
fn quota(error: &Value, code: &str, message: &str, wait: Option<Duration>, door: Door) -> Class {
    let violations = details(error).filter_map(|detail| detail.get("violations")?.as_array()).flatten();
    let mut quotas = violations.filter_map(|violation| read::field(violation, "quotaId"));
    let lower = message.to_ascii_lowercase();
    let spent = ["spend cap", "spending cap", "spend limit", "credits are depleted", "prepay", "enable billing"];
    // A limit of nothing is never full again.
    let none = lower.split("limit: 0").skip(1).any(|rest| !rest.starts_with(|next: char| next.is_ascii_digit()));
    if none || quotas.any(|id| id.contains("PerDay")) || spent.iter().any(|sign| lower.contains(sign)) {
        Class::Denied
    } else if wait.is_some() || ["RATE_LIMIT", "TOO_MANY"].iter().any(|sign| code.contains(sign)) {
        Class::Throttled
    } else {
        door.used_up
    }
}

/// Whether words speak of what may not be made.
fn is_policy(words: &str) -> bool {
    let lower = words.to_ascii_lowercase();
    let signs = ["usage guidelines", "responsible ai", "prohibited", "blocked", "sensitive"];
    read::is_policy(words) || signs.iter().any(|sign| lower.contains(sign))
}

/// What the error is by which accepted work ends. Its code is a number or a name.
pub(super) fn ended(error: &Value) -> Bad {
    let message = read::reason(error).unwrap_or_else(|| "it failed and does not say why".to_owned());
    let code = error.get("code").map(read::text).unwrap_or_default().to_ascii_uppercase();
    let class = match code.as_str() {
        _ if is_policy(&message) => Class::Rejected,
        "3" | "9" | "11" | "400" | "INVALID_ARGUMENT" | "INVALID_REQUEST" | "FAILED_PRECONDITION" | "OUT_OF_RANGE" => {
            Class::Invalid
        }
        "5" | "404" | "NOT_FOUND" => Class::Retired,
        "7" | "16" | "401" | "403" | "PERMISSION_DENIED" | "UNAUTHENTICATED" => Class::Denied,
        _ => Class::Transient,
    };
    Bad::new(class, message)
}

/// The name of work, where it can stand in an address.
pub(super) fn name(value: Option<&Value>) -> Option<Ticket> {
    let name = value?.as_str()?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:~=/".contains(&byte);
    let whole = name.split('/').all(|part| part.bytes().any(|byte| byte.is_ascii_alphanumeric()));
    (whole && name.len() <= NAME_MAX && name.bytes().all(fits)).then(|| Ticket::from(name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use retake_engine::fault::Acceptance;

    use super::super::answer::trial;
    use super::super::rubbish;
    use super::*;

    const GOOGLE: Door = Door { on_the_spot: true, used_up: Class::Denied };

    fn class(answer: &Value) -> Class {
        written(answer).unwrap_err().class
    }

    #[test]
    fn contents_are_asked_for_in_its_shape() {
        let card = trial::card(json!({"provider": "google", "kind": "image", "model": "m", "aspects": ["16:9"],
            "inputs": {"prompt": "contents", "refs": "contents", "aspect": "generationConfig.imageConfig.aspectRatio"},
            "defaults": {"generationConfig": {"responseModalities": ["IMAGE"], "imageConfig": {"imageSize": "1K"}}}}));
        let mut order = trial::order(&card, "A lens");
        order.refs = vec![Given::Inline { mime: "image/png", bytes: vec![0, 0, 0].into() }];
        (order.width, order.height) = (1280, 720);
        assert_eq!(
            contents(&order),
            json!({"contents": [{"role": "user", "parts": [
                    {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}, {"text": "A lens"}]}],
                "generationConfig": {"responseModalities": ["IMAGE"],
                    "imageConfig": {"imageSize": "1K", "aspectRatio": "16:9"}}})
        );
        let card = trial::card(json!({"provider": "google", "kind": "code", "model": "m", "max_output_tokens": 9}));
        let mut order = trial::order(&card, "Why?");
        order.answer = Some(json!({"type": "object"}));
        order.system = Some("Be brief.".into());
        let asked = contents(&order);
        assert_eq!(asked["systemInstruction"], json!({"parts": [{"text": "Be brief."}]}));
        assert_eq!(
            asked["generationConfig"],
            json!({"maxOutputTokens": 9, "responseMimeType": "application/json",
                "responseJsonSchema": {"type": "object"}})
        );
    }

    #[test]
    fn a_success_may_be_none() {
        let whole = json!({"candidates": [{"finishReason": "STOP", "content": {"parts": [
            {"text": "hm", "thought": true}, {"text": "42"}]}}]});
        assert_eq!(written(&whole), Ok("42".to_owned()));
        assert_eq!(class(&json!({"promptFeedback": {"blockReason": "SAFETY"}})), Class::Rejected);
        let ends = |reason: &str| class(&json!({"candidates": [{"finishReason": reason}]}));
        assert_eq!(["SAFETY", "IMAGE_SAFETY", "PROHIBITED_CONTENT"].map(ends), [Class::Rejected; 3]);
        assert_eq!(
            (ends("MAX_TOKENS"), ends("NO_IMAGE"), ends("STOP")),
            (Class::Invalid, Class::Defective, Class::Defective)
        );
        assert_eq!(class(&json!({"candidates": []})), Class::Defective);
        let picture = json!({"candidates": [{"content": {"parts": [{"text": "Here:"},
            {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]}}]});
        assert_eq!(pictured(&picture), Ok(vec![File::Bytes(vec![0, 0, 0])]));
    }

    #[test]
    fn what_it_thought_is_paid_for() {
        let card = trial::card(json!({"provider": "google", "kind": "code", "model": "m",
            "price": {"per_1m_input_tokens": "1.00", "per_1m_output_tokens": "10.00"}}));
        let charge = |usage: Value| charge(&card, &json!({ "usageMetadata": usage })).map(Money::micros);
        let all = json!({"promptTokenCount": 10, "candidatesTokenCount": 3, "thoughtsTokenCount": 2,
            "totalTokenCount": 15});
        assert_eq!(charge(all), Some(60));
        assert_eq!(charge(json!({"promptTokenCount": 10, "totalTokenCount": 10})), Some(10));
        assert_eq!((charge(json!({"promptTokenCount": -1})), charge(json!({"promptTokenCount": 1}))), (None, None));
    }

    #[test]
    fn a_quota_is_full_again_soon_or_needs_somebody() {
        let refused = |error: Value| said(&trial::reply(429, &json!({ "error": error })), GOOGLE);
        let minute = json!({"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "You exceeded your current quota",
            "details": [{"violations": [{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel"}]},
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.074824224s"}]});
        let said = refused(minute.clone());
        assert_eq!((said.class, said.retry_after), (Some(Class::Throttled), Some(Duration::from_millis(34_074))));
        let mut day = minute.clone();
        day["details"][0]["violations"][0]["quotaId"] = "GenerateRequestsPerDayPerProjectPerModel-FreeTier".into();
        let mut never = minute.clone();
        never["message"] = "Quota exceeded for metric: requests, limit: 0, model: m".into();
        let mut bare = minute.clone();
        bare["details"] = json!([]);
        for denied in [day, never, bare.clone()] {
            assert_eq!(refused(denied.clone()).class, Some(Class::Denied), "{denied}");
        }
        let vertex = Door { used_up: Class::Throttled, ..GOOGLE };
        let reply = trial::reply(429, &json!([{ "error": bare }]));
        assert_eq!(super::said(&reply, vertex).class, Some(Class::Throttled));
        assert_eq!(refused(json!({"code": "rate_limit_exceeded", "message": "slower"})).class, Some(Class::Throttled));
        let page = Reply { status: 429, headers: reqwest::header::HeaderMap::new(), body: b"<html>".to_vec() };
        assert_eq!(super::said(&page, GOOGLE).class, None);
    }

    #[test]
    fn refusals_are_told_apart() {
        let http = Http::new(&super::super::google::STANDARD.seller("google"), http::Auth::Bearer).unwrap();
        let refused = |status, error: Value, door| {
            let reply = trial::reply(status, &json!({ "error": error }));
            let fault = http.refused(&reply, said(&reply, door));
            (fault.class, fault.acceptance)
        };
        let key = json!({"code": 400, "status": "INVALID_ARGUMENT", "message": "API key not valid. Pass a valid one."});
        assert_eq!(refused(400, key, GOOGLE), (Class::Denied, Acceptance::No));
        let region = json!({"status": "FAILED_PRECONDITION", "message": "User location is not supported"});
        assert_eq!(refused(400, region, GOOGLE), (Class::Denied, Acceptance::No));
        let words = json!({"status": "INVALID_ARGUMENT", "message": "words that violate our usage guidelines"});
        assert_eq!(refused(400, words, GOOGLE), (Class::Rejected, Acceptance::No));
        assert_eq!(refused(400, json!({"status": "INVALID_ARGUMENT"}), GOOGLE), (Class::Invalid, Acceptance::No));
        assert_eq!(refused(404, json!({"status": "NOT_FOUND"}), GOOGLE), (Class::Retired, Acceptance::No));
        let later = Door { on_the_spot: false, ..GOOGLE };
        let internal = json!({"status": "INTERNAL"});
        assert_eq!(refused(500, internal.clone(), GOOGLE), (Class::Transient, Acceptance::No));
        assert_eq!(refused(500, internal, later), (Class::Unclear, Acceptance::Unknown));
        assert_eq!(refused(503, json!({"status": "UNAVAILABLE"}), later), (Class::Transient, Acceptance::No));
        assert_eq!(refused(504, json!({"status": "DEADLINE_EXCEEDED"}), GOOGLE), (Class::Unclear, Acceptance::Unknown));
    }

    #[test]
    fn names_are_those_that_can_stand_in_an_address() {
        let name = |text: &str| name(Some(&json!(text))).map(|name| name.to_string());
        let operation = "projects/p/locations/l/publishers/google/models/m/operations/1-a";
        assert_eq!(name(operation).as_deref(), Some(operation));
        for none in ["", "/", "a//b", "a/../b", "https://x?y", "a b", "a%2f"] {
            assert_eq!(name(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_makes_them_panic(
            answer in rubbish::json(&["error", "code", "status", "details", "violations", "quotaId", "retryDelay",
                "candidates", "content", "parts", "finishReason", "usageMetadata", "message"]),
            status in 200_u16..600,
        ) {
            let _ = (said(&trial::reply(status, &answer), GOOGLE), written(&answer), pictured(&answer));
            let _ = (ended(&answer), name(Some(&answer)), makes_sense(&answer));
        }
    }
}
