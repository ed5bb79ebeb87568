//! What providers call about.
//!
//! A call is a hint: whose it is has been found out before, and what became of the work is asked for. Each counts once,
//! and only once it was taken in: whoever calls goes on calling until then.

use std::sync::Arc;

use retake_engine::id::TakeId;
use retake_engine::moment::Moment;
use retake_engine::performer::{Answer, Report};
use retake_film::film::Studio;
use retake_film::providers::Word;

use super::registry::Registry;
use super::{App, Trouble};

impl App {
    /// Whoever knows which call is whose.
    pub(crate) fn studio(&self) -> Option<Arc<Studio>> {
        self.studio.clone()
    }

    /// Takes a call in that is about a take.
    pub(crate) fn called(
        &self,
        registry: &Registry,
        provider: &str,
        take: &TakeId,
        word: &Word,
        now: Moment,
    ) -> Result<(), Trouble> {
        if registry.has_call(provider, &word.id)? {
            return Ok(());
        }
        let listed = self.host.find(take.run)?.ok_or_else(|| Trouble::missing("there is no such run any more"))?;
        self.may_carry(&listed)?;
        let (ticket, nudge) = (word.ticket.clone().map(Answer::Ticket), word.ends.then_some(Answer::Nudged));
        for answer in ticket.into_iter().chain(nudge) {
            self.host.report(Report { take: take.clone(), answers: None, answer })?;
        }
        registry.keep_call(provider, &word.id, now)
    }
}
