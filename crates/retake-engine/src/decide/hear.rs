//! What a report means: the events that it is worth, if it still fits.
//!
//! A report that repeats, or that the state has overtaken, is worth none. One that was paid for is never dropped for
//! being late.

use std::time::Duration;

use super::flight::Busy;
use super::judge::adopts;
use super::last_look::{lookers, unasked};
use super::{Flight, Look, Memory, unclear};
use crate::fault::{Acceptance, Class, Fault, Origin};
use crate::graph::{Extension, Ix};
use crate::id::{Hash, Key, TakeNo, Ticket};
use crate::journal::event::Event;
use crate::journal::state::{Bearing, Phase, RunState, Take, TakeState, Touch};
use crate::moment::Moment;
use crate::money::Money;
use crate::performer::{Answer, Candidate, Delivery, Failure, Kind, Likeness, Report};
use crate::retry::{Chance, RETRY_AFTER_MAX};

/// After so many failures in a row a ticket counts as asked about: its provider cannot be reached.
const UNREACHABLE: u32 = 3;

/// From which wait on it does not matter whether a question goes out a little later.
const SLOW: Duration = Duration::from_secs(1);
/// The moments at which such questions go out, in milliseconds.
const GRID_MS: u64 = 100;

struct Hearing<'a> {
    state: &'a RunState,
    flight: &'a mut Flight,
    ix: Ix,
    no: TakeNo,
    busy: Option<Busy>,
    now: Moment,
}

/// Takes a report in: what is worth a record comes back, what is not is noted in the flight.
pub(crate) fn hear(state: &RunState, flight: &mut Flight, report: Report, now: Moment) -> Vec<Event> {
    let no = report.take.no();
    let Some(ix) = state.graph().find(&no.node).filter(|_| report.take.run == state.spec().id) else {
        return Vec::new();
    };
    let busy = report.answers.and_then(|(kind, ordinal)| flight.reported(ix, no.n, kind, ordinal));
    flight.attention.insert(Touch::Take(ix, no.n));
    let kind = report.answers.map(|(kind, _)| kind);
    let mut hearing = Hearing { state, flight, ix, no, busy, now };
    match report.answer {
        Answer::Prepared { request, worst } => hearing.prepared(request, worst),
        Answer::Ticket(ticket) => hearing.ticket(ticket),
        Answer::Pending { after, begun } => hearing.pending(after, begun),
        Answer::Nudged => hearing.nudged(),
        Answer::Succeeded { charge } => hearing.succeeded(charge),
        Answer::Outputs(delivery) => hearing.outputs(kind, delivery),
        Answer::Gone => hearing.gone(),
        Answer::Candidates(candidates) => hearing.candidates(candidates),
        Answer::Heard => hearing.heard(),
        Answer::Failed(failure) => hearing.failed(kind, failure),
        Answer::Lost => hearing.lost(kind),
    }
}

impl Hearing<'_> {
    fn take(&self) -> Option<&Take> {
        self.state.nodes()[self.ix].take(self.no.n)
    }

    fn next(&mut self, wait: Duration) {
        let moment = self.now.after(wait);
        self.flight.notes.entry((self.ix, self.no.n)).or_default().next = Some(moment);
    }

    /// Puts the next question off a little, so that it goes out with others: a thousand that are each asked for
    /// themselves wake everybody a thousand times.
    fn together(&mut self) {
        let notes = self.flight.notes.entry((self.ix, self.no.n)).or_default();
        notes.next = notes.next.map(|next| Moment::from_ms(next.ms().div_ceil(GRID_MS).saturating_mul(GRID_MS)));
    }

    fn poll_every(&self) -> Duration {
        let entry = self.take().map_or(0, |take| take.entry);
        self.state.graph().offer(self.ix, entry).map_or(Duration::from_secs(1), |offer| offer.poll_every)
    }

    /// An action that does not end the take failed: it is repeated, later and later.
    fn again_later(&mut self, kind: Kind, fault: &Fault) -> Vec<Event> {
        let notes = self.flight.notes.entry((self.ix, self.no.n)).or_default();
        notes.faults = notes.faults.saturating_add(1);
        let faults = notes.faults;
        let chance =
            Chance::of(self.state.spec().seed, &self.no.node, self.no.n.wrapping_mul(1_000).wrapping_add(faults));
        // A question costs nothing: it is asked again in its own rhythm, not in that of takes that are paid for.
        let every = (kind == Kind::Poll).then(|| self.poll_every());
        let policy = self.state.graph().policy(self.ix);
        let wait = match every {
            Some(every) => policy.map(|policy| policy.every(every).delay(fault, faults, chance)),
            None => policy.map(|policy| policy.delay(fault, faults, chance)),
        };
        let wait = wait.unwrap_or_default();
        self.next(wait.max(Duration::from_millis(1)));
        if faults >= UNREACHABLE { self.asked_once_more() } else { Vec::new() }
    }

    /// The nodes that wanted this ticket asked about once more have had their wish.
    fn asked_once_more(&self) -> Vec<Event> {
        let wanted = |ix: &Ix| unasked(self.state, *ix).contains(&(self.ix, self.no.n));
        lookers(self.state)
            .filter(wanted)
            .map(|ix| Event::AskedOnceMore { node: self.state.id(ix).clone(), take: self.no.clone() })
            .collect()
    }

    fn prepared(&self, request: Hash, worst: Money) -> Vec<Event> {
        let keyed = matches!(self.state.nodes()[self.ix].phase, Phase::Keyed { .. });
        if !keyed || self.busy.is_none() {
            return Vec::new();
        }
        vec![Event::Prepared { node: self.no.node.clone(), request, worst }]
    }

    fn ticket(&mut self, ticket: Ticket) -> Vec<Event> {
        let Some(take) = self.take() else { return Vec::new() };
        let take_no = self.no.clone();
        let Some(offer) = self.state.graph().offer(self.ix, take.entry) else { return Vec::new() };
        if self.state.tickets.contains_key(&(offer.provider.clone(), ticket.clone())) {
            return Vec::new();
        }
        match take.state {
            TakeState::Intent => vec![Event::Submitted { take: take_no, ticket }],
            TakeState::Unclear { .. } | TakeState::Held if !take.gone => vec![Event::Found { take: take_no, ticket }],
            // Answered on the spot: the ticket names the work that the answer was about.
            TakeState::Kept { .. } | TakeState::Fallen { .. } if !take.ticketed => Vec::new(),
            TakeState::Unclear { .. }
            | TakeState::Held
            | TakeState::Submitted { .. }
            | TakeState::Succeeded { .. }
            | TakeState::Kept { .. }
            | TakeState::Fallen { .. }
            | TakeState::Released
            | TakeState::WrittenOff { .. } => vec![self.stray(ticket, 0)],
        }
    }

    /// Work at the provider that nobody waits for: it is owed all the same.
    fn stray(&self, ticket: Ticket, offset: u32) -> Event {
        let n = self.state.nodes()[self.ix].next_take() + offset;
        Event::Stray { take: TakeNo { node: self.no.node.clone(), n }, of: self.no.clone(), ticket }
    }

    fn is_submitted(&self) -> bool {
        self.take().is_some_and(|take| matches!(take.state, TakeState::Submitted { .. }))
    }

    fn is_fetched(&self) -> bool {
        self.take().is_some_and(|take| matches!(take.state, TakeState::Succeeded { .. }))
    }

    fn pending(&mut self, after: Option<Duration>, begun: bool) -> Vec<Event> {
        if !self.is_submitted() || self.busy.is_none() {
            return Vec::new();
        }
        let notes = self.flight.notes.entry((self.ix, self.no.n)).or_default();
        notes.begun = Some(begun);
        notes.faults = 0;
        notes.gone = None;
        let wait = after.map_or_else(|| self.poll_every(), |wish| wish.min(RETRY_AFTER_MAX));
        self.next(wait.max(Duration::from_millis(1)));
        if wait >= SLOW {
            self.together();
        }
        self.asked_once_more()
    }

    fn nudged(&mut self) -> Vec<Event> {
        self.next(Duration::ZERO);
        Vec::new()
    }

    fn succeeded(&self, charge: Option<Money>) -> Vec<Event> {
        if self.is_submitted() { vec![Event::Succeeded { take: self.no.clone(), charge }] } else { Vec::new() }
    }

    fn outputs(&self, kind: Option<Kind>, delivery: Delivery) -> Vec<Event> {
        let Some(take) = self.take() else { return Vec::new() };
        // A webhook may have told the ticket before the outputs came with the answer itself, or were found here.
        let on_the_spot = matches!(kind, Some(Kind::Submit | Kind::Find));
        // What was written off may have been bought after all, and here it is.
        let written_off = matches!(take.state, TakeState::WrittenOff { .. }) && !take.strayed;
        let over = take.bearing() == Bearing::Over && !written_off;
        if over || (self.is_submitted() && !on_the_spot) {
            return Vec::new();
        }
        let wanted = !take.aside && adopts(self.state, self.ix);
        // What is not adopted keeps its extension too: its key is finished, and whoever reuses it grows by that.
        let brings = delivery.extension.clone();
        let (extension, refused) = self.extension(wanted, delivery.extension);
        let adopted = wanted && refused.is_none();
        let extension = if adopted { extension } else { brings };
        let drives = self.state.nodes()[self.ix].phase == Phase::Taking { n: self.no.n };
        let kept = Event::Kept {
            take: self.no.clone(),
            outputs: delivery.outputs,
            charge: delivery.charge,
            adopted,
            extension,
        };
        let end =
            refused.filter(|_| drives).map(|fault| Event::GaveUp { node: self.no.node.clone(), fault, because: None });
        std::iter::once(kept).chain(end).collect()
    }

    /// The extension, if the run may grow by it; else why not.
    fn extension(&self, wanted: bool, extension: Option<Extension>) -> (Option<Extension>, Option<Fault>) {
        let Some(extension) = extension.filter(|_| wanted) else { return (None, None) };
        match self.state.may_extend(self.ix, &extension) {
            Ok(()) => (Some(extension), None),
            Err(why) => (None, Some(Fault::new(Class::Invalid, Acceptance::Yes, why.to_string()))),
        }
    }

    /// A ticket that the provider does not know may still turn up; after its grace it is unclear.
    fn gone(&mut self) -> Vec<Event> {
        let asked = self.is_submitted() && self.busy.is_some();
        let Some(take) = self.take().filter(|_| asked) else { return Vec::new() };
        let grace = self.state.graph().offer(self.ix, take.entry).map_or(Duration::ZERO, |offer| offer.grace);
        let notes = self.flight.notes.entry((self.ix, self.no.n)).or_default();
        let since = *notes.gone.get_or_insert(self.now);
        if self.now >= since.after(grace) {
            let fault = Fault::new(Class::Unclear, Acceptance::Unknown, "the provider no longer knows the ticket");
            return vec![Event::Lost { take: self.no.clone(), fault }];
        }
        let wait = self.poll_every();
        self.next(wait.max(Duration::from_millis(1)));
        self.asked_once_more()
    }

    fn heard(&mut self) -> Vec<Event> {
        let wait = self.poll_every();
        self.next(wait.max(Duration::from_millis(1)));
        Vec::new()
    }

    /// What a search showed. Tickets that are known belong to other takes.
    fn candidates(&mut self, candidates: Vec<Candidate>) -> Vec<Event> {
        let Some((take, busy)) = self.take().zip(self.busy) else { return Vec::new() };
        let TakeState::Unclear { since } = take.state else { return Vec::new() };
        let Some(offer) = self.state.graph().offer(self.ix, take.entry).cloned() else { return Vec::new() };
        let weak = offer.dedupe.is_weak();
        let known = |ticket: &Ticket| self.state.tickets.contains_key(&(offer.provider.clone(), ticket.clone()));
        let mut fresh: Vec<Candidate> = candidates.into_iter().filter(|one| !known(&one.ticket)).collect();
        // Pages of a list overlap: a ticket that is shown twice is one, and counts as what it resembles most.
        fresh.sort_by(|a, b| (&a.ticket, a.likeness, a.created).cmp(&(&b.ticket, b.likeness, b.created)));
        fresh.dedup_by(|a, b| a.ticket == b.ticket);
        fresh.sort_by(|a, b| (a.created, &a.ticket).cmp(&(b.created, &b.ticket)));
        let mut exact = fresh.iter().filter(|one| one.likeness == Likeness::Exact);
        if let Some(oldest) = exact.next() {
            let found = Event::Found { take: self.no.clone(), ticket: oldest.ticket.clone() };
            let strays = (0..).zip(exact).map(|(offset, one)| self.stray(one.ticket.clone(), offset));
            return std::iter::once(found).chain(strays).collect();
        }
        // What shows too little to tell may be ours, mark or no mark: a list that has forgotten inputs proves nothing.
        let similar: Vec<&Candidate> = fresh.iter().collect();
        if let [one] = similar.as_slice()
            && weak
            && one.likeness == Likeness::Same
        {
            return vec![Event::Found { take: self.no.clone(), ticket: one.ticket.clone() }];
        }
        let believed = unclear::believed_from(&offer, self.flight.life.belief(self.ix, self.no.n, since));
        let ambiguous = !similar.is_empty();
        let notes = self.flight.notes.entry((self.ix, self.no.n)).or_default();
        notes.finds = notes.finds.saturating_add(1);
        notes.faults = 0;
        notes.ambiguous = ambiguous;
        notes.absences = if ambiguous || busy.since < believed { 0 } else { notes.absences + 1 };
        let wait = if self.now < believed {
            believed.since(self.now).min(offer.poll_every.saturating_mul(8))
        } else {
            offer.poll_every
        };
        self.next(wait.max(Duration::from_millis(1)));
        Vec::new()
    }

    fn failed(&mut self, kind: Option<Kind>, failure: Failure) -> Vec<Event> {
        let Failure { mut fault, charge, extension } = failure;
        if let Some(policy) = self.state.graph().policy(self.ix) {
            fault.class = policy.class_of(&fault);
        }
        match kind {
            Some(Kind::Prepare) => self.unready(fault),
            Some(Kind::Submit) => self.submission_failed(fault, charge, extension),
            Some(Kind::Work) if self.take().is_some_and(|take| !take.is_paid()) => self.fell(fault, charge, extension),
            Some(Kind::Poll)
                if self.busy.is_some()
                    && self.is_submitted()
                    && fault.acceptance == Acceptance::Yes
                    && fault.class != Class::Internal =>
            {
                self.fell(fault, charge, extension)
            }
            // What was made is no good, however often it is fetched.
            Some(Kind::Fetch) if matches!(fault.class, Class::Defective | Class::Broken) && self.is_fetched() => {
                self.fell(fault, charge, extension)
            }
            Some(kind @ (Kind::Poll | Kind::Fetch | Kind::Find | Kind::Cancel)) if self.busy.is_some() => {
                self.again_later(kind, &fault)
            }
            Some(Kind::Work | Kind::Poll | Kind::Fetch | Kind::Find | Kind::Cancel) | None => Vec::new(),
        }
    }

    fn unready(&self, fault: Fault) -> Vec<Event> {
        let keyed = matches!(self.state.nodes()[self.ix].phase, Phase::Keyed { .. });
        if !keyed || self.busy.is_none() {
            return Vec::new();
        }
        vec![Event::Unready { node: self.no.node.clone(), fault }]
    }

    /// Only the first and only sending can prove that nothing was accepted: a refusal of a repetition proves nothing
    /// about the one before.
    fn submission_failed(&mut self, fault: Fault, charge: Option<Money>, extension: Option<Extension>) -> Vec<Event> {
        let Some(take) = self.take().filter(|take| take.is_paid()) else { return Vec::new() };
        let take_no = self.no.clone();
        let internal = fault.class == Class::Internal;
        match (&take.state, fault.acceptance) {
            (TakeState::Intent | TakeState::Unclear { .. } | TakeState::Held, Acceptance::Yes) if !internal => {
                self.fell(fault, charge, extension)
            }
            (TakeState::Intent, Acceptance::No) if take.sends == 1 && !internal => {
                vec![Event::Refused { take: take_no, fault }]
            }
            (TakeState::Intent, Acceptance::No | Acceptance::Unknown | Acceptance::Yes) => {
                vec![Event::Lost { take: take_no, fault }]
            }
            (TakeState::Unclear { .. }, Acceptance::No | Acceptance::Unknown | Acceptance::Yes)
                if self.busy.is_some() =>
            {
                self.again_later(Kind::Submit, &fault)
            }
            (
                TakeState::Unclear { .. }
                | TakeState::Held
                | TakeState::Submitted { .. }
                | TakeState::Succeeded { .. }
                | TakeState::Kept { .. }
                | TakeState::Fallen { .. }
                | TakeState::Released
                | TakeState::WrittenOff { .. },
                Acceptance::No | Acceptance::Unknown | Acceptance::Yes,
            ) => Vec::new(),
        }
    }

    fn fell(&self, fault: Fault, charge: Option<Money>, extension: Option<Extension>) -> Vec<Event> {
        if self.take().is_none_or(|take| take.bearing() == Bearing::Over) {
            return Vec::new();
        }
        let drives = self.state.nodes()[self.ix].phase == Phase::Taking { n: self.no.n };
        let (extension, _) = self.extension(drives, extension);
        vec![Event::Fell { take: self.no.clone(), fault, charge, extension }]
    }

    fn lost(&mut self, kind: Option<Kind>) -> Vec<Event> {
        let intended = self.take().is_some_and(|take| matches!(take.state, TakeState::Intent) && take.is_paid());
        if kind == Some(Kind::Submit) && intended {
            let fault = Fault::new(Class::Unclear, Acceptance::Unknown, "nobody can vouch for the submission")
                .from(Origin::Ourselves);
            return vec![Event::Lost { take: self.no.clone(), fault }];
        }
        Vec::new()
    }
}

/// What the memory of a key means for the node that asked.
pub(crate) fn looked(
    state: &RunState,
    flight: &mut Flight,
    look: &Look,
    key: Key,
    memory: Option<Memory>,
) -> Vec<Event> {
    let asks = |ix: &Ix| !state.graph().node(*ix).spec.every_run;
    let Some(ix) = state.graph().find(&look.node).filter(asks) else { return Vec::new() };
    // What was asked before a redo, or before its inputs changed, is not what is wanted now.
    if super::onward::question(state, ix).as_ref() != Some(look) {
        return Vec::new();
    }
    flight.looking.remove(&ix);
    flight.relook.remove(&ix);
    flight.attention.insert(Touch::Node(ix));
    let node = &state.nodes()[ix];
    let same = match &node.phase {
        Phase::Ready | Phase::Resting { .. } => false,
        Phase::Keyed { key: old } | Phase::Prepared { key: old, .. } => *old == key,
        // The node has gone on meanwhile.
        _ => return Vec::new(),
    };
    let id = state.id(ix).clone();
    match memory {
        Some(Memory::Finished(made))
            if made.extension.as_ref().is_none_or(|growth| state.may_extend(ix, growth).is_ok()) =>
        {
            let (from, outputs, cost, extension) = (made.from, made.outputs, made.cost, made.extension);
            vec![Event::Reused { node: id, key, from, outputs, cost, extension }]
        }
        Some(Memory::Refused(fault)) if !node.fresh => vec![Event::Skipped { node: id, entry: node.entry, fault }],
        Some(_) | None if same => Vec::new(),
        Some(_) | None => vec![Event::Keyed { node: id, entry: node.entry, key }],
    }
}
