//! What a run's records tell people: the fold of the journal, and beside it what the fold has no use for.
//!
//! Owns when things happened, what each take failed by, and how long finished ones took. Everything follows from the
//! records alone; it is told the present moment where that matters.

use std::collections::BTreeMap;
use std::time::Duration;

use retake_engine::fault::Fault;
use retake_engine::graph::Ix;
use retake_engine::id::{RunId, TakeNo, Ticket};
use retake_engine::journal::event::Event;
use retake_engine::journal::state::Status;
use retake_engine::journal::{Illegal, Record, RunState};
use retake_engine::moment::Moment;

use super::film::Film;

/// What became of a take, as far as people ask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fate {
    /// What it failed by.
    pub fault: Option<Fault>,
    /// The provider's id of it.
    pub ticket: Option<Ticket>,
    /// Whether it came to a good end after another had.
    pub spare: bool,
}

/// How long finished takes of a step took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pace {
    /// How many there were.
    pub count: u32,
    /// How long they took together.
    pub total: Duration,
}

/// A run as its records tell it.
#[derive(Debug, Clone)]
pub struct Story {
    state: RunState,
    film: Film,
    fates: BTreeMap<(Ix, u32), Fate>,
    paces: BTreeMap<String, Pace>,
    last: Moment,
    worked: Duration,
    superseded_by: Option<RunId>,
}

impl Story {
    /// The story after the first record.
    ///
    /// # Errors
    /// Says so where the record begins no run.
    pub fn begin(first: &Record) -> Result<Self, Illegal> {
        let state = RunState::begin(first)?;
        let film = Film::of(&state);
        let (fates, paces) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { state, film, fates, paces, last: first.at, worked: Duration::ZERO, superseded_by: None })
    }

    /// The story of a whole journal.
    ///
    /// # Errors
    /// Says which record cannot follow the ones before it.
    pub fn read<'a>(records: impl IntoIterator<Item = &'a Record>) -> Result<Self, Illegal> {
        let mut records = records.into_iter();
        let first = records.next().ok_or_else(unbegun)?;
        let mut story = Self::begin(first)?;
        for record in records {
            story.apply(record)?;
        }
        Ok(story)
    }

    /// Goes on by a record.
    ///
    /// # Errors
    /// Says why it cannot follow; the story is then not to be used further.
    pub fn apply(&mut self, record: &Record) -> Result<(), Illegal> {
        // What lies between two lives of a run that stood still is nobody's waiting.
        if self.is_going() {
            self.worked += record.at.since(self.last);
        }
        self.state.apply(record)?;
        self.last = record.at;
        self.note(record);
        self.film.grow(&self.state);
        Ok(())
    }

    fn note(&mut self, record: &Record) {
        match &record.event {
            Event::Refused { take, fault } | Event::Lost { take, fault } | Event::Fell { take, fault, .. } => {
                self.fate(take, |fate| fate.fault = Some(fault.clone()));
            }
            Event::Submitted { take, ticket } | Event::Found { take, ticket } | Event::Stray { take, ticket, .. } => {
                self.fate(take, |fate| fate.ticket = Some(ticket.clone()));
            }
            Event::Kept { take, adopted, .. } => {
                self.fate(take, |fate| (fate.spare, fate.fault) = (!adopted, None));
                self.pace(take, record.at);
            }
            Event::Superseded { by } => self.superseded_by = Some(*by),
            _ => {}
        }
    }

    fn fate(&mut self, take: &TakeNo, change: impl FnOnce(&mut Fate)) {
        if let Some(ix) = self.state.graph().find(&take.node) {
            change(self.fates.entry((ix, take.n)).or_default());
        }
    }

    fn pace(&mut self, no: &TakeNo, at: Moment) {
        let place = self.state.graph().find(&no.node).map(|ix| self.film.place(ix).step.clone());
        let (Some(step), Some(take)) = (place, self.state.take(no)) else { return };
        // Across a clock that was set back nobody knows how long it took.
        if !take.untimed {
            let pace = self.paces.entry(step).or_default();
            pace.count += 1;
            pace.total += at.since(take.intended);
        }
    }

    /// The fold.
    #[must_use]
    pub const fn state(&self) -> &RunState {
        &self.state
    }

    /// Its scenes.
    #[must_use]
    pub const fn film(&self) -> &Film {
        &self.film
    }

    /// What became of a take.
    #[must_use]
    pub fn fate_of(&self, ix: Ix, n: u32) -> Option<&Fate> {
        self.fates.get(&(ix, n))
    }

    /// How long finished takes of a step took.
    #[must_use]
    pub fn pace_of(&self, step: &str) -> Option<Pace> {
        self.paces.get(step).copied()
    }

    /// When the last record was written.
    #[must_use]
    pub const fn last(&self) -> Moment {
        self.last
    }

    /// The run that took its place.
    #[must_use]
    pub const fn superseded_by(&self) -> Option<RunId> {
        self.superseded_by
    }

    /// How long it was at work, up to its last record; the time in which it stood still does not count.
    #[must_use]
    pub const fn worked(&self) -> Duration {
        self.worked
    }

    /// The same up to now, while it goes on.
    #[must_use]
    pub fn elapsed(&self, now: Moment) -> Duration {
        if self.is_going() { self.worked + now.since(self.last) } else { self.worked }
    }

    /// Whether it is at work.
    #[must_use]
    pub const fn is_going(&self) -> bool {
        matches!(self.state.status(), Status::Queued | Status::Running)
    }
}

fn unbegun() -> Illegal {
    Illegal { seq: 1, why: retake_engine::journal::state::Why::NotTheBeginning }
}
