//! `retake redo`.

use clap::Args;

use super::desk::{Desk, Outcome};
use super::go::ask_and_go;
use crate::door::wire::Request;

/// Make a scene, a shot or a step anew
///
/// Without a step the picture alone is made anew, with what follows from it. What was there is kept: `retake pick` goes
/// back to it for nothing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake redo lamp\n  retake redo lamp.2\n  retake redo lamp/voice")]
pub(crate) struct Redo {
    /// What is to be made anew
    #[arg(value_name = "SCENE[.SHOT][/STEP]")]
    what: String,
    /// In which run [default: the newest]
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
}

impl Redo {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        ask_and_go(desk, &Request::Redo { run: self.run, what: self.what })
    }
}
