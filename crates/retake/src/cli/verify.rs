//! `retake verify`.

use std::path::PathBuf;

use clap::Args;

use super::desk::{Desk, Outcome};
use super::exit::Code;
use crate::app::{Verified, tools, verify};

/// Hold a film against its manifest
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake verify out/lighthouses.mp4")]
pub(crate) struct Verify {
    /// The film, or its manifest
    #[arg(value_name = "FILM")]
    film: PathBuf,
}

impl Verify {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let ground = desk.ground_of(&self.film)?;
        let file = desk.around.folder.join(&self.film);
        let found = verify(&file, &ground.project.data, &tools(&ground.config))?;
        if desk.global.json {
            desk.document(&found)?;
        }
        let Verified { film, sha256, outputs, missing, wrong, .. } = &found;
        if !wrong.is_empty() {
            desk.say(&format!(
                "`{}` is not the film that was made\n  {}\n  hint: `retake run` delivers it again, for nothing",
                film.display(),
                wrong.join("\n  ")
            ));
            return Ok(Code::Failed);
        }
        if !desk.global.json {
            let rest = match (*outputs, *missing) {
                (held, 0) => format!("so are {held} outputs"),
                (0, missing) => format!("none of the {missing} outputs it was made of is stored here"),
                (held, missing) => format!("so are {held} outputs; {missing} more are not stored here any more"),
            };
            desk.data(&format!("{}: as it was made, {sha256}; {rest}\n", film.display()))?;
        }
        Ok(Code::Complete)
    }
}
