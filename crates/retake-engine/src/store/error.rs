//! Why a store did not do what it was asked, and what a person can do about it.

use crate::id::RunId;
use crate::moment::Moment;

/// Why a store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no such run.
    #[error("there is no run {0}")]
    NoSuchRun(RunId),
    /// The run is there already.
    #[error("run {0} is there already")]
    RunExists(RunId),
    /// Somebody else has appended meanwhile, or a record is missing.
    #[error("run {run} is at record {at}: record {given} cannot follow")]
    OutOfOrder {
        /// Which run.
        run: RunId,
        /// Its last record.
        at: u64,
        /// The first of those given.
        given: u64,
    },
    /// The caller's key was used for something else.
    #[error("`{key}` was used for another request, which made run {run}")]
    KeyReused {
        /// The caller's key.
        key: String,
        /// What it made.
        run: RunId,
    },
    /// There is no room left. Nothing was written, and it can be tried again.
    #[error("the disk of `{folder}` is full")]
    Full {
        /// Where the store lies.
        folder: String,
    },
    /// The disk, or the system before it, does not do its work. What was to be written last may be there or not: only
    /// a new start can tell.
    #[error("{doing} failed: {why}")]
    Failed {
        /// What was tried, and on what.
        doing: String,
        /// What the system says.
        why: String,
    },
    /// What was read is not what was written.
    #[error("{what} is damaged: {why}")]
    Damaged {
        /// Which part.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// Records that were written are gone: a file of the store was cut off, replaced or left behind.
    #[error("the journal ends at batch {at}, but batch {witnessed} had been written")]
    CutOff {
        /// Where it ends.
        at: u64,
        /// Where its witness saw it.
        witnessed: u64,
    },
    /// A later version of retake has written here.
    #[error("the store is of version {found}; this retake knows versions up to {known}")]
    Newer {
        /// What was found.
        found: u32,
        /// What this code knows.
        known: u32,
    },
    /// Another process owns the folder.
    #[error("`{folder}` belongs to {owner}")]
    Owned {
        /// Which folder.
        folder: String,
        /// Who has it.
        owner: String,
    },
}

impl Error {
    /// Whether the caller's wish was at fault, and the store is well.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        match self {
            Self::NoSuchRun(_) | Self::RunExists(_) | Self::OutOfOrder { .. } | Self::KeyReused { .. } => true,
            Self::Full { .. }
            | Self::Failed { .. }
            | Self::Damaged { .. }
            | Self::CutOff { .. }
            | Self::Newer { .. }
            | Self::Owned { .. } => false,
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoSuchRun(_) | Self::RunExists(_) | Self::OutOfOrder { .. } => None,
            Self::KeyReused { .. } => Some("use another key for another request"),
            Self::Full { .. } => Some("free some space; what was bought already is still written down"),
            Self::Failed { .. } => Some("look after the disk, then start again: work that is open is found again"),
            Self::Damaged { .. } => Some(
                "put a copy of the whole folder back, `retake.db-wal` and `journal.head` included; nothing was bought",
            ),
            Self::CutOff { .. } => Some(
                "put `retake.db` and `retake.db-wal` back together, from the same copy; \
                 to go on without what is missing, and perhaps buy it again, remove `journal.head`",
            ),
            Self::Newer { .. } => Some("use the retake that wrote it, or a later one"),
            Self::Owned { .. } => Some("let it finish, or talk to it"),
        }
    }

    /// That reading or writing failed.
    #[expect(clippy::needless_pass_by_value, reason = "`map_err` hands over what it has")]
    pub(super) fn failed(doing: impl Into<String>, why: impl ToString) -> Self {
        Self::Failed { doing: doing.into(), why: why.to_string() }
    }

    /// That something is not as it was written.
    #[expect(clippy::needless_pass_by_value, reason = "`map_err` hands over what it has")]
    pub(super) fn damaged(what: impl Into<String>, why: impl ToString) -> Self {
        Self::Damaged { what: what.into(), why: why.to_string() }
    }
}

/// A moment as a number that SQLite can hold.
pub(super) fn stamp(moment: Moment) -> i64 {
    i64::try_from(moment.ms()).unwrap_or(i64::MAX)
}
