//! Where a simulated host keeps its journals: in memory, or in a store that is closed and opened again at each restart.

use std::fmt;

use super::host::Host;
use crate::store::memory::MemoryStore;
use crate::store::{Batch, Store};

/// Opens the store, at the beginning and after every crash.
pub(super) struct Shelf(Box<dyn FnMut() -> Box<dyn Store>>);

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shelf")
    }
}

impl Host {
    /// The same host over another store, with whatever it has by now.
    ///
    /// # Panics
    /// Where the store does not take what the other one had.
    #[must_use]
    pub fn kept_by(mut self, open: impl FnMut() -> Box<dyn Store> + 'static) -> Self {
        let mut shelf = Shelf(Box::new(open));
        let mut store = (shelf.0)();
        for listed in self.store.list().expect("the store can be read") {
            let records = self.store.load(listed.run).expect("the store can be read");
            let (remember, tickets, summary) = (Vec::new(), Vec::new(), listed.summary);
            let batch = Batch { run: listed.run, account: listed.account, records, remember, tickets, summary };
            store.create(batch, None).expect("the store takes what another one had");
        }
        self.store = store;
        self.shelf = Some(shelf);
        self
    }

    /// A new process opens the store anew; the old one has let go of it.
    pub(super) fn reopen_store(&mut self) {
        if let Some(Shelf(open)) = &mut self.shelf {
            self.store = Box::new(MemoryStore::default());
            self.store = open();
        }
    }
}
