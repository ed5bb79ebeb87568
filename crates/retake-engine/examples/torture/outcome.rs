//! What became of the run, as one line: where it stands, its money, and whatever waits for a person.

use std::fmt;

use retake_engine::graph::Ix;
use retake_engine::id::TakeNo;
use retake_engine::journal::event::{Ending, Pause};
use retake_engine::journal::state::{Bearing, Node, Phase, RunState, Status, Take, TakeState};
use retake_engine::money::Money;
use serde::Serialize;

/// The line.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    ending: Option<Ending>,
    pause: Option<Pause>,
    cap: Money,
    settled: Money,
    written_off: Money,
    reserved: Money,
    /// Takes that may have been bought; they wait for a person.
    held: Vec<TakeNo>,
    /// How many nodes are made.
    made: usize,
    /// How many takes were authorised for money.
    takes: usize,
}

impl Outcome {
    /// What became of a run that is over, or that only a person can move on. One whose pause has been heard of may
    /// have work under way again.
    pub(crate) fn of(state: &RunState) -> Option<Self> {
        let mut takes = state.nodes().iter().flat_map(|node| &node.takes);
        let moves = takes.any(|take| take.bearing() == Bearing::Active);
        let (ending, pause) = match state.status() {
            Status::Paused(pause) if !moves => (None, Some(pause.clone())),
            Status::Queued | Status::Running | Status::Paused(_) => return None,
            Status::Ended(ending) => (Some(*ending), None),
        };
        let ledger = state.ledger();
        let takes: Vec<(TakeNo, &Take)> =
            state.nodes().iter().enumerate().flat_map(|(ix, node)| named(state, ix, node)).collect();
        let held = takes.iter().filter(|(_, take)| matches!(take.state, TakeState::Held));
        Some(Self {
            ending,
            pause,
            cap: ledger.cap(),
            settled: ledger.settled(),
            written_off: ledger.written_off(),
            reserved: ledger.reserved(),
            held: held.map(|(no, _)| no.clone()).collect(),
            made: state.nodes().iter().filter(|node| matches!(node.phase, Phase::Complete { .. })).count(),
            takes: takes.len(),
        })
    }
}

/// The takes of a node that were authorised for money.
fn named<'a>(state: &RunState, ix: Ix, node: &'a Node) -> Vec<(TakeNo, &'a Take)> {
    let id = &state.graph().node(ix).spec.id;
    let takes = (1..).zip(&node.takes).filter(|(_, take)| take.is_paid());
    takes.map(|(n, take)| (TakeNo { node: id.clone(), n }, take)).collect()
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}
