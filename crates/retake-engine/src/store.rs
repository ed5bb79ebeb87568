//! Where journals are kept, with what is known of keys and tickets.
//!
//! A store writes what it is given and gives it back. Only records are truth: what is known of keys and tickets, and
//! what lists show of a run, could be found in them again.

use crate::decide::Memory;
use crate::id::{AccountId, Hash, Key, ProviderId, RunId, TakeId, Ticket};
use crate::journal::Record;
use crate::journal::state::Summary;
use crate::moment::Moment;
use crate::performer::Delivery;

pub mod commits;
pub mod contract;
mod error;
pub mod memory;
pub mod sqlite;
pub mod writer;

pub use error::Error;

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
    /// What lists show of the run from now on; none leaves it as it is.
    pub summary: Option<Summary>,
}

/// A caller's wish that a run be created once, however often they ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// The caller's own key.
    pub key: String,
    /// The hash of what they asked for.
    pub body: Hash,
}

impl Once {
    /// What the wish comes to whose key has made a run already, from a request of this hash: that run, if the request
    /// was the same.
    pub(crate) fn again(&self, (said, run): (Hash, RunId)) -> Result<RunId, Error> {
        if said == self.body { Ok(run) } else { Err(Error::KeyReused { key: self.key.clone(), run }) }
    }
}

/// What became of a wish to create a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// The run is new.
    New,
    /// The caller asked for this run before, in the same words.
    Before(RunId),
}

/// Something to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// A new run, with the caller's wish that it be made once.
    Create(Batch, Option<Once>),
    /// The next records of a run.
    Append(Batch),
    /// What a take has brought, before anybody is told. Forgotten when the journal says how the take ended.
    Receipt(TakeId, Delivery),
}

/// A run as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Which run.
    pub run: RunId,
    /// Whose it is.
    pub account: AccountId,
    /// When it was created.
    pub created: Moment,
    /// When its last record was written.
    pub changed: Moment,
    /// Its last record.
    pub seq: u64,
    /// What was said of it last.
    pub summary: Option<Summary>,
}

/// Keeps journals, what is known of keys and tickets, and receipts.
pub trait Store: std::fmt::Debug {
    /// Keeps a group of writes, in their order and in one piece. Each answers for itself whether it was kept or refused;
    /// a refusal has no part in the others. Where the whole fails, nothing of it is kept.
    ///
    /// # Errors
    /// Says why nothing could be kept.
    fn write(&mut self, group: &[Write]) -> Result<Vec<Result<Created, Error>>, Error>;

    /// Keeps a new run, with the caller's wish that it be made once, in one piece.
    ///
    /// # Errors
    /// Refuses a run that is there, and a caller's key that was used for something else.
    fn create(&mut self, batch: Batch, once: Option<Once>) -> Result<Created, Error> {
        one(self.write(&[Write::Create(batch, once)]))
    }

    /// Appends to a journal, in one piece.
    ///
    /// # Errors
    /// Refuses records that do not follow the last one; nothing has changed then.
    fn append(&mut self, batch: Batch) -> Result<(), Error> {
        one(self.write(&[Write::Append(batch)])).map(drop)
    }

    /// The journal of a run, after a record; from its beginning after none.
    ///
    /// # Errors
    /// Says so where there is no such run.
    fn load_after(&self, run: RunId, seq: u64) -> Result<Vec<Record>, Error>;

    /// The whole journal of a run.
    ///
    /// # Errors
    /// Says so where there is none.
    fn load(&self, run: RunId) -> Result<Vec<Record>, Error> {
        self.load_after(run, 0)
    }

    /// All runs, the first one created first.
    ///
    /// # Errors
    /// Says what could not be read.
    fn list(&self) -> Result<Vec<Listed>, Error>;

    /// The names of all runs, the first one created first.
    ///
    /// # Errors
    /// Says what could not be read.
    fn runs(&self) -> Result<Vec<RunId>, Error> {
        Ok(self.list()?.into_iter().map(|listed| listed.run).collect())
    }

    /// What is known of a key within an account.
    ///
    /// # Errors
    /// Says what could not be read: never that nothing is known.
    fn recall(&self, account: &AccountId, key: &Key) -> Result<Option<Memory>, Error>;

    /// Whether a ticket of this provider is known to any run, whatever its account.
    ///
    /// # Errors
    /// Says what could not be read.
    fn knows(&self, provider: &ProviderId, ticket: &Ticket) -> Result<bool, Error>;

    /// What a take has brought, where that was written down and the journal does not say it yet.
    ///
    /// # Errors
    /// Says what could not be read.
    fn receipt(&self, take: &TakeId) -> Result<Option<Delivery>, Error>;
}

/// The only outcome of a group of one.
fn one(outcomes: Result<Vec<Result<Created, Error>>, Error>) -> Result<Created, Error> {
    outcomes?.pop().unwrap_or(Ok(Created::New))
}

/// Whether these records follow each other, and the one at `at`.
fn follows(run: RunId, mut at: u64, records: &[Record]) -> Result<u64, Error> {
    for record in records {
        if record.seq != at + 1 {
            return Err(Error::OutOfOrder { run, at, given: record.seq });
        }
        at = record.seq;
    }
    Ok(at)
}

/// The takes that these records end: what they brought stands in the journal now.
fn ended(batch: &Batch) -> impl Iterator<Item = TakeId> + '_ {
    use crate::journal::Event;
    batch.records.iter().filter_map(|record| match &record.event {
        Event::Kept { take, .. } | Event::Fell { take, .. } => Some(take.of(batch.run)),
        _ => None,
    })
}
