//! A store that forgets everything with its process: for simulations and for tests.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Batch, Created, Error, Once, Store};
use crate::decide::Memory;
use crate::id::{AccountId, Hash, Key, ProviderId, RunId, Ticket};
use crate::journal::Record;

/// A store in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    journals: BTreeMap<RunId, Vec<Record>>,
    order: Vec<RunId>,
    once: BTreeMap<(AccountId, String), (Hash, RunId)>,
    keys: HashMap<(AccountId, Key), Memory>,
    tickets: BTreeSet<(ProviderId, Ticket)>,
}

impl MemoryStore {
    /// Whether the records follow those that are there.
    fn check(&self, batch: &Batch) -> Result<(), Error> {
        let journal = self.journals.get(&batch.run).ok_or(Error::NoSuchRun(batch.run))?;
        let mut at = journal.last().map_or(0, |record| record.seq);
        for record in &batch.records {
            if record.seq != at + 1 {
                return Err(Error::OutOfOrder { run: batch.run, at, given: record.seq });
            }
            at = record.seq;
        }
        Ok(())
    }

    fn keep(&mut self, batch: Batch) {
        self.journals.entry(batch.run).or_default().extend(batch.records);
        for (key, memory) in batch.remember {
            self.keys.insert((batch.account.clone(), key), memory);
        }
        for (provider, ticket) in batch.tickets {
            self.tickets.insert((provider, ticket));
        }
    }
}

impl Store for MemoryStore {
    fn create(&mut self, batch: Batch, once: Option<Once>) -> Result<Created, Error> {
        if let Some(Once { key, body }) = &once
            && let Some((said, run)) = self.once.get(&(batch.account.clone(), key.clone()))
        {
            let same = said == body;
            return if same {
                Ok(Created::Before(*run))
            } else {
                Err(Error::KeyReused { key: key.clone(), run: *run })
            };
        }
        if self.journals.contains_key(&batch.run) {
            return Err(Error::RunExists(batch.run));
        }
        self.journals.insert(batch.run, Vec::new());
        if let Err(error) = self.check(&batch) {
            self.journals.remove(&batch.run);
            return Err(error);
        }
        if let Some(Once { key, body }) = once {
            self.once.insert((batch.account.clone(), key), (body, batch.run));
        }
        self.order.push(batch.run);
        self.keep(batch);
        Ok(Created::New)
    }

    fn append(&mut self, batch: Batch) -> Result<(), Error> {
        self.check(&batch)?;
        self.keep(batch);
        Ok(())
    }

    fn load(&self, run: RunId) -> Result<Vec<Record>, Error> {
        self.journals.get(&run).cloned().ok_or(Error::NoSuchRun(run))
    }

    fn runs(&self) -> Vec<RunId> {
        self.order.clone()
    }

    fn recall(&self, account: &AccountId, key: &Key) -> Option<Memory> {
        self.keys.get(&(account.clone(), *key)).cloned()
    }

    fn knows(&self, provider: &ProviderId, ticket: &Ticket) -> bool {
        self.tickets.contains(&(provider.clone(), ticket.clone()))
    }
}
