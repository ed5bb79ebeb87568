//! Whose turn it is and what keeps it: the checks of a grant, and the grant itself as one step.

use super::book::Open;
use super::ring::{Line, Queued};
use super::waiting::{Gist, Place, Waiter};
use super::words::{Caps, Lane, Reply, Wait};
use super::{Admission, gate::Passed};
use crate::id::{AccountId, TakeId};
use crate::moment::Moment;
use crate::money::Money;

impl Admission {
    /// Puts an ask where it belongs now, and notes what its asker should hear of that.
    pub(super) fn settle(&mut self, take: &TakeId) {
        let Some(waiter) = self.waiting.get(take) else { return };
        let hindrance = self.hindrance(waiter);
        let place = hindrance.as_ref().map_or(Place::Ring, place_of);
        if let (Some(Wait::Day { .. }), Some(account)) = (&hindrance, waiter.account.clone()) {
            self.by_day.insert(account);
        }
        self.waiting.place(take, place, self.limits.processes);
        let Some(waiter) = self.waiting.get(take) else { return };
        let own = hindrance.as_ref().map_or(Gist::Lane, Gist::of);
        let gist = self.closed.map_or(own, Gist::Closed);
        // One that was never answered hears it from its ask.
        if waiter.told.as_ref().is_none_or(|told| !gist.is_news_after(told)) {
            return;
        }
        let Some(wait) = hindrance.filter(|_| self.closed.is_none()).or_else(|| self.wait_of(take)) else { return };
        if let Some(waiter) = self.waiting.get_mut(take) {
            waiter.told = Some(gist);
            self.told.insert(take.clone(), Reply::Waits(wait));
        }
    }

    /// What keeps an ask from taking its turn, for reasons of its own: claim, room, money.
    fn hindrance(&self, waiter: &Waiter) -> Option<Wait> {
        let ask = &waiter.ask;
        let Some(account) = &waiter.account else { return Some(Wait::Turn) };
        if let Some((holder, held)) = self.book.holder(&ask.claim)
            && !(held && ask.despite_held)
        {
            return Some(Wait::Key { holder: holder.clone(), held });
        }
        // What costs nothing fits under every cap.
        if ask.worst.is_zero() {
            return None;
        }
        let (reserved, reserved_held) = self.book.inherited(ask.take.run);
        // What the run was granted since it named its room has used it up; what was released is room again.
        let needed = self.book.committed_by(ask.take.run).plus(ask.worst);
        let room = waiter.base.plus(ask.room);
        // A run that is over its cap cannot say by how much: what is released then is no room before it asks again.
        if ask.room.is_zero() || needed.plus(reserved) > room {
            let held = reserved_held.money() > Money::ZERO && needed.plus(reserved_held) > room;
            return Some(Wait::Predecessor { reserved: reserved.money(), held });
        }
        self.shortage(account, ask.worst)
    }

    /// What an account lacks for such an amount.
    pub(super) fn shortage(&self, account: &AccountId, worst: Money) -> Option<Wait> {
        let own = Caps { total: self.limits.account, day: self.limits.day };
        let caps = self.book.caps(account).unwrap_or(own);
        let total = self.book.committed(account).plus(worst);
        if total > caps.total.into() {
            return Some(Wait::Account { short: total.less(caps.total).money() });
        }
        let today = self.book.committed_on(account, self.now.day()).plus(worst);
        let until = self.now.day().end();
        (today > caps.day.into()).then(|| Wait::Day { short: today.less(caps.day).money(), until })
    }

    /// What an ask waits for at this moment.
    pub(super) fn wait_of(&self, take: &TakeId) -> Option<Wait> {
        let waiter = self.waiting.get(take)?;
        if let Some(why) = self.closed {
            return Some(Wait::Closed { why });
        }
        if let Some(wait) = self.hindrance(waiter) {
            return Some(wait);
        }
        let Lane::Submission { provider, model } = &waiter.ask.lane else { return Some(Wait::Turn) };
        let gate = self.gates.get(provider)?;
        Some(gate.shut(model, waiter.ask.retry, self.now).unwrap_or(Wait::Turn))
    }

    pub(super) fn turn_of(&mut self, take: &TakeId) -> Option<Queued> {
        match self.waiting.get(take)?.ask.lane {
            Lane::Submission { .. } => self.submission_turn(),
            Lane::Process { .. } => self.process_turn(),
        }
    }

    /// The submission that may leave now.
    pub(super) fn submission_turn(&mut self) -> Option<Queued> {
        while self.closed.is_none() && self.submissions < self.limits.submissions {
            let (gates, now) = (&self.gates, self.now);
            let turn = self.waiting.submissions.turn(|line| match line {
                Line::Submission { provider, model, retry } => {
                    gates.get(provider).is_some_and(|gate| gate.shut(model, *retry, now).is_none())
                }
                Line::Process => false,
            })?;
            if self.is_still_ready(&turn.take) {
                return Some(turn);
            }
        }
        None
    }

    /// The local work that may start now. One that needs more slots than are free keeps them from those behind it,
    /// which would otherwise starve it.
    pub(super) fn process_turn(&mut self) -> Option<Queued> {
        while self.closed.is_none() && self.processes < self.limits.processes {
            let turn = self.waiting.processes.turn(|_| true)?;
            if self.is_still_ready(&turn.take) {
                let fits = self.processes.saturating_add(turn.cost) <= self.limits.processes;
                return fits.then_some(turn);
            }
        }
        None
    }

    /// Whether nothing of its own has come between; else it is parked.
    fn is_still_ready(&mut self, take: &TakeId) -> bool {
        self.settle(take);
        self.waiting.get(take).is_some_and(|waiter| waiter.place == Place::Ring)
    }

    /// All that a take needs is its own from here on: slot, rate, reservation, claim.
    pub(super) fn grant(&mut self, turn: &Queued) {
        match turn.line {
            Line::Submission { .. } => self.waiting.submissions.served(turn),
            Line::Process => self.waiting.processes.served(turn),
        }
        self.told.remove(&turn.take);
        let Some(waiter) = self.waiting.remove(&turn.take, self.limits.processes) else { return };
        let ask = waiter.ask;
        self.fill(&ask.lane);
        let passed = match &ask.lane {
            Lane::Submission { provider, model } => {
                let now = self.now;
                Some(self.gate(provider).pass(model, ask.retry, now))
            }
            Lane::Process { .. } => None,
        };
        let open = Open {
            claim: Some(ask.claim.clone()),
            lane: ask.lane,
            day: self.now.day(),
            reserved: ask.worst,
            slot: true,
            held: false,
            passed,
            answered: false,
        };
        self.book.add(ask.take, open);
        self.settle_wanting(&ask.claim);
    }

    /// Fills a slot of the process; a provider's own is filled by its gate.
    pub(super) fn fill(&mut self, lane: &Lane) {
        match lane {
            Lane::Submission { .. } => self.submissions = self.submissions.saturating_add(1),
            Lane::Process { cores } => {
                self.processes = self.processes.saturating_add((*cores).clamp(1, self.limits.processes));
            }
        }
    }

    /// Frees the slot of a take, and the probe's place if it was the probe.
    pub(super) fn vacate(&mut self, take: &TakeId) {
        let Some(open) = self.book.open_mut(take) else { return };
        let probe = matches!(open.passed.take(), Some(Passed { probe: true, .. }));
        let slot = std::mem::replace(&mut open.slot, false);
        match open.lane.clone() {
            Lane::Submission { provider, model } => {
                let gate = self.gate(&provider);
                if probe {
                    gate.probe_lost(&model);
                }
                if slot {
                    gate.vacate();
                    self.submissions = self.submissions.saturating_sub(1);
                }
            }
            Lane::Process { cores } => {
                if slot {
                    self.processes = self.processes.saturating_sub(cores.clamp(1, self.limits.processes));
                }
            }
        }
    }

    /// When time alone opens a line.
    pub(super) fn opens_at(&self, line: &Line) -> Option<Moment> {
        match line {
            Line::Submission { provider, model, retry } => self.gates.get(provider)?.opens_at(model, *retry),
            Line::Process => None,
        }
    }
}

fn place_of(wait: &Wait) -> Place {
    match wait {
        Wait::Key { .. } => Place::Key,
        Wait::Predecessor { .. } => Place::Room,
        Wait::Account { .. } | Wait::Day { .. } => Place::Money,
        Wait::Turn | Wait::Rate { .. } | Wait::Breaker { .. } | Wait::RetryBudget { .. } | Wait::Closed { .. } => {
            Place::Entry
        }
    }
}
