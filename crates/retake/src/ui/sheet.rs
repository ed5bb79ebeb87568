//! The contact sheet of a run: one page of HTML that needs nothing else, with every scene, every take and its cost.
//!
//! Owns the page. Whatever it is handed is text: it reaches the page through an escape alone, and pictures come
//! as bytes and are embedded, so that opening the page asks nobody for anything.

use std::collections::BTreeMap;
use std::time::Duration;

use retake_engine::graph::Ix;
use retake_engine::journal::event::{Ending, RunSpec};
use retake_engine::journal::state::{ItemState, Phase, Status};
use retake_engine::money::Money;

use super::board::{lost, title};
use super::card::failure::entry_name;
use super::json::{Output, booked, outcome};
use super::story::Story;
use super::words;

mod html;

/// A run as its contact sheet shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The language of the film, such as `en`.
    pub language: String,
    /// The title of the film.
    pub title: String,
    /// Where the run stands: one of seven words.
    pub status: &'static str,
    /// The run's id, in short.
    pub run: String,
    /// How long it was at work.
    pub elapsed: Duration,
    /// The film, where there is one.
    pub film: Option<FilmFile>,
    /// What it may spend.
    pub cap: Money,
    /// What it spent.
    pub spent: Money,
    /// What its open takes may still cost.
    pub reserved: Money,
    /// What reuse saved.
    pub saved: Money,
    /// Its scenes, in the order of the film.
    pub scenes: Vec<SheetScene>,
    /// The nodes that are the film's own.
    pub own: Vec<SheetNode>,
    /// What to type next.
    pub next: String,
}

/// The film as it was delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilmFile {
    /// Where it is, as seen from the page.
    pub path: String,
    /// How long it is, in words.
    pub length: String,
    /// A picture of it, as JPEG.
    pub poster: Option<Vec<u8>>,
}

/// A scene.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetScene {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub state: ItemState,
    /// Whether it was made before.
    pub reused: bool,
    /// What is said in it.
    pub say: String,
    /// What is to be seen in it.
    pub shows: String,
    /// Pictures of it, as JPEG.
    pub frames: Vec<Vec<u8>>,
    /// Why it is missing.
    pub fault: Option<String>,
    /// Its nodes.
    pub nodes: Vec<SheetNode>,
}

/// A node with its takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetNode {
    /// Its step, with its shot.
    pub work: String,
    /// Where it stands.
    pub state: ItemState,
    /// Whether it was made before.
    pub reused: bool,
    /// By which entry.
    pub model: String,
    /// Its takes, the first one first.
    pub takes: Vec<SheetTake>,
}

/// A take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetTake {
    /// Its number.
    pub n: u32,
    /// The entry that made it.
    pub model: String,
    /// What became of it.
    pub outcome: &'static str,
    /// What it failed by: the class and the message.
    pub fault: Option<String>,
    /// What was booked for it.
    pub cost: Money,
    /// Whether it could cost anything.
    pub paid: bool,
}

impl Sheet {
    /// The sheet of this story, which took so long, without words and pictures: those are in the plan and the store.
    #[must_use]
    pub fn of(story: &Story, elapsed: Duration) -> Self {
        let state = story.state();
        let ledger = state.ledger();
        let film = Output::of(state).and_then(|output| {
            let length = output.seconds.map(|seconds| format!("{seconds:.1} s")).unwrap_or_default();
            Some(FilmFile { path: output.path?, length, poster: None })
        });
        let run = words::short(state.spec().id);
        Self {
            language: "en".to_owned(),
            title: title(story).to_owned(),
            status: state.status().word(),
            elapsed,
            film,
            cap: ledger.cap(),
            spent: ledger.settled().plus(ledger.written_off()),
            reserved: ledger.reserved(),
            saved: ledger.saved(),
            scenes: scenes(story),
            own: story.film().own().iter().map(|ix| node(story, *ix)).collect(),
            next: next(state.status(), state.spec()),
            run,
        }
    }

    /// Adds what the plan says of the scenes: what is said and what is to be seen, by scene.
    pub fn tell(&mut self, texts: &BTreeMap<String, (String, String)>) {
        for scene in &mut self.scenes {
            if let Some((say, shows)) = texts.get(&scene.id) {
                (scene.say, scene.shows) = (say.clone(), shows.clone());
            }
        }
    }

    /// The page.
    #[must_use]
    pub fn html(&self) -> String {
        html::page(self)
    }
}

fn next(status: &Status, spec: &RunSpec) -> String {
    let run = words::short(spec.id);
    match status {
        Status::Queued | Status::Running => format!("retake status {run}"),
        Status::Paused(_) | Status::Ended(Ending::Cancelled) => words::onward(spec, "resume"),
        Status::Ended(Ending::Partial | Ending::Failed) => words::onward(spec, "retry"),
        Status::Ended(Ending::Completed) => "retake redo SCENE".to_owned(),
    }
}

fn scenes(story: &Story) -> Vec<SheetScene> {
    let (film, run) = (story.film(), story.state());
    let scene = |scene: &super::film::Scene| SheetScene {
        id: scene.id.clone(),
        state: scene.state(film, run),
        reused: scene.is_reused(run),
        say: String::new(),
        shows: String::new(),
        frames: Vec::new(),
        fault: scene.lost(run).map(|ix| lost(story, ix)),
        nodes: scene.nodes.iter().map(|ix| node(story, *ix)).collect(),
    };
    film.scenes().iter().map(scene).collect()
}

fn node(story: &Story, ix: Ix) -> SheetNode {
    let node = &story.state().nodes()[ix];
    let takes = (1..).zip(&node.takes).map(|(n, take)| {
        let fate = story.fate_of(ix, n).cloned().unwrap_or_default();
        SheetTake {
            n,
            model: entry_name(story, ix, take.entry),
            outcome: outcome(&take.state, fate.spare),
            fault: fate.fault.map(|fault| format!("{}: {}", words::class(fault.class), fault.message)),
            cost: booked(&take.state),
            paid: take.is_paid(),
        }
    });
    SheetNode {
        work: story.film().place(ix).work(),
        state: story.state().item_state(ix).unwrap_or(ItemState::Pending),
        reused: node.reused && matches!(node.phase, Phase::Complete { .. }),
        model: entry_name(story, ix, node.entry),
        takes: takes.collect(),
    }
}
