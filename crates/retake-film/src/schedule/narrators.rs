//! Who speaks together: every voice is another narrator, so scenes that share a route of voices change it together.
//!
//! Owns the gates that keep them together. A film whose every scene has one voice to be spoken by has none of them.

use std::collections::{BTreeSet, HashMap};

use retake_engine::graph::NodeSpec;
use retake_engine::id::{EntryId, NodeId};

use super::Draft;
use crate::recipe::{Recipe, Step};

/// A gate, and the voices that it keeps together.
type Choir = (NodeId, Vec<NodeId>);

impl Draft<'_> {
    /// Adds a gate for each route of several voices. What is made of such a voice waits for it: until all of them are
    /// spoken, nobody knows by whom.
    pub(super) fn narrators(&mut self) {
        let choirs = choirs(std::mem::take(&mut self.spoken));
        let gate_of: HashMap<&NodeId, &NodeId> =
            choirs.iter().flat_map(|(gate, voices)| voices.iter().map(move |voice| (voice, gate))).collect();
        for node in &mut self.nodes {
            let heard = node.needs.iter().chain(&node.awaits).filter_map(|id| gate_of.get(id).copied());
            let gates: BTreeSet<NodeId> = heard.cloned().collect();
            node.awaits.extend(gates);
        }
        for (gate, awaits) in choirs {
            let node = Recipe::film(Step::Narrator).node_named(gate);
            self.add(None, NodeSpec { awaits, unison: true, ..node });
        }
    }
}

/// The voices of each route that has several, in the order of the plan.
fn choirs(spoken: Vec<(Vec<EntryId>, NodeId)>) -> Vec<Choir> {
    let mut routes: Vec<Vec<EntryId>> = Vec::new();
    let mut choirs: Vec<Choir> = Vec::new();
    for (route, voice) in spoken.into_iter().filter(|(route, _)| route.len() > 1) {
        match routes.iter().position(|known| *known == route) {
            Some(at) => choirs[at].1.push(voice),
            None => {
                let nth = routes.len() + 1;
                let gate = if nth == 1 { "/narrator".to_owned() } else { format!("/narrator.{nth}") };
                routes.push(route);
                choirs.push((gate.as_str().into(), vec![voice]));
            }
        }
    }
    choirs
}
