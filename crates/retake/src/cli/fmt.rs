//! `retake fmt`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use retake_film::plan;

use super::desk::{Desk, Outcome};
use super::exit::Code;
use crate::app::Trouble;

/// Write an id into every scene that has none, and change nothing else
///
/// A scene with an id keeps what was made for it when its words change.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake fmt film.yaml\n  retake fmt film.yaml --check")]
pub(crate) struct Fmt {
    /// The plan
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only say whether something would change, by exit code 2
    #[arg(long)]
    check: bool,
}

impl Fmt {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let named = desk.around.folder.join(&self.file);
        let failed = |error: std::io::Error| Trouble::file("read the plan", &named, &error);
        // A link goes on being one.
        let file = named.canonicalize().map_err(failed)?;
        let bytes = std::fs::read(&file).map_err(failed)?;
        let name = self.file.display().to_string();
        let wrong = |mistakes: plan::Mistakes| Trouble::usage(mistakes.render(&name).trim_end());
        let text = String::from_utf8(bytes).or_else(|error| match plan::read_bytes(error.as_bytes()) {
            Ok(_) => Ok(String::from_utf8_lossy(error.as_bytes()).into_owned()),
            Err(mistakes) => Err(wrong(mistakes)),
        })?;
        let new = plan::with_ids(&text).map_err(wrong)?;
        let changes = new != text;
        if changes && self.check {
            return Err(Trouble::usage(format!("`{name}` has scenes without ids")).hint(format!("retake fmt {name}")));
        }
        if changes {
            replace(&file, &new).map_err(|error| Trouble::file("write the plan", &file, &error))?;
        }
        if desk.global.json {
            desk.document(&serde_json::json!({"plan": name, "changed": changes}))?;
        } else {
            desk.say(if changes { "every scene has an id now" } else { "every scene has an id" });
        }
        Ok(Code::Complete)
    }
}

/// The new text under the old name, all of it or nothing.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let write = || {
        let mut out = std::fs::File::create(&part)?;
        out.set_permissions(std::fs::metadata(file)?.permissions())?;
        out.write_all(text.as_bytes())?;
        out.sync_all()?;
        std::fs::rename(&part, file)
    };
    write().inspect_err(|_| drop(std::fs::remove_file(&part)))
}
