//! Who sells, what is sold, and what may be fetched: settings as the film layer has them, and the keys.
//!
//! Owns where keys come from: the environment, or a file that nobody else may read. They are printed nowhere.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use retake_engine::admission::{Rate, Terms};
use retake_engine::id::ProviderId;
use retake_engine::retry::Policy;
use retake_film::download::Egress;
use retake_film::providers::{STANDARD, Safety, Secret, Seller, Sellers, Standard};
use retake_film::schedule::usual;
use toml::{Table, Value as Toml};

use super::value::Value;
use super::{Config, Mistake, Surroundings};

/// Who plays a provider in a rehearsal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stage {
    /// Where.
    pub(crate) address: String,
    /// The dummy key that it takes.
    pub(crate) key: String,
}

/// What stands for the address of every provider in a rehearsal: it is another each time.
const REHEARSAL: &str = "rehearsal";
/// How patient a rehearsal is, where nobody says otherwise: people look on.
const POLL: Duration = Duration::from_millis(250);
const ANSWER: Duration = Duration::from_secs(4);
const GRACE: Duration = Duration::from_secs(2);
const LAG: Duration = Duration::from_millis(500);
const FIRST_DELAY: Duration = Duration::from_millis(400);
const MAX_DELAY: Duration = Duration::from_secs(4);
const TAKE: Duration = Duration::from_secs(60);
/// The steps that may be paid for.
const PAID: [&str; 5] = ["voice", "image", "video", "music", "code"];

/// The largest file that holds a key.
const KEY_BYTES: u64 = 16 << 10;

impl Config {
    /// Takes the keys of all providers, from where they are said to be.
    pub(super) fn unlock(&mut self, around: &Surroundings) -> Vec<Mistake> {
        let named = self.names_of("providers");
        let places = named.iter().flat_map(|name| ["key_env", "webhook_secret_env"].map(|key| (name, key)));
        let settings = places.filter_map(|(name, key)| self.text(&format!("providers.{name}.{key}")));
        let variables = STANDARD.iter().flat_map(|standard| standard.keys.iter().copied()).chain(settings);
        let mut keys = BTreeMap::new();
        for variable in variables {
            if let Some(key) = around.get(variable).and_then(|key| key.to_str()) {
                keys.insert(variable.to_owned(), Secret::new(key.trim()));
            }
        }
        let mut mistakes = Vec::new();
        for name in &named {
            let place = format!("providers.{name}.key_file");
            let Some(file) = self.text(&place) else { continue };
            match key_of(&around.folder.join(file)) {
                Ok(key) => drop(keys.insert(place, key)),
                Err((what, hint)) => mistakes.push(Mistake { place, what, hint }),
            }
        }
        self.keys = keys;
        mistakes
    }

    /// The names that a section has chosen.
    fn names_of(&self, section: &str) -> Vec<String> {
        let mut names: Vec<String> =
            self.settings.keys().filter(|key| key.len() > 2 && key[0] == section).map(|key| key[1].clone()).collect();
        names.dedup();
        names
    }

    /// The providers of this installation.
    ///
    /// # Errors
    ///
    /// Those that say nothing of how they are spoken to.
    pub(crate) fn sellers(&self) -> Result<Sellers, String> {
        let mut sellers: Sellers = STANDARD.iter().map(|standard| self.seller(*standard, standard.name)).collect();
        for name in self.names_of("providers") {
            let api = self.text(&format!("providers.{name}.api")).unwrap_or(&name);
            let Some(standard) = Standard::named(api) else {
                let known: Vec<&str> = STANDARD.iter().map(|standard| standard.name).collect();
                return Err(format!(
                    "the provider `{name}` says nothing of how it is spoken to\n  = hint: write `api = ` one of {}",
                    known.join(", ")
                ));
            };
            sellers.put(self.seller(standard, &name));
        }
        Ok(sellers)
    }

    fn seller(&self, standard: Standard, name: &str) -> Seller {
        let mut seller = standard.seller(name);
        let at = |key: &str| format!("providers.{name}.{key}");
        let span = |key: &str| if let Some(Value::Span(span)) = self.get(&at(key)) { Some(*span) } else { None };
        if let Some(address) = self.text(&at("base_url")) {
            seller.move_to(address);
        }
        if let Some(variable) = self.text(&at("key_env")) {
            variable.clone_into(&mut seller.key_env);
            seller.key = self.keys.get(variable).cloned();
        } else {
            let set = standard.keys.iter().find(|variable| self.keys.contains_key(**variable));
            if let Some(variable) = set.filter(|_| name == standard.name) {
                (*variable).clone_into(&mut seller.key_env);
                seller.key = self.keys.get(*variable).cloned();
            }
        }
        seller.key = self.keys.get(&at("key_file")).cloned().or(seller.key);
        let secret = self.text(&at("webhook_secret_env")).and_then(|variable| self.keys.get(variable));
        seller.hook_secret = secret.cloned();
        if let Some(Value::Rate(count, per)) = self.get(&at("rate")) {
            seller.rate = Rate { count: *count, per: *per };
        }
        seller.concurrency = self.whole(&at("concurrency")).unwrap_or(seller.concurrency);
        seller.request_timeout = span("request_timeout").unwrap_or(seller.request_timeout);
        seller.poll_every = span("poll_every").unwrap_or(seller.poll_every);
        seller.grace = span("grace").unwrap_or(seller.grace);
        seller.cancel_grace = span("cancel_grace").unwrap_or(seller.cancel_grace);
        seller.lag = span("lag").unwrap_or(seller.lag);
        let safety = self.text(&at("dedupe")).and_then(safety);
        seller.safety = safety.unwrap_or(seller.safety);
        if let Some(Value::Any(Toml::Table(settings))) = self.get(&at("settings")) {
            let text = |value: &Toml| {
                value.as_str().map_or_else(|| serde_json::to_string(value).unwrap_or_default(), str::to_owned)
            };
            seller.more = settings.iter().map(|(key, value)| (key.clone(), text(value))).collect();
        }
        self.staged(&mut seller);
        seller
    }

    /// Puts somebody who plays it in the place of every provider.
    pub(crate) fn rehearse(&mut self, stages: BTreeMap<String, Stage>, mut egress: Vec<String>) {
        self.stages = stages;
        let allowed = ["egress".to_owned(), "allow".to_owned()].to_vec();
        if let Some(Value::Texts(before)) = self.settings.get(&allowed) {
            egress.extend(before.iter().cloned());
        }
        self.settings.insert(allowed, Value::Texts(egress));
    }

    /// The private addresses that the user has opened to downloads, as they wrote them. A rehearsal opens its own.
    pub(crate) fn opened(&self) -> &[String] {
        match self.get("egress.allow") {
            Some(Value::Texts(texts)) if !self.is_rehearsal() => texts,
            _ => &[],
        }
    }

    /// Whether this is a rehearsal.
    pub(crate) fn is_rehearsal(&self) -> bool {
        !self.stages.is_empty()
    }

    /// In a rehearsal nobody waits as long as in earnest, unless somebody says so.
    pub(super) fn hasten(&self, policies: &mut BTreeMap<String, Policy>) {
        for step in PAID.into_iter().filter(|_| self.is_rehearsal()) {
            let said = |key: &str| self.get(&format!("retry.{step}.{key}")).is_some();
            let policy = policies.entry(step.to_owned()).or_insert_with(|| usual(step));
            if !said("first_delay") {
                policy.first_delay = FIRST_DELAY;
                policy.first_delay_ms_by_origin.clear();
            }
            if !said("max_delay") {
                policy.max_delay = MAX_DELAY;
            }
            if !said("timeout") {
                policy.timeout = TAKE;
            }
        }
    }

    /// In a rehearsal a seller is somebody else, who is asked more often and waited for less.
    fn staged(&self, seller: &mut Seller) {
        let Some(stage) = self.stages.get(seller.standard.name) else { return };
        let said = |key: &str| self.get(&format!("providers.{}.{key}", seller.name)).is_some();
        let (poll, answer, grace, lag) = (said("poll_every"), said("request_timeout"), said("grace"), said("lag"));
        let cancel = said("cancel_grace");
        seller.move_to(&stage.address);
        REHEARSAL.clone_into(&mut seller.origin);
        // Whoever has no project can rehearse all the same.
        seller.more.entry("project".to_owned()).or_insert_with(|| REHEARSAL.to_owned());
        seller.key = Some(Secret::new(&stage.key));
        let put = |said: bool, span: &mut Duration, to: Duration| {
            if !said {
                *span = to;
            }
        };
        put(poll, &mut seller.poll_every, POLL);
        put(answer, &mut seller.request_timeout, ANSWER);
        put(grace, &mut seller.grace, GRACE);
        put(cancel, &mut seller.cancel_grace, GRACE);
        put(lag, &mut seller.lag, LAG);
    }

    /// How admission is to treat each provider.
    pub(crate) fn terms(&self) -> BTreeMap<ProviderId, Terms> {
        let sellers = self.sellers().unwrap_or_default();
        sellers.iter().map(|seller| (seller.name.as_str().into(), seller.terms())).collect()
    }

    /// What the installation says of models, name by name.
    pub(crate) fn models(&self) -> BTreeMap<String, Table> {
        let mut models: BTreeMap<String, Table> = BTreeMap::new();
        for (name, value) in &self.settings {
            let [section, model, key] = name.as_slice() else { continue };
            if section == "models"
                && let Some(value) = written(key, value)
            {
                models.entry(model.clone()).or_default().insert(key.clone(), value);
            }
        }
        models
    }

    /// Private addresses that may be fetched from all the same.
    ///
    /// # Errors
    ///
    /// At the first that is none.
    pub(crate) fn egress(&self) -> Result<Egress, String> {
        let Some(Value::Texts(texts)) = self.get("egress.allow") else { return Ok(Egress::default()) };
        Egress::read(texts).map_err(|error| {
            let hint = error.hint().map(|hint| format!("\n  = hint: {hint}")).unwrap_or_default();
            format!("`egress.allow`: {error}{hint}")
        })
    }
}

fn safety(word: &str) -> Option<Safety> {
    serde_json::from_value(word.into()).ok()
}

/// A value as it would stand in a file of models.
fn written(key: &str, value: &Value) -> Option<Toml> {
    Some(match value {
        Value::Text(text) => Toml::String(text.clone()),
        Value::Whole(number) => Toml::Integer(i64::from(*number)),
        Value::Flag(flag) => Toml::Boolean(*flag),
        Value::Texts(texts) if key == "seconds" => {
            Toml::Array(texts.iter().filter_map(|text| text.parse().ok()).map(Toml::Integer).collect())
        }
        Value::Texts(texts) => Toml::Array(texts.iter().cloned().map(Toml::String).collect()),
        Value::Any(value) => value.clone(),
        Value::Money(_) | Value::Span(_) | Value::Rate(..) => return None,
    })
}

/// The key in a file that nobody else may read.
fn key_of(file: &Path) -> Result<Secret, (String, String)> {
    let failed = |error: std::io::Error| {
        (format!("the key in {} cannot be read: {error}", file.display()), "name a file that is there".to_owned())
    };
    let about = std::fs::metadata(file).map_err(failed)?;
    if about.permissions().mode() & 0o077 != 0 {
        let hint = format!("chmod 600 {}", file.display());
        return Err((format!("others may read the key in {}", file.display()), hint));
    }
    if about.len() > KEY_BYTES {
        return Err((format!("{} is too large for a key", file.display()), "write the key alone".to_owned()));
    }
    let text = std::fs::read_to_string(file).map_err(failed)?;
    Ok(Secret::new(text.trim()))
}
