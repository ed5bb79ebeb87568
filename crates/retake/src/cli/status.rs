//! `retake status`.

use clap::Args;

use super::desk::{Desk, Outcome, odd};
use super::exit::Code;
use super::show;
use crate::door::wire::{Reply, Request};

/// See where a run stands
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake status\n  retake status --all\n  retake status 0198c2 --json")]
pub(crate) struct Status {
    /// The run, by its id or the beginning of it [default: the newest]
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// All runs
    #[arg(long, conflicts_with = "run")]
    all: bool,
    /// What it waits for, line by line
    #[arg(long, conflicts_with = "all")]
    why: bool,
}

impl Status {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        if self.all {
            let Reply::Runs(runs) = desk.ask(&Request::List)? else { return Err(odd()) };
            show::runs(desk, &runs)?;
        } else if self.why {
            let Reply::Told(why) = desk.ask(&Request::Explain(self.run))? else { return Err(odd()) };
            desk.data(&why)?;
        } else {
            show::end(desk, &show::story_of(&desk.journal(self.run)?)?)?;
        }
        Ok(Code::Complete)
    }
}
