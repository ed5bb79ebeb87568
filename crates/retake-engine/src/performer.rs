//! The outward face: seven small actions that the film layer performs, and what it reports of them.
//!
//! The engine starts an [`Action`]; the performer later hands in a [`Report`]. Nothing here decides anything.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::graph::Extension;
use crate::id::{EntryId, Hash, Key, NodeId, TakeId, Ticket};
use crate::moment::Moment;
use crate::money::Money;

/// Stored outputs, in the order the step names them, and small facts about them such as their length.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outputs {
    /// What was made: its role and the hash of its bytes.
    pub artifacts: Vec<Artifact>,
    /// What other nodes need to know of it without opening it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<Arc<str>, Arc<str>>,
}

/// A stored output, named by the hash of its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// What it is to the step, such as `clip` or `words`.
    pub role: Arc<str>,
    /// The hash of its bytes.
    pub hash: Hash,
}

/// What the nodes that a node uses have made, in the order of its inputs; those that were not made are missing.
pub type Inputs = Vec<(NodeId, Arc<Outputs>)>;

/// Something to be done outside. A report answers it by take, kind and ordinal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Which take it serves.
    pub take: TakeId,
    /// Which of the run's actions it is; never used twice.
    pub ordinal: u64,
    /// By which entry of the catalogue.
    pub entry: EntryId,
    /// The key of what is being made.
    pub key: Key,
    /// What a redo added to it: who draws lots here draws others. Nothing where there was none.
    pub salt: u64,
    /// What the node's writer wrote down for whoever makes it.
    pub recipe: Arc<str>,
    /// What is written down of the entry.
    pub card: Arc<str>,
    /// What to do.
    pub task: Task,
}

/// The seven things a performer can do. The comment on each says what it means when its report is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Build the exact request, store it, price it. Repeat freely.
    Prepare {
        /// What it is made from.
        inputs: Inputs,
    },
    /// Send those bytes once. Never repeated: a lost one makes the take unclear.
    Submit {
        /// The stored request.
        request: Hash,
    },
    /// Ask once how it stands. Repeat freely.
    Poll {
        /// What to ask about.
        ticket: Ticket,
    },
    /// Download the outputs and check them. Repeat freely; outranks new submissions.
    Fetch {
        /// Whose outputs.
        ticket: Ticket,
        /// The stored request that they answer, where it was ours.
        request: Option<Hash>,
    },
    /// Look for a take whose answer was lost. Repeat freely.
    Find {
        /// The stored request, to compare with.
        request: Hash,
        /// When it may have been sent at the earliest.
        since: Moment,
    },
    /// Ask the provider to stop. Repeated until the provider's state is terminal.
    Cancel {
        /// What to stop.
        ticket: Ticket,
    },
    /// Compute here. Repeat freely: outputs are named by their content.
    Work {
        /// What it is made from.
        inputs: Inputs,
    },
}

/// Which of the seven an action is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// [`Task::Prepare`].
    Prepare,
    /// [`Task::Submit`].
    Submit,
    /// [`Task::Poll`].
    Poll,
    /// [`Task::Fetch`].
    Fetch,
    /// [`Task::Find`].
    Find,
    /// [`Task::Cancel`].
    Cancel,
    /// [`Task::Work`].
    Work,
}

impl Task {
    /// Which of the seven it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Prepare { .. } => Kind::Prepare,
            Self::Submit { .. } => Kind::Submit,
            Self::Poll { .. } => Kind::Poll,
            Self::Fetch { .. } => Kind::Fetch,
            Self::Find { .. } => Kind::Find,
            Self::Cancel { .. } => Kind::Cancel,
            Self::Work { .. } => Kind::Work,
        }
    }
}

/// What came of an action. One that repeats or no longer fits is dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Which take it is about.
    pub take: TakeId,
    /// Which action it answers; a webhook answers none.
    pub answers: Option<(Kind, u64)>,
    /// What was learned.
    pub answer: Answer,
}

/// What a performer can learn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Prepare: the request is stored.
    Prepared {
        /// The hash of its bytes.
        request: Hash,
        /// What it can cost at the most.
        worst: Money,
    },
    /// Submit, a webhook: it was accepted under this ticket.
    Ticket(Ticket),
    /// Poll: not done yet.
    Pending {
        /// When the provider wants to be asked again.
        after: Option<Duration>,
        /// Whether it has begun: what has not may be cancelled for nothing.
        begun: bool,
    },
    /// A webhook: something has changed; a poll will tell what.
    Nudged,
    /// Poll: done, the outputs can be fetched.
    Succeeded {
        /// What was charged, where the provider says so.
        charge: Option<Money>,
    },
    /// Fetch, Work, a synchronous Submit, or a Find that met a receipt: stored outputs.
    Outputs(Delivery),
    /// Poll: the provider does not know this ticket.
    Gone,
    /// Find: what the provider shows that may be the take.
    Candidates(Vec<Candidate>),
    /// Cancel: the wish was heard; how it ends, a poll will tell.
    Heard,
    /// Any: it failed.
    Failed(Failure),
    /// The host cannot vouch for the action: nobody knows whether it was done.
    Lost,
}

/// Outputs, with what came along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// What was made.
    pub outputs: Outputs,
    /// What was charged, where that is known and was not said before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge: Option<Money>,
    /// What the run grows by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Extension>,
}

/// A failure, with what came along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong.
    pub fault: Fault,
    /// What was charged all the same, where that is known.
    pub charge: Option<Money>,
    /// What the run grows by: a repair.
    pub extension: Option<Extension>,
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self { fault, charge: None, extension: None }
    }
}

impl From<Fault> for Box<Failure> {
    fn from(fault: Fault) -> Self {
        Self::new(fault.into())
    }
}

/// Work at the provider that may be a take whose answer was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its id there.
    pub ticket: Ticket,
    /// When the provider says that it began.
    pub created: Moment,
    /// How far it agrees with what was sent.
    pub likeness: Likeness,
}

/// How far a candidate agrees with a request; the closest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// It shows our nonce, our id or our key: it is ours.
    Exact,
    /// Model and input agree; another request may have looked the same.
    Same,
    /// It shows too little to compare.
    Unknown,
}
