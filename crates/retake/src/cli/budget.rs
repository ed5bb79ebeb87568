//! `retake budget`.

use clap::Args;
use retake_engine::journal::event::Pause;
use retake_engine::journal::state::Status;
use retake_engine::money::Money;

use super::desk::{Desk, Outcome};
use super::exit::Code;
use crate::app::{Trouble, odd};
use crate::door::wire::{Brief, Reply, Request};
use crate::ui::words;

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
        let (mut door, way) = desk.door(false)?;
        let before = Request::Find(Some(self.run.clone()));
        let Reply::Run(before) = door.ask(&way, &before)? else { return Err(odd()) };
        let set = Request::Budget { run: Some(before.run.to_string()), cap };
        let Reply::Run(brief) = door.ask(&way, &set)? else { return Err(odd()) };
        if desk.global.json {
            desk.document(&brief)?;
        } else {
            desk.data(&told(&before, cap))?;
            if let Some(text) = next(&before, cap, door.owner()) {
                desk.say(&text);
            }
        }
        Ok(Code::Complete)
    }
}

/// What the run may spend now, and what of that is spent.
fn told(before: &Brief, cap: Money) -> String {
    let run = words::short(before.run);
    let Some(summary) = &before.summary else { return format!("run {run} may spend {}\n", words::dollars(cap)) };
    let (was, spent) = (words::dollars(summary.cap), words::dollars(summary.settled.plus(summary.written_off)));
    let reserved = if summary.reserved.is_zero() {
        String::new()
    } else {
        format!(", {} reserved", words::dollars(summary.reserved))
    };
    format!("run {run} may spend {} (before: {was}); {spent} is spent{reserved}\n", words::dollars(cap))
}

/// What happens next, if anything does.
fn next(before: &Brief, cap: Money, owner: Option<u32>) -> Option<String> {
    let summary = before.summary.as_ref()?;
    let run = words::short(before.run);
    match (&summary.status, owner) {
        (Status::Ended(_), _) => Some(format!("it is over; what it still lacks is made with `retake retry {run}`")),
        (Status::Paused(Pause::Budget { raise, .. }), _) if cap < summary.cap.plus(*raise) => Some(format!(
            "that is not enough to go on: it takes {} at the least",
            words::dollars(summary.cap.plus(*raise))
        )),
        (_, Some(process)) => {
            Some(format!("process {process} goes on with it\n  hint: `retake status {run}` looks at it"))
        }
        (_, None) => Some(format!("nobody works on it\n  hint: `retake resume {run}` goes on")),
    }
}
