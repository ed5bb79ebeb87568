//! How a film was made, scene by scene: what lies beside it for whoever wants to know, or to check.
//!
//! Owns the form of the manifest. Everything in it is read off the run's journal. Two runs of one plan with one seed
//! differ in it by ids alone.

use std::collections::HashMap;

use retake_engine::fault::Fault;
use retake_engine::id::{Hash, TakeNo};
use retake_engine::journal::event::Event;
use retake_engine::journal::state::{Phase, TakeState};
use retake_engine::journal::{Record, RunState};
use retake_engine::money::Money;
use retake_engine::performer::Outputs;
use serde::{Deserialize, Serialize};

use crate::recipe::{Instead, Recipe, Step};
use crate::steps::ANSWER;

/// The form's version.
pub const VERSION: u32 = 1;

/// How a film was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form's version.
    pub version: u32,
    /// The run that made it.
    pub run: String,
    /// Its title.
    pub film: String,
    /// The hash of its bytes.
    pub sha256: Hash,
    /// How many frames it has.
    pub frames: u64,
    /// How many of them a second has.
    pub fps: u32,
    /// How long it is, in seconds.
    pub seconds: String,
    /// Where its randomness started.
    pub seed: u64,
    /// What was paid for it, in US dollars.
    pub cost_usd: String,
    /// Its scenes, in order.
    pub scenes: Vec<Scene>,
    /// What was made for the film as a whole.
    pub nodes: Vec<Node>,
}

/// How a scene was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scene {
    /// Its id.
    pub id: String,
    /// Whether it is in the film.
    pub shown: bool,
    /// What was made for it.
    pub nodes: Vec<Node>,
}

/// How a node was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Its name.
    pub id: String,
    /// Where it stands.
    pub state: String,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Who was asked for, where somebody else stood in from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<Instead>,
    /// The hash of all that determines it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Hash>,
    /// Whether it was made before, and taken over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reused: bool,
    /// What was made, by role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<Output>,
    /// What is known of it.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub facts: std::collections::BTreeMap<String, String>,
    /// Every attempt, the first one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub takes: Vec<Take>,
    /// Why it was not made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// Something that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// What it is.
    pub role: String,
    /// The hash of its bytes.
    pub sha256: Hash,
}

/// An attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Take {
    /// Which one.
    pub n: u32,
    /// By whom.
    pub model: String,
    /// How it ended.
    pub fate: String,
    /// What it cost, in US dollars.
    pub cost_usd: String,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// How a film was made, as its run's journal tells; `state` is its fold.
#[must_use]
pub fn of(records: &[Record], state: &RunState, film: &Outputs, title: &str) -> Manifest {
    let faults: Faults<'_> = records.iter().filter_map(|record| fault(&record.event)).collect();
    let fact = |name: &str| film.facts.get(name).map(ToString::to_string).unwrap_or_default();
    let hash = film.artifacts.iter().find(|artifact| &*artifact.role == "film").map(|artifact| artifact.hash);
    let mut manifest = Manifest {
        version: VERSION,
        run: state.spec().id.to_string(),
        film: title.to_owned(),
        sha256: hash.unwrap_or(Hash::of([])),
        frames: fact("frames").parse().unwrap_or(0),
        fps: fact("fps").parse().unwrap_or(0),
        seconds: fact("seconds"),
        seed: state.spec().seed,
        cost_usd: state.summary().settled.to_string(),
        scenes: Vec::new(),
        nodes: Vec::new(),
    };
    for ix in 0..state.graph().len() {
        let spec = &state.graph().node(ix).spec;
        let Some(recipe) = Recipe::read(&spec.recipe) else { continue };
        // The delivery itself is not over while this is written.
        if matches!(recipe.step, Step::Scene | Step::Scenes | Step::Review | Step::Narrator | Step::Deliver(_)) {
            continue;
        }
        let Some(mut node) = node(state, &faults, ix) else { continue };
        node.instead = recipe.instead;
        match recipe.scene {
            None => manifest.nodes.push(node),
            Some(scene) => {
                let shows = matches!(recipe.step, Step::Ingest(_)) && node.state == "complete";
                let known = manifest.scenes.iter_mut().rev().find(|known| known.id == scene);
                match known {
                    Some(known) => {
                        known.shown |= shows;
                        known.nodes.push(node);
                    }
                    None => manifest.scenes.push(Scene { id: scene, shown: shows, nodes: vec![node] }),
                }
            }
        }
    }
    manifest
}

/// What went wrong with each take, and what it was.
type Faults<'r> = HashMap<&'r TakeNo, &'r Fault>;

fn fault(event: &Event) -> Option<(&TakeNo, &Fault)> {
    match event {
        Event::Refused { take, fault } | Event::Lost { take, fault } | Event::Fell { take, fault, .. } => {
            Some((take, fault))
        }
        _ => None,
    }
}

/// How a take ended, and what was booked for it.
fn fate(state: &TakeState) -> (&'static str, Money) {
    let cost = match state {
        TakeState::Kept { cost, .. } | TakeState::Fallen { cost } | TakeState::WrittenOff { cost } => *cost,
        TakeState::Intent
        | TakeState::Unclear { .. }
        | TakeState::Held
        | TakeState::Submitted { .. }
        | TakeState::Succeeded { .. }
        | TakeState::Released => Money::ZERO,
    };
    (state.name(), cost)
}

fn node(state: &RunState, faults: &Faults<'_>, ix: usize) -> Option<Node> {
    let (spec, node) = (&state.graph().node(ix).spec, &state.nodes()[ix]);
    let model_of = |entry: usize| spec.route.get(entry).map(ToString::to_string);
    let (outputs, fault) = match &node.phase {
        Phase::Complete { outputs } => (Some(outputs), None),
        Phase::GivenUp { fault, .. } => (None, Some(fault.message.clone())),
        _ => (None, None),
    };
    let takes = node.takes.iter().zip(1..).map(|(take, n)| {
        let (fate, cost) = fate(&take.state);
        let fault = faults.get(&TakeNo { node: spec.id.clone(), n }).map(|fault| fault.message.clone());
        let model = model_of(take.entry).unwrap_or_default();
        Take { n, model, fate: fate.to_owned(), cost_usd: cost.to_string(), fault }
    });
    Some(Node {
        id: spec.id.to_string(),
        state: state.item_state(ix)?.word().to_owned(),
        model: model_of(node.entry).filter(|_| outputs.is_some()),
        instead: None,
        identity: Some(spec.identity),
        reused: node.reused,
        outputs: outputs.map_or_else(Vec::new, |made| {
            // What a provider said differs from run to run.
            let each = made.artifacts.iter().filter(|artifact| &*artifact.role != ANSWER);
            each.map(|artifact| Output { role: artifact.role.to_string(), sha256: artifact.hash }).collect()
        }),
        facts: outputs.map_or_else(Default::default, |made| {
            made.facts.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
        }),
        takes: takes.collect(),
        fault,
    })
}

impl Manifest {
    /// As it is written beside the film.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a manifest is text and numbers");
        text.push('\n');
        text
    }
}
