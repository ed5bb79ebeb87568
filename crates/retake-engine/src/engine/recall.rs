//! What is known of keys from an event on: across runs, within the account. Keys that hold for one run alone are never
//! asked about, and so not remembered.

use crate::decide::{Finished, Memory};
use crate::fault::{Class, Origin};
use crate::id::{Key, NodeId, ProviderId, Ticket};
use crate::journal::RunState;
use crate::journal::event::Event;
use crate::journal::state::{Phase, TakeState};

/// The key that an event finishes; asked after the event took effect.
pub(super) fn finished(state: &RunState, event: &Event) -> Option<(Key, Memory)> {
    let Event::Kept { take: no, extension, .. } = event else { return None };
    let take = state.take(no).filter(|_| is_shared(state, &no.node))?;
    let TakeState::Kept { outputs, cost, .. } = &take.state else { return None };
    let finished = Finished {
        from: no.of(state.spec().id),
        outputs: outputs.as_ref().clone(),
        cost: *cost,
        extension: extension.clone(),
    };
    Some((take.key, Memory::Finished(finished)))
}

/// The key that an event leaves because it is refused; asked before the event takes effect.
pub(super) fn refused(state: &RunState, event: &Event) -> Option<(Key, Memory)> {
    let leaves = |id: &NodeId, to: Option<usize>| {
        let node = &state.nodes()[state.graph().find(id).filter(|_| is_shared(state, id))?];
        let Phase::Judging { fault, .. } = &node.phase else { return None };
        let take = node.takes.last().filter(|take| take.entry == node.entry && to != Some(node.entry))?;
        let lasting = matches!(fault.class, Class::Rejected | Class::Retired | Class::Invalid | Class::Defective);
        // What is wrong with files here, such as one that is lost, may be mended before the next run.
        let lasting = lasting && fault.origin != Origin::Store;
        let fell = matches!(take.state, TakeState::Fallen { .. } | TakeState::Released);
        (lasting && fell).then(|| (take.key, Memory::Refused(fault.clone())))
    };
    match event {
        Event::Retrying { node, entry, .. } => leaves(node, Some(*entry)),
        Event::Failed { node } | Event::GaveUp { node, .. } => leaves(node, None),
        _ => None,
    }
}

/// Whether other runs may use what this node makes.
fn is_shared(state: &RunState, node: &NodeId) -> bool {
    state.graph().find(node).is_some_and(|ix| !state.graph().node(ix).spec.every_run)
}

/// The ticket that an event makes known; asked after the event took effect.
pub(super) fn ticket(state: &RunState, event: &Event) -> Option<(ProviderId, Ticket)> {
    let (Event::Submitted { take, ticket } | Event::Found { take, ticket } | Event::Stray { take, ticket, .. }) = event
    else {
        return None;
    };
    let entry = state.take(take)?.entry;
    let offer = state.graph().offer(state.graph().find(&take.node)?, entry)?;
    Some((offer.provider.clone(), ticket.clone()))
}
