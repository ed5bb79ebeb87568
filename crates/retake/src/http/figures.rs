//! What the service itself counts: calls by route and kind of answer, and notices.
//!
//! A route is the pattern of its address, never the address: whoever calls cannot make more of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

/// What a call is counted as that comes to no route.
const NOWHERE: &str = "other";
/// The kinds of answers, by the first digit of their status.
const KINDS: usize = 5;

type Kinds = [AtomicU64; KINDS];

/// The counters.
#[derive(Debug, Default)]
pub(super) struct Figures {
    calls: RwLock<HashMap<Box<str>, Kinds>>,
    /// Notices that were received.
    pub(super) told: AtomicU64,
    /// Sendings of a notice that came to nothing.
    pub(super) untold: AtomicU64,
    /// Notices that were given up.
    pub(super) given_up: AtomicU64,
}

impl Figures {
    /// Counts a call.
    pub(super) fn call(&self, route: Option<&str>, status: u16) {
        let route = route.unwrap_or(NOWHERE);
        let at = usize::from(status / 100).clamp(1, KINDS) - 1;
        let count = |kinds: &Kinds| kinds[at].fetch_add(1, Ordering::Relaxed);
        if let Some(kinds) = self.calls.read().unwrap_or_else(PoisonError::into_inner).get(route) {
            count(kinds);
            return;
        }
        count(self.calls.write().unwrap_or_else(PoisonError::into_inner).entry(route.into()).or_default());
    }

    /// All calls, by route and kind.
    pub(super) fn calls(&self) -> BTreeMap<(String, &'static str), u64> {
        const WORDS: [&str; KINDS] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
        let calls = self.calls.read().unwrap_or_else(PoisonError::into_inner);
        let of = |(route, kinds): (&str, &Kinds)| {
            let counts = WORDS.iter().zip(kinds).map(|(word, count)| (*word, count.load(Ordering::Relaxed)));
            counts
                .filter(|(_, count)| *count > 0)
                .map(|(word, count)| ((route.to_owned(), word), count))
                .collect::<Vec<_>>()
        };
        calls.iter().map(|(route, kinds)| (&**route, kinds)).flat_map(of).collect()
    }
}

/// Counts one more.
pub(super) fn one(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}
