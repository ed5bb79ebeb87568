//! The tables, and how they came to be as they are: numbered steps, each taken once, a copy being made before.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, TransactionBehavior};

use super::seal::fault;
use super::{Error, LOG_PAGES};

/// The steps from nothing to the tables of today. A step that was released is never changed.
///
/// Nothing but the newest rows of a table is touched by a commit, for the sake of speed: a hundred runs that each keep
/// a batch fill two dozen pages so, and four hundred where the rows lie by run. Hence a journal is a list that is read
/// from its end: each batch names the one before it. Keys and tickets are found through a map in memory.
pub(super) const STEPS: [&str; 1] = ["
    CREATE TABLE runs (
        no INTEGER PRIMARY KEY,
        id BLOB NOT NULL UNIQUE,
        account TEXT NOT NULL,
        created INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        last INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        chain BLOB NOT NULL,
        summary TEXT NOT NULL,
        seal INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE batches (
        at INTEGER PRIMARY KEY,
        run INTEGER NOT NULL,
        before INTEGER NOT NULL,
        first INTEGER NOT NULL,
        keys INTEGER NOT NULL,
        tickets INTEGER NOT NULL,
        receipts INTEGER NOT NULL,
        lines TEXT NOT NULL,
        chain BLOB NOT NULL
    ) STRICT;
    CREATE TABLE keys (
        at INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        key BLOB NOT NULL,
        memory TEXT NOT NULL,
        seal INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE tickets (
        at INTEGER PRIMARY KEY,
        provider TEXT NOT NULL,
        ticket TEXT NOT NULL,
        seal INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE once (
        account TEXT NOT NULL,
        key TEXT NOT NULL,
        body BLOB NOT NULL,
        run BLOB NOT NULL,
        seal INTEGER NOT NULL,
        PRIMARY KEY (account, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE receipts (
        at INTEGER PRIMARY KEY,
        take TEXT NOT NULL,
        delivery TEXT NOT NULL,
        seal INTEGER NOT NULL
    ) STRICT;
    CREATE TRIGGER batches_stay BEFORE UPDATE ON batches BEGIN SELECT RAISE(ABORT, 'a journal only grows'); END;
    CREATE TRIGGER batches_remain BEFORE DELETE ON batches BEGIN SELECT RAISE(ABORT, 'a journal only grows'); END;
    CREATE TRIGGER keys_stay BEFORE UPDATE ON keys BEGIN SELECT RAISE(ABORT, 'what is known stays'); END;
    CREATE TRIGGER keys_remain BEFORE DELETE ON keys BEGIN SELECT RAISE(ABORT, 'what is known stays'); END;
    CREATE TRIGGER tickets_stay BEFORE UPDATE ON tickets BEGIN SELECT RAISE(ABORT, 'what is known stays'); END;
    CREATE TRIGGER tickets_remain BEFORE DELETE ON tickets BEGIN SELECT RAISE(ABORT, 'what is known stays'); END;
    CREATE TRIGGER receipts_stay BEFORE UPDATE ON receipts BEGIN SELECT RAISE(ABORT, 'what is known stays'); END;
    CREATE TRIGGER receipts_remain BEFORE DELETE ON receipts BEGIN SELECT RAISE(ABORT, 'what is known stays'); END;
"];

/// How long to wait for others who have the database in hand, for a moment.
const BUSY: Duration = Duration::from_secs(60);

/// How the database is treated from now on. Gives the mode of its journal, for not every file system allows ours.
pub(super) fn set_up(connection: &Connection, synced: bool) -> rusqlite::Result<String> {
    let mode = connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    connection.pragma_update(None, "synchronous", if synced { "full" } else { "off" })?;
    // Where the system tells a sync that reaches the disk from one that reaches its cache: the former.
    connection.pragma_update(None, "fullfsync", synced)?;
    connection.pragma_update(None, "checkpoint_fullfsync", synced)?;
    // Somebody may look into the database with tools of their own; that is no reason to end.
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(mode)
}

/// Leaves a database alone that a later version has written.
pub(super) fn refuse_newer(connection: &Connection, folder: &Path) -> Result<(), Error> {
    let known = u32::try_from(STEPS.len()).unwrap_or(u32::MAX);
    let found = version(connection, folder)?;
    if found > known { Err(Error::Newer { found, known }) } else { Ok(()) }
}

fn version(connection: &Connection, folder: &Path) -> Result<u32, Error> {
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|error| fault("reading the store's version", folder, &error))
}

/// Takes the steps that were not taken yet. What there was before is copied first, and stays as it was if a step fails.
pub(super) fn migrate(connection: &mut Connection, folder: &Path, steps: &[&str]) -> Result<(), Error> {
    let from = version(connection, folder)?;
    let taken = usize::try_from(from).unwrap_or(usize::MAX);
    let Some(left) = steps.get(taken..).filter(|left| !left.is_empty()) else { return Ok(()) };
    if from > 0 {
        back_up(connection, folder, from)?;
    }
    let doing = format!("bringing the store from version {from} to {}", steps.len());
    let to = u32::try_from(steps.len()).unwrap_or(u32::MAX);
    let mut stepped = || -> rusqlite::Result<()> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        left.iter().try_for_each(|step| transaction.execute_batch(step))?;
        transaction.pragma_update(None, "user_version", to)?;
        transaction.commit()
    };
    stepped().map_err(|error| fault(&doing, folder, &error))
}

/// Copies the database as it is. A copy that was made before under this name is left alone: it is older.
fn back_up(connection: &Connection, folder: &Path, version: u32) -> Result<(), Error> {
    let copies = folder.join("backups");
    let doing = || format!("copying the store to `{}`", copies.display());
    super::owner::make_folder(&copies)?;
    let name = |n: u32| {
        copies.join(if n == 0 { format!("retake.v{version}.db") } else { format!("retake.v{version}.{n}.db") })
    };
    let path = (0..1_000).map(name).find(|path| !path.exists());
    let path = path.ok_or_else(|| Error::failed(doing(), "there are a thousand copies already"))?;
    let unfinished = copies.join("unfinished.db");
    let again = |error: std::io::Error| Error::failed(doing(), error);
    if unfinished.exists() {
        std::fs::remove_file(&unfinished).map_err(again)?;
    }
    // The bytes as they are: a folder may have a name that is no text.
    let name = ToSqlOutput::Borrowed(ValueRef::Text(unfinished.as_os_str().as_bytes()));
    connection.execute("VACUUM INTO ?1", [name]).map_err(|error| {
        // What there is of it would fill a disk that may be full.
        let _ = std::fs::remove_file(&unfinished);
        fault(&doing(), folder, &error)
    })?;
    std::fs::File::open(&unfinished).and_then(|file| file.sync_all()).map_err(again)?;
    std::fs::rename(&unfinished, &path).map_err(again)?;
    super::owner::sync_folder(&copies)
}
