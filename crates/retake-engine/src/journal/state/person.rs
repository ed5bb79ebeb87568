//! What people do to a run, and where the run as a whole stands.

use super::node::Phase;
use super::{RunState, Status, Why};
use crate::graph::Ix;
use crate::id::{NodeId, RunId, TakeNo};
use crate::journal::event::{Ending, Pause, Stop};
use crate::moment::Moment;
use crate::money::Money;

use super::take::TakeState;

impl RunState {
    /// The position of a node.
    pub(super) fn at(&self, node: &NodeId) -> Result<Ix, Why> {
        self.graph.find(node).ok_or_else(|| Why::NoSuchNode(node.clone()))
    }

    /// The complaint that a node does not stand where it would have to.
    pub(super) fn elsewhere(&self, ix: Ix) -> Why {
        Why::NodeElsewhere { node: self.id(ix).clone(), phase: self.nodes[ix].phase.name() }
    }

    pub(super) fn cap_set(&mut self, cap: Money) -> Result<(), Why> {
        self.ledger.set_cap(cap);
        Ok(())
    }

    pub(super) fn deadline_set(&mut self, deadline: Option<Moment>) -> Result<(), Why> {
        self.spec.deadline = deadline;
        Ok(())
    }

    pub(super) fn paused(&mut self, pause: &Pause) -> Result<(), Why> {
        self.going()?;
        self.status = Status::Paused(pause.clone());
        Ok(())
    }

    pub(super) fn continued(&mut self) -> Result<(), Why> {
        match self.status {
            Status::Paused(_) => {
                self.status = Status::Running;
                Ok(())
            }
            Status::Queued | Status::Running => Err(Why::RunElsewhere("running")),
            Status::Ended(_) => Err(Why::RunElsewhere("over")),
        }
    }

    pub(super) fn stopped(&mut self, stop: Stop) -> Result<(), Why> {
        self.going()?;
        self.stop = Some(stop);
        Ok(())
    }

    /// Who refuses us, and in which words, until somebody has mended it.
    pub fn denials(&self) -> impl Iterator<Item = (&crate::id::ProviderId, &crate::fault::Fault)> {
        self.denied.iter()
    }

    /// Whether another run has taken its place: what it has open is landed, and nothing else.
    #[must_use]
    pub const fn is_superseded(&self) -> bool {
        self.superseded_by.is_some()
    }

    pub(super) fn superseded(&mut self, by: RunId) -> Result<(), Why> {
        self.going()?;
        self.superseded_by = Some(by);
        self.stop = self.stop.or(Some(Stop::Land));
        Ok(())
    }

    pub(super) fn ended(&mut self, ending: Ending) -> Result<(), Why> {
        self.going()?;
        self.status = Status::Ended(ending);
        Ok(())
    }

    fn going(&self) -> Result<(), Why> {
        match self.status {
            Status::Queued | Status::Running | Status::Paused(_) => Ok(()),
            Status::Ended(_) => Err(Why::RunElsewhere("over")),
        }
    }

    fn replaceable(&self) -> Result<(), Why> {
        if self.superseded_by.is_some() { Err(Why::RunElsewhere("superseded")) } else { Ok(()) }
    }

    pub(super) fn resumed(&mut self) -> Result<(), Why> {
        self.replaceable()?;
        if matches!(self.status, Status::Ended(Ending::Completed | Ending::Partial | Ending::Failed)) {
            return Err(Why::RunElsewhere("over"));
        }
        self.stop = None;
        self.denied.clear();
        self.overrun_seen = self.ledger.overrun();
        self.status = Status::Running;
        for ix in std::mem::take(&mut self.index.reviewing) {
            self.index.reviewing.insert(ix);
            self.nodes[ix].reviewed = true;
            self.set_phase(ix, Phase::Complete { outputs: std::sync::Arc::default() });
            self.settle(ix);
        }
        Ok(())
    }

    /// A change that lies outside the nodes may let those move that were on their way.
    pub(super) fn touch_prepared(&mut self) {
        self.touched.extend(self.index.prepared.iter().map(|ix| super::Touch::Node(*ix)));
    }

    pub(super) fn retried(&mut self) -> Result<(), Why> {
        self.replaceable()?;
        let failed = |ix: &Ix| matches!(self.nodes[*ix].phase, Phase::Failed | Phase::GivenUp { because: None, .. });
        let roots: Vec<Ix> = (0..self.nodes.len()).filter(failed).collect();
        for &ix in &roots {
            self.nodes[ix].forget();
            self.nodes[ix].fresh = true;
        }
        self.start_over(&roots);
        Ok(())
    }

    fn start_over(&mut self, roots: &[Ix]) {
        self.stop = None;
        self.denied.clear();
        self.overrun_seen = self.ledger.overrun();
        self.round = 0;
        self.status = Status::Running;
        // What is made of other inputs is another matter: the takes that were bought before count no longer.
        for ix in self.after(roots) {
            let node = &mut self.nodes[ix];
            (node.attempts, node.bought, node.round, node.extra) = (0, 0, 0, false);
            node.bought_before.clear();
        }
        self.reopen(roots);
    }

    pub(super) fn redone(&mut self, node: &NodeId, salt: u64) -> Result<(), Why> {
        self.replaceable()?;
        let ix = self.at(node)?;
        if matches!(self.nodes[ix].phase, Phase::Dropped) {
            return Err(self.elsewhere(ix));
        }
        // Leaves the queue of the old entry before the entry changes.
        self.set_aside(ix, None);
        self.set_phase(ix, Phase::Waiting);
        self.nodes[ix].salt = salt;
        self.nodes[ix].forget();
        self.nodes[ix].fresh = true;
        self.start_over(&[ix]);
        Ok(())
    }

    pub(super) fn picked(&mut self, no: &TakeNo) -> Result<(), Why> {
        self.replaceable()?;
        let (ix, take) = self.take_at(no)?;
        let TakeState::Kept { outputs, extension, .. } = &take.state else {
            return Err(Why::TakeElsewhere { take: no.clone(), state: take.state.name() });
        };
        let (outputs, extension) = (std::sync::Arc::clone(outputs), extension.clone());
        if matches!(self.nodes[ix].phase, Phase::Dropped) {
            return Err(self.elsewhere(ix));
        }
        self.start_over(&[ix]);
        self.set_phase(ix, Phase::Waiting);
        self.complete(ix, outputs, extension.as_deref())?;
        self.made_by(ix, no);
        Ok(())
    }

    pub(super) fn round_began(&mut self, round: u32) -> Result<(), Why> {
        if round != self.round + 1 {
            return Err(Why::RunElsewhere("not at the end of the round before"));
        }
        self.round = round;
        Ok(())
    }
}
