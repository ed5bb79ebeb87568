//! Answers, read without trust: every field may be missing, of another type, or absurd.
//!
//! Owns what the answers of several providers have in common. What a provider's own words mean is for its file to say.

use retake_engine::fault::{Acceptance, Class, Fault};
use retake_engine::id::Ticket;
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use retake_engine::performer::{Failure, Likeness};
use serde_json::Value;

use super::http::{self, Http, Reply};
use super::price::Price;
use super::{Card, Fell, File, Request};

/// The largest charge that is believed.
const CHARGE_MAX: Money = Money::from_cents(1_000_000);
/// How far clocks may differ.
const CLOCKS_MS: u64 = 60_000;
/// The longest ticket that is believed.
const TICKET_MAX: usize = 200;

impl Http {
    /// The end of accepted work that failed, with what it cost all the same.
    pub(super) fn fell(&self, class: Class, charge: Option<Money>, message: &str) -> Fell {
        Box::new(Failure { fault: self.ended(class, message), charge, extension: None })
    }

    /// What an answer to a question says. It is asked again where that is no JSON.
    pub(super) fn told_by(&self, reply: &Reply) -> Result<Value, Fault> {
        reply.json().ok_or_else(|| self.garbled(false, "its answer is no JSON"))
    }

    /// There is no list to look through. An empty one would be taken as a proof that nothing was accepted.
    pub(super) fn unlisted(&self) -> Fault {
        let what = format!("{} has no list of what it accepted", self.name());
        Fault::new(Class::Invalid, Acceptance::Unknown, what).hint("set `dedupe = \"none\"` for it")
    }
}

/// A value as text: what is none says nothing.
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
}

/// What a field says, where it says something.
pub(super) fn field<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// A ticket, where it can be one: it will stand in addresses.
pub(super) fn ticket(value: Option<&Value>) -> Option<Ticket> {
    match value? {
        Value::String(id) => ticket_of(id),
        Value::Number(id) => ticket_of(&id.to_string()),
        _ => None,
    }
}

/// The same, of a text.
#[must_use]
pub fn ticket_of(id: &str) -> Option<Ticket> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:~".contains(&byte);
    let named = id.bytes().any(|byte| byte.is_ascii_alphanumeric());
    (named && id.len() <= TICKET_MAX && id.bytes().all(fits)).then(|| Ticket::from(id))
}

/// From when on a list is looked through: clocks differ, so what is a little older than our intent may be it.
pub(super) fn from(since: Moment) -> Moment {
    Moment::from_ms(since.ms().saturating_sub(CLOCKS_MS))
}

/// How far what a list shows of an input agrees with what was sent; nothing where it is another one.
pub(super) fn likeness(card: &Card, request: &Request, sent: &Value, shown: Option<&Value>) -> Option<Likeness> {
    let Some(shown) = shown.and_then(Value::as_object).filter(|shown| !shown.is_empty()) else {
        return Some(Likeness::Unknown);
    };
    // Nobody else leaves our mark, whatever else became of the input.
    let seed = card.inputs.get("seed").and_then(|name| shown.get(name)).map(text);
    if let (Some(mark), Some(seed)) = (&request.mark, seed) {
        return (*mark == seed).then_some(Likeness::Exact);
    }
    let agrees = |(name, value): (&String, &Value)| shown.get(name).is_none_or(|shown| is_same(value, shown));
    sent.as_object()?.iter().all(agrees).then_some(Likeness::Same)
}

/// Whether a list may show this of what was sent: it may show anything in the place of a file that went along.
fn is_same(sent: &Value, shown: &Value) -> bool {
    match (sent, shown) {
        (Value::String(sent), _) if sent.starts_with("data:") => true,
        (_, Value::Null) => true,
        (Value::Number(sent), Value::Number(shown)) => {
            sent.to_string().trim_end_matches(".0") == shown.to_string().trim_end_matches(".0")
        }
        (Value::Array(sent), Value::Array(shown)) if sent.len() == shown.len() => {
            sent.iter().zip(shown).all(|(sent, shown)| is_same(sent, shown))
        }
        (Value::Object(sent), Value::Object(shown)) => {
            sent.iter().all(|(name, sent)| shown.get(name).is_none_or(|shown| is_same(sent, shown)))
        }
        _ => sent == shown,
    }
}

/// The first reason that stands in an answer, wherever providers put it: as text, in an object, or in a list of them.
pub(super) fn reason(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Array(values) => values.iter().take(8).find_map(reason),
        Value::Object(fields) => {
            let names = ["msg", "message", "detail", "error", "problem", "title", "reason"];
            names.iter().find_map(|name| reason(fields.get(*name)?))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// US dollars, as decimal text or as a number; nothing where that makes no sense.
pub(super) fn dollars(value: &Value) -> Option<Money> {
    text(value).trim().trim_start_matches('$').parse().ok().filter(|money| *money <= CHARGE_MAX)
}

/// Cents, as decimal text or as a number; nothing where that makes no sense.
pub(super) fn cents(value: &Value) -> Option<Money> {
    let hundredfold: Money = text(value).trim().parse().ok()?;
    Some(Money::from_micros(hundredfold.micros().div_ceil(100))).filter(|money| *money <= CHARGE_MAX)
}

/// What so many units cost, where the price has one part only: it is the price of that unit.
pub(super) fn units(price: &Price, count: &str) -> Option<Money> {
    let parts = [price.per_item, price.per_second, price.per_1k_chars, price.per_megapixel, price.per_megapixel_begun];
    let mut said = parts.into_iter().flatten();
    let (Some(each), None) = (said.next(), said.next()) else { return None };
    // A count has decimals like an amount, so it is read like one.
    let count: Money = count.trim().parse().ok()?;
    let micros = (u128::from(each.micros()) * u128::from(count.micros())).div_ceil(1_000_000);
    u64::try_from(micros).ok().map(Money::from_micros).filter(|money| *money <= CHARGE_MAX)
}

/// All files within an output.
pub(super) fn files(output: &Value) -> Vec<File> {
    match output {
        Value::String(text) if text.starts_with("http://") || text.starts_with("https://") => {
            vec![File::Address(text.clone())]
        }
        Value::String(text) => data(text).map(File::Bytes).into_iter().collect(),
        Value::Array(values) => values.iter().flat_map(files).collect(),
        Value::Object(fields) => fields.values().flat_map(files).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// The bytes of a `data:` address.
pub(super) fn data(text: &str) -> Option<Vec<u8>> {
    let (_, bytes) = text.strip_prefix("data:")?.split_once(";base64,")?;
    http::from_base64(bytes)
}

/// An output that is text, whole or in pieces.
pub(super) fn words(output: &Value) -> Option<String> {
    let text = match output {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?.concat(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}

/// What the words of work that failed come to, where nothing but words says why.
pub(super) fn class_of(error: &str) -> Class {
    let lower = error.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let wrong = ["out of memory", "outofmemory", "(e1001)", "(e4875)", "valueerror", "validation", "invalid input"];
    if is_policy(error) {
        Class::Rejected
    } else if says(&wrong) {
        Class::Invalid
    } else {
        // Interrupted, not started in time, a mistake of theirs, or not known: each may pass.
        Class::Transient
    }
}

/// Whether words speak of what may not be made.
pub(super) fn is_policy(words: &str) -> bool {
    let lower = words.to_ascii_lowercase();
    let signs = ["e005", "nsfw", "flagged as sensitive", "content policy", "content_policy", "safety", "moderat"];
    signs.iter().any(|sign| lower.contains(sign))
}

/// Whether words speak of money that is not there.
pub(super) fn is_credit(words: &str) -> bool {
    let lower = words.to_ascii_lowercase().replace('_', " ");
    let signs = [
        "enough credit",
        "insufficient credit",
        "no credit",
        "out of credit",
        "exhausted balance",
        "insufficient balance",
    ];
    signs.iter().any(|sign| lower.contains(sign))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::rubbish;
    use super::*;

    #[test]
    fn absurd_amounts_are_none() {
        let cent = Some(Money::from_cents(1));
        assert_eq!((dollars(&json!("0.01")), dollars(&json!(0.01)), cents(&json!(1))), (cent, cent, cent));
        assert_eq!(cents(&json!(0.5)), Some(Money::from_micros(5_000)));
        for absurd in [json!(-1), json!("NaN"), json!(1e300), json!(null), json!({}), json!("1000000"), json!("")] {
            assert_eq!(dollars(&absurd), None, "{absurd}");
        }
        assert_eq!(cents(&json!(-25)), None);
    }

    #[test]
    fn units_are_counted_where_it_is_clear_what_they_are() {
        let second = Price { per_second: Some(Money::from_micros(36_000)), ..Price::default() };
        assert_eq!(units(&second, "5.0"), Some(Money::from_micros(180_000)));
        assert_eq!(units(&second, "0.0001"), Some(Money::from_micros(4)));
        let both = Price { per_item: Some(Money::from_cents(1)), ..second.clone() };
        assert_eq!((units(&both, "5"), units(&second, "-5"), units(&second, "many")), (None, None, None));
        assert_eq!(units(&second, "99999999999"), None);
    }

    #[test]
    fn a_ticket_is_what_can_stand_in_an_address() {
        assert_eq!(ticket(Some(&json!("80e732af-660e"))), Some(Ticket::from("80e732af-660e")));
        assert_eq!(ticket(Some(&json!(17))), Some(Ticket::from("17")));
        for none in
            [json!(""), json!(".."), json!("a/b"), json!("a b"), json!("a?b"), json!(null), json!("x".repeat(201))]
        {
            assert_eq!(ticket(Some(&none)), None, "{none}");
        }
    }

    #[test]
    fn files_are_found_wherever_they_are() {
        let output =
            json!({"video": {"url": "https://f.example/a.mp4", "size": 3}, "more": ["data:image/png;base64,AAAA"]});
        let found = files(&output);
        assert_eq!(found.len(), 2);
        assert!(
            found.contains(&File::Bytes(vec![0, 0, 0]))
                && found.contains(&File::Address("https://f.example/a.mp4".into()))
        );
        assert_eq!(files(&json!(["data:", "data:x", "httpx", 3, null])), []);
    }

    #[test]
    fn an_input_is_recognised_however_it_is_shown() {
        let card = json!({"provider": "p", "kind": "video", "model": "m", "inputs": {"seed": "seed"}});
        let card: Card = serde_json::from_value(card).unwrap();
        let sent = json!({"prompt": "a cat", "seconds": 5, "image": "data:image/png;base64,AA==", "seed": 7});
        let plain = Request::post("x", &sent, super::super::Units::default());
        let marked = plain.clone().marked(Some("7".into()));
        let of = |request: &Request, shown: Value| likeness(&card, request, &sent, Some(&shown));
        assert_eq!(of(&marked, json!({"prompt": "a cat", "seed": 7})), Some(Likeness::Exact));
        assert_eq!(of(&marked, json!({"prompt": "a cat", "seed": 8})), None);
        assert_eq!(of(&marked, json!({"prompt": "a cat"})), Some(Likeness::Same));
        assert_eq!(
            of(&plain, json!({"seconds": 5.0, "image": "https://f.example/a", "seed": 7})),
            Some(Likeness::Same)
        );
        assert_eq!(of(&plain, json!({"prompt": "a dog"})), None);
        assert_eq!(of(&plain, json!({})), Some(Likeness::Unknown));
        assert_eq!(likeness(&card, &plain, &sent, None), Some(Likeness::Unknown));
    }

    proptest! {
        #[test]
        fn nothing_makes_them_panic(answer in rubbish::json(&["detail", "msg", "url"]), count in ".{0,20}") {
            let price = Price { per_item: Some(Money::MAX), ..Price::default() };
            let _ = (reason(&answer), dollars(&answer), cents(&answer), files(&answer), words(&answer));
            let _ = (ticket(Some(&answer)), units(&price, &count), class_of(&text(&answer)));
            prop_assert!(dollars(&Value::from(count)).is_none_or(|money| money <= CHARGE_MAX));
        }
    }
}
