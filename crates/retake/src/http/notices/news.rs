//! What is worth telling of runs that name somebody.
//!
//! Hears of a run when something of it was written down, and reads on from where it stopped. What is told is kept before
//! it is sent, together with how far the run was read: after a power cut nothing is left out, and what was told twice
//! has the same id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use retake_engine::id::{Hash, RunId};
use retake_engine::journal::Event;
use retake_engine::journal::state::ItemState;
use retake_engine::moment::Moment;
use serde_json::{Value, json};

use crate::app::{App, Due, Registry, Telling, Trouble};
use crate::http::stories::Told;
use crate::ui::json::Run;
use crate::ui::story::Story;

/// How many runs are kept at hand, so that only what is new of them is read.
const AT_HAND: usize = 32;

/// Runs of which something has happened that was not looked at yet.
type Rung = Arc<Mutex<BTreeSet<RunId>>>;

/// Gathers what is to be told.
pub(super) struct News {
    app: Arc<App>,
    registry: Arc<Registry>,
    rung: Rung,
    /// Runs that are read on, each at its last record.
    at_hand: BTreeMap<RunId, Told>,
}

impl News {
    /// Listens from now on; what happened before comes first.
    pub(super) fn new(app: Arc<App>, registry: Arc<Registry>) -> Result<Self, Trouble> {
        let rung = Rung::default();
        let ear = Arc::downgrade(&rung);
        app.listen(move |state, _| {
            if let Some(rung) = ear.upgrade() {
                rung.lock().unwrap_or_else(PoisonError::into_inner).insert(state.spec().id);
            }
        });
        let before = app.telling()?;
        rung.lock().unwrap_or_else(PoisonError::into_inner).extend(before);
        Ok(Self { app, registry, rung, at_hand: BTreeMap::new() })
    }

    /// Writes down what is to be told of every run of which something has happened.
    pub(super) fn gather(&mut self) -> Result<(), Trouble> {
        let mut rung = std::mem::take(&mut *self.rung.lock().unwrap_or_else(PoisonError::into_inner));
        while let Some(run) = rung.pop_first() {
            if let Err(trouble) = self.gather_of(run) {
                // It is looked at again, with those that were not looked at.
                rung.insert(run);
                self.rung.lock().unwrap_or_else(PoisonError::into_inner).append(&mut rung);
                return Err(trouble);
            }
        }
        Ok(())
    }

    fn gather_of(&mut self, run: RunId) -> Result<(), Trouble> {
        let Some(telling) = self.app.telling_of(run)? else { return Ok(()) };
        let (heard, mut scenes) = self.registry.heard(run)?;
        let mut told = self.at_hand.remove(&run).unwrap_or_default();
        let mut due = Vec::new();
        let records = self.app.records_after(run, told.seq())?;
        told.go_on(run, &records, |story, record| {
            let is_news = record.seq > heard && matches!(record.event, Event::Ended { .. } | Event::Paused { .. });
            if is_news {
                let (kind, data) = of_run(story);
                due.push(notice(&telling, id(run, record.seq, None), kind, &data, record.at));
            }
        })?;
        let (seq, Some(story)) = (told.seq(), told.story()) else { return Ok(()) };
        if seq <= heard {
            return Ok(());
        }
        for (scene, state) in
            story.film().scenes().iter().map(|scene| (scene, scene.state(story.film(), story.state())))
        {
            let Some(word) = fate(state) else { continue };
            if scenes.insert(scene.id.clone(), word.to_owned()).is_none_or(|before| before != word) {
                let data = json!({"run": run.to_string(), "scene": scene.id, "state": state.word()});
                due.push(notice(&telling, id(run, seq, Some(&scene.id)), format!("scene.{word}"), &data, story.last()));
            }
        }
        self.registry.hear(run, &(seq, scenes), &due)?;
        if story.is_going() && self.at_hand.len() < AT_HAND {
            self.at_hand.insert(run, told);
        }
        Ok(())
    }
}

/// A notice for whoever is named, and of which kind it is.
fn notice(telling: &Telling, id: String, kind: String, data: &Value, at: Moment) -> (String, Due) {
    let body = json!({"type": kind, "timestamp": at.ms(), "data": data}).to_string();
    let Telling { account, address } = telling.clone();
    (kind, Due { id, account, address, body, created: at, tries: 0 })
}

/// What is said of a run that is over or paused.
fn of_run(story: &Story) -> (String, Value) {
    let run = Run::of(story, story.worked());
    let data = json!({"run": run.run.to_string(), "film": run.film, "status": run.status, "reason": run.reason,
        "items": run.items, "cost": run.cost});
    (format!("run.{}", run.status), data)
}

/// What became of a scene, once that is known.
const fn fate(state: ItemState) -> Option<&'static str> {
    match state {
        ItemState::Complete => Some("completed"),
        ItemState::FailedPermanent => Some("failed"),
        ItemState::Pending | ItemState::Generating | ItemState::Failed => None,
    }
}

/// The id of a notice: what it is about, so that it is the same whenever it is written.
fn id(run: RunId, seq: u64, scene: Option<&str>) -> String {
    let scene = scene.map(|scene| Hash::of([scene.as_bytes()]).to_string());
    let scene = scene.map(|hash| format!("_{}", &hash[..12])).unwrap_or_default();
    format!("msg_{}_{seq}{scene}", run.0.simple())
}
