//! What the service keeps besides journals, in a database of its own: who may call, and what was uploaded.
//!
//! Owns that file. Nothing of a run is in it: a journal is written by the engine alone.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use retake_engine::id::{AccountId, Hash};
use retake_engine::moment::Moment;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::Trouble;

mod batches;
mod calls;
mod made;
mod notices;
mod tokens;

pub(crate) use notices::{Due, Notice};
pub(crate) use tokens::{Grant, Scope, Wanted};

/// What the file is called.
const FILE: &str = "service.db";
/// The form of the file.
const VERSION: u32 = 1;
/// How long another process may be writing.
const PATIENCE: Duration = Duration::from_secs(5);

const SCHEMA: &str = "
CREATE TABLE tenants (name TEXT PRIMARY KEY, total INTEGER) STRICT;
CREATE TABLE tokens (
    id TEXT PRIMARY KEY, secret BLOB NOT NULL, tenant TEXT NOT NULL REFERENCES tenants, scopes TEXT NOT NULL,
    created INTEGER NOT NULL, expires INTEGER, revoked INTEGER
) STRICT;
CREATE TABLE batches (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, body TEXT NOT NULL, runs TEXT, created INTEGER NOT NULL
) STRICT;
CREATE TABLE secrets (account TEXT PRIMARY KEY, secret BLOB NOT NULL) STRICT;
CREATE TABLE heard (run TEXT PRIMARY KEY, seq INTEGER NOT NULL, scenes TEXT NOT NULL) STRICT;
CREATE TABLE notices (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, run TEXT NOT NULL, kind TEXT NOT NULL, address TEXT NOT NULL,
    body TEXT NOT NULL, created INTEGER NOT NULL, tries INTEGER NOT NULL, next INTEGER, delivered INTEGER, said TEXT
) STRICT;
CREATE INDEX notices_due ON notices (next) WHERE next IS NOT NULL;
CREATE INDEX notices_of ON notices (run);
CREATE TABLE uploads (
    account TEXT NOT NULL, hash TEXT NOT NULL, bytes INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (account, hash)
) STRICT;
CREATE TABLE made (account TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (account, hash)) STRICT, WITHOUT ROWID;
CREATE TABLE calls (provider TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (provider, id)) STRICT;
CREATE TABLE perused (run TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
";

/// The database.
pub(crate) struct Registry {
    connection: Mutex<Connection>,
    /// For what every call asks first: nobody waits there behind whoever writes.
    door: Mutex<Connection>,
}

impl Registry {
    /// Opens it in a data directory, and makes it if it is not there.
    pub(crate) fn open(data: &Path) -> Result<Self, Trouble> {
        let path = data.join(FILE);
        let open = || {
            let connection = Connection::open(&path)?;
            connection.busy_timeout(PATIENCE)?;
            connection.pragma_update(None, "foreign_keys", true)?;
            connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
            connection.pragma_update(None, "synchronous", "full")?;
            let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
            if found == 0 {
                connection
                    .execute_batch(&format!("BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;"))?;
            }
            let door = Connection::open(&path)?;
            door.busy_timeout(PATIENCE)?;
            door.pragma_update(None, "query_only", true)?;
            Ok((connection, door, found))
        };
        let (connection, door, found) = open().map_err(broken)?;
        if found > VERSION {
            let what = format!("`{}` was written by a later version of retake", path.display());
            return Err(Trouble::internal(what).hint("use that version"));
        }
        Ok(Self { connection: Mutex::new(connection), door: Mutex::new(door) })
    }

    fn door(&self) -> MutexGuard<'_, Connection> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that something was uploaded.
    pub(crate) fn uploaded(&self, account: &AccountId, hash: &Hash, bytes: u64, at: Moment) -> Result<(), Trouble> {
        let sql = "INSERT INTO uploads VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET at = excluded.at";
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let values = params![account.as_str(), hash.to_string(), bytes, ms(at)];
        self.connection().execute(sql, values).map(drop).map_err(broken)
    }

    /// Whether somebody has uploaded this.
    pub(crate) fn has_upload(&self, account: &AccountId, hash: &Hash) -> Result<bool, Trouble> {
        let sql = "SELECT 1 FROM uploads WHERE hash = ?1 AND account = ?2";
        let values = params![hash.to_string(), account.as_str()];
        let found = self.connection().query_row(sql, values, |_| Ok(())).optional();
        found.map(|found| found.is_some()).map_err(broken)
    }

    /// Everything that was uploaded, with when each has sent it last.
    pub(crate) fn uploads_at(&self) -> Result<Vec<(Hash, Moment)>, Trouble> {
        let connection = self.connection();
        let mut statement = connection.prepare("SELECT hash, at FROM uploads").map_err(broken)?;
        let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
        let rows = statement.query_map([], row).map_err(broken)?;
        let found: Vec<(String, i64)> = rows.collect::<Result<_, _>>().map_err(broken)?;
        let moment = |ms: i64| Moment::from_ms(u64::try_from(ms).unwrap_or_default());
        Ok(found.into_iter().filter_map(|(hash, at)| Some((hash.parse().ok()?, moment(at)))).collect())
    }

    /// Forgets that these were uploaded.
    pub(crate) fn forget_uploads<'h>(&self, hashes: impl IntoIterator<Item = &'h Hash>) -> Result<(), Trouble> {
        let mut connection = self.connection();
        let transaction = connection.transaction().map_err(broken)?;
        for hash in hashes {
            transaction.execute("DELETE FROM uploads WHERE hash = ?1", [hash.to_string()]).map_err(broken)?;
        }
        transaction.commit().map_err(broken)
    }
}

fn ms(at: Moment) -> i64 {
    i64::try_from(at.ms()).unwrap_or(i64::MAX)
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands over what it has")]
fn broken(error: rusqlite::Error) -> Trouble {
    Trouble::internal(format!("the service's own database: {error}")).hint("look after the disk")
}
