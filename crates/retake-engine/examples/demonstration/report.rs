//! The report: what became of every node, and the journal's money held against the providers' own count.

use std::collections::BTreeSet;
use std::fmt::Write;

use retake_engine::graph::Ix;
use retake_engine::journal::Record;
use retake_engine::journal::state::{Node, Phase, RunState, Take, TakeState};
use retake_engine::money::Money;
use retake_engine::sim::{Line, Told, Verdict};

use crate::paint::{Colour, Tone, dollars};

/// What is reported of a run.
pub(crate) struct Report<'a> {
    state: &'a RunState,
    verdict: &'a Verdict,
    crashes: usize,
    /// The most that was ever spent or reserved.
    peak: Money,
    /// What the providers charged, by their own count.
    bill: Money,
}

impl<'a> Report<'a> {
    /// The report over a run that has come to this state.
    pub(crate) fn new(verdict: &'a Verdict, story: &[Line], state: &'a RunState, journal: &[Record]) -> Self {
        let crashes = story.iter().filter(|line| matches!(line.told, Told::Crash(_))).count();
        let bill = verdict.outcomes.iter().map(|outcome| outcome.bill).sum();
        Self { state, verdict, crashes, peak: peak(journal), bill }
    }

    fn accepted_twice(&self) -> usize {
        let takes: BTreeSet<_> = self.verdict.accepted.iter().collect();
        self.verdict.accepted.len() - takes.len()
    }

    /// The promise that was broken.
    pub(crate) fn broken(&self) -> Option<String> {
        let ledger = self.state.ledger();
        let own = match () {
            () if self.accepted_twice() > 0 => Some("a take was bought twice"),
            () if self.peak > ledger.cap() => Some("the cap did not hold"),
            () if self.bill > ledger.committed() => Some("more was charged than the ledger knows"),
            () => None,
        };
        self.verdict.broken.clone().or_else(|| own.map(Into::into))
    }

    /// The report as it is printed.
    pub(crate) fn shown(&self, colour: Colour) -> String {
        let mut text = self.table(colour).unwrap_or_default();
        text.push_str(&self.money().unwrap_or_default());
        let (tone, line) = match self.broken() {
            None => (Tone::Good, "The promise held: nothing lost, nothing paid twice, and the cap held.".to_owned()),
            Some(why) => (Tone::Bad, format!("A promise was broken: {why}.")),
        };
        text.push_str(&colour.paint(tone, &line));
        text
    }

    /// A line for every node that is bought, and one for all that this machine made.
    fn table(&self, colour: Colour) -> Result<String, std::fmt::Error> {
        let mut text = format!("{:<15} {:<10} {:<10} {:>5}   {:>5}\n", "node", "state", "by", "takes", "cost");
        let (mut local, mut local_made) = (0, 0);
        for ix in self.in_order() {
            let (node, spec) = (&self.state.nodes()[ix], &self.state.graph().node(ix).spec);
            let buys = node.takes.iter().any(Take::is_paid) || spec.route.iter().any(|entry| entry.as_str() != "local");
            if !buys {
                local += usize::from(!spec.route.is_empty());
                local_made += usize::from(!spec.route.is_empty() && matches!(node.phase, Phase::Complete { .. }));
                continue;
            }
            let kept = node.takes.iter().find(|take| matches!(take.state, TakeState::Kept { .. }));
            let by = kept.and_then(|take| spec.route.get(take.entry)).map_or("-", |entry| entry.as_str());
            let (tone, state) = state_of(node);
            let (takes, cost) = (node.takes.len(), dollars(cost(node)));
            let state = colour.paint(tone, &format!("{state:<10}"));
            let why = why_missing(node).map_or_else(String::new, |why| format!("   {why}"));
            writeln!(text, "{:<15} {state} {by:<10} {takes:>5}   {cost:>5}{why}", spec.id.as_str())?;
        }
        writeln!(text, "{:<15} {local_made} of {local} made on this machine, for nothing\n", "all other steps")?;
        Ok(text)
    }

    /// The nodes scene by scene: what the run grew by stands with the scene that it belongs to.
    fn in_order(&self) -> Vec<Ix> {
        let scene = |ix: Ix| self.state.graph().node(ix).spec.id.as_str().split(['/', '.']).next();
        let mut order: Vec<Ix> = (0..self.state.nodes().len()).collect();
        order.sort_by_key(|ix| (0..*ix).find(|first| scene(*first) == scene(*ix)).unwrap_or(*ix));
        order
    }

    fn money(&self) -> Result<String, std::fmt::Error> {
        let ledger = self.state.ledger();
        let (settled, off, open) = (ledger.settled(), ledger.written_off(), ledger.reserved());
        let mut text = String::new();
        writeln!(
            text,
            "cap        {:>6}   the most ever spent and reserved was {}",
            dollars(ledger.cap()),
            dollars(self.peak)
        )?;
        writeln!(
            text,
            "ledger     {:>6}   settled; {} written off, {} still reserved",
            dollars(settled),
            dollars(off),
            dollars(open)
        )?;
        writeln!(
            text,
            "providers  {:>6}   really charged, by their own count, for {} takes; accepted twice: {}",
            dollars(self.bill),
            self.verdict.accepted.len(),
            self.accepted_twice()
        )?;
        writeln!(
            text,
            "kills      {:>6}   of the process, each survived with nothing but the journal\n",
            self.crashes
        )?;
        Ok(text)
    }
}

fn peak(journal: &[Record]) -> Money {
    let Some((first, rest)) = journal.split_first() else { return Money::ZERO };
    let Ok(mut state) = RunState::begin(first) else { return Money::MAX };
    let sums = rest.iter().map(|record| state.apply(record).map_or(Money::MAX, |()| state.ledger().committed()));
    sums.max().unwrap_or(Money::ZERO)
}

const fn state_of(node: &Node) -> (Tone, &'static str) {
    match node.phase {
        Phase::Complete { .. } => (Tone::Good, "made"),
        Phase::GivenUp { .. } => (Tone::Bad, "missing"),
        Phase::Failed => (Tone::Bad, "failed"),
        Phase::Dropped => (Tone::Dim, "dropped"),
        Phase::Waiting
        | Phase::Ready
        | Phase::Keyed { .. }
        | Phase::Prepared { .. }
        | Phase::Taking { .. }
        | Phase::Judging { .. }
        | Phase::Resting { .. }
        | Phase::Reviewing
        | Phase::Extended { .. } => (Tone::Trouble, "open"),
    }
}

fn why_missing(node: &Node) -> Option<&str> {
    if let Phase::GivenUp { fault, .. } = &node.phase { Some(&fault.message) } else { None }
}

/// What was booked for the takes of a node.
fn cost(node: &Node) -> Money {
    let booked = node.takes.iter().map(|take| match take.state {
        TakeState::Kept { cost, .. } | TakeState::Fallen { cost } | TakeState::WrittenOff { cost } => cost,
        TakeState::Intent
        | TakeState::Unclear { .. }
        | TakeState::Held
        | TakeState::Submitted { .. }
        | TakeState::Succeeded { .. }
        | TakeState::Released => Money::ZERO,
    });
    booked.sum()
}
