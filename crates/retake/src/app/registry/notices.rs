//! Notices: what somebody is to be told by an address on the web, and what became of it.

use std::collections::BTreeMap;

use retake_engine::id::{AccountId, RunId};
use retake_engine::moment::Moment;
use rusqlite::{OptionalExtension as _, Row, params};
use serde::Serialize;

use super::tokens::random;
use super::{Registry, broken, ms};
use crate::app::Trouble;

/// How long a secret is.
const SECRET_BYTES: usize = 32;

/// A notice as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = NoticeSent)]
pub(crate) struct Notice {
    /// Its id, the same however often it is sent.
    pub(crate) id: String,
    /// The run it is about.
    pub(crate) run: String,
    /// What it says, such as `run.completed`.
    pub(crate) kind: String,
    /// Where it goes.
    pub(crate) address: String,
    /// When it was written, in milliseconds since 1970.
    pub(crate) created: i64,
    /// How often it was sent.
    pub(crate) tries: u32,
    /// When it is sent next; nothing where that is over.
    pub(crate) next: Option<i64>,
    /// When it was received.
    pub(crate) delivered: Option<i64>,
    /// What came back last.
    pub(crate) said: Option<String>,
}

/// A notice that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Due {
    /// Its id.
    pub(crate) id: String,
    /// Whose it is.
    pub(crate) account: AccountId,
    /// Where it goes.
    pub(crate) address: String,
    /// What it says, as it is sent.
    pub(crate) body: String,
    /// When it was written.
    pub(crate) created: Moment,
    /// How often it was sent before.
    pub(crate) tries: u32,
}

/// How far a run was listened to: the last event, and how each scene stood.
pub(crate) type Heard = (u64, BTreeMap<String, String>);

impl Registry {
    /// How far a run was listened to.
    pub(crate) fn heard(&self, run: RunId) -> Result<Heard, Trouble> {
        let row = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
        let sql = "SELECT seq, scenes FROM heard WHERE run = ?1";
        let found = self.connection().query_row(sql, [run.to_string()], row).optional().map_err(broken)?;
        let (seq, scenes) = found.unwrap_or_default();
        Ok((u64::try_from(seq).unwrap_or_default(), serde_json::from_str(&scenes).unwrap_or_default()))
    }

    /// Keeps what is to be told of a run, and how far it was listened to, in one piece.
    pub(crate) fn hear(&self, run: RunId, heard: &Heard, kind_of: &[(String, Due)]) -> Result<(), Trouble> {
        let scenes = serde_json::to_string(&heard.1).map_err(|error| Trouble::internal(error.to_string()))?;
        let mut connection = self.connection();
        let transaction = connection.transaction().map_err(broken)?;
        let sql = "INSERT INTO heard VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET seq = excluded.seq, scenes = excluded.scenes";
        let seq = i64::try_from(heard.0).unwrap_or(i64::MAX);
        transaction.execute(sql, params![run.to_string(), seq, scenes]).map_err(broken)?;
        for (kind, due) in kind_of {
            let sql =
                "INSERT INTO notices VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?7, NULL, NULL) ON CONFLICT DO NOTHING";
            let Due { id, account, address, body, created, tries: _ } = due;
            let values = params![id, account.as_str(), run.to_string(), kind, address, body, ms(*created)];
            transaction.execute(sql, values).map_err(broken)?;
        }
        transaction.commit().map_err(broken)
    }

    /// Notices whose time has come, the longest due first.
    pub(crate) fn due(&self, now: Moment, most: u32) -> Result<Vec<Due>, Trouble> {
        let connection = self.connection();
        let sql =
            "SELECT id, account, address, body, created, tries FROM notices WHERE next <= ?1 ORDER BY next LIMIT ?2";
        let mut statement = connection.prepare(sql).map_err(broken)?;
        let row = |row: &Row<'_>| {
            let created = Moment::from_ms(u64::try_from(row.get::<_, i64>(4)?).unwrap_or_default());
            let account = row.get::<_, String>(1)?.as_str().into();
            Ok(Due { id: row.get(0)?, account, address: row.get(2)?, body: row.get(3)?, created, tries: row.get(5)? })
        };
        let rows = statement.query_map(params![ms(now), most], row).map_err(broken)?;
        rows.collect::<Result<_, _>>().map_err(broken)
    }

    /// Notes how it went: received now, to be sent again then, or given up. Where somebody has had it sent again
    /// meanwhile, it still is.
    pub(crate) fn told(
        &self,
        due: &Due,
        delivered: Option<Moment>,
        next: Option<Moment>,
        said: &str,
    ) -> Result<(), Trouble> {
        let sql = "UPDATE notices SET delivered = coalesce(?2, delivered), said = ?4, tries = tries + (created = ?5),
                   next = CASE WHEN created = ?5 THEN ?3 ELSE next END WHERE id = ?1";
        let values = params![due.id, delivered.map(ms), next.map(ms), said, ms(due.created)];
        self.connection().execute(sql, values).map(drop).map_err(broken)
    }

    /// Has a notice sent again; says whether there is one.
    pub(crate) fn tell_again(&self, account: Option<&AccountId>, id: &str, now: Moment) -> Result<bool, Trouble> {
        let sql =
            "UPDATE notices SET next = ?3, created = ?3, tries = 0 WHERE id = ?1 AND (?2 IS NULL OR account = ?2)";
        let values = params![id, account.map(AccountId::as_str), ms(now)];
        self.connection().execute(sql, values).map(|changed| changed > 0).map_err(broken)
    }

    /// The notices about a run, or about all, the newest first.
    pub(crate) fn notices(
        &self,
        account: Option<&AccountId>,
        run: Option<RunId>,
        most: u32,
    ) -> Result<Vec<Notice>, Trouble> {
        let connection = self.connection();
        let sql = "SELECT id, run, kind, address, created, tries, next, delivered, said FROM notices
                   WHERE (?1 IS NULL OR account = ?1) AND (?2 IS NULL OR run = ?2) ORDER BY created DESC, id LIMIT ?3";
        let mut statement = connection.prepare(sql).map_err(broken)?;
        let row = |row: &Row<'_>| {
            Ok(Notice {
                id: row.get(0)?,
                run: row.get(1)?,
                kind: row.get(2)?,
                address: row.get(3)?,
                created: row.get(4)?,
                tries: row.get(5)?,
                next: row.get(6)?,
                delivered: row.get(7)?,
                said: row.get(8)?,
            })
        };
        let values = params![account.map(AccountId::as_str), run.map(|run| run.to_string()), most];
        let rows = statement.query_map(values, row).map_err(broken)?;
        rows.collect::<Result<_, _>>().map_err(broken)
    }

    /// Forgets notices that were written before this and are not sent any more.
    pub(crate) fn forget_told(&self, before: Moment) -> Result<usize, Trouble> {
        let sql = "DELETE FROM notices WHERE next IS NULL AND created < ?1";
        self.connection().execute(sql, [ms(before)]).map_err(broken)
    }

    /// The secret that an account's notices are signed with; made when it is first asked for.
    pub(crate) fn secret(&self, account: &AccountId) -> Result<Vec<u8>, Trouble> {
        let fresh = random::<SECRET_BYTES>()?;
        let connection = self.connection();
        let sql = "INSERT INTO secrets VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        connection.execute(sql, params![account.as_str(), fresh.as_slice()]).map_err(broken)?;
        let sql = "SELECT secret FROM secrets WHERE account = ?1";
        connection.query_row(sql, [account.as_str()], |row| row.get(0)).map_err(broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::new_run;

    #[test]
    fn old_notices_are_forgotten_once_they_are_sent_or_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::open(folder.path()).unwrap();
        let (run, at) = (new_run(), Moment::from_ms);
        let due = |id: &str, created| Due {
            id: id.into(),
            account: "ann".into(),
            address: "https://example.com".into(),
            body: "{}".into(),
            created: at(created),
            tries: 0,
        };
        let all = [("sent", 1), ("given up", 1), ("waits", 1), ("young", 9), ("again", 1)];
        let all = all.map(|(id, created)| ("run.completed".to_owned(), due(id, created)));
        registry.hear(run, &(1, BTreeMap::new()), &all).unwrap();
        let told = [("sent", 1, Some(at(2))), ("given up", 1, None), ("young", 9, Some(at(9))), ("again", 1, None)];
        for (id, created, delivered) in told {
            registry.told(&due(id, created), delivered, None, "").unwrap();
        }
        assert!(registry.tell_again(None, "again", at(3)).unwrap());
        assert_eq!(registry.forget_told(at(5)).unwrap(), 2);
        let mut left: Vec<String> = registry.notices(None, None, 9).unwrap().into_iter().map(|one| one.id).collect();
        left.sort();
        assert_eq!(left, ["again", "waits", "young"]);
    }

    #[test]
    fn what_is_to_be_sent_again_is_sent_again_however_late_the_first_answer_is_noted() {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::open(folder.path()).unwrap();
        let at = Moment::from_ms;
        let due = Due {
            id: "one".into(),
            account: "ann".into(),
            address: "https://example.com".into(),
            body: "{}".into(),
            created: at(1),
            tries: 0,
        };
        let kinds = [("run.completed".to_owned(), due.clone())];
        registry.hear(new_run(), &(1, BTreeMap::new()), &kinds).unwrap();
        assert_eq!(registry.due(at(2), 9).unwrap(), std::slice::from_ref(&due));
        assert!(registry.tell_again(None, "one", at(3)).unwrap());
        registry.told(&due, Some(at(2)), None, "it answered 200").unwrap();
        let again = Due { created: at(3), ..due };
        assert_eq!(registry.due(at(3), 9).unwrap(), std::slice::from_ref(&again));
        registry.told(&again, Some(at(4)), None, "it answered 200").unwrap();
        assert_eq!(registry.due(at(9), 9).unwrap(), []);
    }
}
