//! Clocks, folders and medians.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Samples of one figure.
#[derive(Debug, Default)]
pub(crate) struct Figure(Vec<f64>);

impl Figure {
    pub(crate) fn add(&mut self, sample: f64) {
        self.0.push(sample);
    }

    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0}", self.median())
    }
}

/// One figure as a multiple of another.
#[expect(clippy::float_arithmetic, reason = "a ratio is no money")]
pub(crate) fn ratio(one: &Figure, other: &Figure) -> String {
    format!("{:.2}", one.median() / other.median())
}

/// So many in so much time.
#[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "a rate is no money")]
pub(crate) fn per_second((count, time): (usize, Duration)) -> f64 {
    count as f64 / time.as_secs_f64()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark has a clock")]
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let made = work();
    (made, start.elapsed())
}

/// A stopwatch for those who take many times.
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
