//! `retake pick`.

use clap::Args;

use super::desk::{Desk, Outcome, take_of};
use super::go::ask_and_go;
use crate::door::wire::Request;

/// Go back to an earlier take, for nothing
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake pick lamp/video/1")]
pub(crate) struct Pick {
    /// The take, as `retake history` names it
    #[arg(value_name = "TAKE")]
    take: String,
    /// In which run [default: the newest]
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
}

impl Pick {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let take = take_of(&self.take)?;
        ask_and_go(desk, &Request::Pick { run: self.run, take })
    }
}
