//! Nothing can be done at once: does anything move by itself, is there another round, who has to act, or is it over?

use super::last_look::{lookers, unasked};
use super::onward::{closed, skip};
use super::route::{next_local_entry, passable};
use super::unison::{Turn, turn};
use super::{Decision, Flight, Standing};
use crate::admission::Wait;
use crate::fault::{Acceptance, Class, Fault};
use crate::graph::Ix;
use crate::journal::RunState;
use crate::journal::event::{Cap, Ending, Event, OnBudget, Pause};
use crate::journal::state::{Phase, Status};
use crate::moment::Moment;
use crate::performer::Kind;

/// What follows when no single matter is left.
pub(super) fn conclude(state: &RunState, flight: &Flight, now: Moment) -> Vec<Decision> {
    if matches!(state.status(), Status::Ended(_)) {
        return Vec::new();
    }
    if state.stop.is_some() {
        let landed = state.index().active_paid.is_empty();
        return if landed { record(Event::Ended { ending: Ending::Cancelled }) } else { Vec::new() };
    }
    if moves(state, flight, now) {
        // A held take that was found is on its way again, and nothing else may be worth a word for a long time.
        let found = matches!(state.status(), Status::Paused(_)) && !state.index().active_paid.is_empty();
        return if found { record(Event::Continued) } else { Vec::new() };
    }
    if let Some(decisions) = round(state, flight, now) {
        return decisions;
    }
    if let Some(block) = block(state, flight, now) {
        return match state.spec().on_budget {
            OnBudget::Deliver if !matches!(block.pause, Pause::Review { .. }) || block.held => {
                deliver(state, &block, now)
            }
            OnBudget::Deliver | OnBudget::Pause => pause(state, block.pause),
        };
    }
    if let Some(&ix) = state.index().failed.first() {
        let fault = state.nodes()[ix].faults.values().next_back().cloned();
        let fault =
            fault.unwrap_or_else(|| Fault::new(Class::Internal, Acceptance::No, "it failed for no known reason"));
        return record(Event::GaveUp { node: state.id(ix).clone(), fault, because: None });
    }
    if state.index().unsettled == 0 { record(Event::Ended { ending: ending(state) }) } else { Vec::new() }
}

fn record(event: Event) -> Vec<Decision> {
    vec![Decision::Record(event)]
}

/// Whether something will happen without anybody doing anything.
fn moves(state: &RunState, flight: &Flight, now: Moment) -> bool {
    let index = state.index();
    let resting = index.resting.iter().any(|(_, ix)| !out_of_time(state, now) || !is_paid(state, *ix));
    let preparing = flight.busy.values().any(|busy| busy.kind == Kind::Prepare);
    let asking = flight.asked.len() > flight.stuck.len();
    let looking = !flight.looking.is_empty() || lookers(state).any(|ix| !unasked(state, ix).is_empty());
    !index.active_paid.is_empty() || !index.active_local.is_empty() || resting || preparing || asking || looking
}

/// Whether the next take of the node would be bought.
fn is_paid(state: &RunState, ix: Ix) -> bool {
    state.graph().offer(ix, state.nodes()[ix].entry).is_some()
}

fn out_of_time(state: &RunState, now: Moment) -> bool {
    state.spec().deadline.is_some_and(|deadline| now >= deadline)
}

/// The next item of a round, or the next round: one item at a time, since each ends before the next is looked for.
fn round(state: &RunState, flight: &Flight, now: Moment) -> Option<Vec<Decision>> {
    if closed(state, now) {
        return None;
    }
    let failed = &state.index().failed;
    let untried = |ix: &&Ix| state.nodes()[**ix].round < state.round;
    let again = |ix: &Ix| passable(state, *ix).filter(|_| turn(state, *ix) == Turn::Goes);
    let next = failed.range(flight.cursor..).filter(untried).find_map(|ix| Some((*ix, again(ix)?)));
    if let Some((ix, entry)) = next {
        return Some(record(Event::Retrying { node: state.id(ix).clone(), entry, not_before: now }));
    }
    let another = state.round < state.spec().rounds && failed.iter().any(|ix| again(ix).is_some());
    another.then(|| record(Event::RoundBegan { round: state.round + 1 }))
}

/// What stands in the way, and of whom.
struct Block {
    ix: Ix,
    pause: Pause,
    /// Whether a held take is what it waits for.
    held: bool,
}

/// The first thing that only somebody outside can change.
fn block(state: &RunState, flight: &Flight, now: Moment) -> Option<Block> {
    overrun_or_deadline(state, now)
        .or_else(|| short(state, flight))
        .or_else(|| denied(state))
        .or_else(|| stuck(state, flight))
        .or_else(|| review(state))
}

/// A node that would buy something if it were allowed to.
fn buyer(state: &RunState) -> Option<Ix> {
    let index = state.index();
    let keyed = index.keyed.iter().filter(|(queue, _)| queue.provider.is_some()).find_map(|(_, nodes)| nodes.first());
    let resting = index.resting.iter().map(|(_, ix)| ix).find(|ix| is_paid(state, **ix));
    index.prepared.first().or(keyed).or(resting).copied()
}

fn overrun_or_deadline(state: &RunState, now: Moment) -> Option<Block> {
    if !closed(state, now) {
        return None;
    }
    let ix =
        buyer(state).or_else(|| state.index().failed.first().copied().filter(|ix| passable(state, *ix).is_some()))?;
    let over = state.ledger().overrun();
    let pause = if over > state.overrun_seen {
        Pause::Overrun { over }
    } else {
        Pause::Deadline { node: state.id(ix).clone() }
    };
    Some(Block { ix, pause, held: false })
}

fn short(state: &RunState, flight: &Flight) -> Option<Block> {
    let (ix, wants) = flight.short?;
    let waits = matches!(state.nodes()[ix].phase, Phase::Keyed { .. } | Phase::Prepared { .. });
    let raise = state.ledger().short_by(wants);
    (waits && !raise.is_zero()).then(|| {
        let pause = Pause::Budget { node: state.id(ix).clone(), cap: Cap::Run, raise };
        Block { ix, pause, held: false }
    })
}

fn denied(state: &RunState) -> Option<Block> {
    let refused = |provider: &Option<crate::id::ProviderId>| {
        provider.as_ref().filter(|provider| state.denied.contains_key(provider)).cloned()
    };
    let keyed =
        state.index().keyed.iter().find_map(|(queue, nodes)| Some((*nodes.first()?, refused(&queue.provider)?)));
    let prepared = || {
        state.index().prepared.iter().find_map(|ix| {
            let provider = state.graph().offer(*ix, state.nodes()[*ix].entry).map(|offer| offer.provider.clone());
            Some((*ix, refused(&provider)?))
        })
    };
    let (ix, provider) = keyed.or_else(prepared)?;
    Some(Block { ix, pause: Pause::Credentials { provider }, held: false })
}

/// An ask that waits for money outside the run, or for a take that a person is to decide about.
fn stuck(state: &RunState, flight: &Flight) -> Option<Block> {
    let ix = *flight.stuck.first()?;
    let Standing::Waits(wait) = &flight.asked.get(&ix)?.answer else { return None };
    let node = state.id(ix).clone();
    let (pause, held) = match wait {
        Wait::Account { short } => (Pause::Budget { node, cap: Cap::Account, raise: *short }, false),
        Wait::Day { short, .. } => (Pause::Budget { node, cap: Cap::Day, raise: *short }, false),
        Wait::Key { .. }
        | Wait::Predecessor { .. }
        | Wait::Turn
        | Wait::Closed { .. }
        | Wait::Rate { .. }
        | Wait::Breaker { .. }
        | Wait::RetryBudget { .. } => (Pause::Review { node }, true),
    };
    Some(Block { ix, pause, held })
}

fn review(state: &RunState) -> Option<Block> {
    let waits = |(ix, n): &(Ix, u32)| (state.nodes()[*ix].phase == Phase::Taking { n: *n }).then_some(*ix);
    let held = state.index().held.iter().find_map(waits);
    let ix = held.or_else(|| state.index().reviewing.first().copied())?;
    Some(Block { ix, pause: Pause::Review { node: state.id(ix).clone() }, held: held.is_some() })
}

fn pause(state: &RunState, pause: Pause) -> Vec<Decision> {
    let said = *state.status() == Status::Paused(pause.clone());
    if said { Vec::new() } else { record(Event::Paused { pause }) }
}

/// Finishes with what is there: a later local entry may serve, else the run goes on without the node.
fn deliver(state: &RunState, block: &Block, now: Moment) -> Vec<Decision> {
    let node = state.id(block.ix).clone();
    let phase = &state.nodes()[block.ix].phase;
    let local = next_local_entry(state, block.ix).filter(|_| !matches!(phase, Phase::Failed));
    let is_taking = matches!(phase, Phase::Taking { .. });
    match local {
        // In unison it is said that the entry has failed for it: it does not only follow others.
        Some(_) if state.graph().unison(block.ix).is_some() && !is_taking => {
            vec![skip(state, block.ix, Fault { class: Class::Exhausted, ..reason(block) })]
        }
        Some(entry) => record(Event::Retrying { node, entry, not_before: now }),
        None => record(Event::GaveUp { node, fault: reason(block), because: None }),
    }
}

/// Why the run goes on without what stands in the way.
fn reason(block: &Block) -> Fault {
    let (class, message) = match &block.pause {
        Pause::Budget { raise, .. } => (Class::Exhausted, format!("the cap is {raise} short")),
        Pause::Overrun { over } => (Class::Exhausted, format!("charges went over what was published by {over}")),
        Pause::Deadline { .. } => (Class::Exhausted, "the time is up".into()),
        Pause::Credentials { provider } => (Class::Denied, format!("{provider} refuses us")),
        Pause::Review { .. } => (Class::Unclear, "a take that may have been bought waits for a person".into()),
    };
    Fault::new(class, Acceptance::No, message)
}

fn ending(state: &RunState) -> Ending {
    let goal = state.graph().find(&state.spec().goal);
    let made = goal.is_some_and(|goal| state.nodes()[goal].outputs().is_some());
    let all = state.nodes().iter().all(|node| !matches!(node.phase, Phase::GivenUp { .. }));
    match (made, all) {
        (true, true) => Ending::Completed,
        (true, false) => Ending::Partial,
        (false, _) => Ending::Failed,
    }
}
