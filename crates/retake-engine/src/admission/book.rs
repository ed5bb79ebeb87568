//! What counts: the runs, their open takes, the money of accounts and days, and who holds which claim.
//!
//! Keeps the sums right whatever comes and goes; it grants nothing and knows nothing of slots or time.

use std::collections::{BTreeMap, BTreeSet};

use super::gate::Passed;
use super::words::{Caps, Claim, Lane};
use crate::id::{AccountId, RunId, TakeId};
use crate::moment::Day;
use crate::money::Money;

/// A sum that is exact beyond [`Money::MAX`], so that what was added can be taken off again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Total(u128);

impl Total {
    pub(super) fn plus(self, other: impl Into<Self>) -> Self {
        Self(self.0.saturating_add(other.into().0))
    }

    pub(super) fn less(self, other: impl Into<Self>) -> Self {
        Self(self.0.saturating_sub(other.into().0))
    }

    pub(super) fn money(self) -> Money {
        Money::from_micros(u64::try_from(self.0).unwrap_or(u64::MAX))
    }
}

impl From<Money> for Total {
    fn from(money: Money) -> Self {
        Self(money.micros().into())
    }
}

#[derive(Debug, Default)]
pub(super) struct Book {
    accounts: BTreeMap<AccountId, Purse>,
    runs: BTreeMap<RunId, Run>,
    /// Who supersedes a run.
    heirs: BTreeMap<RunId, BTreeSet<RunId>>,
    open: BTreeMap<TakeId, Open>,
    claims: BTreeMap<Claim, BTreeSet<TakeId>>,
}

/// The money of an account, spent and reserved together.
#[derive(Debug, Default)]
struct Purse {
    caps: Option<Caps>,
    total: Total,
    days: BTreeMap<Day, Total>,
}

#[derive(Debug)]
struct Run {
    account: AccountId,
    supersedes: Option<RunId>,
    spent: BTreeMap<Day, Total>,
    /// Spent and reserved.
    committed: Total,
    reserved: Total,
    /// The part of `reserved` that awaits a person.
    reserved_held: Total,
}

/// An open take.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) claim: Option<Claim>,
    pub(super) lane: Lane,
    pub(super) day: Day,
    pub(super) reserved: Money,
    pub(super) slot: bool,
    pub(super) held: bool,
    /// What its grant took from its provider's gate; gone once there was news of it.
    pub(super) passed: Option<Passed>,
    /// Whether the provider's answer has been learnt from.
    pub(super) answered: bool,
}

impl Book {
    pub(super) fn account_of(&self, run: RunId) -> Option<&AccountId> {
        self.runs.get(&run).map(|run| &run.account)
    }

    pub(super) fn open(&self, take: &TakeId) -> Option<&Open> {
        self.open.get(take)
    }

    pub(super) fn open_mut(&mut self, take: &TakeId) -> Option<&mut Open> {
        self.open.get_mut(take)
    }

    /// The open takes of a run.
    pub(super) fn takes_of(&self, run: RunId) -> Vec<TakeId> {
        let first = TakeId { run, node: "".into(), n: 0 };
        self.open.range(first..).map(|(take, _)| take).take_while(|take| take.run == run).cloned().collect()
    }

    /// Counts a run that has no open takes yet.
    pub(super) fn add_run(&mut self, run: RunId, account: AccountId, supersedes: Option<RunId>) {
        if let Some(before) = supersedes {
            self.heirs.entry(before).or_default().insert(run);
        }
        let spent = BTreeMap::new();
        let (committed, reserved, reserved_held) = Default::default();
        self.runs.insert(run, Run { account, supersedes, spent, committed, reserved, reserved_held });
    }

    /// Forgets a run and what it spent; its open takes have to be closed before.
    pub(super) fn remove_run(&mut self, run: RunId) {
        let Some(gone) = self.runs.remove(&run) else { return };
        if let Some(heirs) = gone.supersedes.and_then(|before| self.heirs.get_mut(&before)) {
            heirs.remove(&run);
        }
        let purse = self.accounts.entry(gone.account).or_default();
        for (day, spent) in gone.spent {
            purse.take(day, spent);
        }
    }

    pub(super) fn spend(&mut self, id: RunId, day: Day, money: Money) {
        let Some(run) = self.runs.get_mut(&id) else { return };
        let before = run.spent.entry(day).or_default();
        *before = before.plus(money);
        run.committed = run.committed.plus(money);
        self.accounts.entry(run.account.clone()).or_default().put(day, money.into());
    }

    /// Counts a take of a run that has entered.
    pub(super) fn add(&mut self, take: TakeId, open: Open) {
        let Some(run) = self.runs.get_mut(&take.run) else { return };
        run.committed = run.committed.plus(open.reserved);
        run.reserved = run.reserved.plus(open.reserved);
        if open.held {
            run.reserved_held = run.reserved_held.plus(open.reserved);
        }
        self.accounts.entry(run.account.clone()).or_default().put(open.day, open.reserved.into());
        if let Some(claim) = &open.claim {
            self.claims.entry(claim.clone()).or_default().insert(take.clone());
        }
        self.open.insert(take, open);
    }

    /// Releases all that a take counts for, and says what it claimed.
    pub(super) fn remove(&mut self, take: &TakeId) -> Option<Claim> {
        let claim = self.drop_claim(take);
        let open = self.open.remove(take)?;
        let run = self.runs.get_mut(&take.run)?;
        run.committed = run.committed.less(open.reserved);
        run.reserved = run.reserved.less(open.reserved);
        if open.held {
            run.reserved_held = run.reserved_held.less(open.reserved);
        }
        self.accounts.entry(run.account.clone()).or_default().take(open.day, open.reserved.into());
        claim
    }

    /// Takes the claim from a take, and says which it was.
    pub(super) fn drop_claim(&mut self, take: &TakeId) -> Option<Claim> {
        let claim = self.open.get_mut(take)?.claim.take()?;
        if let Some(holders) = self.claims.get_mut(&claim) {
            holders.remove(take);
            if holders.is_empty() {
                self.claims.remove(&claim);
            }
        }
        Some(claim)
    }

    /// Marks whether a take awaits a person.
    pub(super) fn mark(&mut self, take: &TakeId, held: bool) {
        let (Some(open), Some(run)) = (self.open.get_mut(take), self.runs.get_mut(&take.run)) else { return };
        if open.held != held {
            let held_money = run.reserved_held;
            run.reserved_held = if held { held_money.plus(open.reserved) } else { held_money.less(open.reserved) };
            open.held = held;
        }
    }

    /// Who holds the claim: one that works rather than one that awaits a person.
    pub(super) fn holder(&self, claim: &Claim) -> Option<(&TakeId, bool)> {
        let holders = self.claims.get(claim)?;
        let marked = |take| (take, self.open.get(take).is_some_and(|open| open.held));
        holders.iter().map(marked).min_by_key(|(_, held)| *held)
    }

    pub(super) fn committed(&self, account: &AccountId) -> Total {
        self.accounts.get(account).map_or_else(Total::default, |purse| purse.total)
    }

    pub(super) fn committed_on(&self, account: &AccountId, day: Day) -> Total {
        self.accounts.get(account).and_then(|purse| purse.days.get(&day)).copied().unwrap_or_default()
    }

    pub(super) fn caps(&self, account: &AccountId) -> Option<Caps> {
        self.accounts.get(account)?.caps
    }

    pub(super) fn set_caps(&mut self, account: AccountId, caps: Caps) {
        self.accounts.entry(account).or_default().caps = Some(caps);
    }

    /// What a run has spent and reserves itself.
    pub(super) fn committed_by(&self, run: RunId) -> Total {
        self.runs.get(&run).map_or_else(Total::default, |run| run.committed)
    }

    /// What the predecessors of a run still reserve, and how much of that awaits a person.
    pub(super) fn inherited(&self, run: RunId) -> (Total, Total) {
        let mut sums = (Total::default(), Total::default());
        let mut seen = BTreeSet::from([run]);
        let mut at = self.runs.get(&run).and_then(|run| run.supersedes);
        // A circle of runs cannot be, but must not hang us if it is written down.
        while let Some(before) = at.filter(|before| seen.insert(*before)) {
            let Some(before) = self.runs.get(&before) else { break };
            sums = (sums.0.plus(before.reserved), sums.1.plus(before.reserved_held));
            at = before.supersedes;
        }
        sums
    }

    /// The run and all that supersede it, directly or not.
    pub(super) fn heirs(&self, run: RunId) -> BTreeSet<RunId> {
        let mut seen = BTreeSet::from([run]);
        let mut queue = vec![run];
        while let Some(at) = queue.pop() {
            let heirs = self.heirs.get(&at).into_iter().flatten();
            queue.extend(heirs.filter(|heir| seen.insert(**heir)));
        }
        seen
    }

    /// Money, claims and open takes, for comparison.
    #[cfg(test)]
    pub(super) fn picture(&self) -> impl PartialEq + std::fmt::Debug + use<> {
        let purses = self.accounts.iter().filter(|(_, purse)| purse.total != Total::default());
        let money: Vec<_> = purses.map(|(account, purse)| (account.clone(), purse.total, purse.days.clone())).collect();
        let open: Vec<_> = self.open.iter().map(|(take, open)| (take.clone(), open.reserved, open.held)).collect();
        (money, self.claims.clone(), open)
    }

    #[cfg(test)]
    pub(super) fn claims_held(&self) -> usize {
        self.claims.len()
    }
}

impl Purse {
    fn put(&mut self, day: Day, money: Total) {
        if money == Total::default() {
            return;
        }
        self.total = self.total.plus(money);
        let sum = self.days.entry(day).or_default();
        *sum = sum.plus(money);
    }

    fn take(&mut self, day: Day, money: Total) {
        self.total = self.total.less(money);
        let sum = self.days.entry(day).or_default();
        *sum = sum.less(money);
        if *sum == Total::default() {
            self.days.remove(&day);
        }
    }
}
