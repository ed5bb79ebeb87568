//! What open takes hold: their keys, their money, their slots.

use crate::admission::{Claim, Holding, Lane};
use crate::graph::{Ix, Maker};
use crate::id::Key;
use crate::journal::state::{RunState, TakeState};

/// What the open takes of a run hold.
pub(super) fn holdings(state: &RunState) -> Vec<Holding> {
    let index = state.index();
    index.open().chain(index.held.iter().copied()).filter_map(|(ix, n)| holding(state, ix, n)).collect()
}

/// What a take of this entry claims. Two accounts may share one at the provider, so what could not be told apart there
/// is claimed from all of them.
pub(super) fn claim(state: &RunState, ix: Ix, entry: usize, key: Key) -> Claim {
    if state.graph().is_weak(ix, entry) {
        Claim::anywhere(key)
    } else {
        Claim::within(state.spec().account.clone(), key)
    }
}

/// What one open take holds: its claim, its money, its slot.
pub(crate) fn holding(state: &RunState, ix: Ix, n: u32) -> Option<Holding> {
    let take = state.nodes()[ix].take(n)?;
    let no = state.no(ix, n);
    let weak = state.graph().is_weak(ix, take.entry);
    let lane = match &state.graph().entry(ix, take.entry)?.maker {
        Maker::Local { cores } => Lane::Process { cores: *cores },
        Maker::Paid(offer) => Lane::Submission { provider: offer.provider.clone(), model: offer.model.clone() },
    };
    let reservation = state.ledger().reservation(&no);
    Some(Holding {
        take: no.of(state.spec().id),
        claim: (!take.late || weak).then(|| claim(state, ix, take.entry, take.key)),
        lane,
        day: reservation.map_or_else(|| take.intended.day(), |reservation| reservation.day),
        reserved: reservation.map_or_else(Default::default, |reservation| reservation.amount),
        slot: !take.late && !matches!(take.state, TakeState::Held | TakeState::Succeeded { .. }),
        held: matches!(take.state, TakeState::Held),
    })
}
