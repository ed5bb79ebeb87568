//! One life of the process: when it began, and what it may believe of the moments that earlier lives wrote down.
//!
//! Within a life the clock runs evenly; between two it may have been set, by a second or by ten years. So what an
//! earlier life wrote is compared with the beginning of this one, and where it cannot be, it counts from there:
//! nothing waits for ten years, no grace is over because a clock jumped, and no key is believed to be young.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::Ix;
use crate::journal::RunState;
use crate::journal::state::{Phase, Take, TakeState};
use crate::moment::Moment;

/// What one life of the process knows of the clocks before it.
#[derive(Debug, Clone, Default)]
pub(super) struct Life {
    began: Moment,
    /// Moments of open takes that lie in the future of this life's first one: a clock that was ahead wrote them.
    ahead: BTreeSet<(Ix, u32, Moment)>,
    /// Open takes of which it is unknown how long ago they were authorised.
    ageless: BTreeSet<(Ix, u32)>,
    /// Waits that end later than any wait could: when each ends instead.
    cut: BTreeSet<(Moment, Ix)>,
    /// The same by node, with the end that the journal says.
    cut_by_node: BTreeMap<Ix, (Moment, Moment)>,
}

impl Life {
    /// The life that begins now, over what the journal says.
    pub(super) fn begin(state: &RunState, now: Moment) -> Self {
        let mut life = Self { began: now, ..Self::default() };
        let set_back = now < state.written;
        for (ix, n) in state.index().open().chain(state.index().held.iter().copied()) {
            let Some(take) = state.nodes()[ix].take(n) else { continue };
            life.ahead.extend(moments(take).filter(|at| *at >= now).map(|at| (ix, n, at)));
            if set_back {
                life.ageless.insert((ix, n));
            }
        }
        for &(until, ix) in &state.index().resting {
            let longest = state.graph().policy(ix).map(crate::retry::Policy::longest).unwrap_or_default();
            let end = now.after(longest);
            if until > end {
                life.cut.insert((end, ix));
                life.cut_by_node.insert(ix, (end, until));
            }
        }
        life
    }

    pub(super) const fn began(&self) -> Moment {
        self.began
    }

    /// From when on patience with a take counts that began at this moment.
    pub(super) fn patience(&self, ix: Ix, n: u32, at: Moment) -> Moment {
        if self.ahead.contains(&(ix, n, at)) { self.began } else { at }
    }

    /// From when on it counts for a belief in its absence. While nobody lived, perhaps no time passed at all.
    pub(super) fn belief(&self, ix: Ix, n: u32, since: Moment) -> Moment {
        self.patience(ix, n, since).max(self.began)
    }

    /// When the take was authorised, if that can be told. A clock that was set back since may have been set back by any
    /// amount: nothing bounds the take's age from above.
    pub(super) fn intended(&self, ix: Ix, n: u32, take: &Take) -> Option<Moment> {
        (!take.untimed && !self.ageless.contains(&(ix, n))).then_some(take.intended)
    }

    /// Nodes whose cut wait is over.
    pub(super) fn rested(&self, now: Moment) -> impl Iterator<Item = Ix> + '_ {
        self.cut.iter().take_while(move |(end, _)| *end <= now).map(|(_, ix)| *ix)
    }

    /// When the next cut wait ends.
    pub(super) fn next_rested(&self) -> Option<Moment> {
        self.cut.first().map(|(end, _)| *end)
    }

    /// A node changed: its cut wait may be over.
    pub(super) fn changed(&mut self, ix: Ix, phase: &Phase) {
        let Some(&(end, until)) = self.cut_by_node.get(&ix) else { return };
        if *phase != (Phase::Resting { until }) {
            self.cut.remove(&(end, ix));
            self.cut_by_node.remove(&ix);
        }
    }
}

/// The moments from which something about an open take is counted.
fn moments(take: &Take) -> impl Iterator<Item = Moment> {
    let since = match &take.state {
        TakeState::Unclear { since } | TakeState::Submitted { since, .. } | TakeState::Succeeded { since, .. } => {
            Some(*since)
        }
        TakeState::Intent
        | TakeState::Held
        | TakeState::Kept { .. }
        | TakeState::Fallen { .. }
        | TakeState::Released
        | TakeState::WrittenOff { .. } => None,
    };
    since.into_iter().chain(take.expired)
}
