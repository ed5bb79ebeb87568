//! Leaves a failing (provider, model) alone for a while, then lets exactly one probe through.
//!
//! Counts answers in slices of its window, so that its memory does not grow with traffic.

use std::collections::VecDeque;

use super::words::{BreakerTerms, Breaking};
use crate::moment::Moment;

/// How finely the window rolls: the oldest tenth is forgotten at a time.
const SLICES: u64 = 10;
const PERMILLE: u64 = 1000;

#[derive(Debug)]
pub(super) enum Breaker {
    Closed(VecDeque<Slice>),
    /// Left alone; from `until` on one probe may leave.
    Resting {
        until: Moment,
    },
    /// The probe is under way.
    Probing {
        until: Moment,
    },
}

#[derive(Debug)]
pub(super) struct Slice {
    at: u64,
    good: u64,
    sick: u64,
}

impl Default for Breaker {
    fn default() -> Self {
        Self::Closed(VecDeque::new())
    }
}

impl Breaker {
    /// Where it stands, for people.
    pub(super) const fn word(&self) -> Breaking {
        match self {
            Self::Closed(_) => Breaking::Closed,
            Self::Resting { .. } => Breaking::Resting,
            Self::Probing { .. } => Breaking::Probing,
        }
    }

    /// A clock that was set back must not prolong the rest.
    pub(super) fn tick(&mut self, terms: &BreakerTerms, now: Moment) {
        match self {
            Self::Closed(_) => {}
            Self::Resting { until } | Self::Probing { until } => *until = (*until).min(now.after(terms.rest)),
        }
    }

    /// What keeps a take from leaving now: the moment from which one probe may, which is past where it has left.
    pub(super) fn shut(&self, now: Moment) -> Option<Moment> {
        match self {
            Self::Closed(_) => None,
            Self::Resting { until } => (*until > now).then_some(*until),
            Self::Probing { until } => Some((*until).min(now)),
        }
    }

    /// When it lets a take through, if time alone can bring that.
    pub(super) fn opens_at(&self) -> Option<Moment> {
        match self {
            Self::Closed(_) => Some(Moment::default()),
            Self::Resting { until } => Some(*until),
            Self::Probing { .. } => None,
        }
    }

    /// A take leaves; says whether it is the probe.
    pub(super) fn leave(&mut self) -> bool {
        match *self {
            Self::Resting { until } => {
                *self = Self::Probing { until };
                true
            }
            Self::Closed(_) | Self::Probing { .. } => false,
        }
    }

    /// The probe ended without saying anything: another may go.
    pub(super) fn probe_lost(&mut self) {
        if let Self::Probing { until } = *self {
            *self = Self::Resting { until };
        }
    }

    /// The probe told that the model works, or that it does not.
    pub(super) fn probed(&mut self, terms: &BreakerTerms, good: bool, now: Moment) {
        *self = if good { Self::default() } else { Self::Resting { until: now.after(terms.rest) } };
    }

    /// Any other take told so; once the breaker is open only the probe is heard.
    pub(super) fn count(&mut self, terms: &BreakerTerms, good: bool, now: Moment) {
        let Self::Closed(slices) = self else { return };
        let width = u64::try_from(terms.window.as_millis()).unwrap_or(u64::MAX).div_ceil(SLICES).max(1);
        let at = now.ms() / width;
        slices.retain(|slice| slice.at <= at && slice.at + SLICES > at);
        if slices.back().is_none_or(|last| last.at != at) {
            slices.push_back(Slice { at, good: 0, sick: 0 });
        }
        if let Some(last) = slices.back_mut() {
            last.good += u64::from(good);
            last.sick += u64::from(!good);
        }
        let sick: u64 = slices.iter().map(|slice| slice.sick).sum();
        let all: u64 = sick + slices.iter().map(|slice| slice.good).sum::<u64>();
        let failing =
            sick.saturating_mul(PERMILLE) >= all.saturating_mul(u64::from(terms.failing_permille).min(PERMILLE));
        if !good && all >= u64::from(terms.minimum) && failing {
            *self = Self::Resting { until: now.after(terms.rest) };
        }
    }
}
