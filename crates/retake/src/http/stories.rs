//! Runs as they are told in full, kept while somebody looks: each new look folds only what is new.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use retake_engine::id::RunId;
use retake_engine::journal::Record;

use super::problem::Problem;
use crate::app::{Counter, Trouble};
use crate::ui::story::Story;

/// How many are kept.
const KEPT: usize = 32;

/// A run as far as it was read.
#[derive(Default)]
pub(super) struct Told {
    story: Option<Story>,
    seq: u64,
}

impl Told {
    /// The run, once its first record was read.
    pub(super) const fn story(&self) -> Option<&Story> {
        self.story.as_ref()
    }

    /// Its last record that was read.
    pub(super) const fn seq(&self) -> u64 {
        self.seq
    }

    /// Reads on, and has each record looked at where it stands. After an error it begins anew.
    pub(super) fn go_on(
        &mut self,
        run: RunId,
        records: &[Record],
        mut see: impl FnMut(&Story, &Record),
    ) -> Result<(), Trouble> {
        let mut before = std::mem::take(self);
        for record in records {
            let story = match before.story.take() {
                None => Story::begin(record),
                Some(mut story) => story.apply(record).map(|()| story),
            };
            let story = story.map_err(|why| Trouble::internal(format!("run {run}: {why}")))?;
            see(&story, record);
            before = Self { story: Some(story), seq: record.seq };
        }
        *self = before;
        Ok(())
    }
}

#[derive(Default)]
struct Shelf {
    told: BTreeMap<RunId, (u64, Arc<Mutex<Told>>)>,
    looks: u64,
}

/// The runs that were looked at last.
#[derive(Default)]
pub(super) struct Stories(Mutex<Shelf>);

impl Stories {
    /// Tells a run as it is now. Whoever may not see it is refused before.
    pub(super) fn with<T>(
        &self,
        counter: &Counter,
        run: RunId,
        tell: impl FnOnce(&Story, u64) -> T,
    ) -> Result<T, Problem> {
        // Whoever may not see it takes up no place.
        counter.find(run)?;
        let told = self.take(run);
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        let records = counter.records(run, told.seq)?;
        told.go_on(run, &records, |_, _| {})?;
        let story = told.story.as_ref().ok_or_else(Problem::internal)?;
        Ok(tell(story, told.seq))
    }

    fn take(&self, run: RunId) -> Arc<Mutex<Told>> {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.looks += 1;
        let look = shelf.looks;
        if shelf.told.len() >= KEPT && !shelf.told.contains_key(&run) {
            let oldest = shelf.told.iter().min_by_key(|(_, (look, _))| *look).map(|(run, _)| *run);
            shelf.told.retain(|run, _| Some(*run) != oldest);
        }
        let (seen, told) = shelf.told.entry(run).or_default();
        *seen = look;
        Arc::clone(told)
    }
}
