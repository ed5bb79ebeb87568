//! What is committed, as any thread may read it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::de::DeserializeOwned;

use super::known::{Known, Last, key_of, ticket_of};
use super::seal::{NO_CHAIN, chain, fault, seal};
use super::write::Head;
use super::{Error, Listed, reading};
use crate::decide::Memory;
use crate::id::{AccountId, Hash, Key, ProviderId, RunId, TakeId, Ticket};
use crate::journal::Record;
use crate::moment::Moment;
use crate::performer::Delivery;

/// A pair of eyes on the store. What it reads is committed, or it says that it cannot read it.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    folder: PathBuf,
    known: Arc<Known>,
}

/// One batch, as it lies there.
struct Found {
    before: i64,
    first: i64,
    known: Last,
    lines: String,
    chain: Hash,
}

impl Reader {
    pub(super) fn open(path: &Path, folder: &Path, known: Arc<Known>) -> Result<Self, Error> {
        let doing = format!("opening `{}`", path.display());
        let connection = Connection::open_with_flags(path, reading()).map_err(|error| fault(&doing, folder, &error))?;
        connection.set_prepared_statement_cache_capacity(16);
        Ok(Self { connection, folder: folder.to_owned(), known })
    }

    fn fault(&self, error: &rusqlite::Error) -> Error {
        fault("reading the store", &self.folder, error)
    }

    /// The journal of a run, after a record.
    ///
    /// # Errors
    /// Says so where there is no such run, and where it is not as it was written.
    pub fn load_after(&self, run: RunId, seq: u64) -> Result<Vec<Record>, Error> {
        let head = Head::find(&self.connection, &self.folder, run)?.ok_or(Error::NoSuchRun(run))?;
        if seq >= head.seq {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        let mut at = head.last;
        while at > 0 {
            let batch = self.batch(run, head.no, at)?;
            at = if u64::try_from(batch.first).is_ok_and(|first| first <= seq + 1) { 0 } else { batch.before };
            found.push(batch);
        }
        let start = found.last().map_or(0, |batch| batch.before);
        let mut link = if start > 0 { self.batch(run, head.no, start)?.chain } else { NO_CHAIN };
        let mut records = Vec::new();
        for batch in found.iter().rev() {
            let expected = chain(&link, head.no, batch.first, batch.known, &batch.lines);
            if expected != batch.chain {
                return Err(journal_damaged(
                    run,
                    format!("the records from {} on are not as they were written", batch.first),
                ));
            }
            link = batch.chain;
            for line in batch.lines.lines() {
                records.push(Record::read(line).map_err(|why| journal_damaged(run, why))?);
            }
        }
        if link != head.chain {
            return Err(journal_damaged(run, "its end is not where its run says"));
        }
        let skip = records.iter().take_while(|record| record.seq <= seq).count();
        records.drain(..skip);
        super::super::follows(run, seq, &records).map_err(|why| journal_damaged(run, why))?;
        Ok(records)
    }

    fn batch(&self, run: RunId, no: i64, at: i64) -> Result<Found, Error> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT run, before, first, keys, tickets, receipts, lines, chain FROM batches WHERE at = ?1",
            )
            .map_err(|error| self.fault(&error))?;
        let read = |row: &Row<'_>| -> rusqlite::Result<(i64, Found)> {
            let (before, first) = (row.get(1)?, row.get(2)?);
            let known = Last { key: row.get(3)?, ticket: row.get(4)?, receipt: row.get(5)? };
            Ok((row.get(0)?, Found { before, first, known, lines: row.get(6)?, chain: Hash::from_bytes(row.get(7)?) }))
        };
        let found = statement.query_row([at], read).optional().map_err(|error| self.fault(&error))?;
        match found {
            Some((of, batch)) if of == no && batch.before < at => Ok(batch),
            Some(_) | None => Err(journal_damaged(run, format!("batch {at} is missing"))),
        }
    }

    /// All runs, the first one created first.
    ///
    /// # Errors
    /// Says what is not as it was written.
    pub fn list(&self) -> Result<Vec<Listed>, Error> {
        Head::all(&self.connection, &self.folder)?.into_iter().map(|(run, head)| listed(run, head)).collect()
    }

    /// Runs, the last one created first, for as long as somebody wants more of them: of one account, or of all; from the
    /// last, or only what was created before some run.
    ///
    /// # Errors
    /// Says what is not as it was written.
    pub fn newest(
        &self,
        account: Option<&AccountId>,
        before: Option<RunId>,
        see: &mut dyn FnMut(Listed) -> bool,
    ) -> Result<(), Error> {
        Head::newest(&self.connection, &self.folder, account, before, &mut |run, head| Ok(see(listed(run, head)?)))
    }

    /// One of them.
    ///
    /// # Errors
    /// Says what is not as it was written.
    pub fn find(&self, run: RunId) -> Result<Option<Listed>, Error> {
        Head::find(&self.connection, &self.folder, run)?.map(|head| listed(run, head)).transpose()
    }

    /// What is known of a key within an account.
    ///
    /// # Errors
    /// Says what is not as it was written: never that nothing is known.
    pub fn recall(&self, account: &AccountId, key: &Key) -> Result<Option<Memory>, Error> {
        let Some(at) = self.known.read().keys.get(&key_of(account, key)).copied() else { return Ok(None) };
        let query = "SELECT memory, seal FROM keys WHERE at = ?1";
        let sealed = |text: &str| key_seal(account, key, text);
        self.sealed(query, at, sealed, || format!("what is known of key {key}")).map(Some)
    }

    /// Whether a ticket of this provider is known.
    #[must_use]
    pub fn knows(&self, provider: &ProviderId, ticket: &Ticket) -> bool {
        self.known.read().tickets.contains(&ticket_of(provider, ticket))
    }

    /// What a take has brought, where the journal does not say it yet.
    ///
    /// # Errors
    /// Says what is not as it was written.
    pub fn receipt(&self, take: &TakeId) -> Result<Option<Delivery>, Error> {
        let Some(at) = self.known.read().receipts.get(take).copied() else { return Ok(None) };
        let query = "SELECT delivery, seal FROM receipts WHERE at = ?1";
        let sealed = |text: &str| receipt_seal(&take.to_string(), text);
        self.sealed(query, at, sealed, || format!("the receipt of take {take}")).map(Some)
    }

    /// What a row says that bears a seal of its own.
    fn sealed<T: DeserializeOwned>(
        &self,
        query: &str,
        at: i64,
        seal_of: impl Fn(&str) -> i64,
        what: impl Fn() -> String,
    ) -> Result<T, Error> {
        let found: Option<(String, i64)> = self
            .connection
            .prepare_cached(query)
            .and_then(|mut statement| statement.query_row([at], |row| Ok((row.get(0)?, row.get(1)?))).optional())
            .map_err(|error| self.fault(&error))?;
        let (text, sealed) = found.ok_or_else(|| Error::damaged(what(), format!("row {at} is missing")))?;
        if seal_of(&text) != sealed {
            return Err(Error::damaged(what(), format!("row {at} is not as it was written")));
        }
        serde_json::from_str(&text).map_err(|why| Error::damaged(what(), why))
    }

    /// The run that a caller's key has made, and the hash of what they asked for.
    ///
    /// # Errors
    /// Says what is not as it was written.
    pub fn once(&self, account: &AccountId, key: &str) -> Result<Option<(Hash, RunId)>, Error> {
        find_once(&self.connection, &self.folder, account, key)
    }
}

/// The run that a caller's key has made.
pub(super) fn find_once(
    connection: &Connection,
    folder: &Path,
    account: &AccountId,
    key: &str,
) -> Result<Option<(Hash, RunId)>, Error> {
    let found: Option<([u8; 32], [u8; 16], i64)> = connection
        .prepare_cached("SELECT body, run, seal FROM once WHERE account = ?1 AND key = ?2")
        .and_then(|mut statement| {
            let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            statement.query_row(params![account.as_str(), key], read).optional()
        })
        .map_err(|error| fault("reading the store", folder, &error))?;
    let Some((body, run, sealed)) = found else { return Ok(None) };
    if once_seal(account.as_str(), key, &body, &run) != sealed {
        return Err(Error::damaged(format!("the wish `{key}`"), "it is not as it was written"));
    }
    Ok(Some((Hash::from_bytes(body), RunId(uuid::Uuid::from_bytes(run)))))
}

fn listed(run: RunId, head: Head) -> Result<Listed, Error> {
    let summary = match head.summary.as_str() {
        "" => None,
        text => {
            Some(serde_json::from_str(text).map_err(|why| Error::damaged(format!("what is said of run {run}"), why))?)
        }
    };
    let moment = |ms: i64| Moment::from_ms(u64::try_from(ms).unwrap_or_default());
    let (created, changed) = (moment(head.created), moment(head.changed));
    Ok(Listed { run, account: head.account, created, changed, seq: head.seq, summary })
}

fn journal_damaged(run: RunId, why: impl ToString) -> Error {
    Error::damaged(format!("the journal of run {run}"), why)
}

pub(super) fn key_seal(account: &AccountId, key: &Key, memory: &str) -> i64 {
    seal([account.as_str().as_bytes(), key.0.as_bytes(), memory.as_bytes()])
}

pub(super) fn receipt_seal(take: &str, delivery: &str) -> i64 {
    seal([take.as_bytes(), delivery.as_bytes()])
}

pub(super) fn once_seal(account: &str, key: &str, body: &[u8], run: &[u8]) -> i64 {
    seal([account.as_bytes(), key.as_bytes(), body, run])
}
