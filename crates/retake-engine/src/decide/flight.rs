//! What the host has started and not yet had reported, and when to look again: memory, empty after a restart.
//!
//! Nothing here is truth. After a restart [`Flight::recover`] has everything looked at that may need it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::life::Life;
use crate::admission::{Ask, Lane, Wait};
use crate::graph::Ix;
use crate::id::ProviderId;
use crate::journal::RunState;
use crate::journal::state::{Bearing, Phase, Touch};
use crate::moment::Moment;
use crate::money::Money;
use crate::performer::Kind;

/// An action that was started and not reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    /// Which of the seven.
    pub kind: Kind,
    /// Which of the run's actions.
    pub ordinal: u64,
    /// When it was started.
    pub since: Moment,
}

/// An ask that admission has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// For which take of the node.
    pub n: u32,
    /// Whether it is to be bought.
    pub paid: bool,
    /// What the run's cap allowed when it asked.
    pub room: Money,
    /// How admission answered.
    pub answer: Standing,
}

/// How far an ask has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It was not answered yet.
    Open,
    /// It waits.
    Waits(Wait),
    /// It was granted and not used yet.
    Granted,
}

impl Standing {
    /// Whether a take may come of it at once.
    const fn claims(&self) -> bool {
        matches!(self, Self::Open | Self::Granted)
    }

    /// Whether it ends by itself: by time, or because others end.
    pub(super) const fn moves(&self) -> bool {
        match self {
            Self::Open | Self::Granted => true,
            Self::Waits(wait) => match wait {
                // Whoever closed admission opens it again, and no person of this run is asked for that.
                Wait::Turn
                | Wait::Rate { .. }
                | Wait::Breaker { .. }
                | Wait::RetryBudget { .. }
                | Wait::Closed { .. } => true,
                Wait::Key { held, .. } | Wait::Predecessor { held, .. } => !*held,
                Wait::Account { .. } | Wait::Day { .. } => false,
            },
        }
    }
}

/// What was seen of a take and is not worth a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Notes {
    /// When to act next; at once where it is not said.
    pub(super) next: Option<Moment>,
    /// Whether the provider has begun it, where a poll has told.
    pub(super) begun: Option<bool>,
    /// Failures in a row of actions that do not end a take.
    pub(super) faults: u32,
    /// Since when the provider does not know the ticket.
    pub(super) gone: Option<Moment>,
    /// Whether a wish to cancel was sent since the last poll.
    pub(super) cancel_sent: bool,
    /// Finds that were answered.
    pub(super) finds: u32,
    /// Finds in a row that showed nothing and were late enough to be believed.
    pub(super) absences: u32,
    /// Whether the last find showed more than one possibility.
    pub(super) ambiguous: bool,
}

/// What the host has started, and when to look again.
#[derive(Debug, Clone, Default)]
pub struct Flight {
    pub(super) life: Life,
    pub(super) attention: BTreeSet<Touch>,
    due: BTreeMap<Touch, Moment>,
    due_order: BTreeSet<(Moment, Touch)>,
    pub(super) busy: BTreeMap<(Ix, u32), Busy>,
    pub(super) notes: BTreeMap<(Ix, u32), Notes>,
    pub(super) looking: BTreeSet<Ix>,
    pub(super) relook: BTreeSet<Ix>,
    pub(super) asked: BTreeMap<Ix, Asked>,
    /// Nodes whose asks wait for something that no time brings.
    pub(super) stuck: BTreeSet<Ix>,
    /// Nodes on their way to a take, by who would be paid: the window of each provider.
    pub(super) window: BTreeMap<Option<ProviderId>, BTreeSet<Ix>>,
    /// Paid nodes of whose asks a take may come at once: each claims a place in the run's concurrency.
    pub(super) claiming: BTreeSet<Ix>,
    /// Whether one of them claims its place no longer, and no take came of it.
    unclaimed: bool,
    /// The node that the cap has no room for, and how much it wants.
    pub(super) short: Option<(Ix, Money)>,
    /// Where the round has come to.
    pub(super) cursor: Ix,
    ordinal: u64,
    /// What the numbers of this life's times lie above, where the clock was set back.
    above_ms: u64,
}

/// How many actions one owner of a run may start between two records, and within a millisecond.
const ORDINALS: u32 = 20;

impl Flight {
    /// The flight of a life that begins now: nothing is under way, and everything that may need it is looked at.
    #[must_use]
    pub fn recover(state: &RunState, now: Moment) -> Self {
        // Where the clock was set back, the times of this life were numbered by an earlier one: it goes on above them, and
        // by its own time, for the next life may find the same journal.
        let above_ms = if now < state.written { state.written.ms() } else { 0 };
        let ordinal = state.seq() << ORDINALS;
        let mut flight = Self { life: Life::begin(state, now), ordinal, above_ms, ..Self::default() };
        flight.look_at_all(state);
        flight
    }

    /// When this life of the process began, by its own clock.
    #[must_use]
    pub const fn life_began(&self) -> Moment {
        self.life.began()
    }

    /// Everything that may be moved by a change from outside is looked at again.
    pub(crate) fn look_at_all(&mut self, state: &RunState) {
        let index = state.index();
        self.attention.extend(index.open().map(|(ix, n)| Touch::Take(ix, n)));
        self.attention.extend(index.ready.iter().chain(&index.prepared).map(|ix| Touch::Node(*ix)));
        self.attention.extend(index.gates.iter().chain(self.asked.keys()).map(|ix| Touch::Node(*ix)));
        self.look_along_the_way(state);
    }

    /// Whoever is on the way to a take may go on now.
    fn look_along_the_way(&mut self, state: &RunState) {
        let on_the_way = self.window.values().flatten().chain(&state.index().prepared);
        self.attention.extend(on_the_way.map(|ix| Touch::Node(*ix)));
    }

    /// A number for the next action. Questions leave no record, so it is the time that tells the lives of a run apart: an
    /// answer to one of an earlier life, which may have come before `grace` was over, must not pass for one of this.
    pub(crate) fn next_ordinal(&mut self, now: Moment) -> u64 {
        self.ordinal = (self.ordinal + 1).max(now.ms().saturating_add(self.above_ms) << ORDINALS);
        self.ordinal
    }

    /// Takes in what changed, and says which nodes have an ask that they no longer need.
    pub(crate) fn absorb(&mut self, state: &mut RunState) -> Vec<(Ix, u32)> {
        let mut freed = false;
        let mut unneeded = Vec::new();
        for touch in std::mem::take(&mut state.touched) {
            self.attention.insert(touch);
            match touch {
                Touch::Take(ix, n) => {
                    let bearing = state.nodes()[ix].take(n).map_or(Bearing::Over, crate::journal::state::Take::bearing);
                    freed |= bearing != Bearing::Active || state.index().landed.contains(&(ix, n));
                    if bearing == Bearing::Over {
                        self.busy.remove(&(ix, n));
                        self.notes.remove(&(ix, n));
                    }
                    self.notes.entry((ix, n)).and_modify(|notes| notes.next = None);
                    // A stray take has come by the number that an ask stands for: the ask goes back.
                    let passed_over = |asked: &Asked| {
                        let used = state.nodes()[ix].phase == Phase::Taking { n: asked.n };
                        asked.n < state.nodes()[ix].next_take() && !used
                    };
                    if self.asked(ix).is_some_and(passed_over) {
                        unneeded.extend(self.forget_ask(ix).map(|asked| (ix, asked.n)));
                        self.attention.insert(Touch::Node(ix));
                    }
                }
                Touch::Node(ix) => {
                    self.life.changed(ix, &state.nodes()[ix].phase);
                    let on_the_way = matches!(state.nodes()[ix].phase, Phase::Keyed { .. } | Phase::Prepared { .. });
                    if !on_the_way {
                        self.leave_the_way(ix);
                        let used = |asked: &Asked| state.nodes()[ix].phase == Phase::Taking { n: asked.n };
                        let asked = self.forget_ask(ix).filter(|asked| !used(asked));
                        unneeded.extend(asked.map(|asked| (ix, asked.n)));
                        if self.short.is_some_and(|(short, _)| short == ix) {
                            self.short = None;
                            freed = true;
                        }
                    }
                    if !matches!(state.nodes()[ix].phase, Phase::Ready | Phase::Resting { .. }) {
                        self.looking.remove(&ix);
                    }
                }
            }
        }
        freed |= std::mem::take(&mut self.unclaimed);
        if freed {
            self.look_along_the_way(state);
            self.attention.extend(state.index().lookers.iter().map(|ix| Touch::Node(*ix)));
        }
        unneeded
    }

    /// Looks again at this when the moment has come.
    pub(crate) fn attended(&mut self, touch: Touch, again: Option<Moment>) {
        self.attention.remove(&touch);
        self.forget_due(touch);
        if let Some(moment) = again {
            self.due.insert(touch, moment);
            self.due_order.insert((moment, touch));
        }
    }

    fn forget_due(&mut self, touch: Touch) {
        if let Some(moment) = self.due.remove(&touch) {
            self.due_order.remove(&(moment, touch));
        }
    }

    /// What is due is looked at.
    pub(crate) fn wake(&mut self, now: Moment) {
        while let Some(&(moment, touch)) = self.due_order.first()
            && moment <= now
        {
            self.forget_due(touch);
            self.attention.insert(touch);
        }
    }

    /// When something is due next.
    pub(super) fn next_due(&self) -> Option<Moment> {
        self.due_order.first().map(|(moment, _)| *moment)
    }

    /// An action was started.
    pub(crate) fn started(&mut self, ix: Ix, n: u32, busy: Busy) {
        self.busy.insert((ix, n), busy);
        let notes = self.notes.entry((ix, n)).or_default();
        match busy.kind {
            Kind::Cancel => notes.cancel_sent = true,
            Kind::Poll => notes.cancel_sent = false,
            Kind::Prepare | Kind::Submit | Kind::Fetch | Kind::Find | Kind::Work => {}
        }
        notes.next = None;
    }

    /// An action was reported; says whether it was under way.
    pub(super) fn reported(&mut self, ix: Ix, n: u32, kind: Kind, ordinal: u64) -> Option<Busy> {
        let busy = self.busy.get(&(ix, n)).copied()?;
        if busy.kind != kind || busy.ordinal != ordinal {
            return None;
        }
        self.attention.insert(Touch::Take(ix, n));
        self.attention.insert(Touch::Node(ix));
        self.busy.remove(&(ix, n))
    }

    /// Admission answered.
    pub(crate) fn answered(&mut self, ix: Ix, answer: Standing) {
        let Some(asked) = self.asked.get(&ix).cloned() else { return };
        self.ask_stands(ix, Asked { answer, ..asked });
    }

    /// An ask was sent to admission.
    pub(crate) fn ask(&mut self, ix: Ix, ask: &Ask) {
        let paid = matches!(ask.lane, Lane::Submission { .. });
        self.ask_stands(ix, Asked { n: ask.take.n, paid, room: ask.room, answer: Standing::Open });
    }

    fn ask_stands(&mut self, ix: Ix, asked: Asked) {
        let answer = &asked.answer;
        if answer.moves() {
            self.stuck.remove(&ix);
        } else {
            self.stuck.insert(ix);
        }
        if matches!(answer, Standing::Waits(Wait::Key { .. })) {
            self.leave_window(ix);
        }
        self.attention.insert(Touch::Node(ix));
        if asked.paid && asked.answer.claims() {
            self.claiming.insert(ix);
        } else {
            self.unclaimed |= self.claiming.remove(&ix);
        }
        self.asked.insert(ix, asked);
    }

    /// The ask of a node is over, whatever became of it.
    pub(crate) fn forget_ask(&mut self, ix: Ix) -> Option<Asked> {
        self.stuck.remove(&ix);
        self.unclaimed |= self.claiming.remove(&ix);
        self.asked.remove(&ix)
    }

    /// The key that the node waited for is free.
    pub(crate) fn look_again(&mut self, ix: Ix) {
        self.forget_ask(ix);
        self.relook.insert(ix);
        self.attention.insert(Touch::Node(ix));
    }

    /// The node is on its way to a take.
    pub(crate) fn enter_window(&mut self, provider: Option<ProviderId>, ix: Ix) {
        self.window.entry(provider).or_default().insert(ix);
    }

    /// Whether a node takes a place on the way to a take.
    pub(super) fn is_on_the_way(&self, ix: Ix) -> bool {
        self.asked.contains_key(&ix) || self.window.values().any(|nodes| nodes.contains(&ix))
    }

    /// A node that is not on its way any more wants nothing of what was begun for that.
    fn leave_the_way(&mut self, ix: Ix) {
        let own = self.busy.range((ix, 0)..=(ix, u32::MAX));
        if let Some(preparing) = own.filter(|(_, busy)| busy.kind == Kind::Prepare).map(|(at, _)| *at).next() {
            self.busy.remove(&preparing);
        }
        self.relook.remove(&ix);
        self.leave_window(ix);
    }

    /// The grant of a node is there. The key is looked up once more: whoever made it meanwhile has let go of it, and
    /// nobody can make it now.
    pub(crate) fn granted(&mut self, ix: Ix) {
        self.answered(ix, Standing::Granted);
        self.relook.insert(ix);
    }

    /// The key of a node is being asked for.
    pub(crate) fn look(&mut self, ix: Ix) {
        self.relook.remove(&ix);
        self.looking.insert(ix);
    }

    /// The cap has no room for what a node wants.
    pub(crate) const fn short(&mut self, ix: Ix, wants: Money) {
        self.short = Some((ix, wants));
    }

    /// Something is looked at at once.
    pub(crate) fn nudge(&mut self, touch: Touch) {
        self.attention.insert(touch);
    }

    /// The ask of a node, while it stands.
    pub(crate) fn asked(&self, ix: Ix) -> Option<&Asked> {
        self.asked.get(&ix)
    }

    fn leave_window(&mut self, ix: Ix) {
        for nodes in self.window.values_mut() {
            nodes.remove(&ix);
        }
    }

    /// What was started and not reported.
    pub fn under_way(&self) -> impl Iterator<Item = (Ix, u32, Busy)> + '_ {
        self.busy.iter().map(|((ix, n), busy)| (*ix, *n, *busy))
    }

    /// What was asked of admission and is not over.
    pub fn asking(&self) -> impl Iterator<Item = (Ix, &Asked)> + '_ {
        self.asked.iter().map(|(ix, asked)| (*ix, asked))
    }

    /// Whether anything is under way for this take.
    pub(super) fn busy(&self, ix: Ix, n: u32) -> Option<Busy> {
        self.busy.get(&(ix, n)).copied()
    }

    /// Whether an action was started so long ago that its host must have lost it.
    pub(super) fn overdue(busy: Busy, patience: Duration, now: Moment) -> bool {
        now >= busy.since.after(patience.saturating_mul(2))
    }

    /// What was seen of a take.
    pub(super) fn notes(&self, ix: Ix, n: u32) -> Notes {
        self.notes.get(&(ix, n)).cloned().unwrap_or_default()
    }
}
