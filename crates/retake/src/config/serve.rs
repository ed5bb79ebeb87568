//! What is said of the service: its limits, its log, and how long things are kept.

use std::time::Duration;

use super::{Config, Value};

/// How long what is stored is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Retention {
    /// What a run has made, after the run is over; for ever where nothing is said.
    pub(crate) runs: Option<Duration>,
    /// What no run names.
    pub(crate) artifacts: Duration,
    /// What was uploaded and no run names; for ever where nothing is said.
    pub(crate) uploads: Option<Duration>,
}

impl Config {
    /// How many runs may wait to be made, and how many items of theirs.
    pub(crate) fn queue(&self) -> (usize, usize) {
        let most = |name: &str| self.whole(name).and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
        (most("serve.queue"), most("serve.queue_items"))
    }

    /// How many bytes of the disk are kept free of new runs.
    pub(crate) fn disk_reserve(&self) -> u64 {
        u64::from(self.whole("serve.disk_reserve_mb").unwrap_or(0)) * 1_000_000
    }

    fn span(&self, name: &str) -> Option<Duration> {
        if let Some(Value::Span(span)) = self.get(name) { Some(*span) } else { None }
    }

    /// How long what is stored is kept.
    pub(crate) fn retention(&self) -> Retention {
        Retention {
            runs: self.span("retention.runs"),
            artifacts: self.span("retention.artifacts").unwrap_or_default(),
            uploads: self.span("retention.uploads"),
        }
    }

    /// How often it is looked for what is kept no longer.
    pub(crate) fn clear_every(&self) -> Duration {
        self.span("retention.every").unwrap_or(Duration::from_secs(24 * 3_600))
    }

    /// How the service writes down what goes on.
    pub(crate) fn log(&self) -> &str {
        self.text("serve.log").unwrap_or("text")
    }

    /// Where spans of runs go.
    pub(crate) fn traces(&self) -> Option<&str> {
        self.text("serve.traces")
    }

    /// How many may be connected to the service at once, and how many of them from one address.
    pub(crate) fn connections(&self) -> (usize, usize) {
        let most = |name: &str| self.whole(name).and_then(|most| usize::try_from(most).ok()).unwrap_or(1);
        (most("serve.connections"), most("serve.connections_per_address"))
    }

    /// How often one address may show a token that is none.
    pub(crate) fn wrong_tokens(&self) -> (u32, Duration) {
        if let Some(Value::Rate(count, per)) = self.get("serve.wrong_tokens") {
            (*count, *per)
        } else {
            (1, Duration::from_secs(1))
        }
    }
}
