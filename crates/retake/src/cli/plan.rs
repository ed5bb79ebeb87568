//! `retake plan`.

use std::path::PathBuf;

use clap::Args;

use super::desk::{Desk, Outcome};
use super::exit::Code;
use super::show;
use crate::app::{Depth, Lessons, draft_of, odd, quote_of};
use crate::door::Door;
use crate::door::wire::{Reply, Request};

/// See what a plan would reuse, make and cost; nothing is spent
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake plan film.yaml\n  retake plan film.yaml --json")]
pub(crate) struct Plan {
    /// The plan
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Let local makers stand in where a key is missing
    #[arg(long)]
    allow_fallback: bool,
}

impl Plan {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let ground = desk.ground_of(&self.file)?;
        let mut order = desk.order(&ground, &self.file)?;
        order.allow_fallback = self.allow_fallback;
        // A film of which nothing was made needs no data directory yet.
        let quote = if ground.project.exists() {
            let way = desk.way(ground, false);
            match Door::open(&way)?.ask(&way, &Request::Quote(order))? {
                Reply::Quoted(quote) => quote,
                _ => return Err(odd()),
            }
        } else {
            let (plan, draft) = draft_of(&ground, &order, Depth::Look)?;
            quote_of(&ground, &plan, &draft, retake_engine::money::Money::ZERO, &|_, _| None, &Lessons::default())
        };
        show::warnings(desk, &quote.warnings);
        show::quote(desk, &quote)?;
        if quote.writes {
            desk.say("its scenes are to be written first: what the film costs is known then\n  hint: `retake run` asks before it does either");
        }
        Ok(Code::Complete)
    }
}
