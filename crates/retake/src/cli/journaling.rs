//! How `retake serve` writes down what goes on, in the form that was asked for.

use std::sync::Arc;

use clap::ValueEnum;
use retake_engine::host::Notice;
use retake_engine::moment::Moment;

use crate::app::Trouble;
use crate::http::Log;
use crate::ui::log::{Entry, Weight};
use crate::ui::out;

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// In lines for people.
    Text,
    /// In lines of JSON.
    Json,
    /// Not at all.
    Off,
}

impl Form {
    /// The form that a setting names.
    pub(super) fn of(word: &str) -> Self {
        match word {
            "json" => Self::Json,
            "off" => Self::Off,
            _ => Self::Text,
        }
    }

    /// Begins to write; whoever wants quiet reads only what went wrong.
    pub(super) fn start(self, is_quiet: bool) -> Result<Log, Trouble> {
        let least = if is_quiet { Weight::Warn } else { Weight::Info };
        let write = move |entry: &Entry| {
            if entry.weight >= least {
                // Where nobody can read it, nobody can be told so either.
                let _ = out::talk(&if self == Self::Json { entry.json() } else { format!("{entry}\n") });
            }
        };
        if self == Self::Off { Ok(Log::default()) } else { Log::start(write) }
    }
}

/// Writes down what the owner has to say unasked.
pub(super) fn notices(log: Log, now: fn() -> Moment) -> Arc<dyn Fn(Notice) + Send + Sync> {
    Arc::new(move |notice| {
        let entry = |weight, what| Entry::new(now(), weight, what);
        log.say(match notice {
            Notice::DiskFull => entry(Weight::Error, "disk full"),
            Notice::DiskHasRoom => entry(Weight::Info, "disk has room"),
            Notice::Stuck { run, why } => Entry { run: Some(run), says: Some(why), ..entry(Weight::Warn, "run stuck") },
            Notice::Failed(error) => Entry { says: Some(error.to_string()), ..entry(Weight::Error, "store failed") },
        });
    })
}
