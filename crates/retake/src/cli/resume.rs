//! `retake resume`.

use clap::Args;

use super::desk::{Desk, Outcome};
use super::go::ask_and_go;
use crate::door::wire::Request;

/// Go on with a run that was stopped or is paused
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake resume\n  retake resume 0198c2")]
pub(crate) struct Resume {
    /// The run, by its id or the beginning of it [default: the newest]
    #[arg(value_name = "RUN")]
    run: Option<String>,
}

impl Resume {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        ask_and_go(desk, &Request::Resume(self.run))
    }
}
