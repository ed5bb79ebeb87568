//! What admission has to know of an event, and for which events the disk is waited for.

use crate::admission::{Health, Holding, News};
use crate::decide::holding;
use crate::fault::{Class, Fault, Origin};
use crate::id::{TakeId, TakeNo};
use crate::journal::RunState;
use crate::journal::event::Event;
use crate::journal::state::TakeState;
use crate::money::Money;

/// What an event means for admission; asked after it took effect.
pub(super) fn news(state: &RunState, event: &Event) -> Vec<(TakeId, News)> {
    let told = |take: &TakeNo, news: &[News]| {
        let id = take.of(state.spec().id);
        news.iter().map(|news| (id.clone(), *news)).collect()
    };
    let ended = |take: &TakeNo| News::Ended { spent: cost(state, take) };
    match event {
        Event::Refused { take, fault } => told(take, &[News::Answered(health(fault)), ended(take)]),
        Event::Fell { take, fault, .. } => told(take, &[News::Answered(health(fault)), ended(take)]),
        Event::Absent { take } => told(take, &[News::Answered(Health::Neutral), ended(take)]),
        Event::WrittenOff { take } | Event::Resolved { take, .. } => told(take, &[ended(take)]),
        Event::Succeeded { take, .. } => told(take, &[News::Answered(Health::Good)]),
        Event::Kept { take, .. } => told(take, &[News::Answered(Health::Good), ended(take)]),
        Event::Held { take } => told(take, &[News::Held]),
        Event::Found { take, .. } => told(take, &[News::Reopened]),
        Event::Late { take } => told(take, &[News::Late { keeps_claim: is_weak(state, take) }]),
        _ => Vec::new(),
    }
}

/// What a stray take holds.
pub(super) fn stray(state: &RunState, event: &Event) -> Option<Holding> {
    let Event::Stray { take, .. } = event else { return None };
    holding(state, state.graph().find(&take.node)?, take.n)
}

/// Whether the host waits for the disk: for the intent, the ticket, and the result with its settlement.
pub(super) const fn must_be_safe(event: &Event) -> bool {
    match event {
        Event::Intended { request, .. } => request.is_some(),
        Event::Created { .. }
        | Event::Submitted { .. }
        | Event::Found { .. }
        | Event::Stray { .. }
        | Event::Kept { .. }
        | Event::Fell { .. } => true,
        _ => false,
    }
}

/// What a failure says about the provider: nothing where it is our own, for that one was perhaps never asked.
fn health(fault: &Fault) -> Health {
    match fault.class {
        _ if fault.origin == Origin::Ourselves => Health::Neutral,
        Class::Throttled => Health::Throttled,
        Class::Transient | Class::Unclear => Health::Sick,
        Class::Rejected
        | Class::Invalid
        | Class::Retired
        | Class::Denied
        | Class::Exhausted
        | Class::Defective
        | Class::Broken
        | Class::Internal => Health::Neutral,
    }
}

fn cost(state: &RunState, take: &TakeNo) -> Money {
    match state.take(take).map(|take| &take.state) {
        Some(TakeState::Kept { cost, .. } | TakeState::Fallen { cost } | TakeState::WrittenOff { cost }) => *cost,
        _ => Money::ZERO,
    }
}

fn is_weak(state: &RunState, take: &TakeNo) -> bool {
    let place = state.graph().find(&take.node).zip(state.take(take));
    place.is_some_and(|(ix, take)| state.graph().is_weak(ix, take.entry))
}
