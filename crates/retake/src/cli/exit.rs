//! Exit codes. Nobody but a face knows them.

use std::process::ExitCode;

use retake_engine::journal::event::Ending;
use retake_engine::journal::state::Status;

use crate::app::Kind;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// All is done.
    Complete = 0,
    /// Disk, system, or a mistake of ours.
    Internal = 1,
    /// What was asked for makes no sense here.
    Usage = 2,
    /// The film is there without some of it.
    Partial = 3,
    /// It waits for money, a key or a person.
    Paused = 4,
    /// There is no film.
    Failed = 5,
    /// Somebody stopped it.
    Cancelled = 6,
    /// Somebody interrupted it; it can be resumed.
    Interrupted = 130,
}

impl Code {
    /// The code of a run that is settled.
    pub(crate) const fn of(status: &Status) -> Self {
        match status {
            Status::Ended(Ending::Completed) => Self::Complete,
            Status::Ended(Ending::Partial) => Self::Partial,
            Status::Ended(Ending::Failed) => Self::Failed,
            Status::Ended(Ending::Cancelled) => Self::Cancelled,
            Status::Paused(_) => Self::Paused,
            Status::Queued | Status::Running => Self::Interrupted,
        }
    }

    /// The code of what was not done.
    pub(crate) const fn of_trouble(kind: Kind) -> Self {
        match kind {
            Kind::Usage | Kind::Missing | Kind::Reused => Self::Usage,
            Kind::Refused => Self::Paused,
            Kind::Failed => Self::Failed,
            Kind::Internal | Kind::Crowded | Kind::Full | Kind::Leaving => Self::Internal,
            // Who stopped reading has what they wanted.
            Kind::Closed => Self::Complete,
        }
    }
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}
