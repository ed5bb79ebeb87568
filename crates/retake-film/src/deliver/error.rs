//! Why a film was not delivered, and what a person can do about it.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use retake_engine::fault::Class;

/// Why a film was not delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There are no credentials for the store, or they do not open it; or the folder is not ours to write to.
    #[error("`{place}` does not let us in: {why}")]
    Denied {
        /// Where it was to go.
        place: String,
        /// What is missing or wrong.
        why: String,
    },
    /// There is no such bucket or container.
    #[error("there is no `{place}`")]
    Missing {
        /// Where it was to go.
        place: String,
    },
    /// The store cannot be reached, or does not answer as it should.
    #[error("`{place}` cannot be reached: {why}")]
    Network {
        /// Where it was to go.
        place: String,
        /// What was seen.
        why: String,
    },
    /// The store asks us to wait.
    #[error("`{place}` asks us to wait")]
    Throttled {
        /// Where it was to go.
        place: String,
        /// For how long.
        retry_after: Option<Duration>,
    },
    /// There is no room left.
    #[error("there is no room in `{place}`")]
    Full {
        /// Where it was to go.
        place: String,
    },
    /// What is to be delivered cannot be read.
    #[error("read `{}`: {why}", path.display())]
    Source {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// What was asked for is refused.
    #[error("{what} is refused: {why}")]
    Refused {
        /// What was asked for.
        what: String,
        /// Why not.
        why: &'static str,
    },
    /// Something else.
    #[error("deliver to `{place}`: {why}")]
    Failed {
        /// Where it was to go.
        place: String,
        /// What was seen.
        why: String,
    },
}

impl Error {
    /// What a folder says.
    pub(super) fn at(place: &Path) -> impl FnOnce(io::Error) -> Self {
        let place = place.display().to_string();
        move |error| match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full { place },
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                Self::Denied { place, why: error.to_string() }
            }
            ErrorKind::AlreadyExists | ErrorKind::NotADirectory | ErrorKind::IsADirectory => {
                Self::Refused { what: format!("`{place}`"), why: "something else is in the way there" }
            }
            _ => Self::Failed { place, why: error.to_string() },
        }
    }

    /// That a file of ours cannot be read.
    pub(super) fn source(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Source { path, why: error.to_string() }
    }

    /// What kind of failure it is.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::Denied { .. } => Class::Denied,
            Self::Missing { .. } | Self::Refused { .. } => Class::Invalid,
            Self::Network { .. } | Self::Full { .. } | Self::Failed { .. } | Self::Source { .. } => Class::Transient,
            Self::Throttled { .. } => Class::Throttled,
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Denied { .. } => Some("look after its rights and credentials, then run the film again"),
            Self::Missing { .. } => Some("make it, or write another place under `deliver`"),
            Self::Full { .. } => Some("free some space, then run the film again; the film itself is kept"),
            Self::Refused { .. } => Some("change what is written under `deliver` or configured for it"),
            Self::Network { .. } | Self::Throttled { .. } => Some("it is tried again; the film itself is kept"),
            Self::Source { .. } | Self::Failed { .. } => None,
        }
    }
}
