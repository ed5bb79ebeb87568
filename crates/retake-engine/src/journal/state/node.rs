//! A node of the run: where it stands and what was tried.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::summary::Counted;
use super::take::Take;
use crate::fault::Fault;
use crate::graph::Ix;
use crate::id::{Hash, Key, NodeId};
use crate::moment::Moment;
use crate::money::Money;
use crate::performer::Outputs;

/// Where a node stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Something before it is not settled.
    Waiting,
    /// Its key can be asked for.
    Ready,
    /// Nothing finished bears its key.
    Keyed {
        /// The key.
        key: Key,
    },
    /// Its request is stored and priced.
    Prepared {
        /// The key.
        key: Key,
        /// The hash of the request.
        request: Hash,
        /// What it can cost at the most.
        worst: Money,
    },
    /// A take is under way.
    Taking {
        /// Which one.
        n: u32,
    },
    /// A failure is to be judged.
    Judging {
        /// Which failure.
        fault: Fault,
        /// Whether this entry gets no further take, whatever its attempts.
        last: bool,
    },
    /// The next take waits for its time.
    Resting {
        /// Until then.
        until: Moment,
    },
    /// A person is to look.
    Reviewing,
    /// The result of another node stands for its own.
    Extended {
        /// Which one.
        by: Ix,
    },
    /// It failed for reasons that can pass; a round may try it again.
    Failed,
    /// It was made.
    Complete {
        /// What was made.
        outputs: Arc<Outputs>,
    },
    /// It will not be made.
    GivenUp {
        /// Why.
        fault: Box<Fault>,
        /// The node whose failure is the reason.
        because: Option<NodeId>,
    },
    /// The extension that brought it no longer counts.
    Dropped,
}

impl Phase {
    /// Whether those that wait for the node need not wait any longer.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        matches!(self, Self::Complete { .. } | Self::GivenUp { .. } | Self::Dropped)
    }

    /// The phase in words that follow "it is".
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting for others",
            Self::Ready => "ready",
            Self::Keyed { .. } => "to be prepared",
            Self::Prepared { .. } => "prepared",
            Self::Taking { .. } => "being made",
            Self::Judging { .. } => "being judged",
            Self::Resting { .. } => "resting",
            Self::Reviewing => "waiting for a person",
            Self::Extended { .. } => "waiting for what it added",
            Self::Failed => "failed for now",
            Self::Complete { .. } => "complete",
            Self::GivenUp { .. } => "given up",
            Self::Dropped => "dropped",
        }
    }
}

/// A node of the run.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where it stands.
    pub phase: Phase,
    /// The position in its route that is tried.
    pub entry: usize,
    /// Takes of this entry that count against its attempts.
    pub attempts: u32,
    /// How many of its takes there were when a person last asked.
    pub before: usize,
    /// Whether a person has looked, where it is a gate at which one is to.
    pub reviewed: bool,
    /// Takes that were or may have been bought since a person last asked.
    pub bought: u32,
    /// How many nodes before it are not settled.
    pub waits: usize,
    /// Whether one take beyond the policy was allowed: by a round or by a person.
    pub extra: bool,
    /// The last round in which it was tried.
    pub round: u32,
    /// Whether a person asked for it again: what is known to refuse is asked all the same.
    pub fresh: bool,
    /// What makes its key another.
    pub salt: u64,
    /// What it waits for outside the run, in words.
    pub note: Option<Arc<str>>,
    /// In unison: by which entries it was made, as it is wanted now. A gate that keeps others in unison has here the one
    /// by which it opened last.
    pub made: BTreeSet<usize>,
    /// In unison: which entries it has left because they failed for it.
    pub lost: BTreeSet<usize>,
    /// In unison: what `bought` was of the entries that it has left.
    pub bought_before: BTreeMap<usize, u32>,
    /// The last failure of each entry.
    pub faults: BTreeMap<usize, Fault>,
    /// All its takes, the first one first.
    pub takes: Vec<Take>,
    /// The extension that brought it.
    pub batch: Option<usize>,
    /// The extension that it brought.
    pub brought: Option<usize>,
    /// Whether what it is complete with was made before and taken over.
    pub reused: bool,
    pub(super) counted: Option<Counted>,
}

impl Node {
    /// A node of which nothing has happened.
    pub(super) const fn new(salt: u64, batch: Option<usize>) -> Self {
        Self {
            phase: Phase::Waiting,
            entry: 0,
            attempts: 0,
            before: 0,
            reviewed: false,
            bought: 0,
            waits: 0,
            extra: false,
            round: 0,
            fresh: false,
            salt,
            note: None,
            made: BTreeSet::new(),
            lost: BTreeSet::new(),
            bought_before: BTreeMap::new(),
            faults: BTreeMap::new(),
            takes: Vec::new(),
            batch,
            brought: None,
            reused: false,
            counted: None,
        }
    }

    /// The take of this number.
    #[must_use]
    pub fn take(&self, n: u32) -> Option<&Take> {
        self.takes.get(usize::try_from(n).ok()?.checked_sub(1)?)
    }

    /// The number that its next take will have.
    #[must_use]
    pub fn next_take(&self) -> u32 {
        u32::try_from(self.takes.len()).map_or(u32::MAX, |taken| taken.saturating_add(1))
    }

    /// What was made, where it was.
    #[must_use]
    pub const fn outputs(&self) -> Option<&Arc<Outputs>> {
        if let Phase::Complete { outputs } = &self.phase { Some(outputs) } else { None }
    }

    /// Who made it and who failed for it counts no longer.
    pub(super) fn forget_unison(&mut self) {
        self.made.clear();
        self.lost.clear();
        self.bought_before.clear();
    }

    /// It goes on by another entry, as those may with whom it is in unison: each counts for itself what it was bought.
    pub(super) fn turn_to(&mut self, entry: usize) {
        let before = self.bought_before.remove(&entry).unwrap_or(0);
        let left = std::mem::replace(&mut self.bought, before);
        self.bought_before.insert(self.entry, left);
        self.extra = false;
    }

    /// It was made by this entry.
    pub(super) fn was_made(&mut self, entry: usize) {
        self.made.insert(entry);
        self.lost.remove(&entry);
    }

    /// What was tried is forgotten, as far as it counts against new tries.
    pub(super) fn forget(&mut self) {
        self.entry = 0;
        self.attempts = 0;
        self.bought = 0;
        self.before = self.takes.len();
        self.extra = false;
        self.round = 0;
        self.faults.clear();
        self.forget_unison();
    }
}
