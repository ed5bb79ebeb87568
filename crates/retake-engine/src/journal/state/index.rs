//! What may happen next, kept sorted while folding so that deciding need not search.

use std::collections::{BTreeMap, BTreeSet};

use super::node::Phase;
use super::take::{Bearing, TakeState};
use super::{Node, RunState};
use crate::graph::Ix;
use crate::id::ProviderId;
use crate::moment::Moment;
use crate::money::Money;

/// Something that changed: a take, or a node as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Touch {
    /// A take of the node at this position.
    Take(Ix, u32),
    /// The node at this position.
    Node(Ix),
}

/// Where nodes queue: by who would make them, and whether their route goes on after that.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Queue {
    /// Who would be paid; nobody for local work.
    pub provider: Option<ProviderId>,
    /// Whether there is a later entry.
    pub goes_on: bool,
}

/// What may happen next.
#[derive(Debug, Clone, Default)]
pub struct Index {
    /// Nodes whose key can be asked for.
    pub ready: BTreeSet<Ix>,
    /// Those of the ready nodes and gates that want a last look.
    pub lookers: BTreeSet<Ix>,
    /// Ready gates.
    pub gates: BTreeSet<Ix>,
    /// Nodes that nothing finished stands for, by queue.
    pub keyed: BTreeMap<Queue, BTreeSet<Ix>>,
    /// Nodes whose request is stored and priced.
    pub prepared: BTreeSet<Ix>,
    /// Nodes whose failure is to be judged.
    pub judging: BTreeSet<Ix>,
    /// Nodes whose next take waits for its time.
    pub resting: BTreeSet<(Moment, Ix)>,
    /// Gates that wait for a person.
    pub reviewing: BTreeSet<Ix>,
    /// Nodes that a round may try again.
    pub failed: BTreeSet<Ix>,
    /// Waiting nodes that can no longer start.
    pub doomed: BTreeSet<Ix>,
    /// How many nodes are not settled.
    pub unsettled: usize,
    /// Paid takes that their nodes wait for.
    pub active_paid: BTreeSet<(Ix, u32)>,
    /// Those of them whose work is done at the provider: only the result is still to be fetched.
    pub landed: BTreeSet<(Ix, u32)>,
    /// Local takes that their nodes wait for.
    pub active_local: BTreeSet<(Ix, u32)>,
    /// Open takes that their nodes no longer wait for.
    pub apart: BTreeSet<(Ix, u32)>,
    /// Takes that wait for a person.
    pub held: BTreeSet<(Ix, u32)>,
    /// By the gate that keeps them in unison: who is not, or may have to leave the others.
    pub discord: BTreeMap<Ix, BTreeSet<Ix>>,
    /// Which nodes wait for the result of one that stands for them.
    pub stood_for: BTreeMap<Ix, BTreeSet<Ix>>,
}

impl Index {
    /// How many of so many places are filled by paid takes. What only has to be fetched fills none, so that nobody waits
    /// for a download; but no more than as many again may be on their way, so that what is bought is also brought in.
    pub fn filled(&self, places: usize) -> usize {
        self.active_paid.len() - self.landed.len().min(places)
    }

    /// All takes that are open, those that wait for a person left out.
    pub fn open(&self) -> impl Iterator<Item = (Ix, u32)> + '_ {
        self.active_paid.iter().chain(&self.active_local).chain(&self.apart).copied()
    }

    const fn ready_or_gates(&mut self, has_route: bool) -> &mut BTreeSet<Ix> {
        if has_route { &mut self.ready } else { &mut self.gates }
    }

    fn stands_no_longer(&mut self, stands: Ix, extender: Ix) {
        if let Some(extenders) = self.stood_for.get_mut(&stands) {
            extenders.remove(&extender);
            if extenders.is_empty() {
                self.stood_for.remove(&stands);
            }
        }
    }

    const fn bearing(&mut self, bearing: Bearing, paid: bool) -> Option<&mut BTreeSet<(Ix, u32)>> {
        match bearing {
            Bearing::Active if paid => Some(&mut self.active_paid),
            Bearing::Active => Some(&mut self.active_local),
            Bearing::Apart => Some(&mut self.apart),
            Bearing::Held => Some(&mut self.held),
            Bearing::Over => None,
        }
    }
}

impl RunState {
    /// Moves a node to another phase, and from one set to another.
    pub(super) fn set_phase(&mut self, ix: Ix, phase: Phase) {
        let queue = self.queue(ix);
        let index = &mut self.index;
        let node = &mut self.nodes[ix];
        if !node.phase.is_settled() {
            index.unsettled -= 1;
        }
        match &node.phase {
            Phase::Ready => {
                index.ready_or_gates(queue.is_some()).remove(&ix);
                index.lookers.remove(&ix);
            }
            Phase::Keyed { .. } => {
                if let Some(nodes) = queue.and_then(|queue| index.keyed.get_mut(&queue)) {
                    nodes.remove(&ix);
                }
            }
            Phase::Prepared { .. } => drop(index.prepared.remove(&ix)),
            Phase::Judging { .. } => drop(index.judging.remove(&ix)),
            Phase::Resting { until } => drop(index.resting.remove(&(*until, ix))),
            Phase::Reviewing => drop(index.reviewing.remove(&ix)),
            Phase::Failed => drop(index.failed.remove(&ix)),
            Phase::Waiting => drop(index.doomed.remove(&ix)),
            Phase::Extended { by } => index.stands_no_longer(*by, ix),
            Phase::Taking { .. } | Phase::Complete { .. } | Phase::GivenUp { .. } | Phase::Dropped => {}
        }
        node.reused &= matches!(phase, Phase::Complete { .. });
        node.phase = phase;
        self.enter(ix);
        self.touched.push(Touch::Node(ix));
    }

    /// Puts a node into the set of its phase.
    fn enter(&mut self, ix: Ix) {
        let queue = self.queue(ix);
        let index = &mut self.index;
        let node: &Node = &self.nodes[ix];
        if !node.phase.is_settled() {
            index.unsettled += 1;
        }
        match &node.phase {
            Phase::Ready => {
                index.ready_or_gates(queue.is_some()).insert(ix);
                if self.graph.node(ix).spec.last_look {
                    index.lookers.insert(ix);
                }
            }
            Phase::Keyed { .. } => drop(queue.map(|queue| index.keyed.entry(queue).or_default().insert(ix))),
            Phase::Prepared { .. } => drop(index.prepared.insert(ix)),
            Phase::Judging { .. } => drop(index.judging.insert(ix)),
            Phase::Resting { until } => drop(index.resting.insert((*until, ix))),
            Phase::Reviewing => drop(index.reviewing.insert(ix)),
            Phase::Failed => drop(index.failed.insert(ix)),
            Phase::Extended { by } => drop(index.stood_for.entry(*by).or_default().insert(ix)),
            Phase::Waiting | Phase::Taking { .. } | Phase::Complete { .. } | Phase::GivenUp { .. } | Phase::Dropped => {
            }
        }
        self.note_discord(ix);
        self.recount(ix);
    }

    /// Notes whether a node has failed with an entry, or is past the first one, where others are to be made by the same.
    pub(super) fn note_discord(&mut self, ix: Ix) {
        let Some(gate) = self.graph.unison(ix) else { return };
        let node = &self.nodes[ix];
        if node.entry > 0 || !node.lost.is_empty() || matches!(node.phase, Phase::Failed | Phase::GivenUp { .. }) {
            self.index.discord.entry(gate).or_default().insert(ix);
        } else if let Some(nodes) = self.index.discord.get_mut(&gate) {
            nodes.remove(&ix);
            if nodes.is_empty() {
                self.index.discord.remove(&gate);
            }
        }
    }

    /// Notes a node that has just come into being.
    pub(super) fn count_in(&mut self, ix: Ix) {
        self.enter(ix);
    }

    /// Where the node queues once it is ready; gates queue elsewhere.
    pub(crate) fn queue(&self, ix: Ix) -> Option<Queue> {
        let entry = self.nodes[ix].entry;
        self.graph.entry(ix, entry)?;
        let provider = self.graph.offer(ix, entry).map(|offer| offer.provider.clone());
        Some(Queue { provider, goes_on: entry + 1 < self.graph.node(ix).spec.route.len() })
    }

    /// Changes a take, and moves it from one set to another.
    pub(super) fn change_take(&mut self, ix: Ix, n: u32, change: impl FnOnce(&mut super::Take)) {
        let Some(take) = usize::try_from(n).ok().and_then(|n| self.nodes[ix].takes.get_mut(n - 1)) else { return };
        let before = take.bearing();
        change(take);
        let (after, paid) = (take.bearing(), take.is_paid());
        // What was charged for more than was agreed keeps its place until it is settled, and the run sees it.
        let agreed = |charge: &Option<Money>| charge.is_none_or(|charge| charge <= take.worst);
        let is_done = matches!(&take.state, TakeState::Succeeded { charge, .. } if agreed(charge));
        if paid && after == Bearing::Active && is_done {
            self.index.landed.insert((ix, n));
        } else {
            self.index.landed.remove(&(ix, n));
        }
        self.rebear(ix, n, before, after, paid);
        if self.nodes[ix].phase == (Phase::Taking { n }) {
            self.recount(ix);
        }
    }

    /// Notes a take that has just come into being.
    pub(super) fn count_take_in(&mut self, ix: Ix, n: u32, bearing: Bearing, paid: bool) {
        self.rebear(ix, n, Bearing::Over, bearing, paid);
    }

    fn rebear(&mut self, ix: Ix, n: u32, before: Bearing, after: Bearing, paid: bool) {
        if before != after {
            self.index.bearing(before, paid).map(|takes| takes.remove(&(ix, n)));
            self.index.bearing(after, paid).map(|takes| takes.insert((ix, n)));
        }
        self.touched.push(Touch::Take(ix, n));
    }
}
