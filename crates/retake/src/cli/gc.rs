//! `retake gc`.

use clap::Args;
use serde_json::json;

use super::desk::{Desk, Outcome};
use super::exit::Code;
use crate::app::{Amount, Cleared, odd};
use crate::door::wire::{Reply, Request};
use crate::ui::words::short;

/// Remove stored files that are kept no longer
///
/// `[retention]` says how long: what no run names, and, where that is set, what finished runs have made. What an
/// unfinished run may need is kept, and so is paid work whose film was not delivered. Journals stay.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake gc --dry-run\n  retake gc")]
pub(crate) struct Gc {
    /// Only say what and how much that would be
    #[arg(long)]
    dry_run: bool,
}

impl Gc {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let Reply::Swept(cleared) = desk.ask(&Request::Sweep { dry: self.dry_run })? else { return Err(odd()) };
        if desk.global.json {
            let Amount { files, bytes } = cleared.all();
            desk.document(&json!({"files": files, "bytes": bytes, "removed": !self.dry_run, "of": cleared}))?;
        } else {
            desk.data(&told(&cleared, self.dry_run))?;
        }
        Ok(Code::Complete)
    }
}

fn told(cleared: &Cleared, dry: bool) -> String {
    let amount = |Amount { files, bytes }: &Amount| {
        let noun = if *files == 1 { "file" } else { "files" };
        format!("{files} {noun}, {} MB", bytes / 1_000_000)
    };
    let mut text = format!("{} {}\n", if dry { "would remove" } else { "removed" }, amount(&cleared.all()));
    let runs = cleared.runs.iter().map(|(run, part)| (format!("made by run {}", short(*run)), part));
    let others = [("named by no run".to_owned(), &cleared.nobodys), ("uploaded".to_owned(), &cleared.uploads)];
    for (what, part) in others.into_iter().chain(runs).filter(|(_, part)| part.files > 0) {
        text += &format!("  {what}: {}\n", amount(part));
    }
    text
}
