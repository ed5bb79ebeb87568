//! What one provider bears at the moment: calls in flight, rate, repetitions, and which of its models fail.
//!
//! Everything in it that adapts is memory: it starts afresh with the process.

use std::collections::BTreeMap;

use super::breaker::Breaker;
use super::pace::{Credit, Pace, Width};
use super::words::{Bears, Breaking, Health, Terms, Wait};
use crate::id::{ModelId, ProviderId};
use crate::moment::Moment;

#[derive(Debug)]
pub(super) struct Gate {
    terms: Terms,
    filled: u32,
    width: Width,
    pace: Pace,
    credit: Credit,
    breakers: BTreeMap<ModelId, Breaker>,
}

/// What a grant took from the gate beside its slot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passed {
    pub(super) probe: bool,
    retry: bool,
}

impl Gate {
    pub(super) fn new(terms: Terms) -> Self {
        Self {
            filled: 0,
            width: Width::new(terms.concurrency),
            pace: Pace::default(),
            credit: Credit::new(terms.retry),
            breakers: BTreeMap::new(),
            terms,
        }
    }

    pub(super) fn fill(&mut self) {
        self.filled = self.filled.saturating_add(1);
    }

    pub(super) fn vacate(&mut self) {
        self.filled = self.filled.saturating_sub(1);
    }

    #[cfg(test)]
    pub(super) fn filled(&self) -> u32 {
        self.filled
    }

    /// How many calls in flight it bears now.
    pub(super) fn width(&self) -> u32 {
        self.width.get()
    }

    /// What it bears now, and what of that is in use.
    pub(super) fn bears(&self, provider: ProviderId) -> Bears {
        let (filled, width) = (self.filled, self.width());
        Bears { provider, filled, width, concurrency: self.terms.concurrency.max(1), rate: self.terms.rate }
    }

    /// Where the breaker of each model stands that has answered.
    pub(super) fn breakers(&self) -> impl Iterator<Item = (&ModelId, Breaking)> {
        self.breakers.iter().map(|(model, breaker)| (model, breaker.word()))
    }

    /// Brings what changes by itself up to this moment.
    pub(super) fn tick(&mut self, now: Moment) {
        self.credit.refill(self.terms.retry, now);
        self.width.tick(now);
        self.pace.tick(self.terms.rate, now);
        for breaker in self.breakers.values_mut() {
            breaker.tick(&self.terms.breaker, now);
        }
    }

    /// What keeps a take of this model from leaving now.
    pub(super) fn shut(&self, model: &ModelId, retry: bool, now: Moment) -> Option<Wait> {
        if let Some(until) = self.breakers.get(model).and_then(|breaker| breaker.shut(now)) {
            return Some(Wait::Breaker { until });
        }
        let credit = self.credit.next(self.terms.retry);
        if retry && credit > now {
            return Some(Wait::RetryBudget { until: credit });
        }
        if self.filled >= self.width() {
            return Some(Wait::Turn);
        }
        let until = self.pace.next(self.terms.rate);
        (until > now).then_some(Wait::Rate { until })
    }

    /// When time alone lets a take of this model leave, if it does.
    pub(super) fn opens_at(&self, model: &ModelId, retry: bool) -> Option<Moment> {
        if self.filled >= self.width() {
            return None;
        }
        let breaker = match self.breakers.get(model) {
            Some(breaker) => breaker.opens_at()?,
            None => Moment::default(),
        };
        let credit = if retry { self.credit.next(self.terms.retry) } else { Moment::default() };
        Some(breaker.max(credit).max(self.pace.next(self.terms.rate)))
    }

    /// A take of this model leaves.
    pub(super) fn pass(&mut self, model: &ModelId, retry: bool, now: Moment) -> Passed {
        self.fill();
        self.pace.spend(self.terms.rate, now);
        if retry {
            self.credit.spend(self.terms.retry);
        }
        let probe = self.breakers.get_mut(model).is_some_and(Breaker::leave);
        Passed { probe, retry }
    }

    /// The grant was not used.
    pub(super) fn refund(&mut self, passed: Passed) {
        self.pace.refund(self.terms.rate);
        if passed.retry {
            self.credit.refund(self.terms.retry);
        }
    }

    /// The probe will not tell.
    pub(super) fn probe_lost(&mut self, model: &ModelId) {
        if let Some(breaker) = self.breakers.get_mut(model) {
            breaker.probe_lost();
        }
    }

    /// Learns from an answer.
    pub(super) fn learn(&mut self, model: &ModelId, probe: bool, health: Health, now: Moment) {
        let well = match health {
            Health::Good => {
                self.credit.earn(self.terms.retry, self.terms.retry.credit_per_success);
                self.width.good(self.terms.concurrency, now);
                Some(true)
            }
            Health::Sick => Some(false),
            Health::Throttled => {
                self.width.throttled(now);
                None
            }
            Health::Neutral => None,
        };
        match well {
            None if probe => self.probe_lost(model),
            None => {}
            Some(good) => {
                let breaker = self.breakers.entry(model.clone()).or_default();
                if probe {
                    breaker.probed(&self.terms.breaker, good, now);
                } else {
                    breaker.count(&self.terms.breaker, good, now);
                }
            }
        }
    }
}
