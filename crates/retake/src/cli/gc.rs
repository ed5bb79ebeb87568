//! `retake gc`.

use clap::Args;

use super::desk::{Desk, Outcome};
use super::exit::Code;
use crate::app::odd;
use crate::door::wire::{Reply, Request};

/// Remove stored files that no run mentions
///
/// Nothing that a run has made is removed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake gc --dry-run\n  retake gc")]
pub(crate) struct Gc {
    /// Only say how much that would be
    #[arg(long)]
    dry_run: bool,
}

impl Gc {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let Reply::Swept { files, bytes } = desk.ask(&Request::Sweep { dry: self.dry_run })? else { return Err(odd()) };
        if desk.global.json {
            desk.document(&serde_json::json!({"files": files, "bytes": bytes, "removed": !self.dry_run}))?;
        } else {
            let verb = if self.dry_run { "would remove" } else { "removed" };
            let noun = if files == 1 { "file" } else { "files" };
            desk.data(&format!("{verb} {files} {noun}, {} MB\n", bytes / 1_000_000))?;
        }
        Ok(Code::Complete)
    }
}
