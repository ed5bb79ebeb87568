//! The store on disk: one SQLite database in one folder, owned by one process.
//!
//! Each commit waits for the disk. What is append-only is checked when it is read: batches by the chain of their
//! hashes, other rows by a seal each, and the end of the journal by a witness outside the database.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::{Created, Error, Listed, Store, Write};
use crate::decide::Memory;
use crate::id::{AccountId, Hash, Key, ProviderId, RunId, TakeId, Ticket};
use crate::journal::Record;
use crate::performer::Delivery;

mod known;
mod owner;
mod read;
mod reserve;
mod schema;
mod seal;
#[cfg(test)]
mod tests;
mod verify;
mod witness;
mod write;

use known::Known;
use owner::Owner;
pub use read::Reader;
use reserve::Reserve;
use witness::Witness;
use write::Head;

/// The database within the folder.
const DATABASE: &str = "retake.db";
/// How many pages of four KiB the log may hold before it is copied into the database.
const LOG_PAGES: u32 = 4_096;

/// How long the end waits for readers.
const READERS: Duration = Duration::from_secs(1);

/// How a store is opened.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How many bytes of the disk are set aside, for the day on which it is full.
    pub reserve: u64,
    synced: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { reserve: 64 << 20, synced: true }
    }
}

impl Options {
    /// For simulations, whose disks cannot lose power: no commit waits for the disk.
    #[cfg(feature = "sim")]
    #[must_use]
    pub const fn unsynced(self) -> Self {
        Self { synced: false, ..self }
    }
}

/// The store on disk.
#[derive(Debug)]
pub struct SqliteStore {
    reader: Reader,
    connection: Connection,
    known: Arc<Known>,
    heads: HashMap<RunId, Head>,
    /// The last batch of all, and its hash.
    at: i64,
    chain: Hash,
    witness: Witness,
    reserve: Reserve,
    folder: PathBuf,
    /// Why nothing may be written any more: after a failed commit only a new start can tell what is there.
    failed: Option<Error>,
    // The last to go: nobody else may come in before the database is closed.
    _owner: Owner,
}

impl SqliteStore {
    /// Opens the store of a folder, and makes it if there is none. Nobody else can until this one is dropped.
    ///
    /// # Errors
    /// Says so where another process has it, where a later version wrote it, and where it is not as it was written.
    pub fn open(folder: &Path, options: Options) -> Result<Self, Error> {
        owner::make_folder(folder)?;
        let owner = Owner::of(folder)?;
        let path = folder.join(DATABASE);
        let mut connection = Connection::open_with_flags(&path, writing())
            .map_err(|error| seal::fault(&format!("opening `{}`", path.display()), folder, &error))?;
        let fault = |error: rusqlite::Error| seal::fault("opening the store", folder, &error);
        schema::refuse_newer(&connection, folder)?;
        let mode = schema::set_up(&connection, options.synced).map_err(fault)?;
        if mode != "wal" {
            let why = format!("the file system of `{}` allows no log beside the database", folder.display());
            return Err(Error::failed("opening the store", why));
        }
        schema::migrate(&mut connection, folder, &schema::STEPS)?;
        verify::whole(&connection, folder)?;
        let mut witness = Witness::open(folder)?;
        let (at, chain) = verify::end(&connection, folder, &witness)?;
        let known = Arc::new(verify::rows(&connection, folder, &witness)?);
        witness.saw(at, &chain, known.read().last.receipt);
        let reader = Reader::open(&path, folder, Arc::clone(&known))?;
        let reserve = Reserve::hold(folder, options.reserve);
        let folder = folder.to_owned();
        let heads = HashMap::new();
        Ok(Self { reader, connection, known, heads, at, chain, witness, reserve, folder, failed: None, _owner: owner })
    }

    /// Another pair of eyes on what is committed, for other threads.
    ///
    /// # Errors
    /// Says what could not be opened.
    pub fn reader(&self) -> Result<Reader, Error> {
        Reader::open(&self.folder.join(DATABASE), &self.folder, Arc::clone(&self.known))
    }

    /// Copies the log into the database, so that a folder at rest has all in one file. Readers may go on.
    ///
    /// # Errors
    /// Says what could not be written; the log has it still.
    pub fn put_log_away(&mut self) -> Result<(), Error> {
        let failed = |error| seal::fault("putting the log of the store away", &self.folder, &error);
        // Whoever reads at this moment is soon done; whoever is not, keeps nobody from ending.
        self.connection.busy_timeout(READERS).map_err(failed)?;
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(failed)
    }

    /// Gives back what was set aside, so that what must be written down can be.
    pub fn use_reserve(&mut self) {
        self.reserve.release();
    }

    /// Sets it aside again; says whether there was room for that, or for that and more if it is held already.
    pub fn regain_reserve(&mut self) -> bool {
        self.reserve.regain()
    }
}

impl Store for SqliteStore {
    fn write(&mut self, group: &[Write]) -> Result<Vec<Result<Created, Error>>, Error> {
        self.commit(group)
    }

    fn load_after(&self, run: RunId, seq: u64) -> Result<Vec<Record>, Error> {
        self.reader.load_after(run, seq)
    }

    fn list(&self) -> Result<Vec<Listed>, Error> {
        self.reader.list()
    }

    fn recall(&self, account: &AccountId, key: &Key) -> Result<Option<Memory>, Error> {
        self.reader.recall(account, key)
    }

    fn knows(&self, provider: &ProviderId, ticket: &Ticket) -> Result<bool, Error> {
        Ok(self.reader.knows(provider, ticket))
    }

    fn receipt(&self, take: &TakeId) -> Result<Option<Delivery>, Error> {
        self.reader.receipt(take)
    }
}

/// How its owner opens the database. A name that looks like an address is a name.
fn writing() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

/// How those who only read open the database.
fn reading() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX
}
