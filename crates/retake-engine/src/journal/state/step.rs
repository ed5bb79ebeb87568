//! The way of a node from ready to its take, and what becomes of it when a take fails.

use std::sync::Arc;

use super::node::Phase;
use super::take::{Bearing, Intent, Take, TakeState};
use super::{RunState, Status, Why};
use crate::fault::{Class, Fault};
use crate::graph::{Extension, Ix};
use crate::id::{Hash, Key, NodeId, TakeNo};
use crate::moment::Moment;
use crate::money::Money;
use crate::performer::Outputs;

impl RunState {
    fn wake(&mut self) {
        if self.status == Status::Queued {
            self.status = Status::Running;
        }
    }

    /// The node, if its key may be asked for by this entry.
    fn to_look(&self, node: &NodeId) -> Result<Ix, Why> {
        let ix = self.at(node)?;
        let phase = &self.nodes[ix].phase;
        let fits = matches!(phase, Phase::Ready | Phase::Resting { .. } | Phase::Keyed { .. } | Phase::Prepared { .. });
        if fits { Ok(ix) } else { Err(self.elsewhere(ix)) }
    }

    pub(super) fn keyed(&mut self, node: &NodeId, entry: usize, key: Key) -> Result<(), Why> {
        let ix = self.to_look(node)?;
        if self.nodes[ix].entry != entry {
            return Err(self.elsewhere(ix));
        }
        self.wake();
        // Nothing finished bears its key any more.
        self.nodes[ix].made.remove(&entry);
        self.set_phase(ix, Phase::Keyed { key });
        Ok(())
    }

    pub(super) fn reused(
        &mut self,
        node: &NodeId,
        outputs: &Outputs,
        cost: Money,
        extension: Option<&Extension>,
    ) -> Result<(), Why> {
        let ix = self.to_look(node)?;
        self.wake();
        self.ledger.save(cost);
        self.nodes[ix].note = None;
        self.nodes[ix].reused = true;
        let entry = self.nodes[ix].entry;
        self.nodes[ix].was_made(entry);
        self.complete(ix, Arc::new(outputs.clone()), extension)
    }

    pub(super) fn skipped(&mut self, node: &NodeId, entry: usize, fault: &Fault) -> Result<(), Why> {
        let ix = self.to_look(node)?;
        if self.nodes[ix].entry != entry {
            return Err(self.elsewhere(ix));
        }
        self.wake();
        self.judge(ix, fault, true);
        Ok(())
    }

    pub(super) fn waits(&mut self, node: &NodeId, why: &str) -> Result<(), Why> {
        let ix = self.at(node)?;
        self.nodes[ix].note = Some(why.into());
        Ok(())
    }

    pub(super) fn prepared(&mut self, node: &NodeId, request: Hash, worst: Money) -> Result<(), Why> {
        let ix = self.at(node)?;
        let Phase::Keyed { key } = self.nodes[ix].phase else { return Err(self.elsewhere(ix)) };
        self.set_phase(ix, Phase::Prepared { key, request, worst });
        Ok(())
    }

    pub(super) fn unready(&mut self, node: &NodeId, fault: &Fault) -> Result<(), Why> {
        let ix = self.at(node)?;
        if !matches!(self.nodes[ix].phase, Phase::Keyed { .. }) {
            return Err(self.elsewhere(ix));
        }
        self.nodes[ix].attempts += u32::from(fault.class != Class::Throttled);
        self.judge(ix, fault, false);
        Ok(())
    }

    /// A failure of the node's present entry, which `decide` will judge.
    pub(super) fn judge(&mut self, ix: Ix, fault: &Fault, last: bool) {
        let entry = self.nodes[ix].entry;
        if fault.class == Class::Denied
            && let Some(offer) = self.graph.offer(ix, entry)
        {
            self.denied.insert(offer.provider.clone(), fault.clone());
        }
        self.nodes[ix].faults.insert(entry, fault.clone());
        self.set_phase(ix, Phase::Judging { fault: fault.clone(), last });
    }

    pub(super) fn retrying(&mut self, node: &NodeId, entry: usize, not_before: Moment) -> Result<(), Why> {
        let ix = self.at(node)?;
        let gate = self.graph.unison(ix);
        let turns = gate.is_some() && entry != self.nodes[ix].entry;
        let revived = matches!(self.nodes[ix].phase, Phase::GivenUp { .. });
        if gate.is_some_and(|gate| !self.nodes[gate].phase.is_settled()) && (turns || revived) {
            self.take_back(ix);
        }
        let from_round = self.nodes[ix].phase == Phase::Failed && !turns;
        let settled_or_bound = matches!(
            self.nodes[ix].phase,
            Phase::Waiting
                | Phase::Reviewing
                | Phase::Extended { .. }
                | Phase::Complete { .. }
                | Phase::GivenUp { .. }
                | Phase::Dropped
        );
        if settled_or_bound {
            return Err(self.elsewhere(ix));
        }
        // Whoever goes on without having begun has not failed.
        if turns && matches!(self.nodes[ix].phase, Phase::Judging { .. } | Phase::Failed | Phase::Taking { .. }) {
            self.loses(ix);
        }
        self.set_aside_unless_late(ix);
        // Leaves the queue of the old entry before the entry changes.
        self.set_phase(ix, Phase::Waiting);
        let round = self.round;
        let node = &mut self.nodes[ix];
        if turns {
            node.turn_to(entry);
        }
        if node.entry != entry {
            node.entry = entry;
            node.attempts = 0;
        }
        if from_round {
            node.extra = true;
            node.round = round;
        }
        self.set_phase(ix, Phase::Resting { until: not_before });
        Ok(())
    }

    /// A late take may still win; every other open one is one too many.
    fn set_aside_unless_late(&mut self, ix: Ix) {
        for n in 1..self.nodes[ix].next_take() {
            self.change_take(ix, n, |take| take.aside |= take.bearing() != Bearing::Over && !take.late);
        }
    }

    pub(super) fn failed(&mut self, node: &NodeId) -> Result<(), Why> {
        let ix = self.at(node)?;
        if !matches!(self.nodes[ix].phase, Phase::Judging { .. }) {
            return Err(self.elsewhere(ix));
        }
        self.nodes[ix].extra = false;
        self.set_phase(ix, Phase::Failed);
        Ok(())
    }

    pub(super) fn gave_up(&mut self, node: &NodeId, fault: &Fault, because: Option<&NodeId>) -> Result<(), Why> {
        let ix = self.at(node)?;
        let gate = self.graph.unison(ix);
        if matches!(self.nodes[ix].phase, Phase::Complete { .. })
            && gate.is_some_and(|gate| !self.nodes[gate].phase.is_settled())
        {
            self.take_back(ix);
        }
        if self.nodes[ix].phase.is_settled() {
            return Err(self.elsewhere(ix));
        }
        if because.is_none() {
            self.loses(ix);
        }
        self.wake();
        self.give_up(ix, fault.clone(), because.cloned());
        Ok(())
    }

    pub(super) fn opened(&mut self, node: &NodeId) -> Result<(), Why> {
        let ix = self.gate(node)?;
        self.wake();
        if self.graph.node(ix).spec.unison {
            let made = self.graph.node(ix).awaits.iter().filter(|at| self.nodes[**at].outputs().is_some());
            self.nodes[ix].made = made.map(|at| self.nodes[*at].entry).max().into_iter().collect();
        }
        self.set_phase(ix, Phase::Complete { outputs: Arc::default() });
        self.settle(ix);
        Ok(())
    }

    pub(super) fn reviewing(&mut self, node: &NodeId) -> Result<(), Why> {
        let ix = self.gate(node)?;
        self.set_phase(ix, Phase::Reviewing);
        Ok(())
    }

    fn gate(&self, node: &NodeId) -> Result<Ix, Why> {
        let ix = self.at(node)?;
        let is_gate = self.graph.node(ix).spec.route.is_empty();
        if is_gate && matches!(self.nodes[ix].phase, Phase::Ready) { Ok(ix) } else { Err(self.elsewhere(ix)) }
    }

    pub(super) fn asked_once_more(&mut self, node: &NodeId, take: &TakeNo) -> Result<(), Why> {
        let ix = self.at(node)?;
        let (of, _) = self.take_at(take)?;
        self.asked_once_more.insert((ix, of, take.n));
        self.touched.push(super::Touch::Node(ix));
        Ok(())
    }

    pub(super) fn intended(&mut self, no: &TakeNo, intent: Intent, at: Moment, answer_by: Moment) -> Result<(), Why> {
        let ix = self.at(&no.node)?;
        let node = &self.nodes[ix];
        let prepared = match &node.phase {
            Phase::Prepared { key, request, worst } => {
                *key == intent.key && Some(*request) == intent.request && *worst == intent.worst
            }
            Phase::Keyed { key } => *key == intent.key && intent.request.is_none() && intent.worst.is_zero(),
            _ => false,
        };
        if !prepared || node.entry != intent.entry || node.next_take() != no.n {
            return Err(self.elsewhere(ix));
        }
        let paid = intent.request.is_some();
        if paid {
            self.ledger.reserve(no, intent.worst, at.day())?;
        }
        let node = &mut self.nodes[ix];
        node.attempts += 1;
        node.bought += u32::from(paid);
        node.note = None;
        node.takes.push(Take {
            entry: intent.entry,
            key: intent.key,
            request: intent.request,
            worst: intent.worst,
            intended: at,
            answer_by,
            sends: u32::from(paid),
            state: TakeState::Intent,
            expired: None,
            cancelling: false,
            strayed: false,
            ticketed: false,
            interrupted: false,
            gone: false,
            late: false,
            aside: false,
            untimed: false,
        });
        self.count_take_in(ix, no.n, Bearing::Active, paid);
        self.set_phase(ix, Phase::Taking { n: no.n });
        Ok(())
    }
}
