//! By which entry those are made that are in unison, and who of them goes on.
//!
//! The rule, and why it comes to an end, are in docs/adr/0018. It is a question to what is true now: nothing of the answer
//! is kept anywhere.

use std::cmp::Reverse;

use super::judge::{is_of_its_entry, is_ours};
use super::route::passable;
use super::{Decision, Flight, is_stopping};
use crate::fault::{Acceptance, Class, Fault};
use crate::graph::Ix;
use crate::journal::RunState;
use crate::journal::event::Event;
use crate::journal::state::{Node, Phase};
use crate::moment::Moment;
use crate::mutant::{self, Mutant};

/// Where a node may go from where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// On, as it is.
    Goes,
    /// On, by this entry.
    Moves(usize),
    /// Nowhere, until others have gone on.
    Waits,
}

/// Those that one gate keeps in unison.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choir<'a> {
    state: &'a RunState,
    gate: Ix,
    /// The entry that has failed for the fewest of them.
    entry: usize,
    /// Whether what is under way by other entries can no longer make one of them the better choice.
    is_firm: bool,
    /// Whether one of them that has failed before is yet to be made by it.
    is_tried: bool,
    /// Whether any of them is.
    is_open: bool,
    /// Who counts as having failed with its entry, though that is only being judged.
    failing: Option<Ix>,
}

/// What is known of one entry of their route.
#[derive(Debug, Clone, Copy, Default)]
struct Record {
    lost: usize,
    made: usize,
    flying: usize,
}

impl<'a> Choir<'a> {
    /// Those whom this gate keeps in unison.
    pub(super) fn of(state: &'a RunState, gate: Ix) -> Self {
        Self::when(state, gate, None)
    }

    /// The same, if this one has failed with its entry for good.
    fn when(state: &'a RunState, gate: Ix, failing: Option<Ix>) -> Self {
        let start = Self { state, gate, entry: 0, is_firm: true, is_tried: false, is_open: false, failing };
        let mut records = vec![Record::default(); start.route()];
        for ix in start.all() {
            let node = &state.nodes()[ix];
            for (entry, record) in records.iter_mut().enumerate() {
                record.lost += usize::from(start.has_lost(ix, entry));
                record.made += usize::from(node.made.contains(&entry));
            }
            let is_flying = matches!(node.phase, Phase::Taking { .. } | Phase::Judging { .. }) && failing != Some(ix);
            if let Some(record) = records.get_mut(node.entry).filter(|_| is_flying) {
                record.flying += 1;
            }
        }
        // On a tie they stay, or take the one that has made most of them already, or the first.
        let stands = state.nodes()[gate].made.first();
        let rank =
            |(entry, record): &(usize, &Record)| (record.lost, stands != Some(entry), Reverse(record.made), *entry);
        let Some((entry, best)) = records.iter().enumerate().min_by_key(rank) else { return start };
        let may_win = |(at, other): (usize, &Record)| at != entry && other.flying > 0 && other.lost <= best.lost;
        let is_firm = !records.iter().enumerate().any(may_win);
        let chosen = Self { entry, is_firm, ..start };
        let mut open = chosen.all().filter(|ix| chosen.is_wanted(*ix)).peekable();
        let is_open = open.peek().is_some();
        let is_tried = open.any(|ix| has_failed(&state.nodes()[ix]));
        Self { is_tried, is_open, ..chosen }
    }

    fn all(&self) -> impl Iterator<Item = Ix> + use<'a> {
        self.state.graph().node(self.gate).awaits.iter().copied()
    }

    fn route(&self) -> usize {
        self.all().next().map_or(0, |ix| self.state.graph().node(ix).spec.route.len())
    }

    /// Whether this entry has failed for the node, for good.
    fn has_lost(&self, ix: Ix, entry: usize) -> bool {
        let node = &self.state.nodes()[ix];
        if node.made.contains(&entry) {
            return false;
        }
        let own = entry == node.entry;
        node.lost.contains(&entry)
            || match &node.phase {
                Phase::Failed => is_broken(node) || (own && !waits_for_a_round(self.state, ix)),
                Phase::Judging { fault, .. } => self.failing == Some(ix) && (own || is_ours(fault)),
                Phase::GivenUp { fault, because } => because.is_some() || !is_of_its_entry(fault),
                Phase::Dropped => true,
                Phase::Waiting
                | Phase::Ready
                | Phase::Keyed { .. }
                | Phase::Prepared { .. }
                | Phase::Taking { .. }
                | Phase::Resting { .. }
                | Phase::Reviewing
                | Phase::Extended { .. }
                | Phase::Complete { .. } => false,
            }
    }

    /// Whether the node is not made, and may be by the entry of all.
    fn is_wanted(&self, ix: Ix) -> bool {
        self.state.nodes()[ix].outputs().is_none() && !self.has_lost(ix, self.entry)
    }

    /// Where a node that has no take under way may go. Who has failed before goes first: until it is made, nobody knows
    /// whether the others will have to be made by the same.
    fn turn(&self, ix: Ix) -> Turn {
        let node = &self.state.nodes()[ix];
        if self.has_lost(ix, self.entry) || !self.is_firm || (self.is_tried && !has_failed(node)) {
            Turn::Waits
        } else if node.entry == self.entry {
            Turn::Goes
        } else {
            Turn::Moves(self.entry)
        }
    }

    /// What moves all of them on: those that left their entry, then those that were made by another, then the end of those
    /// that the entry of all has failed for.
    fn step(&self, flight: &Flight, now: Moment) -> Option<Vec<Decision>> {
        self.set_back(flight, now).or_else(|| self.step_on(now))
    }

    fn step_on(&self, now: Moment) -> Option<Vec<Decision>> {
        if !self.is_firm {
            return None;
        }
        let left = |ix: &Ix| match self.state.nodes()[*ix].phase {
            Phase::Failed => self.state.nodes()[*ix].entry != self.entry && self.is_wanted(*ix),
            Phase::GivenUp { .. } => self.is_wanted(*ix),
            _ => false,
        };
        let go_on = |ixs: Vec<Ix>| (!ixs.is_empty()).then(|| ixs.into_iter().map(|ix| self.retry(ix, self.entry, now)));
        if let Some(decisions) = go_on(self.all().filter(left).collect()) {
            return Some(decisions.collect());
        }
        if self.is_open || mutant::is(Mutant::Discord) {
            return None;
        }
        let elsewhere =
            |ix: &Ix| self.state.nodes()[*ix].outputs().is_some() && self.state.nodes()[*ix].entry != self.entry;
        let follows = |ix: &Ix| elsewhere(ix) && !self.has_lost(*ix, self.entry);
        if let Some(decisions) = go_on(self.all().filter(follows).collect()) {
            return Some(decisions.collect());
        }
        let is_over = |ix: &Ix| matches!(self.state.nodes()[*ix].phase, Phase::GivenUp { .. } | Phase::Dropped);
        let ends: Vec<Decision> =
            self.all().filter(|ix| !is_over(ix) && self.has_lost(*ix, self.entry)).map(|ix| self.end(ix)).collect();
        (!ends.is_empty()).then_some(ends)
    }

    /// Whoever is on the way to a take that is not to be bought now leaves the way: others may need the place.
    fn set_back(&self, flight: &Flight, now: Moment) -> Option<Vec<Decision>> {
        let on_the_way = |ix: &Ix| match self.state.nodes()[*ix].phase {
            Phase::Prepared { .. } => true,
            Phase::Keyed { .. } => flight.is_on_the_way(*ix),
            _ => false,
        };
        self.all().filter(on_the_way).find_map(|ix| match self.turn(ix) {
            Turn::Goes => None,
            Turn::Moves(entry) => Some(vec![self.retry(ix, entry, now)]),
            Turn::Waits => Some(vec![self.retry(ix, self.state.nodes()[ix].entry, now)]),
        })
    }

    fn retry(&self, ix: Ix, entry: usize, now: Moment) -> Decision {
        Decision::Record(Event::Retrying { node: self.state.id(ix).clone(), entry, not_before: now })
    }

    fn end(&self, ix: Ix) -> Decision {
        let node = &self.state.nodes()[ix];
        let fault = node.faults.get(&self.entry).or_else(|| node.faults.get(&node.entry)).cloned();
        let fault = fault.unwrap_or_else(|| {
            let message = "it cannot be made by the entry that makes the others";
            Fault::new(Class::Rejected, Acceptance::No, message)
        });
        Decision::Record(Event::GaveUp { node: self.state.id(ix).clone(), fault, because: None })
    }
}

/// Whether an entry that the node has left, or is about to leave, has failed for it.
fn has_failed(node: &Node) -> bool {
    !node.lost.is_empty() || matches!(node.phase, Phase::GivenUp { .. })
}

/// Whether it failed by a fault of ours, which no entry mends.
fn is_broken(node: &Node) -> bool {
    node.faults.get(&node.entry).is_some_and(is_ours)
}

fn waits_for_a_round(state: &RunState, ix: Ix) -> bool {
    let is_left = state.nodes()[ix].round < state.round || state.round < state.spec().rounds;
    is_left && passable(state, ix).is_some()
}

/// Where this node may go; whom nothing keeps in unison goes.
pub(super) fn turn(state: &RunState, ix: Ix) -> Turn {
    if state.index().discord.is_empty() {
        return Turn::Goes;
    }
    let gate = state.graph().unison(ix).filter(|gate| state.index().discord.contains_key(gate));
    gate.map_or(Turn::Goes, |gate| Choir::of(state, gate).turn(ix))
}

/// The choirs in which somebody has failed, or which are past their first entry.
pub(super) fn choirs(state: &RunState) -> Vec<Choir<'_>> {
    state.index().discord.keys().map(|gate| Choir::of(state, *gate)).collect()
}

/// The same as [`turn`], with all choirs at hand.
pub(super) fn turn_among(choirs: &[Choir<'_>], state: &RunState, ix: Ix) -> Turn {
    if choirs.is_empty() {
        return Turn::Goes;
    }
    let gate = state.graph().unison(ix);
    choirs.iter().find(|choir| Some(choir.gate) == gate).map_or(Turn::Goes, |choir| choir.turn(ix))
}

/// The next step of those that are kept in unison.
pub(super) fn step(state: &RunState, flight: &Flight, now: Moment) -> Option<Vec<Decision>> {
    if is_stopping(state) {
        return None;
    }
    let open = |gate: &&Ix| !state.nodes()[**gate].phase.is_settled();
    state.index().discord.keys().filter(open).find_map(|gate| Choir::of(state, *gate).step(flight, now))
}

/// The entry by which a node goes on whose entry has failed for it; nothing where it waits, for a round or for the others.
pub(super) fn next(state: &RunState, gate: Ix, ix: Ix) -> Option<usize> {
    let own = state.nodes()[ix].entry;
    if waits_for_a_round(state, ix) && Choir::of(state, gate).entry == own {
        return None;
    }
    let choir = Choir::when(state, gate, Some(ix));
    (choir.is_firm && choir.entry != own && !choir.has_lost(ix, choir.entry)).then_some(choir.entry)
}

/// The same, where it lies further on: those in unison do not go back for the sake of who refuses us, since somebody may
/// mend that.
pub(super) fn further(state: &RunState, gate: Ix, ix: Ix) -> Option<usize> {
    next(state, gate, ix).filter(|entry| *entry > state.nodes()[ix].entry)
}
