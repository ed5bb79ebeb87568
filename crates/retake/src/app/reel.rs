//! What a scene looks like while it is being made, and where each lies in the film: all by the hashes of what is stored.
//!
//! Owns the stills of stored clips. It reads a run as it stands, and waits for nothing but one picture.

use std::path::Path;

use retake_engine::graph::Ix;
use retake_engine::id::{Hash, NodeId};
use retake_engine::journal::RunState;
use retake_engine::performer::Outputs;
use retake_film::recipe::{Assemble, Recipe, Step};

use super::album::{frame, role, tell};
use super::counter::Counter;
use super::{Trouble, tools};

/// What is to be seen of a scene so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sight {
    /// What is said in it.
    pub(crate) say: String,
    /// What it is to show.
    pub(crate) shows: String,
    /// Its shots, in order.
    pub(crate) shots: Vec<Shot>,
}

/// What is to be seen of a shot so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shot {
    /// Its number.
    number: Option<u32>,
    /// Its picture.
    pub(crate) picture: Option<Hash>,
    /// Its clip.
    pub(crate) clip: Option<Hash>,
}

/// Where a scene begins in the film.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chapter {
    /// The scene.
    pub(crate) scene: String,
    /// In milliseconds from the beginning.
    pub(crate) at_ms: u64,
}

/// What is to be seen of the scene that has these nodes.
pub(crate) fn sight(state: &RunState, nodes: &[Ix]) -> Sight {
    let mut words = (String::new(), String::new());
    let mut shots: Vec<Shot> = Vec::new();
    for ix in nodes {
        let Some(recipe) = Recipe::read(&state.graph().node(*ix).spec.recipe) else { continue };
        tell(&mut words, &recipe.step);
        let names: &[&str] = match recipe.step {
            Step::Image(_) => &["image"],
            Step::Video(_) => &["clip", "still"],
            Step::Ingest(_) => &["body"],
            _ => continue,
        };
        let at = shots.iter().position(|shot| shot.number == recipe.shot).unwrap_or_else(|| {
            shots.push(Shot { number: recipe.shot, ..Shot::default() });
            shots.len() - 1
        });
        let Some(made) = state.nodes()[*ix].outputs() else { continue };
        for (name, hash) in names.iter().filter_map(|name| Some((*name, role(made, name)?))) {
            match name {
                // What was made conformant is what the film shows.
                "body" => shots[at].clip = Some(hash),
                "clip" => shots[at].clip = shots[at].clip.or(Some(hash)),
                _ => shots[at].picture = shots[at].picture.or(Some(hash)),
            }
        }
    }
    Sight { say: words.0, shows: words.1, shots }
}

/// The first thing that is to be seen of a run.
pub(crate) fn first_sight<'a>(state: &RunState, scenes: impl Iterator<Item = &'a [Ix]>) -> Option<Shot> {
    scenes.flat_map(|nodes| sight(state, nodes).shots).find(|shot| shot.picture.is_some() || shot.clip.is_some())
}

/// Where the scenes begin in the film that was put together last; nothing before there is one.
pub(crate) fn chapters(state: &RunState) -> Vec<Chapter> {
    let films = (0..state.graph().len()).rev().filter_map(|ix| {
        state.nodes()[ix].outputs()?;
        match Recipe::read(&state.graph().node(ix).spec.recipe)?.step {
            Step::Assemble(wish) => Some(wish),
            _ => None,
        }
    });
    films.take(1).flat_map(|wish| laid(state, &wish)).collect()
}

fn laid(state: &RunState, wish: &Assemble) -> Vec<Chapter> {
    let mut chapters: Vec<Chapter> = Vec::new();
    let (mut end, fps) = (0, u64::from(wish.frame.fps).max(1));
    for beat in &wish.beats {
        for (at, piece) in beat.pieces.iter().enumerate() {
            let node = wish.anew.get(&piece.ingest).unwrap_or(&piece.ingest);
            let Some((made, scene)) = shown(state, node).filter(|_| !wish.absent.contains(&piece.ingest)) else {
                continue;
            };
            let number = |fact: &str| made.facts.get(fact).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
            let start = u64::saturating_sub(end, number("head"));
            end = start + number("frames");
            if at == 0 || chapters.last().is_none_or(|last| last.scene != scene) {
                chapters.push(Chapter { scene, at_ms: start * 1000 / fps });
            }
        }
    }
    chapters
}

/// What this node has made, and its scene.
fn shown<'s>(state: &'s RunState, node: &NodeId) -> Option<(&'s Outputs, String)> {
    let ix = state.graph().find(node)?;
    let scene = Recipe::read(&state.graph().node(ix).spec.recipe)?.scene?;
    Some((state.nodes()[ix].outputs()?, scene))
}

impl Counter {
    /// A picture of a clip of theirs, as JPEG.
    pub(crate) fn still(&self, clip: &Path) -> Result<Vec<u8>, Trouble> {
        frame(&tools(self.config()), clip).ok_or_else(|| Trouble::missing("no picture of this clip"))
    }
}
