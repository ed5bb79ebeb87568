//! One open take, and all that a decision about it looks at.

use std::time::Duration;

use super::start::start;
use super::{Busy, Decision, Flight};
use crate::graph::Ix;
use crate::journal::event::Event;
use crate::journal::state::{RunState, Take, Touch};
use crate::moment::Moment;
use crate::performer::{Kind, Task};

/// One open take, and what is known around it.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) state: &'a RunState,
    pub(super) flight: &'a Flight,
    pub(super) ix: Ix,
    pub(super) n: u32,
    pub(super) take: &'a Take,
    pub(super) now: Moment,
}

impl Case<'_> {
    /// Nothing to be done until then.
    pub(super) fn rest(&self, again: impl IntoIterator<Item = Option<Moment>>) -> Vec<Decision> {
        let again = again.into_iter().flatten().filter(|moment| *moment > self.now).min();
        vec![Decision::Attended { touch: Touch::Take(self.ix, self.n), again }]
    }

    pub(super) fn start(&self, task: Task) -> Vec<Decision> {
        vec![start(self.state, self.ix, self.n, self.take.entry, self.take.key, task)]
    }

    pub(super) fn record(&self, event: Event) -> Vec<Decision> {
        vec![Decision::Record(event)]
    }

    /// The action of one of these kinds that is under way; one of another kind belongs to a state that is past.
    pub(super) fn busy(&self, kinds: &[Kind]) -> Option<Busy> {
        self.flight.busy(self.ix, self.n).filter(|busy| kinds.contains(&busy.kind))
    }

    /// From when on our patience counts that began at this moment.
    pub(super) fn patience(&self, at: Moment) -> Moment {
        self.flight.life.patience(self.ix, self.n, at)
    }

    /// When the take was authorised, if that can be told.
    pub(super) fn intended(&self) -> Option<Moment> {
        self.flight.life.intended(self.ix, self.n, self.take)
    }

    pub(super) fn timeout(&self) -> Duration {
        self.state.graph().policy(self.ix).map_or(Duration::MAX, |policy| policy.timeout)
    }

    pub(super) fn cancel_grace(&self) -> Duration {
        self.state.graph().offer(self.ix, self.take.entry).map_or(Duration::ZERO, |offer| offer.cancel_grace)
    }
}
