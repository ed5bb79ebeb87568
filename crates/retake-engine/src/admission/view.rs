//! What admission knows of the moment, for people: what an ask waits for, and how much of a provider is in use.
//!
//! Changes nothing and decides nothing.

use super::Admission;
use super::words::{Bears, Breaking, Wait};
use crate::id::{ModelId, ProviderId, TakeId};
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

    /// The same for every provider that anybody has come to.
    #[must_use]
    pub fn providers(&self) -> Vec<Bears> {
        self.gates.iter().map(|(provider, gate)| gate.bears(provider.clone())).collect()
    }

    /// Where the breaker of each model stands that has answered.
    #[must_use]
    pub fn breakers(&self) -> Vec<(ProviderId, ModelId, Breaking)> {
        let of = |(provider, gate): (&ProviderId, &super::Gate)| {
            let provider = provider.clone();
            gate.breakers().map(|(model, word)| (provider.clone(), model.clone(), word)).collect::<Vec<_>>()
        };
        self.gates.iter().flat_map(of).collect()
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
