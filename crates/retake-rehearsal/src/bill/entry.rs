//! One line of the log.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Upload;
use crate::jobs::Job;

/// How many requests came, by provider and purpose.
pub(crate) type Counts = BTreeMap<String, BTreeMap<String, u64>>;

/// What the server writes down.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Entry {
    /// Somebody tried to order: accepted or not, it counts as a take of this prompt.
    Tried {
        /// The hash of provider, model and prompt.
        what: String,
        /// When.
        #[serde(default)]
        at: u64,
    },
    /// A job was accepted.
    Accepted(Box<Job>),
    /// A job was cancelled; those behind it begin earlier.
    Cancelled {
        /// Which one.
        no: u64,
        /// When.
        at: u64,
        /// Who begins when.
        moved: Vec<(u64, u64)>,
    },
    /// An output was fetched as a whole.
    Fetched {
        /// Of which job.
        no: u64,
        /// When.
        at: u64,
    },
    /// A job's owner has deleted it.
    Deleted {
        /// Which one.
        no: u64,
    },
    /// The end of a job was told to whom it concerns.
    Told {
        /// Of which job.
        no: u64,
    },
    /// A file was brought.
    Uploaded(Upload),
    /// How many requests have come so far.
    Counts(Counts),
    /// A key was shown to somebody who should not have seen it.
    Leaked(String),
}
