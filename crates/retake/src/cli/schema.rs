//! `retake schema`.

use clap::Args;

use super::desk::{Desk, Outcome};
use super::exit::Code;

/// Print the form of a plan as JSON Schema, for editors
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake schema > plan.schema.json")]
pub(crate) struct Schema;

impl Schema {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        desk.data(&retake_film::plan::schema())?;
        Ok(Code::Complete)
    }
}
