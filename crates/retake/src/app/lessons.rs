//! What models were really charged for, against what was reserved for them: later quotes expect that.
//!
//! Read off the newest journals, so that it is found again after any loss; after that it is heard. A worst case never
//! rests on it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use retake_engine::graph::Maker;
use retake_engine::id::{AccountId, RunId};
use retake_engine::journal::event::RunSpec;
use retake_engine::journal::state::TakeState;
use retake_engine::journal::{Event, Record, RunState};
use retake_engine::money::Money;
use retake_engine::store::Listed;
use serde::{Deserialize, Serialize};

use super::craft::Act;
use super::{App, Row, Trouble, entry_of, fold};

/// How many runs are looked at, the newest first.
const RUNS: usize = 50;
/// How much is kept of what was heard while nobody asked; after more, journals are read again.
const HEARD: usize = 10_000;
/// What was charged as reserved, in thousandths.
const WHOLE: u64 = 1_000;
/// Less than this, in thousandths, is not worth a word.
const WORTH_A_WORD: u64 = 50;

/// What was learned of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lesson {
    /// Its name.
    pub(crate) model: String,
    /// What was charged of what was reserved, in thousandths.
    pub(crate) permille: u64,
    /// By how many takes that is known.
    pub(crate) takes: u32,
}

/// What one model came to.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    reserved: Money,
    charged: Money,
    takes: u32,
}

/// What models came to, by their names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lessons(BTreeMap<String, Sum>);

impl Lessons {
    /// What a model was charged of what was reserved for it, in thousandths, rounded up.
    pub(crate) fn of(&self, model: &str) -> Option<u64> {
        let sum = self.0.get(model)?;
        let whole = u128::from(sum.charged.micros()) * u128::from(WHOLE);
        u64::try_from(whole.div_ceil(u128::from(sum.reserved.micros()))).ok()
    }

    /// What is worth a word of those who would make something.
    pub(crate) fn about(&self, rows: &[Row]) -> Vec<Lesson> {
        let makes = |name: &str| {
            let by = |row: &Row| row.fate == Act::Make && row.model.as_deref() == Some(name);
            rows.iter().any(by)
        };
        let lesson = |(name, sum): (&String, &Sum)| {
            let permille = self.of(name)?;
            let is_told = permille.abs_diff(WHOLE) > WORTH_A_WORD && makes(name);
            is_told.then(|| Lesson { model: name.clone(), permille, takes: sum.takes })
        };
        self.0.iter().filter_map(lesson).collect()
    }

    /// Learns what others have learned.
    fn add(&mut self, others: &Self) {
        for (model, sum) in &others.0 {
            let all = self.0.entry(model.clone()).or_default();
            all.reserved = all.reserved.plus(sum.reserved);
            all.charged = all.charged.plus(sum.charged);
            all.takes += sum.takes;
        }
    }

    /// Learns from a take. What came to nothing says nothing about what comes to something.
    fn learn(&mut self, model: &str, reserved: Money, charged: Money) {
        let sum = self.0.entry(model.to_owned()).or_default();
        sum.reserved = sum.reserved.plus(reserved);
        sum.charged = sum.charged.plus(charged);
        sum.takes += 1;
    }

    /// All that a run teaches.
    fn of_run(state: &RunState, records: &[Record]) -> Self {
        let mut lessons = Self::default();
        for record in records {
            if let Some((model, reserved, charged)) = taught(state, &record.event) {
                lessons.learn(model, reserved, charged);
            }
        }
        lessons
    }
}

/// What an event teaches: a model, what was reserved for it and what was charged.
fn taught<'s>(state: &'s RunState, event: &Event) -> Option<(&'s str, Money, Money)> {
    let Event::Kept { take: no, .. } = event else { return None };
    let take = state.take(no).filter(|take| take.is_paid() && !take.worst.is_zero())?;
    let TakeState::Kept { cost, .. } = &take.state else { return None };
    Some((entry_of(state, no)?.as_str(), take.worst, *cost))
}

/// Something that was learned while nobody asked.
#[derive(Debug)]
struct Heard {
    account: AccountId,
    run: RunId,
    seq: u64,
    model: String,
    reserved: Money,
    charged: Money,
}

/// What the newest runs of an account teach: each up to which of its records, and all together.
#[derive(Debug, Default)]
struct Known {
    runs: BTreeMap<RunId, (u64, Lessons)>,
    all: Arc<Lessons>,
}

impl Known {
    fn hear(&mut self, heard: &Heard) {
        let (seq, lessons) = self.runs.entry(heard.run).or_default();
        if heard.seq > *seq {
            *seq = heard.seq;
            lessons.learn(&heard.model, heard.reserved, heard.charged);
        }
    }

    /// Adds up what the newest of them teach.
    fn settle(&mut self) {
        while self.runs.len() > RUNS {
            self.runs.pop_first();
        }
        let mut all = Lessons::default();
        for (_, lessons) in self.runs.values() {
            all.add(lessons);
        }
        self.all = Arc::new(all);
    }
}

/// What was learned so far.
#[derive(Debug, Default)]
pub(super) struct Taught {
    known: Mutex<HashMap<AccountId, Known>>,
    /// What is not yet among it. Whoever hears must not wait.
    heard: Mutex<Option<Vec<Heard>>>,
}

impl Taught {
    /// Hears what was committed.
    pub(super) fn hear(&self, state: &RunState, records: &[Record]) {
        for record in records {
            let Some((model, reserved, charged)) = taught(state, &record.event) else { continue };
            let (account, run, model) = (state.spec().account.clone(), state.spec().id, model.to_owned());
            let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(list) = heard.as_mut() {
                list.push(Heard { account, run, seq: record.seq, model, reserved, charged });
                // Nobody has asked for long: then nothing is known any more.
                heard.take_if(|list| list.len() > HEARD);
            }
        }
    }

    /// What was heard since somebody asked last; nothing where that is no longer known.
    fn news(&self) -> Option<Vec<Heard>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).replace(Vec::new())
    }
}

impl App {
    /// What the newest runs of the same account teach.
    pub(super) fn lessons(&self, spec: &RunSpec) -> Result<Arc<Lessons>, Trouble> {
        if !spec.entries.values().any(|entry| matches!(entry.maker, Maker::Paid(_))) {
            return Ok(Arc::default());
        }
        let mut known = self.taught.known.lock().unwrap_or_else(PoisonError::into_inner);
        match self.taught.news() {
            None => known.clear(),
            Some(news) => {
                for heard in &news {
                    known.entry(heard.account.clone()).and_modify(|known| known.hear(heard));
                }
                let told: HashSet<&AccountId> = news.iter().map(|heard| &heard.account).collect();
                known.iter_mut().filter(|(account, _)| told.contains(account)).for_each(|(_, known)| known.settle());
            }
        }
        if !known.contains_key(&spec.account) {
            known.insert(spec.account.clone(), self.read_lessons(&spec.account)?);
        }
        Ok(known.get(&spec.account).map(|known| Arc::clone(&known.all)).unwrap_or_default())
    }

    /// What the journals of the newest runs teach that have cost something.
    fn read_lessons(&self, account: &AccountId) -> Result<Known, Trouble> {
        let mut paid = Vec::new();
        self.host.newest(Some(account), None, &mut |Listed { run, summary, .. }| {
            paid.extend(summary.filter(|summary| !summary.settled.is_zero()).map(|_| run));
            paid.len() < RUNS
        })?;
        let mut known = Known::default();
        for run in paid {
            let records = self.host.journal(run)?;
            let lessons = Lessons::of_run(&fold(run, &records)?, &records);
            known.runs.insert(run, (records.last().map_or(0, |record| record.seq), lessons));
        }
        known.settle();
        Ok(known)
    }
}
