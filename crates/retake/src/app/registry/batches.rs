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

    /// Forgets batches that were begun before this, but those of which a run is still wanted. A key that is used again
    /// comes to the same runs all the same: each of them knows it.
    pub(crate) fn forget_batches(&self, before: Moment, is_wanted: &dyn Fn(&RunId) -> bool) -> Result<(), Trouble> {
        let mut connection = self.connection();
        let transaction = connection.transaction().map_err(broken)?;
        let old: Vec<(String, Option<String>)> = {
            let mut statement =
                transaction.prepare("SELECT id, runs FROM batches WHERE created < ?1").map_err(broken)?;
            let rows = statement.query_map([ms(before)], |row| Ok((row.get(0)?, row.get(1)?))).map_err(broken)?;
            rows.collect::<Result<_, _>>().map_err(broken)?
        };
        for (id, runs) in old {
            if !runs.is_some_and(|runs| runs_of(&runs).any(|run| is_wanted(&run))) {
                transaction.execute("DELETE FROM batches WHERE id = ?1", [id]).map_err(broken)?;
            }
        }
        transaction.commit().map_err(broken)
    }

    /// A batch of this account; of any, where nobody is named.
    pub(crate) fn batch(&self, id: Uuid, account: Option<&AccountId>) -> Result<Option<Kept>, Trouble> {
        let sql = "SELECT body, runs FROM batches WHERE id = ?1 AND (?2 IS NULL OR account = ?2)";
        let row = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?));
        let values = params![id.to_string(), account.map(AccountId::as_str)];
        let found = self.connection().query_row(sql, values, row).optional().map_err(broken)?;
        Ok(found.and_then(|(body, runs)| {
            let runs = runs.map(|runs| runs_of(&runs).collect());
            Some(Kept { body: body.parse().ok()?, runs })
        }))
    }
}

fn runs_of(text: &str) -> impl Iterator<Item = RunId> {
    text.split(' ').filter_map(|run| Uuid::try_parse(run).ok().map(RunId))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::new_run;

    #[test]
    fn old_batches_are_forgotten_once_no_run_of_theirs_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::open(folder.path()).unwrap();
        let (ann, body) = (AccountId::from("ann"), Hash::of([b"x".as_slice()]));
        let (old, wanted, young, unfinished) = (new_run(), new_run(), new_run(), new_run());
        let at = Moment::from_ms;
        for (batch, created) in [(old, 1), (wanted, 1), (young, 9), (unfinished, 1)] {
            registry.begin_batch(batch.0, &ann, &body, at(created)).unwrap();
        }
        for batch in [old, wanted, young] {
            registry.end_batch(batch.0, &[batch, old]).unwrap();
        }
        registry.forget_batches(at(5), &|run| *run == wanted).unwrap();
        let is_there = |batch: RunId| registry.batch(batch.0, None).unwrap().is_some();
        assert_eq!([old, wanted, young, unfinished].map(is_there), [false, true, true, false]);
    }
}
