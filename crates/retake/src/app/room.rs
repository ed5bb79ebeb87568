//! Whether there is room for another run: in the queue, and on the disk.
//!
//! Owns both limits. What was taken on goes on whatever they say.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use retake_engine::host::Crowd;
use retake_engine::id::AccountId;
use retake_engine::store::Once;
use rustix::fs::statvfs;

use super::{App, Kind, Trouble};

/// Places that were promised to runs which are still being created.
#[derive(Debug, Default)]
pub(super) struct Promised(Mutex<usize>);

/// So many places, until whoever has them is done.
pub(super) struct Places<'a> {
    promised: &'a Promised,
    count: usize,
}

impl Drop for Places<'_> {
    fn drop(&mut self) {
        *self.promised.0.lock().unwrap_or_else(PoisonError::into_inner) -= self.count;
    }
}

impl App {
    /// Keeps room for so many runs.
    pub(super) fn places(&self, count: usize) -> Result<Places<'_>, Trouble> {
        self.has_room_on_disk()?;
        let most = self.ground.config.queue();
        let mut promised = self.promised.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What was created counts before its promise ends: for a moment it counts twice, never not at all.
        if let Some(why) = crowded(self.host.crowd(), *promised, count, most) {
            let trouble = Trouble { kind: Kind::Crowded, what: why, hint: None };
            return Err(trouble.hint("send it again in a moment: what was accepted is made first"));
        }
        *promised += count;
        Ok(Places { promised: &self.promised, count })
    }

    /// Whether a wish was met before: then it needs no room.
    pub(super) fn is_met(&self, account: &AccountId, once: Option<&Once>) -> Result<bool, Trouble> {
        Ok(once.map(|once| self.host.made(account, once)).transpose()?.flatten().is_some())
    }

    /// Whether the disk has room for another run.
    pub(crate) fn has_room_on_disk(&self) -> Result<(), Trouble> {
        let (free, reserve) = (free(self.data()), self.ground.config.disk_reserve());
        match free {
            Some(free) if free < reserve => {
                let what = format!(
                    "the disk of the data directory has {} MB left, and {} MB are kept free",
                    free / 1_000_000,
                    reserve / 1_000_000
                );
                let trouble = Trouble { kind: Kind::Full, what, hint: None };
                Err(trouble
                    .hint("make room there (`retake gc` removes what no run needs), or lower `serve.disk_reserve_mb`"))
            }
            // Where nobody can tell, the store finds out, and keeps what it has.
            Some(_) | None => Ok(()),
        }
    }
}

/// Why so many more do not fit, if they do not.
fn crowded(now: Crowd, promised: usize, count: usize, (runs, items): (usize, usize)) -> Option<String> {
    let waiting = now.runs + promised;
    if waiting + count > runs {
        return Some(format!("{waiting} runs wait to be made, and there is room for {runs}"));
    }
    // How many items a run has is known only once it is there.
    (now.items >= items).then(|| format!("{} items wait to be made, and there is room for {items}", now.items))
}

/// How many bytes are free where this lies.
fn free(folder: &Path) -> Option<u64> {
    statvfs(folder).ok().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_is_full_at_its_limit_and_not_before() {
        let crowd = |runs, items| Crowd { runs, items };
        for (now, promised, count, fits) in [
            (crowd(0, 0), 0, 3, true),
            (crowd(0, 0), 0, 4, false),
            (crowd(2, 9), 0, 1, true),
            (crowd(2, 9), 1, 1, false),
            (crowd(3, 9), 0, 1, false),
            (crowd(2, 10), 0, 1, false),
        ] {
            assert_eq!(crowded(now, promised, count, (3, 10)).is_none(), fits, "{now:?} {promised} {count}");
        }
    }
}
