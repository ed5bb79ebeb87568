//! What models were really charged for, against what was reserved for them: later quotes expect that.
//!
//! Read off the newest journals, so that it is found again after any loss. A worst case never rests on it.

use std::collections::{BTreeMap, HashMap};
use std::sync::PoisonError;

use retake_engine::graph::Maker;
use retake_engine::id::{NodeId, RunId, TakeNo};
use retake_engine::journal::event::RunSpec;
use retake_engine::journal::{Event, Record};
use retake_engine::money::Money;
use retake_engine::store::Listed;
use serde::{Deserialize, Serialize};

use super::craft::Act;
use super::{App, Row, Trouble, spec_of};

/// How many runs are looked at, the newest first.
const RUNS: usize = 50;
/// Of how many runs it is kept at hand what they teach.
const TAUGHT: usize = 512;
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

    /// Learns from a journal. What came to nothing says nothing about what comes to something.
    fn hear(&mut self, records: &[Record]) {
        let Ok(spec) = spec_of(records) else { return };
        let routes: HashMap<&NodeId, _> = spec.nodes.iter().map(|node| (&node.id, &node.route)).collect();
        let (mut open, mut charged) = (HashMap::<&TakeNo, (usize, Money)>::new(), HashMap::<&TakeNo, Money>::new());
        for record in records {
            match &record.event {
                Event::Intended { take, entry, request: Some(_), worst, .. } => {
                    let _ = open.insert(take, (*entry, *worst));
                }
                Event::Succeeded { take, charge: Some(charge) } => {
                    let _ = charged.insert(take, *charge);
                }
                Event::Kept { take, charge, .. } => {
                    let Some((entry, worst)) = open.remove(take).filter(|(_, worst)| !worst.is_zero()) else {
                        continue;
                    };
                    let Some(model) = routes.get(&take.node).and_then(|route| route.get(entry)) else { continue };
                    let sum = self.0.entry(model.to_string()).or_default();
                    sum.reserved = sum.reserved.plus(worst);
                    sum.charged = sum.charged.plus(charge.or_else(|| charged.remove(take)).unwrap_or(worst));
                    sum.takes += 1;
                }
                _ => {}
            }
        }
    }
}

/// What each run has taught so far, and up to which of its records: a journal that has not grown is not read again.
#[derive(Debug, Default)]
pub(super) struct Taught(HashMap<RunId, (u64, Lessons)>);

impl App {
    /// What the newest runs of the same account teach.
    pub(super) fn lessons(&self, spec: &RunSpec) -> Result<Lessons, Trouble> {
        if !spec.entries.values().any(|entry| matches!(entry.maker, Maker::Paid(_))) {
            return Ok(Lessons::default());
        }
        let paid = |listed: &Listed| {
            let settled = listed.summary.as_ref().map_or(Money::ZERO, |summary| summary.settled);
            listed.account == spec.account && !settled.is_zero()
        };
        let mut lessons = Lessons::default();
        let mut taught = self.taught.lock().unwrap_or_else(PoisonError::into_inner);
        if taught.0.len() > TAUGHT {
            taught.0.clear();
        }
        for listed in self.host.list()?.into_iter().rev().filter(paid).take(RUNS) {
            let (seq, of_run) = taught.0.entry(listed.run).or_default();
            if *seq < listed.seq {
                *of_run = Lessons::default();
                of_run.hear(&self.host.journal(listed.run)?);
                *seq = listed.seq;
            }
            lessons.add(of_run);
        }
        Ok(lessons)
    }
}
