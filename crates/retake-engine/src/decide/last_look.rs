//! Before the film is assembled, every open ticket is asked about once more.

use crate::graph::Ix;
use crate::journal::RunState;

/// Nodes that want every open ticket before them asked once more, and could start otherwise.
pub(super) fn lookers(state: &RunState) -> impl Iterator<Item = Ix> + '_ {
    state.index().lookers.iter().copied()
}

/// The open tickets before this node that were not asked about since it could start.
pub(super) fn unasked(state: &RunState, ix: Ix) -> Vec<(Ix, u32)> {
    if state.index().apart.is_empty() {
        return Vec::new();
    }
    let upstream = state.graph().upstream(ix);
    let counts = |&&(at, n): &&(Ix, u32)| {
        let take = state.nodes()[at].take(n);
        upstream.contains(&at)
            && take.is_some_and(|take| take.ticket().is_some() && !take.aside)
            && !state.asked_once_more.contains(&(ix, at, n))
    };
    state.index().apart.iter().filter(counts).copied().collect()
}
