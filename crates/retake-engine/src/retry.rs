//! How long to wait and how often to try: arithmetic over a policy, no decision.
//!
//! What a fault leads to is decided in `decide/judge.rs`; this module only answers "how long" and "how many".

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fault::{Class, Fault, Origin};
use crate::id::{Hash, NodeId};
use crate::moment::ms;

/// The longest that a provider's wish to be left alone is honoured; a longer one is asked about again.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(15 * 60);

/// How often and how patiently a step is tried. The numbers come with the run, from the film layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Takes per entry of the route.
    pub attempts: u32,
    /// The ceiling of the first wait.
    #[serde(with = "ms")]
    pub first_delay: Duration,
    /// First waits for failures that arose in a particular place.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub first_delay_ms_by_origin: BTreeMap<Origin, u64>,
    /// What each ceiling is multiplied with to make the next.
    pub factor: u32,
    /// The highest ceiling.
    #[serde(with = "ms")]
    pub max_delay: Duration,
    /// Whether a wait is drawn from under its ceiling or is the ceiling itself.
    pub jitter: bool,
    /// How long one take may last before we stop waiting for it.
    #[serde(with = "ms")]
    pub timeout: Duration,
    /// How many takes a node may buy, over its whole route.
    pub paid_takes: u32,
    /// What a message means, where the provider does not say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<Pattern>,
}

/// A user's reading of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// What the message contains.
    pub contains: String,
    /// What kind of failure that is.
    pub class: Class,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            attempts: 3,
            first_delay: Duration::from_secs(2),
            first_delay_ms_by_origin: BTreeMap::new(),
            factor: 2,
            max_delay: Duration::from_secs(300),
            jitter: true,
            timeout: Duration::from_secs(600),
            paid_takes: 3,
            patterns: Vec::new(),
        }
    }
}

impl Policy {
    /// What kind of failure this is, as the user reads its message.
    #[must_use]
    pub fn class_of(&self, fault: &Fault) -> Class {
        let reading = self.patterns.iter().find(|pattern| fault.message.contains(&pattern.contains));
        reading.map_or(fault.class, |pattern| pattern.class)
    }

    /// How long to wait before the take after `failures` failures in a row; `chance` picks the point under the ceiling.
    ///
    /// The provider's own wish is never undercut, only spread out by what jitter there is.
    #[must_use]
    pub fn delay(&self, fault: &Fault, failures: u32, chance: Chance) -> Duration {
        let ceiling = self.ceiling(fault.origin, failures);
        let wait = if self.jitter { chance.under(ceiling) } else { ceiling };
        match fault.retry_after {
            None => wait,
            Some(wish) => {
                let spread = if self.jitter { chance.under(self.ceiling(fault.origin, 1)) } else { Duration::ZERO };
                wish.min(RETRY_AFTER_MAX).saturating_add(spread)
            }
        }
    }

    /// The same with waits that begin at this one, whatever it was that failed.
    #[must_use]
    pub fn every(&self, first: Duration) -> Self {
        let first_delay_ms_by_origin = BTreeMap::new();
        Self { first_delay: first, first_delay_ms_by_origin, max_delay: self.max_delay.max(first), ..self.clone() }
    }

    /// The longest wait that [`Self::delay`] can lead to: one that ends later was written down by another clock.
    #[must_use]
    pub fn longest(&self) -> Duration {
        let by_origin = self.first_delay_ms_by_origin.values().map(|ms| Duration::from_millis(*ms));
        let first = by_origin.fold(self.first_delay, Duration::max);
        let spread = if self.jitter { first } else { Duration::ZERO };
        self.max_delay.max(first).max(RETRY_AFTER_MAX.saturating_add(spread))
    }

    /// The ceiling of the wait after so many failures in a row.
    #[must_use]
    pub fn ceiling(&self, origin: Origin, failures: u32) -> Duration {
        let first =
            self.first_delay_ms_by_origin.get(&origin).map_or(self.first_delay, |ms| Duration::from_millis(*ms));
        let factor = self.factor.max(1).saturating_pow(failures.saturating_sub(1));
        first.saturating_mul(factor).min(self.max_delay.max(first))
    }
}

/// Derived randomness: the same seed, node and number give the same chance for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chance(u64);

impl Chance {
    /// The chance of the n-th occasion of a node.
    #[must_use]
    pub fn of(seed: u64, node: &NodeId, n: u32) -> Self {
        Self(Hash::of([seed.to_be_bytes().as_slice(), node.as_str().as_bytes(), &n.to_be_bytes()]).number())
    }

    /// A point between nothing and the ceiling, each millisecond as likely as another.
    #[must_use]
    pub fn under(self, ceiling: Duration) -> Duration {
        let ceiling = u64::try_from(ceiling.as_millis()).unwrap_or(u64::MAX - 1);
        Duration::from_millis(self.0 % (ceiling.saturating_add(1)).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Acceptance;
    use proptest::prelude::*;

    fn fault() -> Fault {
        Fault::new(Class::Transient, Acceptance::No, "502")
    }

    #[test]
    fn without_jitter_waits_double_up_to_the_ceiling() {
        let policy = Policy { jitter: false, max_delay: Duration::from_secs(20), ..Policy::default() };
        let waits: Vec<u64> = (1..=6).map(|n| policy.delay(&fault(), n, Chance(7)).as_secs()).collect();
        assert_eq!(waits, [2, 4, 8, 16, 20, 20]);
    }

    #[test]
    fn the_place_of_a_failure_picks_its_first_wait() {
        let policy = Policy {
            jitter: false,
            first_delay_ms_by_origin: BTreeMap::from([(Origin::Provider, 30_000)]),
            ..Policy::default()
        };
        assert_eq!(policy.delay(&fault().from(Origin::Provider), 2, Chance(0)), Duration::from_secs(60));
        assert_eq!(policy.delay(&fault().from(Origin::Network), 2, Chance(0)), Duration::from_secs(4));
    }

    #[test]
    fn a_pattern_of_the_user_reads_a_message() {
        let reading = Pattern { contains: "worker restarted".into(), class: Class::Transient };
        let policy = Policy { patterns: vec![reading], ..Policy::default() };
        let fault = |text| Fault::new(Class::Invalid, Acceptance::Yes, text);
        assert_eq!(policy.class_of(&fault("the worker restarted")), Class::Transient);
        assert_eq!(policy.class_of(&fault("no such size")), Class::Invalid);
    }

    #[test]
    fn jitter_is_full_and_even() {
        let policy = Policy { first_delay: Duration::from_millis(999), ..Policy::default() };
        let mut deciles = [0_u32; 10];
        for n in 0..10_000 {
            let wait = policy.delay(&fault(), 1, Chance::of(1, &"lamp/video".into(), n)).as_millis();
            deciles[usize::try_from(wait / 100).unwrap()] += 1;
        }
        assert!(deciles.iter().all(|count| (850..1150).contains(count)), "{deciles:?}");
    }

    proptest! {
        #[test]
        fn no_wait_is_longer_than_its_ceiling(failures in 0..=10_000_u32, seed in any::<u64>()) {
            let policy = Policy::default();
            let wait = policy.delay(&fault(), failures, Chance(seed));
            prop_assert!(wait <= policy.ceiling(Origin::Other, failures) && wait <= policy.longest());
            prop_assert!(policy.ceiling(Origin::Other, failures) <= policy.max_delay);
            prop_assert!(policy.ceiling(Origin::Other, failures) <= policy.ceiling(Origin::Other, failures + 1));
        }

        #[test]
        fn the_wish_of_a_provider_is_kept_within_reason(secs in any::<u64>(), seed in any::<u64>()) {
            let policy = Policy::default();
            let wish = Duration::from_secs(secs);
            let wait = policy.delay(&fault().retry_after(wish), 1, Chance(seed));
            prop_assert!(wait >= wish.min(RETRY_AFTER_MAX));
            prop_assert!(wait <= wish.min(RETRY_AFTER_MAX) + policy.first_delay);
            prop_assert!(wait <= policy.longest());
        }
    }
}
