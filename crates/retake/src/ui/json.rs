//! What programs read: the summary of a run, and its events one a line.
//!
//! Owns the names of the fields. They are fixed, because other people's programs rely on them.

use std::time::Duration;

use retake_engine::graph::Ix;
use retake_engine::id::RunId;
use retake_engine::journal::event::{Ending, Event, Pause, RunSpec};
use retake_engine::journal::state::{ItemState, Items, Phase, Status, Summary, Take, TakeState};
use retake_engine::journal::{Record, RunState};
use retake_engine::money::Money;
use serde::Serialize;

use super::board::title;
use super::film::Scene;
use super::stage::Stage;
use super::story::Story;
use super::waits;
use super::words;

/// The summary of a run.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Run {
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    pub run: RunId,
    /// The title of the film.
    pub film: String,
    /// Where it stands: one of seven words.
    pub status: &'static str,
    /// Why it is paused, or the class of what it failed by.
    pub reason: Option<&'static str>,
    /// How long it was at work.
    pub elapsed_s: f64,
    /// The film, where it was delivered.
    pub output: Option<Output>,
    /// Its items, by the five words.
    #[schema(value_type = std::collections::BTreeMap<String, u64>)]
    pub items: Items,
    /// Its scenes, in the order of the plan.
    pub scenes: Vec<SceneRun>,
    /// Its money.
    pub cost: Cost,
    /// How far it is.
    pub progress: Progress,
}

/// The film as it was delivered.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Output {
    /// Where it is.
    pub path: Option<String>,
    /// The hash of its bytes.
    pub sha256: Option<String>,
    /// How long it is.
    pub seconds: Option<f64>,
    /// Where its manifest is.
    pub manifest: Option<String>,
}

/// A scene.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SceneRun {
    /// Its id.
    pub id: String,
    /// Where it stands: one of five words.
    pub state: &'static str,
    /// Its nodes.
    pub nodes: Vec<NodeRun>,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct NodeRun {
    /// Its name.
    pub id: String,
    /// Where it stands: one of five words.
    pub state: &'static str,
    /// The entry of its route that made it, makes it or is next.
    pub model: Option<String>,
    /// Its takes, the first one first.
    pub takes: Vec<TakeRun>,
    /// The class of its last failure, while it is not made.
    pub fault: Option<&'static str>,
}

/// A take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TakeRun {
    /// Its number, from 1.
    pub n: u32,
    /// The entry that made it.
    pub model: Option<String>,
    /// `kept`, `spare`, `failed`, `written_off`, `held`, `unclear` or `open`.
    pub outcome: &'static str,
    /// The class of what it failed by.
    pub fault: Option<&'static str>,
    /// The provider's id of it.
    pub ticket: Option<String>,
    /// What was booked for it.
    #[schema(value_type = String, example = "1.840000")]
    pub cost_usd: Money,
}

/// The money of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Cost {
    /// What it may spend.
    #[schema(value_type = String, example = "1.840000")]
    pub cap_usd: Money,
    /// What providers charged.
    #[schema(value_type = String, example = "1.840000")]
    pub settled_usd: Money,
    /// What open takes may still cost.
    #[schema(value_type = String, example = "1.840000")]
    pub reserved_usd: Money,
    /// What may have been charged and will never be known.
    #[schema(value_type = String, example = "1.840000")]
    pub written_off_usd: Money,
    /// What reused outputs cost when they were made.
    #[schema(value_type = String, example = "1.840000")]
    pub saved_by_reuse_usd: Money,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Progress {
    /// Its stage.
    pub stage: &'static str,
    /// The number of the stage, from 1.
    pub stage_number: usize,
    /// How many stages there are.
    pub stages: usize,
    /// How many steps were made.
    pub completed_steps: usize,
    /// How many steps there are.
    pub total_steps: usize,
    /// The share of the steps that were made, in whole percent, rounded down.
    pub percentage: usize,
}

impl Run {
    /// The summary of this story, which took so long.
    #[must_use]
    pub fn of(story: &Story, elapsed: Duration) -> Self {
        let state = story.state();
        Self {
            run: state.spec().id,
            film: title(story).to_owned(),
            status: state.status().word(),
            reason: reason(state),
            elapsed_s: tenths(elapsed),
            output: Output::of(state),
            items: state.summary().items,
            scenes: story.film().scenes().iter().map(|scene| SceneRun::of(story, scene)).collect(),
            cost: Cost::of(&state.summary()),
            progress: Progress::of(story),
        }
    }
}

/// Seconds to one decimal.
fn tenths(span: Duration) -> f64 {
    let ms = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(ms - ms % 100).as_secs_f64()
}

/// The one word for why a run stands still.
#[must_use]
pub const fn pause_word(pause: &Pause) -> &'static str {
    match pause {
        Pause::Budget { .. } => "budget",
        Pause::Overrun { .. } => "overrun",
        Pause::Deadline { .. } => "deadline",
        Pause::Credentials { .. } => "credentials",
        Pause::Review { .. } => "review",
    }
}

fn reason(state: &RunState) -> Option<&'static str> {
    match state.status() {
        Status::Paused(pause) => Some(pause_word(pause)),
        Status::Ended(Ending::Failed) => {
            let at = state.graph().find(&state.spec().goal)?;
            Some(words::class(root(state, at)?))
        }
        Status::Queued | Status::Running | Status::Ended(Ending::Completed | Ending::Partial | Ending::Cancelled) => {
            None
        }
    }
}

/// The class of the failure that a node's failure goes back to.
fn root(state: &RunState, mut at: Ix) -> Option<retake_engine::fault::Class> {
    // A chain of reasons is never longer than there are nodes.
    for _ in 0..state.graph().len() {
        let Phase::GivenUp { fault, because } = &state.nodes()[at].phase else { return None };
        match because.as_ref().and_then(|because| state.graph().find(because)) {
            Some(next) => at = next,
            None => return Some(fault.class),
        }
    }
    None
}

impl Output {
    /// What the last node of a film tells of it.
    #[must_use]
    pub fn of(state: &RunState) -> Option<Self> {
        let goal = state.graph().find(&state.spec().goal)?;
        let facts = &state.nodes()[goal].outputs()?.facts;
        let fact = |name: &str| facts.get(name).map(|text| text.as_ref().to_owned());
        let seconds = fact("seconds").and_then(|text| text.parse().ok()).filter(|seconds: &f64| seconds.is_finite());
        Some(Self { path: fact("path"), sha256: fact("sha256"), seconds, manifest: fact("manifest") })
    }
}

impl SceneRun {
    fn of(story: &Story, scene: &Scene) -> Self {
        Self {
            id: scene.id.clone(),
            state: scene.state(story.film(), story.state()).word(),
            nodes: scene.nodes.iter().map(|ix| NodeRun::of(story, *ix)).collect(),
        }
    }
}

impl NodeRun {
    fn of(story: &Story, ix: Ix) -> Self {
        let (spec, node) = (&story.state().graph().node(ix).spec, &story.state().nodes()[ix]);
        let state = story.state().item_state(ix).unwrap_or(ItemState::Pending);
        let entry = |at: usize| spec.route.get(at).map(|name| name.as_str().to_owned());
        let take = |(n, take): (u32, &Take)| {
            let fate = story.fate_of(ix, n).cloned().unwrap_or_default();
            TakeRun {
                n,
                model: entry(take.entry),
                outcome: outcome(&take.state, fate.spare),
                fault: fate.fault.map(|fault| words::class(fault.class)),
                ticket: fate.ticket.map(|ticket| ticket.as_str().to_owned()),
                cost_usd: booked(&take.state),
            }
        };
        let last = match &node.phase {
            Phase::GivenUp { fault, .. } => Some(fault.class),
            Phase::Complete { .. } => None,
            _ => node.faults.get(&node.entry).map(|fault| fault.class),
        };
        Self {
            id: spec.id.as_str().to_owned(),
            state: state.word(),
            model: entry(node.entry),
            takes: (1..).zip(&node.takes).map(take).collect(),
            fault: last.map(words::class),
        }
    }
}

/// What became of a take, in a word.
#[must_use]
pub const fn outcome(state: &TakeState, spare: bool) -> &'static str {
    match state {
        TakeState::Kept { .. } if spare => "spare",
        TakeState::Kept { .. } => "kept",
        TakeState::Fallen { .. } | TakeState::Released => "failed",
        TakeState::WrittenOff { .. } => "written_off",
        TakeState::Held => "held",
        TakeState::Unclear { .. } => "unclear",
        TakeState::Intent | TakeState::Submitted { .. } | TakeState::Succeeded { .. } => "open",
    }
}

/// What was booked for a take.
#[must_use]
pub const fn booked(state: &TakeState) -> Money {
    match state {
        TakeState::Kept { cost, .. } | TakeState::Fallen { cost } | TakeState::WrittenOff { cost } => *cost,
        TakeState::Released
        | TakeState::Held
        | TakeState::Unclear { .. }
        | TakeState::Intent
        | TakeState::Submitted { .. }
        | TakeState::Succeeded { .. } => Money::ZERO,
    }
}

impl Cost {
    /// The money of a run.
    #[must_use]
    pub const fn of(summary: &Summary) -> Self {
        Self {
            cap_usd: summary.cap,
            settled_usd: summary.settled,
            reserved_usd: summary.reserved,
            written_off_usd: summary.written_off,
            saved_by_reuse_usd: summary.saved_by_reuse,
        }
    }
}

/// The share of the steps that were made, in whole percent, rounded down.
#[must_use]
pub fn percentage(summary: &Summary) -> usize {
    (summary.nodes_done * 100).checked_div(summary.nodes).unwrap_or(0)
}

impl Progress {
    fn of(story: &Story) -> Self {
        let summary = story.state().summary();
        let stage = Stage::of(story.film(), story.state());
        Self {
            stage: stage.word(),
            stage_number: stage.number(),
            stages: Stage::ALL.len(),
            completed_steps: summary.nodes_done,
            total_steps: summary.nodes,
            percentage: percentage(&summary),
        }
    }
}

/// A record with the run that it belongs to. The first record's own `run` is what the run is asked to do: it is called
/// `spec` here, so that `run` means the same on every line.
#[derive(Serialize)]
#[serde(untagged)]
enum Told<'a> {
    First {
        run: RunId,
        v: u16,
        seq: u64,
        at: retake_engine::moment::Moment,
        event: &'static str,
        spec: &'a RunSpec,
    },
    Next {
        run: RunId,
        #[serde(flatten)]
        record: &'a Record,
    },
}

/// An event as one line of JSON, without its end.
///
/// # Panics
/// Never: a record holds nothing that JSON cannot say.
#[must_use]
pub fn line(run: RunId, record: &Record) -> String {
    let told = match &record.event {
        Event::Created { run: spec } => {
            Told::First { run, v: record.v, seq: record.seq, at: record.at, event: "created", spec }
        }
        _ => Told::Next { run, record },
    };
    serde_json::to_string(&told).expect("a record is plain data")
}

/// A summary as one line of JSON, without its end.
///
/// # Panics
/// Never: a summary holds nothing that JSON cannot say.
#[must_use]
pub fn summary(run: &Run) -> String {
    serde_json::to_string(run).expect("a summary is plain data")
}

/// The same with what its nodes wait for, where somebody carries it.
///
/// # Panics
/// Never: neither holds anything that JSON cannot say.
#[must_use]
pub fn summary_with(run: &Run, waits: Option<&waits::Told>) -> String {
    #[derive(Serialize)]
    struct Whole<'a> {
        #[serde(flatten)]
        run: &'a Run,
        #[serde(skip_serializing_if = "Option::is_none")]
        waits: Option<&'a waits::Told>,
    }
    serde_json::to_string(&Whole { run, waits }).expect("a summary is plain data")
}
