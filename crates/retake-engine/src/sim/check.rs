//! The promises, held against what really happened: counted at the provider, not in the journal.

use std::collections::BTreeMap;

use super::host::Host;
use crate::decide::Memory;
use crate::id::{RunId, TakeId};
use crate::journal::event::{Ending, Event, Pause};
use crate::journal::state::{Bearing, ItemState, Items, Phase, RunState, Status, Take, TakeState};
use crate::money::Money;
use crate::store::Batch;

impl Host {
    /// At every instant: what was charged is covered, the sums agree, and the caps hold.
    pub(super) fn check_money(&mut self) {
        let mut wrong = Vec::new();
        for state in self.states() {
            let ledger = state.ledger();
            let (run, bill) = (state.spec().id, self.world.bill(state.spec().id, self.now));
            // What was charged over the published price is only known once it is reported.
            let covered = ledger.committed().plus(self.hidden_overrun(state));
            if bill > covered {
                wrong.push(format!("run {run} was charged {bill}, and only {covered} is booked or reserved"));
            }
            let sums = sums(state);
            if sums != (ledger.settled(), ledger.written_off(), ledger.reserved()) {
                wrong.push(format!("run {run}: takes add up to {sums:?}, the ledger says {ledger:?}"));
            }
        }
        if self.is_alive() {
            wrong.extend(self.check_accounts());
        }
        if let Some(first) = wrong.into_iter().next() {
            self.fail(first);
        }
    }

    fn hidden_overrun(&self, state: &RunState) -> Money {
        let own = self.world.jobs.iter().filter(|job| job.take.run == state.spec().id);
        let over = own.filter_map(|job| {
            let take = state.take(&job.take.no())?;
            let unknown = take.bearing() != Bearing::Over || matches!(take.state, TakeState::WrittenOff { .. });
            unknown.then(|| job.charged(self.now).less(take.worst))
        });
        over.sum()
    }

    fn check_accounts(&self) -> Option<String> {
        self.accounts().into_iter().find_map(|account| {
            let runs = self.states().filter(|state| state.spec().account == account);
            let booked: Money = runs.map(|state| state.ledger().committed()).sum();
            let granted = self.admission.committed(&account);
            // A grant that is not an intent yet is counted by admission alone.
            (granted < booked).then(|| format!("account {account}: admission counts {granted}, journals {booked}"))
        })
    }

    /// Before an intent is kept: the cap holds, nothing finished is bought, and no key is open twice.
    pub(super) fn check_intents(&mut self, run: RunId, batch: &Batch) {
        let mut wrong = Vec::new();
        for record in &batch.records {
            let Event::Intended { take, key, request, .. } = &record.event else { continue };
            let Some(state) = self.actors.get(&run).map(crate::engine::Actor::state) else { continue };
            let Some(made) = state.take(take) else { continue };
            if request.is_none() || made.bearing() != Bearing::Active {
                continue;
            }
            let ledger = state.ledger();
            if ledger.committed() > ledger.cap() && ledger.overrun().is_zero() && !self.lowered {
                wrong.push(format!("take {take} broke the cap: {ledger:?}"));
            }
            if matches!(self.store.recall(&state.spec().account, key), Ok(Some(Memory::Finished(_)))) {
                wrong.push(format!("take {take} buys what is finished"));
            }
            wrong.extend(self.check_voice(run, batch, record.seq));
            if let Some(other) = self.same_key(&take.of(run), made) {
                wrong.push(format!("takes {take} and {other} buy the same at once"));
            }
        }
        if let Some(first) = wrong.into_iter().next() {
            self.fail(first);
        }
    }

    /// Another open take that holds the same key, in the same account or at a provider that could not tell the two
    /// apart, and that nobody decided to go on without.
    fn same_key(&self, id: &TakeId, take: &Take) -> Option<TakeId> {
        let account = self.actors.get(&id.run)?.state().spec().account.clone();
        self.states().flat_map(open_takes).find_map(|(state, other, made)| {
            let weak = state.graph().is_weak(state.graph().find(&other.node)?, made.entry);
            let claims = made.key == take.key && (weak || (!made.late && state.spec().account == account));
            let holds = claims && !matches!(made.state, TakeState::Held);
            (holds && other != *id).then_some(other)
        })
    }

    /// At the end: every run is over, nothing is lost, nothing was bought twice, and every cent is where it belongs.
    pub(super) fn check_end(&mut self, endless: bool) {
        let mut wrong = Vec::new();
        if endless {
            wrong.push("it never comes to rest".to_owned());
        }
        for state in self.states() {
            let run = state.spec().id;
            if !matches!(state.status(), Status::Ended(_)) {
                let left = state.nodes().iter().enumerate().filter(|(_, node)| !node.phase.is_settled());
                let left: Vec<String> = left.map(|(ix, node)| format!("{}: {:?}", state.id(ix), node.phase)).collect();
                let flight = self.actors.get(&run).map(crate::engine::Actor::flight);
                wrong.push(format!("run {run} is stuck, {:?}: {}; {flight:?}", state.status(), left.join(", ")));
            }
            wrong.extend(self.check_jobs(state));
            wrong.extend(self.check_sum(state));
            wrong.extend(check_ending(state));
            wrong.extend(check_summary(state));
            wrong.extend(self.check_every_run(state));
            wrong.extend(self.check_unison(state));
        }
        self.count_followers();
        wrong.extend(self.check_fold());
        wrong.extend(self.check_doubles());
        if let Some(first) = wrong.into_iter().next() {
            self.fail(first);
        }
    }

    /// Everything that a provider accepted is known: by its ticket, or as a take that nobody could find out about.
    fn check_jobs(&self, state: &RunState) -> Option<String> {
        let run = state.spec().id;
        self.world.jobs.iter().filter(|job| job.take.run == run).find_map(|job| {
            let no = job.take.no();
            let provider = job.entry.as_str().into();
            let owner = state.tickets.get(&(provider, job.ticket.clone()));
            let take = owner.map_or_else(|| state.take(&no), |(ix, n)| state.nodes()[*ix].take(*n));
            let Some(take) = take else { return Some(format!("job {} of take {no} is lost", job.ticket)) };
            let synchronous = job.entry.as_str() == "prompt";
            match &take.state {
                TakeState::Released => Some(format!("take {no} was released, and job {} was accepted", job.ticket)),
                TakeState::Kept { cost, .. } | TakeState::Fallen { cost } if *cost != job.charged(self.now) => {
                    Some(format!("take {no} was booked at {cost}, and {} was charged", job.charged(self.now)))
                }
                TakeState::WrittenOff { .. } | TakeState::Held => None,
                TakeState::Kept { .. } | TakeState::Fallen { .. } if owner.is_none() && !synchronous => {
                    Some(format!("job {} of take {no} was never known", job.ticket))
                }
                TakeState::Intent
                | TakeState::Unclear { .. }
                | TakeState::Submitted { .. }
                | TakeState::Succeeded { .. }
                | TakeState::Kept { .. }
                | TakeState::Fallen { .. } => None,
            }
        })
    }

    /// What is settled is what was charged, to the cent, but for takes of which nobody could find out.
    fn check_sum(&self, state: &RunState) -> Option<String> {
        let run = state.spec().id;
        let known = self.world.jobs.iter().filter(|job| job.take.run == run).filter(|job| {
            let owner = state.tickets.get(&(job.entry.as_str().into(), job.ticket.clone()));
            let take = owner.map_or_else(|| state.take(&job.take.no()), |(ix, n)| state.nodes()[*ix].take(*n));
            take.is_some_and(|take| matches!(take.state, TakeState::Kept { .. } | TakeState::Fallen { .. }))
        });
        let charged: Money = known.map(|job| job.charged(self.now)).sum();
        let settled = state.ledger().settled();
        (charged != settled && self.world.known_before == 0)
            .then(|| format!("run {run} settled {settled}, and {charged} was charged for it"))
    }

    /// No take was accepted twice.
    fn check_doubles(&self) -> Option<String> {
        let mut jobs: BTreeMap<&TakeId, u32> = BTreeMap::new();
        for job in &self.world.jobs {
            *jobs.entry(&job.take).or_default() += 1;
        }
        jobs.into_iter()
            .find(|(_, count)| *count > 1)
            .map(|(take, count)| format!("take {take} was bought {count} times"))
    }

    /// What was folded as it happened is what its journal folds to.
    fn check_fold(&mut self) -> Option<String> {
        for run in self.runs() {
            let (Some(actor), Ok(records)) = (self.actors.get(&run), self.store.load(run)) else { continue };
            match RunState::fold(&records) {
                Ok(folded) if gist(&folded) == gist(actor.state()) => {}
                Ok(_) => return Some(format!("run {run} folds to something else than it is")),
                Err(illegal) => return Some(format!("run {run} does not fold: {illegal}")),
            }
        }
        let before: Vec<Money> = self.accounts().iter().map(|account| self.admission.committed(account)).collect();
        self.enter_again();
        let after: Vec<Money> = self.accounts().iter().map(|account| self.admission.committed(account)).collect();
        (before != after).then(|| format!("admission counted {before:?}, the journals say {after:?}"))
    }

    /// Counts what an event shows.
    pub(super) fn notice(&mut self, run: RunId, event: &Event) {
        let what = match event {
            Event::Kept { take, adopted: true, .. } if self.is_of_every_run(run, take) => "node made for its run alone",
            Event::Found { .. } => "take found",
            Event::Absent { .. } => "take absent",
            Event::Held { .. } => "take held",
            Event::WrittenOff { .. } => "take written off",
            Event::Late { .. } => "take late",
            Event::Resent { .. } => "take resent",
            Event::Reused { .. } => "node reused",
            Event::Skipped { .. } => "node skipped as known to refuse",
            Event::Waits { why, .. } if why.contains("the same") => "node waited for another run's key",
            Event::RoundBegan { .. } => "round began",
            Event::AskedOnceMore { .. } => "asked once more",
            Event::Kept { adopted: false, .. } => "take kept as a spare",
            Event::Kept { take, .. } if self.was_late(take) => "take late and adopted",
            Event::Paused { pause } => match pause {
                Pause::Budget { .. } => "run paused for budget",
                Pause::Overrun { .. } => "run paused for overrun",
                Pause::Deadline { .. } => "run paused for its deadline",
                Pause::Credentials { .. } => "run paused for credentials",
                Pause::Review { .. } => "run paused for review",
            },
            Event::Ended { ending } => match ending {
                Ending::Completed => "run completed",
                Ending::Partial => "run partial",
                Ending::Failed => "run failed",
                Ending::Cancelled => "run cancelled",
            },
            _ => return,
        };
        self.tally.count(what);
    }

    fn is_of_every_run(&self, run: RunId, no: &crate::id::TakeNo) -> bool {
        let graph = self.actors.get(&run).map(|actor| actor.state().graph());
        graph.is_some_and(|graph| graph.find(&no.node).is_some_and(|ix| graph.node(ix).spec.every_run))
    }

    /// What every run makes for itself was made by this one, and nothing of it is known to others.
    fn check_every_run(&self, state: &RunState) -> Option<String> {
        let nodes = state.nodes().iter().enumerate().filter(|(ix, _)| state.graph().node(*ix).spec.every_run);
        nodes.into_iter().find_map(|(ix, node)| {
            let made = node.takes.iter().any(|take| matches!(take.state, TakeState::Kept { .. }));
            let known = |take: &Take| {
                self.store.recall(&state.spec().account, &take.key).expect("the store can be read").is_some()
            };
            let wrong = matches!(node.phase, Phase::Complete { .. }) && (!made || node.reused);
            (wrong || node.takes.iter().any(known)).then(|| format!("{} was not made for its run alone", state.id(ix)))
        })
    }

    fn was_late(&self, no: &crate::id::TakeNo) -> bool {
        self.states().any(|state| state.take(no).is_some_and(|take| take.late))
    }
}

fn open_takes(state: &RunState) -> impl Iterator<Item = (&RunState, TakeId, &Take)> {
    let takes = state.index().open().chain(state.index().held.iter().copied());
    takes.filter_map(move |(ix, n)| {
        let take = state.nodes()[ix].take(n).filter(|take| take.is_paid())?;
        Some((state, state.no(ix, n).of(state.spec().id), take))
    })
}

/// Settled, written off and reserved, added up from the takes.
fn sums(state: &RunState) -> (Money, Money, Money) {
    let (mut settled, mut written_off, mut reserved) = (Money::ZERO, Money::ZERO, Money::ZERO);
    for take in state.nodes().iter().flat_map(|node| &node.takes) {
        match &take.state {
            TakeState::Kept { cost, .. } | TakeState::Fallen { cost } => settled = settled.plus(*cost),
            TakeState::WrittenOff { cost } => written_off = written_off.plus(*cost),
            TakeState::Released => {}
            TakeState::Intent
            | TakeState::Unclear { .. }
            | TakeState::Held
            | TakeState::Submitted { .. }
            | TakeState::Succeeded { .. } => {
                if take.is_paid() {
                    reserved = reserved.plus(take.worst);
                }
            }
        }
    }
    (settled, written_off, reserved)
}

/// An ending says what is true.
fn check_ending(state: &RunState) -> Option<String> {
    let made = state.nodes().iter().all(|node| matches!(node.phase, Phase::Complete { .. } | Phase::Dropped));
    let wrong = match state.status() {
        Status::Ended(Ending::Completed) => !made,
        Status::Ended(Ending::Partial | Ending::Failed) => made,
        Status::Ended(Ending::Cancelled) | Status::Queued | Status::Running | Status::Paused(_) => false,
    };
    wrong.then(|| format!("run {} says {:?}", state.spec().id, state.status()))
}

/// Items and steps, counted from the nodes: items, steps that are done, steps.
#[must_use]
pub fn recount(state: &RunState) -> (Items, usize, usize) {
    let (mut items, mut done, mut all) = (Items::default(), 0, 0);
    for (ix, node) in state.nodes().iter().enumerate() {
        let spec = &state.graph().node(ix).spec;
        let Some(stands) = state.item_state(ix) else { continue };
        let complete = matches!(node.phase, Phase::Complete { .. });
        if !spec.route.is_empty() {
            all += 1;
            done += usize::from(complete);
        }
        if spec.item {
            match stands {
                ItemState::Pending => items.pending += 1,
                ItemState::Generating => items.generating += 1,
                ItemState::Complete => items.complete += 1,
                ItemState::Failed => items.failed += 1,
                ItemState::FailedPermanent => items.failed_permanent += 1,
            }
            items.reused += usize::from(complete && node.reused);
        }
    }
    (items, done, all)
}

/// What was counted event by event is what is there.
fn check_summary(state: &RunState) -> Option<String> {
    let summary = state.summary();
    let counted = (summary.items, summary.nodes_done, summary.nodes);
    let there = recount(state);
    (counted != there).then(|| format!("run {} counted {counted:?}, and there are {there:?}", state.spec().id))
}

/// All that a fold must agree in.
fn gist(state: &RunState) -> String {
    format!("{:?} {:?} {:?} {:?} {}", state.nodes, state.ledger, state.index, state.status, state.seq)
}
