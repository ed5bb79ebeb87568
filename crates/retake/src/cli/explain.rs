//! `retake explain`.

use clap::Args;

use super::desk::{Desk, Outcome};
use super::exit::Code;
use super::show;

/// Say what a class of faults means, and what becomes of it
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake explain\n  retake explain throttled")]
pub(crate) struct Explain {
    /// The class [default: list them]
    #[arg(value_name = "FAULT")]
    fault: Option<String>,
}

impl Explain {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        show::explain(desk, self.fault.as_deref())?;
        Ok(Code::Complete)
    }
}
