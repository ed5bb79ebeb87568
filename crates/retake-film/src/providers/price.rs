//! What a model costs: whole micro-dollars, rounded up, so that a reservation is never too small.

use retake_engine::money::Money;
use serde::{Deserialize, Serialize};

/// What is paid for; amounts that do not apply are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Each picture, clip or piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_item: Option<Money>,
    /// Each second of what is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_second: Option<Money>,
    /// Each thousand characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_1k_chars: Option<Money>,
    /// Each million pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_megapixel: Option<Money>,
    /// Each million pixels begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_megapixel_begun: Option<Money>,
    /// Each clip of so many seconds at the most, where its price is none of each second.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub per_length: Vec<(u32, Money)>,
    /// Each million tokens that go in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_1m_input_tokens: Option<Money>,
    /// Each million tokens that come out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_1m_output_tokens: Option<Money>,
    /// Nothing is paid: it runs on a machine of one's own.
    #[serde(default, skip_serializing_if = "is_false")]
    pub free: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// How much of what is paid for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Units {
    /// Pictures, clips, pieces.
    pub items: u64,
    /// Milliseconds of what is made.
    pub ms: u64,
    /// Characters.
    pub chars: u64,
    /// Pixels.
    pub pixels: u64,
    /// Tokens that go in.
    pub input_tokens: u64,
    /// Tokens that come out.
    pub output_tokens: u64,
}

impl Price {
    /// Whether it says anything.
    #[must_use]
    pub fn is_said(&self) -> bool {
        self.free
            || !self.per_length.is_empty()
            || self.parts(&Units::default()).iter().any(|(amount, ..)| amount.is_some())
    }

    /// What so much costs.
    #[must_use]
    pub fn of(&self, units: &Units) -> Money {
        let part = |(amount, count, per): (Option<Money>, u64, u64)| {
            let micros = u128::from(amount.unwrap_or(Money::ZERO).micros()) * u128::from(count);
            Money::from_micros(u64::try_from(micros.div_ceil(u128::from(per))).unwrap_or(u64::MAX))
        };
        let clips = self.clip(units.ms).map(|each| part((Some(each), units.items, 1)));
        self.parts(units).into_iter().map(part).chain(clips).sum()
    }

    /// What a clip of this length costs: as one of the next length that has a price, else as the dearest.
    fn clip(&self, ms: u64) -> Option<Money> {
        let covers = |(seconds, _): &&(u32, Money)| u64::from(*seconds) * 1_000 >= ms;
        let next = self.per_length.iter().filter(covers).min_by_key(|(seconds, _)| *seconds).map(|(_, each)| *each);
        next.or_else(|| self.per_length.iter().map(|(_, each)| *each).max())
    }

    /// Each amount, how much there is of it, and of how much it is the price.
    const fn parts(&self, units: &Units) -> [(Option<Money>, u64, u64); 7] {
        [
            (self.per_item, units.items, 1),
            (self.per_second, units.ms, 1_000),
            (self.per_1k_chars, units.chars, 1_000),
            (self.per_megapixel, units.pixels, 1_000_000),
            (self.per_megapixel_begun, units.pixels.div_ceil(1_000_000), 1),
            (self.per_1m_input_tokens, units.input_tokens, 1_000_000),
            (self.per_1m_output_tokens, units.output_tokens, 1_000_000),
        ]
    }

    /// The price in as few letters as it can be told.
    #[must_use]
    pub fn short(&self) -> String {
        if let (Some(input), Some(output)) = (self.per_1m_input_tokens, self.per_1m_output_tokens) {
            return format!("${} in, ${} out /1M tok", short(input), short(output));
        }
        let names = ["each", "/s", "/1k chars", "/megapixel", "/megapixel", "/1M tok in", "/1M tok out"];
        let gap = |name: &str| if name.starts_with('/') { "" } else { " " };
        let said = self.parts(&Units::default()).into_iter().zip(names);
        let said: Vec<String> =
            said.filter_map(|((amount, ..), name)| Some(format!("${}{}{name}", short(amount?), gap(name)))).collect();
        let clips = self.per_length.iter().map(|(seconds, each)| format!("${}/{seconds} s", short(*each)));
        let clips: Vec<String> = clips.collect();
        match (said.is_empty(), clips.is_empty()) {
            (true, true) => "free".to_owned(),
            (true, false) => clips.join(", "),
            (false, _) => said.into_iter().chain(clips).collect::<Vec<_>>().join(" + "),
        }
    }

    /// The price, for people.
    #[must_use]
    pub fn words(&self) -> String {
        let names = [
            "each",
            "a second",
            "per 1,000 characters",
            "a megapixel",
            "a megapixel begun",
            "per 1M tokens in",
            "per 1M tokens out",
        ];
        let said = self.parts(&Units::default()).into_iter().zip(names);
        let clips = self.per_length.iter().map(|(seconds, each)| format!("${} for {seconds} s", short(*each)));
        let said: Vec<String> =
            said.filter_map(|((amount, ..), name)| Some(format!("${} {name}", short(amount?)))).chain(clips).collect();
        if said.is_empty() { "free".to_owned() } else { said.join(", ") }
    }
}

/// An amount without the zeros that say nothing.
fn short(amount: Money) -> String {
    let text = amount.to_string();
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let part = part.trim_end_matches('0');
    format!("{whole}.{part:0<2}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn price(text: &str) -> Price {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn what_is_not_whole_is_rounded_up() {
        let second = price(r#"{"per_second":"0.036"}"#);
        assert_eq!(second.of(&Units { ms: 5_000, ..Units::default() }), Money::from_micros(180_000));
        assert_eq!(second.of(&Units { ms: 1, ..Units::default() }), Money::from_micros(36));
        let chars = price(r#"{"per_1k_chars":"0.30"}"#);
        assert_eq!(chars.of(&Units { chars: 7, ..Units::default() }), Money::from_micros(2_100));
        let tokens = price(r#"{"per_1m_input_tokens":"0.15","per_1m_output_tokens":"0.60"}"#);
        let units = Units { input_tokens: 1, output_tokens: 1, ..Units::default() };
        assert_eq!(tokens.of(&units), Money::from_micros(2));
        let begun = price(r#"{"per_megapixel_begun":"0.012"}"#);
        assert_eq!(begun.of(&Units { pixels: 1_000_001, ..Units::default() }), Money::from_micros(24_000));
        assert_eq!(begun.of(&Units { pixels: 1, ..Units::default() }), Money::from_micros(12_000));
        let clips = price(r#"{"per_length":[[6,"0.28"],[10,"0.56"]]}"#);
        assert_eq!((clips.short().as_str(), begun.short().as_str()), ("$0.28/6 s, $0.56/10 s", "$0.012/megapixel"));
        let clip = |ms: u64| clips.of(&Units { items: 1, ms, ..Units::default() }).micros();
        assert_eq!([clip(6_000), clip(6_001), clip(10_000), clip(60_000)], [280_000, 560_000, 560_000, 560_000]);
        assert_eq!((clips.words().as_str(), clips.is_said()), ("$0.28 for 6 s, $0.56 for 10 s", true));
        assert_eq!(tokens.words(), "$0.15 per 1M tokens in, $0.60 per 1M tokens out");
        assert_eq!(tokens.short(), "$0.15 in, $0.60 out /1M tok");
        assert_eq!((second.short().as_str(), chars.short().as_str()), ("$0.036/s", "$0.30/1k chars"));
        assert_eq!(price(r#"{"per_item":"0.04","per_second":"0.1"}"#).short(), "$0.04 each + $0.10/s");
        assert_eq!(price(r#"{"free":true}"#).words(), "free");
        assert!(!Price::default().is_said() && price(r#"{"free":true}"#).is_said());
    }

    proptest! {
        #[test]
        fn no_amount_is_too_large(amount in any::<u64>(), count in any::<u64>()) {
            let price = Price { per_item: Some(Money::from_micros(amount)), ..Price::default() };
            let whole = price.of(&Units { items: count, ..Units::default() });
            prop_assert!(whole <= Money::MAX);
        }
    }
}
