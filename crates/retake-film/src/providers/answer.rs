//! Answers on the spot: what they count, and how one that came can be no good.
//!
//! Owns what those have in common that answer with the work itself. It must not know whose answer it is.

use retake_engine::fault::{Acceptance, Class, Fault};
use retake_engine::money::Money;
use serde_json::Value;

use super::http::{Http, Reply};
use super::price::{Price, Units};
use super::{Card, Fell, Kind};

/// The most tokens or characters of one answer that are believed.
const COUNT_MAX: u64 = 100_000_000;

/// How an answer that came is no good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bad {
    pub(super) class: Class,
    pub(super) message: String,
    hint: Option<&'static str>,
}

impl Bad {
    pub(super) fn new(class: Class, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), hint: None }
    }

    /// What was written ends before it is over; asked again, it would end there again.
    pub(super) fn cut_off() -> Self {
        let hint = Some("raise `max_output_tokens` of the model, or ask for less");
        Self {
            hint,
            ..Self::new(Class::Invalid, "its answer was cut off where the most that was asked for is reached")
        }
    }

    /// There is nothing in it.
    pub(super) fn empty() -> Self {
        Self::new(Class::Defective, "it answered and made nothing")
    }
}

impl Http {
    /// The end of work whose answer is no good, with what it cost all the same.
    pub(super) fn bad(&self, bad: &Bad, charge: Option<Money>) -> Fell {
        let mut fell = self.fell(bad.class, charge, &bad.message);
        if let Some(hint) = bad.hint {
            fell.fault.hint = Some(hint.to_owned());
        }
        fell
    }

    /// What a success says. One that cannot be read may have been paid for.
    pub(super) fn read(&self, reply: &Reply) -> Result<Value, Fault> {
        reply.json().filter(Value::is_object).ok_or_else(|| self.garbled(true, "its answer cannot be read"))
    }

    /// It sells nothing of this kind.
    pub(super) fn unsold(&self, kind: Kind) -> Fault {
        self.unfit(&format!("it makes no {} here", kind.word()), "name another model: `retake models`")
    }

    /// It lists its models, and this one is not among them.
    pub(super) fn unlisted_model(&self, model: &str) -> Fault {
        let what = format!("{} has no model `{model}` any more", self.name());
        Fault::new(Class::Retired, Acceptance::No, what).hint("name another model: `retake models`")
    }

    /// The order cannot be put in its words.
    pub(super) fn unfit(&self, why: &str, hint: &str) -> Fault {
        Fault::new(Class::Invalid, Acceptance::No, format!("{}: {why}", self.name())).hint(hint)
    }
}

/// A count; nothing where it is none, or absurd.
pub(super) fn count(value: Option<&Value>) -> Option<u64> {
    let count = match value? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    count.filter(|count| *count <= COUNT_MAX)
}

/// What so many tokens cost, where tokens are what is paid for: of pieces and seconds they say nothing.
pub(super) fn of_tokens(price: &Price, input: Option<u64>, output: Option<u64>) -> Option<Money> {
    let pieces = [price.per_item, price.per_second, price.per_1k_chars, price.per_megapixel, price.per_megapixel_begun];
    let tokens = [price.per_1m_input_tokens, price.per_1m_output_tokens];
    if pieces.iter().any(Option::is_some) || tokens.iter().all(Option::is_none) {
        return None;
    }
    Some(price.of(&Units { input_tokens: input?, output_tokens: output?, ..Units::default() }))
}

/// How many tokens are asked for at the most.
pub(super) fn most(card: &Card) -> u64 {
    card.max_output_tokens.unwrap_or(super::OUTPUT_TOKENS)
}

/// Pieces that the tests of those who answer on the spot share.
#[cfg(test)]
pub(super) mod trial {
    use super::super::Order;
    use super::*;

    pub(in super::super) fn card(card: Value) -> Card {
        serde_json::from_value(card).unwrap()
    }

    pub(in super::super) fn order<'c>(card: &'c Card, prompt: &str) -> Order<'c> {
        Order {
            card,
            prompt: prompt.to_owned(),
            system: None,
            answer: None,
            image: None,
            end_image: None,
            refs: Vec::new(),
            audio: None,
            seconds: None,
            width: 0,
            height: 0,
            seed: None,
            language: None,
            mark: "mark-1".to_owned(),
            seed_is_mark: false,
        }
    }

    pub(in super::super) fn reply(status: u16, body: &Value) -> Reply {
        Reply { status, headers: reqwest::header::HeaderMap::new(), body: body.to_string().into_bytes() }
    }

    pub(in super::super) fn with(mut reply: Reply, headers: &[(&'static str, &str)]) -> Reply {
        for (name, value) in headers {
            reply.headers.insert(*name, value.parse().unwrap());
        }
        reply
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_that_make_no_sense_charge_nothing_that_is_known() {
        let price: Price =
            serde_json::from_value(json!({"per_1m_input_tokens": "1.00", "per_1m_output_tokens": "10.00"})).unwrap();
        let input = json!(1_000);
        let charge = |output: Value| of_tokens(&price, count(Some(&input)), count(Some(&output)));
        assert_eq!(charge(json!(100)), Some(Money::from_micros(2_000)));
        assert_eq!(charge(json!("100")), Some(Money::from_micros(2_000)));
        for absurd in [json!(-1), json!(1e300), json!("NaN"), json!(null), json!({}), json!(u64::MAX)] {
            assert_eq!(charge(absurd.clone()), None, "{absurd}");
        }
        let each: Price = serde_json::from_value(json!({"per_item": "0.10"})).unwrap();
        assert_eq!(of_tokens(&each, Some(1), Some(1)), None);
    }
}
