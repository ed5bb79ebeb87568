//! Runs that name somebody who is to be told of them.
//!
//! Owns who that is. What is told, and how, is a face's.

use retake_engine::id::{AccountId, RunId};
use retake_engine::journal::Record;
use retake_engine::store::Listed;

use super::run::NOTIFY;
use super::{App, Trouble};

/// Who is to be told of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Telling {
    /// Whose run it is.
    pub(crate) account: AccountId,
    /// Where it is told.
    pub(crate) address: String,
}

impl App {
    /// Every run that names somebody.
    pub(crate) fn telling(&self) -> Result<Vec<RunId>, Trouble> {
        let listed = self.host.list()?.into_iter();
        Ok(listed.filter(|listed| telling(listed).is_some()).map(|listed| listed.run).collect())
    }

    /// Whom a run names, if it names anybody.
    pub(crate) fn telling_of(&self, run: RunId) -> Result<Option<Telling>, Trouble> {
        Ok(self.host.find(run)?.as_ref().and_then(telling))
    }

    /// What was written down of a run after one of its records.
    pub(crate) fn records_after(&self, run: RunId, seq: u64) -> Result<Vec<Record>, Trouble> {
        Ok(self.host.journal_after(run, seq)?)
    }
}

fn telling(listed: &Listed) -> Option<Telling> {
    let address = listed.summary.as_ref()?.about.get(NOTIFY)?;
    Some(Telling { account: listed.account.clone(), address: address.to_string() })
}
