//! What admission knows of the moment, for people: what an ask waits for, and how much of a provider is in use.
//!
//! Changes nothing and decides nothing.

use super::Admission;
use super::words::{Bears, Wait};
use crate::id::{ProviderId, TakeId};
use crate::moment::Moment;

impl Admission {
    /// What an ask waits for at this moment; nothing where none stands.
    #[must_use]
    pub fn waits(&self, take: &TakeId) -> Option<Wait> {
        self.wait_of(take)
    }

    /// What a provider bears at this moment; nothing of one that nobody has come to yet.
    #[must_use]
    pub fn bears(&self, provider: &ProviderId) -> Option<Bears> {
        let gate = self.gates.get(provider)?;
        Some(gate.bears(provider.clone()))
    }

    /// What time it was told last.
    #[must_use]
    pub const fn now(&self) -> Moment {
        self.now
    }

    /// Paid calls in flight, all providers together, and how many there may be.
    #[must_use]
    pub const fn submissions(&self) -> (u32, u32) {
        (self.submissions, self.limits.submissions)
    }
}
