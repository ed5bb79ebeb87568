//! `retake schema`.

use clap::Args;

use super::desk::{Desk, Outcome};
use super::exit::Code;
use crate::http;

/// Print the form of a plan as JSON Schema, for editors
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake schema > plan.schema.json\n  retake schema --openapi > openapi.json")]
pub(crate) struct Schema {
    /// What `retake serve` answers, as OpenAPI, instead of the form of a plan
    #[arg(long)]
    openapi: bool,
}

impl Schema {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        if self.openapi {
            desk.document(&http::document())?;
        } else {
            desk.data(&retake_film::plan::schema())?;
        }
        Ok(Code::Complete)
    }
}
