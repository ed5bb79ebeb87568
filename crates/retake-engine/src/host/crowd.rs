//! How many runs wait to be made at this moment, for whoever must decide whether to take on more.
//!
//! Written by the loop alone, read by anybody. It decides nothing.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::carry::Loop;
use crate::id::RunId;
use crate::journal::RunState;
use crate::journal::state::Status;

/// What is still to be made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Crowd {
    /// Runs that are queued or running. Those that wait for a person keep nobody waiting.
    pub runs: usize,
    /// Items of theirs that are not made yet.
    pub items: usize,
}

impl Crowd {
    /// What one run adds to it.
    pub(super) fn of(state: &RunState) -> Self {
        match state.status() {
            Status::Queued | Status::Running => {
                let items = state.items();
                Self { runs: 1, items: items.pending + items.generating + items.failed }
            }
            Status::Paused(_) | Status::Ended(_) => Self::default(),
        }
    }
}

/// The same for all runs, as it changes.
#[derive(Debug, Default)]
pub(super) struct Count {
    runs: AtomicUsize,
    items: AtomicUsize,
}

impl Count {
    /// A run adds so much, and no longer what it added before.
    pub(super) fn change(&self, before: Crowd, now: Crowd) {
        for (all, before, now) in [(&self.runs, before.runs, now.runs), (&self.items, before.items, now.items)] {
            if now >= before {
                all.fetch_add(now - before, Ordering::Relaxed);
            } else {
                all.fetch_sub(before - now, Ordering::Relaxed);
            }
        }
    }

    /// As it is now.
    pub(super) fn look(&self) -> Crowd {
        Crowd { runs: self.runs.load(Ordering::Relaxed), items: self.items.load(Ordering::Relaxed) }
    }
}

impl Loop {
    /// Counts a run as what it is now.
    pub(super) fn recount(&mut self, run: RunId) {
        if let Some(seat) = self.seats.get_mut(&run) {
            let now = Crowd::of(seat.actor.state());
            self.crowd.change(std::mem::replace(&mut seat.crowd, now), now);
        }
    }
}
