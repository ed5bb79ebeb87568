//! Which entries of a node's route may still be used.

use crate::graph::Ix;
use crate::journal::RunState;
use crate::journal::state::{Bearing, Node};

/// The next entry of the route that may be bought, or costs nothing.
pub(super) fn next_entry(state: &RunState, ix: Ix) -> Option<usize> {
    let route = state.graph().node(ix).spec.route.len();
    (state.nodes()[ix].entry + 1..route).find(|entry| affordable(state, ix, *entry))
}

/// The next entry of the route that costs nothing.
pub(super) fn next_local_entry(state: &RunState, ix: Ix) -> Option<usize> {
    let route = state.graph().node(ix).spec.route.len();
    (state.nodes()[ix].entry + 1..route).find(|entry| state.graph().offer(ix, *entry).is_none())
}

/// Whether the node may still buy a take of this entry; local ones cost nothing. In unison each entry may be bought as
/// often as the policy says: else whoever has to follow the others could not.
pub(super) fn affordable(state: &RunState, ix: Ix, entry: usize) -> bool {
    let node = &state.nodes()[ix];
    let takes = state.graph().policy(ix).map_or(0, |policy| policy.paid_takes);
    if entry != node.entry && state.graph().unison(ix).is_some() {
        let before = node.bought_before.get(&entry).copied().unwrap_or(0);
        return state.graph().offer(ix, entry).is_none() || before < takes;
    }
    let by_a_person = node.extra && node.round == 0 && entry == node.entry;
    state.graph().offer(ix, entry).is_none() || node.bought < takes || by_a_person
}

/// The first entry whose last failure can pass and that may be tried again. In unison that is nobody's own business: all
/// are at one entry.
pub(super) fn passable(state: &RunState, ix: Ix) -> Option<usize> {
    let node = &state.nodes()[ix];
    let tried = if state.graph().unison(ix).is_some() { node.entry..=node.entry } else { 0..=usize::MAX };
    let passes = |entry: &usize| affordable(state, ix, *entry) && !is_kept_by_a_late_take(state, ix, node, *entry);
    node.faults.range(tried).filter(|(_, fault)| fault.class.can_pass()).map(|(entry, _)| *entry).find(passes)
}

/// A late take of a weak entry holds its key to the end: another take of it could not be told apart.
fn is_kept_by_a_late_take(state: &RunState, ix: Ix, node: &Node, entry: usize) -> bool {
    state.graph().is_weak(ix, entry)
        && node.takes.iter().any(|take| take.entry == entry && take.bearing() == Bearing::Apart)
}
