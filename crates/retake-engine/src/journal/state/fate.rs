//! What becomes of a take, from intent to settlement.

use std::sync::Arc;

use super::node::Phase;
use super::take::{Bearing, Take, TakeState};
use super::{RunState, Why};
use crate::fault::{Acceptance, Class, Fault, Origin};
use crate::graph::{Extension, Ix};
use crate::id::{TakeNo, Ticket};
use crate::journal::event::Verdict;
use crate::moment::Moment;
use crate::money::Money;
use crate::mutant::{self, Mutant};
use crate::performer::Outputs;

impl RunState {
    pub(super) fn take_at(&self, no: &TakeNo) -> Result<(Ix, &Take), Why> {
        let ix = self.at(&no.node)?;
        let take = self.nodes[ix].take(no.n).ok_or_else(|| Why::NoSuchTake(no.clone()))?;
        Ok((ix, take))
    }

    /// The node of the take, if the take stands where it may pass on from.
    fn passing(&self, no: &TakeNo, from: impl Fn(&TakeState) -> bool) -> Result<Ix, Why> {
        let (ix, take) = self.take_at(no)?;
        if from(&take.state) { Ok(ix) } else { Err(Why::TakeElsewhere { take: no.clone(), state: take.state.name() }) }
    }

    fn move_take(&mut self, ix: Ix, n: u32, state: TakeState) {
        self.change_take(ix, n, |take| take.state = state);
    }

    /// Whether the node waits for this very take.
    fn drives(&self, ix: Ix, n: u32) -> bool {
        self.nodes[ix].phase == Phase::Taking { n }
    }

    pub(super) fn resent(&mut self, no: &TakeNo) -> Result<(), Why> {
        let ix = self.passing(no, |state| matches!(state, TakeState::Unclear { .. }))?;
        self.change_take(ix, no.n, |take| take.sends += 1);
        Ok(())
    }

    pub(super) fn submitted(&mut self, no: &TakeNo, ticket: &Ticket, at: Moment) -> Result<(), Why> {
        let ix = self.passing(no, |state| matches!(state, TakeState::Intent))?;
        self.learn_ticket(ix, no, ticket, at);
        Ok(())
    }

    pub(super) fn found(&mut self, no: &TakeNo, ticket: &Ticket, at: Moment) -> Result<(), Why> {
        let ix = self.passing(no, |state| matches!(state, TakeState::Unclear { .. } | TakeState::Held))?;
        self.learn_ticket(ix, no, ticket, at);
        Ok(())
    }

    fn learn_ticket(&mut self, ix: Ix, no: &TakeNo, ticket: &Ticket, at: Moment) {
        let entry = self.nodes[ix].take(no.n).map_or(0, |take| take.entry);
        if let Some(offer) = self.graph.offer(ix, entry) {
            self.tickets.insert((offer.provider.clone(), ticket.clone()), (ix, no.n));
        }
        self.change_take(ix, no.n, |take| {
            take.ticketed = true;
            take.gone = false;
            take.state = TakeState::Submitted { ticket: ticket.clone(), since: at };
        });
    }

    pub(super) fn refused(&mut self, no: &TakeNo, fault: &Fault) -> Result<(), Why> {
        let ix = self.passing(no, |state| matches!(state, TakeState::Intent))?;
        if matches!(fault.class, Class::Throttled | Class::Denied) || fault.origin == Origin::Ourselves {
            self.nodes[ix].attempts = self.nodes[ix].attempts.saturating_sub(1);
        }
        self.not_bought(ix, no, fault)
    }

    pub(super) fn absent(&mut self, no: &TakeNo) -> Result<(), Why> {
        let ix = self.passing(no, |state| matches!(state, TakeState::Unclear { .. }))?;
        let interrupted = self.nodes[ix].take(no.n).is_some_and(|take| take.interrupted);
        self.nodes[ix].attempts = self.nodes[ix].attempts.saturating_sub(u32::from(interrupted));
        let origin = if interrupted { Origin::Ourselves } else { Origin::Network };
        let fault = Fault::new(Class::Transient, Acceptance::No, "the submission never arrived").from(origin);
        self.not_bought(ix, no, &fault)
    }

    fn not_bought(&mut self, ix: Ix, no: &TakeNo, fault: &Fault) -> Result<(), Why> {
        if self.nodes[ix].take(no.n).is_some_and(Take::is_paid) {
            self.ledger.release(no)?;
            let in_unison = self.graph.unison(ix).is_some();
            let node = &mut self.nodes[ix];
            let entry = node.take(no.n).map(|take| take.entry).filter(|entry| in_unison && *entry != node.entry);
            let bought = entry.and_then(|entry| node.bought_before.get_mut(&entry)).unwrap_or(&mut node.bought);
            *bought = bought.saturating_sub(1);
        }
        self.move_take(ix, no.n, TakeState::Released);
        self.touch_prepared();
        if self.drives(ix, no.n) {
            self.judge(ix, fault, false);
        }
        Ok(())
    }

    pub(super) fn lost(&mut self, no: &TakeNo, fault: &Fault, at: Moment) -> Result<(), Why> {
        let open = |state: &TakeState| matches!(state, TakeState::Intent | TakeState::Submitted { .. });
        let ix = self.passing(no, open)?;
        let gone = self.nodes[ix].take(no.n).is_some_and(|take| take.ticket().is_some());
        self.change_take(ix, no.n, |take| {
            take.gone |= gone;
            take.interrupted = fault.origin == Origin::Ourselves;
            take.state = TakeState::Unclear { since: at };
        });
        Ok(())
    }

    pub(super) fn held(&mut self, no: &TakeNo) -> Result<(), Why> {
        let ix = self.passing(no, |state| matches!(state, TakeState::Unclear { .. }))?;
        self.move_take(ix, no.n, TakeState::Held);
        Ok(())
    }

    pub(super) fn written_off(&mut self, no: &TakeNo) -> Result<(), Why> {
        let ix = self.passing(no, |state| matches!(state, TakeState::Unclear { .. } | TakeState::Held))?;
        let cost = self.ledger.write_off(no)?;
        self.move_take(ix, no.n, TakeState::WrittenOff { cost });
        if self.drives(ix, no.n) {
            self.judge(ix, &never_known(), false);
        }
        Ok(())
    }

    pub(super) fn resolved(&mut self, no: &TakeNo, verdict: Verdict, at: Moment) -> Result<(), Why> {
        let ix = self.passing(no, |state| matches!(state, TakeState::Held))?;
        let cost = self.ledger.write_off(no)?;
        self.move_take(ix, no.n, TakeState::WrittenOff { cost });
        if self.drives(ix, no.n) {
            match verdict {
                Verdict::Resend => {
                    self.nodes[ix].extra = true;
                    self.set_phase(ix, Phase::Resting { until: at });
                }
                Verdict::Abandon => {
                    self.loses(ix);
                    self.give_up(ix, never_known(), None);
                }
            }
        }
        Ok(())
    }

    pub(super) fn stray(&mut self, no: &TakeNo, of: &TakeNo, ticket: &Ticket, at: Moment) -> Result<(), Why> {
        let (ix, meant) = self.take_at(of)?;
        let meant = meant.clone();
        if of.node != no.node || self.nodes[ix].next_take() != no.n {
            return Err(Why::NoSuchTake(no.clone()));
        }
        self.ledger.owe(no, meant.worst, at.day())?;
        self.change_take(ix, of.n, |take| take.strayed = true);
        let state = TakeState::Intent;
        let new = Take { intended: at, expired: None, late: false, untimed: false, ..meant };
        self.nodes[ix].takes.push(Take { state, aside: true, ..new });
        self.count_take_in(ix, no.n, Bearing::Apart, true);
        self.learn_ticket(ix, no, ticket, at);
        Ok(())
    }

    pub(super) fn expired(&mut self, no: &TakeNo, at: Moment) -> Result<(), Why> {
        let ix = self.passing(no, at_provider)?;
        self.change_take(ix, no.n, |take| take.expired = Some(at));
        Ok(())
    }

    pub(super) fn cancelling(&mut self, no: &TakeNo) -> Result<(), Why> {
        let ix = self.passing(no, |state| matches!(state, TakeState::Submitted { .. }))?;
        self.change_take(ix, no.n, |take| take.cancelling = true);
        Ok(())
    }

    pub(super) fn late(&mut self, no: &TakeNo) -> Result<(), Why> {
        let ix = self.passing(no, at_provider)?;
        self.change_take(ix, no.n, |take| take.late = true);
        if self.drives(ix, no.n) {
            self.judge(ix, &ran_past_its_time(), true);
        }
        Ok(())
    }

    pub(super) fn succeeded(&mut self, no: &TakeNo, charge: Option<Money>, at: Moment) -> Result<(), Why> {
        let (ix, take) = self.take_at(no)?;
        let TakeState::Submitted { ticket, .. } = &take.state else {
            return Err(Why::TakeElsewhere { take: no.clone(), state: take.state.name() });
        };
        let state = TakeState::Succeeded { ticket: ticket.clone(), charge, since: at };
        if mutant::is(Mutant::SettleTwice) {
            self.ledger.settle_too_early(charge.unwrap_or(take.worst));
        }
        // The clock of our patience starts again: fetching is another matter than making.
        self.change_take(ix, no.n, |take| {
            take.state = state;
            take.expired = None;
        });
        Ok(())
    }

    /// Books the charge of a take that is over; what was said when the provider was done counts where nothing is now.
    fn book(&mut self, ix: Ix, no: &TakeNo, charge: Option<Money>) -> Result<Money, Why> {
        let take = self.nodes[ix].take(no.n).ok_or_else(|| Why::NoSuchTake(no.clone()))?;
        if !take.is_paid() {
            return Ok(Money::ZERO);
        }
        if let TakeState::WrittenOff { cost } = take.state {
            self.ledger.settle_written_off(cost);
            return Ok(cost);
        }
        let said = if let TakeState::Succeeded { charge, .. } = &take.state { *charge } else { None };
        let booked = self.ledger.settle(no, charge.or(said))?;
        self.touch_prepared();
        Ok(booked)
    }

    pub(super) fn fell(
        &mut self,
        no: &TakeNo,
        fault: &Fault,
        charge: Option<Money>,
        extension: Option<&crate::graph::Extension>,
    ) -> Result<(), Why> {
        let ix = self.passing(no, is_open)?;
        let too_slow = self.nodes[ix].take(no.n).is_some_and(|take| take.expired.is_some() && take.cancelling);
        let cost = self.book(ix, no, charge)?;
        self.move_take(ix, no.n, TakeState::Fallen { cost });
        if !self.drives(ix, no.n) {
            return Ok(());
        }
        let entry = self.nodes[ix].entry;
        if let Some(extension) = extension {
            self.nodes[ix].faults.insert(entry, fault.clone());
            return self.extend(ix, extension);
        }
        if too_slow {
            self.judge(ix, &ran_past_its_time(), true);
        } else {
            self.judge(ix, fault, false);
        }
        Ok(())
    }

    pub(super) fn kept(
        &mut self,
        no: &TakeNo,
        outputs: &Outputs,
        charge: Option<Money>,
        adopted: bool,
        extension: Option<&Extension>,
    ) -> Result<(), Why> {
        let written_off = |state: &TakeState| matches!(state, TakeState::WrittenOff { .. });
        let ix = self.passing(no, |state| is_open(state) || written_off(state))?;
        let cost = self.book(ix, no, charge)?;
        let outputs = Arc::new(outputs.clone());
        let brings = extension.cloned().map(Box::new);
        self.move_take(ix, no.n, TakeState::Kept { outputs: Arc::clone(&outputs), cost, extension: brings });
        if !adopted {
            self.could_be_made(ix, no);
            return Ok(());
        }
        if matches!(self.nodes[ix].phase, Phase::Complete { .. } | Phase::Extended { .. } | Phase::Dropped) {
            return Err(self.elsewhere(ix));
        }
        if matches!(self.nodes[ix].phase, Phase::GivenUp { .. }) {
            self.reopen_knowing(ix);
        }
        self.complete(ix, outputs, extension)?;
        self.made_by(ix, no);
        Ok(())
    }
}

fn at_provider(state: &TakeState) -> bool {
    matches!(state, TakeState::Submitted { .. } | TakeState::Succeeded { .. })
}

fn is_open(state: &TakeState) -> bool {
    match state {
        TakeState::Intent
        | TakeState::Unclear { .. }
        | TakeState::Held
        | TakeState::Submitted { .. }
        | TakeState::Succeeded { .. } => true,
        TakeState::Kept { .. } | TakeState::Fallen { .. } | TakeState::Released | TakeState::WrittenOff { .. } => false,
    }
}

/// The fault of a take that we stopped waiting for: the same entry is not tried again at once.
fn ran_past_its_time() -> Fault {
    Fault::new(Class::Transient, Acceptance::Yes, "it ran past its time").from(Origin::Timeout)
}

/// The fault of a take of which nobody will know what became.
fn never_known() -> Fault {
    Fault::new(Class::Unclear, Acceptance::Unknown, "nobody knows whether it was accepted")
}
