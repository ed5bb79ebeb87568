//! Where journals are kept, with what is known of keys and tickets.
//!
//! A store writes what it is given and gives it back. Only records are truth: what is known of keys and tickets could
//! be found in them again.

use crate::decide::Memory;
use crate::id::{AccountId, Hash, Key, ProviderId, RunId, Ticket};
use crate::journal::Record;

pub mod contract;
pub mod memory;

/// What is appended in one piece, or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Whose journal grows.
    pub run: RunId,
    /// Whose account it is.
    pub account: AccountId,
    /// The next records.
    pub records: Vec<Record>,
    /// What is known of keys from now on.
    pub remember: Vec<(Key, Memory)>,
    /// Tickets that are known from now on.
    pub tickets: Vec<(ProviderId, Ticket)>,
}

/// A caller's wish that a run be created once, however often they ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// The caller's own key.
    pub key: String,
    /// The hash of what they asked for.
    pub body: Hash,
}

/// What became of a wish to create a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// The run is new.
    New,
    /// The caller asked for this run before, in the same words.
    Before(RunId),
}

/// Why a store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no such run.
    #[error("there is no run {0}")]
    NoSuchRun(RunId),
    /// The run is there already.
    #[error("run {0} is there already")]
    RunExists(RunId),
    /// Somebody else has appended meanwhile, or a record is missing.
    #[error("run {run} is at record {at}: record {given} cannot follow")]
    OutOfOrder {
        /// Which run.
        run: RunId,
        /// Its last record.
        at: u64,
        /// The first of those given.
        given: u64,
    },
    /// The caller's key was used for something else.
    #[error("`{key}` was used for another request, which made run {run}")]
    KeyReused {
        /// The caller's key.
        key: String,
        /// What it made.
        run: RunId,
    },
}

/// Keeps journals, and what is known of keys and tickets.
pub trait Store {
    /// Keeps a new run, with the caller's wish that it be made once, in one piece.
    ///
    /// # Errors
    /// Refuses a run that is there, and a caller's key that was used for something else.
    fn create(&mut self, batch: Batch, once: Option<Once>) -> Result<Created, Error>;

    /// Appends to a journal, in one piece.
    ///
    /// # Errors
    /// Refuses records that do not follow the last one; nothing has changed then.
    fn append(&mut self, batch: Batch) -> Result<(), Error>;

    /// The journal of a run.
    ///
    /// # Errors
    /// Says so where there is none.
    fn load(&self, run: RunId) -> Result<Vec<Record>, Error>;

    /// All runs, the first one created first.
    fn runs(&self) -> Vec<RunId>;

    /// What is known of a key within an account.
    fn recall(&self, account: &AccountId, key: &Key) -> Option<Memory>;

    /// Whether a ticket of this provider is known to any run, whatever its account.
    fn knows(&self, provider: &ProviderId, ticket: &Ticket) -> bool;
}
