//! Why a use case did not do what it was asked, in words for people. Exit codes and status codes are the faces' own.

use std::fmt;

use retake_engine::engine::Refusal;
use retake_engine::{host, store};
use retake_film::artifacts;
use serde::{Deserialize, Serialize};

/// What kind of trouble it is: faces turn it into their codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// What was asked for makes no sense here: a word, a file, a plan.
    Usage,
    /// It is not done without more money, a key or a person's word.
    Refused,
    /// The plan needs what this retake does not have.
    Failed,
    /// There is no such thing here, or none that whoever asks may know of.
    Missing,
    /// It was asked for before in other words.
    Reused,
    /// Disk, system, or a mistake of ours.
    Internal,
    /// Too much is waiting already: ask again later.
    Crowded,
    /// There is no room on the disk for more.
    Full,
    /// Whoever was asked is about to leave: ask again.
    Leaving,
    /// Nobody reads any longer what is printed.
    Closed,
}

/// What went wrong, and the way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trouble {
    /// What kind it is.
    pub(crate) kind: Kind,
    /// What, where and why.
    pub(crate) what: String,
    /// The way out, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
}

impl Trouble {
    /// Something that makes no sense here.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self { kind: Kind::Usage, what: what.into(), hint: None }
    }

    /// Something that needs money, a key or a person's word.
    pub(crate) fn refused(what: impl Into<String>) -> Self {
        Self { kind: Kind::Refused, what: what.into(), hint: None }
    }

    /// Something that is not there.
    pub(crate) fn missing(what: impl Into<String>) -> Self {
        Self { kind: Kind::Missing, what: what.into(), hint: None }
    }

    /// Something that did not work.
    pub(crate) fn internal(what: impl Into<String>) -> Self {
        Self { kind: Kind::Internal, what: what.into(), hint: None }
    }

    /// The same, with a way out.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// That a file could not be worked with.
    pub(crate) fn file(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::IsADirectory => Kind::Usage,
            _ => Kind::Internal,
        };
        Self { kind, what: format!("cannot {doing} `{}`: {error}", path.display()), hint: None }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\n  hint: {hint}"))
    }
}

impl From<host::Error> for Trouble {
    fn from(error: host::Error) -> Self {
        match error {
            host::Error::Refused(refusal) => refusal.into(),
            host::Error::Store(error) => error.into(),
            host::Error::Illegal { .. } => Self::internal(error.to_string())
                .hint("this is a mistake of retake: please report it with the data directory's `retake.db`"),
            host::Error::Stopping => Self { kind: Kind::Leaving, what: error.to_string(), hint: None },
        }
    }
}

impl From<store::Error> for Trouble {
    fn from(error: store::Error) -> Self {
        let kind = match &error {
            store::Error::KeyReused { .. } => Kind::Reused,
            store::Error::NoSuchRun(_) => Kind::Missing,
            _ if error.is_refusal() => Kind::Usage,
            _ => Kind::Internal,
        };
        Self { kind, what: error.to_string(), hint: error.hint().map(str::to_owned) }
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        let hint = match &refusal {
            Refusal::TooDear { .. } => Some("raise `budget` in the plan, or take cheaper models"),
            Refusal::Over => Some("`retake retry` tries what failed again, `retake redo SCENE` makes a scene anew"),
            Refusal::NothingFailed => Some("`retake resume` goes on with what is open"),
            Refusal::Superseded => Some("work with the newest run of this film: `retake status`"),
            Refusal::OutOfStep(_) => {
                Some("a film has one narrator: name that voice alone in the plan, and `retake run` speaks all by it")
            }
            Refusal::TakeElsewhere { .. } | Refusal::NoSuchTake(_) => Some("`retake history` shows every take"),
            Refusal::Unsound(_)
            | Refusal::NoSuchNode(_)
            | Refusal::TicketTaken { .. }
            | Refusal::TicketElsewhere(_)
            | Refusal::GoneOn(_) => None,
        };
        let kind = if matches!(refusal, Refusal::TooDear { .. }) { Kind::Refused } else { Kind::Usage };
        Self { kind, what: refusal.to_string(), hint: hint.map(str::to_owned) }
    }
}

/// That the store of outputs did not do it.
#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands over what it has")]
pub(super) fn unkept(error: artifacts::Error) -> Trouble {
    let trouble = Trouble::internal(error.to_string());
    Trouble { hint: error.hint(), ..trouble }
}

/// That an answer does not fit the question.
pub(crate) fn odd() -> Trouble {
    Trouble::internal("an answer does not fit its question").hint("this is a mistake of retake: please report it")
}
