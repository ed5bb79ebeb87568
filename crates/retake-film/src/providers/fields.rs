//! A wish in a model's own words: the fields of its input.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Order;

/// How a model wants lengths written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Spelling {
    /// As a number.
    #[default]
    #[serde(rename = "number")]
    Number,
    /// As a number within quotes.
    #[serde(rename = "text")]
    Text,
    /// With its unit, such as `5s`.
    #[serde(rename = "5s")]
    WithUnit,
}

impl Spelling {
    /// A length as it is wanted.
    #[must_use]
    pub fn write(self, seconds: u32) -> Value {
        match self {
            Self::Number => seconds.into(),
            Self::Text => seconds.to_string().into(),
            Self::WithUnit => format!("{seconds}s").into(),
        }
    }
}

/// The input of a model: its defaults, and over them all of the order that it has a name for.
#[must_use]
pub fn fields(order: &Order<'_>) -> Map<String, Value> {
    let card = order.card;
    let mut input = settings(order);
    let mut set = |word: &str, value: Option<Value>| {
        if let (Some(name), Some(value)) = (card.inputs.get(word), value) {
            put(&mut input, name, value);
        }
    };
    set("prompt", Some(order.prompt.as_str().into()));
    set("image", order.image.as_ref().map(|image| image.text().into()));
    set("end_image", order.end_image.as_ref().map(|image| image.text().into()));
    let refs: Vec<Value> = order.refs.iter().map(|given| given.text().into()).collect();
    set("refs", (!refs.is_empty()).then(|| refs.into()));
    set("audio", order.audio.as_ref().map(|audio| audio.text().into()));
    set("system", order.system.as_deref().map(Value::from));
    input
}

/// The same without words, pictures and recordings, for those that take them in a shape of their own.
#[must_use]
pub fn settings(order: &Order<'_>) -> Map<String, Value> {
    let card = order.card;
    let mut input = Map::new();
    for (name, value) in &card.defaults {
        put(&mut input, card.inputs.get(name).unwrap_or(name), value.clone());
    }
    let mut set = |word: &str, value: Option<Value>| {
        if let (Some(name), Some(value)) = (card.inputs.get(word), value) {
            put(&mut input, name, value);
        }
    };
    let size = order.sides();
    set("language", order.language.as_deref().map(Value::from));
    set("seconds", order.seconds.map(|seconds| card.seconds_as.write(seconds)));
    set("aspect", size.and_then(|size| nearest(&card.aspects, size)).map(Value::from));
    set("size", size.and_then(|size| nearest(&card.sizes, size)).map(Value::from));
    set("width", size.map(|(width, _)| width.into()));
    set("height", size.map(|(_, height)| height.into()));
    set("seed", order.seed.map(Value::from));
    input
}

/// Puts a value at a name that may have dots.
fn put(into: &mut Map<String, Value>, name: &str, value: Value) {
    match name.split_once('.') {
        None => drop(into.insert(name.to_owned(), value)),
        Some((first, rest)) => {
            let inner = into.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// The spelling whose shape is nearest, and among those the smallest that covers the size.
#[must_use]
pub fn nearest(spellings: &[String], (width, height): (u32, u32)) -> Option<&str> {
    let far = |(wide, high): (u64, u64)| {
        // Ratios are compared crosswise, in thousandths of the larger.
        let (a, b) = (u128::from(wide) * u128::from(height), u128::from(high) * u128::from(width));
        a.abs_diff(b) * 1_000 / a.max(b).max(1)
    };
    let misses = |(wide, high): (u64, u64)| wide < u64::from(width) || high < u64::from(height);
    let area = |(wide, high): (u64, u64)| wide * high;
    let shaped = spellings.iter().filter_map(|text| Some((text.as_str(), shape(text)?)));
    let rank = |sides: (u64, u64)| {
        let short = misses(sides);
        // Too small: the larger the better; large enough: the smaller the better.
        (far(sides), short, if short { u64::MAX - area(sides) } else { area(sides) })
    };
    shaped.min_by_key(|(_, sides)| rank(*sides)).map(|(text, _)| text).or_else(|| spellings.first().map(String::as_str))
}

/// The sides that a spelling such as `16:9`, `1280x720`, `landscape_16_9` or `square_hd` stands for.
fn shape(text: &str) -> Option<(u64, u64)> {
    let numbers: Vec<u64> = text
        .split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|part| part.parse().ok())
        .filter(|number| *number > 0 && *number < 1 << 20)
        .collect();
    let lower = text.to_ascii_lowercase();
    match numbers.as_slice() {
        [wide, high, ..] if lower.starts_with("portrait") && wide > high => Some((*high, *wide)),
        [wide, high, ..] => Some((*wide, *high)),
        _ if lower.starts_with("square") => Some((1, 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_shape_is_taken() {
        let all = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let aspects = all(&["1:1", "16:9", "9:16", "4:3"]);
        assert_eq!(nearest(&aspects, (1280, 720)), Some("16:9"));
        assert_eq!(nearest(&aspects, (720, 1280)), Some("9:16"));
        assert_eq!(nearest(&aspects, (1000, 1000)), Some("1:1"));
        let sizes = all(&["640x360", "1280x720", "1920x1080", "720x1280"]);
        assert_eq!(nearest(&sizes, (1280, 720)), Some("1280x720"));
        assert_eq!(nearest(&sizes, (1000, 562)), Some("1280x720"));
        assert_eq!(nearest(&sizes, (3840, 2160)), Some("1920x1080"));
        let words = all(&["square_hd", "portrait_4_3", "landscape_16_9"]);
        assert_eq!(nearest(&words, (600, 800)), Some("portrait_4_3"));
        assert_eq!(nearest(&words, (1280, 720)), Some("landscape_16_9"));
        assert_eq!(nearest(&all(&["auto"]), (1, 1)), Some("auto"));
        assert_eq!(nearest(&[], (1, 1)), None);
    }

    #[test]
    fn names_with_dots_are_nested() {
        let mut input = Map::new();
        put(&mut input, "voice_settings.speed", 1.into());
        put(&mut input, "voice_settings.style", 2.into());
        assert_eq!(Value::Object(input).to_string(), r#"{"voice_settings":{"speed":1,"style":2}}"#);
    }
}
