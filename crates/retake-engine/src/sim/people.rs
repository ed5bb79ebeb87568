//! People: they meddle while things go wrong, and help when they have stopped.

use super::host::{Happening, Host};
use super::story::Told;
use crate::decide::standing;
use crate::engine::Command;
use crate::engine::Message;
use crate::graph::Ix;
use crate::id::{NodeId, RunId};
use crate::journal::event::{Cap, Pause, Stop, Verdict};
use crate::journal::state::{Phase, RunState, Status, TakeState};
use crate::money::Money;
use std::time::Duration;

impl Host {
    /// A person looks at a run.
    pub(super) fn person(&mut self, run: RunId) {
        if self.is_calm() {
            self.help(run);
            let over = |state: &RunState| matches!(state.status(), Status::Ended(_)) && state.index().held.is_empty();
            if !self.actors.get(&run).is_some_and(|actor| over(actor.state())) {
                self.later(Duration::from_secs(300), Happening::Person(run));
            }
        } else if self.dice.below(10) < self.scenario.trouble.people {
            self.meddle(run);
        }
    }

    fn command(&mut self, run: RunId, what: &'static str, command: Command) {
        if !self.actors.contains_key(&run) {
            return;
        }
        self.tell(|| Told::Person(what));
        if self.turn(run, Message::Command(command)).is_none() {
            self.tally.count(what);
        }
    }

    fn meddle(&mut self, run: RunId) {
        let Some(actor) = self.actors.get(&run) else { return };
        let state = actor.state();
        let cap = state.ledger().cap();
        let node = self.dice.below(state.nodes().len() as u64);
        let node = usize::try_from(node).unwrap_or(0);
        let id = state.graph().node(node).spec.id.clone();
        let kept = kept_take(state);
        match self.dice.below(10) {
            0 => self.command(run, "person raised the cap", Command::SetCap(cap.plus(Money::from_cents(50)))),
            1 => {
                self.lowered = true;
                let half = Money::from_micros(cap.micros() / 2);
                self.command(run, "person lowered the cap", Command::SetCap(half));
            }
            2 => self.command(run, "person stopped a run", Command::Stop(Stop::Land)),
            3 => self.command(run, "person cancelled a run at the provider", Command::Stop(Stop::Cancel)),
            4 | 5 => self.command(run, "person resumed", Command::Resume),
            6 => self.command(run, "person retried", Command::Retry),
            7 => self.redo(run, id),
            8 => {
                if let Some(take) = kept {
                    self.command(run, "person picked", Command::Pick(take));
                }
            }
            _ => self.resolve(run),
        }
    }

    fn redo(&mut self, run: RunId, node: NodeId) {
        let salt = self.dice.between(1, 1_000_000);
        self.command(run, "person redid", Command::Redo { node, salt });
    }

    /// Looks at the provider's own page for a held take, and says what is there.
    fn resolve(&mut self, run: RunId) {
        let Some(actor) = self.actors.get(&run) else { return };
        let state = actor.state();
        let Some(&(ix, n)) = state.index().held.first() else { return };
        let take = state.no(ix, n);
        let id = take.of(run);
        let there = self.world.hook(&id, self.now);
        if let Some(crate::performer::Answer::Ticket(ticket)) = there
            && self.world.job(&ticket).is_some_and(|job| job.entry.as_str() != "prompt")
        {
            return self.command(run, "person adopted", Command::Adopt { take, ticket });
        }
        // What was accepted and answered on the spot cannot be adopted: it is counted as spent.
        if self.dice.permille(500) {
            self.command(
                run,
                "person had a take resent",
                Command::Resolve { take: take.clone(), verdict: Verdict::Resend },
            );
        }
        self.command(run, "person abandoned a take", Command::Resolve { take, verdict: Verdict::Abandon });
    }

    /// Does what the run asks for.
    fn help(&mut self, run: RunId) {
        let Some(actor) = self.actors.get(&run) else { return };
        let state = actor.state();
        let account = state.spec().account.clone();
        let raise = match state.status() {
            Status::Paused(Pause::Budget { cap: Cap::Run, raise, .. }) => Some(*raise),
            Status::Paused(_) | Status::Queued | Status::Running | Status::Ended(_) => None,
        };
        let cap = state.ledger().cap();
        let out_of_time = matches!(state.status(), Status::Paused(Pause::Deadline { .. }));
        if !state.index().held.is_empty() {
            self.resolve(run);
        }
        // What waits for the account, or behind a run that is stopped, needs a wider account.
        let caps = crate::admission::Caps { total: Money::MAX, day: Money::MAX };
        self.lowered = true;
        self.scenario.limits.account = Money::MAX;
        self.scenario.limits.day = Money::MAX;
        self.admission.set_account(account, caps, self.clock());
        if out_of_time {
            self.command(run, "person moved the deadline", Command::SetDeadline(None));
        }
        if let Some(raise) = raise {
            self.command(run, "person raised the cap", Command::SetCap(cap.plus(raise)));
        }
        let paused = self.actors.get(&run).is_some_and(|actor| matches!(actor.state().status(), Status::Paused(_)));
        if paused {
            self.command(run, "person resumed", Command::Resume);
        }
    }

    /// Admission and the journals say the same of what is held.
    pub(super) fn enter_again(&mut self) {
        let standings: Vec<_> = self.states().map(standing).collect();
        for standing in standings {
            self.admission.enter(standing);
        }
    }
}

fn kept_take(state: &RunState) -> Option<crate::id::TakeNo> {
    let kept = |ix: Ix| {
        let node = &state.nodes()[ix];
        let n = node.takes.iter().position(|take| matches!(take.state, TakeState::Kept { .. }))?;
        let settled = !matches!(node.phase, Phase::Dropped);
        settled.then(|| state.no(ix, u32::try_from(n).unwrap_or(0) + 1))
    };
    (0..state.nodes().len()).find_map(kept)
}
