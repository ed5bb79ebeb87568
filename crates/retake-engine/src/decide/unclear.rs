//! A take that may have been accepted: how to find out, and what to do where that cannot be.
//!
//! Nothing here gives money back without proof: a class that can prove absence is asked twice, after `grace`.

use std::time::Duration;

use super::case::Case;
use super::{Decision, Flight, is_stopping};
use crate::graph::{Dedupe, Offer};
use crate::journal::event::{Event, Unclear};
use crate::journal::state::Phase;
use crate::moment::Moment;
use crate::mutant::{self, Mutant};
use crate::performer::{Kind, Task};

/// How many looks in a row must show nothing.
const ABSENCES: u32 = 2;

/// What to do about a take that has been unclear since then.
pub(super) fn attend(case: Case<'_>, since: Moment) -> Vec<Decision> {
    let since = case.flight.life.belief(case.ix, case.n, since);
    let no = case.state.no(case.ix, case.n);
    let Some(offer) = case.state.graph().offer(case.ix, case.take.entry) else { return case.rest([]) };
    if mutant::is(Mutant::ReleaseUnclear) {
        return case.record(Event::Absent { take: no });
    }
    if mutant::is(Mutant::BlindResend) && !case.take.gone {
        return if case.busy(&[Kind::Submit]).is_none() { resend(case) } else { case.rest([]) };
    }
    if case.take.gone {
        return unknowable(case);
    }
    match offer.dedupe {
        Dedupe::Key { ttl } => by_key(case, offer, ttl),
        Dedupe::ClientId => by_finding(case, offer, since.after(offer.grace), true),
        Dedupe::List { lag, .. } => by_finding(case, offer, since.after(offer.grace).after(lag), true),
        Dedupe::WebhookOnly => by_finding(case, offer, since.after(offer.grace), false),
        // Nothing at the provider can be found, but a receipt of our own may: one look, at once.
        Dedupe::None => by_finding(case, offer, since, false),
    }
}

/// The provider recognises a repeated submission: the identical bytes are sent again while it remembers the key.
///
/// Its memory is never believed to be longer than it is: it counts from the intent, through every restart. Where the
/// clock was set back since, nobody can tell how old the key is. Then it counts as forgotten: the money stays booked and
/// a person may have to look, which costs little; a key that is sent after it was forgotten is bought again.
fn by_key(case: Case<'_>, offer: &Offer, ttl: Duration) -> Vec<Decision> {
    let remembered = case.intended().map(|intended| intended.after(ttl / 5 * 4));
    let wanted = !is_stopping(case.state) && !case.take.aside && !case.take.late;
    if let Some(busy) = case.busy(&[Kind::Submit])
        && !Flight::overdue(busy, offer.request_timeout, case.now)
    {
        return case.rest([Some(busy.since.after(offer.request_timeout.saturating_mul(2)))]);
    }
    let Some(remembered) = remembered.filter(|until| wanted && case.now < *until) else { return unknowable(case) };
    match case.flight.notes(case.ix, case.n).next {
        Some(next) if case.now < next => case.rest([Some(next), Some(remembered)]),
        None | Some(_) => resend(case),
    }
}

fn resend(case: Case<'_>) -> Vec<Decision> {
    let Some(request) = case.take.request else { return case.rest([]) };
    let mut decisions = case.record(Event::Resent { take: case.state.no(case.ix, case.n) });
    decisions.extend(case.start(Task::Submit { request }));
    decisions
}

/// The provider, or a receipt of ours, is searched. Absence is believed from `believed` on, and only if it can be shown.
fn by_finding(case: Case<'_>, offer: &Offer, believed: Moment, shows_absence: bool) -> Vec<Decision> {
    let notes = case.flight.notes(case.ix, case.n);
    if let Some(busy) = case.busy(&[Kind::Find])
        && !Flight::overdue(busy, offer.request_timeout, case.now)
    {
        return case.rest([Some(busy.since.after(offer.request_timeout.saturating_mul(2)))]);
    }
    if shows_absence && notes.absences >= needed() {
        return case.record(Event::Absent { take: case.state.no(case.ix, case.n) });
    }
    let looked_enough = notes.finds > 0 && case.now >= believed;
    if looked_enough && (notes.ambiguous || !shows_absence) {
        return unknowable(case);
    }
    match notes.next {
        Some(next) if case.now < next => case.rest([Some(next)]),
        None | Some(_) => match case.take.request {
            // Where nobody can tell when it was sent, all that there is may be it.
            Some(request) => case.start(Task::Find { request, since: case.intended().unwrap_or_default() }),
            None => case.rest([]),
        },
    }
}

/// From when on the absence of this take is believed.
pub(super) fn believed_from(offer: &Offer, since: Moment) -> Moment {
    match offer.dedupe {
        _ if mutant::is(Mutant::NoGrace) => since,
        Dedupe::List { lag, .. } => since.after(offer.grace).after(lag),
        Dedupe::Key { .. } | Dedupe::ClientId | Dedupe::WebhookOnly | Dedupe::None => since.after(offer.grace),
    }
}

fn needed() -> u32 {
    if mutant::is(Mutant::NoGrace) { 1 } else { ABSENCES }
}

/// Nobody will know: small amounts are written off, and for the others the person has said what to do.
fn unknowable(case: Case<'_>) -> Vec<Decision> {
    let take = case.state.no(case.ix, case.n);
    let spec = case.state.spec();
    let drives = case.state.nodes()[case.ix].phase == Phase::Taking { n: case.n };
    // One of several that look alike is probably ours: a person can tell, however little it cost.
    let ambiguous = case.flight.notes(case.ix, case.n).ambiguous && spec.unclear == Unclear::Hold;
    let small = case.take.worst <= spec.write_off_limit && !ambiguous;
    let moves_on = drives
        && !is_stopping(case.state)
        && match spec.unclear {
            Unclear::Hold => false,
            Unclear::NextModel => super::route::next_entry(case.state, case.ix).is_some(),
            Unclear::Resend => true,
        };
    if small || moves_on { case.record(Event::WrittenOff { take }) } else { case.record(Event::Held { take }) }
}
