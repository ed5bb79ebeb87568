//! `retake doctor`.

use std::fmt::Write as _;

use clap::Args;

use super::desk::{Desk, Outcome};
use super::exit::Code;
use crate::app::{Health, examine};
use crate::config;
use crate::door::owner_of;

/// Look over this machine, and say how to mend what is missing
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake doctor")]
pub(crate) struct Doctor {
    /// A plan whose data directory and configuration are looked at
    #[arg(value_name = "FILE")]
    file: Option<std::path::PathBuf>,
    /// Print every setting there is, with what it means
    #[arg(long)]
    settings: bool,
}

impl Doctor {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        if self.settings {
            desk.data(config::DEFAULT)?;
            return Ok(Code::Complete);
        }
        let ground = match &self.file {
            Some(file) => desk.ground_of(file)?,
            None => desk.ground(&desk.around.folder)?,
        };
        let found = examine(&ground, owner_of(&ground.project.data));
        if desk.global.json {
            desk.document(&found)?;
        } else {
            let mut told = String::new();
            for finding in &found {
                let health = match finding.health {
                    Health::Ok => "ok",
                    Health::Warn => "warn",
                    Health::Missing => "missing",
                };
                let _ = writeln!(told, "{health:<8} {:<16} {}", finding.what, finding.found);
                if let Some(hint) = &finding.hint {
                    let _ = writeln!(told, "{:<8} {:<16} hint: {hint}", "", "");
                }
            }
            desk.data(&told)?;
        }
        let missing = found.iter().any(|finding| finding.health == Health::Missing);
        Ok(if missing { Code::Internal } else { Code::Complete })
    }
}
