//! Points in time, as the journal writes them: milliseconds since 1970, UTC.
//!
//! The core is told what time it is and never asks; ordering comes from the journal, never from here.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

const MS_PER_DAY: u64 = 86_400_000;

/// A point in wall time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment {
    ms: u64,
}

/// A UTC date, as days since 1970: what a day's cap counts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(u64);

impl Moment {
    /// The moment so many milliseconds after 1970 began.
    #[must_use]
    pub const fn from_ms(ms: u64) -> Self {
        Self { ms }
    }

    /// Milliseconds since 1970 began.
    #[must_use]
    pub const fn ms(self) -> u64 {
        self.ms
    }

    /// This much later; the end of time where that would overflow.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        Self { ms: self.ms.saturating_add(ms) }
    }

    /// How long it has been since `earlier`; nothing where the clock went backwards.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.ms.saturating_sub(earlier.ms))
    }

    /// The UTC date of this moment.
    #[must_use]
    pub const fn day(self) -> Day {
        Day(self.ms / MS_PER_DAY)
    }
}

impl Day {
    /// The first moment of the next date.
    #[must_use]
    pub const fn end(self) -> Moment {
        Moment { ms: (self.0 + 1).saturating_mul(MS_PER_DAY) }
    }
}

/// Durations in the journal: whole milliseconds.
pub(crate) mod ms {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        u64::try_from(span.as_millis()).unwrap_or(u64::MAX).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }

    /// The same, for a span that may be missing.
    pub(crate) mod option {
        use std::time::Duration;

        use serde::{Deserialize, Deserializer, Serializer};

        pub(crate) fn serialize<S: Serializer>(span: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
            match span {
                Some(span) => super::serialize(span, serializer),
                None => serializer.serialize_none(),
            }
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
            Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_millis))
        }
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}ms", self.ms)
    }
}
