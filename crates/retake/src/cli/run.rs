//! `retake run`.

use std::io::BufRead as _;
use std::path::PathBuf;

use clap::Args;

use super::desk::{Desk, Outcome};
use super::go::{Begun, begin, go};
use super::show;
use crate::app::{Depth, Trouble, Until, odd};
use crate::door::Door;
use crate::door::wire::{How, Quoted, Started};
use crate::ui;

/// Make the film of a plan, or go on with it
///
/// What was made before is reused, also that of other runs. An unfinished run goes on; a changed plan makes only what
/// changed; what had failed is tried again. The first Ctrl-C stops in good order, and the same command goes on later.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  retake run film.yaml\n  retake run film.yaml --until storyboard\n  retake run film.yaml --yes --json"
)]
pub(crate) struct Run {
    /// The plan
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Agree to what it may cost without being asked
    #[arg(long, short)]
    yes: bool,
    /// Let local makers stand in where a key is missing
    #[arg(long)]
    allow_fallback: bool,
    /// Pause when all voices or pictures are there, to look at them; `retake resume` goes on
    #[arg(long, value_name = "STAGE")]
    until: Option<Until>,
    /// How patiently steps are tried in this run, over the plan's `retry`: '{video: {attempts: 5}}'
    #[arg(long, value_name = "POLICIES")]
    retry: Option<String>,
}

impl Run {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let ground = desk.ground_of(&self.file)?;
        let mut order = desk.order(&ground, &self.file)?;
        (order.until, order.allow_fallback, order.agreed) = (self.until, self.allow_fallback, self.yes);
        order.retry = self.retry;
        // What is wrong with a plan is said before anything is made for it.
        crate::app::draft_of(&ground, &order, Depth::Words)?;
        let way = desk.way(ground, true);
        let mut door = Door::open(&way)?;
        let begun = begin(desk, &way, &mut door, &mut order, &|quote| agree(desk, quote), false)?;
        let (Started { run, how, warnings, .. }, interrupt) = match begun {
            Begun::Goes(started, interrupt) => (started, interrupt),
            Begun::Wrote(_) => return Err(odd()),
            Begun::Ends(code) => return Ok(code),
        };
        show::warnings(desk, &warnings);
        if let Some(process) = door.owner() {
            desk.say(&format!(
                "handed to process {process}, which owns the data directory; Ctrl-C only stops watching"
            ));
        }
        desk.say(match how {
            How::New => "a new film",
            How::Changed => "the plan has changed: what stayed the same is reused",
            How::GoesOn => "going on where it was left",
            How::Retried => "trying again what had failed",
            How::Complete => "nothing to do: the film is complete",
            How::Lost => "something that was made is lost from the data folder: it is made again",
            How::Waits => "it waits for you to look: `retake resume` goes on",
            How::Again => "the film is not where it was delivered: delivering it again",
        });
        go(desk, door, run, &interrupt)
    }
}

/// Whether somebody agrees to what it may cost: a person, or the budget they wrote down.
pub(super) fn agree(desk: &Desk, quote: &Quoted) -> Result<(), Trouble> {
    if !ui::out::is_terminal() {
        if quote.budget_is_explicit {
            return Ok(());
        }
        let what = format!("nobody has agreed to what this may cost\n{}", show::quote_text(desk, quote).trim_end());
        return Err(Trouble::refused(what).hint("agree with --yes, or write a `budget` into the plan"));
    }
    let asked = if quote.writes { "have its scenes written?" } else { "make it?" };
    let _ = ui::out::talk(&format!("{}{asked} [y/N] ", show::quote_text(desk, quote)));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    if read.is_ok() && ["y", "yes"].contains(&answer.trim().to_lowercase().as_str()) {
        return Ok(());
    }
    Err(Trouble::refused("not made: nothing was spent").hint("`retake plan` shows what it would make and cost"))
}
