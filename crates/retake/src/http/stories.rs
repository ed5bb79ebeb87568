//! Runs as they are told in full, kept while somebody looks: each new look folds only what is new.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use retake_engine::id::RunId;

use super::problem::Problem;
use crate::app::{Counter, Trouble};
use crate::ui::story::Story;

/// How many are kept.
const KEPT: usize = 32;

/// A run as far as it was read.
#[derive(Default)]
struct Told {
    story: Option<Story>,
    seq: u64,
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
        counter.find(run)?;
        let told = self.take(run);
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        for record in counter.records(run, told.seq)? {
            let step = match &mut told.story {
                None => Story::begin(&record).map(|story| told.story = Some(story)),
                Some(story) => story.apply(&record),
            };
            if let Err(why) = step {
                *told = Told::default();
                return Err(Trouble::internal(format!("run {run}: {why}")).into());
            }
            told.seq = record.seq;
        }
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
