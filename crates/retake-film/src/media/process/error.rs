//! How a program can fail.

use std::io;
use std::time::Duration;

/// The signal by which a system ends what computed for too long.
const CPU: i32 = 24;
/// The signal by which a system ends what wrote too large a file.
const FILE: i32 = 25;

/// How a program can fail.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not there.
    #[error("`{program}` is not installed")]
    Missing {
        /// What is missing.
        program: String,
        /// What brings it.
        package: String,
    },
    /// It is there and cannot be started.
    #[error("start `{program}`: {source}")]
    Start {
        /// What was to be started.
        program: String,
        /// What the system says.
        source: io::Error,
    },
    /// It said by its status that it failed.
    #[error("`{program}` failed with status {status}: {stderr}")]
    Failed {
        /// What failed.
        program: String,
        /// Its status.
        status: i32,
        /// Its last words.
        stderr: String,
    },
    /// It was killed, and not by us.
    #[error("`{program}` was killed by signal {signal}: {stderr}")]
    Killed {
        /// What was killed.
        program: String,
        /// By which signal.
        signal: i32,
        /// Its last words.
        stderr: String,
    },
    /// It went past what it may compute or write.
    #[error("`{program}` used more {what} than it may")]
    Limit {
        /// What went too far.
        program: String,
        /// In what.
        what: &'static str,
    },
    /// It took too long.
    #[error("`{program}` did not end within {} s: {stderr}", after.as_secs())]
    Deadline {
        /// What took too long.
        program: String,
        /// How long it had.
        after: Duration,
        /// Its last words.
        stderr: String,
    },
    /// It wrote too much.
    #[error("`{program}` wrote more than {limit} bytes")]
    TooMuch {
        /// What wrote too much.
        program: String,
        /// How much it may write.
        limit: u64,
    },
    /// What it was to read could not be made.
    #[error("make what `{program}` reads: {source}")]
    Input {
        /// What was to read it.
        program: String,
        /// Why there is none.
        source: io::Error,
    },
    /// Somebody stopped it.
    #[error("`{program}` was stopped")]
    Stopped {
        /// What was stopped.
        program: String,
    },
}

impl Error {
    pub(super) fn of_status(program: String, code: Option<i32>, signal: Option<i32>, stderr: String) -> Self {
        match (code, signal) {
            (_, Some(CPU)) => Self::Limit { program, what: "time to compute" },
            (_, Some(FILE)) => Self::Limit { program, what: "room on disk" },
            (_, Some(signal)) => Self::Killed { program, signal, stderr },
            (status, None) => Self::Failed { program, status: status.unwrap_or(-1), stderr },
        }
    }

    /// The way out, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { package, .. } => Some(format!("install it: sudo apt-get install {package}")),
            Self::Limit { .. } | Self::Deadline { .. } | Self::TooMuch { .. } => {
                Some("the file may be broken or made to do harm; try it with a shorter or smaller one".to_owned())
            }
            Self::Start { .. }
            | Self::Failed { .. }
            | Self::Killed { .. }
            | Self::Input { .. }
            | Self::Stopped { .. } => None,
        }
    }
}
