//! Admission as a whole closed for a while, whoever asks and for whatever.
//!
//! Places are kept: what waits keeps its turn, what ends is counted, and what comes in is put where it belongs. Only
//! nothing is granted, for a grant that cannot be written down would be lost with the process.

use super::Admission;
use super::words::Closed;
use crate::moment::Moment;

impl Admission {
    /// Grants nothing from now on, for money or not. Grants that were made stand, and whoever waits is told why.
    pub fn close(&mut self, why: Closed) {
        self.closed = Some(why);
        self.settle_all();
    }

    /// Grants again, with the next pump and in the order that would have been: whoever was told that it is closed hears
    /// of its grant, or what else keeps it.
    pub fn reopen(&mut self, now: Moment) {
        self.tick(now);
        if self.closed.take().is_some() {
            self.settle_all();
        }
    }

    /// Why it is closed, where it is.
    #[must_use]
    pub const fn closed(&self) -> Option<Closed> {
        self.closed
    }

    fn settle_all(&mut self) {
        for take in self.waiting.all() {
            self.settle(&take);
        }
    }
}
