//! From a plan to what the engine runs: nodes, what they wait for, and by whom they may be made.
//!
//! Owns the shape of a film's graph, and refuses what cannot be made here. It is a pure function of the plan and what
//! it is told is there: it opens no file and starts nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use retake_engine::graph::{Entry, NodeSpec, Quote};
use retake_engine::id::{AccountId, EntryId, Hash, NodeId, PolicyId, RunId};
use retake_engine::journal::event::{Bounds, OnBudget, RunSpec, Unclear};
use retake_engine::money::Money;
use retake_engine::retry::Policy;

use crate::catalogue::Catalogue;
use crate::plan::{Place, Plan};
use crate::recipe::Frame;

mod ends;
mod filmed;
mod narrators;
mod policy;
mod prompt;
mod refs;
mod route;
mod scene;
mod writing;

pub use policy::usual;
pub use writing::writing;

/// The name of the gate at which a person looks.
const REVIEW: &str = "/review";
/// Generated takes in flight, where the plan says nothing.
const CONCURRENCY: u32 = 3;
/// Further passes over what failed, where the plan says nothing.
const ROUNDS: u32 = 2;
/// How many good scenes make a film, where the plan says nothing.
const MIN_CLIPS: usize = 3;
/// How many extensions may lie between the plan and a node.
const GENERATIONS: u32 = 4;

/// A file of the user's, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// The hash of its bytes.
    pub hash: Hash,
    /// Its name, for people.
    pub name: String,
}

/// How far a run goes before a person looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// All words are spoken.
    Voice,
    /// All pictures are drawn.
    Storyboard,
}

/// What a plan is scheduled with.
#[derive(Debug, Clone)]
pub struct Setting<'s> {
    /// The models there are.
    pub catalogue: &'s Catalogue,
    /// The user's files that the plan names.
    pub files: &'s BTreeMap<Place, Brought>,
    /// The name of the film's file, without its ending.
    pub name: &'s str,
    /// The plan's folder, seen from where the film's data lies.
    pub base: &'s str,
    /// What faces find the run by, such as its plan.
    pub about: BTreeMap<Arc<str>, Arc<str>>,
    /// What it may cost, where the plan says nothing.
    pub cap: Money,
    /// Whose money it spends.
    pub account: AccountId,
    /// Below this, a take that nobody can find out about is written off.
    pub write_off_limit: Money,
    /// What the installation says of retries, step by step.
    pub policies: BTreeMap<String, Policy>,
    /// Where randomness starts, instead of where the plan says.
    pub seed: Option<u32>,
    /// Where a person wants to look.
    pub until: Option<Until>,
    /// Whether what cannot be had may be replaced by what can, though the plan does not name it.
    pub allow_fallback: bool,
}

/// Something that a person should know, or has to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// In which scene; nothing where it is the film's own.
    pub scene: Option<String>,
    /// What it is.
    pub what: String,
    /// Why that is.
    pub why: String,
    /// The way out.
    pub hint: String,
}

/// A model that is asked for and has no key here, while nobody said that something free may stand in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyless {
    /// Its name.
    pub model: String,
    /// That, for people.
    pub problem: Problem,
}

/// All that a run is, but its id.
#[derive(Debug, Clone)]
pub struct Blueprint {
    spec: RunSpec,
    /// What a person should know of it.
    pub warnings: Vec<Problem>,
    /// Models without whose keys it is not to be begun; in its routes they stand as if they could be used.
    pub keyless: Vec<Keyless>,
}

impl Blueprint {
    /// The run, under an id and in another's place.
    #[must_use]
    pub fn spec(&self, id: RunId, supersedes: Option<RunId>, salts: BTreeMap<NodeId, u64>) -> RunSpec {
        RunSpec { id, supersedes, salts, ..self.spec.clone() }
    }

    /// What it may spend.
    #[must_use]
    pub const fn cap(&self) -> Money {
        self.spec.cap
    }

    /// Its nodes.
    #[must_use]
    pub fn nodes(&self) -> &[NodeSpec] {
        &self.spec.nodes
    }

    /// The entries that its routes name.
    #[must_use]
    pub const fn entries(&self) -> &BTreeMap<EntryId, Entry> {
        &self.spec.entries
    }

    /// Whether a run has the same place at which a person is to look.
    #[must_use]
    pub fn looks_where(&self, of: &RunSpec) -> bool {
        let gate = |spec: &RunSpec| spec.nodes.iter().find(|node| node.id.as_str() == REVIEW).cloned();
        gate(&self.spec) == gate(of)
    }

    /// Whether a run was made from this: what it may spend and where a person wanted to look aside.
    #[must_use]
    pub fn is_same(&self, of: &RunSpec) -> bool {
        let plain = |spec: &RunSpec| RunSpec {
            id: RunId::default(),
            source: None,
            supersedes: None,
            salts: BTreeMap::new(),
            cap: Money::ZERO,
            quote: Quote::default(),
            bounds: Bounds { nodes: 0, generations: 0 },
            deadline: None,
            nodes: unreviewed(&spec.nodes),
            ..spec.clone()
        };
        plain(&self.spec) == plain(of)
    }
}

fn unreviewed(nodes: &[NodeSpec]) -> Vec<NodeSpec> {
    let plain = |node: &NodeSpec| {
        let mut node = node.clone();
        node.needs.retain(|need| need.as_str() != REVIEW);
        node
    };
    nodes.iter().filter(|node| node.id.as_str() != REVIEW).map(plain).collect()
}

/// Schedules a plan that has scenes.
///
/// # Errors
///
/// Everything that cannot be made here.
pub fn schedule(plan: &Plan, setting: &Setting<'_>) -> Result<Blueprint, Vec<Problem>> {
    let mut draft = Draft::new(plan, setting);
    for at in 0..plan.scenes.len() {
        draft.scene(at);
    }
    let goal = draft.ends();
    draft.narrators();
    draft.finish(goal)
}

/// A graph that is being drawn.
struct Draft<'d> {
    plan: &'d Plan,
    setting: &'d Setting<'d>,
    frame: Frame,
    seed: u32,
    entries: BTreeMap<EntryId, Entry>,
    policies: BTreeMap<PolicyId, Policy>,
    nodes: Vec<NodeSpec>,
    names: BTreeSet<NodeId>,
    /// The user's pictures that others should resemble.
    pictures: BTreeMap<Place, NodeId>,
    scenes: Vec<scene::Lines>,
    /// Who may speak which scene.
    spoken: Vec<(Vec<EntryId>, NodeId)>,
    /// What each scene is worth counting by.
    good: Vec<NodeId>,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
    keyless: Vec<Keyless>,
    /// What people were told once already.
    told: Vec<String>,
}

impl<'d> Draft<'d> {
    fn new(plan: &'d Plan, setting: &'d Setting<'d>) -> Self {
        let size = plan.size.unwrap_or(crate::plan::Size::DEFAULT);
        let draft = plan.profile == Some(crate::plan::Profile::Draft);
        let frame = Frame { width: size.width, height: size.height, fps: plan.fps.unwrap_or(24), draft };
        let seed = setting.seed.or(plan.seed).unwrap_or(1);
        let mut it = Self {
            plan,
            setting,
            frame,
            seed,
            entries: BTreeMap::new(),
            policies: BTreeMap::new(),
            nodes: Vec::new(),
            names: BTreeSet::new(),
            pictures: BTreeMap::new(),
            scenes: Vec::new(),
            spoken: Vec::new(),
            good: Vec::new(),
            problems: Vec::new(),
            warnings: Vec::new(),
            keyless: Vec::new(),
            told: Vec::new(),
        };
        it.scenes = scene::lines(plan, frame.fps);
        it
    }

    fn problem(&mut self, scene: Option<&str>, what: String, why: impl Into<String>, hint: impl Into<String>) {
        let problem = Problem { scene: scene.map(str::to_owned), what, why: why.into(), hint: hint.into() };
        let is_known =
            |other: &Problem| other.scene == problem.scene && other.why == problem.why && other.hint == problem.hint;
        if !self.problems.iter().any(is_known) {
            self.problems.push(problem);
        }
    }

    /// Adds a node; its scene is told where another bears its name.
    fn add(&mut self, scene: Option<&str>, node: NodeSpec) -> NodeId {
        let id = node.id.clone();
        if !self.names.insert(id.clone()) {
            let what = format!("two things would be called `{id}`");
            let why = "the second shot of a scene `lamp` is `lamp.2`, so another scene cannot be";
            self.problem(scene, what, why, "give the scene another `id`");
        } else {
            self.nodes.push(node);
        }
        id
    }

    fn finish(mut self, goal: NodeId) -> Result<Blueprint, Vec<Problem>> {
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        let (plan, setting) = (self.plan, self.setting);
        let mut about = setting.about.clone();
        about.insert("film".into(), plan.film.as_str().into());
        let spec = RunSpec {
            id: RunId::default(),
            about,
            source: None,
            account: setting.account.clone(),
            seed: u64::from(self.seed),
            cap: plan.budget.unwrap_or(setting.cap),
            quote: Quote::default(),
            concurrency: plan.concurrency.unwrap_or(CONCURRENCY),
            rounds: plan.rounds.unwrap_or(ROUNDS),
            unclear: plan.unclear.unwrap_or(Unclear::Hold),
            write_off_limit: setting.write_off_limit,
            on_budget: plan.on_budget.unwrap_or(OnBudget::Pause),
            deadline: None,
            // An assembly may make every scene's clip and join anew, and again for each that comes later.
            bounds: Bounds { nodes: self.nodes.len() * 4 + 1000, generations: GENERATIONS },
            supersedes: None,
            salts: BTreeMap::new(),
            entries: std::mem::take(&mut self.entries),
            policies: std::mem::take(&mut self.policies),
            nodes: std::mem::take(&mut self.nodes),
            goal,
        };
        Ok(Blueprint { spec, warnings: self.warnings, keyless: self.keyless })
    }
}
