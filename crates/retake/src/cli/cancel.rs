//! `retake cancel`.

use clap::Args;

use super::desk::{Desk, Outcome};
use super::exit::Code;
use super::go::ask_and_go;
use crate::door::wire::Request;

/// Stop a run
///
/// Nothing new is begun, and what is paid for is waited for. What was made is kept.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake cancel\n  retake cancel 0198c2 --now")]
pub(crate) struct Cancel {
    /// The run, by its id or the beginning of it [default: the newest]
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// Cancel paid work at its providers as well
    #[arg(long)]
    now: bool,
}

impl Cancel {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let code = ask_and_go(desk, &Request::Cancel { run: self.run, now: self.now })?;
        // It is what was asked for.
        Ok(if code == Code::Cancelled { Code::Complete } else { code })
    }
}
