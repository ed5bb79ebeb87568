//! A reader of a journal that grows. It reads from the store at its own pace, and is only rung for.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use super::readers::Readers;
use crate::id::RunId;
use crate::journal::Record;
use crate::store::Error;

/// A stream of the records of a run. Dropped, it is forgotten.
#[derive(Debug)]
pub struct Watch {
    run: RunId,
    seq: u64,
    readers: Arc<Readers>,
    rings: Receiver<()>,
}

impl Watch {
    pub(super) const fn new(run: RunId, seq: u64, readers: Arc<Readers>, rings: Receiver<()>) -> Self {
        Self { run, seq, readers, rings }
    }

    /// What was committed since the last look, without waiting.
    ///
    /// # Errors
    /// Says so where there is no such run, or where it cannot be read.
    pub fn look(&mut self) -> Result<Vec<Record>, Error> {
        let records = self.readers.one().load_after(self.run, self.seq)?;
        if let Some(last) = records.last() {
            self.seq = last.seq;
        }
        Ok(records)
    }

    /// Waits until something may have been committed since it was last waited for; says whether the host still lives.
    #[must_use]
    pub fn ring(&self) -> bool {
        self.rings.recv().is_ok()
    }
}

impl Iterator for Watch {
    type Item = Result<Vec<Record>, Error>;

    /// The next records, waited for. Nothing when the host has ended and all was seen.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.look() {
                Ok(records) if records.is_empty() => {}
                records => return Some(records),
            }
            if !self.ring() {
                // What was committed last may have come with the end.
                let last = self.look();
                return if last.as_ref().is_ok_and(Vec::is_empty) { None } else { Some(last) };
            }
        }
    }
}
