//! A paid model as data: what it is called where, what it takes, what it costs.
//!
//! Owns how our words become a model's own. It must not know how a request is sent.

use std::collections::BTreeMap;

use retake_engine::id::Hash;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::fields::Spelling;
use super::price::Price;

/// What a model makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Words, spoken.
    Speech,
    /// Pictures.
    Image,
    /// Clips.
    Video,
    /// Music.
    Music,
    /// Text: plans and code.
    Code,
    /// Where each word of a recording lies.
    Align,
    /// Code, compiled.
    Compile,
    /// Moods of a voice.
    Emotion,
    /// Animated characters.
    Rig,
}

impl Kind {
    /// The word, as plans, configuration and lists have it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Speech => "speech",
            Self::Image => "image",
            Self::Video => "video",
            Self::Music => "music",
            Self::Code => "code",
            Self::Align => "align",
            Self::Compile => "compile",
            Self::Emotion => "emotion",
            Self::Rig => "rig",
        }
    }
}

/// A paid model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Who sells it.
    pub provider: String,
    /// What it makes.
    pub kind: Kind,
    /// What it is called there.
    pub model: String,
    /// What it is good for.
    #[serde(default)]
    pub about: String,
    /// What it calls what we give it.
    #[serde(default)]
    pub inputs: BTreeMap<String, String>,
    /// What it is always given.
    #[serde(default)]
    pub defaults: Map<String, Value>,
    /// What it costs.
    #[serde(default)]
    pub price: Price,
    /// Lengths that it accepts, in seconds; any where there is none.
    #[serde(default)]
    pub seconds: Vec<u32>,
    /// How it wants lengths written.
    #[serde(default)]
    pub seconds_as: Spelling,
    /// Shapes that it accepts, in its own spelling.
    #[serde(default)]
    pub aspects: Vec<String>,
    /// Sizes that it accepts, in its own spelling.
    #[serde(default)]
    pub sizes: Vec<String>,
    /// The fewest and the most pixels that a side may have: a size is scaled into them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sides: Option<[u32; 2]>,
    /// How many reference pictures it takes.
    #[serde(default)]
    pub max_refs: u32,
    /// The longest text that it takes.
    #[serde(default)]
    pub max_chars: Option<u32>,
    /// The largest seed that it takes.
    #[serde(default)]
    pub seed_max: Option<u64>,
    /// Whether its clips have sound.
    #[serde(default)]
    pub sound: bool,
    /// What its clips begin with; where it is empty, whatever it has inputs for.
    #[serde(default)]
    pub from: Vec<From>,
    /// The languages that it speaks, where they are few.
    #[serde(default)]
    pub languages: Vec<String>,
    /// The longest answer that is asked for, in tokens.
    #[serde(default)]
    pub max_output_tokens: Option<u64>,
    /// What is different for a draft.
    #[serde(default)]
    pub draft: Map<String, Value>,
    /// What it offers against paying twice, where that is not what its provider offers.
    #[serde(default)]
    pub dedupe: Option<Safety>,
    /// From when the facts are.
    #[serde(default)]
    pub facts: String,
    /// Where they were read.
    #[serde(default)]
    pub source: String,
    /// Whether some of them rest on memory.
    #[serde(default)]
    pub unverified: bool,
}

/// What a clip may begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum From {
    /// Words.
    Text,
    /// A picture.
    Image,
}

/// What a provider offers against paying twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Safety {
    /// A repeated submission is recognised by its key.
    Key,
    /// Work is found by an id that we chose.
    ClientId,
    /// A list shows what was accepted, with a mark of ours where the model lets us leave one.
    List,
    /// A list shows what was accepted, without any mark of ours.
    ListWeak,
    /// Only its call to us can tell.
    Webhook,
    /// Nothing.
    None,
}

impl Card {
    /// Whether its clips may begin with this.
    #[must_use]
    pub fn begins_with(&self, from: From) -> bool {
        match from {
            _ if !self.from.is_empty() => self.from.contains(&from),
            From::Text => true,
            From::Image => self.inputs.contains_key("image"),
        }
    }

    /// Whether it takes pictures of what its own should resemble.
    #[must_use]
    pub fn takes_refs(&self) -> bool {
        self.max_refs > 0 && self.inputs.contains_key("refs")
    }

    /// The same as a draft has it: other prices and fields of ours, and its own inputs.
    ///
    /// # Errors
    ///
    /// Where what is different makes no card.
    pub fn drafted(self) -> Result<Self, String> {
        if self.draft.is_empty() {
            return Ok(self);
        }
        let Ok(Value::Object(mut whole)) = serde_json::to_value(&self) else { return Ok(self) };
        let changes = whole.remove("draft").unwrap_or_default();
        let changes = changes.as_object().cloned().unwrap_or_default();
        for (name, value) in changes {
            if OURS.contains(&name.as_str()) {
                whole.insert(name, value);
            } else if let Some(defaults) = whole.get_mut("defaults").and_then(Value::as_object_mut) {
                defaults.insert(name, value);
            }
        }
        serde_json::from_value(Value::Object(whole)).map_err(|error| error.to_string())
    }

    /// All that determines what it makes of the same wish. A new price remakes nothing.
    #[must_use]
    pub fn identity(&self, origin: &str) -> Hash {
        let Self {
            provider: _, kind, model, inputs, defaults, seconds_as, aspects, sizes, sides, max_refs, from, ..
        } = self;
        let mut what = serde_json::json!([kind, model, inputs, defaults, seconds_as, aspects, sizes, max_refs, from]);
        if let (Some(sides), Some(list)) = (sides, what.as_array_mut()) {
            list.push(serde_json::json!(sides));
        }
        Hash::of([b"paid".as_slice(), origin.as_bytes(), what.to_string().as_bytes()])
    }
}

/// Keys of a draft that are fields of a card; all others are inputs of the model.
const OURS: [&str; 7] = ["price", "model", "seconds", "aspects", "sizes", "max_output_tokens", "inputs"];

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use serde_json::json;

    use super::super::{Given, Order, Provider, STANDARD, Standard, rubbish};
    use super::*;

    const WORDS: [&str; 12] = [
        "prompt",
        "image",
        "end_image",
        "refs",
        "audio",
        "seconds",
        "size",
        "aspect",
        "width",
        "seed",
        "language",
        "voice",
    ];

    /// A client of each provider.
    fn clients() -> Vec<Arc<dyn Provider>> {
        let open = |standard: Standard| {
            let mut seller = standard.seller("p");
            if seller.base_url.is_empty() {
                "http://127.0.0.1:9".clone_into(&mut seller.base_url);
            }
            for (name, value) in [("submit_path", "/jobs"), ("files_at", "/a"), ("project", "lamps")] {
                seller.more.insert(name.to_owned(), value.to_owned());
            }
            (standard.open)(&seller).unwrap()
        };
        STANDARD.into_iter().map(open).collect()
    }

    proptest! {
        #[test]
        fn no_table_makes_it_panic(
            table in rubbish::json(&["provider", "kind", "model", "price", "per_item", "draft", "inputs", "defaults", "sides"]),
        ) {
            if let Ok(card) = serde_json::from_value::<Card>(table) {
                let _ = (card.identity(""), card.drafted());
            }
        }
    }

    #[test]
    fn no_card_makes_a_request_panic() {
        let clients = clients();
        proptest!(|(
            kind in proptest::sample::select(vec!["image", "video", "speech", "music", "code", "align"]),
            names in proptest::collection::vec("[a-z.]{0,12}|\\PC{0,6}", WORDS.len()),
            defaults in rubbish::json(&["image", "a", "config"]),
            numbers in proptest::collection::vec(any::<u32>(), 8),
            texts in proptest::collection::vec("[0-9]{0,12}[:xX/]?[0-9]{0,12}p?|\\PC{0,8}", 0..3),
        )| {
            let inputs: Map<String, Value> = WORDS.iter().map(|word| (*word).to_owned()).zip(names.into_iter().map(Value::from)).collect();
            let card: Card = serde_json::from_value(json!({"provider": "p", "kind": kind, "model": "m", "inputs": inputs,
                "defaults": defaults.as_object().cloned().unwrap_or_default(), "seconds": [numbers[0]], "aspects": texts, "sizes": texts,
                "sides": [numbers[1], numbers[2]], "max_refs": numbers[3], "seed_max": u64::from(numbers[4])})).unwrap();
            let picture = || Given::Inline { mime: "image/png", bytes: vec![1, 2, 3].into() };
            let order = Order {
                card: &card,
                prompt: "a cat".to_owned(),
                system: None,
                answer: Some(defaults.clone()),
                image: Some(picture()),
                end_image: Some(picture()),
                refs: vec![picture(), Given::Address("https://x.example/a.png".to_owned())],
                audio: Some(picture()),
                seconds: Some(numbers[5]),
                width: numbers[6] % 5_000,
                height: numbers[7] % 5_000,
                seed: Some(u64::MAX),
                language: Some("de".to_owned()),
                mark: "m".to_owned(),
                seed_is_mark: true,
            };
            let _ = order.sides();
            for client in &clients {
                if let Ok(request) = client.request(&order) {
                    prop_assert_eq!(client.request(&order), Ok(request), "{:?}", client);
                }
            }
        });
    }

    #[test]
    fn what_has_no_height_has_no_size() {
        let card: Card =
            serde_json::from_value(json!({"provider": "p", "kind": "image", "model": "m", "sides": [512, 2048]}))
                .unwrap();
        let order = super::super::answer::trial::order(&card, "x");
        for (width, height, sides) in [(720, 0, None), (0, 720, None), (1280, 720, Some((1280, 720)))] {
            assert_eq!(Order { width, height, ..order.clone() }.sides(), sides);
        }
    }
}
