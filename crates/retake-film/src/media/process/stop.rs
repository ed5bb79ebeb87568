//! Stops programs from another thread.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal};

/// Stops, for good, every program that was started with it. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Mutex<Groups>>);

#[derive(Debug, Default)]
struct Groups {
    cut: bool,
    running: Vec<Pid>,
}

impl Stop {
    fn groups(&self) -> MutexGuard<'_, Groups> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Kills what runs, and lets nothing start any more.
    pub fn cut(&self) {
        let mut groups = self.groups();
        groups.cut = true;
        for group in &groups.running {
            let _ = rustix::process::kill_process_group(*group, Signal::KILL);
        }
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.groups().cut
    }

    /// Takes in a group that has just been started, unless it is too late.
    pub(super) fn enter(&self, group: Pid) -> bool {
        let mut groups = self.groups();
        groups.running.push(group);
        !groups.cut
    }

    /// Forgets a group that is about to be reaped, after which its id may be somebody else's.
    pub(super) fn leave(&self, group: Pid) {
        self.groups().running.retain(|other| *other != group);
    }
}
