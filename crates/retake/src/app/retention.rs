//! How long what was made is kept, and what is removed after that.
//!
//! Owns the rules. Journals stay: what was decided and paid is known for ever. What an unfinished run may need is kept,
//! and so is paid work whose film was not delivered.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use retake_engine::id::{AccountId, Hash, RunId};
use retake_engine::journal::event::Ending;
use retake_engine::journal::state::{Status, Summary};
use retake_engine::moment::Moment;
use retake_engine::store::Listed;
use retake_film::artifacts::Artifacts;
use retake_film::film::ARTIFACTS;
use serde::{Deserialize, Serialize};

use super::registry::Registry;
use super::trouble::unkept;
use super::{App, Trouble, now};
use crate::config::Retention;

/// How much earlier than a run something may have been stored that it needs: its files are brought first.
const BROUGHT: Duration = Duration::from_secs(3_600);

/// How long it is remembered what was told, and which runs were begun together.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 3_600);

/// Some files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Amount {
    /// How many.
    pub(crate) files: u64,
    /// How many bytes they have together.
    pub(crate) bytes: u64,
}

impl Amount {
    fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }
}

/// What was removed, or would be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cleared {
    /// What no run names.
    pub(crate) nobodys: Amount,
    /// What was uploaded, and is named by no run that counts.
    pub(crate) uploads: Amount,
    /// What runs have made whose time is over; what several have made counts for the last one.
    pub(crate) runs: BTreeMap<RunId, Amount>,
}

impl Cleared {
    /// All of it.
    pub(crate) fn all(&self) -> Amount {
        let parts = [&self.nobodys, &self.uploads].into_iter().chain(self.runs.values());
        parts.fold(Amount::default(), |all, part| Amount {
            files: all.files + part.files,
            bytes: all.bytes + part.bytes,
        })
    }
}

/// Held by whoever brings files for a run that is not there yet.
#[derive(Debug, Default)]
pub(super) struct Bringing(RwLock<()>);

impl Bringing {
    /// Nothing is removed until this is dropped.
    pub(super) fn begin(&self) -> RwLockReadGuard<'_, ()> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a run names, as of one of its records.
struct Named {
    seq: u64,
    hashes: HashSet<Hash>,
}

impl App {
    /// Removes what is kept no longer; or only counts it.
    pub(crate) fn clear(&self, dry: bool) -> Result<Cleared, Trouble> {
        let mut cleared = Cleared::default();
        let registry = Registry::open(self.data())?;
        if !dry {
            self.forget(&registry)?;
        }
        let folder = self.data().join(ARTIFACTS);
        if !folder.is_dir() {
            return Ok(cleared);
        }
        // Almost all that is to be read is read while everything else goes on.
        let artifacts = Artifacts::open(&folder).map_err(unkept)?;
        let stored = artifacts.list().map_err(unkept)?;
        let mut named = HashMap::new();
        let listed = self.name(&mut named)?;
        let over = self.over(&listed, &named, &stored.iter().map(|stored| stored.hash).collect())?;
        let _nobody_brings = self.bringing.0.write().unwrap_or_else(PoisonError::into_inner);
        let _nobody_begins = self.carried();
        let plan = Plan::of(self, &registry, &self.name(&mut named)?, &named, &over)?;
        for stored in stored {
            let amount = match plan.over.get(&stored.hash) {
                _ if plan.kept.contains(&stored.hash) => continue,
                Some(run) => cleared.runs.entry(*run).or_default(),
                None if plan.uploads.contains(&stored.hash) => &mut cleared.uploads,
                None if !plan.is_old(&artifacts, &stored.hash) => continue,
                None => &mut cleared.nobodys,
            };
            if !dry {
                artifacts.remove(&stored.hash).map_err(unkept)?;
            }
            amount.add(stored.bytes);
        }
        if !dry {
            registry.forget_uploads(&plan.uploads)?;
        }
        Ok(cleared)
    }

    /// Forgets what was told long ago, and which runs were begun together that are over for as long.
    fn forget(&self, registry: &Registry) -> Result<(), Trouble> {
        let before = Moment::from_ms(now().ms().saturating_sub(millis(REMEMBERED)));
        registry.forget_told(before)?;
        let listed = self.host.list()?;
        let is_fresh = |listed: &&Listed| {
            let is_over = |summary: &Summary| matches!(summary.status, Status::Ended(_));
            listed.changed > before || !listed.summary.as_ref().is_some_and(is_over)
        };
        let fresh: HashSet<RunId> = listed.iter().filter(is_fresh).map(|listed| listed.run).collect();
        registry.forget_batches(before, &|run| fresh.contains(run))
    }

    /// What each run names, read again where it has gone on since.
    fn name(&self, named: &mut HashMap<RunId, Named>) -> Result<Vec<Listed>, Trouble> {
        let listed = self.host.list()?;
        for Listed { run, seq, .. } in &listed {
            if named.get(run).is_some_and(|known| known.seq == *seq) {
                continue;
            }
            let mut hashes = HashSet::new();
            for record in self.host.journal(*run)? {
                let line = record.line();
                let words = line.split(|letter: char| !letter.is_ascii_alphanumeric());
                hashes.extend(words.filter_map(|word| word.parse::<Hash>().ok()));
            }
            named.insert(*run, Named { seq: *seq, hashes });
        }
        Ok(listed)
    }

    /// The runs whose time is over and of which something is still stored, each as of its last record. To look whether a
    /// film lies where it was delivered takes a while.
    fn over(
        &self,
        listed: &[Listed],
        named: &HashMap<RunId, Named>,
        stored: &HashSet<Hash>,
    ) -> Result<HashMap<RunId, u64>, Trouble> {
        let Some(after) = self.ground.config.retention().runs else { return Ok(HashMap::new()) };
        let now = now();
        let mut over = HashMap::new();
        for one in listed {
            let has_some = named.get(&one.run).is_some_and(|named| !named.hashes.is_disjoint(stored));
            if has_some && self.is_over(one, now, after)? {
                over.insert(one.run, one.seq);
            }
        }
        Ok(over)
    }

    /// Whether what a run has made may go.
    fn is_over(&self, listed: &Listed, now: Moment, after: Duration) -> Result<bool, Trouble> {
        let Some(summary) = listed.summary.as_ref().filter(|summary| !summary.awake) else { return Ok(false) };
        if now.since(listed.changed) < after || !matches!(summary.status, Status::Ended(_)) {
            return Ok(false);
        }
        if !was_paid(summary) {
            return Ok(true);
        }
        if summary.status != Status::Ended(Ending::Completed) {
            return Ok(false);
        }
        let (_, state) = self.state(listed.run)?;
        Ok(self.ground.craft.is_delivered(&state, &self.home()))
    }
}

/// Whether anything of a run has cost money, to it or to whom it has it from.
fn was_paid(summary: &Summary) -> bool {
    let costs = [summary.settled, summary.reserved, summary.written_off, summary.overrun, summary.saved_by_reuse];
    costs.iter().any(|cost| !cost.is_zero())
}

/// What stays and what goes.
struct Plan {
    /// What some run has a right to, and what was uploaded lately.
    kept: HashSet<Hash>,
    /// What runs name whose time is over.
    over: HashMap<Hash, RunId>,
    /// What was uploaded, and has lain there for long enough.
    uploads: HashSet<Hash>,
    /// What nobody names stays that is younger.
    before: Moment,
}

impl Plan {
    fn of(
        app: &App,
        registry: &Registry,
        listed: &[Listed],
        named: &HashMap<RunId, Named>,
        ended: &HashMap<RunId, u64>,
    ) -> Result<Self, Trouble> {
        let Retention { artifacts, uploads, .. } = app.ground.config.retention();
        let now = now();
        let is_awake = |listed: &&Listed| listed.summary.as_ref().is_none_or(|summary| summary.awake);
        let awake: Vec<&Listed> = listed.iter().filter(is_awake).collect();
        // Whoever goes on may take over at any moment what was made before for the same account.
        let busy: HashSet<&AccountId> = awake.iter().map(|listed| &listed.account).collect();
        let (mut kept, mut over) = (HashSet::new(), HashMap::new());
        for one in listed {
            let Some(hashes) = named.get(&one.run).map(|named| &named.hashes) else { continue };
            // Whatever has happened to it since it was looked at, it wants to be kept.
            let goes = ended.get(&one.run) == Some(&one.seq) && !busy.contains(&one.account);
            if goes {
                over.extend(hashes.iter().map(|hash| (*hash, one.run)));
            } else {
                kept.extend(hashes);
            }
        }
        let oldest = awake.iter().map(|listed| listed.created.ms()).min().unwrap_or(u64::MAX);
        let aged = now.ms().saturating_sub(millis(artifacts));
        let before = Moment::from_ms(aged.min(oldest.saturating_sub(millis(BROUGHT))));
        let mut gone = HashSet::new();
        for (hash, at) in registry.uploads_at()? {
            if uploads.is_some_and(|after| now.since(at) >= after) && at < before {
                gone.insert(hash);
            } else {
                kept.insert(hash);
            }
        }
        // Somebody else may have sent the same later.
        gone.retain(|hash| !kept.contains(hash));
        Ok(Self { kept, over, uploads: gone, before })
    }

    /// Whether something has lain there for long enough.
    fn is_old(&self, artifacts: &Artifacts, hash: &Hash) -> bool {
        let changed = artifacts.path(hash).and_then(|path| path.metadata().ok()?.modified().ok());
        let since = changed.and_then(|changed| changed.duration_since(std::time::UNIX_EPOCH).ok());
        since.is_some_and(|since| Moment::default().after(since) <= self.before)
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
