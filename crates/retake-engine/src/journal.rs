//! The journal of one run: the only truth.
//!
//! [`event`] says what can be written into it; [`state`] folds it. A record is never changed or taken away, and
//! journals of every earlier version fold for ever.

use serde::{Deserialize, Serialize};

use crate::moment::Moment;

pub mod event;
pub mod state;

pub use event::Event;
pub use state::{Illegal, RunState};

/// The version that this code writes.
pub const VERSION: u16 = 1;

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The version of the format that it was written in.
    pub v: u16,
    /// Its place in the journal, from 1. Order is this, never the time.
    pub seq: u64,
    /// When it was written.
    pub at: Moment,
    /// What happened, or was decided.
    #[serde(flatten)]
    pub event: Event,
}

/// Why a line is not a [`Record`].
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// A later version of retake wrote it.
    #[error("record {seq} is of version {v}; this retake reads up to {VERSION}")]
    Newer {
        /// Which record.
        seq: u64,
        /// Of which version.
        v: u16,
    },
    /// It is no record at all.
    #[error("no record of a journal: {0}")]
    Malformed(#[from] serde_json::Error),
}

#[derive(Deserialize)]
struct Stamp {
    v: u16,
    #[serde(default)]
    seq: u64,
}

impl Record {
    /// Reads one line, of this version or an earlier one.
    ///
    /// # Errors
    /// Says so where the line is of a later version or is no record.
    pub fn read(line: &str) -> Result<Self, Unreadable> {
        let newer = |v, seq| Unreadable::Newer { seq, v };
        match serde_json::from_str::<Self>(line) {
            Ok(record) if record.v > VERSION => Err(newer(record.v, record.seq)),
            Ok(record) => Ok(record),
            // What a later version wrote may make no sense here; that is not the same as damage.
            Err(error) => match serde_json::from_str::<Stamp>(line) {
                Ok(stamp) if stamp.v > VERSION => Err(newer(stamp.v, stamp.seq)),
                Ok(_) | Err(_) => Err(error.into()),
            },
        }
    }

    /// Writes one line, without its end.
    ///
    /// # Panics
    /// Never: a record holds nothing that JSON cannot say.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("a record is plain data")
    }
}
