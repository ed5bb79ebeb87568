//! What lists and a status show of a run, counted while folding: a summary is taken every turn, and a run may have ten
//! thousand nodes.
//!
//! Owns the words that people count by. What it says can be recounted from the nodes at any time, and the simulator
//! does so.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::node::Phase;
use super::take::TakeState;
use super::{RunState, Status};
use crate::graph::Ix;
use crate::id::RunId;
use crate::journal::event::Ending;
use crate::moment::Day;
use crate::money::Money;

/// Where something to be made stands: the five words that people read everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// It waits: for others, for its turn, or for a person.
    Pending,
    /// A take of it is under way.
    Generating,
    /// It was made.
    Complete,
    /// It failed and will be tried again.
    Failed,
    /// It will not be made.
    FailedPermanent,
}

impl ItemState {
    /// The state of a node in this phase, whose take stands there if the phase is about one; a dropped one has none.
    ///
    /// An extended node is what stands for it, which [`RunState::item_state`] follows; by itself it only waits.
    #[must_use]
    pub const fn of(phase: &Phase, take: Option<&TakeState>) -> Option<Self> {
        match phase {
            // Nobody works on a held take: it was perhaps made, and a person is to say.
            Phase::Taking { .. } if matches!(take, Some(TakeState::Held)) => Some(Self::Pending),
            Phase::Taking { .. } => Some(Self::Generating),
            Phase::Waiting
            | Phase::Ready
            | Phase::Keyed { .. }
            | Phase::Prepared { .. }
            | Phase::Reviewing
            | Phase::Extended { .. } => Some(Self::Pending),
            // What is judged is decided about in the same turn; until then nobody has said that it is for good.
            Phase::Judging { .. } | Phase::Resting { .. } | Phase::Failed => Some(Self::Failed),
            Phase::Complete { .. } => Some(Self::Complete),
            Phase::GivenUp { .. } => Some(Self::FailedPermanent),
            Phase::Dropped => None,
        }
    }

    /// The word, as it stands in every output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Generating => "generating",
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::FailedPermanent => "failed_permanent",
        }
    }
}

impl Status {
    /// The word for people: one of seven.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Paused(_) => "paused",
            Self::Ended(Ending::Completed) => "completed",
            Self::Ended(Ending::Partial) => "partial",
            Self::Ended(Ending::Failed) => "failed",
            Self::Ended(Ending::Cancelled) => "cancelled",
        }
    }
}

/// How many items stand where. The names are those of the machine-readable output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Items {
    /// Those that wait.
    pub pending: usize,
    /// Those of which a take is under way.
    pub generating: usize,
    /// Those that were made, by this run or, as `reused` says, by an earlier one.
    pub complete: usize,
    /// Those that failed and will be tried again.
    pub failed: usize,
    /// Those that will not be made.
    pub failed_permanent: usize,
    /// How many of the complete ones were made before and taken over. It is no sixth state: every item has one of the
    /// five, and so the five alone add up to the items.
    pub reused: usize,
}

impl Items {
    /// How many there are in all.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.pending + self.generating + self.complete + self.failed + self.failed_permanent
    }

    const fn of(&mut self, state: ItemState) -> &mut usize {
        match state {
            ItemState::Pending => &mut self.pending,
            ItemState::Generating => &mut self.generating,
            ItemState::Complete => &mut self.complete,
            ItemState::Failed => &mut self.failed,
            ItemState::FailedPermanent => &mut self.failed_permanent,
        }
    }
}

/// What nodes come to, counted while folding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) items: Items,
    pub(crate) nodes: usize,
    pub(crate) nodes_done: usize,
}

/// As what a node was counted: taken off again before it is counted anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted {
    state: ItemState,
    reused: bool,
}

impl Counts {
    /// Counts a node of this kind, or takes it off again.
    fn count(&mut self, item: bool, gate: bool, counted: Option<Counted>, change: impl Fn(&mut usize)) {
        let Some(Counted { state, reused }) = counted else { return };
        let done = state == ItemState::Complete;
        if item {
            change(self.items.of(state));
            if done && reused {
                change(&mut self.items.reused);
            }
        }
        if !gate {
            change(&mut self.nodes);
            if done {
                change(&mut self.nodes_done);
            }
        }
    }
}

/// What lists and a status show of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// What faces show of it and find it by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub about: BTreeMap<Arc<str>, Arc<str>>,
    /// Where the run stands, and why it is paused.
    pub status: Status,
    /// Its items, by the five words.
    pub items: Items,
    /// How many of its nodes were made; gates make nothing and do not count.
    pub nodes_done: usize,
    /// How many nodes there are, without gates and without what an extension brought that no longer counts.
    pub nodes: usize,
    /// What it may spend.
    pub cap: Money,
    /// What providers charged.
    pub settled: Money,
    /// What its open takes may still cost.
    pub reserved: Money,
    /// What may have been charged and will never be known.
    pub written_off: Money,
    /// By how much charges went over what was reserved for them.
    pub overrun: Money,
    /// What reused outputs cost when they were made.
    pub saved_by_reuse: Money,
    /// What it spent, by the date of the intents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spent_by_day: Vec<(Day, Money)>,
    /// The run whose place it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<RunId>,
    /// Whether somebody has to carry it: it is not over, or takes of it are still open or wait for a person.
    pub awake: bool,
}

impl RunState {
    /// What lists and a status show of it. Nothing is counted here, so it costs the same for every run.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let Counts { items, nodes, nodes_done } = self.counts;
        Summary {
            about: self.spec.about.clone(),
            status: self.status.clone(),
            items,
            nodes_done,
            nodes,
            cap: self.ledger.cap(),
            settled: self.ledger.settled(),
            reserved: self.ledger.reserved(),
            written_off: self.ledger.written_off(),
            overrun: self.ledger.overrun(),
            saved_by_reuse: self.ledger.saved(),
            spent_by_day: self.ledger.spent_by_day().collect(),
            supersedes: self.spec.supersedes,
            awake: self.is_awake(),
        }
    }

    /// Its items, by the five words.
    #[must_use]
    pub const fn items(&self) -> Items {
        self.counts.items
    }

    /// Whether somebody has to carry it: it is not over, or takes of it are still open or wait for a person.
    #[must_use]
    pub fn is_awake(&self) -> bool {
        let open = self.index.open().next().is_some() || !self.index.held.is_empty();
        open || !matches!(self.status, Status::Ended(_))
    }

    /// Where the node stands, in the words of people; a dropped one nowhere. An extended one stands where that does
    /// whose result will be its own: people asked for the node and care little by which hands it is made.
    #[must_use]
    pub fn item_state(&self, ix: Ix) -> Option<ItemState> {
        let mut at = ix;
        // Ends: what stands for a node never waits for it.
        while let Phase::Extended { by } = self.nodes[at].phase {
            at = by;
        }
        let node = &self.nodes[at];
        let take = if let Phase::Taking { n } = node.phase { node.take(n) } else { None };
        let state = ItemState::of(&node.phase, take.map(|take| &take.state));
        // The node itself counts, even where what stood for it has just been dropped.
        state.or_else(|| (at != ix).then_some(ItemState::Pending))
    }

    /// Counts a node as what it is now, and those for which it stands.
    pub(super) fn recount(&mut self, ix: Ix) {
        let now = self.item_state(ix).map(|state| Counted { state, reused: self.nodes[ix].reused });
        let before = std::mem::replace(&mut self.nodes[ix].counted, now);
        if before == now {
            return;
        }
        let spec = &self.graph.node(ix).spec;
        let (item, gate) = (spec.item, spec.route.is_empty());
        self.counts.count(item, gate, before, |count| *count -= 1);
        self.counts.count(item, gate, now, |count| *count += 1);
        // Few nodes stand for another, and those seldom for more than one.
        for extender in self.index.stood_for.get(&ix).cloned().unwrap_or_default() {
            self.recount(extender);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{Acceptance, Class, Fault};
    use crate::id::{Hash, Key};
    use crate::journal::event::Pause;
    use crate::moment::Moment;

    fn fault() -> Fault {
        Fault::new(Class::Transient, Acceptance::No, "as the test wants")
    }

    #[test]
    fn every_phase_is_one_of_the_five_words_or_none() {
        let key = Key(Hash::of_text("key"));
        let phases = [
            (Phase::Waiting, Some("pending")),
            (Phase::Ready, Some("pending")),
            (Phase::Keyed { key }, Some("pending")),
            (Phase::Prepared { key, request: key.0, worst: Money::ZERO }, Some("pending")),
            (Phase::Taking { n: 1 }, Some("generating")),
            (Phase::Judging { fault: fault(), last: false }, Some("failed")),
            (Phase::Resting { until: Moment::default() }, Some("failed")),
            (Phase::Reviewing, Some("pending")),
            (Phase::Extended { by: 0 }, Some("pending")),
            (Phase::Failed, Some("failed")),
            (Phase::Complete { outputs: Arc::default() }, Some("complete")),
            (Phase::GivenUp { fault: Box::new(fault()), because: None }, Some("failed_permanent")),
            (Phase::Dropped, None),
        ];
        for (phase, word) in phases {
            assert_eq!(ItemState::of(&phase, None).map(ItemState::word), word, "{phase:?}");
        }
        let at = Moment::default();
        for (take, word) in [
            (TakeState::Intent, "generating"),
            (TakeState::Unclear { since: at }, "generating"),
            (TakeState::Held, "pending"),
            (TakeState::Submitted { ticket: "t".into(), since: at }, "generating"),
            (TakeState::Succeeded { ticket: "t".into(), charge: None, since: at }, "generating"),
        ] {
            let state = ItemState::of(&Phase::Taking { n: 1 }, Some(&take));
            assert_eq!(state.map(ItemState::word), Some(word), "{take:?}");
        }
    }

    #[test]
    fn the_words_are_those_that_are_written() {
        for state in [
            ItemState::Pending,
            ItemState::Generating,
            ItemState::Complete,
            ItemState::Failed,
            ItemState::FailedPermanent,
        ] {
            assert_eq!(serde_json::to_value(state).unwrap(), state.word());
        }
    }

    #[test]
    fn every_status_is_one_of_the_seven_words() {
        let pause = Pause::Credentials { provider: "p".into() };
        let words = [
            (Status::Queued, "queued", r#""queued""#),
            (Status::Running, "running", r#""running""#),
            (Status::Paused(pause), "paused", r#"{"paused":{"reason":"credentials","provider":"p"}}"#),
            (Status::Ended(Ending::Completed), "completed", r#"{"ended":"completed"}"#),
            (Status::Ended(Ending::Partial), "partial", r#"{"ended":"partial"}"#),
            (Status::Ended(Ending::Failed), "failed", r#"{"ended":"failed"}"#),
            (Status::Ended(Ending::Cancelled), "cancelled", r#"{"ended":"cancelled"}"#),
        ];
        for (status, word, json) in words {
            assert_eq!(status.word(), word);
            assert_eq!(serde_json::to_string(&status).unwrap(), json);
            assert_eq!(serde_json::from_str::<Status>(json).unwrap(), status);
        }
    }
}
