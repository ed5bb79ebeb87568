//! The fold of a journal: what is true of a run after its events so far.
//!
//! [`RunState::apply`] is one `match` of legal transitions; anything else is a typed error. Folding decides nothing:
//! what an event leaves open, `decide` closes with another event.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::event::{Ending, Event, Pause, RunSpec, Stop};
use super::{Record, VERSION};
use crate::fault::Fault;
use crate::graph::{Flaw, Graph, Ix, Quote};
use crate::id::{NodeId, ProviderId, RunId, TakeNo, Ticket};
use crate::ledger::{Ledger, Refusal};
use crate::moment::Moment;

mod fate;
mod flow;
mod grow;
mod index;
mod node;
mod person;
mod step;
mod summary;
mod take;

pub use index::{Index, Queue, Touch};
pub use node::{Node, Phase};
pub use summary::{ItemState, Items, Summary};
pub use take::{Bearing, Take, TakeState};

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Nothing was begun.
    Queued,
    /// Something moves, or waits for a time or for another run.
    Running,
    /// Nothing can move until something outside changes.
    Paused(Pause),
    /// Nothing is left to do.
    Ended(Ending),
}

/// Why an event cannot follow the ones before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("record {seq} of the journal cannot follow the ones before it: {why}")]
pub struct Illegal {
    /// Which record.
    pub seq: u64,
    /// Why not.
    pub why: Why,
}

/// What is wrong with an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// Records are numbered without gaps.
    #[error("expected record {expected}")]
    OutOfOrder {
        /// The number that was due.
        expected: u64,
    },
    /// A journal begins with its run, and only begins with it.
    #[error("a journal begins with `created`, once")]
    NotTheBeginning,
    /// It was written by a later version.
    #[error("it is of version {0}; this retake folds up to {VERSION}")]
    Newer(u16),
    /// It names a node that is not there.
    #[error("there is no node `{0}`")]
    NoSuchNode(NodeId),
    /// It names a take that is not there.
    #[error("there is no take `{0}`")]
    NoSuchTake(TakeNo),
    /// The node does not stand where the event would take it from.
    #[error("node `{node}` is {phase}")]
    NodeElsewhere {
        /// Which node.
        node: NodeId,
        /// Where it stands.
        phase: &'static str,
    },
    /// The take does not stand where the event would take it from.
    #[error("take `{take}` is {state}")]
    TakeElsewhere {
        /// Which take.
        take: TakeNo,
        /// Where it stands.
        state: &'static str,
    },
    /// The run does not stand where the event would take it from.
    #[error("the run is {0}")]
    RunElsewhere(&'static str),
    /// The money does not allow it.
    #[error(transparent)]
    Money(#[from] Refusal),
    /// The graph does not hold together.
    #[error(transparent)]
    Graph(#[from] Flaw),
    /// What an extension adds would wait for the node that adds it, or is not allowed.
    #[error("{0}")]
    Extension(String),
}

/// What an extension may cost, and whether that was found to fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Who extended the run, the last one where several did by the same.
    pub extender: Ix,
    /// Which nodes came.
    pub nodes: Vec<Ix>,
    /// Which of them stands for the extender.
    pub stands: Ix,
    /// What they may cost.
    pub quote: Quote,
    /// Whether that fits.
    pub admitted: bool,
}

/// What is true of a run.
#[derive(Debug, Clone)]
pub struct RunState {
    /// What it is asked to do; its nodes, entries and policies have moved into the graph.
    pub(crate) spec: RunSpec,
    pub(crate) graph: Graph,
    pub(crate) nodes: Vec<Node>,
    pub(crate) ledger: Ledger,
    pub(crate) index: Index,
    pub(crate) counts: summary::Counts,
    pub(crate) tickets: BTreeMap<(ProviderId, Ticket), (Ix, u32)>,
    pub(crate) batches: Vec<Batch>,
    pub(crate) denied: BTreeMap<ProviderId, Fault>,
    pub(crate) asked_once_more: BTreeSet<(Ix, Ix, u32)>,
    pub(crate) status: Status,
    pub(crate) stop: Option<Stop>,
    pub(crate) superseded_by: Option<RunId>,
    /// An overrun up to this much was seen by a person.
    pub(crate) overrun_seen: crate::money::Money,
    pub(crate) round: u32,
    pub(crate) seq: u64,
    /// When its last record was written, by the clock of who wrote it.
    pub(crate) written: Moment,
    /// What changed since somebody last looked: read and emptied by the flight.
    pub(crate) touched: Vec<Touch>,
}

impl RunState {
    /// Folds a whole journal.
    ///
    /// # Errors
    /// Says which record cannot follow the ones before it.
    pub fn fold<'a>(records: impl IntoIterator<Item = &'a Record>) -> Result<Self, Illegal> {
        let mut records = records.into_iter();
        let first = records.next().ok_or(Illegal { seq: 1, why: Why::NotTheBeginning })?;
        let mut state = Self::begin(first)?;
        for record in records {
            state.apply(record)?;
        }
        state.touched.clear();
        Ok(state)
    }

    /// The state after the first record.
    ///
    /// # Errors
    /// Says so where the record does not begin a run, or its graph does not hold together.
    pub fn begin(first: &Record) -> Result<Self, Illegal> {
        let illegal = |why| Illegal { seq: first.seq, why };
        let Event::Created { run } = &first.event else { return Err(illegal(Why::NotTheBeginning)) };
        if first.seq != 1 {
            return Err(illegal(Why::OutOfOrder { expected: 1 }));
        }
        if first.v > VERSION {
            return Err(illegal(Why::Newer(first.v)));
        }
        Self::new(run.as_ref().clone(), first.at).map_err(illegal)
    }

    fn new(mut spec: RunSpec, written: Moment) -> Result<Self, Why> {
        let entries = std::mem::take(&mut spec.entries);
        let policies = std::mem::take(&mut spec.policies);
        spec.source = None;
        let graph = Graph::new(entries, policies, std::mem::take(&mut spec.nodes))?;
        if graph.find(&spec.goal).is_none() {
            return Err(Why::NoSuchNode(spec.goal));
        }
        let mut state = Self {
            ledger: Ledger::new(spec.cap),
            nodes: Vec::with_capacity(graph.len()),
            index: Index::default(),
            counts: summary::Counts::default(),
            tickets: BTreeMap::new(),
            batches: Vec::new(),
            denied: BTreeMap::new(),
            asked_once_more: BTreeSet::new(),
            status: Status::Queued,
            stop: None,
            superseded_by: None,
            overrun_seen: crate::money::Money::ZERO,
            round: 0,
            seq: 1,
            written,
            touched: Vec::new(),
            spec,
            graph,
        };
        state.place(None);
        Ok(state)
    }

    /// Applies the next record.
    ///
    /// # Errors
    /// Says why it cannot follow; the state is then not to be used further.
    pub fn apply(&mut self, record: &Record) -> Result<(), Illegal> {
        let illegal = |why| Illegal { seq: record.seq, why };
        if record.seq != self.seq + 1 {
            return Err(illegal(Why::OutOfOrder { expected: self.seq + 1 }));
        }
        if record.v > VERSION {
            return Err(illegal(Why::Newer(record.v)));
        }
        if record.at < self.written {
            self.clock_was_set_back();
        }
        self.transition(&record.event, record.at).map_err(illegal)?;
        self.seq = record.seq;
        self.written = record.at;
        Ok(())
    }

    /// Nobody can tell any longer how old the open takes are. Where they stand is the same.
    fn clock_was_set_back(&mut self) {
        let takes: Vec<(Ix, u32)> = self.index.open().chain(self.index.held.iter().copied()).collect();
        for (ix, n) in takes {
            if let Some(take) = usize::try_from(n).ok().and_then(|n| self.nodes[ix].takes.get_mut(n - 1)) {
                take.untimed = true;
            }
        }
    }

    /// The one table of legal transitions.
    fn transition(&mut self, event: &Event, at: Moment) -> Result<(), Why> {
        match event {
            Event::Created { .. } => Err(Why::NotTheBeginning),
            Event::CapSet { cap } => self.cap_set(*cap),
            Event::DeadlineSet { deadline } => self.deadline_set(*deadline),
            Event::Paused { pause } => self.paused(pause),
            Event::Continued => self.continued(),
            Event::Stopped { stop } => self.stopped(*stop),
            Event::Superseded { by } => self.superseded(*by),
            Event::Resumed => self.resumed(),
            Event::Retried => self.retried(),
            Event::Redone { node, salt } => self.redone(node, *salt),
            Event::Picked { take } => self.picked(take),
            Event::RoundBegan { round } => self.round_began(*round),
            Event::Admitted { node } => self.admitted(node),
            Event::Ended { ending } => self.ended(*ending),

            Event::Keyed { node, entry, key } => self.keyed(node, *entry, *key),
            Event::Reused { node, outputs, cost, extension, key: _, from: _ } => {
                self.reused(node, outputs, *cost, extension.as_ref())
            }
            Event::Skipped { node, entry, fault } => self.skipped(node, *entry, fault),
            Event::Waits { node, why } => self.waits(node, why),
            Event::Prepared { node, request, worst } => self.prepared(node, *request, *worst),
            Event::Unready { node, fault } => self.unready(node, fault),
            Event::Retrying { node, entry, not_before } => self.retrying(node, *entry, *not_before),
            Event::Failed { node } => self.failed(node),
            Event::GaveUp { node, fault, because } => self.gave_up(node, fault, because.as_ref()),
            Event::Opened { node } => self.opened(node),
            Event::Reviewing { node } => self.reviewing(node),
            Event::AskedOnceMore { node, take } => self.asked_once_more(node, take),

            Event::Intended { take, entry, key, request, worst, answer_by } => self.intended(
                take,
                take::Intent { entry: *entry, key: *key, request: *request, worst: *worst },
                at,
                *answer_by,
            ),
            Event::Resent { take } => self.resent(take),
            Event::Submitted { take, ticket } => self.submitted(take, ticket, at),
            Event::Refused { take, fault } => self.refused(take, fault),
            Event::Lost { take, fault } => self.lost(take, fault, at),
            Event::Found { take, ticket } => self.found(take, ticket, at),
            Event::Absent { take } => self.absent(take),
            Event::Held { take } => self.held(take),
            Event::WrittenOff { take } => self.written_off(take),
            Event::Resolved { take, verdict } => self.resolved(take, *verdict, at),
            Event::Stray { take, of, ticket } => self.stray(take, of, ticket, at),
            Event::Expired { take } => self.expired(take, at),
            Event::Cancelling { take } => self.cancelling(take),
            Event::Late { take } => self.late(take),
            Event::Succeeded { take, charge } => self.succeeded(take, *charge, at),
            Event::Fell { take, fault, charge, extension } => self.fell(take, fault, *charge, extension.as_ref()),
            Event::Kept { take, outputs, charge, adopted, extension } => {
                self.kept(take, outputs, *charge, *adopted, extension.as_ref())
            }
        }
    }

    /// What it is asked to do; nodes, entries and policies are in [`Self::graph`].
    #[must_use]
    pub const fn spec(&self) -> &RunSpec {
        &self.spec
    }

    /// What is to be made.
    #[must_use]
    pub const fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Its money.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Where it stands.
    #[must_use]
    pub const fn status(&self) -> &Status {
        &self.status
    }

    /// Its nodes, by position.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The number of its last record.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// What may happen next, sorted by what it waits for.
    #[must_use]
    pub const fn index(&self) -> &Index {
        &self.index
    }

    /// The take of this name.
    #[must_use]
    pub fn take(&self, no: &TakeNo) -> Option<&Take> {
        let ix = self.graph.find(&no.node)?;
        self.nodes[ix].take(no.n)
    }

    /// The name of a take.
    #[must_use]
    pub(crate) fn no(&self, ix: Ix, n: u32) -> TakeNo {
        TakeNo { node: self.id(ix).clone(), n }
    }

    /// The name of a node.
    #[must_use]
    pub(crate) fn id(&self, ix: Ix) -> &NodeId {
        &self.graph.node(ix).spec.id
    }
}
