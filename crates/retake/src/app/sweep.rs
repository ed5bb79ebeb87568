//! What journals mention of what is stored.
//!
//! Knows hashes, not what they stand for; what is removed is [`retention`](super::retention)'s to say.

use std::collections::HashSet;

use retake_engine::id::Hash;
use retake_film::artifacts;

use super::registry::Registry;
use super::{App, Trouble};

impl App {
    /// Every hash that stands anywhere in a journal, whatever it stands for.
    pub(super) fn mentioned(&self) -> Result<HashSet<Hash>, Trouble> {
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
