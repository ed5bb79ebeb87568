//! `retake history`.

use clap::Args;

use super::desk::{Desk, Outcome};
use super::exit::Code;
use super::show;
use crate::app::{Trouble, odd};

/// Read the journal of a run: everything that happened, in order
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  retake history 0198c2\n  retake history 0198c2 --at 120\n  retake history 0198c2 --json | head"
)]
pub(crate) struct History {
    /// The run, by its id or the beginning of it [default: the newest]
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// Where the run stood after this record
    #[arg(long, value_name = "N")]
    at: Option<u64>,
}

impl History {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let mut records = desk.journal(self.run)?;
        if let Some(at) = self.at {
            let last = records.last().map_or(0, |record| record.seq);
            if at == 0 || at > last {
                let what = format!("there is no record {at} in this run");
                return Err(Trouble::usage(what).hint(format!("name one from 1 to {last}")));
            }
            records.retain(|record| record.seq <= at);
            show::end(desk, &show::story_of(&records)?)?;
            return Ok(Code::Complete);
        }
        let run = show::story_of(&records)?.state().spec().id;
        for record in &records {
            let line = if desk.global.json { show::event(run, record) } else { show::line(record) };
            desk.data(&format!("{line}\n"))?;
        }
        records.is_empty().then(odd).map_or(Ok(Code::Complete), Err)
    }
}
