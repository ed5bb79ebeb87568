//! What committing costs: how long it takes, and how many writes share it. Counted while it happens.
//!
//! Plain counters for whoever asks. They decide nothing, and whoever counts waits for nobody.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The bounds between which spans are told apart, in microseconds.
pub const SPANS_US: [u64; 13] =
    [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000];
/// The bounds between which groups are told apart, in writes.
pub const SIZES: [u64; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/// How values are spread: how many there were up to each bound, and what they come to in all.
#[derive(Debug)]
pub struct Spread {
    bounds: &'static [u64],
    /// One for each bound, and one for what lies above all of them.
    counts: Vec<AtomicU64>,
    sum: AtomicU64,
}

/// A spread as it was when somebody looked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Each bound, with how many values were not above it.
    pub below: Vec<(u64, u64)>,
    /// How many values there were.
    pub count: u64,
    /// What they come to in all.
    pub sum: u64,
}

impl Spread {
    /// Nothing yet, to be told apart by these bounds, the lowest first.
    #[must_use]
    pub fn new(bounds: &'static [u64]) -> Self {
        let counts = std::iter::repeat_with(AtomicU64::default).take(bounds.len() + 1).collect();
        Self { bounds, counts, sum: AtomicU64::new(0) }
    }

    /// Counts a value.
    pub fn count(&self, value: u64) {
        let at = self.bounds.partition_point(|bound| *bound < value);
        if let Some(count) = self.counts.get(at) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// What was counted until now.
    #[must_use]
    pub fn seen(&self) -> Seen {
        let mut count = 0;
        let mut below = Vec::with_capacity(self.bounds.len());
        let mut counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed));
        for (bound, more) in self.bounds.iter().zip(counts.by_ref()) {
            count += more;
            below.push((*bound, count));
        }
        Seen { below, count: count + counts.sum::<u64>(), sum: self.sum.load(Ordering::Relaxed) }
    }
}

/// What the commits of a store have cost.
#[derive(Debug)]
pub struct Commits {
    /// How many writes each took.
    pub sizes: Spread,
    /// How long each took, the sync with it, in microseconds.
    pub spans_us: Spread,
}

impl Default for Commits {
    fn default() -> Self {
        Self { sizes: Spread::new(&SIZES), spans_us: Spread::new(&SPANS_US) }
    }
}

impl Commits {
    /// Counts one that is done.
    pub(super) fn count(&self, writes: usize, took: Duration) {
        self.sizes.count(u64::try_from(writes).unwrap_or(u64::MAX));
        self.spans_us.count(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_for_its_bound_and_all_above() {
        let spread = Spread::new(&[1, 10, 100]);
        for value in [0, 1, 2, 10, 11, 1_000] {
            spread.count(value);
        }
        assert_eq!(spread.seen(), Seen { below: vec![(1, 2), (10, 4), (100, 5)], count: 6, sum: 1_024 });
    }
}
