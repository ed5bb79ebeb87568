//! Clocks, folders and medians.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Samples of one figure: whole numbers of whatever is counted.
#[derive(Debug, Default)]
pub(crate) struct Figure(Vec<u128>);

impl Figure {
    pub(crate) fn add(&mut self, sample: u128) {
        self.0.push(sample);
    }

    pub(crate) fn median(&self) -> u128 {
        median(self.0.clone()).unwrap_or_default()
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.median().fmt(f)
    }
}

/// The one in the middle.
pub(crate) fn median<T: Ord + Copy>(mut samples: Vec<T>) -> Option<T> {
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied()
}

/// One figure as a multiple of another.
pub(crate) fn ratio(one: &Figure, other: &Figure) -> String {
    let hundredths = one.median() * 100 / other.median().max(1);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// So many in so much time.
pub(crate) fn per_second((count, time): (usize, Duration)) -> u128 {
    count as u128 * 1_000_000_000 / time.as_nanos().max(1)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark has a clock")]
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let made = work();
    (made, start.elapsed())
}

/// A moment, for those who take many times.
#[expect(clippy::disallowed_methods, reason = "a benchmark has a clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// A new folder on the disk that the project is on.
pub(crate) fn folder(name: &str) -> tempfile::TempDir {
    tempfile::Builder::new().prefix(name).tempdir_in(disk()).expect("there is room for a folder")
}

pub(crate) fn disk() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).to_owned()
}

/// The part that is to be measured alone.
#[expect(clippy::disallowed_methods, reason = "a benchmark is told by its arguments what to do")]
pub(crate) fn wish() -> Option<String> {
    std::env::args().skip(1).find(|text| !text.starts_with('-'))
}

/// What the process holds in memory, where the system tells.
pub(crate) fn resident_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1_024)
}
