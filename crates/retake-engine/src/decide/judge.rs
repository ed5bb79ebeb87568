//! What a failure leads to: the one place that reads a class and says what follows.

use std::time::Duration;

use super::route::{affordable, next_entry, passable};
use super::{Decision, is_stopping, unison};
use crate::fault::{Acceptance, Class, Fault, Origin};
use crate::graph::Ix;
use crate::journal::event::{Event, Unclear};
use crate::journal::state::{Phase, RunState};
use crate::moment::Moment;
use crate::retry::Chance;

/// Growth of waits ends long before this many failures.
const FAILURES_MAX: usize = 64;

/// What the failure of a node leads to.
pub(super) fn judge(state: &RunState, ix: Ix, now: Moment) -> Vec<Decision> {
    let node = &state.nodes()[ix];
    let Phase::Judging { fault, last } = &node.phase else { return Vec::new() };
    // What the provider put off, or we cut short ourselves, was no try.
    let untried = fault.class == Class::Throttled || fault.origin == Origin::Ourselves;
    let again = !last && (untried || !node.extra) && may_again(state, ix, fault);
    let event = match fault.class {
        // What it was made of before counts all the same, where others may bring it back.
        Class::Internal if state.graph().unison(ix).is_some() => Event::Failed { node: state.id(ix).clone() },
        Class::Internal => give_up(state, ix, fault),
        Class::Denied => denied(state, ix, fault, now),
        Class::Transient | Class::Throttled | Class::Unclear | Class::Defective if again => {
            let not_before = now.after(wait(state, ix, fault));
            Event::Retrying { node: state.id(ix).clone(), entry: node.entry, not_before }
        }
        Class::Transient
        | Class::Throttled
        | Class::Unclear
        | Class::Rejected
        | Class::Invalid
        | Class::Retired
        | Class::Exhausted
        | Class::Defective
        | Class::Broken => move_on(state, ix, fault, now),
    };
    vec![Decision::Record(event)]
}

/// Whether this entry gets another take.
fn may_again(state: &RunState, ix: Ix, fault: &Fault) -> bool {
    let node = &state.nodes()[ix];
    let attempts = state.graph().policy(ix).map_or(0, |policy| policy.attempts);
    let allowed = match fault.class {
        Class::Throttled => true,
        Class::Unclear => {
            let worst = node.takes.last().map_or_else(Default::default, |take| take.worst);
            node.attempts < attempts && made_again(state, worst)
        }
        Class::Transient | Class::Defective => fault.origin == Origin::Ourselves || node.attempts < attempts,
        Class::Rejected
        | Class::Invalid
        | Class::Retired
        | Class::Denied
        | Class::Exhausted
        | Class::Broken
        | Class::Internal => false,
    };
    allowed && affordable(state, ix, node.entry)
}

/// Whether a written-off take is made again by the same entry.
fn made_again(state: &RunState, worst: crate::money::Money) -> bool {
    match state.spec().unclear {
        Unclear::Hold | Unclear::Resend => true,
        Unclear::NextModel => worst <= state.spec().write_off_limit,
    }
}

fn wait(state: &RunState, ix: Ix, fault: &Fault) -> Duration {
    let node = &state.nodes()[ix];
    // What failed before a person asked again does not make anybody wait.
    let since = node.takes.get(node.before..).unwrap_or_default();
    let in_a_row = since.iter().rev().take(FAILURES_MAX).take_while(|take| take.entry == node.entry).count();
    let failures = u32::try_from(in_a_row).unwrap_or(u32::MAX).max(node.attempts).max(1);
    let chance = Chance::of(state.spec().seed, state.id(ix), node.next_take().saturating_add(node.attempts));
    state.graph().policy(ix).map_or(Duration::ZERO, |policy| policy.delay(fault, failures, chance))
}

/// A provider that refuses us: the node tries another, or waits until a person has mended it.
fn denied(state: &RunState, ix: Ix, fault: &Fault, now: Moment) -> Event {
    let node = state.id(ix).clone();
    let next = match state.graph().unison(ix) {
        Some(gate) => unison::further(state, gate, ix),
        None => next_entry(state, ix),
    };
    match next {
        Some(entry) => Event::Retrying { node, entry, not_before: now },
        None if state.graph().offer(ix, state.nodes()[ix].entry).is_some()
            && affordable(state, ix, state.nodes()[ix].entry) =>
        {
            Event::Retrying { node, entry: state.nodes()[ix].entry, not_before: now }
        }
        None if state.graph().unison(ix).is_some() => Event::Failed { node },
        None => give_up(state, ix, fault),
    }
}

/// This entry is done with: the next one, or a round, or the end. In unison it is that of all, and the end comes when all
/// have come to theirs.
fn move_on(state: &RunState, ix: Ix, fault: &Fault, now: Moment) -> Event {
    let node = &state.nodes()[ix];
    let next = match state.graph().unison(ix) {
        Some(gate) => unison::next(state, gate, ix),
        None => next_entry(state, ix).filter(|_| !(node.extra && node.round > 0)),
    };
    let waits = state.graph().unison(ix).is_some() || passable(state, ix).is_some();
    match next {
        Some(entry) => Event::Retrying { node: state.id(ix).clone(), entry, not_before: now },
        None if waits => Event::Failed { node: state.id(ix).clone() },
        None => give_up(state, ix, fault),
    }
}

fn give_up(state: &RunState, ix: Ix, fault: &Fault) -> Event {
    Event::GaveUp { node: state.id(ix).clone(), fault: fault.clone(), because: None }
}

/// Whether a node was given up for its entry's sake, and not for want of money, of an answer or of a person's wish.
pub(super) const fn is_of_its_entry(fault: &Fault) -> bool {
    match fault.class {
        Class::Transient
        | Class::Throttled
        | Class::Rejected
        | Class::Invalid
        | Class::Retired
        | Class::Defective
        | Class::Broken => true,
        Class::Unclear | Class::Denied | Class::Exhausted | Class::Internal => false,
    }
}

/// Whether it is a fault of ours, which no entry mends.
pub(super) fn is_ours(fault: &Fault) -> bool {
    fault.class == Class::Internal
}

/// A waiting node that can no longer start.
pub(super) fn doomed(state: &RunState, ix: Ix) -> Vec<Decision> {
    let placed = state.graph().node(ix);
    let lost = |at: &&Ix| {
        let phase = &state.nodes()[**at].phase;
        phase.is_settled() && !matches!(phase, Phase::Complete { .. })
    };
    let lacking = placed.needs.iter().find(lost).or_else(|| placed.awaits.iter().find(lost));
    let because = lacking.map(|at| state.id(*at).clone());
    let there = placed.awaits.iter().filter(|at| state.nodes()[**at].outputs().is_some()).count();
    let message = match placed.needs.iter().find(lost) {
        Some(at) => format!("it needs `{}`, which was not made", state.id(*at)),
        None => format!("{there} of {} are there, and it wants {}", placed.awaits.len(), placed.spec.at_least),
    };
    let fault = Fault::new(Class::Invalid, Acceptance::No, message);
    vec![Decision::Record(Event::GaveUp { node: state.id(ix).clone(), fault, because })]
}

/// Whether what was just made becomes the node's.
pub(super) fn adopts(state: &RunState, ix: Ix) -> bool {
    match state.nodes()[ix].phase {
        Phase::Complete { .. } | Phase::Extended { .. } | Phase::Dropped | Phase::Waiting => false,
        Phase::GivenUp { .. } => !is_stopping(state) && state.may_revive(ix),
        Phase::Ready
        | Phase::Keyed { .. }
        | Phase::Prepared { .. }
        | Phase::Taking { .. }
        | Phase::Judging { .. }
        | Phase::Resting { .. }
        | Phase::Reviewing
        | Phase::Failed => true,
    }
}
