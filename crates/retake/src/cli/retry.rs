//! `retake retry`.

use clap::Args;

use super::desk::{Desk, Outcome};
use super::go::ask_and_go;
use crate::door::wire::Request;

/// Try again everything that failed in a run
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake retry\n  retake retry 0198c2")]
pub(crate) struct Retry {
    /// The run, by its id or the beginning of it [default: the newest]
    #[arg(value_name = "RUN")]
    run: Option<String>,
}

impl Retry {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        ask_and_go(desk, &Request::Retry(self.run))
    }
}
