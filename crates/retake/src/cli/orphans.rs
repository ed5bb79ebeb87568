//! `retake orphans`.

use clap::Args;

use super::books::Books;
use super::desk::{Desk, Outcome};
use super::exit::Code;
use crate::app::{keeps, now};
use crate::ui::orphans::{self as pages, Orphan};
use crate::ui::out;

/// List paid work whose result has not come in
///
/// Each with where it is, until when it can be had, and what to type for it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake orphans\n  retake orphans 0198c2 --json")]
pub(crate) struct Orphans {
    /// Of one run, by its id or the beginning of it [default: of all]
    #[arg(value_name = "RUN")]
    run: Option<String>,
}

impl Orphans {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let books = Books::open(desk, self.run.as_deref())?;
        let keeps = |provider: &str| keeps(&books.config, provider);
        let now = now();
        let found: Vec<Orphan> = books.stories.iter().flat_map(|story| pages::of(story, &keeps, now)).collect();
        if desk.global.json {
            desk.document(&found)?;
        } else {
            let look = out::data_look(desk.around.no_colour());
            // Commands are never cut, so that they can be copied.
            desk.data(&pages::page(&found, &look).render(&crate::ui::paint::Look { columns: usize::MAX, ..look }))?;
        }
        Ok(Code::Complete)
    }
}
