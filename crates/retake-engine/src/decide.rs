//! What to do next about a run: the table of contents.
//!
//! Pure: from what is true ([`RunState`]), what is under way ([`Flight`]) and the time, it proposes. It takes up one
//! matter at a time, so that each decision is made in the light of the one before; its caller carries the decisions
//! out and asks again until nothing is left. Proposing changes nothing.

use serde::{Deserialize, Serialize};

use crate::admission::{Ask, Standing as RunStanding};
use crate::fault::Fault;
use crate::graph::Ix;
use crate::id::{EntryId, Hash, Key, NodeId, RunId};
use crate::journal::event::Event;
use crate::journal::state::{Phase, RunState, Status, Touch};
use crate::moment::Moment;
use crate::money::Money;
use crate::performer::{Inputs, Kind, Outputs, Task};

mod case;
mod conclude;
mod flight;
mod hear;
mod holding;
mod judge;
mod last_look;
mod life;
mod onward;
mod route;
mod start;
mod takes;
mod unclear;
mod unison;

pub use flight::{Asked, Busy, Flight, Standing};
pub(crate) use hear::{hear, looked};
pub(crate) use holding::holding;

/// One thing to be done, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Write this down.
    Record(Event),
    /// Start an action for this take of the node, once all that is written is safe.
    Start {
        /// Which node.
        ix: Ix,
        /// Which of its takes.
        n: u32,
        /// By which entry of the catalogue.
        entry: EntryId,
        /// The key of what is made.
        key: Key,
        /// What to do.
        task: Task,
    },
    /// Ask for the node's key, and what is known of it.
    Look {
        /// Which node.
        ix: Ix,
        /// What determines the key.
        look: Look,
    },
    /// Ask admission.
    Ask {
        /// For which node.
        ix: Ix,
        /// What for.
        ask: Ask,
    },
    /// The ask or grant of this node is not needed.
    GiveBack {
        /// Which node.
        ix: Ix,
    },
    /// The cap has no room for what this node wants.
    Short {
        /// Which node.
        ix: Ix,
        /// How much it wants.
        wants: Money,
    },
    /// Look at this again at once.
    Nudge {
        /// What.
        touch: Touch,
    },
    /// There is nothing to be done about this until it changes, or until then.
    Attended {
        /// What.
        touch: Touch,
        /// When to look again.
        again: Option<Moment>,
    },
}

/// All that determines the key of a node by one entry. The film layer makes the key of it, purely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Which node.
    pub node: NodeId,
    /// By which entry of the catalogue.
    pub entry: EntryId,
    /// The hash of step and parameters.
    pub identity: Hash,
    /// The node's recipe.
    pub recipe: std::sync::Arc<str>,
    /// The hash of the entry.
    pub entry_identity: Hash,
    /// The entry's card.
    pub card: std::sync::Arc<str>,
    /// What a redo added.
    pub salt: u64,
    /// What the nodes it uses have made, in the order of its inputs; those that were not made are missing.
    pub inputs: Inputs,
}

impl Look {
    /// The key where all outputs of all inputs count in full: what most steps want.
    #[must_use]
    pub fn key(&self) -> Key {
        let salt = self.salt.to_be_bytes();
        let mut parts = vec![self.identity.as_bytes().as_slice(), self.entry_identity.as_bytes(), &salt];
        for (node, outputs) in &self.inputs {
            parts.push(node.as_str().as_bytes());
            for artifact in &outputs.artifacts {
                parts.extend([artifact.role.as_bytes(), artifact.hash.as_bytes()]);
            }
        }
        Key(Hash::of(parts))
    }
}

impl Look {
    /// The key where the node is made in every run: no other run has it, and no other node.
    pub(crate) fn key_within(&self, run: RunId) -> Key {
        Key(Hash::of([self.key().0.as_bytes().as_slice(), run.0.as_bytes(), self.node.as_str().as_bytes()]))
    }
}

/// What is remembered of a key, by account and across runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "memory", rename_all = "kebab-case")]
pub enum Memory {
    /// It was finished.
    Finished(Finished),
    /// It is known to be refused.
    Refused(Fault),
}

/// A finished key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// Who made it.
    pub from: crate::id::TakeId,
    /// What was made.
    pub outputs: Outputs,
    /// What it cost.
    pub cost: Money,
    /// What the run grew by.
    pub extension: Option<crate::graph::Extension>,
}

/// What to do next. Nothing at all means that only time, a report or a person can move the run on.
#[must_use]
pub fn decide(state: &RunState, flight: &Flight, now: Moment) -> Vec<Decision> {
    let mut decisions = matter(state, flight, now);
    let moves = |decision: &Decision| match decision {
        Decision::Record(event) => moves_on(event),
        Decision::Start { task, .. } => task.kind() == Kind::Prepare,
        _ => false,
    };
    if matches!(state.status(), Status::Paused(_)) && decisions.iter().any(moves) {
        decisions.insert(0, Decision::Record(Event::Continued));
    }
    decisions
}

/// The first matter that something can be done about.
fn matter(state: &RunState, flight: &Flight, now: Moment) -> Vec<Decision> {
    let index = state.index();
    if let Some(&ix) = index.judging.first() {
        return judge::judge(state, ix, now);
    }
    if let Some(&ix) = index.doomed.first() {
        return judge::doomed(state, ix);
    }
    if let Some(touch) = flight.attention.first() {
        return match *touch {
            Touch::Take(ix, n) => takes::attend(state, flight, ix, n, now),
            Touch::Node(ix) => onward::attend(state, flight, ix, now),
        };
    }
    unison::step(state, flight, now)
        .or_else(|| onward::gates(state))
        .or_else(|| onward::rested(state, flight, now))
        .or_else(|| onward::windows(state, flight, now))
        .unwrap_or_else(|| conclude::conclude(state, flight, now))
}

/// When to decide again although nothing was reported.
#[must_use]
pub fn wake_at(state: &RunState, flight: &Flight, now: Moment) -> Option<Moment> {
    let later = |moment: &Moment| *moment > now;
    let going = state.stop.is_none();
    let resting = state.index().resting.first().map(|(until, _)| *until).filter(|_| going);
    let cut = flight.life.next_rested().filter(|_| going);
    let over = matches!(state.status(), Status::Ended(_));
    let deadline = state.spec().deadline.filter(|_| !over);
    [flight.next_due(), resting.filter(later), cut.filter(later), deadline.filter(later)].into_iter().flatten().min()
}

/// Whether an event means that a paused run moves again.
const fn moves_on(event: &Event) -> bool {
    matches!(
        event,
        Event::Intended { .. }
            | Event::Reused { .. }
            | Event::Opened { .. }
            | Event::Retrying { .. }
            | Event::RoundBegan { .. }
    )
}

/// What a run holds, for admission: at its start and after a restart.
#[must_use]
pub fn standing(state: &RunState) -> RunStanding {
    RunStanding {
        run: state.spec().id,
        account: state.spec().account.clone(),
        supersedes: state.spec().supersedes,
        spent: state.ledger().spent_by_day().collect(),
        holdings: holding::holdings(state),
    }
}

/// Whether nothing new may be begun.
fn is_stopping(state: &RunState) -> bool {
    state.stop.is_some() || matches!(state.status(), Status::Ended(_))
}

/// What the nodes that this one uses have made.
fn inputs(state: &RunState, ix: Ix) -> Inputs {
    let made = |at: &Ix| match &state.nodes()[*at].phase {
        Phase::Complete { outputs } => Some((state.id(*at).clone(), std::sync::Arc::clone(outputs))),
        _ => None,
    };
    state.graph().node(ix).inputs.iter().filter_map(made).collect()
}
