//! Who reads for other threads what is committed. One who reads a long journal keeps nobody from a short look.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::store::Error;
use crate::store::sqlite::{Reader, SqliteStore};

/// How many read at the same time: what takes long is rare, and cores are few.
const READERS: usize = 4;

/// Several readers of one store.
#[derive(Debug)]
pub(super) struct Readers {
    all: Vec<Mutex<Reader>>,
    next: AtomicUsize,
}

impl Readers {
    pub(super) fn open(store: &SqliteStore) -> Result<Self, Error> {
        let all = (0..READERS).map(|_| store.reader().map(Mutex::new)).collect::<Result<_, _>>()?;
        Ok(Self { all, next: AtomicUsize::new(0) })
    }

    /// One of them that has nothing to do; else whoever's turn it is.
    pub(super) fn one(&self) -> MutexGuard<'_, Reader> {
        let start = self.next.fetch_add(1, Ordering::Relaxed);
        let turn = |step: usize| &self.all[start.wrapping_add(step) % READERS];
        let idle = (0..READERS).find_map(|step| turn(step).try_lock().ok());
        idle.unwrap_or_else(|| turn(0).lock().unwrap_or_else(PoisonError::into_inner))
    }
}
