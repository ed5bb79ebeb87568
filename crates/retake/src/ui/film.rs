//! The nodes of a run as people see them: scenes in the order of the plan, and what is the film's own.
//!
//! Owns where a scene stands. It must not know how any of it looks.

use std::collections::HashMap;

use retake_engine::graph::Ix;
use retake_engine::journal::RunState;
use retake_engine::journal::state::{ItemState, Phase};

use super::place::Place;

/// The step of the gate that opens when a scene is good.
const GOOD: &str = "scene";
/// The step without which no scene can be seen.
const SEEN: &str = "ingest";

/// A scene of the film.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scene {
    /// Its id, as the plan has it.
    pub id: String,
    /// Its nodes that are people's business.
    pub nodes: Vec<Ix>,
    /// The gate that opens when it is good.
    gate: Option<Ix>,
}

/// The nodes of a run as people see them.
#[derive(Debug, Clone, Default)]
pub struct Film {
    places: Vec<Place>,
    scenes: Vec<Scene>,
    own: Vec<Ix>,
    by_id: HashMap<String, usize>,
}

/// How many nodes of a scene were made, and of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// How many were made.
    pub made: usize,
    /// How many there are.
    pub of: usize,
    /// How many of the made ones were made before.
    pub reused: usize,
}

impl Film {
    /// The film of this run.
    #[must_use]
    pub fn of(state: &RunState) -> Self {
        let mut film = Self::default();
        film.grow(state);
        film
    }

    /// Takes in the nodes that came since.
    pub fn grow(&mut self, state: &RunState) {
        for ix in self.places.len()..state.graph().len() {
            let place = Place::of(&state.graph().node(ix).spec);
            self.take_in(ix, &place);
            self.places.push(place);
        }
    }

    fn take_in(&mut self, ix: Ix, place: &Place) {
        match &place.scene {
            Some(id) => {
                let at = *self.by_id.entry(id.clone()).or_insert(self.scenes.len());
                if at == self.scenes.len() {
                    self.scenes.push(Scene { id: id.clone(), ..Scene::default() });
                }
                let scene = &mut self.scenes[at];
                if !place.internal {
                    scene.nodes.push(ix);
                } else if place.step == GOOD {
                    scene.gate = Some(ix);
                }
            }
            None if !place.internal => self.own.push(ix),
            None => {}
        }
    }

    /// Its scenes, in the order of the plan.
    #[must_use]
    pub fn scenes(&self) -> &[Scene] {
        &self.scenes
    }

    /// What is the film's own, such as its sound.
    #[must_use]
    pub fn own(&self) -> &[Ix] {
        &self.own
    }

    /// The gates that are the film's own, such as the one that opens when enough scenes are good.
    pub fn gates(&self) -> impl Iterator<Item = Ix> + '_ {
        let own = |place: &Place| place.scene.is_none() && place.internal;
        self.places.iter().enumerate().filter(move |(_, place)| own(place)).map(|(ix, _)| ix)
    }

    /// Where a node stands in the film.
    #[must_use]
    pub fn place(&self, ix: Ix) -> &Place {
        &self.places[ix]
    }

    /// All nodes that are people's business.
    pub fn nodes(&self) -> impl Iterator<Item = Ix> + '_ {
        self.scenes.iter().flat_map(|scene| &scene.nodes).chain(&self.own).copied()
    }
}

impl Scene {
    /// Where it stands, in the words of people.
    #[must_use]
    pub fn state(&self, film: &Film, run: &RunState) -> ItemState {
        let mut seen = [0; 5];
        for state in self.nodes.iter().filter_map(|ix| run.item_state(*ix)) {
            seen[rank(state)] += 1;
        }
        let [failed, generating, pending, lost, _] = seen;
        match () {
            () if generating > 0 => ItemState::Generating,
            () if failed > 0 => ItemState::Failed,
            () if pending > 0 => ItemState::Pending,
            () if lost > 0 && !self.is_good(film, run) => ItemState::FailedPermanent,
            () => ItemState::Complete,
        }
    }

    /// Whether there is enough of it to be shown.
    fn is_good(&self, film: &Film, run: &RunState) -> bool {
        let made = |ix: &Ix| run.item_state(*ix) == Some(ItemState::Complete);
        self.gate
            .map_or_else(|| self.nodes.iter().any(|ix| film.place(*ix).step == SEEN && made(ix)), |gate| made(&gate))
    }

    /// How much of it was made.
    #[must_use]
    pub fn done(&self, run: &RunState) -> Done {
        let mut done = Done::default();
        for ix in &self.nodes {
            let state = run.item_state(*ix);
            let made = state == Some(ItemState::Complete);
            done.of += usize::from(state.is_some());
            done.made += usize::from(made);
            done.reused += usize::from(made && run.nodes()[*ix].reused);
        }
        done
    }

    /// The node for whose failure it is missing: the first that failed by itself.
    #[must_use]
    pub fn lost(&self, run: &RunState) -> Option<Ix> {
        let own = |ix: &&Ix| matches!(&run.nodes()[**ix].phase, Phase::GivenUp { because: None, .. });
        let any = |ix: &&Ix| matches!(&run.nodes()[**ix].phase, Phase::GivenUp { .. });
        self.nodes.iter().find(own).or_else(|| self.nodes.iter().find(any)).copied()
    }

    /// Whether all that people count of it was made before.
    #[must_use]
    pub fn is_reused(&self, run: &RunState) -> bool {
        let mut items = self.nodes.iter().filter(|ix| run.graph().node(**ix).spec.item).peekable();
        items.peek().is_some() && items.all(|ix| run.nodes()[*ix].reused && run.nodes()[*ix].outputs().is_some())
    }
}

const fn rank(state: ItemState) -> usize {
    match state {
        ItemState::Failed => 0,
        ItemState::Generating => 1,
        ItemState::Pending => 2,
        ItemState::FailedPermanent => 3,
        ItemState::Complete => 4,
    }
}
