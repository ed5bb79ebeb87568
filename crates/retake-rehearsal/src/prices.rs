//! What things cost here.
//!
//! Owns a price list of its own, so that no mistake of another one is mirrored: models of the table cost what [`rules`]
//! makes of it, others what their name suggests. Whole micro-dollars; rounded up, as bills are. It must not know when
//! something is charged: that is a job's business.

use crate::jobs::{Kind, Order};
use crate::wire::models::table;

mod rules;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// Each output.
    Item,
    /// Each second of it.
    Second,
    /// Each thousand characters of the prompt.
    ThousandChars,
    /// Each credit, of which one buys so many characters.
    Credits(u64),
    /// A million tokens of what is made: this many for each second of a clip, or for each picture; the second price is
    /// for a million of those of the prompt.
    MadeTokens(u64, u64),
    /// A million tokens of the prompt; the second price is for those of the answer.
    MillionTokens(u64),
}

/// An entry of the list: the provider and what the model's name must contain, then the resolution if it matters.
struct Price {
    provider: &'static str,
    model: &'static str,
    resolution: &'static str,
    unit: Unit,
    micros: u64,
}

const fn price(
    provider: &'static str,
    model: &'static str,
    resolution: &'static str,
    unit: Unit,
    micros: u64,
) -> Price {
    Price { provider, model, resolution, unit, micros }
}

/// The first entry that fits counts.
const LIST: &[Price] = &[
    price("cog", "", "", Unit::Item, 0),
    price("comfyui", "", "", Unit::Item, 0),
    price("replicate", "seedance-1-lite", "480p", Unit::Second, 18_000),
    price("replicate", "seedance-1-lite", "1080p", Unit::Second, 72_000),
    price("replicate", "seedance-1-lite", "", Unit::Second, 36_000),
    price("replicate", "seedance-1-pro", "480p", Unit::Second, 30_000),
    price("replicate", "seedance-1-pro", "720p", Unit::Second, 60_000),
    price("replicate", "seedance", "", Unit::Second, 150_000),
    price("replicate", "hailuo", "", Unit::Second, 45_000),
    price("replicate", "kling", "", Unit::Second, 50_000),
    price("replicate", "veo-3-fast", "", Unit::Second, 150_000),
    price("replicate", "veo", "", Unit::Second, 400_000),
    price("replicate", "wan", "", Unit::Second, 50_000),
    price("replicate", "flux-schnell", "", Unit::Item, 3_000),
    price("replicate", "flux-dev", "", Unit::Item, 25_000),
    price("replicate", "flux", "", Unit::Item, 40_000),
    price("replicate", "nano-banana", "", Unit::Item, 39_000),
    price("replicate", "seedream", "", Unit::Item, 30_000),
    price("fal", "kling", "", Unit::Second, 70_000),
    price("fal", "veo", "", Unit::Second, 400_000),
    price("fal", "flux/schnell", "", Unit::Item, 3_000),
    price("fal", "flux", "", Unit::Item, 25_000),
    price("runway", "gen4_turbo", "", Unit::Second, 50_000),
    price("runway", "gen4_image", "", Unit::Item, 80_000),
    price("runway", "gen4", "", Unit::Second, 120_000),
    price("luma", "ray-flash", "", Unit::Second, 60_000),
    price("luma", "ray", "", Unit::Second, 110_000),
    price("openai", "gpt-image", "", Unit::MadeTokens(1056, 5_000_000), 40_000_000),
    price("google", "omni", "", Unit::MadeTokens(5000, 0), 20_000_000),
    price("google", "image", "", Unit::MadeTokens(1290, 300_000), 30_000_000),
    price("google", "banana", "", Unit::MadeTokens(1290, 300_000), 30_000_000),
    price("vertex", "image", "", Unit::MadeTokens(1290, 300_000), 30_000_000),
    price("vertex", "fast", "", Unit::Second, 150_000),
    price("vertex", "veo", "", Unit::Second, 400_000),
    price("elevenlabs", "align", "", Unit::Item, 10_000),
    price("elevenlabs", "music", "", Unit::Item, 50_000),
    price("elevenlabs", "flash", "", Unit::Credits(2), 300),
    price("elevenlabs", "turbo", "", Unit::Credits(2), 300),
    price("elevenlabs", "", "", Unit::Credits(1), 300),
    price("anthropic", "haiku", "", Unit::MillionTokens(5_000_000), 1_000_000),
    price("anthropic", "opus", "", Unit::MillionTokens(25_000_000), 5_000_000),
    price("anthropic", "", "", Unit::MillionTokens(15_000_000), 3_000_000),
    price("http", "", "", Unit::Item, 50_000),
];

/// What a kind costs where the list names no model.
fn usual(kind: Kind) -> (Unit, u64) {
    match kind {
        Kind::Image => (Unit::Item, 40_000),
        Kind::Video => (Unit::Second, 50_000),
        Kind::Speech => (Unit::ThousandChars, 100_000),
        Kind::Text => (Unit::MillionTokens(4_000_000), 1_000_000),
        Kind::Align => (Unit::Item, 10_000),
        Kind::Music => (Unit::Item, 50_000),
    }
}

/// How many tokens these bytes of text are, as counted here.
pub(crate) fn tokens(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX).div_ceil(4).max(1)
}

/// How long a clip is where nobody said.
pub(crate) const USUAL_MILLIS: u64 = 5000;

/// What was counted of an order whose answer is so long: tokens, or credits where a provider sells those.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Tokens of what was asked.
    pub(crate) asked: u64,
    /// Tokens of what was made.
    pub(crate) made: u64,
    /// Credits.
    pub(crate) credits: u64,
}

/// How much was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// Bytes of text.
    pub(crate) bytes: usize,
    /// Milliseconds of sound.
    pub(crate) millis: u64,
}

/// Whether an order has to be made before it is known what it costs.
pub(crate) fn needs_made(order: &Order) -> bool {
    order.kind == Kind::Text || table::find(&order.provider, &order.model).is_some_and(rules::needs_made)
}

/// What an order costs when it succeeds, in micro-dollars; `written` is how much was made, where that is looked at.
/// Each count is priced and rounded up by itself, then summed.
pub(crate) fn price_of(order: &Order, written: Written) -> u64 {
    let usage = usage(order, written.bytes);
    if let Some(model) = table::find(&order.provider, &order.model) {
        return rules::price_of(model, order, usage, written);
    }
    let (unit, micros) = listed(order);
    match unit {
        Unit::Item => micros.saturating_mul(u64::from(order.images)),
        Unit::Second => {
            per(order.seconds_millis.unwrap_or(USUAL_MILLIS).saturating_mul(u64::from(order.images)), micros, 1000)
        }
        Unit::ThousandChars => per(chars(order), micros, 1000),
        Unit::Credits(_) => micros.saturating_mul(usage.credits),
        Unit::MillionTokens(answer) => {
            per(usage.asked, micros, 1_000_000).saturating_add(per(usage.made, answer, 1_000_000))
        }
        Unit::MadeTokens(_, asked) => {
            per(usage.asked, asked, 1_000_000).saturating_add(per(usage.made, micros, 1_000_000))
        }
    }
}

/// How many units are billed of a model that is known exactly, in thousandths; nothing for others, and where it is not one
/// unit that is counted.
pub(crate) fn units(order: &Order) -> Option<u64> {
    rules::units(table::find(&order.provider, &order.model)?, order)
}

/// What is counted of an order, as a provider tells it.
pub(crate) fn usage(order: &Order, written: usize) -> Usage {
    let asked = tokens(order.input.to_string().len());
    match listed(order).0 {
        Unit::Credits(chars_each) => Usage { credits: chars(order).div_ceil(chars_each), ..Usage::default() },
        Unit::MadeTokens(each, _) => {
            let items = match order.kind {
                Kind::Image => u64::from(order.images).saturating_mul(1000),
                Kind::Video | Kind::Speech | Kind::Text | Kind::Align | Kind::Music => {
                    order.seconds_millis.unwrap_or(USUAL_MILLIS).saturating_mul(u64::from(order.images))
                }
            };
            Usage { asked: tokens(order.prompt.len()), made: per(items, each, 1000), credits: 0 }
        }
        Unit::Item | Unit::Second | Unit::ThousandChars | Unit::MillionTokens(_) => {
            Usage { asked, made: tokens(written), credits: 0 }
        }
    }
}

fn chars(order: &Order) -> u64 {
    u64::try_from(order.prompt.chars().count()).unwrap_or(u64::MAX)
}

/// How an order is priced.
fn listed(order: &Order) -> (Unit, u64) {
    let resolution = order.input.get("resolution").and_then(serde_json::Value::as_str).unwrap_or("");
    let fits = |price: &&Price| {
        price.provider == order.provider
            && order.model.contains(price.model)
            && (price.resolution.is_empty() || price.resolution == resolution)
    };
    LIST.iter().find(fits).map_or(usual(order.kind), |price| (price.unit, price.micros))
}

/// So many at this price for so many, rounded up.
fn per(count: u64, micros: u64, of: u64) -> u64 {
    u64::try_from((u128::from(count) * u128::from(micros)).div_ceil(u128::from(of))).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Written, price_of};
    use crate::jobs::{Kind, Order};

    #[test]
    fn clips_cost_by_the_second_and_pictures_by_the_piece() {
        let mut clip = Order::new("replicate", "bytedance/seedance-1-lite", Kind::Video, "a lamp");
        clip.seconds_millis = Some(5000);
        assert_eq!(price_of(&clip, Written::default()), 180_000);
        clip.input = serde_json::json!({"resolution": "480p"});
        assert_eq!(price_of(&clip, Written::default()), 90_000);
        let mut picture = Order::new("replicate", "black-forest-labs/flux-schnell", Kind::Image, "a lamp");
        picture.images = 4;
        assert_eq!(price_of(&picture, Written::default()), 12_000);
        let speech = Order::new("elevenlabs", "eleven_multilingual_v2", Kind::Speech, "lamp");
        assert_eq!(price_of(&speech, Written::default()), 400);
        assert_eq!(price_of(&Order::new("cog", "local", Kind::Video, "a lamp"), Written::default()), 0);
    }
}
