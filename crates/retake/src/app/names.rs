//! Names that people type, and names that a face makes.

use retake_engine::graph::Maker;
use retake_engine::id::{NodeId, RunId};
use retake_engine::journal::RunState;
use retake_engine::journal::state::Phase;
use uuid::Uuid;

use super::trouble::Trouble;
use crate::config::nearest;

/// The steps that are the picture of a scene, the last one first.
const PICTURE: [&str; 6] = ["video", "rig", "compile", "still", "title", "image"];

/// A name for a run.
#[expect(clippy::disallowed_methods, reason = "this is where a face names runs")]
pub(crate) fn new_run() -> RunId {
    RunId(Uuid::now_v7())
}

/// A number that nobody had before: what makes a key another.
pub(crate) fn new_number() -> u64 {
    // The first part is the time; the last is drawn.
    new_run().0.as_u64_pair().1
}

/// The nodes that are meant by `SCENE[.SHOT][/STEP]`; without a step, the picture alone.
pub(crate) fn find_nodes(state: &RunState, what: &str) -> Result<Vec<NodeId>, Trouble> {
    let there: Vec<&str> = state
        .graph_ids()
        .into_iter()
        .filter(|(_, phase)| !matches!(phase, Phase::Dropped))
        .map(|(id, _)| id.as_str())
        .collect();
    let (scenes, steps): (Vec<&str>, Vec<&str>) = there.iter().filter_map(|id| id.rsplit_once('/')).unzip();
    let named = |wanted: &str, step: &str| {
        let is_meant = |(scene, made): (&&str, &&str)| {
            let shot = scene.strip_prefix(wanted).and_then(|rest| rest.strip_prefix('.'));
            let is_shot = shot.is_some_and(|shot| !shot.is_empty() && shot.bytes().all(|b| b.is_ascii_digit()));
            *made == step && (*scene == wanted || is_shot)
        };
        scenes
            .iter()
            .zip(&steps)
            .filter(|(scene, made)| is_meant((scene, made)))
            .map(|(s, m)| format!("{s}/{m}"))
            .collect::<Vec<_>>()
    };
    let exact: Vec<String> = there.iter().filter(|id| **id == what).map(|id| (*id).to_owned()).collect();
    let with_step = || what.rsplit_once('/').map(|(scene, step)| named(scene, step)).unwrap_or_default();
    let of_scene = || PICTURE.iter().map(|step| named(what, step)).filter(|found| !found.is_empty());
    let picture = || {
        // A camera's way over a picture is the same each time: it is the picture that can be another.
        let moves = of_scene().next().filter(|found| found.iter().all(|id| is_made_here(state, id)));
        let still = moves.as_ref().map(|_| named(what, "image")).filter(|found| !found.is_empty());
        still.or(moves).or_else(|| of_scene().next()).unwrap_or_default()
    };
    let found = [exact, with_step(), picture()].into_iter().find(|found| !found.is_empty());
    found.map(|found| found.into_iter().map(NodeId::from).collect()).ok_or_else(|| missing(what, &there, &scenes))
}

/// Whether this machine makes it. Where it only stood in for somebody, they are asked again.
fn is_made_here(state: &RunState, id: &str) -> bool {
    let first = state.graph().find(&id.into()).and_then(|ix| state.graph().entry(ix, 0));
    let made_by = first.map(|entry| &entry.maker);
    matches!(made_by, Some(Maker::Local { .. }))
}

fn missing(what: &str, there: &[&str], scenes: &[&str]) -> Trouble {
    // What belongs to the film as a whole has no scene.
    let scenes: Vec<&str> = scenes.iter().copied().filter(|scene| !scene.is_empty()).collect();
    let scenes = scenes.as_slice();
    let names = if what.contains('/') { there } else { scenes };
    let near = nearest(what, names).map(|near| format!("did you mean `{near}`?"));
    let mut known: Vec<&str> = scenes.to_vec();
    known.dedup();
    known.truncate(12);
    let hint = near.unwrap_or_else(|| format!("there are {}", known.join(", ")));
    Trouble::usage(format!("there is nothing called `{what}` in this run")).hint(hint)
}

/// The nodes of a run by their names.
trait Ids {
    fn graph_ids(&self) -> Vec<(&NodeId, &Phase)>;
}

impl Ids for RunState {
    fn graph_ids(&self) -> Vec<(&NodeId, &Phase)> {
        self.nodes().iter().enumerate().map(|(ix, node)| (&self.graph().node(ix).spec.id, &node.phase)).collect()
    }
}
