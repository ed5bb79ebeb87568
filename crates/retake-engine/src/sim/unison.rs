//! The promises of those that are in unison, counted from their takes.

use std::collections::BTreeSet;

use super::host::Host;
use crate::graph::Ix;
use crate::id::RunId;
use crate::journal::event::Event;
use crate::journal::state::{Node, Phase, RunState, TakeState};
use crate::store::Batch;

impl Host {
    /// A take is bought by an entry that has failed for no more of those in unison than any other, as far as that was
    /// known when it was meant.
    pub(super) fn check_voice(&self, run: RunId, batch: &Batch, seq: u64) -> Option<String> {
        let at = batch.records.iter().find(|record| record.seq == seq)?;
        let Event::Intended { take, entry, .. } = &at.event else { return None };
        let graph = self.actors.get(&run)?.state().graph();
        let gate = graph.unison(graph.find(&take.node)?)?;
        let before = self.store.load(run).expect("the store can be read");
        let meant = batch.records.iter().take_while(|record| record.seq < seq);
        let state = RunState::fold(before.iter().chain(meant)).expect("it folds");
        let all = || state.graph().node(gate).awaits.iter().map(|at| &state.nodes()[*at]);
        let certainly = |node: &&Node| node.lost.contains(entry) && !matches!(node.phase, Phase::GivenUp { .. });
        let perhaps = |node: &Node, other: usize| {
            let stands = matches!(node.phase, Phase::Failed | Phase::GivenUp { .. });
            node.lost.contains(&other) || (stands && !node.made.contains(&other))
        };
        let lost = all().filter(certainly).count();
        let route = state.graph().node(gate).awaits.first().map_or(0, |at| state.graph().node(*at).spec.route.len());
        let better = (0..route).find(|other| all().filter(|node| perhaps(node, *other)).count() < lost)?;
        Some(format!("take {take} is bought by entry {entry}, which fails for {lost}; entry {better} fails for fewer"))
    }

    /// Counts those that followed others, those that went back with them, and those that were given up for them.
    pub(super) fn count_followers(&mut self) {
        let mut seen = Vec::new();
        for state in self.states() {
            for (ix, node) in in_unison(state) {
                let open = state.graph().unison(ix).is_some_and(|gate| state.nodes()[gate].outputs().is_some());
                let (made, entry) = (kept(node), node.entry);
                let complete = node.outputs().is_some();
                seen.extend(
                    (open && complete && made.iter().any(|by| *by < entry))
                        .then_some("node followed another in unison"),
                );
                let tried = node.takes.iter().skip(node.before).any(|take| take.entry > entry);
                seen.extend((open && complete && tried).then_some("node went back in unison"));
                let given_up = matches!(node.phase, Phase::GivenUp { because: None, .. });
                seen.extend((open && given_up && !made.is_empty()).then_some("node was made and given up in unison"));
            }
        }
        seen.into_iter().for_each(|what| self.tally.count(what));
    }
}

fn in_unison(state: &RunState) -> impl Iterator<Item = (Ix, &Node)> {
    state.nodes().iter().enumerate().filter(|(ix, _)| state.graph().unison(*ix).is_some())
}

/// By which entries a node was made since a person last asked for it.
fn kept(node: &Node) -> BTreeSet<usize> {
    let takes = node.takes.iter().skip(node.before);
    takes.filter(|take| matches!(take.state, TakeState::Kept { .. })).map(|take| take.entry).collect()
}

impl Host {
    /// Behind an open gate, all that is to be in unison is; and no other entry had made more of it.
    pub(super) fn check_unison(&self, state: &RunState) -> Option<String> {
        let graph = state.graph();
        let open = |ix: &Ix| graph.node(*ix).spec.unison && state.nodes()[*ix].outputs().is_some();
        (0..graph.len()).filter(open).find_map(|gate| {
            let there =
                graph.node(gate).awaits.iter().map(|at| &state.nodes()[*at]).filter(|node| node.outputs().is_some());
            let entries: BTreeSet<usize> = there.clone().map(|node| node.entry).collect();
            if entries.len() > 1 {
                return Some(format!("{} opened on entries {entries:?}", state.id(gate)));
            }
            let (made, count) = (self.made(state, gate), there.count());
            let by = |entry: usize| made.iter().filter(|(_, by)| *by == entry).count();
            let more = made.iter().map(|(_, by)| *by).find(|entry| by(*entry) > count)?;
            Some(format!(
                "{} opened on entries {entries:?} with {count}, and entry {more} made {}",
                state.id(gate),
                by(more)
            ))
        })
    }

    /// Who was made by which entry, of those that this gate keeps in unison, since a person last asked for anything.
    fn made(&self, state: &RunState, gate: Ix) -> BTreeSet<(Ix, usize)> {
        let mut made = BTreeSet::new();
        for record in self.store.load(state.spec().id).expect("the store can be read") {
            match record.event {
                Event::Redone { .. } | Event::Retried | Event::Picked { .. } => made.clear(),
                Event::Kept { take, adopted: true, .. } => {
                    let ix = state.graph().find(&take.node).filter(|ix| state.graph().unison(*ix) == Some(gate));
                    made.extend(ix.and_then(|ix| Some((ix, state.take(&take)?.entry))));
                }
                _ => {}
            }
        }
        made
    }
}
