//! How an action is put together.

use std::sync::Arc;

use super::{Decision, inputs};
use crate::graph::Ix;
use crate::id::Key;
use crate::journal::RunState;
use crate::performer::{Outputs, Task};

/// The start of an action for a take of this entry.
pub(super) fn start(state: &RunState, ix: Ix, n: u32, entry: usize, key: Key, task: Task) -> Decision {
    let entry = state.graph().node(ix).spec.route[entry].clone();
    Decision::Start { ix, n, entry, key, task }
}

/// What the nodes that this one uses have made, without their names.
pub(super) fn outputs(state: &RunState, ix: Ix) -> Vec<Arc<Outputs>> {
    inputs(state, ix).into_iter().map(|(_, outputs)| outputs).collect()
}
