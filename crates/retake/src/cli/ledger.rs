//! `retake ledger`.

use clap::Args;

use super::books::Books;
use super::desk::{Desk, Outcome};
use super::exit::Code;
use crate::app::now;
use crate::ui::ledger::{Caps, Ledger as Page, page};
use crate::ui::out;

/// See what every take of every run has cost
///
/// Those that came to nothing too; then what each model came to, and what the account has spent of what it may. It says what the journals say, to the
/// micro-dollar.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  retake ledger\n  retake ledger 0198c2\n  retake ledger --all\n  retake ledger --json"
)]
pub(crate) struct Ledger {
    /// One run, by its id or the beginning of it [default: all]
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// Takes that cost nothing too
    #[arg(long)]
    all: bool,
}

impl Ledger {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let books = Books::open(desk, self.run.as_deref())?;
        let (account, day) = (books.config.account_cap(), books.config.day_cap());
        let caps = self.run.is_none().then(|| Caps { account, day, now: now() });
        let ledger = Page::of(&books.stories, caps);
        if desk.global.json {
            desk.document(&ledger)?;
        } else {
            let look = out::data_look(desk.around.no_colour());
            desk.data(&page(&ledger, self.all, &look).render(&look))?;
        }
        Ok(Code::Complete)
    }
}
