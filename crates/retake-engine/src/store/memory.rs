//! A store that forgets everything with its process: for simulations and for tests.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Batch, Created, Error, Listed, Once, Store, Write, ended, follows};
use crate::decide::Memory;
use crate::id::{AccountId, Hash, Key, ProviderId, RunId, TakeId, Ticket};
use crate::journal::Record;
use crate::performer::Delivery;

/// A store in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    journals: HashMap<RunId, Vec<Record>>,
    listed: Vec<Listed>,
    once: BTreeMap<(AccountId, String), (Hash, RunId)>,
    keys: HashMap<(AccountId, Key), Memory>,
    tickets: BTreeSet<(ProviderId, Ticket)>,
    receipts: HashMap<TakeId, Delivery>,
}

impl MemoryStore {
    fn found(&mut self, batch: Batch, once: Option<Once>) -> Result<Created, Error> {
        if let Some(once) = &once
            && let Some(made) = self.once.get(&(batch.account.clone(), once.key.clone()))
        {
            return once.again(*made).map(Created::Before);
        }
        if self.journals.contains_key(&batch.run) {
            return Err(Error::RunExists(batch.run));
        }
        follows(batch.run, 0, &batch.records)?;
        if let Some(Once { key, body }) = once {
            self.once.insert((batch.account.clone(), key), (body, batch.run));
        }
        let created = batch.records.first().map_or_else(Default::default, |record| record.at);
        let (run, account) = (batch.run, batch.account.clone());
        self.listed.push(Listed { run, account, created, changed: created, seq: 0, summary: None });
        self.journals.insert(batch.run, Vec::new());
        self.add(batch).map(|()| Created::New)
    }

    fn add(&mut self, batch: Batch) -> Result<(), Error> {
        let run = batch.run;
        let journal = self.journals.get_mut(&run).ok_or(Error::NoSuchRun(run))?;
        let at = journal.last().map_or(0, |record| record.seq);
        follows(run, at, &batch.records)?;
        for take in ended(&batch) {
            self.receipts.remove(&take);
        }
        journal.extend(batch.records);
        for (key, memory) in batch.remember {
            self.keys.insert((batch.account.clone(), key), memory);
        }
        self.tickets.extend(batch.tickets);
        if let Some(listed) = self.listed.iter_mut().find(|listed| listed.run == run) {
            listed.changed = journal.last().map_or(listed.changed, |record| record.at);
            listed.seq = journal.last().map_or(0, |record| record.seq);
            listed.summary = batch.summary.or(listed.summary.take());
        }
        Ok(())
    }
}

impl Store for MemoryStore {
    fn write(&mut self, group: &[Write]) -> Result<Vec<Result<Created, Error>>, Error> {
        let kept = group.iter().cloned().map(|write| match write {
            Write::Create(batch, once) => self.found(batch, once),
            Write::Append(batch) => self.add(batch).map(|()| Created::New),
            Write::Receipt(take, delivery) => {
                self.receipts.insert(take, delivery);
                Ok(Created::New)
            }
        });
        Ok(kept.collect())
    }

    fn load_after(&self, run: RunId, seq: u64) -> Result<Vec<Record>, Error> {
        let journal = self.journals.get(&run).ok_or(Error::NoSuchRun(run))?;
        Ok(journal.iter().filter(|record| record.seq > seq).cloned().collect())
    }

    fn list(&self) -> Result<Vec<Listed>, Error> {
        Ok(self.listed.clone())
    }

    fn recall(&self, account: &AccountId, key: &Key) -> Result<Option<Memory>, Error> {
        Ok(self.keys.get(&(account.clone(), *key)).cloned())
    }

    fn knows(&self, provider: &ProviderId, ticket: &Ticket) -> Result<bool, Error> {
        Ok(self.tickets.contains(&(provider.clone(), ticket.clone())))
    }

    fn receipt(&self, take: &TakeId) -> Result<Option<Delivery>, Error> {
        Ok(self.receipts.get(take).cloned())
    }
}
