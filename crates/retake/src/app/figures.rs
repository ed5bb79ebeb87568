//! What has happened since this process began, counted as it is committed: takes, and how long nodes waited for a place.
//!
//! Plain counters. They are told by the engine's loop, and must cost it nothing that it would notice.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use retake_engine::fault::Class;
use retake_engine::host::{self, Host};
use retake_engine::id::{EntryId, NodeId, RunId, TakeNo};
use retake_engine::journal::{Event, Record, RunState};
use retake_engine::moment::Moment;
use retake_engine::store::commits::{Commits, Spread};

use super::{App, Trouble};

/// The bounds between which waits are told apart, in milliseconds.
const WAITS_MS: [u64; 11] = [5, 25, 100, 500, 1_000, 5_000, 15_000, 60_000, 300_000, 1_800_000, 7_200_000];
/// How many kinds of takes are told apart; more of them are one kind.
const KINDS: usize = 1_000;

/// What became of a take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// It made what its node needed.
    Kept,
    /// It came to a good end after another had.
    Spare,
    /// It came to nothing.
    Failed,
    /// It was provably not accepted.
    Refused,
    /// Nobody knows whether it was accepted.
    Unclear,
    /// It was found, or provably is not there.
    Cleared,
    /// It waits for a person.
    Held,
    /// Nobody will ever know.
    WrittenOff,
}

/// Takes that are counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kind {
    /// By whom they were made; nothing where there are too many to tell apart.
    pub(crate) model: Option<EntryId>,
    /// By what they failed.
    pub(crate) class: Option<Class>,
    /// What became of them.
    pub(crate) fate: Fate,
}

/// The counters.
#[derive(Debug)]
pub(crate) struct Figures {
    takes: Mutex<BTreeMap<Kind, u64>>,
    /// Since when nodes could go ahead that wait for a place.
    ready: Mutex<HashMap<RunId, HashMap<NodeId, Moment>>>,
    /// How long nodes waited for a place, in milliseconds.
    pub(crate) waits_ms: Spread,
}

impl Default for Figures {
    fn default() -> Self {
        Self { takes: Mutex::default(), ready: Mutex::default(), waits_ms: Spread::new(&WAITS_MS) }
    }
}

impl Figures {
    /// All takes that were counted.
    pub(crate) fn takes(&self) -> BTreeMap<Kind, u64> {
        lock(&self.takes).clone()
    }

    /// Counts what was committed of a run.
    fn hear(&self, state: &RunState, records: &[Record]) {
        for record in records {
            self.wait(state.spec().id, record);
            if let Some((take, class, fate)) = fate_of(&record.event) {
                self.count(state, take, class, fate);
            }
        }
    }

    fn count(&self, state: &RunState, take: &TakeNo, class: Option<Class>, fate: Fate) {
        let kind = Kind { model: entry_of(state, take).cloned(), class, fate };
        let mut takes = lock(&self.takes);
        let kind = if takes.len() < KINDS || takes.contains_key(&kind) { kind } else { Kind { model: None, ..kind } };
        *takes.entry(kind).or_default() += 1;
    }

    fn wait(&self, run: RunId, record: &Record) {
        match &record.event {
            Event::Keyed { node, .. } | Event::Prepared { node, .. } => {
                lock(&self.ready).entry(run).or_default().insert(node.clone(), record.at);
            }
            Event::Intended { take, .. } => {
                let since = lock(&self.ready).get_mut(&run).and_then(|nodes| nodes.remove(&take.node));
                if let Some(since) = since {
                    self.waits_ms.count(u64::try_from(record.at.since(since).as_millis()).unwrap_or(u64::MAX));
                }
            }
            Event::Ended { .. } => drop(lock(&self.ready).remove(&run)),
            _ => {}
        }
    }
}

/// By whom a take is made.
pub(crate) fn entry_of<'s>(state: &'s RunState, take: &TakeNo) -> Option<&'s EntryId> {
    let ix = state.graph().find(&take.node)?;
    state.graph().node(ix).spec.route.get(state.take(take)?.entry)
}

/// What an event says of the fate of a take.
fn fate_of(event: &Event) -> Option<(&TakeNo, Option<Class>, Fate)> {
    Some(match event {
        Event::Kept { take, adopted: true, .. } => (take, None, Fate::Kept),
        Event::Kept { take, adopted: false, .. } => (take, None, Fate::Spare),
        Event::Fell { take, fault, .. } => (take, Some(fault.class), Fate::Failed),
        Event::Refused { take, fault } => (take, Some(fault.class), Fate::Refused),
        Event::Lost { take, fault } => (take, Some(fault.class), Fate::Unclear),
        Event::Found { take, .. } | Event::Absent { take } => (take, None, Fate::Cleared),
        Event::Held { take } => (take, None, Fate::Held),
        Event::WrittenOff { take } => (take, None, Fate::WrittenOff),
        _ => return None,
    })
}

fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

impl App {
    /// Counters of all that is committed from now on.
    pub(crate) fn figures(&self) -> Arc<Figures> {
        let figures = Arc::<Figures>::default();
        let counts = Arc::clone(&figures);
        self.listen(move |state, records| counts.hear(state, records));
        figures
    }

    /// Figures of the engine at this moment.
    pub(crate) fn moment(&self) -> Result<host::Figures, Trouble> {
        Ok(self.host.figures()?)
    }

    /// What commits have cost.
    pub(crate) fn commits(&self) -> &Commits {
        Host::commits(&self.host)
    }
}
