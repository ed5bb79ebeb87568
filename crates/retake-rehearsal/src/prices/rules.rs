//! What an order costs of a model that is known exactly: by its rule and its amounts.
//!
//! Owns the arithmetic of the table's rules. Whole micro-dollars; each part is rounded up by itself, then summed.

use serde_json::Value;

use super::{USUAL_MILLIS, Usage, Written, chars, per};
use crate::jobs::Order;
use crate::wire::models::{Model, at};

const MEGAPIXEL: u64 = 1_000_000;

/// Whether only what was made says what it costs.
pub(super) fn needs_made(model: &Model) -> bool {
    model.rules.iter().any(|(rule, _)| *rule == "per_minute_made")
}

/// What an order of this model costs.
pub(super) fn price_of(model: &Model, order: &Order, usage: Usage, written: Written) -> u64 {
    let parts = model.rules.iter().map(|(rule, asks)| part(model, rule, asks, order, usage, written));
    parts.fold(0, u64::saturating_add)
}

fn part(model: &Model, rule: &str, asks: &str, order: &Order, usage: Usage, written: Written) -> u64 {
    let each = amount(model, rule, asks, order);
    let items = u64::from(order.images);
    let pixels = u64::from(order.width) * u64::from(order.height);
    let named = |name: &str| micros(model, name).unwrap_or(0);
    match rule.split_once("_by").map_or(rule, |(unit, _)| unit) {
        "per_item" => each.saturating_mul(items),
        "per_second" => {
            let millis = order.seconds_millis.unwrap_or(USUAL_MILLIS).saturating_mul(items);
            per(millis, each, 1000)
        }
        "per_minute_made" => per(written.millis, each, 60_000),
        "per_hour_of_sound" => per(order.seconds_millis.unwrap_or(USUAL_MILLIS), each, 3_600_000),
        "per_1k_chars" => per(chars(order), each, 1000),
        "per_megapixel" => per(pixels, each, MEGAPIXEL).saturating_mul(items),
        "per_megapixel_begun" => pixels.div_ceil(MEGAPIXEL).saturating_mul(each).saturating_mul(items),
        "per_1m_tokens" => {
            per(usage.asked, named("input"), 1_000_000).saturating_add(per(usage.made, named("output"), 1_000_000))
        }
        // What is thought would be paid as output; nobody thinks here.
        "plus_tokens" => per(usage.asked, named("input_1m"), 1_000_000),
        // A picture is taken for one of a megapixel.
        "plus_per_ref" | "plus_per_megapixel_of" => {
            let sent = at(&order.input, asks).and_then(Value::as_array).map_or(0, Vec::len);
            named(asks).saturating_mul(u64::try_from(sent).unwrap_or(u64::MAX))
        }
        _ => 0,
    }
}

/// How many units of its only rule are billed, in thousandths.
pub(super) fn units(model: &Model, order: &Order) -> Option<u64> {
    let [(rule, _)] = model.rules.as_slice() else { return None };
    let items = u64::from(order.images);
    let pixels = u64::from(order.width) * u64::from(order.height);
    Some(match rule.split_once("_by").map_or(*rule, |(unit, _)| unit) {
        "per_item" => items.saturating_mul(1000),
        "per_second" => order.seconds_millis.unwrap_or(USUAL_MILLIS).saturating_mul(items),
        "per_1k_chars" => chars(order),
        "per_megapixel" => pixels.div_ceil(MEGAPIXEL / 1000).saturating_mul(items),
        "per_megapixel_begun" => pixels.div_ceil(MEGAPIXEL).saturating_mul(items).saturating_mul(1000),
        _ => return None,
    })
}

/// The amount that counts for an order: that of the values that it sends, else that of the usual ones.
fn amount(model: &Model, rule: &str, asks: &str, order: &Order) -> u64 {
    if !rule.contains("_by") {
        return micros(model, "").unwrap_or(0);
    }
    let usual = model.amounts.iter().find(|(name, _)| *name == "default").map_or("", |(_, value)| *value);
    let of_usual = |place: usize| usual.split('+').nth(place).unwrap_or(usual).to_owned();
    let sent = asks.split('+').enumerate().map(|(place, name)| match at(&order.input, name) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => of_usual(place),
    });
    let sent = sent.collect::<Vec<_>>().join("+");
    // The usual may be the name of a value, or an amount for all others.
    micros(model, &sent).or_else(|| micros(model, usual)).or_else(|| dollars(usual)).unwrap_or(0)
}

fn micros(model: &Model, name: &str) -> Option<u64> {
    dollars(model.amounts.iter().find(|(known, _)| *known == name)?.1)
}

/// Dollars with at most six decimals, as micro-dollars.
fn dollars(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 6 {
        return None;
    }
    whole.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(format!("{part:0<6}").parse().ok()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::price_of;
    use super::*;
    use crate::jobs::Kind;
    use crate::wire::models::table;

    const RULES: [&str; 13] = [
        "free",
        "per_item",
        "per_item_by",
        "per_item_by_size",
        "per_second",
        "per_second_by",
        "per_minute_made",
        "per_hour_of_sound",
        "per_1k_chars",
        "per_megapixel",
        "per_megapixel_begun",
        "per_1m_tokens",
        "plus_tokens",
    ];

    #[test]
    fn every_rule_of_the_table_is_known_and_every_amount_is_money() {
        for model in table::all() {
            for (rule, _) in &model.rules {
                let known = RULES.contains(rule) || rule.starts_with("plus_per_");
                assert!(known, "{}: {rule}", model.name);
            }
            for (name, value) in &model.amounts {
                let known = dollars(value).is_some() || ["default", "see"].contains(name);
                assert!(known, "{}: {name}={value}", model.name);
            }
        }
    }

    fn order(provider: &str, model: &str, input: Value) -> Order {
        let kind = table::find(provider, model).map_or(Kind::Video, |model| model.kind);
        Order { input, seconds_millis: Some(6000), ..Order::new(provider, model, kind, "a lamp") }
    }

    #[test]
    fn a_rule_looks_at_what_was_sent() {
        let price = |provider, model, input| price_of(&order(provider, model, input), Written::default());
        assert_eq!(price("replicate", "minimax/hailuo-2.3", json!({"duration": 6, "resolution": "1080p"})), 490_000);
        assert_eq!(price("replicate", "minimax/hailuo-2.3", json!({})), 280_000);
        assert_eq!(price("replicate", "bytedance/seedance-1.5-pro", json!({"generate_audio": true})), 312_000);
        assert_eq!(price("runway", "gen4_image", json!({"ratio": "1920:1080"})), 80_000);
        assert_eq!(price("runway", "gen4_image", json!({"ratio": "1280:720"})), 50_000);
        assert_eq!(price("luma", "uni-1", json!({"image_ref": [1, 2]})), 46_400);
        let ray = json!({"video": {"resolution": "540p", "duration": "5s"}});
        assert_eq!(price("luma", "ray-3.2", ray), 150_000);
        // 320 x 180 is less than a megapixel, which one of the two rounds up.
        let small = |provider, model| Order { width: 320, height: 180, ..order(provider, model, json!({})) };
        assert_eq!(price_of(&small("fal", "fal-ai/flux-2"), Written::default()), 12_000);
        assert_eq!(price_of(&small("replicate", "prunaai/z-image-turbo"), Written::default()), 288);
        let said = Written { bytes: 0, millis: 90_000 };
        assert_eq!(price_of(&order("openai", "gpt-4o-mini-tts", json!({})), said), 22_500);
        assert_eq!(price_of(&order("elevenlabs", "eleven_flash_v2_5", json!({})), Written::default()), 300);
    }
}
