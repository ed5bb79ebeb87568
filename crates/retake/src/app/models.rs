//! The models that routes may name: all that is known of each, and whether what is known still holds.
//!
//! Owns what people and programs are told of a model. What a model is called where is the film layer's to know.

use std::time::Duration;

use retake_film::catalogue::{Kind, Model};
use retake_film::media::process::Stop;
use retake_film::plan::Role;
use retake_film::providers::check::{self, Finding};
use retake_film::providers::{Card, Price, Safety};
use serde::Serialize;

use super::Trouble;
use super::film::{catalogue, voices};
use crate::config::{Config, nearest};

/// A model that routes may name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Offered {
    /// Its short name.
    pub(crate) name: String,
    /// What it makes.
    pub(crate) kind: String,
    /// Who sells it; `local` where this machine makes it.
    pub(crate) provider: String,
    /// What it is called there.
    pub(crate) model: Option<String>,
    /// What it is good for.
    pub(crate) about: String,
    /// How it makes it, in one honest word.
    pub(crate) how: String,
    /// Whether it can be used here.
    pub(crate) available: bool,
    /// Why it cannot be used here.
    pub(crate) missing: Option<String>,
    /// The variable that would hold its key, where that is what is missing.
    pub(crate) set: Option<String>,
    /// What it costs, in words.
    pub(crate) price: String,
    /// The same in as few letters as can be.
    #[serde(skip)]
    pub(crate) price_short: String,
    /// What it costs, amount by amount.
    pub(crate) prices: Price,
    /// From when price and limits are.
    pub(crate) facts: Option<String>,
    /// Where they were read.
    pub(crate) source: Option<String>,
    /// Whether some of them rest on memory.
    pub(crate) unverified: bool,
    /// What its provider offers against paying twice for it.
    pub(crate) dedupe: Option<Safety>,
    /// How long what it made can be fetched, in seconds.
    pub(crate) keeps_s: Option<u64>,
    /// Lengths that it accepts, in seconds.
    pub(crate) seconds: Vec<u32>,
    /// Shapes that it accepts.
    pub(crate) aspects: Vec<String>,
    /// Sizes that it accepts.
    pub(crate) sizes: Vec<String>,
    /// How many reference pictures it takes.
    pub(crate) max_refs: u32,
    /// The longest text that it takes.
    pub(crate) max_chars: Option<u32>,
    /// The languages that it speaks, where they are few.
    pub(crate) languages: Vec<String>,
    /// Whether its clips have sound.
    pub(crate) sound: bool,
    /// Where it has to run, if nobody sells it: on a server of the user's own.
    pub(crate) at: Option<String>,
    /// All of its card, as it could stand in retake.toml.
    pub(crate) card: Option<Card>,
}

/// A model that somebody may choose, in few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Usable {
    /// Its short name.
    pub(crate) name: String,
    /// Whose place it can take in a scene; nobody's, where it makes nothing of one.
    pub(crate) role: Option<Role>,
    /// What it costs.
    pub(crate) price: String,
    /// Why it cannot be used here.
    pub(crate) missing: Option<String>,
}

impl Usable {
    pub(super) fn of(model: &Model) -> Self {
        let role = match model.kind {
            Kind::Speech => Some(Role::Voice),
            Kind::Image => Some(Role::Image),
            Kind::Video => Some(Role::Video),
            Kind::Music | Kind::Code | Kind::Align | Kind::Compile | Kind::Emotion | Kind::Rig => None,
        };
        let missing = model.missing.as_ref().map(|missing| missing.why.clone());
        Self { name: model.name.to_string(), role, price: model.price().short(), missing }
    }
}

/// The models there are, for people.
pub(super) fn offered(config: &Config) -> Result<Vec<Offered>, Trouble> {
    let survey = voices(config).survey(&Stop::default());
    let unlisted = |why| Trouble::usage(why).hint("correct the model in retake.toml");
    let catalogue = catalogue(config, Some(&survey), config.is_draft()).map_err(unlisted)?;
    Ok(catalogue.models().iter().map(Offered::of).collect())
}

impl Offered {
    fn of(model: &Model) -> Self {
        let (card, sold) = (model.card(), model.sold_by());
        let of_card = |text: fn(&Card) -> &String| card.map(text).filter(|text| !text.is_empty()).cloned();
        let price = model.price();
        let key = model.missing.as_ref().filter(|missing| missing.is_key);
        Self {
            name: model.name.to_string(),
            kind: model.kind.word().to_owned(),
            provider: model.seller().to_owned(),
            model: card.map(|card| card.model.clone()),
            about: model.about.clone(),
            how: model.how.to_owned(),
            available: model.missing.is_none(),
            missing: model.missing.as_ref().map(|missing| format!("{}; {}", missing.why, missing.hint)),
            set: sold.filter(|_| key.is_some()).map(|seller| seller.key_env.clone()),
            price: price.words(),
            price_short: price.short(),
            prices: price,
            facts: of_card(|card| &card.facts),
            source: of_card(|card| &card.source),
            unverified: card.is_some_and(|card| card.unverified),
            dedupe: card.zip(sold).map(|(card, seller)| card.dedupe.unwrap_or(seller.safety)),
            keeps_s: sold.and_then(|seller| seller.standard.keeps).map(|keeps| keeps.as_secs()),
            seconds: card.map(|card| card.seconds.clone()).unwrap_or_default(),
            aspects: card.map(|card| card.aspects.clone()).unwrap_or_default(),
            sizes: card.map(|card| card.sizes.clone()).unwrap_or_default(),
            max_refs: card.map_or(0, |card| card.max_refs),
            max_chars: card.and_then(|card| card.max_chars),
            languages: model.languages.clone().unwrap_or_default(),
            sound: card.is_some_and(|card| card.sound),
            at: sold.filter(|seller| seller.key.is_none() && key.is_none()).map(|seller| seller.base_url.clone()),
            card: card.cloned(),
        }
    }
}

/// The model of this name.
pub(crate) fn named<'m>(models: &'m [Offered], name: &str) -> Result<&'m Offered, Trouble> {
    models.iter().find(|model| model.name == name).ok_or_else(|| {
        let names: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
        let near = nearest(name, &names).map(|near| format!("did you mean `{near}`?"));
        let hint = near.unwrap_or_else(|| "`retake models` lists them all".to_owned());
        Trouble::usage(format!("the model `{name}` is not known")).hint(hint)
    })
}

/// What a look at a model came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Checked {
    /// Its short name.
    pub(crate) model: String,
    /// Who sells it.
    pub(crate) provider: String,
    /// `agrees`, `differs`, `gone`, `unpublished`, `unasked` or `silent`.
    pub(crate) finding: &'static str,
    /// What was found, a line each.
    pub(crate) said: Vec<String>,
}

/// Asks the providers of these models what each takes, and hands over what was found as it comes.
pub(crate) fn check(config: &Config, models: &[&Offered], see: &mut dyn FnMut(Checked) -> bool) -> Result<(), Trouble> {
    let sellers = config.sellers().map_err(Trouble::usage)?;
    let cards = models.iter().filter_map(|model| Some((model.name.clone(), model.card.clone()?))).collect();
    let mut told = |name: &str, card: &Card, finding: Finding| {
        let (finding, said) = match finding {
            Finding::Agrees => ("agrees", Vec::new()),
            Finding::Differs(lines) => ("differs", lines),
            Finding::Gone(fault) => ("gone", vec![fault.message]),
            Finding::Unpublished => ("unpublished", Vec::new()),
            Finding::Unasked(why) => ("unasked", vec![why]),
            Finding::Silent(fault) => ("silent", vec![fault.message]),
        };
        see(Checked { model: name.to_owned(), provider: card.provider.clone(), finding, said })
    };
    check::check(cards, &sellers, &mut told).map_err(|error| Trouble::internal(format!("nobody can be asked: {error}")))
}

/// How long what a provider made can be fetched, where that is known and ends.
pub(crate) fn keeps(config: &Config, provider: &str) -> Option<Duration> {
    config.sellers().ok()?.find(provider)?.standard.keeps
}
