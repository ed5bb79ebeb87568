//! Who is bought from, opened once, and what is fetched from where.
//!
//! Owns which provider a name is, and whether a model's card was held against what the model says of itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use retake_engine::fault::{Acceptance, Class, Fault, Origin};
use retake_engine::id::TakeId;

use tokio::sync::Semaphore;

use super::hooks::{Calls, Hooks};
use crate::download::{self, Downloads, Egress, Header, Kind, Wish};
use crate::providers::{Card, Provider, Seller, Sellers};

/// The largest file that is fetched.
const FILE_MAX: u64 = 1 << 30;
/// How long a file may take, and how long nothing of it may come.
const FILE_TIME: Duration = Duration::from_secs(600);
const FILE_IDLE: Duration = Duration::from_secs(30);
/// How many requests to one provider are built at once.
const AT_DESK: usize = 8;
/// For how long it holds that a card agrees with what its model says of itself, and for how long anything else does.
const AGREED: Duration = Duration::from_secs(300);
const NOT_AGREED: Duration = Duration::from_secs(10);
/// How often whoever fetches looks whether it is to stop.
const STOP_EVERY: Duration = Duration::from_millis(200);

/// When a card was held against its model last, and whether that answered and agreed. Whoever asks meanwhile waits.
type Verdict = tokio::sync::Mutex<Option<(Instant, Result<bool, Fault>)>>;

/// The providers of this installation, and what was found out about their models.
#[derive(Debug, Default)]
pub(crate) struct Shop {
    sellers: Sellers,
    egress: Egress,
    pub(crate) calls: Calls,
    open: Mutex<HashMap<String, Arc<dyn Provider>>>,
    downloads: Mutex<BTreeMap<String, Downloads>>,
    /// What came of it when each card, as it is written down, was held against its model.
    verdicts: Mutex<HashMap<Arc<str>, Arc<Verdict>>>,
    /// Where requests to each provider are built.
    desks: Mutex<HashMap<String, Arc<Semaphore>>>,
    /// Takes for which a picture could not be handed over once.
    stumbled: Mutex<BTreeSet<TakeId>>,
}

impl Shop {
    /// The shop of these sellers; `egress` names private addresses that may be fetched from, `hooks` where they may call.
    pub(crate) fn new(sellers: Sellers, egress: Egress, hooks: Option<Hooks>) -> Self {
        Self { sellers, egress, calls: Calls::new(hooks), ..Self::default() }
    }

    /// How a provider is reached and treated.
    pub(crate) fn seller(&self, name: &str) -> Result<&Seller, Fault> {
        let unknown = || {
            let fault = Fault::new(Class::Denied, Acceptance::No, format!("no provider is called `{name}` here"));
            fault.hint(format!("add [providers.{name}] to retake.toml, then `retake resume`"))
        };
        let seller = self.sellers.find(name).ok_or_else(unknown)?;
        if seller.is_open() {
            return Ok(seller);
        }
        let fault = Fault::new(Class::Denied, Acceptance::No, format!("{name} has no key here"));
        Err(fault.hint(format!("set {}, then `retake resume`", seller.key_env)))
    }

    /// The provider of this name.
    pub(crate) fn provider(&self, name: &str) -> Result<Arc<dyn Provider>, Fault> {
        let seller = self.seller(name)?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(provider) = open.get(name) {
            return Ok(Arc::clone(provider));
        }
        let provider = (seller.standard.open)(seller)?;
        open.insert(name.to_owned(), Arc::clone(&provider));
        Ok(provider)
    }

    /// Where requests to a provider are built, some at a time: pictures go along, and not all of them fit into memory.
    pub(crate) fn desk(&self, provider: &str) -> Arc<Semaphore> {
        let mut desks = self.desks.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(desks.entry(provider.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(AT_DESK))))
    }

    /// Holds a card against what its model says of itself, once for all who ask within a while. Where nobody answers,
    /// nothing is held against it: the model itself will say what it does not take.
    #[expect(clippy::disallowed_methods, reason = "how long ago one looked decides nothing of a run")]
    pub(crate) async fn check(&self, text: &Arc<str>, card: &Card, provider: &dyn Provider) -> Result<(), Fault> {
        let known = {
            let mut verdicts = self.verdicts.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(verdicts.entry(Arc::clone(text)).or_default())
        };
        // Of a thousand that are prepared at once one asks, and the others wait for its answer.
        let mut last = known.lock().await;
        if let Some((at, verdict)) = &*last
            && at.elapsed() < if matches!(verdict, Ok(true)) { AGREED } else { NOT_AGREED }
        {
            return verdict.clone().map(drop);
        }
        let verdict = agrees(card, provider).await;
        *last = Some((Instant::now(), verdict.clone()));
        verdict.map(drop)
    }

    /// Whether a picture that could not be handed over may be tried again for this take: once, and only where that can
    /// help. After that it is done without.
    pub(crate) fn stumbles(&self, take: &TakeId, fault: &Fault) -> bool {
        let may_pass = matches!(fault.class, Class::Transient | Class::Throttled | Class::Unclear);
        may_pass && self.stumbled.lock().unwrap_or_else(PoisonError::into_inner).insert(take.clone())
    }

    /// Fetches a file that a provider has made. From its own address it may come whatever that is: whoever wrote it into
    /// the configuration trusts it.
    pub(crate) async fn fetch(&self, card: &Card, address: &str, into: &Path) -> Result<(), download::Error> {
        let seller = self.sellers.find(&card.provider);
        let provider = self.provider(&card.provider).ok();
        let key = provider.and_then(|provider| provider.key_for(address));
        let header = key.as_ref().zip(seller).map(|((name, value), seller)| Header {
            name,
            value: value.reveal(),
            origin: &seller.base_url,
        });
        let wish = Wish { kind: None, most_bytes: FILE_MAX, timeout: FILE_TIME, idle: FILE_IDLE, header, hosts: &[] };
        self.downloads(seller)?.get(address, &wish, into).await.map(drop)
    }

    /// Fetches something that a plan names: from public addresses, and from those that the installation excepts. `stopped`
    /// is asked now and then.
    pub(crate) async fn bring(
        &self,
        address: &str,
        kind: Option<Kind>,
        into: &Path,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), download::Error> {
        let wish = Wish { kind, most_bytes: FILE_MAX, timeout: FILE_TIME, idle: FILE_IDLE, header: None, hosts: &[] };
        let downloads = self.downloads(None)?;
        let mut fetched = std::pin::pin!(downloads.get(address, &wish, into));
        loop {
            match tokio::time::timeout(STOP_EVERY, fetched.as_mut()).await {
                Ok(got) => return got.map(drop),
                Err(_) if stopped() => {
                    let at = crate::wire::redacted(address);
                    return Err(download::Error::Network { at, why: "we are to stop".to_owned() });
                }
                Err(_) => {}
            }
        }
    }

    fn downloads(&self, seller: Option<&Seller>) -> Result<Downloads, download::Error> {
        let name = seller.map(|seller| seller.name.clone()).unwrap_or_default();
        let mut known = self.downloads.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(downloads) = known.get(&name) {
            return Ok(downloads.clone());
        }
        let mut egress = self.egress.clone();
        if let Some(seller) = seller {
            egress.allow_origin(&seller.base_url);
        }
        let downloads = Downloads::new(egress)?;
        known.insert(name, downloads.clone());
        Ok(downloads)
    }
}

/// Whether a card agrees with what its model says of itself; it need not say anything.
async fn agrees(card: &Card, provider: &dyn Provider) -> Result<bool, Fault> {
    let published = match provider.published(card).await {
        Ok(published) => published,
        Err(fault) if matches!(fault.class, Class::Retired | Class::Denied) => return Err(fault),
        Err(_) => return Ok(false),
    };
    let differences = published.map(|published| published.differences(card)).unwrap_or_default();
    let Some(first) = differences.first() else { return Ok(true) };
    let what = format!("the model `{}` has changed: {first}", card.model);
    let fault = Fault::new(Class::Invalid, Acceptance::No, what).from(Origin::Provider);
    Err(fault.hint("see `retake models --check`, and correct the model in retake.toml"))
}

/// What a download that failed means for the take whose output it is.
pub(super) fn undelivered(error: &download::Error) -> Fault {
    let (class, origin) = match error {
        download::Error::Gone { .. } | download::Error::Forbidden { .. } | download::Error::Address { .. } => {
            (Class::Defective, Origin::Provider)
        }
        download::Error::Kind { .. } | download::Error::Large { .. } => (Class::Defective, Origin::Provider),
        download::Error::File { .. } => (Class::Transient, Origin::Store),
        _ => (Class::Transient, Origin::Network),
    };
    let fault = Fault::new(class, Acceptance::Yes, error.to_string()).from(origin);
    match error.hint() {
        Some(hint) => fault.hint(hint),
        None => fault,
    }
}

/// What a download that failed means for whoever wrote its address into a plan.
pub(super) fn unfetched(error: &download::Error) -> Fault {
    let (class, origin) = match error {
        download::Error::Refused { status, .. } if *status < 500 => (Class::Invalid, Origin::Other),
        download::Error::Forbidden { .. }
        | download::Error::Address { .. }
        | download::Error::Gone { .. }
        | download::Error::Kind { .. }
        | download::Error::Large { .. }
        | download::Error::Exception { .. }
        | download::Error::Setup(_) => (Class::Invalid, Origin::Other),
        download::Error::Throttled { .. } => (Class::Throttled, Origin::RateLimit),
        download::Error::File { .. } => (Class::Transient, Origin::Store),
        download::Error::Refused { .. }
        | download::Error::Short { .. }
        | download::Error::Slow { .. }
        | download::Error::Network { .. } => (Class::Transient, Origin::Network),
    };
    let fault = Fault::new(class, Acceptance::No, error.to_string()).from(origin);
    let fault = match error {
        download::Error::Throttled { retry_after: Some(wait), .. } => fault.retry_after(*wait),
        _ => fault,
    };
    match error {
        download::Error::Gone { .. } | download::Error::Refused { .. } if class == Class::Invalid => {
            fault.hint("look whether the address opens for everybody, or download it and write its path")
        }
        _ => match error.hint() {
            Some(hint) => fault.hint(hint),
            None => fault,
        },
    }
}
