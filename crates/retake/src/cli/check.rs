//! `retake check`.

use std::path::PathBuf;

use clap::Args;

use super::desk::{Desk, Outcome};
use super::exit::Code;
use super::show;
use crate::app::{Depth, draft_of};

/// Find every mistake in a plan
///
/// Opens no data directory and starts nothing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake check film.yaml\n  retake check film.yaml && retake run film.yaml")]
pub(crate) struct Check {
    /// The plan
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Check {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let ground = desk.ground_of(&self.file)?;
        let order = desk.order(&ground, &self.file)?;
        let (plan, draft) = draft_of(&ground, &order, Depth::Words)?;
        let scenes = plan.scenes.len();
        if desk.global.json {
            let film = &plan.film;
            desk.document(&serde_json::json!({"film": film, "scenes": scenes, "warnings": draft.warnings}))?;
        } else {
            show::warnings(desk, &draft.warnings);
            if scenes == 0 {
                desk.data(&format!("{}: a prompt whose scenes are to be written, no mistakes\n", self.file.display()))?;
                return Ok(Code::Complete);
            }
            let noun = if scenes == 1 { "scene" } else { "scenes" };
            desk.data(&format!("{}: {scenes} {noun}, no mistakes\n", self.file.display()))?;
        }
        Ok(Code::Complete)
    }
}
