//! What the use cases need of whoever knows films: a plan becomes a draft of a run, and somebody performs it.
//!
//! A seam, so that app and door can be tried with a toy that makes nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use retake_engine::decide::Memory;
use retake_engine::host::{Host, Performer};
use retake_engine::id::{AccountId, Key};
use retake_engine::journal::RunState;
use retake_engine::journal::event::RunSpec;
use retake_engine::money::Money;
use retake_engine::retry::Policy;
use retake_film::film::Studio;
use retake_film::plan::Plan;
use serde::{Deserialize, Serialize};

use super::doctor::Finding;
use super::models::{Offered, Usable};
use super::trouble::Trouble;
use crate::config::Config;

/// Whether something finished bears a key.
pub(crate) type Recall<'a> = &'a dyn Fn(&AccountId, &Key) -> Option<Memory>;

/// What a model was really charged for, against what was reserved for it, in thousandths.
pub(crate) type Learned<'a> = &'a dyn Fn(&str) -> Option<u64>;

/// How far a plan is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// By its words alone: nothing is started, nothing is written.
    Words,
    /// With a look at who can speak here.
    Look,
    /// The same, and scenes that have to be written first are kept beside it.
    Make,
}

/// What a plan is scheduled with.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    /// The plan's path; what it names is relative to its folder.
    pub(crate) plan: PathBuf,
    /// What faces find the run by.
    pub(crate) about: BTreeMap<Arc<str>, Arc<str>>,
    /// What the installation says of models and programs.
    pub(crate) config: Arc<Config>,
    /// Whether it is looked who can make anything here; else every model counts as there.
    pub(crate) looks: bool,
    /// What the installation says of retries, step by step.
    pub(crate) policies: BTreeMap<String, Policy>,
    /// The cap of a plan that names none.
    pub(crate) cap: Money,
    /// Whose money it is.
    pub(crate) account: AccountId,
    /// Where its randomness starts, if that was said.
    pub(crate) seed: Option<u32>,
    /// After which stage a person wants to look.
    pub(crate) until: Option<Until>,
    /// Whether local makers may stand in where a key is missing.
    pub(crate) allow_fallback: bool,
}

/// After which stage a run pauses for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Until {
    /// When all voices are there.
    Voice,
    /// When all pictures are there.
    Storyboard,
}

/// Something about a plan that cannot be done, or that its writer should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Problem {
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scene: Option<String>,
    /// What is wrong.
    pub(crate) what: String,
    /// The rule behind it.
    pub(crate) why: String,
    /// The way out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
}

/// What would be done about a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Act {
    /// It was made before.
    Reuse,
    /// It is made.
    Make,
}

/// What would become of one node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// Which node.
    pub(crate) node: String,
    /// Its scene; nothing for what is the film's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scene: Option<String>,
    /// The step, with its shot where there are several.
    pub(crate) step: String,
    /// What would be done.
    pub(crate) fate: Act,
    /// How long it lasts in the film, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lasts_ms: Option<u64>,
    /// By which model or maker; nothing for a step that no model makes, such as cutting and joining.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    /// What it will probably cost.
    pub(crate) expected_usd: Money,
    /// What it can cost at the most.
    pub(crate) worst_usd: Money,
}

/// A model that is asked for and has no key here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keyless {
    /// Its name.
    pub(crate) model: String,
    /// That, for people.
    pub(crate) problem: Problem,
}

/// A run that has no name yet.
pub(crate) struct Draft {
    /// Everything but its id, whose place it takes, and salts.
    pub(crate) spec: RunSpec,
    /// What its writer should know.
    pub(crate) warnings: Vec<Problem>,
    /// Models without whose keys nothing is to be made by them; in the routes they stand as if they could be used.
    pub(crate) keyless: Vec<Keyless>,
    /// Whether a run was made of the same. Its cap does not count, nor where a person wants to look.
    pub(crate) is_same: Box<dyn Fn(&RunSpec) -> bool>,
    /// Whether a person is to look at the same place of that run.
    pub(crate) looks_where: Box<dyn Fn(&RunSpec) -> bool>,
}

/// Whoever performs the actions of the runs in a data directory.
pub(crate) struct Crew {
    /// Performs them.
    pub(crate) performer: Arc<dyn Performer>,
    /// Is told, once, by whom it is used: some steps read the journal of their run.
    pub(crate) attach: Box<dyn FnOnce(Weak<Host>)>,
    /// Ends every program that is running: what was being made is made again at the next start.
    pub(crate) stop: Box<dyn Fn() + Send + Sync>,
    /// Whoever knows what providers call about.
    pub(crate) studio: Option<Arc<Studio>>,
}

impl Crew {
    /// A performer that need not know by whom it is used, and starts no programs.
    #[cfg(test)]
    pub(crate) fn alone(performer: Arc<dyn Performer>) -> Self {
        Self { performer, attach: Box::new(drop), stop: Box::new(|| {}), studio: None }
    }
}

/// Knows films.
pub(crate) trait Craft: Send + Sync {
    /// Whoever performs the actions of the runs in this data directory.
    fn crew(&self, data: &Path, config: &Config) -> Result<Crew, Trouble>;

    /// What a plan comes to.
    fn schedule(&self, plan: &Plan, setting: &Setting) -> Result<Draft, Vec<Problem>>;

    /// Keeps the user's files that a plan names, before a run of it begins.
    fn bring(&self, plan: &Plan, folder: &Path, data: &Path) -> Result<(), Trouble>;

    /// What would become of each node; `learned` says what models really cost.
    fn quote(&self, spec: &RunSpec, recall: Recall<'_>, learned: Learned<'_>) -> Vec<Row>;

    /// What it stands on, and how well that is.
    fn examine(&self, _config: &Config) -> Vec<Finding> {
        Vec::new()
    }

    /// The models that routes may name.
    fn models(&self, _config: &Config) -> Result<Vec<Offered>, Trouble> {
        Ok(Vec::new())
    }

    /// The models that can be used here, as far as that is known without a look.
    fn usable(&self, _config: &Arc<Config>) -> Vec<Usable> {
        Vec::new()
    }

    /// Whether all that a run has made is still there.
    fn is_whole(&self, _state: &RunState, _data: &Path) -> bool {
        true
    }

    /// Takes away what is damaged of all that a run has made: then it counts as lost, and is made again.
    fn sweep(&self, _state: &RunState, _data: &Path) {}

    /// Whether the film of a finished run lies where it was delivered, as it was delivered.
    fn is_delivered(&self, state: &RunState, home: &Path) -> bool;
}
