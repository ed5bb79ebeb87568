//! The models there are: who can make what, by a short name.
//!
//! Owns what is known of a model before it is asked for anything. It must not know how a model is called, nor how a plan
//! names it.

use std::collections::BTreeMap;
use std::sync::Arc;

use retake_engine::graph::{Entry, Maker, Offer};
use retake_engine::id::{EntryId, Hash};

pub use crate::providers::{Card, Kind};
use crate::providers::{Price, Seller, Sellers};

mod paid;

pub use paid::{EMBEDDED, Flaw, cards};

/// Why a model cannot be used here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// What is missing.
    pub why: String,
    /// The way out.
    pub hint: String,
    /// Whether it is a key: what it costs to do without one is the user's to say.
    pub is_key: bool,
}

/// A model.
#[derive(Debug, Clone)]
pub struct Model {
    /// Its short name.
    pub name: Arc<str>,
    /// What it makes.
    pub kind: Kind,
    /// How it makes it, in one honest word.
    pub how: &'static str,
    /// What people want to know of it.
    pub about: String,
    /// The languages it speaks; nothing where that does not matter or it speaks most.
    pub languages: Option<Vec<String>>,
    /// Why it cannot be used here.
    pub missing: Option<Missing>,
    /// Who makes it.
    pub by: By,
}

/// Who makes what a model makes.
#[derive(Debug, Clone)]
pub enum By {
    /// This machine.
    Here {
        /// Grows whenever it makes something else of the same wishes.
        version: u32,
    },
    /// A provider, for money.
    Seller {
        /// Who.
        seller: Arc<Seller>,
        /// What it is called there, and what it costs.
        card: Arc<Card>,
    },
}

/// The models there are, the best of a kind first.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    models: Vec<Model>,
}

const fn model(name: &'static str, kind: Kind, how: &'static str, about: &'static str) -> Local {
    Local { name, kind, how, about, version: 1, languages: None }
}

/// A maker of our own, as it stands in the source.
struct Local {
    name: &'static str,
    kind: Kind,
    how: &'static str,
    about: &'static str,
    version: u32,
    languages: Option<&'static [&'static str]>,
}

/// The makers of our own.
const LOCAL: [Local; 8] = [
    Local {
        languages: Some(&["en"]),
        ..model("heart", Kind::Speech, "neural", "a natural voice, American, female; English")
    },
    Local { languages: Some(&["en"]), ..model("flite", Kind::Speech, "synthetic", "a plain voice; English") },
    model("espeak", Kind::Speech, "synthetic", "a robot's voice; most languages"),
    model("storyboard", Kind::Image, "procedural", "a drawn frame that follows the words of the prompt"),
    model("title", Kind::Image, "procedural", "a card with words; what `title` scenes are made with"),
    model("kenburns", Kind::Video, "procedural", "a slow pan or zoom over a picture, chosen by the camera words"),
    model("score", Kind::Music, "procedural", "a small composed piece that follows the words of the prompt"),
    model("template", Kind::Code, "template", "a plan from a prompt, by pattern; it knows no facts"),
];

/// Steps that no model makes, and the version of each: it grows whenever a step makes something else of the same.
const STEPS: [(&str, u32); 7] =
    [("reference", 1), ("clip", 1), ("ingest", 1), ("join", 1), ("sound", 1), ("assemble", 1), ("deliver", 1)];

impl Catalogue {
    /// The makers of our own; `missing` says of a name why it cannot be used here.
    pub fn local(missing: impl Fn(&str) -> Option<Missing>) -> Self {
        let models = LOCAL.iter().map(|local| Model {
            name: local.name.into(),
            kind: local.kind,
            how: local.how,
            about: local.about.to_owned(),
            languages: local.languages.map(|tags| tags.iter().map(|tag| (*tag).to_owned()).collect()),
            missing: missing(local.name),
            by: By::Here { version: local.version },
        });
        Self { models: models.collect() }
    }

    /// The same with what is sold; a name that a maker of our own has stays with it.
    #[must_use]
    pub fn with(mut self, cards: &BTreeMap<String, Card>, sellers: &Sellers) -> Self {
        for (name, card) in cards {
            if self.find(name).is_none() {
                self.models.extend(paid::model(name, card, sellers));
            }
        }
        self
    }

    /// The same, as if every model could be used here.
    #[must_use]
    pub fn all_there(mut self) -> Self {
        for model in &mut self.models {
            model.missing = None;
        }
        self
    }

    /// All of them.
    #[must_use]
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// The model of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| &*model.name == name)
    }

    /// Those of a kind, the best first.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Model> {
        self.models.iter().filter(move |model| model.kind == kind)
    }
}

impl Model {
    /// Whether it speaks a language, by its tag.
    #[must_use]
    pub fn speaks(&self, language: &str) -> bool {
        let main = language.split(['-', '_']).next().unwrap_or(language).to_ascii_lowercase();
        self.languages.as_ref().is_none_or(|languages| languages.contains(&main))
    }

    /// Whether it is paid for, be it with nothing.
    #[must_use]
    pub const fn is_sold(&self) -> bool {
        matches!(self.by, By::Seller { .. })
    }

    /// The card of one that is sold.
    #[must_use]
    pub fn card(&self) -> Option<&Card> {
        match &self.by {
            By::Seller { card, .. } => Some(card),
            By::Here { .. } => None,
        }
    }

    /// Who sells it, as this installation reaches them; nobody where this machine makes it.
    #[must_use]
    pub fn sold_by(&self) -> Option<&Seller> {
        match &self.by {
            By::Seller { seller, .. } => Some(seller),
            By::Here { .. } => None,
        }
    }

    /// Who sells it; `local` where this machine makes it.
    #[must_use]
    pub fn seller(&self) -> &str {
        match &self.by {
            By::Seller { seller, .. } => &seller.name,
            By::Here { .. } => "local",
        }
    }

    /// What it costs.
    #[must_use]
    pub fn price(&self) -> Price {
        self.card().map_or_else(Price::default, |card| card.price.clone())
    }

    /// The entry of a run's catalogue that it is; `marked` says whether its requests bear a mark of ours.
    #[must_use]
    pub fn entry(&self, marked: bool) -> (EntryId, Entry) {
        match &self.by {
            By::Here { version } => entry(&self.name, *version),
            By::Seller { seller, card } => {
                let offer = Offer {
                    provider: seller.name.as_str().into(),
                    model: card.model.as_str().into(),
                    dedupe: seller.dedupe(card, marked && card.inputs.contains_key("seed")),
                    grace: seller.grace,
                    cancel_grace: seller.cancel_grace,
                    request_timeout: seller.request_timeout,
                    poll_every: seller.poll_every,
                };
                let text = serde_json::to_string(&**card).expect("a card is text and numbers");
                let identity = card.identity(&seller.origin);
                ((&*self.name).into(), Entry { identity, card: text.into(), maker: Maker::Paid(offer) })
            }
        }
    }
}

/// The entry of a step that no model makes.
///
/// # Panics
///
/// Where there is no such step: they are ours.
#[must_use]
pub fn step(name: &str) -> (EntryId, Entry) {
    let (_, version) = STEPS.iter().find(|(step, _)| *step == name).expect("the step is one of ours");
    entry(name, *version)
}

fn entry(name: &str, version: u32) -> (EntryId, Entry) {
    let identity = Hash::of([b"local".as_slice(), name.as_bytes(), &version.to_be_bytes()]);
    (name.into(), Entry::plain(identity, Maker::Local { cores: 1 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_there_once() {
        let all = Catalogue::local(|_| None);
        for model in all.models() {
            assert_eq!(all.models().iter().filter(|other| other.name == model.name).count(), 1, "{}", model.name);
            assert!(all.find(&model.name).is_some());
        }
    }

    #[test]
    fn languages_are_told_by_their_first_part() {
        let all = Catalogue::local(|_| None);
        let heart = all.find("heart").unwrap();
        assert!(heart.speaks("en") && heart.speaks("en-GB") && heart.speaks("EN_us"));
        assert!(!heart.speaks("de") && all.find("espeak").unwrap().speaks("de"));
    }
}
