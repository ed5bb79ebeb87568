//! Why a run does not move, line by line, for people who look into it.

use std::fmt::Write;

use crate::engine::Actor;
use crate::journal::RunState;
use crate::journal::state::{Phase, Status};
use crate::moment::Moment;

/// How many nodes and takes are listed.
const LINES_MAX: usize = 40;

/// Whether a run is one that moves by itself sooner or later.
pub(super) fn is_expected_to_move(state: &RunState) -> bool {
    match state.status() {
        Status::Queued | Status::Running => true,
        // Whoever it waits for takes their time.
        Status::Paused(_) => false,
        Status::Ended(_) => state.index().open().next().is_some(),
    }
}

/// What a run waits for.
pub(super) fn explain(actor: &Actor, now: Moment) -> String {
    let (state, flight) = (actor.state(), actor.flight());
    let mut text = String::new();
    let summary = state.summary();
    let (run, word) = (state.spec().id, summary.status.word());
    let _ = writeln!(text, "run {run} is {word}, {} of {} nodes made", summary.nodes_done, summary.nodes);
    let money = (summary.settled, summary.reserved, summary.written_off, summary.cap);
    let _ = writeln!(text, "  settled {}, reserved {}, written off {}, cap {}", money.0, money.1, money.2, money.3);
    for (ix, n, busy) in flight.under_way().take(LINES_MAX) {
        let since = now.since(busy.since).as_secs();
        let _ = writeln!(text, "  {}: {:?} for {since} s", state.no(ix, n), busy.kind);
    }
    for (ix, n) in state.index().open().chain(state.index().held.iter().copied()).take(LINES_MAX) {
        let stands = state.nodes()[ix].take(n).map_or("gone", |take| take.state.name());
        let _ = writeln!(text, "  {} is {stands}", state.no(ix, n));
    }
    for (ix, asked) in flight.asking().take(LINES_MAX) {
        let _ = writeln!(text, "  {} asks for take {}: {:?}", state.id(ix), asked.n, asked.answer);
    }
    let waits = |phase: &Phase| matches!(phase, Phase::Resting { .. } | Phase::Reviewing | Phase::Failed);
    for (ix, node) in state.nodes().iter().enumerate().filter(|(_, node)| waits(&node.phase)).take(LINES_MAX) {
        let _ = writeln!(text, "  {} is {}", state.id(ix), node.phase.name());
    }
    text
}
