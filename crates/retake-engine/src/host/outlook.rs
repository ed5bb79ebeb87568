//! What the nodes of a run wait for at this moment, node by node, for people who look on.
//!
//! Most of it is memory that stands in no journal: rates, breakers, slots, whose turn it is. It decides nothing.

use serde::{Deserialize, Serialize};

use crate::admission::{Admission, Bears, Closed, Wait};
use crate::decide::Standing;
use crate::engine::Actor;
use crate::graph::{Ix, Offer};
use crate::id::{EntryId, NodeId, ProviderId};
use crate::journal::RunState;
use crate::journal::state::Phase;
use crate::moment::Moment;
use crate::money::Money;

/// How many nodes are told of.
const NODES_MAX: usize = 200;

/// What a run waits for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlook {
    /// When that was.
    pub at: Moment,
    /// Its nodes that wait for anything but each other.
    pub nodes: Vec<Waiting>,
    /// How much of each provider is in use whose work the run wants.
    pub providers: Vec<Bears>,
}

/// A node that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Which one.
    pub node: NodeId,
    /// By whom it is to be made.
    pub model: Option<EntryId>,
    /// Who would be asked.
    pub provider: Option<ProviderId>,
    /// For what it waits.
    #[serde(flatten)]
    pub why: Why,
    /// Until when, where time alone ends it.
    pub until: Option<Moment>,
}

/// For what a node waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Why {
    /// Its provider has asked for that.
    Asked,
    /// A pause of our own after a failure.
    Backoff,
    /// The provider's rate.
    Rate {
        /// So many submissions.
        count: u32,
        /// In so many milliseconds.
        per_ms: u64,
    },
    /// The model fails too often.
    Breaker {
        /// Whether one is under way that will tell whether it still does.
        probing: bool,
    },
    /// Too much is being repeated at the provider.
    Repeats,
    /// As much as the provider bears now is in flight there.
    Full {
        /// How much that is.
        filled: u32,
        /// How much it bears now.
        width: u32,
        /// How much it bears when it does not throttle.
        concurrency: u32,
    },
    /// As much is in flight as all runs together may have.
    Submissions {
        /// How much that is.
        limit: u32,
    },
    /// As much is in flight as this run may have.
    Concurrency {
        /// How much that is.
        limit: u32,
    },
    /// Its turn.
    Turn,
    /// Another take makes the same.
    Same {
        /// Which one.
        take: String,
        /// Whether that one waits for a person.
        held: bool,
    },
    /// What the run before this one has reserved.
    Predecessor {
        /// How much that is.
        reserved: Money,
    },
    /// The run's own cap has no room.
    Cap,
    /// The account's cap.
    Account {
        /// How much is missing.
        short: Money,
    },
    /// The cap of the day.
    Day {
        /// How much is missing.
        short: Money,
    },
    /// The provider refuses us.
    Denied,
    /// There is no room on the disk.
    DiskFull,
    /// The process is about to end.
    Stopping,
}

/// What a run waits for now.
pub(super) fn of(actor: &Actor, admission: &Admission, now: Moment) -> Outlook {
    let state = actor.state();
    let mut outlook = Outlook { at: now, ..Outlook::default() };
    for ix in 0..state.nodes().len() {
        let node = &state.nodes()[ix];
        let offer = state.graph().offer(ix, node.entry);
        let Some((why, until)) = waits(actor, admission, ix, offer, now) else { continue };
        outlook.nodes.push(Waiting {
            node: state.id(ix).clone(),
            model: state.graph().node(ix).spec.route.get(node.entry).cloned(),
            provider: offer.map(|offer| offer.provider.clone()),
            why,
            until,
        });
        if outlook.nodes.len() == NODES_MAX {
            break;
        }
    }
    outlook.providers = providers(state).iter().filter_map(|provider| admission.bears(provider)).collect();
    outlook
}

/// The providers that have open takes of the run, or are to have some.
fn providers(state: &RunState) -> Vec<ProviderId> {
    let entries = state.index().open().filter_map(|(ix, n)| Some((ix, state.nodes()[ix].take(n)?.entry)));
    let next = state.index().prepared.iter().map(|ix| (*ix, state.nodes()[*ix].entry));
    let of = entries.chain(next).filter_map(|(ix, entry)| Some(state.graph().offer(ix, entry)?.provider.clone()));
    let mut found: Vec<ProviderId> =
        of.chain(state.index().keyed.keys().filter_map(|queue| queue.provider.clone())).collect();
    found.sort();
    found.dedup();
    found
}

fn waits(
    actor: &Actor,
    admission: &Admission,
    ix: Ix,
    offer: Option<&Offer>,
    now: Moment,
) -> Option<(Why, Option<Moment>)> {
    let (state, flight) = (actor.state(), actor.flight());
    let node = &state.nodes()[ix];
    match &node.phase {
        Phase::Resting { until } if *until > now => {
            let asked = node.faults.get(&node.entry).is_some_and(|fault| fault.retry_after.is_some());
            Some((if asked { Why::Asked } else { Why::Backoff }, Some(*until)))
        }
        Phase::Keyed { .. } | Phase::Prepared { .. } => match flight.asked(ix) {
            Some(asked) if matches!(asked.answer, Standing::Waits(_)) => {
                let wait = admission.waits(&state.no(ix, asked.n).of(state.spec().id))?;
                of_wait(&wait, admission, offer)
            }
            Some(_) => None,
            None => not_asked(state, ix, offer?).map(|why| (why, None)),
        },
        _ => None,
    }
}

/// What keeps a priced node from asking at all.
fn not_asked(state: &RunState, ix: Ix, offer: &Offer) -> Option<Why> {
    let Phase::Prepared { worst, .. } = state.nodes()[ix].phase else { return None };
    if state.denied.contains_key(&offer.provider) {
        return Some(Why::Denied);
    }
    let limit = state.spec().concurrency.max(1);
    let places = usize::try_from(limit).unwrap_or(usize::MAX);
    let flying = u32::try_from(state.index().filled(places)).unwrap_or(u32::MAX);
    match () {
        () if flying >= limit => Some(Why::Concurrency { limit }),
        () if !state.ledger().fits(worst) => Some(Why::Cap),
        () => None,
    }
}

fn of_wait(wait: &Wait, admission: &Admission, offer: Option<&Offer>) -> Option<(Why, Option<Moment>)> {
    let bears = offer.and_then(|offer| admission.bears(&offer.provider));
    Some(match wait {
        Wait::Turn => (turn(admission, bears.as_ref(), offer)?, None),
        Wait::Rate { until: at } => {
            let rate = bears.as_ref()?.rate;
            let per_ms = u64::try_from(rate.per.as_millis()).unwrap_or(u64::MAX);
            (Why::Rate { count: rate.count, per_ms }, Some(*at))
        }
        Wait::Breaker { until: at } => {
            let probing = admission.now() >= *at;
            (Why::Breaker { probing }, Some(*at).filter(|_| !probing))
        }
        Wait::RetryBudget { until: at } => (Why::Repeats, Some(*at)),
        Wait::Key { holder, held } => {
            let weak = offer.is_some_and(|offer| offer.dedupe.is_weak());
            // Where the provider could not tell two alike it may be a take of another account.
            let take = if weak { String::new() } else { holder.to_string() };
            (Why::Same { take, held: *held }, None)
        }
        Wait::Predecessor { reserved, .. } => (Why::Predecessor { reserved: *reserved }, None),
        Wait::Account { short } => (Why::Account { short: *short }, None),
        Wait::Day { short, until: at } => (Why::Day { short: *short }, Some(*at)),
        Wait::Closed { why: Closed::DiskFull } => (Why::DiskFull, None),
        Wait::Closed { why: Closed::Stopping } => (Why::Stopping, None),
    })
}

/// Who is in the way of somebody who only waits for their turn; local work says nothing, for it is always somebody's.
fn turn(admission: &Admission, bears: Option<&Bears>, offer: Option<&Offer>) -> Option<Why> {
    offer?;
    let (flying, limit) = admission.submissions();
    Some(match bears {
        Some(Bears { filled, width, concurrency, .. }) if filled >= width => {
            Why::Full { filled: *filled, width: *width, concurrency: *concurrency }
        }
        _ if flying >= limit => Why::Submissions { limit },
        _ => Why::Turn,
    })
}
