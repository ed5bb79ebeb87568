//! How what settles reaches what waits for it, and how what is reopened takes it back.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::node::{Node, Phase};
use super::{RunState, Why};
use crate::fault::Fault;
use crate::graph::{Extension, Ix};
use crate::id::{NodeId, TakeNo};
use crate::performer::Outputs;

impl RunState {
    /// Gives every node that is new to the graph its state.
    pub(super) fn place(&mut self, batch: Option<usize>) {
        let first = self.nodes.len();
        for ix in first..self.graph.len() {
            let salt = self.spec.salts.get(self.id(ix)).copied().unwrap_or(0);
            self.nodes.push(Node::new(salt, batch));
            self.count_in(ix);
        }
        for ix in first..self.graph.len() {
            self.look_around(ix);
        }
    }

    /// Counts what a waiting node still waits for, and starts or dooms it where that is settled.
    fn look_around(&mut self, ix: Ix) {
        let settled = |at: &Ix| self.nodes[*at].phase.is_settled();
        let waits = self.graph.edges(ix).filter(|at| !settled(at)).count();
        let lacks = self.graph.node(ix).needs.iter().any(|at| settled(at) && self.nodes[*at].outputs().is_none());
        self.nodes[ix].waits = waits;
        if lacks {
            self.index.doomed.insert(ix);
        } else if waits == 0 {
            self.start(ix);
        }
    }

    /// All that a node waits for is settled: it is ready, or there is too little of it.
    fn start(&mut self, ix: Ix) {
        let node = self.graph.node(ix);
        let there = node.awaits.iter().filter(|at| self.nodes[**at].outputs().is_some()).count();
        if there < node.spec.at_least {
            self.index.doomed.insert(ix);
        } else {
            self.set_phase(ix, Phase::Ready);
        }
    }

    /// The node was made.
    pub(super) fn complete(&mut self, ix: Ix, outputs: Arc<Outputs>, extension: Option<&Extension>) -> Result<(), Why> {
        self.set_aside(ix, None);
        if let Some(extension) = extension {
            return self.extend(ix, extension);
        }
        self.set_phase(ix, Phase::Complete { outputs });
        self.settle(ix);
        Ok(())
    }

    /// The entry of the take by which a node was made is its own: a late one may be of an earlier entry than the one that
    /// was tried last. Not before it has left the queue of that.
    pub(super) fn made_by(&mut self, ix: Ix, no: &TakeNo) {
        if let Some(entry) = self.nodes[ix].take(no.n).map(|take| take.entry) {
            self.nodes[ix].entry = entry;
            self.nodes[ix].was_made(entry);
            self.note_discord(ix);
        }
    }

    /// What came too late for a node in unison is there if all go back to its entry, unless something else is wanted now.
    pub(super) fn could_be_made(&mut self, ix: Ix, no: &TakeNo) {
        let node = &mut self.nodes[ix];
        let is_wanted = usize::try_from(no.n).is_ok_and(|n| n > node.before);
        let entry = node.take(no.n).map(|take| take.entry).filter(|_| is_wanted);
        if let Some(entry) = entry.filter(|_| self.graph.unison(ix).is_some()) {
            node.was_made(entry);
        }
    }

    /// The node will not be made.
    pub(super) fn give_up(&mut self, ix: Ix, fault: Fault, because: Option<NodeId>) {
        self.set_phase(ix, Phase::GivenUp { fault: Box::new(fault), because });
        self.settle(ix);
    }

    /// Tells those that wait for a node that it is settled.
    pub(super) fn settle(&mut self, ix: Ix) {
        let made = self.nodes[ix].outputs().cloned();
        for place in 0..self.graph.node(ix).dependents.len() {
            let next = self.graph.node(ix).dependents[place];
            if self.nodes[next].phase == Phase::Waiting {
                self.nodes[next].waits = self.nodes[next].waits.saturating_sub(1);
                if made.is_none() && self.graph.node(next).needs.contains(&ix) {
                    self.index.doomed.insert(next);
                } else if self.nodes[next].waits == 0 && !self.index.doomed.contains(&next) {
                    self.start(next);
                }
            } else if self.nodes[next].phase == (Phase::Extended { by: ix }) {
                self.stand_for(ix, next);
            }
        }
    }

    /// The result of `ix` becomes that of the node that it stands for.
    pub(super) fn stand_for(&mut self, ix: Ix, extender: Ix) {
        let phase = match &self.nodes[ix].phase {
            Phase::Complete { outputs } => Phase::Complete { outputs: Arc::clone(outputs) },
            Phase::GivenUp { fault, .. } => Phase::GivenUp { fault: fault.clone(), because: Some(self.id(ix).clone()) },
            // It is not settled yet; when it is, this is asked again.
            _ => return,
        };
        self.nodes[extender].reused = self.nodes[ix].reused;
        self.set_phase(extender, phase);
        self.settle(extender);
    }

    /// The node has no more use for its open takes, but for this one.
    pub(super) fn set_aside(&mut self, ix: Ix, but: Option<u32>) {
        for n in 1..self.nodes[ix].next_take() {
            if Some(n) != but {
                self.change_take(ix, n, |take| take.aside = true);
            }
        }
    }

    /// Everything after these nodes that still counts.
    pub(super) fn after(&self, roots: &[Ix]) -> BTreeSet<Ix> {
        let mut reached = BTreeSet::new();
        let mut queue = roots.to_vec();
        while let Some(at) = queue.pop() {
            let counts = |next: &Ix| !matches!(self.nodes[*next].phase, Phase::Dropped);
            let dependents = self.graph.node(at).dependents.iter().copied();
            queue.extend(dependents.filter(counts).filter(|next| reached.insert(*next)));
        }
        reached
    }

    /// The node that stands for this one, where it is only by that one's result that these concern it: what it was made
    /// of stays, and so does what it brought.
    fn stood_for(&self, ix: Ix, concerned: &BTreeSet<Ix>) -> Option<Ix> {
        let stands = self.batches[self.nodes[ix].brought?].stands;
        let itself = self.graph.edges(ix).any(|edge| concerned.contains(&edge));
        (concerned.contains(&stands) && !itself).then_some(stands)
    }

    /// Makes these nodes wait anew, and everything after them.
    pub(super) fn reopen(&mut self, roots: &[Ix]) {
        let mut all = self.after(roots);
        all.extend(roots);
        let mut dropped = Vec::new();
        for &ix in &all {
            self.set_aside(ix, None);
            if let Some(by) = self.stood_for(ix, &all).filter(|_| !roots.contains(&ix)) {
                self.set_phase(ix, Phase::Extended { by });
                continue;
            }
            // What comes before it may be another: its route is tried from the start, or from where the others stand.
            self.set_phase(ix, Phase::Waiting);
            if !self.graph.node(ix).spec.unison {
                self.nodes[ix].entry = self.in_step(ix, roots);
                self.nodes[ix].forget_unison();
            }
            self.nodes[ix].attempts = 0;
            self.nodes[ix].faults.clear();
            if let Some(batch) = self.nodes[ix].brought.take() {
                dropped.push(batch);
            }
        }
        for batch in dropped {
            self.drop_batch(batch);
        }
        let waiting = |ix: &Ix| matches!(self.nodes[*ix].phase, Phase::Waiting);
        let nodes: Vec<Ix> = all.into_iter().filter(waiting).collect();
        self.reopen_only(&nodes);
    }

    /// What is settled is to be made by the entry of those with whom it is in unison, or not at all. As a rule nothing
    /// that waits for it has begun, since all of that waits for their gate; whatever has is taken back.
    pub(super) fn take_back(&mut self, ix: Ix) {
        let graph = &self.graph;
        let idle = |at: &Ix| match self.nodes[*at].phase {
            Phase::Waiting => true,
            Phase::Ready => graph.node(*at).spec.unison,
            _ => false,
        };
        match self.nodes[ix].phase {
            Phase::Complete { .. } => {}
            Phase::GivenUp { because: None, .. } => return self.reopen_knowing(ix),
            _ => return,
        }
        if self.nodes[ix].brought.is_some() || !graph.node(ix).dependents.iter().all(idle) {
            return self.reopen_knowing(ix);
        }
        self.set_phase(ix, Phase::Ready);
        self.nodes[ix].attempts = 0;
        for place in 0..self.graph.node(ix).dependents.len() {
            let next = self.graph.node(ix).dependents[place];
            if matches!(self.nodes[next].phase, Phase::Ready) {
                self.set_phase(next, Phase::Waiting);
                self.nodes[next].waits = 0;
            }
            self.nodes[next].waits += 1;
        }
    }

    /// Reopens a node without forgetting who made it and who failed for it.
    pub(super) fn reopen_knowing(&mut self, ix: Ix) {
        let node = &mut self.nodes[ix];
        let known = (std::mem::take(&mut node.made), std::mem::take(&mut node.lost));
        let (entry, bought) = (node.entry, std::mem::take(&mut node.bought_before));
        self.reopen(&[ix]);
        let node = &mut self.nodes[ix];
        (node.made, node.lost) = known;
        node.bought_before = bought;
        if self.graph.unison(ix).is_some() {
            self.nodes[ix].entry = entry;
            self.note_discord(ix);
        }
    }

    /// The node has failed with its entry, and goes on without it; in unison that counts for all.
    pub(super) fn loses(&mut self, ix: Ix) {
        if self.graph.unison(ix).is_none() {
            return;
        }
        let node = &mut self.nodes[ix];
        if !node.made.contains(&node.entry) {
            node.lost.insert(node.entry);
        }
    }

    /// The entry by which those were made with whom the node is in unison, as far as they stay as they are.
    pub(crate) fn in_step(&self, ix: Ix, roots: &[Ix]) -> usize {
        self.step_without(ix, roots).unwrap_or(0)
    }

    /// The same; nothing where nobody has been made with whom the node is in unison.
    pub(crate) fn step_without(&self, ix: Ix, roots: &[Ix]) -> Option<usize> {
        let stays = |at: &&Ix| !roots.contains(at) && self.nodes[**at].outputs().is_some();
        let gate = self.graph.node(self.graph.unison(ix)?);
        gate.awaits.iter().filter(stays).map(|at| self.nodes[*at].entry).max()
    }

    /// Counts anew what these waiting nodes wait for.
    pub(super) fn reopen_only(&mut self, nodes: &[Ix]) {
        for &ix in nodes {
            self.look_around(ix);
            self.note_discord(ix);
        }
    }

    /// Whether what is made of this node now could still be used: nothing after it has been begun without it.
    pub(crate) fn may_revive(&self, ix: Ix) -> bool {
        let mut concerned = self.after(&[ix]);
        concerned.insert(ix);
        let begun = |at: &Ix| match self.nodes[*at].phase {
            Phase::Taking { .. } | Phase::Complete { .. } | Phase::Judging { .. } => true,
            Phase::Extended { .. } => self.stood_for(*at, &concerned).is_none(),
            Phase::Waiting
            | Phase::Ready
            | Phase::Keyed { .. }
            | Phase::Prepared { .. }
            | Phase::Resting { .. }
            | Phase::Reviewing
            | Phase::Failed
            | Phase::GivenUp { .. }
            | Phase::Dropped => false,
        };
        !concerned.iter().filter(|at| **at != ix).any(begun)
    }
}
