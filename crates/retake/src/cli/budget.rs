//! `retake budget`.

use clap::Args;
use retake_engine::money::Money;

use super::desk::{Desk, Outcome, odd};
use super::exit::Code;
use crate::app::Trouble;
use crate::door::wire::{Reply, Request};

/// Set the cap of a run, over that of its plan
///
/// A run that is paused for money goes on at once where retake is running, else with `retake resume`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake budget 0198c2 7.50")]
pub(crate) struct Budget {
    /// The run, by its id or the beginning of it
    #[arg(value_name = "RUN")]
    run: String,
    /// US dollars
    #[arg(value_name = "USD")]
    cap: String,
}

impl Budget {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let wrong = |error: retake_engine::money::NotMoney| {
            Trouble::usage(format!("`{}`: {error}", self.cap)).hint("write `retake budget RUN 7.50`")
        };
        let cap: Money = self.cap.parse().map_err(wrong)?;
        let Reply::Run(brief) = desk.ask(&Request::Budget { run: Some(self.run), cap })? else { return Err(odd()) };
        if desk.global.json {
            desk.document(&brief)?;
        } else {
            desk.data(&format!("run {} may spend ${cap}\n", brief.run))?;
        }
        Ok(Code::Complete)
    }
}
