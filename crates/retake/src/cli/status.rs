//! `retake status`.

use clap::Args;

use retake_engine::journal::state::Status as Of;

use super::desk::{Desk, Outcome, odd};
use super::exit::Code;
use super::show;
use crate::door::owner_of;
use crate::door::wire::{Reply, Request};
use crate::ui::words;

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
            let story = show::story_of(&desk.journal(self.run)?)?;
            show::end(desk, &story)?;
            // A journal says what was decided; whether somebody works on it is another question.
            let is_open = matches!(story.state().status(), Of::Queued | Of::Running);
            let owner = desk.data.get().and_then(|data| owner_of(data));
            if is_open && !desk.global.json {
                desk.say(&match owner {
                    Some(process) => format!("process {process} works on it"),
                    None => {
                        let again =
                            words::rehearsal(story.state().spec()).unwrap_or_else(|| "retake resume".to_owned());
                        format!("no process works on it: it was interrupted\n  hint: `{again}` goes on")
                    }
                });
            }
        }
        Ok(Code::Complete)
    }
}
