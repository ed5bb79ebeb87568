//! How a group of writes becomes one transaction.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use super::known::{Known, Last, key_of, ticket_of};
use super::read::{find_once, key_seal, once_seal, receipt_seal};
use super::seal::{NO_CHAIN, chain, fault, seal};
use super::verify::ticket_seal;
use super::{Created, Error, SqliteStore};
use crate::decide::Memory;
use crate::id::{AccountId, Hash, Key, ProviderId, RunId, TakeId, Ticket};
use crate::performer::Delivery;
use crate::store::error::stamp;
use crate::store::{Batch, Once, Write, ended, follows};

/// Where the journal of a run ends, and what lists say of it.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) no: i64,
    pub(super) account: AccountId,
    pub(super) created: i64,
    pub(super) changed: i64,
    pub(super) last: i64,
    pub(super) seq: u64,
    pub(super) chain: Hash,
    pub(super) summary: String,
}

const COLUMNS: &str = "no, id, account, created, changed, last, seq, chain, summary, seal";

impl Head {
    /// The head of a run.
    pub(super) fn find(connection: &Connection, folder: &Path, run: RunId) -> Result<Option<Self>, Error> {
        let found = connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM runs WHERE id = ?1"))
            .and_then(|mut statement| statement.query_row([run.0.as_bytes()], Self::read).optional())
            .map_err(|error| fault("reading the store", folder, &error))?;
        found.transpose().map(|found| found.map(|(_, head)| head))
    }

    /// The heads of all runs, the first one created first.
    pub(super) fn all(connection: &Connection, folder: &Path) -> Result<Vec<(RunId, Self)>, Error> {
        let failed = |error| fault("reading the store", folder, &error);
        let mut statement =
            connection.prepare_cached(&format!("SELECT {COLUMNS} FROM runs ORDER BY no")).map_err(failed)?;
        let rows = statement.query_map([], Self::read).map_err(failed)?;
        rows.map(|row| row.map_err(failed)?).collect()
    }

    /// The heads of runs of an account, or of all, the last one created first, for as long as somebody wants more.
    pub(super) fn newest(
        connection: &Connection,
        folder: &Path,
        account: Option<&AccountId>,
        before: Option<RunId>,
        see: &mut dyn FnMut(RunId, Self) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let failed = |error| fault("reading the store", folder, &error);
        let query = format!(
            "SELECT {COLUMNS} FROM runs WHERE (?1 IS NULL OR account = ?1) AND (?2 IS NULL OR id < ?2) ORDER BY no DESC"
        );
        let mut statement = connection.prepare_cached(&query).map_err(failed)?;
        let before = before.as_ref().map(|run| run.0.as_bytes().as_slice());
        let wanted = params![account.map(AccountId::as_str), before];
        for row in statement.query_map(wanted, Self::read).map_err(failed)? {
            let (run, head) = row.map_err(failed)??;
            if !see(run, head)? {
                break;
            }
        }
        Ok(())
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Result<(RunId, Self), Error>> {
        let run = RunId(uuid::Uuid::from_bytes(row.get(1)?));
        let seq: i64 = row.get(6)?;
        let head = Self {
            no: row.get(0)?,
            account: row.get_ref(2)?.as_str()?.into(),
            created: row.get(3)?,
            changed: row.get(4)?,
            last: row.get(5)?,
            seq: seq.unsigned_abs(),
            chain: Hash::from_bytes(row.get(7)?),
            summary: row.get(8)?,
        };
        let sealed: i64 = row.get(9)?;
        let same = head.seal(run) == sealed;
        Ok(if same {
            Ok((run, head))
        } else {
            Err(Error::damaged(format!("the row of run {run}"), "it is not as it was written"))
        })
    }

    fn seal(&self, run: RunId) -> i64 {
        let numbers = [self.no, self.created, self.changed, self.last, self.seq.cast_signed()].map(i64::to_be_bytes);
        let parts = [run.0.as_bytes().as_slice(), self.account.as_str().as_bytes(), numbers.as_flattened()];
        seal(parts.into_iter().chain([self.chain.as_bytes().as_slice(), self.summary.as_bytes()]))
    }
}

/// The last batch of all.
pub(super) fn last(connection: &Connection) -> rusqlite::Result<Option<(i64, Hash)>> {
    let query = "SELECT at, chain FROM batches ORDER BY at DESC LIMIT 1";
    connection.query_row(query, [], |row| Ok((row.get(0)?, Hash::from_bytes(row.get(1)?)))).optional()
}

/// A transaction that is being written.
struct Staged<'a> {
    transaction: &'a Transaction<'a>,
    folder: &'a Path,
    settled: &'a HashMap<RunId, Head>,
    known: &'a Known,
    changes: Changes,
}

/// What a transaction changes in memory, once it is committed.
struct Changes {
    heads: HashMap<RunId, Head>,
    at: i64,
    chain: Hash,
    keys: Vec<(Hash, i64)>,
    tickets: Vec<Hash>,
    receipts: Vec<(TakeId, Option<i64>)>,
    last: Last,
}

impl SqliteStore {
    /// Commits a group.
    pub(super) fn commit(&mut self, group: &[Write]) -> Result<Vec<Result<Created, Error>>, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        match self.transact(group) {
            Ok((outcomes, changes)) => {
                self.settle(changes);
                Ok(outcomes)
            }
            // Without room nothing was written, and that is certain. After anything else nobody knows.
            Err(error @ Error::Full { .. }) => Err(error),
            Err(error) => {
                self.failed = Some(error.clone());
                Err(error)
            }
        }
    }

    fn transact(&mut self, group: &[Write]) -> Result<(Vec<Result<Created, Error>>, Changes), Error> {
        let folder = self.folder.as_path();
        let failed = |error| fault("writing to the store", folder, &error);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let changes = Changes {
            heads: HashMap::new(),
            at: self.at,
            chain: self.chain,
            keys: Vec::new(),
            tickets: Vec::new(),
            receipts: Vec::new(),
            last: self.known.read().last,
        };
        let mut staged =
            Staged { transaction: &transaction, folder, settled: &self.heads, known: &self.known, changes };
        let mut outcomes = Vec::with_capacity(group.len());
        for write in group {
            match staged.one(write) {
                Ok(created) => outcomes.push(Ok(created)),
                Err(error) if error.is_refusal() => outcomes.push(Err(error)),
                Err(error) => return Err(error),
            }
        }
        staged.save_heads()?;
        let changes = staged.changes;
        transaction.commit().map_err(failed)?;
        Ok((outcomes, changes))
    }

    fn settle(&mut self, changes: Changes) {
        (self.at, self.chain) = (changes.at, changes.chain);
        self.witness.saw(self.at, &self.chain, changes.last.receipt);
        self.heads.extend(changes.heads);
        let mut places = self.known.change();
        places.keys.extend(changes.keys);
        places.tickets.extend(changes.tickets);
        places.last = changes.last;
        for (take, at) in changes.receipts {
            match at {
                Some(at) => places.receipts.insert(take, at),
                None => places.receipts.remove(&take),
            };
        }
    }
}

impl Staged<'_> {
    fn one(&mut self, write: &Write) -> Result<Created, Error> {
        match write {
            Write::Create(batch, once) => self.create(batch, once.as_ref()),
            Write::Append(batch) => self.append(batch).map(|()| Created::New),
            Write::Receipt(take, delivery) => self.receipt(take, delivery).map(|()| Created::New),
        }
    }

    fn run(&self, query: &str, values: impl rusqlite::Params) -> Result<(), Error> {
        let done = self.transaction.prepare_cached(query).and_then(|mut statement| statement.execute(values));
        done.map(drop).map_err(|error| fault("writing to the store", self.folder, &error))
    }

    fn create(&mut self, batch: &Batch, once: Option<&Once>) -> Result<Created, Error> {
        let run = batch.run;
        if let Some(once) = once
            && let Some(made) = find_once(self.transaction, self.folder, &batch.account, &once.key)?
        {
            return once.again(made).map(Created::Before);
        }
        if self.head(run)?.is_some() {
            return Err(Error::RunExists(run));
        }
        follows(run, 0, &batch.records)?;
        if let Some(Once { key, body }) = once {
            let (account, body, id) = (batch.account.as_str(), body.as_bytes(), run.0.as_bytes());
            let seal = once_seal(account, key, body, id);
            self.run("INSERT INTO once VALUES (?1, ?2, ?3, ?4, ?5)", params![account, key, body, id, seal])?;
        }
        let created = batch.records.first().map_or(0, |record| stamp(record.at));
        let mut head = Head {
            no: 0,
            account: batch.account.clone(),
            created,
            changed: created,
            last: 0,
            seq: 0,
            chain: NO_CHAIN,
            summary: String::new(),
        };
        let values = params![run.0.as_bytes(), head.account.as_str(), created, head.chain.as_bytes()];
        self.run("INSERT INTO runs VALUES (NULL, ?1, ?2, ?3, ?3, 0, 0, ?4, '', 0)", values)?;
        head.no = self.transaction.last_insert_rowid();
        self.changes.heads.insert(run, head);
        self.append(batch).map(|()| Created::New)
    }

    fn append(&mut self, batch: &Batch) -> Result<(), Error> {
        let mut head = self.head(batch.run)?.ok_or(Error::NoSuchRun(batch.run))?;
        let seq = follows(batch.run, head.seq, &batch.records)?;
        for take in ended(batch) {
            if self.known.read().receipts.contains_key(&take)
                || self.changes.receipts.iter().any(|(known, _)| *known == take)
            {
                self.note_receipt(&take, "")?;
                self.changes.receipts.push((take, None));
            }
        }
        for (key, memory) in &batch.remember {
            self.remember(&batch.account, key, memory)?;
        }
        for (provider, ticket) in &batch.tickets {
            self.ticket(provider, ticket)?;
        }
        if let Some(record) = batch.records.last() {
            self.changes.at += 1;
            let (first, lines) = ((head.seq + 1).cast_signed(), lines(batch));
            let known = self.changes.last;
            let before = std::mem::replace(&mut head.last, self.changes.at);
            head.chain = chain(&head.chain, head.no, first, known, &lines);
            self.changes.chain = head.chain;
            let Last { key, ticket, receipt } = known;
            let values =
                params![self.changes.at, head.no, before, first, key, ticket, receipt, lines, head.chain.as_bytes()];
            self.run("INSERT INTO batches VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", values)?;
            head.changed = stamp(record.at);
            head.seq = seq;
        }
        if let Some(summary) = &batch.summary {
            head.summary = serde_json::to_string(summary).map_err(|why| Error::failed("writing a summary", why))?;
        }
        self.changes.heads.insert(batch.run, head);
        Ok(())
    }

    /// The head of a run, as the transaction has it so far.
    fn head(&self, run: RunId) -> Result<Option<Head>, Error> {
        match self.changes.heads.get(&run).or_else(|| self.settled.get(&run)) {
            Some(head) => Ok(Some(head.clone())),
            None => Head::find(self.transaction, self.folder, run),
        }
    }

    fn remember(&mut self, account: &AccountId, key: &Key, memory: &Memory) -> Result<(), Error> {
        let text = serde_json::to_string(memory).map_err(|why| Error::failed("writing what is known of a key", why))?;
        self.changes.last.key += 1;
        let seal = key_seal(account, key, &text);
        let values = params![self.changes.last.key, account.as_str(), key.0.as_bytes(), text, seal];
        self.run("INSERT INTO keys VALUES (?1, ?2, ?3, ?4, ?5)", values)?;
        self.changes.keys.push((key_of(account, key), self.changes.last.key));
        Ok(())
    }

    fn ticket(&mut self, provider: &ProviderId, ticket: &Ticket) -> Result<(), Error> {
        self.changes.last.ticket += 1;
        let seal = ticket_seal(provider.as_str(), ticket.as_str());
        let values = params![self.changes.last.ticket, provider.as_str(), ticket.as_str(), seal];
        self.run("INSERT INTO tickets VALUES (?1, ?2, ?3, ?4)", values)?;
        self.changes.tickets.push(ticket_of(provider, ticket));
        Ok(())
    }

    fn receipt(&mut self, take: &TakeId, delivery: &Delivery) -> Result<(), Error> {
        let text = serde_json::to_string(delivery).map_err(|why| Error::failed("writing a receipt", why))?;
        self.note_receipt(take, &text)?;
        self.changes.receipts.push((take.clone(), Some(self.changes.last.receipt)));
        Ok(())
    }

    /// A row of the receipts; one that says nothing ends those before it.
    fn note_receipt(&mut self, take: &TakeId, text: &str) -> Result<(), Error> {
        let name = take.to_string();
        self.changes.last.receipt += 1;
        let values = params![self.changes.last.receipt, name, text, receipt_seal(&name, text)];
        self.run("INSERT INTO receipts VALUES (?1, ?2, ?3, ?4)", values)
    }

    /// Writes down where each journal ends now: once for each run, however many of its batches there were.
    fn save_heads(&self) -> Result<(), Error> {
        for (run, head) in &self.changes.heads {
            let (seq, seal) = (head.seq.cast_signed(), head.seal(*run));
            let values = params![head.no, head.changed, head.last, seq, head.chain.as_bytes(), head.summary, seal];
            let query =
                "UPDATE runs SET changed = ?2, last = ?3, seq = ?4, chain = ?5, summary = ?6, seal = ?7 WHERE no = ?1";
            self.run(query, values)?;
        }
        Ok(())
    }
}

/// The records of a batch, a line each.
fn lines(batch: &Batch) -> String {
    let mut lines = String::new();
    for record in &batch.records {
        let _ = writeln!(lines, "{}", record.line());
    }
    lines.truncate(lines.trim_end().len());
    lines
}
