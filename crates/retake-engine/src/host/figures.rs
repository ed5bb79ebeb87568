//! What the loop can say of itself in figures, when somebody asks.
//!
//! Counted then and there: while nobody asks, nothing is done for it.

use std::collections::BTreeMap;

use super::carry::Loop;
use crate::admission::{Bears, Breaking};
use crate::id::{ModelId, ProviderId};
use crate::journal::state::ItemState;

/// Figures of all runs that have something open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Nodes that make something, by where they stand.
    pub nodes: BTreeMap<ItemState, usize>,
    /// How much of each provider is in use.
    pub providers: Vec<Bears>,
    /// Whether takes of a model are let through, of each that has answered.
    pub breakers: Vec<(ProviderId, ModelId, Breaking)>,
}

impl Loop {
    /// As they are now.
    pub(super) fn figures(&self) -> Figures {
        let mut nodes = BTreeMap::new();
        for seat in self.seats.values() {
            let state = seat.actor.state();
            for ix in 0..state.nodes().len() {
                let is_gate = state.graph().node(ix).spec.route.is_empty();
                if let Some(word) = state.item_state(ix).filter(|_| !is_gate) {
                    *nodes.entry(word).or_default() += 1;
                }
            }
        }
        let admission = &self.hands.admission;
        Figures { nodes, providers: admission.providers(), breakers: admission.breakers() }
    }
}
