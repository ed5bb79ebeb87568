//! How much of all that can be tried is tried, and how many at once.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::points::Aim;

/// Runs wait most of the time, for the disk, for the provider, for grace: so many at a time for each core.
const PER_CORE: usize = 2;

/// What the environment asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Some of each, evenly spread: what every `make test` can afford.
    Sample,
    /// Everything.
    Whole,
    /// One point of one setting.
    Single {
        /// Its name.
        setting: String,
        /// The point.
        aim: Aim,
    },
}

impl Extent {
    #[expect(clippy::disallowed_methods, reason = "whoever runs the tests says how much of them they want")]
    pub(crate) fn wanted() -> Self {
        let Ok(text) = std::env::var("RETAKE_CRASH") else { return Self::Sample };
        match text.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["whole"] => Self::Whole,
            [setting, call, nth, thread @ ..] => {
                let nth = nth.parse().expect("the third word of RETAKE_CRASH is a number");
                let thread = thread.first().map(|thread| (*thread).into());
                Self::Single { setting: (*setting).into(), aim: Aim { call: (*call).into(), nth, thread } }
            }
            _ => panic!("RETAKE_CRASH is `whole`, or a setting, a call, a number and perhaps a thread, not `{text}`"),
        }
    }
}

/// So many of these, evenly spread over all of them.
pub(crate) fn spread<T: Clone>(all: &[T], count: usize) -> Vec<T> {
    let count = count.min(all.len());
    (0..count).map(|n| all[n * all.len() / count].clone()).collect()
}

/// What comes of each of these, some of them at a time, in their own order.
pub(crate) fn side_by_side<T: Sync, R: Send>(all: &[T], each: impl Fn(usize, &T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    let made = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..PER_CORE * cores {
            scope.spawn(|| {
                while let Some((n, one)) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|n| Some((n, all.get(n)?)))
                {
                    let result = each(n, one);
                    made.lock().unwrap().push((n, result));
                }
            });
        }
    });
    let mut made = made.into_inner().unwrap();
    made.sort_by_key(|(n, _)| *n);
    made.into_iter().map(|(_, result)| result).collect()
}

#[test]
fn a_sample_is_spread_over_the_whole() {
    assert_eq!(spread(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 5), [0, 2, 4, 6, 8]);
    assert_eq!(spread(&[0, 1], 5), [0, 1]);
    assert!(spread::<u8>(&[], 5).is_empty());
}
