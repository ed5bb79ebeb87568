//! `retake verify`.

use std::path::PathBuf;

use clap::Args;

use super::desk::{Desk, Outcome};
use super::exit::Code;
use crate::app::{Verified, verify};

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
        let found = verify(&desk.around.folder.join(&self.film))?;
        if desk.global.json {
            desk.document(&found)?;
        }
        let Verified { film, sha256, expected, whole, .. } = &found;
        if !*whole {
            desk.say(&format!(
                "`{}` is not the film that was made\n  it is {sha256}\n  the manifest says {expected}\n  \
                 hint: `retake run` delivers it again, for nothing",
                film.display()
            ));
            return Ok(Code::Failed);
        }
        if !desk.global.json {
            desk.data(&format!("{}: as it was made, {sha256}\n", film.display()))?;
        }
        Ok(Code::Complete)
    }
}
