//! What time it is: the wall clock as it stood when the process started, and from there on a clock that runs evenly.
//!
//! A wall clock that is set while runs are carried changes nothing: no wait is cut short, none becomes endless. The
//! even clock counts what the machine sleeps through as well.

use std::time::{Duration, SystemTime};

use rustix::time::{ClockId, Timespec, clock_gettime};

use crate::moment::Moment;

#[cfg(target_os = "linux")]
const EVEN: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const EVEN: ClockId = ClockId::Monotonic;

/// The clock of one life of a process.
#[derive(Debug)]
pub(super) struct Clock {
    wall: Moment,
    started: Duration,
}

impl Clock {
    /// Reads the wall clock, for the only time.
    #[expect(clippy::disallowed_methods, reason = "this is the host's clock")]
    pub(super) fn start() -> Self {
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { wall: Moment::default().after(wall), started: even() }
    }

    /// The time.
    pub(super) fn now(&self) -> Moment {
        self.wall.after(even().saturating_sub(self.started))
    }
}

fn even() -> Duration {
    let Timespec { tv_sec, tv_nsec } = clock_gettime(EVEN);
    let nanos = u32::try_from(tv_nsec).unwrap_or_default();
    Duration::new(u64::try_from(tv_sec).unwrap_or_default(), nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_goes_backwards() {
        let clock = Clock::start();
        let mut last = clock.now();
        for _ in 0..10_000 {
            let now = clock.now();
            assert!(now >= last);
            last = now;
        }
        assert!(last > Moment::from_ms(1_700_000_000_000), "the wall clock was read");
    }
}
