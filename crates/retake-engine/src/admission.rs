//! Grants or refuses takes across all runs of a process.
//!
//! Pure: it is told what happened and what time it is, and answers. It owns the caps of accounts and days, the room
//! behind predecessors, one open take per claim, slots, rates, retry budgets, breakers and fairness. It must not know
//! what a take is for, nor what a run decides.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{AccountId, ProviderId, RunId, TakeId};
use crate::moment::{Day, Moment};
use crate::money::Money;

mod book;
mod breaker;
mod closed;
mod gate;
mod pace;
mod ring;
mod serve;
#[cfg(test)]
mod tests;
mod view;
mod waiting;
mod words;

use book::{Book, Open};
use gate::Gate;
use waiting::{Place, Waiting};
pub use words::{
    Ask, Bears, BreakerTerms, Breaking, Caps, Claim, Closed, Health, Holding, Lane, Limits, News, Rate, Reply,
    RetryBudget, Standing, Terms, Wait,
};

/// The machine; one per process.
#[derive(Debug)]
pub struct Admission {
    limits: Limits,
    book: Book,
    waiting: Waiting,
    gates: BTreeMap<ProviderId, Gate>,
    submissions: u32,
    processes: u32,
    /// What waits to be told by the next pump, the latest for each take.
    told: BTreeMap<TakeId, Reply>,
    /// The accounts whose next day will let somebody go on.
    by_day: BTreeSet<AccountId>,
    /// Why nothing is granted, whoever asks.
    closed: Option<Closed>,
    now: Moment,
}

impl Admission {
    /// A machine that knows no run yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let limits = Limits { submissions: limits.submissions.max(1), processes: limits.processes.max(1), ..limits };
        Self {
            limits,
            book: Book::default(),
            waiting: Waiting::default(),
            gates: BTreeMap::new(),
            submissions: 0,
            processes: 0,
            told: BTreeMap::new(),
            by_day: BTreeSet::new(),
            closed: None,
            now: Moment::default(),
        }
    }

    /// Gives an account caps of its own, or others.
    #[expect(clippy::needless_pass_by_value, reason = "as with runs and asks, what is said is handed over")]
    pub fn set_account(&mut self, account: AccountId, caps: Caps, now: Moment) {
        self.tick(now);
        self.book.set_caps(account.clone(), caps);
        self.more_money(&account);
    }

    /// A run comes in with what it holds already: at its start, and after a restart. Replaces whatever was known of it,
    /// its asks too; holdings count without question. Asks that came before their run count from here on.
    pub fn enter(&mut self, standing: Standing) {
        let Standing { run, account, supersedes, spent, holdings } = standing;
        let mut claims = BTreeSet::new();
        let before = self.book.account_of(run).cloned();
        if before.is_some() {
            for take in self.waiting.of_run(run) {
                self.forget(&take);
            }
            self.told.retain(|take, _| take.run != run);
        }
        for take in self.book.takes_of(run) {
            claims.extend(self.free(&take));
        }
        self.book.remove_run(run);
        self.book.add_run(run, account.clone(), supersedes);
        for (day, money) in spent {
            self.book.spend(run, day, money);
        }
        for holding in holdings {
            if holding.take.run == run {
                claims.extend(self.count(holding));
            }
        }
        self.claims_changed(claims);
        for take in self.waiting.of_run(run) {
            if let Some(waiter) = self.waiting.get(&take) {
                let (ask, base) = (waiter.ask.clone(), self.book.committed_by(run));
                self.waiting.put(ask, Some(account.clone()), base, self.limits.processes);
                self.settle(&take);
            }
        }
        self.more_room(run);
        for account in before.iter().chain([&account]) {
            self.more_money(account);
        }
    }

    /// Asks for a take. Idempotent: asking again gives the same grant, or the current wait.
    pub fn ask(&mut self, ask: Ask, now: Moment) -> Reply {
        self.tick(now);
        let take = ask.take.clone();
        if self.book.open(&take).is_some() {
            return Reply::Granted;
        }
        if let Some(Reply::KeyFree) = self.told.remove(&take) {
            return Reply::KeyFree;
        }
        if let Lane::Submission { provider, .. } = &ask.lane {
            self.gate(&provider.clone()).tick(now);
        }
        let account = self.book.account_of(take.run).cloned();
        let base = self.book.committed_by(take.run);
        self.waiting.put(ask, account, base, self.limits.processes);
        self.settle(&take);
        if let Some(turn) = self.turn_of(&take)
            && turn.take == take
        {
            self.grant(&turn);
            return Reply::Granted;
        }
        self.told.remove(&take);
        let wait = self.wait_of(&take).unwrap_or(Wait::Turn);
        if let Some(waiter) = self.waiting.get_mut(&take) {
            waiter.told = Some(waiting::Gist::of(&wait));
        }
        Reply::Waits(wait)
    }

    /// Gives a grant or a waiting ask back. What an unused grant cost in rate and retry budget is returned.
    pub fn give_back(&mut self, take: &TakeId) {
        self.forget(take);
        if let Some(open) = self.book.open(take)
            && let (Some(passed), Lane::Submission { provider, .. }) = (open.passed, open.lane.clone())
        {
            self.gate(&provider).refund(passed);
        }
        self.end(take, None);
    }

    /// A take that came into being without an ask counts from now on. The run must have entered: a run tells what it
    /// holds when it enters.
    pub fn hold(&mut self, run: RunId, holding: Holding) {
        let ours = holding.take.run == run;
        let Some(account) = self.book.account_of(run).filter(|_| ours).cloned() else { return };
        let claims = self.count(holding);
        self.claims_changed(claims);
        self.more_room(run);
        self.more_money(&account);
    }

    /// Learns what became of a take; news of one that is not open is ignored.
    pub fn observe(&mut self, take: &TakeId, news: News, now: Moment) {
        self.tick(now);
        let Some(open) = self.book.open_mut(take) else { return };
        match news {
            News::Answered(health) => {
                let first = !std::mem::replace(&mut open.answered, true);
                let probe = open.passed.take().is_some_and(|passed| passed.probe);
                if let (true, Lane::Submission { provider, model }) = (first, open.lane.clone()) {
                    self.gate(&provider).learn(&model, probe, health, now);
                }
                self.vacate(take);
            }
            News::Late { keeps_claim } => {
                self.vacate(take);
                if !keeps_claim && let Some(claim) = self.book.drop_claim(take) {
                    self.claim_left(&claim);
                }
            }
            News::Held => {
                self.vacate(take);
                self.mark(take, true);
            }
            News::Reopened => self.mark(take, false),
            News::Ended { spent } => self.end(take, Some(spent)),
        }
    }

    /// What can be granted or told now to those that wait. To be called after every news, return and entry, and when
    /// [`Admission::wake_at`] has come.
    pub fn pump(&mut self, now: Moment) -> Vec<(TakeId, Reply)> {
        self.tick(now);
        let mut granted = Vec::new();
        while let Some(turn) = self.submission_turn() {
            granted.push((turn.take.clone(), Reply::Granted));
            self.grant(&turn);
        }
        while let Some(turn) = self.process_turn() {
            granted.push((turn.take.clone(), Reply::Granted));
            self.grant(&turn);
        }
        let told = std::mem::take(&mut self.told);
        told.into_iter().chain(granted).collect()
    }

    /// When the next wait by time may end; the past where something is to be told or granted already.
    #[must_use]
    pub fn wake_at(&self) -> Option<Moment> {
        if !self.told.is_empty() {
            return Some(self.now);
        }
        if self.closed.is_some() {
            return None;
        }
        let lines = (self.submissions < self.limits.submissions).then(|| self.waiting.submissions.lines());
        let opens = lines.into_iter().flatten().filter_map(|line| self.opens_at(line)).min();
        let by_day = self.by_day.iter().any(|account| self.waiting.short_of_money(account).is_some());
        let day = by_day.then(|| self.now.day().end());
        opens.into_iter().chain(day).min()
    }

    /// What an account has spent and reserved in total.
    #[must_use]
    pub fn committed(&self, account: &AccountId) -> Money {
        self.book.committed(account).money()
    }

    /// What an account has spent and reserved by intents of this day.
    #[must_use]
    pub fn committed_on(&self, account: &AccountId, day: Day) -> Money {
        self.book.committed_on(account, day).money()
    }

    /// What the predecessors of a run still reserve.
    #[must_use]
    pub fn inherited(&self, run: RunId) -> Money {
        self.book.inherited(run).0.money()
    }

    /// Whether a take is granted, or was told to be open.
    #[must_use]
    pub fn is_open(&self, take: &TakeId) -> bool {
        self.book.open(take).is_some()
    }

    fn gate(&mut self, provider: &ProviderId) -> &mut Gate {
        let terms = self.limits.providers.get(provider).unwrap_or(&self.limits.default_terms);
        self.gates.entry(provider.clone()).or_insert_with(|| Gate::new(terms.clone()))
    }

    /// It is later; a new day may let go on whoever was short of the last one.
    fn tick(&mut self, now: Moment) {
        let before = std::mem::replace(&mut self.now, now);
        for gate in self.gates.values_mut() {
            gate.tick(now);
        }
        if before.day() != now.day() {
            self.by_day.clear();
            for account in self.waiting.short_accounts() {
                self.more_money(&account);
            }
        }
    }

    /// Counts what a run that has entered holds, and names the claims that this touches.
    fn count(&mut self, holding: Holding) -> BTreeSet<Claim> {
        let Holding { take, claim, lane, day, reserved, slot, held } = holding;
        self.forget(&take);
        let claims = self.free(&take).into_iter().chain(claim.clone()).collect();
        if slot {
            self.fill(&lane);
            if let Lane::Submission { provider, .. } = &lane {
                self.gate(provider).fill();
            }
        }
        self.book.add(take, Open { claim, lane, day, reserved, slot, held, passed: None, answered: false });
        claims
    }

    /// Releases all that a take fills, and names the claim that it held.
    fn free(&mut self, take: &TakeId) -> Option<Claim> {
        self.vacate(take);
        self.book.remove(take)
    }

    /// Ends a take, which cost so much if it was ever used.
    fn end(&mut self, take: &TakeId, spent: Option<Money>) {
        let Some(day) = self.book.open(take).map(|open| open.day) else { return };
        let claim = self.free(take);
        if let Some(spent) = spent {
            self.book.spend(take.run, day, spent);
        }
        if let Some(claim) = claim {
            self.claim_left(&claim);
        }
        self.more_room(take.run);
        if let Some(account) = self.book.account_of(take.run).cloned() {
            self.more_money(&account);
        }
    }

    fn mark(&mut self, take: &TakeId, held: bool) {
        self.book.mark(take, held);
        if let Some(claim) = self.book.open(take).and_then(|open| open.claim.clone()) {
            self.settle_wanting(&claim);
        }
        self.more_room(take.run);
    }

    fn forget(&mut self, take: &TakeId) {
        self.told.remove(take);
        self.waiting.remove(take, self.limits.processes);
    }

    /// Whoever wanted this claim looks its key up again if nobody works on it, for something may have come of it.
    fn claim_left(&mut self, claim: &Claim) {
        if self.book.holder(claim).is_some_and(|(_, held)| !held) {
            return self.settle_wanting(claim);
        }
        for take in self.waiting.wanting(claim) {
            self.forget(&take);
            self.told.insert(take, Reply::KeyFree);
        }
    }

    /// Holdings were told anew: what nobody holds any longer is free, the rest has perhaps other holders.
    fn claims_changed(&mut self, claims: BTreeSet<Claim>) {
        for claim in claims {
            if self.book.holder(&claim).is_some() {
                self.settle_wanting(&claim);
            } else {
                self.claim_left(&claim);
            }
        }
    }

    fn settle_wanting(&mut self, claim: &Claim) {
        for take in self.waiting.wanting(claim) {
            self.settle(&take);
        }
    }

    fn more_room(&mut self, run: RunId) {
        for heir in self.book.heirs(run) {
            for take in self.waiting.short_of_room(heir) {
                self.settle(&take);
            }
        }
    }

    fn more_money(&mut self, account: &AccountId) {
        self.by_day.remove(account);
        while let Some((worst, take)) = self.waiting.short_of_money(account) {
            if let Some(short) = self.shortage(account, worst) {
                if matches!(short, Wait::Day { .. }) {
                    self.by_day.insert(account.clone());
                }
                return;
            }
            self.settle(&take);
            // Still there: it cannot be, for what fits is not parked; but nothing may hang on that.
            if self.waiting.get(&take).is_some_and(|waiter| waiter.place == Place::Money) {
                return;
            }
        }
    }
}
