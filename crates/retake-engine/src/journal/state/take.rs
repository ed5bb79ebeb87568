//! A take: one attempt at a node by one entry, and the money it may cost.

use std::sync::Arc;

use crate::graph::Extension;
use crate::id::{Hash, Key, Ticket};
use crate::moment::Moment;
use crate::money::Money;
use crate::performer::Outputs;

/// Where a take stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakeState {
    /// It may be sent; only who wrote this down may send it.
    Intent,
    /// It may have been accepted.
    Unclear {
        /// Since when nobody waits for the answer.
        since: Moment,
    },
    /// It may have been accepted, and a person is to decide.
    Held,
    /// The provider accepted it.
    Submitted {
        /// Under this ticket.
        ticket: Ticket,
        /// When we learned it.
        since: Moment,
    },
    /// The provider is done.
    Succeeded {
        /// Under this ticket.
        ticket: Ticket,
        /// What was charged, where the provider says so.
        charge: Option<Money>,
        /// When we learned it.
        since: Moment,
    },
    /// Its outputs are here.
    Kept {
        /// What was made.
        outputs: Arc<Outputs>,
        /// What was booked for it.
        cost: Money,
        /// What the run grows by where the node takes it.
        extension: Option<Box<Extension>>,
    },
    /// It came to nothing.
    Fallen {
        /// What was booked for it.
        cost: Money,
    },
    /// It was provably not bought.
    Released,
    /// Nobody will know; it counts as bought.
    WrittenOff {
        /// What was booked for it.
        cost: Money,
    },
}

impl TakeState {
    /// The state in words that follow "it is".
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Intent => "intended",
            Self::Unclear { .. } => "unclear",
            Self::Held => "held",
            Self::Submitted { .. } => "submitted",
            Self::Succeeded { .. } => "succeeded",
            Self::Kept { .. } => "kept",
            Self::Fallen { .. } => "fallen",
            Self::Released => "released",
            Self::WrittenOff { .. } => "written off",
        }
    }
}

/// What a take is to its node and to the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearing {
    /// Its node waits for it.
    Active,
    /// It is open, but its node waits no longer: late, or one too many.
    Apart,
    /// It waits for a person.
    Held,
    /// It is over.
    Over,
}

/// What an intent says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Intent {
    pub(super) entry: usize,
    pub(super) key: Key,
    pub(super) request: Option<Hash>,
    pub(super) worst: Money,
}

/// One attempt at a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Take {
    /// The position of its entry in the node's route.
    pub entry: usize,
    /// The key of what it makes.
    pub key: Key,
    /// What was sent; a local take sends nothing and costs nothing.
    pub request: Option<Hash>,
    /// What it can cost at the most.
    pub worst: Money,
    /// When it was authorised.
    pub intended: Moment,
    /// When its submission counts as unanswered.
    pub answer_by: Moment,
    /// How often those bytes were sent, or may have been.
    pub sends: u32,
    /// Where it stands.
    pub state: TakeState,
    /// When our patience ended.
    pub expired: Option<Moment>,
    /// Whether the provider is asked to stop it.
    pub cancelling: bool,
    /// Whether work of it turned up that another take accounts for.
    pub strayed: bool,
    /// Whether a ticket of it is, or was, known.
    pub ticketed: bool,
    /// Whether it became unclear because our own process ended, which is no attempt that failed.
    pub interrupted: bool,
    /// Whether the provider no longer knows its ticket.
    pub gone: bool,
    /// Whether its node went on without it because it took too long.
    pub late: bool,
    /// Whether its node has no more use for it.
    pub aside: bool,
    /// Whether the clock was set back since it was authorised, so that nobody can tell how long ago that was.
    pub untimed: bool,
}

impl Take {
    /// What it is to its node and to the money.
    #[must_use]
    pub const fn bearing(&self) -> Bearing {
        match self.state {
            TakeState::Held => Bearing::Held,
            TakeState::Kept { .. } | TakeState::Fallen { .. } | TakeState::Released | TakeState::WrittenOff { .. } => {
                Bearing::Over
            }
            TakeState::Intent
            | TakeState::Unclear { .. }
            | TakeState::Submitted { .. }
            | TakeState::Succeeded { .. } => {
                if self.late || self.aside {
                    Bearing::Apart
                } else {
                    Bearing::Active
                }
            }
        }
    }

    /// Whether it is bought from a provider.
    #[must_use]
    pub const fn is_paid(&self) -> bool {
        self.request.is_some()
    }

    /// Its ticket, while it is open at the provider.
    #[must_use]
    pub const fn ticket(&self) -> Option<&Ticket> {
        match &self.state {
            TakeState::Submitted { ticket, .. } | TakeState::Succeeded { ticket, .. } => Some(ticket),
            TakeState::Intent
            | TakeState::Unclear { .. }
            | TakeState::Held
            | TakeState::Kept { .. }
            | TakeState::Fallen { .. }
            | TakeState::Released
            | TakeState::WrittenOff { .. } => None,
        }
    }
}
