//! `retake models`.

use std::fmt::Write as _;

use clap::Args;

use super::desk::{Desk, Outcome};
use super::exit::Code;

/// List the models that plans can name
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake models\n  retake models --json")]
pub(crate) struct Models;

impl Models {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let ground = desk.ground(&desk.around.folder)?;
        let models = ground.craft.models(&ground.config);
        if desk.global.json {
            desk.document(&models)?;
            return Ok(Code::Complete);
        }
        let mut told = String::new();
        for model in &models {
            let _ = writeln!(
                told,
                "{:<16} {:<8} {:<12} {:<12} {}",
                model.name, model.kind, model.provider, model.price, model.about
            );
            if let Some(missing) = &model.missing {
                let _ = writeln!(told, "{:<16} not here: {missing}", "");
            }
        }
        desk.data(&told)?;
        Ok(Code::Complete)
    }
}
