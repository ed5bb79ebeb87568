//! Batches: which runs were begun together.

use retake_engine::id::{AccountId, Hash, RunId};
use retake_engine::moment::Moment;
use rusqlite::{OptionalExtension as _, Row, params};
use uuid::Uuid;

use super::{Registry, broken, ms};
use crate::app::Trouble;

/// A batch as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The hash of what was asked for.
    pub(crate) body: Hash,
    /// Its runs, in the order of its plans; nothing while they are still being begun.
    pub(crate) runs: Option<Vec<RunId>>,
}

impl Registry {
    /// Notes that a batch is begun; says what was noted before under this id.
    pub(crate) fn begin_batch(
        &self,
        id: Uuid,
        account: &AccountId,
        body: &Hash,
        at: Moment,
    ) -> Result<Option<Kept>, Trouble> {
        let sql = "INSERT INTO batches VALUES (?1, ?2, ?3, NULL, ?4) ON CONFLICT DO NOTHING";
        let values = params![id.to_string(), account.as_str(), body.to_string(), ms(at)];
        if self.connection().execute(sql, values).map_err(broken)? == 1 {
            return Ok(None);
        }
        self.batch(id, Some(account))
    }

    /// Notes the runs of a batch.
    pub(crate) fn end_batch(&self, id: Uuid, runs: &[RunId]) -> Result<(), Trouble> {
        let runs = runs.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let sql = "UPDATE batches SET runs = ?2 WHERE id = ?1";
        self.connection().execute(sql, params![id.to_string(), runs]).map(drop).map_err(broken)
    }

    /// A batch of this account; of any, where nobody is named.
    pub(crate) fn batch(&self, id: Uuid, account: Option<&AccountId>) -> Result<Option<Kept>, Trouble> {
        let sql = "SELECT body, runs FROM batches WHERE id = ?1 AND (?2 IS NULL OR account = ?2)";
        let row = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?));
        let values = params![id.to_string(), account.map(AccountId::as_str)];
        let found = self.connection().query_row(sql, values, row).optional().map_err(broken)?;
        let run = |text: &str| Uuid::try_parse(text).ok().map(RunId);
        Ok(found.and_then(|(body, runs)| {
            let runs = runs.map(|runs| runs.split(' ').filter_map(run).collect());
            Some(Kept { body: body.parse().ok()?, runs })
        }))
    }
}
