//! The models that are sold: read from the file that comes along, and from what the installation adds.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::{Table, Value};

use super::{By, Missing, Model};
use crate::providers::{Card, Sellers};

/// The models that retake knows without being told.
pub const EMBEDDED: &str = include_str!("models.toml");

/// What is wrong with a model of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the model `{name}`: {why}")]
pub struct Flaw {
    /// Which model.
    pub name: String,
    /// What is wrong.
    pub why: String,
}

/// The cards of all models: those that come along, and over them what the installation says. What it says of a model that
/// is known changes that one key by key.
///
/// # Errors
///
/// Every model that makes no card.
pub fn cards(more: &BTreeMap<String, Table>, draft: bool) -> Result<BTreeMap<String, Card>, Vec<Flaw>> {
    let file: Table = EMBEDDED.parse().map_err(|error: toml::de::Error| {
        vec![Flaw { name: "models.toml".to_owned(), why: error.message().to_owned() }]
    })?;
    let mut all = file.get("models").and_then(Value::as_table).cloned().unwrap_or_default();
    for (name, table) in more {
        let known = all.entry(name).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(known) = known {
            known.extend(table.clone());
        }
    }
    let (mut cards, mut flaws) = (BTreeMap::new(), Vec::new());
    for (name, table) in all {
        match card(table, draft) {
            Ok(card) => drop(cards.insert(name, card)),
            Err(why) => flaws.push(Flaw { name, why }),
        }
    }
    if flaws.is_empty() { Ok(cards) } else { Err(flaws) }
}

fn card(table: Value, draft: bool) -> Result<Card, String> {
    let card: Card = table.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
    if !card.price.is_said() {
        return Err("it has no price; hint: price = { per_item = \"0.05\" }, or { free = true }".to_owned());
    }
    if draft { card.drafted() } else { Ok(card) }
}

/// A card as a model of the catalogue; nothing where its provider is not known.
pub(super) fn model(name: &str, card: &Card, sellers: &Sellers) -> Option<Model> {
    let seller = sellers.find(&card.provider)?;
    let missing = (!seller.is_open()).then(|| Missing {
        why: format!("{} has no key here", seller.name),
        hint: format!("set {}", seller.key_env),
        is_key: true,
    });
    Some(Model {
        name: name.into(),
        kind: card.kind,
        how: "generated",
        about: card.about.clone(),
        languages: (!card.languages.is_empty()).then(|| card.languages.clone()),
        missing,
        by: By::Seller { seller: Arc::new(seller.clone()), card: Arc::new(card.clone()) },
    })
}
