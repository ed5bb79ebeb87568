//! `retake resolve`.

use clap::Args;
use retake_engine::journal::event::Verdict;

use super::desk::{Desk, Outcome, take_of};
use super::go::ask_and_go;
use super::show::story_of;
use crate::app::odd;
use crate::door::wire::{Request, Resolution};
use crate::ui::card::resolve;

/// What is decided.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct How {
    /// It is this work at the provider
    #[arg(long, value_name = "ID")]
    adopt: Option<String>,
    /// Write it off and make it again: it may be paid twice
    #[arg(long)]
    resend: bool,
    /// Write it off and go on without it
    #[arg(long)]
    abandon: bool,
}

/// Decide about a take whose answer was lost and that nobody can find
///
/// It may have been bought: look at the provider's own page first.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  retake resolve lamp/video/1 --adopt abc123\n  retake resolve lamp/video/1 --resend\n  retake resolve lamp/video/1 --abandon"
)]
pub(crate) struct Resolve {
    /// The take, as `retake status` names it
    #[arg(value_name = "TAKE")]
    take: String,
    #[command(flatten)]
    how: How,
    /// In which run [default: the newest]
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
}

impl Resolve {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let take = take_of(&self.take)?;
        let how = match self.how {
            How { adopt: Some(ticket), .. } => Resolution::Adopt(ticket.into()),
            How { resend: true, .. } => Resolution::Verdict(Verdict::Resend),
            How { abandon: true, .. } => Resolution::Verdict(Verdict::Abandon),
            How { .. } => return Err(odd()),
        };
        let story = story_of(&desk.journal(self.run)?)?;
        let run = story.state().spec().id.to_string();
        if let Some(words) = resolve::before(&story, &take, &how_told(&how)) {
            desk.say(&words);
        }
        let code = ask_and_go(desk, &Request::Resolve { run: Some(run.clone()), take: take.clone(), how })?;
        let story = story_of(&desk.journal(Some(run))?)?;
        if let Some(words) = resolve::after(&story, &take) {
            desk.say(&words);
        }
        Ok(code)
    }
}

fn how_told(how: &Resolution) -> resolve::Decision {
    match how {
        Resolution::Adopt(ticket) => resolve::Decision::Adopt(ticket.to_string()),
        Resolution::Verdict(Verdict::Resend) => resolve::Decision::Resend,
        Resolution::Verdict(Verdict::Abandon) => resolve::Decision::Abandon,
    }
}
