//! What happened how often: a fault that never happened proves nothing.

use std::collections::BTreeMap;
use std::fmt;

/// Counts by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    counts: BTreeMap<&'static str, u64>,
}

/// Everything that a large enough simulation must have met.
pub(super) const EXPECTED: &[&str] = &[
    "class key",
    "class client-id",
    "class list exact",
    "class list weak",
    "class webhook",
    "class none",
    "class synchronous",
    "submit accepted",
    "submit accepted, answer reset",
    "submit accepted, answer hung",
    "submit accepted late, after a reset",
    "submit reset before acceptance",
    "submit refused connection",
    "submit throttled",
    "submit rejected",
    "submit invalid",
    "submit retired",
    "submit denied",
    "submit repeated under its key",
    "job succeeded",
    "job succeeded past the timeout",
    "job failed for a while",
    "job rejected and charged",
    "job charged too much",
    "job cancelled for nothing",
    "job cancelled and charged",
    "poll failed",
    "poll knew nothing",
    "fetch failed",
    "fetch defective",
    "find failed",
    "find lagged",
    "cancel failed",
    "prepare failed",
    "work failed",
    "work refused",
    "work broken and repaired",
    "run extended",
    "report lost",
    "report repeated",
    "report late, after a crash",
    "webhook",
    "crash before the commit",
    "crash after the commit",
    "crash after the start",
    "crash between events",
    "crash while recovering",
    "clock jumped forwards",
    "clock jumped backwards",
    "take found",
    "take absent",
    "take held",
    "take written off",
    "take late",
    "take late and adopted",
    "take kept as a spare",
    "take resent",
    "node reused",
    "node made for its run alone",
    "node skipped as known to refuse",
    "node waited for another run's key",
    "node followed another in unison",
    "node went back in unison",
    "node was made and given up in unison",
    "round began",
    "asked once more",
    "run paused for budget",
    "run paused for credentials",
    "run paused for review",
    "run paused for overrun",
    "run paused for its deadline",
    "run completed",
    "run partial",
    "run failed",
    "run cancelled",
    "run superseded",
    "person raised the cap",
    "person lowered the cap",
    "person moved the deadline",
    "person stopped a run",
    "person cancelled a run at the provider",
    "person resumed",
    "person retried",
    "person redid",
    "person picked",
    "person adopted",
    "person had a take resent",
    "person abandoned a take",
];

impl Tally {
    /// Counts one.
    pub fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// Counts all that another counted.
    pub fn add(&mut self, other: &Self) {
        for (what, count) in &other.counts {
            *self.counts.entry(what).or_default() += count;
        }
    }

    /// How often something happened.
    #[must_use]
    pub fn of(&self, what: &str) -> u64 {
        self.counts.get(what).copied().unwrap_or(0)
    }

    /// What should have happened and did not.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        EXPECTED.iter().copied().filter(|what| self.of(what) == 0).collect()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.counts.keys().map(|what| what.len()).max().unwrap_or(0);
        self.counts.iter().try_for_each(|(what, count)| writeln!(f, "{what:width$}  {count:>9}"))
    }
}
