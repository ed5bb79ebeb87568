//! `retake completions`.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::desk::{Desk, Outcome};
use super::exit::Code;

/// Print what a shell needs to complete commands
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake completions bash > ~/.local/share/bash-completion/completions/retake")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut super::Cli::command(), "retake", &mut script);
        desk.data(&String::from_utf8_lossy(&script))?;
        Ok(Code::Complete)
    }
}
