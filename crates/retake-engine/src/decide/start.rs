//! How an action is put together.

use super::Decision;
use crate::graph::Ix;
use crate::id::Key;
use crate::journal::RunState;
use crate::performer::Task;

/// The start of an action for a take of this entry.
pub(super) fn start(state: &RunState, ix: Ix, n: u32, entry: usize, key: Key, task: Task) -> Decision {
    let entry = state.graph().node(ix).spec.route[entry].clone();
    Decision::Start { ix, n, entry, key, task }
}
