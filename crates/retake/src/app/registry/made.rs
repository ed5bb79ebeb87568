//! What the runs of an account have made: read off journals once, so that a look at a picture need not read them all.

use retake_engine::id::{AccountId, Hash, RunId};
use rusqlite::{OptionalExtension as _, params};

use super::{Registry, broken};
use crate::app::Trouble;

impl Registry {
    /// Whether a run of theirs is known to have made this.
    pub(crate) fn has_made(&self, account: &AccountId, hash: &Hash) -> Result<bool, Trouble> {
        let sql = "SELECT 1 FROM made WHERE hash = ?1 AND account = ?2";
        let values = params![hash.to_string(), account.as_str()];
        let found = self.connection().query_row(sql, values, |_| Ok(())).optional();
        found.map(|found| found.is_some()).map_err(broken)
    }

    /// How far a run was read for what it has made.
    pub(crate) fn perused(&self, run: RunId) -> Result<u64, Trouble> {
        let sql = "SELECT seq FROM perused WHERE run = ?1";
        let found = self.connection().query_row(sql, [run.to_string()], |row| row.get::<_, i64>(0)).optional();
        Ok(u64::try_from(found.map_err(broken)?.unwrap_or_default()).unwrap_or_default())
    }

    /// Keeps what a run has made, and how far it was read.
    pub(crate) fn peruse(&self, account: &AccountId, run: RunId, seq: u64, made: &[Hash]) -> Result<(), Trouble> {
        let mut connection = self.connection();
        let transaction = connection.transaction().map_err(broken)?;
        for hash in made {
            let values = params![account.as_str(), hash.to_string()];
            transaction.execute("INSERT INTO made VALUES (?1, ?2) ON CONFLICT DO NOTHING", values).map_err(broken)?;
        }
        // Two may read at once: the one who has read less does not count.
        let sql = "INSERT INTO perused VALUES (?1, ?2) ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)";
        let seq = i64::try_from(seq).unwrap_or(i64::MAX);
        transaction.execute(sql, params![run.to_string(), seq]).map_err(broken)?;
        transaction.commit().map_err(broken)
    }
}
