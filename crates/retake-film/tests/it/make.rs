//! Whole films through the engine: a plan in, a delivered film out, by the embedded host on a real disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use retake_engine::admission::{Limits, Terms};
use retake_engine::engine::Command;
use retake_engine::host::{Host, Options};
use retake_engine::id::{NodeId, RunId};
use retake_engine::journal::event::{Ending, Event};
use retake_engine::journal::state::{Phase, Status};
use retake_engine::journal::{Record, RunState};
use retake_engine::money::Money;
use retake_film::film::{Means, Studio};
use retake_film::manifest::Manifest;
use retake_film::schedule::Blueprint;

use crate::bench::ask;
use crate::schedule::with;

/// A folder in which films are made.
struct Shop {
    folder: tempfile::TempDir,
}

impl Shop {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Opens the studio and its host; both end when they are dropped.
    fn open(&self) -> Arc<Host> {
        let studio = Studio::open(&self.path(".retake"), self.folder.path().to_owned(), Means::default());
        let studio = Arc::new(studio.expect("it opens"));
        let (account, day) = (Money::from_cents(1000), Money::from_cents(1000));
        let limits = Limits {
            submissions: 1,
            processes: 2,
            account,
            day,
            providers: BTreeMap::new(),
            default_terms: Terms::default(),
        };
        let options = Options::new(limits);
        let host = Host::open(&self.path(".retake"), studio.clone(), options, |_| {}).expect("it opens");
        let host = Arc::new(host);
        let weak: Weak<Host> = Arc::downgrade(&host);
        studio.read_journals_by(Box::new(move |run| weak.upgrade()?.journal(run).ok()));
        host
    }

    fn manifest(&self, name: &str) -> Manifest {
        let text = std::fs::read_to_string(self.path(&format!("out/{name}.json"))).expect("a manifest");
        serde_json::from_str(&text).expect("it is one of ours")
    }
}

fn blueprint(text: &str) -> Blueprint {
    with(text, |_| (), &["heart"]).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn start(host: &Host, plan: &Blueprint, number: u128) -> RunId {
    let id = RunId(uuid::Uuid::from_u128(number));
    host.create(plan.spec(id, None, BTreeMap::new()), None).expect("it is created");
    id
}

/// Waits until the run stands still.
pub(crate) fn end(host: &Host, run: RunId) -> RunState {
    let over = |record: &Record| matches!(record.event, Event::Ended { .. } | Event::Paused { .. });
    let mut records = Vec::new();
    for more in host.watch(run, 0) {
        records.extend(more.expect("they can be read"));
        if records.last().is_some_and(over) {
            break;
        }
    }
    RunState::fold(records.iter()).expect("it folds")
}

/// What went wrong, node by node.
fn troubles(state: &RunState) -> String {
    let told = (0..state.graph().len()).filter_map(|ix| match &state.nodes()[ix].phase {
        Phase::GivenUp { fault, because: None } => {
            Some(format!("{}: {}", state.graph().node(ix).spec.id, fault.message))
        }
        Phase::Complete { .. } | Phase::GivenUp { .. } | Phase::Dropped => None,
        phase => Some(format!("{}: {}", state.graph().node(ix).spec.id, phase.name())),
    });
    told.collect::<Vec<_>>().join("\n")
}

fn frames(film: &Path) -> usize {
    ask("ffprobe", "-v error -select_streams v -show_entries packet=pts -of csv=p=0", film, "").lines().count()
}

const SMALL: &str = "size: 320x180\n";

#[test]
fn a_plan_becomes_a_film() {
    let shop = Shop::new();
    let host = shop.open();
    let text = format!(
        "film: A small film\n{SMALL}music: {{prompt: calm piano}}\nscenes:\n\
         - {{id: card, title: A small film}}\n\
         - {{id: sea, shot: 'Waves at night, slow push in', say: The sea is wide., join: crossfade 0.5}}\n\
         - {{id: hill, still: A hill with trees, say: A hill is high., join: wipeleft 0.4}}\n\
         - {{id: two, shots: [A river, 'A road, pan left'], say: And then there is a road., join: cut}}\n"
    );
    let run = start(&host, &blueprint(&text), 1);
    let state = end(&host, run);
    assert_eq!(state.status(), &Status::Ended(Ending::Completed), "{}", troubles(&state));
    let (film, manifest) = (shop.path("out/film.mp4"), shop.manifest("film"));
    assert_eq!(frames(&film) as u64, manifest.frames);
    assert_eq!(manifest.scenes.len(), 4);
    assert!(manifest.scenes.iter().all(|scene| scene.shown));
    assert!(shop.path("out/film.vtt").exists());
    drop(host);
    // A second run of the same plan makes nothing but the delivery.
    let host = shop.open();
    let state = end(&host, start(&host, &blueprint(&text), 2));
    assert_eq!(state.status(), &Status::Ended(Ending::Completed));
    let items = state.summary().items;
    assert_eq!(items.reused, items.total());
    let made: Vec<&NodeId> = (0..state.graph().len())
        .filter(|ix| !state.nodes()[*ix].takes.is_empty())
        .map(|ix| &state.graph().node(ix).spec.id)
        .collect();
    assert_eq!(made, [&NodeId::from("/deliver")]);
}

#[test]
fn one_changed_sentence_makes_its_scene_its_joins_and_the_end() {
    let shop = Shop::new();
    let host = shop.open();
    let text = |words: &str| {
        format!(
            "film: Changes\n{SMALL}join: crossfade 0.3\nscenes:\n\
             - {{id: one, still: A lake, say: A lake is calm.}}\n\
             - {{id: two, still: A hill, say: {words}}}\n\
             - {{id: three, still: A city at night, say: A city is loud.}}\n\
             - {{id: four, still: The moon, say: The moon is far away.}}\n"
        )
    };
    end(&host, start(&host, &blueprint(&text("A hill is high.")), 1));
    let state = end(&host, start(&host, &blueprint(&text("A hill is very high indeed.")), 2));
    assert_eq!(state.status(), &Status::Ended(Ending::Completed));
    let mut made: Vec<&str> = (0..state.graph().len())
        .filter(|ix| !state.nodes()[*ix].takes.is_empty())
        .map(|ix| state.graph().node(ix).spec.id.as_str())
        .collect();
    made.sort_unstable();
    // The frames that the neighbours share with it are the same: their joins are made anew since its own frames move.
    assert_eq!(made, ["/assemble", "/deliver", "/sound", "three/join", "two/ingest", "two/join", "two/voice"]);
}

#[test]
fn a_film_goes_without_a_scene_that_fails_and_a_card_may_stand_for_it() {
    for (gaps, shown) in [("skip", 3), ("card", 4)] {
        let shop = Shop::new();
        let host = shop.open();
        let text = format!(
            "film: Gaps\n{SMALL}gaps: {gaps}\nmin_clips: 2\njoin: crossfade 0.3\nvoice: flite\nscenes:\n\
             - {{id: one, still: A lake, say: A lake is calm.}}\n\
             - {{id: two, still: A hill, say: 'Это холм.'}}\n\
             - {{id: three, still: A city at night, say: A city is loud.}}\n\
             - {{id: four, still: The moon, say: The moon is far away.}}\n"
        );
        let run = start(&host, &blueprint(&text), 1);
        let state = end(&host, run);
        assert_eq!(state.status(), &Status::Ended(Ending::Partial), "{gaps}: {}", troubles(&state));
        let manifest = shop.manifest("film");
        assert_eq!(frames(&shop.path("out/film.mp4")) as u64, manifest.frames);
        let there = manifest.scenes.iter().filter(|scene| scene.shown).count();
        assert_eq!(there, shown, "{gaps}");
        assert!(matches!(host.command(run, Command::Retry), Ok(())), "{gaps}");
    }
}
