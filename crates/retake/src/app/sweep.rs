//! Removes what no journal mentions.
//!
//! Knows where stored files lie and how they are called, not what they are.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use retake_engine::id::Hash;

use super::{App, Trouble};
use crate::door::wire::Reply;

/// Where stored files lie in a data directory.
const ARTIFACTS: &str = "artifacts";

impl App {
    /// Removes stored files that no journal mentions, while nothing is under way; or only counts them.
    pub(super) fn sweep(&self, dry: bool) -> Result<Reply, Trouble> {
        // Held until the end: a run that begins meanwhile may use what nothing mentions yet.
        let carried = self.carried();
        if !carried.runs.is_empty() {
            return Err(Trouble::usage("runs are under way").hint("try again when they are done"));
        }
        let mentioned = self.mentioned()?;
        let (mut files, mut bytes) = (0, 0);
        for (file, length) in stored(&self.data().join(ARTIFACTS))? {
            if name_of(&file).is_some_and(|hash| mentioned.contains(&hash)) {
                continue;
            }
            if !dry {
                std::fs::remove_file(&file).map_err(|error| Trouble::file("remove", &file, &error))?;
            }
            files += 1;
            bytes += length;
        }
        drop(carried);
        Ok(Reply::Swept { files, bytes })
    }

    /// Every hash that stands anywhere in a journal, whatever it stands for.
    fn mentioned(&self) -> Result<HashSet<Hash>, Trouble> {
        let mut found = HashSet::new();
        for listed in self.host.list()? {
            for record in self.host.journal(listed.run)? {
                let line = record.line();
                let words = line.split(|letter: char| !letter.is_ascii_alphanumeric());
                found.extend(words.filter_map(|word| word.parse::<Hash>().ok()));
            }
        }
        Ok(found)
    }
}

/// The hash that a file is named by. What has no such name is left over from something that was broken off.
fn name_of(file: &Path) -> Option<Hash> {
    file.file_stem()?.to_str()?.parse().ok()
}

/// Every file below a folder, with its length.
fn stored(folder: &Path) -> Result<Vec<(PathBuf, u64)>, Trouble> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        let failed = |error: std::io::Error| Trouble::file("look into", &folder, &error);
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(error)),
        };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let about = entry.metadata().map_err(failed)?;
            if about.is_dir() {
                folders.push(entry.path());
            } else if about.is_file() {
                found.push((entry.path(), about.len()));
            }
        }
    }
    Ok(found)
}
