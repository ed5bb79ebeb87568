//! A host in virtual time: it carries actors as a real one would, and dies now and then.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::dice::Dice;
use super::provider::World;
use super::scenario::{CrashPoint, START, Scenario};
use super::shelf::Shelf;
use super::story::{Line, Outcome, Told, Verdict};
use super::tally::Tally;
use crate::admission::{Admission, News};
use crate::decide::{Look, Memory, standing};
use crate::engine::{Actor, Command, Desk, Message, Turn, answer, carry};
use crate::id::{AccountId, Key, ProviderId, RunId, TakeId, Ticket};
use crate::journal::event::{Event, RunSpec};
use crate::journal::state::{RunState, Status};
use crate::moment::Moment;
use crate::performer::Report;
use crate::store::memory::MemoryStore;
use crate::store::{Batch, Store};

/// After this much virtual time nothing more goes wrong, and people help.
const CALM_AFTER: Duration = Duration::from_secs(600);
/// A run that is not over by then is stuck.
const END_AFTER: Duration = Duration::from_secs(40 * 24 * 3_600);
/// More happenings than this are a loop.
const HAPPENINGS_MAX: u64 = 60_000;
const HOUR_MS: u64 = 3_600_000;
const TEN_YEARS_MS: u64 = 3_650 * 24 * HOUR_MS;

/// Something that will happen.
#[derive(Debug, Clone)]
pub(super) enum Happening {
    /// A run is asked for.
    Ask(usize),
    /// A report arrives, if whoever made it still lives.
    Report { incarnation: Option<u32>, report: Report },
    /// A run wanted to be woken.
    Wake(RunId),
    /// Admission wanted to be asked again.
    Pump,
    /// The process starts again.
    Restart,
    /// A person looks at a run.
    Person(RunId),
}

/// The host of one simulation.
#[derive(Debug)]
pub struct Host {
    pub(super) scenario: Scenario,
    pub(super) dice: Dice,
    pub(super) now: Moment,
    pub(super) store: Box<dyn Store>,
    pub(super) shelf: Option<Shelf>,
    pub(super) admission: Admission,
    pub(super) actors: BTreeMap<RunId, Actor>,
    pub(super) world: World,
    pub(super) tally: Tally,
    pub(super) broken: Option<String>,
    /// Runs whose cap was lowered: what was committed before may exceed it.
    pub(super) lowered: bool,
    happenings: BTreeMap<(Moment, u64), Happening>,
    wakes: BTreeMap<RunId, Moment>,
    next: u64,
    pub(super) incarnation: u32,
    /// By how much the clock of the host is ahead of the world's.
    skew_ms: i64,
    alive: bool,
    records: u64,
    commits: u64,
    story: Option<Vec<Line>>,
}

struct Hands<'a> {
    store: &'a dyn Store,
    admission: &'a mut Admission,
}

impl Desk for Hands<'_> {
    fn key(&self, look: &Look) -> Key {
        look.key()
    }

    fn recall(&self, account: &AccountId, key: &Key) -> Option<Memory> {
        self.store.recall(account, key).expect("the store can be read")
    }

    fn knows(&self, provider: &ProviderId, ticket: &Ticket) -> bool {
        self.store.knows(provider, ticket).expect("the store can be read")
    }

    fn admission(&mut self) -> &mut Admission {
        self.admission
    }
}

impl Host {
    /// The host of a scenario, before anything has happened.
    #[must_use]
    pub fn new(scenario: Scenario) -> Self {
        Self {
            dice: Dice::new(scenario.seed).about("host"),
            now: START,
            store: Box::new(MemoryStore::default()),
            shelf: None,
            admission: Admission::new(scenario.limits.clone()),
            actors: BTreeMap::new(),
            world: World::new(scenario.seed),
            tally: Tally::default(),
            broken: None,
            lowered: false,
            happenings: BTreeMap::new(),
            wakes: BTreeMap::new(),
            next: 0,
            incarnation: 0,
            skew_ms: 0,
            alive: true,
            records: 0,
            commits: 0,
            story: None,
            scenario,
        }
    }

    /// A host that finds these journals when it starts, and providers that know nothing of them.
    #[must_use]
    pub fn resuming(scenario: Scenario, journals: Vec<Vec<crate::journal::Record>>) -> Self {
        let mut host = Self::new(Scenario { runs: Vec::new(), ..scenario });
        for records in journals {
            let Ok(state) = RunState::fold(&records) else { continue };
            let (run, account) = (state.spec().id, state.spec().account.clone());
            host.world.known_before += 1_000;
            let at = records.last().map_or(START, |record| record.at);
            host.now = host.now.max(at).max(START.after(CALM_AFTER)).after(Duration::from_secs(1));
            let (remember, tickets) = (Vec::new(), Vec::new());
            let batch = Batch { run, account, records, remember, tickets, summary: Some(state.summary()) };
            if let Err(error) = host.store.create(batch, None) {
                host.fail(format!("a journal was refused: {error}"));
            }
            host.later(Duration::from_secs(1), Happening::Person(run));
        }
        host.alive = false;
        host.later(Duration::ZERO, Happening::Restart);
        host
    }

    /// Plays the scenario to its end, and tells what happened line by line.
    #[must_use]
    pub fn tell_story(mut self) -> (Verdict, Vec<Line>) {
        self.story = Some(Vec::new());
        self.play_out();
        let story = self.story.take().unwrap_or_default();
        (self.verdict(), story)
    }

    /// Plays the scenario to its end.
    #[must_use]
    pub fn play(mut self) -> Verdict {
        self.play_out();
        self.verdict()
    }

    fn play_out(&mut self) {
        let mut asked = Duration::ZERO;
        for place in 0..self.scenario.runs.len() {
            self.later(asked, Happening::Ask(place));
            asked = asked.saturating_add(Duration::from_millis(self.dice.below(30_000)));
        }
        let mut happened = 0;
        while let Some(((moment, _), happening)) = self.happenings.pop_first() {
            self.now = self.now.max(moment);
            happened += 1;
            if self.broken.is_some() || happened > HAPPENINGS_MAX || self.now > START.after(END_AFTER) {
                break;
            }
            self.happen(happening);
            self.check_money();
        }
        if self.broken.is_none() {
            self.check_end(happened > HAPPENINGS_MAX);
        }
    }

    fn verdict(self) -> Verdict {
        let outcomes = self.actors.values().map(|actor| self.outcome(actor.state())).collect();
        let journals = self.runs().into_iter().filter_map(|run| self.store.load(run).ok()).collect();
        Verdict {
            seed: self.scenario.seed,
            broken: self.broken,
            tally: self.tally,
            records: self.records,
            commits: self.commits,
            accepted: self.world.jobs.into_iter().map(|job| job.take).collect(),
            outcomes,
            journals,
        }
    }

    /// All runs that the store keeps.
    pub(super) fn runs(&self) -> Vec<RunId> {
        self.store.runs().expect("the store can be read")
    }

    fn outcome(&self, state: &RunState) -> Outcome {
        let ending = if let Status::Ended(ending) = state.status() { Some(*ending) } else { None };
        let nodes = state.nodes().iter().enumerate().map(|(ix, node)| {
            let made = node.outputs().map(|outputs| outputs.as_ref().clone());
            (state.graph().node(ix).spec.id.to_string(), node.phase.name(), made)
        });
        // By name: what a run grows by comes in the order in which it was found out.
        let mut nodes: Vec<_> = nodes.collect();
        nodes.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        Outcome { ending, settled: state.ledger().settled(), bill: self.world.bill(state.spec().id, self.now), nodes }
    }

    /// Whether things still go wrong.
    pub(super) fn is_calm(&self) -> bool {
        self.now > START.after(CALM_AFTER)
    }

    pub(super) fn tell(&mut self, told: impl FnOnce() -> Told) {
        let after = self.now.since(START);
        if let Some(story) = &mut self.story {
            story.push(Line { after, told: told() });
        }
    }

    pub(super) fn later(&mut self, wait: Duration, happening: Happening) {
        self.next += 1;
        self.happenings.insert((self.now.after(wait), self.next), happening);
    }

    fn happen(&mut self, happening: Happening) {
        if !self.alive && !matches!(happening, Happening::Restart) {
            // People and webhooks come again; reports are lost with whoever waited for them, unless they can wait.
            let keeps = match &happening {
                Happening::Ask(_) | Happening::Person(_) => true,
                Happening::Report { incarnation, .. } => incarnation.is_none(),
                Happening::Wake(_) | Happening::Pump | Happening::Restart => false,
            };
            if keeps {
                self.later(Duration::from_secs(6), happening);
            }
            return;
        }
        if self.crashes("crash between events") {
            self.later(Duration::ZERO, happening);
            return;
        }
        match happening {
            Happening::Ask(place) => self.ask_for(place),
            Happening::Report { incarnation: Some(made), .. }
                if made != self.incarnation && !self.scenario.reports_survive => {}
            Happening::Report { incarnation, report } => {
                if incarnation.is_some_and(|made| made != self.incarnation) {
                    self.tally.count("report late, after a crash");
                }
                self.turn(report.take.run, Message::Report(report));
            }
            Happening::Wake(run) => {
                self.wakes.remove(&run);
                self.turn(run, Message::Wake);
            }
            Happening::Pump => self.pump(),
            Happening::Restart => self.restart(),
            Happening::Person(run) => self.person(run),
        }
    }

    /// Whether the process dies here; if so, everything in memory is gone.
    fn crashes(&mut self, point: &'static str) -> bool {
        let chance = self.scenario.trouble.crash;
        let dies = self.alive && !self.is_calm() && self.scenario.crash_at.is_none() && self.dice.permille(chance);
        if dies {
            self.crash(point);
        }
        dies
    }

    fn crash(&mut self, point: &'static str) {
        self.tally.count(point);
        self.tell(|| Told::Crash(point));
        self.alive = false;
        self.actors.clear();
        self.wakes.clear();
        self.incarnation += 1;
        let wait = Duration::from_millis(self.dice.below(5_000));
        self.later(wait, Happening::Restart);
    }

    /// What the clock of the host shows. The world keeps true time; between two lives of the process the clock may be
    /// set.
    pub(super) const fn clock(&self) -> Moment {
        Moment::from_ms(self.now.ms().saturating_add_signed(self.skew_ms))
    }

    /// While the process is down, somebody sets the clock.
    fn set_clock(&mut self) {
        let mut dice = self.dice.about(&format!("clock {}", self.incarnation));
        if self.is_calm() || !dice.permille(self.scenario.trouble.clock) {
            return;
        }
        let by = [dice.between(1, 5) * 1_000, HOUR_MS, TEN_YEARS_MS];
        let by = i64::try_from(*dice.pick(&by)).unwrap_or(0);
        let before = std::mem::replace(&mut self.skew_ms, *dice.pick(&[by, -by, 0]));
        match self.skew_ms.cmp(&before) {
            Ordering::Greater => self.tally.count("clock jumped forwards"),
            Ordering::Less => self.tally.count("clock jumped backwards"),
            Ordering::Equal => {}
        }
    }

    /// A new process: admission and actors come back from what is stored, and from nothing else.
    fn restart(&mut self) {
        self.alive = true;
        self.set_clock();
        self.tell(|| Told::Restart);
        self.reopen_store();
        self.admission = Admission::new(self.scenario.limits.clone());
        for run in self.runs() {
            let Ok(records) = self.store.load(run) else { continue };
            match Actor::open(&records, self.clock()) {
                Ok(actor) => {
                    self.admission.enter(standing(actor.state()));
                    self.actors.insert(run, actor);
                }
                Err(illegal) => return self.fail(format!("a journal does not fold: {illegal}")),
            }
        }
        for run in self.runs() {
            self.turn(run, Message::Wake);
            if self.crashes("crash while recovering") || !self.alive {
                return;
            }
        }
    }

    fn ask_for(&mut self, place: usize) {
        let spec = self.scenario.runs[place].clone();
        if let Some(before) = spec.supersedes {
            self.tally.count("run superseded");
            self.turn(before, Message::Command(Command::Supersede(spec.id)));
        }
        if self.alive {
            self.create(spec);
        } else {
            self.later(Duration::from_secs(6), Happening::Ask(place));
        }
    }

    fn create(&mut self, spec: RunSpec) {
        let run = spec.id;
        let known = self.runs().contains(&run);
        if known {
            return;
        }
        let now = self.clock();
        match Actor::create(spec, now) {
            Ok((mut actor, turn)) => {
                self.admission.enter(standing(actor.state()));
                let mut hands = Hands { store: self.store.as_ref(), admission: &mut self.admission };
                let turn = answer(&mut actor, turn, &mut hands, now);
                self.actors.insert(run, actor);
                for wait in [20, 60, 150, 300, 500] {
                    let wait = Duration::from_secs(wait + self.dice.below(60));
                    self.later(wait, Happening::Person(run));
                }
                self.later(CALM_AFTER.saturating_add(Duration::from_secs(1)), Happening::Person(run));
                self.commit(run, turn, true);
            }
            Err(refusal) => self.fail(format!("a run was refused: {refusal}")),
        }
    }

    /// Hands a message to a run and does what comes of it.
    pub(super) fn turn(&mut self, run: RunId, message: Message) -> Option<crate::engine::Refusal> {
        let now = self.clock();
        let actor = self.actors.get_mut(&run)?;
        let mut hands = Hands { store: self.store.as_ref(), admission: &mut self.admission };
        match carry(actor, message, &mut hands, now) {
            Ok(turn) => {
                self.commit(run, turn, false);
                None
            }
            Err(refusal) => Some(refusal),
        }
    }

    /// Writes a turn down, tells admission, starts its actions, in this order; the process may die between any two.
    fn commit(&mut self, run: RunId, mut turn: Turn, new: bool) {
        if self.crashes("crash before the commit") {
            return;
        }
        let Some(actor) = self.actors.get(&run) else { return };
        let batch = turn.batch(actor.state());
        let events: Vec<Event> = batch.records.iter().map(|record| record.event.clone()).collect();
        self.check_intents(run, &batch);
        if !batch.records.is_empty() {
            self.commits += 1;
            self.records += batch.records.len() as u64;
            let kept = if new { self.store.create(batch, None).map(drop) } else { self.store.append(batch) };
            if let Err(error) = kept {
                return self.fail(format!("the store refused a turn: {error}"));
            }
        }
        for event in &events {
            self.tell(|| Told::Event(run, Box::new(event.clone())));
            self.notice(run, event);
        }
        let chosen = self.scenario.crash_at.filter(|(commit, _)| *commit == self.commits && !events.is_empty());
        let chosen = chosen.map(|(_, point)| point);
        if chosen == Some(CrashPoint::Committed) {
            return self.crash("crash after the commit");
        }
        if self.crashes("crash after the commit") {
            return;
        }
        for stray in turn.strays {
            self.admission.hold(run, stray);
        }
        for (take, news) in turn.news {
            self.observe(&take, news);
        }
        for action in turn.actions {
            self.start(action);
        }
        if chosen == Some(CrashPoint::Started) {
            return self.crash("crash after the start");
        }
        if self.crashes("crash after the start") {
            return;
        }
        if let Some(at) = turn.wake_at
            && self.wakes.get(&run).is_none_or(|known| at < *known)
        {
            self.wakes.insert(run, at);
            self.later(at.since(self.clock()), Happening::Wake(run));
        }
        self.pump();
    }

    fn observe(&mut self, take: &TakeId, news: News) {
        self.admission.observe(take, news, self.clock());
    }

    /// Tells every run what admission has for it, until there is nothing more.
    fn pump(&mut self) {
        if !self.alive {
            return;
        }
        for (take, reply) in self.admission.pump(self.clock()) {
            if self.alive {
                self.turn(take.run, Message::Admission { take, reply });
            }
        }
        if let Some(at) = self.admission.wake_at()
            && self.alive
        {
            self.later(at.since(self.clock()).max(Duration::from_millis(1)), Happening::Pump);
        }
    }

    pub(super) fn fail(&mut self, why: String) {
        self.tell(|| Told::Broken(why.clone()));
        self.broken.get_or_insert(why);
    }

    /// The open runs, for checks that look across them.
    pub(super) fn states(&self) -> impl Iterator<Item = &RunState> {
        self.actors.values().map(Actor::state)
    }

    /// Whether the process lives and nothing is half done.
    pub(super) const fn is_alive(&self) -> bool {
        self.alive
    }

    /// The accounts that anybody spends for.
    pub(super) fn accounts(&self) -> BTreeSet<AccountId> {
        self.states().map(|state| state.spec().account.clone()).collect()
    }
}
