//! Removes what no journal mentions.
//!
//! Knows where stored files lie, not what they are.

use std::collections::HashSet;

use retake_engine::id::Hash;
use retake_film::artifacts::{self, Artifacts};
use retake_film::film::ARTIFACTS;

use super::registry::Registry;
use super::{App, Trouble};
use crate::door::wire::Reply;

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
        let folder = self.data().join(ARTIFACTS);
        if folder.is_dir() {
            let artifacts = Artifacts::open(&folder).map_err(unkept)?;
            for stored in artifacts.list().map_err(unkept)? {
                if mentioned.contains(&stored.hash) {
                    continue;
                }
                if !dry {
                    artifacts.remove(&stored.hash).map_err(unkept)?;
                }
                files += 1;
                bytes += stored.bytes;
            }
        }
        drop(carried);
        Ok(Reply::Swept { files, bytes })
    }

    /// Every hash that stands anywhere in a journal, whatever it stands for.
    fn mentioned(&self) -> Result<HashSet<Hash>, Trouble> {
        let mut found: HashSet<Hash> = Registry::open(self.data())?.uploads()?.into_iter().collect();
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

/// That the store of outputs did not do it.
#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands over what it has")]
pub(super) fn unkept(error: artifacts::Error) -> Trouble {
    let trouble = Trouble::internal(error.to_string());
    Trouble { hint: error.hint(), ..trouble }
}
