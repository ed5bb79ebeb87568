//! The owner as one of several tenants sees it: their runs, and nobody else's.
//!
//! Owns the rule that what belongs to somebody else is not there. Whoever speaks for a tenant has one of these and no
//! [`App`], so that no way around it can be written by mistake.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use retake_engine::host::Outlook;
use retake_engine::id::{AccountId, Hash, RunId};
use retake_engine::journal::state::Summary;
use retake_engine::journal::{Event, Record};
use retake_engine::moment::Moment;
use retake_engine::store::Listed;
use retake_film::artifacts::Artifacts;
use retake_film::deliver::{self, Store};
use retake_film::film::ARTIFACTS;

use super::posted::{Accepted, Declined, Post};
use super::registry::{Notice, Registry};
use super::room::Places;
use super::trouble::unkept;
use super::{App, Trouble, beside, brief};
use crate::config::Config;
use crate::door::wire::{Brief, Quoted, Reply, Request};

/// Whose money is spent where nobody needs a token.
const NOBODYS: &str = "default";

/// How long a store may take to have an address signed.
const PATIENCE: Duration = Duration::from_secs(20);

/// The owner, for one tenant.
#[derive(Clone)]
pub(crate) struct Counter {
    app: Arc<App>,
    registry: Arc<Registry>,
    /// Whose runs are seen; all, where there is only one person.
    account: Option<AccountId>,
}

/// Which runs are listed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Those that stand there, in one of the seven words.
    pub(crate) status: Option<String>,
    /// Those created before this one.
    pub(crate) before: Option<RunId>,
}

/// Some runs, the newest first.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// These.
    pub(crate) runs: Vec<Brief>,
    /// Whether there are more.
    pub(crate) more: bool,
}

impl Counter {
    /// For whoever pays from this account; for the only person there is, where nobody needs a token.
    pub(crate) const fn new(app: Arc<App>, registry: Arc<Registry>, account: Option<AccountId>) -> Self {
        Self { app, registry, account }
    }

    /// Whose money is spent.
    pub(crate) fn account(&self) -> AccountId {
        self.account.clone().unwrap_or_else(|| NOBODYS.into())
    }

    /// Whose runs are seen; nobody is named where all are.
    pub(super) const fn account_seen(&self) -> Option<&AccountId> {
        self.account.as_ref()
    }

    fn is_theirs(&self, listed: &Listed) -> bool {
        self.account.as_ref().is_none_or(|account| *account == listed.account)
    }

    pub(super) fn own(&self, run: RunId) -> Result<Listed, Trouble> {
        let found = self.app.host.find(run)?.filter(|listed| self.is_theirs(listed));
        found.ok_or_else(|| Trouble::missing(format!("there is no run {run}")).hint("GET /api/runs lists them"))
    }

    /// One of their runs.
    pub(crate) fn find(&self, run: RunId) -> Result<Brief, Trouble> {
        self.own(run).map(brief)
    }

    /// The run that makes the film whose scenes this one has written.
    pub(crate) fn film_after(&self, run: RunId) -> Result<Option<RunId>, Trouble> {
        self.app.film_after(&self.own(run)?)
    }

    /// The newest run of a film, where this one is not.
    pub(crate) fn newer_than(&self, run: RunId) -> Result<Option<RunId>, Trouble> {
        self.app.newer_than(&self.own(run)?)
    }

    /// Their runs.
    pub(crate) fn list(&self, filter: &Filter, most: usize) -> Result<Page, Trouble> {
        let fits = |summary: Option<&Summary>| {
            filter.status.as_ref().is_none_or(|word| summary.is_some_and(|summary| summary.status.word() == word))
        };
        let (mut runs, mut more) = (Vec::new(), false);
        self.app.host.newest(self.account.as_ref(), filter.before, &mut |listed| {
            let is_one = fits(listed.summary.as_ref());
            more = is_one && runs.len() == most;
            runs.extend(Some(listed).filter(|_| is_one && !more).map(brief));
            !more
        })?;
        Ok(Page { runs, more })
    }

    /// What was written down of a run after one of its records.
    pub(crate) fn records(&self, run: RunId, after: u64) -> Result<Vec<Record>, Trouble> {
        self.own(run)?;
        Ok(self.app.host.journal_after(run, after)?)
    }

    /// What the nodes of a run wait for; nothing where nobody carries it.
    pub(crate) fn outlook(&self, run: RunId) -> Result<Option<Outlook>, Trouble> {
        self.own(run)?;
        Ok(self.app.host.outlook(run).ok())
    }

    /// Has somebody called whenever something of a run was written down.
    pub(crate) fn call(&self, run: RunId, bell: impl Fn() -> bool + Send + 'static) -> Result<(), Trouble> {
        self.own(run)?;
        self.app.host.call(run, bell);
        Ok(())
    }

    /// Does something about a run.
    pub(crate) fn tell(&self, run: RunId, deed: impl FnOnce(Option<String>) -> Request) -> Result<Brief, Trouble> {
        self.own(run)?;
        match self.app.answer(deed(Some(run.to_string())))? {
            Reply::Run(brief) => Ok(*brief),
            _ => self.find(run),
        }
    }

    /// Begins the film of a plan that was sent.
    pub(crate) fn post(&self, post: &Post) -> Result<Accepted, Declined> {
        self.app.post(post, &|hash| self.has(hash))
    }

    /// The same, where there is room for it.
    pub(super) fn begin(&self, post: &Post) -> Result<Accepted, Declined> {
        self.app.begin(post, &|hash| self.has(hash))
    }

    /// Keeps room for so many runs.
    pub(super) fn places(&self, count: usize) -> Result<Places<'_>, Trouble> {
        self.app.places(count)
    }

    /// What making that film would do and cost.
    pub(crate) fn quote(&self, post: &Post) -> Result<Quoted, Declined> {
        self.app.quote_post(post, &|hash| self.has(hash))
    }

    /// A stored file that one of their runs has made or was given, by its hash.
    pub(crate) fn artifact(&self, hash: &Hash) -> Result<PathBuf, Trouble> {
        let none = || Trouble::missing(format!("there is no artifact {hash}"));
        if !self.has(hash)? {
            return Err(none());
        }
        let artifacts = Artifacts::open(&self.app.data().join(ARTIFACTS)).map_err(unkept)?;
        artifacts.path(hash).ok_or_else(none)
    }

    /// Whether they have sent it, or a run of theirs has made it. That somebody knows a hash, and has it written into a
    /// journal of theirs, does not make it theirs.
    pub(super) fn has(&self, hash: &Hash) -> Result<bool, Trouble> {
        // The only person there is may see all there is.
        let Some(account) = &self.account else { return Ok(true) };
        if self.registry.has_upload(account, hash)? || self.registry.has_made(account, hash)? {
            return Ok(true);
        }
        let mut theirs = Vec::new();
        self.app.host.newest(Some(account), None, &mut |listed| {
            theirs.push((listed.run, listed.seq));
            true
        })?;
        for (run, seq) in theirs {
            let before = self.registry.perused(run)?;
            if before < seq {
                let records = self.app.host.journal_after(run, before)?;
                let made: Vec<Hash> = records.iter().flat_map(|record| made(&record.event)).collect();
                let last = records.last().map_or(before, |record| record.seq);
                self.registry.peruse(account, run, last, &made)?;
            }
        }
        self.registry.has_made(account, hash)
    }

    /// The plan that a run was made of, as it lies there now.
    pub(crate) fn plan_of(&self, summary: &Summary) -> Option<PathBuf> {
        let file = self.app.home().join(&**summary.about.get(super::PLAN)?);
        self.app.lay_out(&file).ok().map(|()| file)
    }

    /// Where a path that a run names relative to its plan is.
    pub(crate) fn beside_plan(&self, summary: &Summary, path: &str) -> Option<PathBuf> {
        beside(&self.app.home().join(&**summary.about.get(super::PLAN)?), path)
    }

    /// An address under which anybody can fetch for so long what a run has delivered there; nothing for what lies in a
    /// folder.
    pub(crate) fn signed(&self, path: &str, lasts: Duration) -> Result<Option<String>, Trouble> {
        let Some((folder, name)) = path.rsplit_once('/').filter(|_| path.contains("://")) else { return Ok(None) };
        let options = self.app.ground.config.stores.for_store(path);
        let store = Store { url: folder.to_owned(), options, patience: PATIENCE };
        let signed = deliver::signed(name, &store, lasts);
        let unsigned = |error: deliver::Error| {
            let trouble = match error {
                deliver::Error::Denied { .. } => Trouble::refused(error.to_string()),
                _ => Trouble::internal(error.to_string()),
            };
            Trouble { hint: error.hint().map(str::to_owned), ..trouble }
        };
        signed.map(Some).map_err(unsigned)
    }

    /// What was told of their runs.
    pub(crate) fn notices(&self, run: Option<RunId>, most: u32) -> Result<Vec<Notice>, Trouble> {
        self.registry.notices(self.account.as_ref(), run, most)
    }

    /// Has a notice sent again; says whether it is theirs.
    pub(crate) fn tell_again(&self, id: &str, now: Moment) -> Result<bool, Trouble> {
        self.registry.tell_again(self.account.as_ref(), id, now)
    }

    /// The secret that their notices are signed with.
    pub(crate) fn secret(&self) -> Result<Vec<u8>, Trouble> {
        self.registry.secret(&self.account())
    }

    /// The owner itself, for what is done for this tenant alone.
    pub(super) fn app(&self) -> &App {
        &self.app
    }

    /// What is kept besides journals.
    pub(super) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Where everything lies.
    pub(super) fn data(&self) -> &Path {
        self.app.data()
    }

    /// What was set.
    pub(super) fn config(&self) -> &Config {
        &self.app.ground.config
    }
}

/// What an event says to have been made.
fn made(event: &Event) -> impl Iterator<Item = Hash> {
    let outputs = match event {
        Event::Kept { outputs, .. } | Event::Reused { outputs, .. } => Some(outputs),
        _ => None,
    };
    outputs.into_iter().flat_map(|outputs| outputs.artifacts.iter().map(|artifact| artifact.hash))
}
