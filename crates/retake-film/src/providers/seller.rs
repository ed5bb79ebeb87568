//! How a provider is reached and treated: its standard, and what the installation says instead.
//!
//! Owns the settings of providers. Keys live here and are printed nowhere.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use retake_engine::admission::{Rate, Terms};
use retake_engine::fault::Fault;
use retake_engine::graph::Dedupe;

use super::card::{Card, Safety};
use super::{Provider, STANDARD};

/// A text that is printed nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Hides a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The text, for whoever sends it where it belongs.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What holds of a provider unless somebody says otherwise.
#[derive(Debug, Clone, Copy)]
pub struct Standard {
    /// Its name, and that of the way in which it is spoken to.
    pub name: &'static str,
    /// Its address, without the version of its interface.
    pub base_url: &'static str,
    /// The variables that usually hold its key, the first that is set counts; none where it takes no key.
    pub keys: &'static [&'static str],
    /// Whether nothing can be done without a key.
    pub needs_key: bool,
    /// Whether servers of one's own speak like it: at another address it needs no key, unless somebody names one.
    pub keyless_elsewhere: bool,
    /// Whether the installation describes how it is spoken to.
    pub described: bool,
    /// Submissions per minute; none means without limit.
    pub per_minute: u32,
    /// Calls in flight.
    pub concurrency: u32,
    /// How long an answer may take.
    pub request_timeout: Duration,
    /// How long to leave between two questions.
    pub poll_every: Duration,
    /// What it offers against paying twice.
    pub safety: Safety,
    /// How long a lost submission may still turn up.
    pub grace: Duration,
    /// How late its list may be.
    pub lag: Duration,
    /// How long what it made can be fetched; nothing where it comes along with the answer, or stays as long as the
    /// account does, or nobody says.
    pub keeps: Option<Duration>,
    /// How it is spoken to.
    pub open: fn(&Seller) -> Result<Arc<dyn Provider>, Fault>,
}

/// A provider as this installation reaches and treats it.
#[derive(Debug, Clone)]
pub struct Seller {
    /// Its name.
    pub name: String,
    /// The standard that it follows.
    pub standard: Standard,
    /// Its address, without the version of its interface.
    pub base_url: String,
    /// What stands for its address in what is remembered: the same work of another origin is other work.
    pub origin: String,
    /// Its key.
    pub key: Option<Secret>,
    /// The variable that holds its key.
    pub key_env: String,
    /// What its calls are signed with, where it does not say that itself.
    pub hook_secret: Option<Secret>,
    /// Submissions per time.
    pub rate: Rate,
    /// Calls in flight.
    pub concurrency: u32,
    /// How long an answer may take.
    pub request_timeout: Duration,
    /// How long to leave between two questions.
    pub poll_every: Duration,
    /// What it offers against paying twice.
    pub safety: Safety,
    /// How long a lost submission may still turn up.
    pub grace: Duration,
    /// How late its list may be.
    pub lag: Duration,
    /// How long work that runs past its time may go on before it is cancelled.
    pub cancel_grace: Duration,
    /// Settings that only this provider knows, such as a project.
    pub more: BTreeMap<String, String>,
}

/// How long work that runs past its time may go on, where nobody says otherwise.
const CANCEL_GRACE: Duration = Duration::from_secs(30);
/// How long a key is remembered by whoever recognises keys.
const KEY_TTL: Duration = Duration::from_secs(24 * 3_600);

impl Standard {
    /// The standard of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        STANDARD.into_iter().find(|standard| standard.name == name)
    }

    /// A seller of this name that follows it in everything.
    #[must_use]
    pub fn seller(self, name: &str) -> Seller {
        let per = Duration::from_secs(if self.per_minute == 0 { 0 } else { 60 });
        Seller {
            name: name.to_owned(),
            standard: self,
            base_url: self.base_url.to_owned(),
            origin: self.base_url.to_owned(),
            key: None,
            key_env: self.keys.first().copied().unwrap_or_default().to_owned(),
            hook_secret: None,
            rate: Rate { count: self.per_minute.max(1), per },
            concurrency: self.concurrency,
            request_timeout: self.request_timeout,
            poll_every: self.poll_every,
            safety: self.safety,
            grace: self.grace,
            lag: self.lag,
            cancel_grace: CANCEL_GRACE,
            more: BTreeMap::new(),
        }
    }
}

impl Seller {
    /// Puts it at another address.
    pub fn move_to(&mut self, address: &str) {
        address.clone_into(&mut self.base_url);
        address.clone_into(&mut self.origin);
    }

    /// Whether it can be asked for anything.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let usual = self.base_url.trim_end_matches('/') == self.standard.base_url;
        let named = !self.standard.keys.contains(&self.key_env.as_str());
        let keyless = self.standard.keyless_elsewhere && !usual && !named;
        !self.standard.needs_key || self.key.is_some() || keyless
    }

    /// What it offers against paying twice for a model; `marked` says whether a mark of ours goes along that its list
    /// shows.
    #[must_use]
    pub fn dedupe(&self, card: &Card, marked: bool) -> Dedupe {
        match self.safety(card) {
            Safety::Key => Dedupe::Key { ttl: KEY_TTL },
            Safety::ClientId => Dedupe::ClientId,
            Safety::List => Dedupe::List { exact: marked, lag: self.lag },
            Safety::ListWeak => Dedupe::List { exact: false, lag: self.lag },
            Safety::Webhook => Dedupe::WebhookOnly,
            Safety::None => Dedupe::None,
        }
    }

    /// Whether work of a model whose answer was lost can be looked for.
    #[must_use]
    pub fn lists(&self, card: &Card) -> bool {
        matches!(self.safety(card), Safety::ClientId | Safety::List | Safety::ListWeak)
    }

    /// What it offers for a model. Whoever is described has the list that its description names, or none; without a sight
    /// of inputs there is no mark in it.
    fn safety(&self, card: &Card) -> Safety {
        let safety = card.dedupe.unwrap_or(self.safety);
        let describes = |key: &str| self.more.get(key).is_some_and(|value| !value.trim().is_empty());
        match safety {
            Safety::List | Safety::ListWeak if !self.standard.described => safety,
            Safety::List | Safety::ListWeak if !describes("list_path") => Safety::None,
            Safety::List if !describes("list_input_at") => Safety::ListWeak,
            _ => safety,
        }
    }

    /// How admission is to treat it.
    #[must_use]
    pub fn terms(&self) -> Terms {
        Terms { concurrency: self.concurrency, rate: self.rate, ..Terms::default() }
    }
}

/// The providers of this installation, by name.
#[derive(Debug, Clone, Default)]
pub struct Sellers(BTreeMap<String, Seller>);

impl Sellers {
    /// All providers as their standards have them, without keys.
    #[must_use]
    pub fn standard() -> Self {
        STANDARD.into_iter().map(|standard| standard.seller(standard.name)).collect()
    }

    /// The provider of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Seller> {
        self.0.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Seller> {
        self.0.values()
    }

    /// Adds a provider, or puts it in the place of the one that has its name.
    pub fn put(&mut self, seller: Seller) {
        self.0.insert(seller.name.clone(), seller);
    }
}

impl FromIterator<Seller> for Sellers {
    fn from_iter<I: IntoIterator<Item = Seller>>(sellers: I) -> Self {
        Self(sellers.into_iter().map(|seller| (seller.name.clone(), seller)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_ones_own_needs_no_key_unless_one_is_named() {
        let like = |keyless_elsewhere, base_url: &str, key_env: &str| {
            let mut seller = Standard { keyless_elsewhere, ..STANDARD[0] }.seller("mine");
            base_url.clone_into(&mut seller.base_url);
            if !key_env.is_empty() {
                key_env.clone_into(&mut seller.key_env);
            }
            seller
        };
        assert!(like(true, "http://127.0.0.1:8080", "").is_open());
        assert!(!like(true, "http://127.0.0.1:8080", "MY_KEY").is_open());
        assert!(!like(true, &format!("{}/", STANDARD[0].base_url), "").is_open());
        assert!(!like(false, "http://127.0.0.1:8080", "").is_open());
    }

    #[test]
    fn who_is_described_has_the_list_that_is_described() {
        let card = |dedupe: Option<&str>| {
            let mut card = serde_json::json!({"provider": "http", "kind": "video", "model": "m"});
            if let Some(dedupe) = dedupe {
                card["dedupe"] = dedupe.into();
            }
            serde_json::from_value::<Card>(card).unwrap()
        };
        let mut seller = Standard::named("http").unwrap().seller("mine");
        let lag = seller.lag;
        assert_eq!((seller.dedupe(&card(None), true), seller.lists(&card(None))), (Dedupe::None, false));
        assert_eq!(seller.dedupe(&card(Some("list")), true), Dedupe::None, "there is nothing to look through");
        seller.more.insert("list_path".to_owned(), "/jobs".to_owned());
        assert_eq!(
            (seller.dedupe(&card(None), true), seller.lists(&card(None))),
            (Dedupe::List { exact: false, lag }, true)
        );
        seller.more.insert("list_input_at".to_owned(), "/request".to_owned());
        assert_eq!(seller.dedupe(&card(None), true), Dedupe::List { exact: true, lag });
        assert_eq!(seller.dedupe(&card(None), false), Dedupe::List { exact: false, lag });
        assert_eq!(seller.dedupe(&card(Some("none")), true), Dedupe::None);
        seller.safety = Safety::None;
        assert_eq!(seller.dedupe(&card(None), true), Dedupe::None, "the installation says so");
    }
}
