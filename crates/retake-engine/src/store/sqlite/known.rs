//! Where what is known lies in the database, by what it is asked for: rebuilt at every start, so it is no truth.

use std::collections::{HashMap, HashSet};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::id::{AccountId, Hash, Key, ProviderId, TakeId, Ticket};

/// The map, shared by whoever writes and all who read.
#[derive(Debug, Default)]
pub(super) struct Known {
    places: RwLock<Places>,
}

/// What the map holds.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The newest row of each key of an account.
    pub(super) keys: HashMap<Hash, i64>,
    /// The tickets.
    pub(super) tickets: HashSet<Hash>,
    /// The newest receipt of each take whose end the journal does not say yet.
    pub(super) receipts: HashMap<TakeId, i64>,
    /// The last row of each.
    pub(super) last: Last,
}

/// The last rows of what is known: a batch names them, so that missing ones are missed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Last {
    pub(super) key: i64,
    pub(super) ticket: i64,
    pub(super) receipt: i64,
}

impl Last {
    /// Whether anything that is named here is missing there.
    pub(super) const fn exceeds(self, there: Self) -> bool {
        self.key > there.key || self.ticket > there.ticket || self.receipt > there.receipt
    }
}

impl Known {
    pub(super) fn new(places: Places) -> Self {
        Self { places: RwLock::new(places) }
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, Places> {
        self.places.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn change(&self) -> RwLockWriteGuard<'_, Places> {
        self.places.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name of a key within an account.
pub(super) fn key_of(account: &AccountId, key: &Key) -> Hash {
    Hash::of([account.as_str().as_bytes(), key.0.as_bytes()])
}

/// The name of a ticket at a provider.
pub(super) fn ticket_of(provider: &ProviderId, ticket: &Ticket) -> Hash {
    Hash::of([provider.as_str().as_bytes(), ticket.as_str().as_bytes()])
}
