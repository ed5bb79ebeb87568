//! The way of a node from ready to its next take: look, prepare, ask, intend.

use super::holding::claim;
use super::last_look::unasked;
use super::route::{affordable, next_entry};
use super::start::start;
use super::unison::{Turn, choirs, further, turn, turn_among};
use super::{Decision, Flight, Look, Standing, inputs, is_stopping};
use crate::admission::{Ask, Closed, Lane, Wait};
use crate::fault::{Acceptance, Class, Fault};
use crate::graph::{Ix, Maker};
use crate::id::{Hash, Key, TakeId};
use crate::journal::RunState;
use crate::journal::event::{Event, Unclear};
use crate::journal::state::{Phase, Queue, Touch};
use crate::moment::Moment;
use crate::money::Money;
use crate::mutant::{self, Mutant};
use crate::performer::Task;

/// How many local nodes wait for a process slot at a time.
const LOCAL_WINDOW: usize = 16;

/// What to do about a node that changed.
pub(super) fn attend(state: &RunState, flight: &Flight, ix: Ix, now: Moment) -> Vec<Decision> {
    let done = vec![Decision::Attended { touch: Touch::Node(ix), again: None }];
    if is_stopping(state) {
        let asked = flight.asked.contains_key(&ix);
        return if asked { vec![Decision::GiveBack { ix }, done[0].clone()] } else { done };
    }
    match &state.nodes()[ix].phase {
        Phase::Ready => ready(state, flight, ix).unwrap_or(done),
        Phase::Keyed { key } => keyed(state, flight, ix, *key, now).unwrap_or(done),
        Phase::Prepared { key, request, worst } => {
            let priced = Priced { key: *key, request: *request, worst: *worst };
            prepared(state, flight, ix, priced, now).unwrap_or(done)
        }
        // Whatever else a node may be, something else moves it on.
        _ => done,
    }
}

/// A ready node is looked up; before the film is assembled, every open ticket is asked about once more.
fn ready(state: &RunState, flight: &Flight, ix: Ix) -> Option<Vec<Decision>> {
    let unasked = if state.graph().node(ix).spec.last_look { unasked(state, ix) } else { Vec::new() };
    if !unasked.is_empty() {
        let nudge = |&(ix, n): &(Ix, u32)| Decision::Nudge { touch: Touch::Take(ix, n) };
        let mut decisions = vec![Decision::Attended { touch: Touch::Node(ix), again: None }];
        decisions.extend(unasked.iter().map(nudge));
        return Some(decisions);
    }
    if state.graph().node(ix).spec.route.is_empty() || flight.looking.contains(&ix) {
        return None;
    }
    look(state, ix)
}

/// All that determines the key of a node now; gates have none.
pub(super) fn question(state: &RunState, ix: Ix) -> Option<Look> {
    let node = &state.nodes()[ix];
    let spec = &state.graph().node(ix).spec;
    let entry = state.graph().entry(ix, node.entry)?;
    Some(Look {
        node: spec.id.clone(),
        entry: spec.route.get(node.entry)?.clone(),
        identity: spec.identity,
        recipe: std::sync::Arc::clone(&spec.recipe),
        entry_identity: entry.identity,
        card: std::sync::Arc::clone(&entry.card),
        salt: node.salt,
        inputs: inputs(state, ix),
    })
}

/// Asks for the key and what is known of it. What every run makes for itself has a key that nobody else knows anything
/// of, so there is nobody to ask.
fn look(state: &RunState, ix: Ix) -> Option<Vec<Decision>> {
    let look = question(state, ix)?;
    if !state.graph().node(ix).spec.every_run {
        return Some(vec![Decision::Look { ix, look }]);
    }
    let key = look.key_within(state.spec().id);
    Some(vec![Decision::Record(Event::Keyed { node: look.node, entry: state.nodes()[ix].entry, key })])
}

/// Gates open by themselves, unless a person is to look. What they keep in unison is, once all of it is settled.
pub(super) fn gates(state: &RunState) -> Option<Vec<Decision>> {
    if is_stopping(state) {
        return None;
    }
    let free = |ix: &&Ix| !state.graph().node(**ix).spec.last_look || unasked(state, **ix).is_empty();
    let ix = *state.index().gates.iter().find(free)?;
    let node = state.id(ix).clone();
    // Who has looked once is not asked again, whatever is made anew since.
    let review = state.graph().node(ix).spec.review && !state.nodes()[ix].reviewed;
    Some(vec![Decision::Record(if review { Event::Reviewing { node } } else { Event::Opened { node } })])
}

/// A node whose wait is over is looked up again: meanwhile another run may have made what it wants.
pub(super) fn rested(state: &RunState, flight: &Flight, now: Moment) -> Option<Vec<Decision>> {
    if is_stopping(state) {
        return None;
    }
    let due = state.index().resting.iter().take_while(|(until, _)| *until <= now).map(|(_, ix)| *ix);
    let ix = due.chain(flight.life.rested(now)).find(|ix| !flight.looking.contains(ix))?;
    look(state, ix)
}

/// Whether nothing may be bought just now, whatever it costs.
pub(super) fn closed(state: &RunState, now: Moment) -> bool {
    state.ledger().overrun() > state.overrun_seen || state.spec().deadline.is_some_and(|deadline| now >= deadline)
}

/// Whether an earlier node waits for money: then no other is served before it.
fn is_behind_another(state: &RunState, flight: &Flight, ix: Ix) -> bool {
    flight.short.is_some_and(|(short, wants)| short != ix && !state.ledger().fits(wants))
}

/// Lets the next nodes of each queue set out, as many as its window holds.
pub(super) fn windows(state: &RunState, flight: &Flight, now: Moment) -> Option<Vec<Decision>> {
    if is_stopping(state) {
        return None;
    }
    let choirs = choirs(state);
    let goes = |ix: &&Ix| turn_among(&choirs, state, **ix) != Turn::Waits;
    state.index().keyed.iter().find_map(|(queue, nodes)| {
        let denied = queue.provider.as_ref().and_then(|provider| state.denied.get(provider));
        if let Some(fault) = denied {
            let ix = nodes.iter().filter(|_| queue.goes_on).find(|ix| goes(ix) && has_next(state, **ix))?;
            return Some(vec![skip(state, *ix, fault.clone())]);
        }
        let limit = window(state, queue);
        let aloft = flight.window.get(&queue.provider);
        if aloft.is_some_and(|aloft| aloft.len() >= limit) {
            return None;
        }
        let on_the_way = |ix: &Ix| aloft.is_some_and(|aloft| aloft.contains(ix)) || flight.asked.contains_key(ix);
        let ix = *nodes.iter().find(|ix| !on_the_way(ix) && goes(ix))?;
        set_out(state, flight, ix, now)
    })
}

/// Whether a node that is refused goes on by a later entry, rather than wait for somebody who mends it.
fn has_next(state: &RunState, ix: Ix) -> bool {
    match state.graph().unison(ix) {
        Some(gate) => further(state, gate, ix).is_some(),
        None => next_entry(state, ix).is_some(),
    }
}

fn window(state: &RunState, queue: &Queue) -> usize {
    match queue.provider {
        Some(_) => usize::try_from(state.spec().concurrency.max(1)).unwrap_or(usize::MAX),
        None => LOCAL_WINDOW,
    }
}

fn move_on(state: &RunState, ix: Ix, entry: usize, now: Moment) -> Decision {
    Decision::Record(Event::Retrying { node: state.id(ix).clone(), entry, not_before: now })
}

pub(super) fn skip(state: &RunState, ix: Ix, fault: Fault) -> Decision {
    Decision::Record(Event::Skipped { node: state.id(ix).clone(), entry: state.nodes()[ix].entry, fault })
}

/// The first step of a keyed node: a local one asks for a slot, a paid one has its request built.
fn set_out(state: &RunState, flight: &Flight, ix: Ix, now: Moment) -> Option<Vec<Decision>> {
    let node = &state.nodes()[ix];
    let Phase::Keyed { key } = node.phase else { return None };
    match turn(state, ix) {
        Turn::Goes => {}
        Turn::Moves(entry) => return Some(vec![move_on(state, ix, entry, now)]),
        Turn::Waits => return None,
    }
    match &state.graph().entry(ix, node.entry)?.maker {
        Maker::Local { cores } => Some(vec![ask(state, ix, key, Lane::Process { cores: *cores }, Money::ZERO)]),
        Maker::Paid(_) => {
            if !affordable(state, ix, node.entry) {
                let message = format!("{} takes were bought for it, and no more are allowed", node.bought);
                return Some(vec![skip(state, ix, Fault::new(Class::Exhausted, Acceptance::No, message))]);
            }
            if closed(state, now) || is_behind_another(state, flight, ix) {
                return None;
            }
            if let Some(decisions) = admit(state, flight, ix) {
                return decisions;
            }
            let task = Task::Prepare { inputs: inputs(state, ix) };
            Some(vec![start(state, ix, node.next_take(), node.entry, key, task)])
        }
    }
}

/// What an extension adds must fit before its first paid take; nothing where that was found already.
fn admit(state: &RunState, flight: &Flight, ix: Ix) -> Option<Option<Vec<Decision>>> {
    let batch = state.nodes()[ix].batch.map(|batch| &state.batches[batch]).filter(|batch| !batch.admitted)?;
    if state.ledger().fits(batch.quote.expected) {
        let node = state.id(batch.extender).clone();
        return Some(Some(vec![Decision::Record(Event::Admitted { node })]));
    }
    let short = (ix, batch.quote.expected);
    let told = flight.short == Some(short);
    Some((!told).then(|| vec![Decision::Short { ix, wants: short.1 }]))
}

fn ask(state: &RunState, ix: Ix, key: Key, lane: Lane, worst: Money) -> Decision {
    let node = &state.nodes()[ix];
    let ask = Ask {
        take: state.no(ix, node.next_take()).of(state.spec().id),
        claim: claim(state, ix, node.entry, key),
        lane,
        worst,
        room: state.ledger().room(),
        retry: !node.takes.is_empty(),
        despite_held: state.spec().unclear == Unclear::Resend,
    };
    Decision::Ask { ix, ask }
}

/// A keyed node that is on its way: its ask was answered, its key is free again, or its preparation is done.
fn keyed(state: &RunState, flight: &Flight, ix: Ix, key: Key, now: Moment) -> Option<Vec<Decision>> {
    if let Some(decisions) = relook(state, flight, ix) {
        return decisions;
    }
    if turn(state, ix) != Turn::Goes {
        return None;
    }
    if let Some(asked) = flight.asked.get(&ix) {
        return match &asked.answer {
            Standing::Open => None,
            Standing::Waits(wait) => waits(state, ix, wait, now),
            Standing::Granted if asked.n != state.nodes()[ix].next_take() => Some(vec![Decision::GiveBack { ix }]),
            Standing::Granted => Some(intend(state, ix, key, None, Money::ZERO, now)),
        };
    }
    let provider = state.queue(ix).and_then(|queue| queue.provider);
    let aloft = flight.window.get(&provider).is_some_and(|nodes| nodes.contains(&ix));
    let idle = flight.busy(ix, state.nodes()[ix].next_take()).is_none();
    if aloft && idle { set_out(state, flight, ix, now) } else { None }
}

/// A node whose key was in other hands is looked up again before anything else.
fn relook(state: &RunState, flight: &Flight, ix: Ix) -> Option<Option<Vec<Decision>>> {
    if state.graph().node(ix).spec.every_run {
        return None;
    }
    if flight.relook.contains(&ix) {
        return Some(look(state, ix));
    }
    flight.looking.contains(&ix).then_some(None)
}

#[derive(Clone, Copy)]
struct Priced {
    key: Key,
    request: Hash,
    worst: Money,
}

/// A priced node asks for its money, or uses its grant.
fn prepared(state: &RunState, flight: &Flight, ix: Ix, priced: Priced, now: Moment) -> Option<Vec<Decision>> {
    if let Some(decisions) = relook(state, flight, ix) {
        return decisions;
    }
    if turn(state, ix) != Turn::Goes {
        return None;
    }
    let node = &state.nodes()[ix];
    let room = usize::try_from(state.spec().concurrency.max(1)).unwrap_or(usize::MAX);
    let flying = state.index().filled(room);
    let full = flying >= room;
    let fits = state.ledger().fits(priced.worst);
    let asked = flight.asked.get(&ix);
    if let Some(asked) = asked {
        return match &asked.answer {
            Standing::Open => None,
            // It is the run's own cap that is in the way, or was when it asked.
            Standing::Waits(Wait::Predecessor { .. }) if !fits || asked.room != state.ledger().room() => {
                Some(vec![Decision::GiveBack { ix }])
            }
            Standing::Waits(wait) => waits(state, ix, wait, now),
            Standing::Granted => {
                let stale = asked.n != node.next_take() || full || closed(state, now);
                if stale || (!fits && !mutant::is(Mutant::CheckThenAct)) {
                    return Some(vec![Decision::GiveBack { ix }]);
                }
                Some(intend(state, ix, priced.key, Some(priced.request), priced.worst, now))
            }
        };
    }
    let offer = state.graph().offer(ix, node.entry)?;
    if let Some(fault) = state.denied.get(&offer.provider) {
        return has_next(state, ix).then(|| vec![skip(state, ix, fault.clone())]);
    }
    if closed(state, now) || flying + flight.claiming.len() >= room || is_behind_another(state, flight, ix) {
        return None;
    }
    if !fits {
        let told = flight.short == Some((ix, priced.worst));
        return (!told).then(|| vec![Decision::Short { ix, wants: priced.worst }]);
    }
    let lane = Lane::Submission { provider: offer.provider.clone(), model: offer.model.clone() };
    Some(vec![ask(state, ix, priced.key, lane, priced.worst)])
}

/// The intent of a take, and the action that it authorises.
fn intend(state: &RunState, ix: Ix, key: Key, request: Option<Hash>, worst: Money, now: Moment) -> Vec<Decision> {
    let node = &state.nodes()[ix];
    let n = node.next_take();
    let patience = state.graph().offer(ix, node.entry).map(|offer| offer.request_timeout).unwrap_or_default();
    let event = Event::Intended {
        take: state.no(ix, n),
        entry: node.entry,
        key,
        request,
        worst,
        answer_by: now.after(patience),
    };
    let task = request.map(|request| Task::Submit { request });
    let task = task.unwrap_or_else(|| Task::Work { inputs: inputs(state, ix) });
    vec![Decision::Record(event), start(state, ix, n, node.entry, key, task)]
}

/// What waiting means: it is said, and where a held take is in the way, the person's own wish decides.
fn waits(state: &RunState, ix: Ix, wait: &Wait, now: Moment) -> Option<Vec<Decision>> {
    if matches!(wait, Wait::Key { held: true, .. })
        && state.spec().unclear == Unclear::NextModel
        && let Some(entry) = next_entry(state, ix)
    {
        // In unison it is said that the entry has failed for it: it does not only follow others.
        let held =
            || Fault::new(Class::Exhausted, Acceptance::No, "the same was perhaps bought, and waits for a person");
        let is_alone = state.graph().unison(ix).is_none();
        return Some(vec![if is_alone { move_on(state, ix, entry, now) } else { skip(state, ix, held()) }]);
    }
    let why = match wait {
        Wait::Key { holder, held: true } => format!("{} and waits for a person", rival(state, ix, holder)),
        Wait::Key { holder, held: false } => rival(state, ix, holder),
        Wait::Predecessor { reserved, .. } => format!("the run before it still reserves {reserved}"),
        Wait::Account { short } => format!("the account's cap is {short} short"),
        Wait::Day { short, .. } => format!("the cap of the day is {short} short"),
        Wait::Breaker { .. } => "the model fails too often and is left alone for a while".into(),
        Wait::Closed { why: Closed::DiskFull } => "the disk is full, so nothing new is begun".into(),
        // The next life of the process begins with other asks: there is nobody left to read it.
        Wait::Closed { why: Closed::Stopping } => return None,
        Wait::Turn | Wait::Rate { .. } | Wait::RetryBudget { .. } => return None,
    };
    let said = state.nodes()[ix].note.as_deref() == Some(&*why);
    (!said).then(|| vec![Decision::Record(Event::Waits { node: state.id(ix).clone(), why })])
}

/// Who makes the same already. Where the provider could not tell two alike it may be a take of another account, which
/// is none of this one's business.
fn rival(state: &RunState, ix: Ix, holder: &TakeId) -> String {
    match state.graph().offer(ix, state.nodes()[ix].entry) {
        Some(offer) if offer.dedupe.is_weak() => format!("the same request is open at {}", offer.provider),
        Some(_) | None => format!("take {holder} makes the same"),
    }
}
