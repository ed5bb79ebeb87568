//! Time, memory, and how figures are written: whole numbers only.

use std::fmt;
use std::time::{Duration, Instant};

/// What a piece of work gave, and how long it took.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let before = Instant::now();
    let made = work();
    (made, before.elapsed())
}

/// The middle one.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// A number with two places.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hundredths(u128);

impl Hundredths {
    /// One number over another; nothing where that cannot be said.
    pub(crate) fn of(upper: u128, lower: u128) -> Self {
        Self((upper * 100).checked_div(lower).unwrap_or(0))
    }

    /// One time over another.
    pub(crate) fn ratio(upper: Duration, lower: Duration) -> Self {
        Self::of(upper.as_nanos(), lower.as_nanos())
    }
}

impl fmt::Display for Hundredths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{:02}", self.0 / 100, self.0 % 100))
    }
}

/// Resident memory of this process in KiB, where the system tells.
pub(crate) fn resident_kib() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}
