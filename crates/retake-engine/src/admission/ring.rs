//! Whose turn it is: deficit round robin over runs, first come first served within a run.
//!
//! A run stands at one place of the ring and, for every line it has asks in, in that line's index. So the next run
//! that an open line can serve is found without looking at those whose lines are shut.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{ModelId, ProviderId, RunId, TakeId};

/// Asks that are let through, or not, together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Line {
    Submission { provider: ProviderId, model: ModelId, retry: bool },
    Process,
}

/// An ask that waits for its turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Queued {
    pub(super) line: Line,
    /// The order in which it was asked.
    pub(super) seq: u64,
    pub(super) take: TakeId,
    /// What being served costs the run.
    pub(super) cost: u32,
}

#[derive(Debug, Default)]
pub(super) struct Ring {
    end: u64,
    runs: BTreeMap<RunId, Member>,
    lines: BTreeMap<Line, BTreeSet<(u64, RunId)>>,
}

#[derive(Debug, Default)]
struct Member {
    place: u64,
    /// What earlier turns have left it.
    deficit: u32,
    queues: BTreeMap<Line, BTreeMap<u64, (TakeId, u32)>>,
}

impl Ring {
    /// Puts an ask in its run's queue; a run that had none comes last.
    pub(super) fn push(&mut self, queued: Queued) {
        let run = queued.take.run;
        let end = &mut self.end;
        let member = self.runs.entry(run).or_insert_with(|| {
            *end += 1;
            Member { place: *end, ..Member::default() }
        });
        self.lines.entry(queued.line.clone()).or_default().insert((member.place, run));
        member.queues.entry(queued.line).or_default().insert(queued.seq, (queued.take, queued.cost));
    }

    /// Takes an ask out again; a run that has none left leaves the ring and what it had saved.
    pub(super) fn remove(&mut self, run: RunId, line: &Line, seq: u64) {
        let Some(member) = self.runs.get_mut(&run) else { return };
        let Some(queue) = member.queues.get_mut(line) else { return };
        queue.remove(&seq);
        if !queue.is_empty() {
            return;
        }
        member.queues.remove(line);
        let place = member.place;
        if member.queues.is_empty() {
            self.runs.remove(&run);
        }
        if let Some(places) = self.lines.get_mut(line) {
            places.remove(&(place, run));
            if places.is_empty() {
                self.lines.remove(line);
            }
        }
    }

    /// The ask whose turn it is among the open lines. Asking again gives the same until it is served or removed.
    pub(super) fn turn(&mut self, open: impl Fn(&Line) -> bool) -> Option<Queued> {
        let open: Vec<Line> = self.lines.keys().filter(|line| open(line)).cloned().collect();
        // Ends: every step back adds to a deficit, and a deficit that covers the cost ends it.
        loop {
            let next = open.iter().filter_map(|line| self.head(line)).min_by_key(|(place, head)| (*place, head.seq))?.1;
            let member = self.runs.get_mut(&next.take.run)?;
            if member.deficit + 1 >= next.cost {
                return Some(next);
            }
            member.deficit += 1;
            self.step_back(next.take.run);
        }
    }

    /// The ask had its turn: it is paid for and its run goes to the end.
    pub(super) fn served(&mut self, queued: &Queued) {
        let run = queued.take.run;
        if let Some(member) = self.runs.get_mut(&run) {
            member.deficit = (member.deficit + 1).saturating_sub(queued.cost);
        }
        self.remove(run, &queued.line, queued.seq);
        self.step_back(run);
    }

    /// The lines in which somebody waits.
    pub(super) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.keys()
    }

    fn head(&self, line: &Line) -> Option<(u64, Queued)> {
        let (place, run) = self.lines.get(line)?.first()?;
        let (seq, (take, cost)) = self.runs.get(run)?.queues.get(line)?.first_key_value()?;
        Some((*place, Queued { line: line.clone(), seq: *seq, take: take.clone(), cost: *cost }))
    }

    fn step_back(&mut self, run: RunId) {
        let Some(member) = self.runs.get_mut(&run) else { return };
        let before = member.place;
        self.end += 1;
        member.place = self.end;
        for line in member.queues.keys() {
            let places = self.lines.entry(line.clone()).or_default();
            places.remove(&(before, run));
            places.insert((self.end, run));
        }
    }
}
