//! The asks that wait, each in exactly one place: in the ring, or parked with the one thing that must change first.
//!
//! Parked asks cost nothing until that thing changes. Whether it has changed is not decided here.

use std::collections::{BTreeMap, BTreeSet};

use super::book::Total;
use super::ring::{Line, Queued, Ring};
use super::words::{Ask, Claim, Closed, Lane, Wait};
use crate::id::{AccountId, RunId, TakeId};
use crate::money::Money;

#[derive(Debug)]
pub(super) struct Waiter {
    pub(super) ask: Ask,
    /// Unknown until the run enters.
    pub(super) account: Option<AccountId>,
    /// What the run had committed when it named its room.
    pub(super) base: Total,
    pub(super) place: Place,
    /// What the asker was last told, as far as it matters to a person.
    pub(super) told: Option<Gist>,
    seq: u64,
}

/// Where an ask waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Nowhere,
    Ring,
    /// Parked until somebody lets go of its claim.
    Key,
    /// Parked until its run has more room.
    Room,
    /// Parked until its account has more.
    Money,
    /// Parked until its run enters.
    Entry,
}

/// What of a wait matters to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Gist {
    Lane,
    Key(TakeId, bool),
    Predecessor(bool),
    Account,
    Day,
    Closed(Closed),
}

#[derive(Debug, Default)]
pub(super) struct Waiting {
    asked: u64,
    asks: BTreeMap<TakeId, Waiter>,
    pub(super) submissions: Ring,
    pub(super) processes: Ring,
    /// All asks for a claim, wherever they wait.
    wanting: BTreeMap<Claim, BTreeSet<TakeId>>,
    rooms: BTreeMap<RunId, BTreeSet<TakeId>>,
    /// By what they need, so that those that fit are found first.
    money: BTreeMap<AccountId, BTreeSet<(Money, u64, TakeId)>>,
}

impl Gist {
    pub(super) fn of(wait: &Wait) -> Self {
        match wait {
            Wait::Turn | Wait::Rate { .. } | Wait::Breaker { .. } | Wait::RetryBudget { .. } => Self::Lane,
            Wait::Key { holder, held } => Self::Key(holder.clone(), *held),
            Wait::Predecessor { held, .. } => Self::Predecessor(*held),
            Wait::Account { .. } => Self::Account,
            Wait::Day { .. } => Self::Day,
            Wait::Closed { why } => Self::Closed(*why),
        }
    }

    /// Whether a person who knows `told` learns something. A cap at its edge frees a little again and again: whoever
    /// waits for it hears of the grant, not of each hope.
    pub(super) fn is_news_after(&self, told: &Self) -> bool {
        self != told && !(matches!(self, Self::Lane) && matches!(told, Self::Account | Self::Day))
    }
}

impl Waiting {
    pub(super) fn get(&self, take: &TakeId) -> Option<&Waiter> {
        self.asks.get(take)
    }

    pub(super) fn get_mut(&mut self, take: &TakeId) -> Option<&mut Waiter> {
        self.asks.get_mut(take)
    }

    /// Takes an ask in, or its new words; one that is in the ring keeps its turn unless it changes lines.
    pub(super) fn put(&mut self, ask: Ask, account: Option<AccountId>, base: Total, processes: u32) {
        let take = ask.take.clone();
        let mut waiter = Waiter { ask, account, base, place: Place::Nowhere, told: None, seq: 0 };
        if let Some(before) = self.asks.get(&take) {
            waiter.seq = before.seq;
            waiter.told = before.told.clone();
            if before.place == Place::Ring && queued(before, processes) == queued(&waiter, processes) {
                waiter.place = Place::Ring;
            } else {
                self.unplace(&take, processes);
            }
            self.unwant(&take);
        } else {
            self.asked += 1;
            waiter.seq = self.asked;
        }
        self.wanting.entry(waiter.ask.claim.clone()).or_default().insert(take.clone());
        self.asks.insert(take, waiter);
    }

    /// Moves an ask to a place.
    pub(super) fn place(&mut self, take: &TakeId, place: Place, processes: u32) {
        if self.asks.get(take).is_none_or(|waiter| waiter.place == place) {
            return;
        }
        self.unplace(take, processes);
        let Some(waiter) = self.asks.get_mut(take) else { return };
        waiter.place = place;
        match place {
            Place::Ring => {
                let queued = queued(waiter, processes);
                self.ring(&queued.line).push(queued);
            }
            Place::Room => {
                self.rooms.entry(take.run).or_default().insert(take.clone());
            }
            Place::Money => {
                if let Some(account) = waiter.account.clone() {
                    let entry = (waiter.ask.worst, waiter.seq, take.clone());
                    self.money.entry(account).or_default().insert(entry);
                }
            }
            Place::Nowhere | Place::Key | Place::Entry => {}
        }
    }

    fn unplace(&mut self, take: &TakeId, processes: u32) {
        let Some(waiter) = self.asks.get_mut(take) else { return };
        match std::mem::replace(&mut waiter.place, Place::Nowhere) {
            Place::Ring => {
                let queued = queued(waiter, processes);
                self.ring(&queued.line).remove(take.run, &queued.line, queued.seq);
            }
            Place::Room => {
                if let Some(takes) = self.rooms.get_mut(&take.run) {
                    takes.remove(take);
                    if takes.is_empty() {
                        self.rooms.remove(&take.run);
                    }
                }
            }
            Place::Money => {
                let entry = (waiter.ask.worst, waiter.seq, take.clone());
                if let Some(account) = &waiter.account
                    && let Some(parked) = self.money.get_mut(account)
                {
                    parked.remove(&entry);
                    if parked.is_empty() {
                        self.money.remove(account);
                    }
                }
            }
            Place::Nowhere | Place::Key | Place::Entry => {}
        }
    }

    /// Forgets an ask.
    pub(super) fn remove(&mut self, take: &TakeId, processes: u32) -> Option<Waiter> {
        self.unplace(take, processes);
        self.unwant(take);
        self.asks.remove(take)
    }

    fn unwant(&mut self, take: &TakeId) {
        let Some(waiter) = self.asks.get(take) else { return };
        let claim = &waiter.ask.claim;
        if let Some(takes) = self.wanting.get_mut(claim) {
            takes.remove(take);
            if takes.is_empty() {
                self.wanting.remove(claim);
            }
        }
    }

    fn ring(&mut self, line: &Line) -> &mut Ring {
        match line {
            Line::Submission { .. } => &mut self.submissions,
            Line::Process => &mut self.processes,
        }
    }

    pub(super) fn all(&self) -> Vec<TakeId> {
        self.asks.keys().cloned().collect()
    }

    pub(super) fn of_run(&self, run: RunId) -> Vec<TakeId> {
        let first = TakeId { run, node: "".into(), n: 0 };
        self.asks.range(first..).map(|(take, _)| take).take_while(|take| take.run == run).cloned().collect()
    }

    pub(super) fn wanting(&self, claim: &Claim) -> Vec<TakeId> {
        self.wanting.get(claim).into_iter().flatten().cloned().collect()
    }

    pub(super) fn short_of_room(&self, run: RunId) -> Vec<TakeId> {
        self.rooms.get(&run).into_iter().flatten().cloned().collect()
    }

    /// Whoever needs the least of an account that has too little.
    pub(super) fn short_of_money(&self, account: &AccountId) -> Option<(Money, TakeId)> {
        self.money.get(account)?.first().map(|(worst, _, take)| (*worst, take.clone()))
    }

    /// The accounts that have too little for somebody.
    pub(super) fn short_accounts(&self) -> Vec<AccountId> {
        self.money.keys().cloned().collect()
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.asks.is_empty()
            && self.wanting.is_empty()
            && self.rooms.is_empty()
            && self.money.is_empty()
            && self.submissions.lines().next().is_none()
            && self.processes.lines().next().is_none()
    }
}

/// How an ask stands in the ring. Work that wants more process slots than there are takes them all.
pub(super) fn queued(waiter: &Waiter, processes: u32) -> Queued {
    let (line, cost) = match &waiter.ask.lane {
        Lane::Submission { provider, model } => {
            let (provider, model) = (provider.clone(), model.clone());
            (Line::Submission { provider, model, retry: waiter.ask.retry }, 1)
        }
        Lane::Process { cores } => (Line::Process, (*cores).clamp(1, processes)),
    };
    Queued { line, seq: waiter.seq, take: waiter.ask.take.clone(), cost }
}
