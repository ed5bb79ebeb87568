//! What can be told of a simulation: its lines, and how it ended.

use std::time::Duration;

use super::tally::Tally;
use crate::id::{RunId, TakeId};
use crate::journal::Record;
use crate::journal::event::{Ending, Event};
use crate::money::Money;
use crate::performer::Outputs;

/// A line of the story of a simulation.
#[derive(Debug, Clone)]
pub struct Line {
    /// How long after the start.
    pub after: Duration,
    /// What happened.
    pub told: Told,
}

/// What can be told of a simulation.
#[derive(Debug, Clone)]
pub enum Told {
    /// A run wrote this down.
    Event(RunId, Box<Event>),
    /// The process died.
    Crash(&'static str),
    /// The process started again.
    Restart,
    /// A person did something.
    Person(&'static str),
    /// A promise was broken.
    Broken(String),
}

/// How a simulation ended.
#[derive(Debug)]
pub struct Verdict {
    /// The seed.
    pub seed: u64,
    /// The promise that was broken.
    pub broken: Option<String>,
    /// What happened how often.
    pub tally: Tally,
    /// How many records were written.
    pub records: u64,
    /// How many commits there were.
    pub commits: u64,
    /// Every take that a provider took on, as often as it did: counted there, not in the journal.
    pub accepted: Vec<TakeId>,
    /// How each run ended: its ending, the sums of its ledger, and what its nodes came to.
    pub outcomes: Vec<Outcome>,
    /// The journals, for those who want to keep them.
    pub journals: Vec<Vec<Record>>,
}

impl Verdict {
    /// The id of the first run.
    ///
    /// # Panics
    /// Where there is none.
    #[must_use]
    pub fn journals_run(&self) -> RunId {
        match &self.journals[0][0].event {
            Event::Created { run } => run.id,
            other => panic!("a journal begins with {other:?}"),
        }
    }

    /// The verdict over a seed that did not get to its end.
    pub(super) fn panicked(seed: u64, text: &str) -> Self {
        Self {
            seed,
            broken: Some(format!("it panicked: {text}")),
            tally: Tally::default(),
            records: 0,
            commits: 0,
            accepted: Vec::new(),
            outcomes: Vec::new(),
            journals: Vec::new(),
        }
    }
}

/// How one run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub ending: Option<Ending>,
    /// What was settled.
    pub settled: Money,
    /// What was really charged.
    pub bill: Money,
    /// What became of each node.
    pub nodes: Vec<(String, &'static str, Option<Outputs>)>,
}
