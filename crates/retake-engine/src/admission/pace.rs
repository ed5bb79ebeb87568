//! A provider's rate (GCRA), its adaptive width, and its retry budget: three meters under given time.
//!
//! Each is integer arithmetic over one provider's numbers; none knows what a take is.

use std::time::Duration;

use super::words::{Rate, RetryBudget};
use crate::moment::Moment;

const NANOS_PER_MS: u128 = 1_000_000;
/// A burst of throttled answers within this time counts once.
const CUT_EVERY: Duration = Duration::from_secs(1);
/// How long it has to go well before one more call in flight is tried.
const GROW_EVERY: Duration = Duration::from_secs(10);

/// The generic cell rate algorithm: one number, the moment at which the bucket will be full again.
#[derive(Debug, Default)]
pub(super) struct Pace {
    full_at: u128,
}

impl Pace {
    /// A clock that was set back must not make anybody wait longer than an empty bucket would.
    pub(super) fn tick(&mut self, rate: Rate, now: Moment) {
        let (step, burst) = shape(rate);
        self.full_at = self.full_at.min(nanos(now).saturating_add(step.saturating_mul(burst)));
    }

    /// When the next submission may leave: now or earlier where it may.
    pub(super) fn next(&self, rate: Rate) -> Moment {
        let (step, burst) = shape(rate);
        let due = self.full_at.saturating_sub(step.saturating_mul(burst - 1)).div_ceil(NANOS_PER_MS);
        Moment::from_ms(u64::try_from(due).unwrap_or(u64::MAX))
    }

    pub(super) fn spend(&mut self, rate: Rate, now: Moment) {
        self.full_at = self.full_at.max(nanos(now)).saturating_add(shape(rate).0);
    }

    pub(super) fn refund(&mut self, rate: Rate) {
        self.full_at = self.full_at.saturating_sub(shape(rate).0);
    }
}

fn shape(rate: Rate) -> (u128, u128) {
    let count = u128::from(rate.count.max(1));
    (rate.per.as_nanos().div_ceil(count), count)
}

fn nanos(now: Moment) -> u128 {
    u128::from(now.ms()) * NANOS_PER_MS
}

/// How many calls a provider bears: cut when it throttles, widened again while it goes well.
#[derive(Debug)]
pub(super) struct Width {
    now: u32,
    cut: Option<Moment>,
    changed: Option<Moment>,
}

impl Width {
    pub(super) fn new(configured: u32) -> Self {
        Self { now: configured.max(1), cut: None, changed: None }
    }

    pub(super) const fn get(&self) -> u32 {
        self.now
    }

    /// A clock that was set back must not keep it narrow until the old time comes again.
    pub(super) fn tick(&mut self, now: Moment) {
        self.cut = self.cut.map(|cut| cut.min(now));
        self.changed = self.changed.map(|changed| changed.min(now));
    }

    pub(super) fn throttled(&mut self, now: Moment) {
        if self.cut.is_none_or(|cut| now.since(cut) >= CUT_EVERY) {
            let less = u64::from(self.now) * 7 / 10;
            self.now = u32::try_from(less).unwrap_or(self.now).max(1);
            self.cut = Some(now);
            self.changed = Some(now);
        }
    }

    pub(super) fn good(&mut self, configured: u32, now: Moment) {
        if self.now < configured && self.changed.is_none_or(|changed| now.since(changed) >= GROW_EVERY) {
            self.now += 1;
            self.changed = Some(now);
        }
    }
}

/// The credit that repetitions are paid from. It starts half full: a restart in an outage must not refill it.
#[derive(Debug)]
pub(super) struct Credit {
    left: u32,
    since: Option<Moment>,
}

impl Credit {
    pub(super) const fn new(terms: RetryBudget) -> Self {
        Self { left: terms.capacity / 2, since: None }
    }

    /// Counts what waiting has earned.
    pub(super) fn refill(&mut self, terms: RetryBudget, now: Moment) {
        let since = self.since.unwrap_or(now).min(now);
        let every = terms.refill_every.as_millis();
        let earned = now.since(since).as_millis().checked_div(every);
        let earned = earned.map_or(terms.capacity, |count| u32::try_from(count).unwrap_or(u32::MAX));
        self.earn(terms, earned);
        let counted = terms.refill_every.saturating_mul(earned);
        self.since = Some(if self.left == terms.capacity { now } else { since.after(counted) });
    }

    pub(super) fn earn(&mut self, terms: RetryBudget, credit: u32) {
        self.left = self.left.saturating_add(credit).min(terms.capacity);
    }

    pub(super) fn spend(&mut self, terms: RetryBudget) {
        self.left = self.left.saturating_sub(price(terms));
    }

    pub(super) fn refund(&mut self, terms: RetryBudget) {
        self.earn(terms, price(terms));
    }

    /// When waiting alone will have earned a repetition: the past where there is enough.
    pub(super) fn next(&self, terms: RetryBudget) -> Moment {
        let missing = price(terms).saturating_sub(self.left);
        let since = self.since.unwrap_or_default();
        if missing == 0 { Moment::default() } else { since.after(terms.refill_every.saturating_mul(missing)) }
    }
}

fn price(terms: RetryBudget) -> u32 {
    terms.cost.min(terms.capacity)
}
