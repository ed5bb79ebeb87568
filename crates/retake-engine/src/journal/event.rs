//! What can be written into a journal: facts that were reported and decisions that were made.
//!
//! An event says all that the fold needs, so that folding never decides anything again.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::graph::{Entry, Extension, NodeSpec, Quote};
use crate::id::{AccountId, EntryId, Hash, Key, NodeId, PolicyId, ProviderId, RunId, TakeId, TakeNo, Ticket};
use crate::moment::Moment;
use crate::money::Money;
use crate::performer::Outputs;
use crate::retry::Policy;

/// What a run is asked to do, and within which bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSpec {
    /// Its id, made by a face.
    pub id: RunId,
    /// What faces show of it and find it by, such as the film's title: nothing here reads it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub about: BTreeMap<Arc<str>, Arc<str>>,
    /// What it was made of, word by word, where that may lie nowhere else. It stays in the journal: whoever goes on with
    /// the run does not need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Arc<str>>,
    /// Whose money it spends, and with whom it shares what is finished.
    pub account: AccountId,
    /// Where its derived randomness starts.
    pub seed: u64,
    /// What it may spend.
    pub cap: Money,
    /// What it was quoted at.
    pub quote: Quote,
    /// How many paid takes it may have in flight.
    pub concurrency: u32,
    /// How often it goes back to what failed for reasons that can pass.
    pub rounds: u32,
    /// What becomes of takes that nobody can find out about.
    pub unclear: Unclear,
    /// Below this, such a take is written off and made again.
    pub write_off_limit: Money,
    /// What it does where money or time is up.
    pub on_budget: OnBudget,
    /// After this nothing is bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Moment>,
    /// How far it may grow.
    pub bounds: Bounds,
    /// The run whose place it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<RunId>,
    /// Salts that its predecessor's redos gave.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub salts: BTreeMap<NodeId, u64>,
    /// The catalogue that routes name.
    pub entries: BTreeMap<EntryId, Entry>,
    /// The policies that nodes name.
    pub policies: BTreeMap<PolicyId, Policy>,
    /// What is to be made.
    pub nodes: Vec<NodeSpec>,
    /// The node without which all is failed.
    pub goal: NodeId,
}

/// What becomes of a take above the write-off limit that nobody can find out about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unclear {
    /// It waits for a person.
    Hold,
    /// It is written off and the next entry of the route is tried.
    NextModel,
    /// It is written off and made again.
    Resend,
}

/// What a run does where money or time is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnBudget {
    /// It pauses.
    Pause,
    /// It finishes with what is there.
    Deliver,
}

/// How far a run may grow by extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Nodes in all.
    pub nodes: usize,
    /// Extensions between the plan and a node.
    pub generations: u32,
}

/// How a run is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// Nothing new is begun; paid work lands.
    Land,
    /// Paid work is cancelled at the provider as well.
    Cancel,
}

/// Why a run stands still until something outside it changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Pause {
    /// The next reservation does not fit.
    Budget {
        /// The node that would be next.
        node: NodeId,
        /// Which cap is in the way.
        cap: Cap,
        /// The smallest raise that continues.
        raise: Money,
    },
    /// A charge went over what had been published.
    Overrun {
        /// By how much in all.
        over: Money,
    },
    /// The time is up.
    Deadline {
        /// A node that is not made yet.
        node: NodeId,
    },
    /// A provider refuses us.
    Credentials {
        /// Which one.
        provider: ProviderId,
    },
    /// A person is to look at something.
    Review {
        /// A gate that waits, or the node of a held take.
        node: NodeId,
    },
}

/// A limit on money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cap {
    /// The run's own.
    Run,
    /// The account's.
    Account,
    /// The account's for one date.
    Day,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Everything was made.
    Completed,
    /// The goal was made without some of it.
    Partial,
    /// The goal was not made.
    Failed,
    /// A person stopped it, or another run took its place.
    Cancelled,
}

/// What a person decides about a held take, apart from adopting work found at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Write it off and make it again: the risk of paying twice is accepted.
    Resend,
    /// Write it off and go on without the node.
    Abandon,
}

/// One fact or decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The run came into being.
    Created {
        /// What it is to do.
        run: Box<RunSpec>,
    },
    /// A person set the cap.
    CapSet {
        /// To this.
        cap: Money,
    },
    /// A person set the deadline.
    DeadlineSet {
        /// To this; to none at all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline: Option<Moment>,
    },
    /// Nothing can move until something outside changes.
    Paused {
        /// What.
        #[serde(flatten)]
        pause: Pause,
    },
    /// Something moves again.
    Continued,
    /// A person stopped it.
    Stopped {
        /// How.
        stop: Stop,
    },
    /// Another run took its place.
    Superseded {
        /// Which one.
        by: RunId,
    },
    /// A person wants it to go on: what was paused, stopped or refused is tried again.
    Resumed,
    /// A person wants all that failed to be tried again.
    Retried,
    /// A person wants a node made anew.
    Redone {
        /// Which one.
        node: NodeId,
        /// What makes its key another.
        salt: u64,
    },
    /// A person went back to an earlier take.
    Picked {
        /// Which one.
        take: TakeNo,
    },
    /// Another pass over what failed for reasons that can pass.
    RoundBegan {
        /// Which one, from 1.
        round: u32,
    },
    /// What an extension adds fits the cap.
    Admitted {
        /// The node that extended the run.
        node: NodeId,
    },
    /// Nothing is left to do.
    Ended {
        /// How it ended.
        ending: Ending,
    },

    /// The node's key is known and nothing finished bears it.
    Keyed {
        /// Which node.
        node: NodeId,
        /// By which entry of its route, from 0.
        entry: usize,
        /// Its key.
        key: Key,
    },
    /// Something finished bears the node's key.
    Reused {
        /// Which node.
        node: NodeId,
        /// Its key.
        key: Key,
        /// Who made it.
        from: TakeId,
        /// What was made.
        outputs: Outputs,
        /// What it cost then.
        cost: Money,
        /// What the run grows by, as it grew then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        extension: Option<Extension>,
    },
    /// The entry is passed over without a take: it is known to refuse, or may not be bought.
    Skipped {
        /// Which node.
        node: NodeId,
        /// Which entry.
        entry: usize,
        /// Why.
        fault: Fault,
    },
    /// The node waits for something outside the run; for people to see.
    Waits {
        /// Which node.
        node: NodeId,
        /// For what, in words.
        why: String,
    },
    /// The request is stored and priced.
    Prepared {
        /// Which node.
        node: NodeId,
        /// The hash of the request.
        request: Hash,
        /// What it can cost at the most.
        worst: Money,
    },
    /// The request could not be built.
    Unready {
        /// Which node.
        node: NodeId,
        /// Why.
        fault: Fault,
    },
    /// Another take, of this entry or a later one, not before a moment.
    Retrying {
        /// Which node.
        node: NodeId,
        /// By which entry.
        entry: usize,
        /// Not before.
        not_before: Moment,
    },
    /// No take is left for now; a round may bring one.
    Failed {
        /// Which node.
        node: NodeId,
    },
    /// The node will not be made.
    GaveUp {
        /// Which node.
        node: NodeId,
        /// Why.
        fault: Fault,
        /// The node whose failure is the reason.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<NodeId>,
    },
    /// A gate opened.
    Opened {
        /// Which one.
        node: NodeId,
    },
    /// A person is to look before the gate opens.
    Reviewing {
        /// Which one.
        node: NodeId,
    },
    /// Before this node starts, an open ticket was asked about once more.
    AskedOnceMore {
        /// Which node.
        node: NodeId,
        /// Whose ticket.
        take: TakeNo,
    },

    /// A take was authorised: its worst case is reserved, and it may be sent.
    Intended {
        /// Which take.
        take: TakeNo,
        /// By which entry of the node's route.
        entry: usize,
        /// The key of what it makes.
        key: Key,
        /// What is sent; a local take sends nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<Hash>,
        /// What it can cost at the most.
        worst: Money,
        /// When its submission counts as unanswered.
        answer_by: Moment,
    },
    /// The identical bytes are sent again under the same key.
    Resent {
        /// Which take.
        take: TakeNo,
    },
    /// The provider accepted it.
    Submitted {
        /// Which take.
        take: TakeNo,
        /// Under this ticket.
        ticket: Ticket,
    },
    /// It was provably not accepted.
    Refused {
        /// Which take.
        take: TakeNo,
        /// Why.
        fault: Fault,
    },
    /// It may have been accepted, and nobody has told us.
    Lost {
        /// Which take.
        take: TakeNo,
        /// What was seen of it.
        fault: Fault,
    },
    /// An unclear take was found at the provider.
    Found {
        /// Which take.
        take: TakeNo,
        /// Under this ticket.
        ticket: Ticket,
    },
    /// An unclear take is provably not at the provider.
    Absent {
        /// Which take.
        take: TakeNo,
    },
    /// An unclear take waits for a person.
    Held {
        /// Which take.
        take: TakeNo,
    },
    /// Nobody will know whether the take was charged; it counts as if it had been.
    WrittenOff {
        /// Which take.
        take: TakeNo,
    },
    /// A person decided about a held take.
    Resolved {
        /// Which take.
        take: TakeNo,
        /// What they decided.
        verdict: Verdict,
    },
    /// Work at the provider that belongs to a take and is one too many: it is owed, and asked to stop.
    Stray {
        /// The take that it becomes.
        take: TakeNo,
        /// The take that it was meant to be.
        of: TakeNo,
        /// Its ticket.
        ticket: Ticket,
    },
    /// Our patience with the take is over.
    Expired {
        /// Which take.
        take: TakeNo,
    },
    /// The provider is asked to stop it until it has stopped.
    Cancelling {
        /// Which take.
        take: TakeNo,
    },
    /// The node no longer waits for it.
    Late {
        /// Which take.
        take: TakeNo,
    },
    /// The provider is done; the outputs are not here yet.
    Succeeded {
        /// Which take.
        take: TakeNo,
        /// What was charged, where the provider says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        charge: Option<Money>,
    },
    /// The take came to nothing, and what was charged is settled.
    Fell {
        /// Which take.
        take: TakeNo,
        /// Why.
        fault: Fault,
        /// What was charged, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        charge: Option<Money>,
        /// What the run grows by: a repair.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        extension: Option<Extension>,
    },
    /// The outputs are here, and what was charged is settled.
    Kept {
        /// Which take.
        take: TakeNo,
        /// What was made.
        outputs: Outputs,
        /// What was charged, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        charge: Option<Money>,
        /// Whether they become the node's; otherwise they are a spare.
        adopted: bool,
        /// What the run grows by.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        extension: Option<Extension>,
    },
}
