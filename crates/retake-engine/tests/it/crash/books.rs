//! The provider's log, and what must hold between it and what the program says of itself.

use std::collections::BTreeMap;
use std::path::Path;

use retake_engine::money::Money;
use serde::Deserialize;

use super::stage::PRICE;

/// A line of the log.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Entry {
    event: String,
    pub(crate) ticket: String,
    pub(crate) take: String,
    request: String,
    price: Money,
    waited_ms: u64,
}

/// What the provider has accepted.
#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) accepted: Vec<Entry>,
    pub(crate) replayed: usize,
}

/// What the program says of itself.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) ending: Option<String>,
    pub(crate) pause: Option<serde_json::Value>,
    cap: Money,
    settled: Money,
    written_off: Money,
    reserved: Money,
    pub(crate) held: Vec<String>,
    made: usize,
}

impl Books {
    /// Reads the log of a provider that is still there.
    pub(crate) fn read(log: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(log).map_err(|why| format!("the provider's log: {why}"))?;
        let mut books = Self::default();
        for line in text.lines() {
            let entry: Entry =
                serde_json::from_str(line).map_err(|why| format!("the provider's log: {why}: {line}"))?;
            match entry.event.as_str() {
                "accepted" => books.accepted.push(entry),
                "replayed" => books.replayed += 1,
                other => return Err(format!("the provider's log says {other}")),
            }
        }
        Ok(books)
    }

    /// How many acceptances are one too many.
    pub(crate) fn doubled(&self) -> usize {
        let mut requests = BTreeMap::<&str, usize>::new();
        for entry in &self.accepted {
            *requests.entry(&entry.request).or_default() += 1;
        }
        requests.values().map(|times| times - 1).sum()
    }

    /// How many of the requests that were needed have not been accepted.
    pub(crate) fn lost(&self, needed: usize) -> usize {
        needed.saturating_sub(self.accepted.len() - self.doubled())
    }

    /// The longest that the provider took to accept what it had read.
    pub(crate) fn slowest_ms(&self) -> u64 {
        self.accepted.iter().map(|entry| entry.waited_ms).max().unwrap_or_default()
    }

    fn bill(&self) -> Money {
        self.accepted.iter().map(|entry| entry.price).sum()
    }

    /// The ticket of a take, where the provider has it: what a person would see on its page.
    pub(crate) fn ticket(&self, take: &str) -> Option<&str> {
        self.accepted.iter().find(|entry| entry.take == take).map(|entry| entry.ticket.as_str())
    }

    /// Whether the film is there, everything was bought once, and the ledger says what the bill says.
    pub(crate) fn check_complete(&self, outcome: &Outcome, needed: usize) -> Result<(), String> {
        let facts = [
            ("it is completed", outcome.ending.as_deref() == Some("completed")),
            ("every scene and the film are made", outcome.made == needed + 1),
            ("nothing is bought twice", self.doubled() == 0),
            ("nothing is lost", self.lost(needed) == 0),
            ("the bill is what was settled", self.bill() == outcome.settled),
            ("nothing stays reserved", outcome.reserved.is_zero() && outcome.held.is_empty()),
            ("the cap holds", self.bill() <= outcome.cap && outcome.settled.plus(outcome.written_off) <= outcome.cap),
        ];
        self.all(outcome, &facts)
    }

    /// Whether a run whose held takes a person has given up is over, its money accounted for.
    pub(crate) fn check_abandoned(&self, outcome: &Outcome) -> Result<(), String> {
        let spent = outcome.settled.plus(outcome.written_off);
        let facts = [
            ("it has failed for want of a scene", outcome.ending.as_deref() == Some("failed")),
            ("nothing is bought twice", self.doubled() == 0),
            ("nothing stays reserved", outcome.reserved.is_zero() && outcome.held.is_empty()),
            ("the bill is covered", self.bill() >= outcome.settled && self.bill() <= spent),
            ("the cap holds", spent <= outcome.cap),
        ];
        self.all(outcome, &facts)
    }

    /// Whether a run that waits for a person shows all that nobody knows, and keeps the money for it.
    pub(crate) fn check_parked(&self, outcome: &Outcome) -> Result<(), String> {
        let is_held = |entry: &&Entry| outcome.held.contains(&entry.take);
        let known = self.accepted.iter().filter(|entry| !is_held(entry)).map(|entry| entry.price).sum();
        let reserved = (0..outcome.held.len()).map(|_| PRICE).sum::<Money>();
        let facts = [
            ("it waits for a person", outcome.pause.as_ref().is_some_and(|pause| pause["reason"] == "review")),
            ("what nobody knows is shown", !outcome.held.is_empty()),
            ("its money stays reserved", outcome.reserved == reserved),
            ("nothing is bought twice", self.doubled() == 0),
            ("what is not held is settled", outcome.settled == known),
            ("the bill is covered", self.bill() <= outcome.settled.plus(outcome.reserved)),
            ("the cap holds", outcome.settled.plus(outcome.reserved).plus(outcome.written_off) <= outcome.cap),
        ];
        self.all(outcome, &facts)
    }

    fn all(&self, outcome: &Outcome, facts: &[(&str, bool)]) -> Result<(), String> {
        let broken: Vec<&str> = facts.iter().filter(|(_, holds)| !holds).map(|(fact, _)| *fact).collect();
        if broken.is_empty() {
            return Ok(());
        }
        let accepted: Vec<_> =
            self.accepted.iter().map(|entry| (&entry.take, &entry.ticket, entry.waited_ms)).collect();
        Err(format!("not true: {}\n    {outcome:?}\n    accepted {accepted:?}", broken.join("; ")))
    }
}
