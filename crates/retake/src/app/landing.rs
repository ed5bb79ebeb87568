//! What is still open at providers when its run is over, or another run has taken its place: it is paid for, so it is
//! landed, whoever comes by.

use retake_engine::engine::Command;
use retake_engine::id::AccountId;
use retake_engine::journal::RunState;
use retake_engine::journal::event::Ending;
use retake_engine::journal::state::Status;
use retake_engine::store::Listed;

use super::writer::is_writing;
use super::{App, PLAN, Trouble, is_settled};
use crate::door::wire::{Reply, Which};

impl App {
    /// Goes on with a run: after the scenes of a plan that was sent are written, with its film. One that is over has
    /// nothing to go on with but what it still has open at providers: that is landed.
    pub(super) fn resume(&self, which: &Which) -> Result<Reply, Trouble> {
        let listed = self.find(which.as_deref())?;
        self.may_carry(&listed)?;
        let run = listed.run;
        let (spec, state) = self.state(run)?;
        let is_written = is_writing(&listed) && *state.status() == Status::Ended(Ending::Completed);
        let plan = spec.about.get(PLAN).map(|plan| self.home().join(&**plan));
        if let Some(plan) = plan.filter(|plan| is_written && self.ground.is_posted(plan)) {
            let film = self.go_on_with_written(plan, &spec)?;
            return self.shown(film);
        }
        let is_over = matches!(state.status(), Status::Ended(Ending::Completed | Ending::Partial | Ending::Failed));
        if !(is_over || state.is_superseded()) || state.index().open().next().is_none() {
            return self.tell(which, |_| Ok(Command::Resume));
        }
        self.carried().landing.insert(run);
        self.take_on(run, || Ok(()))?;
        self.shown(run)
    }

    /// Has landed what runs of an account still have open at providers though they are over, or another has taken their
    /// place: it is paid for, nobody else asks about it, and others may wait for it.
    pub(super) fn land_what_is_left(&self, account: &AccountId) -> Result<(), Trouble> {
        let has_open = |listed: &Listed| {
            let reserved = listed.summary.as_ref().is_none_or(|summary| !summary.reserved.is_zero());
            listed.account == *account && reserved && !self.carried().runs.contains(&listed.run)
        };
        for listed in self.host.list()?.into_iter().filter(has_open) {
            let (run, state) = (listed.run, self.state(listed.run)?.1);
            let is_left = matches!(state.status(), Status::Ended(_)) || state.is_superseded();
            if is_left && state.index().open().next().is_some() {
                self.carried().landing.insert(run);
                self.take_on(run, || Ok(()))?;
            }
        }
        Ok(())
    }

    /// Whether nothing of a run moves here any more until somebody does something.
    pub(super) fn is_at_rest(&self, state: &RunState) -> bool {
        let lands = || self.carried().landing.contains(&state.spec().id) && state.index().open().next().is_some();
        is_settled(state.status()) && !lands()
    }
}
