//! What is said to admission and what it says back: limits, standings, asks, replies and news.
//!
//! Owns the words and the defaults; it knows no rule.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, Key, ModelId, ProviderId, RunId, TakeId};
use crate::moment::{Day, Moment};
use crate::money::Money;

/// What all runs of a process together may do. A limit of zero is read as one, so that nothing stands still for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Paid calls in flight, all providers together.
    pub submissions: u32,
    /// Process slots for local work.
    pub processes: u32,
    /// What an account without caps of its own may spend in total.
    pub account: Money,
    /// What such an account may spend in a UTC day.
    pub day: Money,
    /// The terms of the providers that have their own.
    pub providers: BTreeMap<ProviderId, Terms>,
    /// The terms of all others.
    pub default_terms: Terms,
}

/// What an account may spend; what is lowered revokes nothing but grants nothing either until it fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// In total.
    pub total: Money,
    /// In a UTC day.
    pub day: Money,
}

/// How a provider is to be treated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Calls in flight; being throttled lowers it for a while.
    pub concurrency: u32,
    /// Submissions per time.
    pub rate: Rate,
    /// When to leave a failing model alone.
    pub breaker: BreakerTerms,
    /// How many repetitions are allowed beside first attempts.
    pub retry: RetryBudget,
}

/// So many submissions in so much time; as many may come at once after a quiet time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In how much time; none at all means without limit.
    #[serde(rename = "per_ms", with = "crate::moment::ms")]
    pub per: Duration,
}

/// What a provider bears at one moment, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bears {
    /// Which provider.
    pub provider: ProviderId,
    /// Calls in flight there, of all runs.
    pub filled: u32,
    /// How many it bears now.
    pub width: u32,
    /// How many it bears when it does not throttle.
    pub concurrency: u32,
    /// Submissions per time.
    pub rate: Rate,
}

/// Whether takes of a (provider, model) are let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breaking {
    /// They are.
    Closed,
    /// It fails and is left alone.
    Resting,
    /// One is under way that will tell whether it still fails.
    Probing,
}

/// When a (provider, model) counts as failing and for how long it is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerTerms {
    /// How far back answers count.
    pub window: Duration,
    /// With fewer answers than this nothing is concluded.
    pub minimum: u32,
    /// The share of failures, in thousandths, from which it is left alone.
    pub failing_permille: u32,
    /// How long it is left alone before one probe is let through.
    pub rest: Duration,
}

/// A bucket of credit that repetitions are paid from, so that they cannot multiply an outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryBudget {
    /// The most credit that is kept.
    pub capacity: u32,
    /// What a repetition costs; at most the capacity counts.
    pub cost: u32,
    /// What a good answer earns.
    pub credit_per_success: u32,
    /// How long it takes to earn one by waiting; none at all means that credit is no limit.
    pub refill_every: Duration,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            concurrency: 8,
            rate: Rate { count: 600, per: Duration::from_secs(60) },
            breaker: BreakerTerms {
                window: Duration::from_secs(60),
                minimum: 5,
                failing_permille: 500,
                rest: Duration::from_secs(30),
            },
            retry: RetryBudget { capacity: 100, cost: 5, credit_per_success: 1, refill_every: Duration::from_secs(1) },
        }
    }
}

/// All that a run brings with it, read from its journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The run.
    pub run: RunId,
    /// Whose money it spends.
    pub account: AccountId,
    /// The run whose open takes it waits for; that one has to be entered too.
    pub supersedes: Option<RunId>,
    /// What it has spent, by the day of the intents.
    pub spent: Vec<(Day, Money)>,
    /// Its open takes.
    pub holdings: Vec<Holding>,
}

/// What may be open once: a key within an account, or, where the provider could not tell two alike, anywhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// Within which account; none where it is claimed from all of them, for they may share one at the provider.
    pub account: Option<AccountId>,
    /// What determines the output.
    pub key: Key,
}

impl Claim {
    /// A claim that only takes of the same account can be in the way of.
    #[must_use]
    pub const fn within(account: AccountId, key: Key) -> Self {
        Self { account: Some(account), key }
    }

    /// A claim that a take of any account can be in the way of.
    #[must_use]
    pub const fn anywhere(key: Key) -> Self {
        Self { account: None, key }
    }
}

/// An open take and what it fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Which take.
    pub take: TakeId,
    /// What it claims, if it still claims anything.
    pub claim: Option<Claim>,
    /// Where it is made.
    pub lane: Lane,
    /// The UTC date of its intent.
    pub day: Day,
    /// What it may still cost.
    pub reserved: Money,
    /// Whether it fills a slot of its lane.
    pub slot: bool,
    /// Whether it awaits a person.
    pub held: bool,
}

/// Where a take is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lane {
    /// At a provider.
    Submission {
        /// Who makes it.
        provider: ProviderId,
        /// With what.
        model: ModelId,
    },
    /// On this machine.
    Process {
        /// How many process slots it fills; with more than there are it runs alone.
        cores: u32,
    },
}

/// A wish to start a take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Which take.
    pub take: TakeId,
    /// What must not be open already.
    pub claim: Claim,
    /// Where it is to be made.
    pub lane: Lane,
    /// The most it can cost.
    pub worst: Money,
    /// What the run's own cap still allows at this moment, all its grants so far taken off. What the run is granted or
    /// gets back while the ask waits is taken into account, but no room at all stays none until it asks again.
    pub room: Money,
    /// Whether it repeats a failed take, which costs retry budget.
    pub retry: bool,
    /// Whether it may go ahead although a take that awaits a person holds the claim.
    pub despite_held: bool,
}

/// What an ask leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It may start; all it needs is reserved.
    Granted,
    /// The claim that was in other hands is free: look its key up again. The ask is forgotten.
    KeyFree,
    /// It has to wait, and will be told.
    Waits(Wait),
}

/// What an ask waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wait {
    /// A slot, or its turn; also that its run enters.
    Turn,
    /// The provider's rate.
    Rate {
        /// When the next submission may leave.
        until: Moment,
    },
    /// The model fails too often.
    Breaker {
        /// When a probe may leave; a moment that has passed means that the probe is under way.
        until: Moment,
    },
    /// Too much is being repeated at the provider.
    RetryBudget {
        /// When waiting alone will have earned enough.
        until: Moment,
    },
    /// Another open take makes the same.
    Key {
        /// Which; where the claim is held from all accounts, perhaps one of another account.
        holder: TakeId,
        /// Whether that one awaits a person.
        held: bool,
    },
    /// The run's cap has no room beside what is still reserved.
    Predecessor {
        /// What the runs that this one supersedes still reserve.
        reserved: Money,
        /// Whether waiting alone cannot help: what awaits a person is too much already.
        held: bool,
    },
    /// The account's total cap.
    Account {
        /// How much is missing.
        short: Money,
    },
    /// The account's cap of the day.
    Day {
        /// How much is missing.
        short: Money,
        /// When the next day begins.
        until: Moment,
    },
    /// Until admission is opened again.
    Closed {
        /// Why it is closed.
        why: Closed,
    },
}

/// Why nothing is granted, whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// There is no room to write down what would be begun.
    DiskFull,
    /// The process is about to end.
    Stopping,
}

/// What became of a granted take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// The provider's answer ended its work or refused it: its slot is free.
    Answered(Health),
    /// It runs past its time: its slot is free, and its claim unless it keeps it.
    Late {
        /// Whether the claim stays with it until it ends.
        keeps_claim: bool,
    },
    /// It awaits a person: its slot is free, its claim stays.
    Held,
    /// It awaits a person no longer and is open again; no slot is taken back.
    Reopened,
    /// It is over: what it reserved becomes what it cost, on the day of its intent; claim and slot are free.
    Ended {
        /// What it cost; nothing where all was released.
        spent: Money,
    },
}

/// What an answer says about the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It works.
    Good,
    /// It wants less of us.
    Throttled,
    /// It failed in a way that passes.
    Sick,
    /// Nothing: the request was at fault.
    Neutral,
}
