//! The smallest host there can be: it keeps nothing it does not need, and its performer is perfect.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use retake_engine::admission::Admission;
use retake_engine::decide::{Look, Memory, standing};
use retake_engine::engine::{Actor, Desk, Message, Turn, answer, carry};
use retake_engine::id::{AccountId, Hash, Key, ProviderId, RunId, Ticket};
use retake_engine::journal::event::{Event, RunSpec};
use retake_engine::journal::state::Status;
use retake_engine::journal::{Record, RunState};
use retake_engine::moment::Moment;
use retake_engine::performer::{Action, Answer, Artifact, Delivery, Kind, Outputs, Report, Task};

use crate::film::{PRICE, limits};

/// When every benchmark begins.
const START: Moment = Moment::from_ms(1_790_000_000_000);
/// How long every action takes, one after the other.
const ACTION: Duration = Duration::from_millis(1);

/// Admission, and what is known across runs.
#[derive(Debug)]
pub(crate) struct Hands {
    admission: Admission,
    keys: Arc<HashMap<Key, Memory>>,
    tickets: HashSet<(ProviderId, Ticket)>,
}

impl Desk for Hands {
    fn key(&self, look: &Look) -> Key {
        look.key()
    }

    fn recall(&self, _: &AccountId, key: &Key) -> Option<Memory> {
        self.keys.get(key).cloned()
    }

    fn knows(&self, provider: &ProviderId, ticket: &Ticket) -> bool {
        self.tickets.contains(&(provider.clone(), ticket.clone()))
    }

    fn admission(&mut self) -> &mut Admission {
        &mut self.admission
    }
}

/// A host of any number of runs, in virtual time.
#[derive(Debug)]
pub(crate) struct Host {
    hands: Hands,
    actors: BTreeMap<RunId, Actor>,
    wakes: BTreeMap<RunId, Moment>,
    queue: VecDeque<Action>,
    now: Moment,
    /// How many records were written.
    pub(crate) records: usize,
    /// How many nodes were made.
    pub(crate) kept: usize,
    /// The records, where somebody wants them.
    journal: Option<Vec<Record>>,
}

impl Host {
    /// A host that lets so many paid takes fly at a time.
    pub(crate) fn new(submissions: u32) -> Self {
        let admission = Admission::new(limits(submissions));
        Self {
            hands: Hands { admission, keys: Arc::default(), tickets: HashSet::new() },
            actors: BTreeMap::new(),
            wakes: BTreeMap::new(),
            queue: VecDeque::new(),
            now: START,
            records: 0,
            kept: 0,
            journal: None,
        }
    }

    /// The same, for a host that keeps its records.
    pub(crate) fn with_journal(self) -> Self {
        Self { journal: Some(Vec::new()), ..self }
    }

    /// A host after a restart: it knows the keys and the time, and no run.
    pub(crate) fn restarted(&self, submissions: u32) -> Self {
        let new = Self::new(submissions);
        Self { hands: Hands { keys: Arc::clone(&self.hands.keys), ..new.hands }, now: self.now, ..new }
    }

    /// The records that were kept.
    pub(crate) fn journal(&self) -> &[Record] {
        self.journal.as_deref().unwrap_or_default()
    }

    /// Begins a run.
    pub(crate) fn create(&mut self, spec: RunSpec) -> RunId {
        let run = spec.id;
        let (mut actor, turn) = Actor::create(spec, self.now).expect("the film holds together");
        self.hands.admission.enter(standing(actor.state()));
        let turn = answer(&mut actor, turn, &mut self.hands, self.now);
        self.actors.insert(run, actor);
        self.commit(run, turn);
        self.pump();
        run
    }

    /// Takes a run up that was carried by another host.
    pub(crate) fn take_up(&mut self, actor: Actor) {
        let run = actor.state().spec().id;
        self.hands.admission.enter(standing(actor.state()));
        self.actors.insert(run, actor);
        self.turn(run, Message::Wake);
        self.pump();
    }

    /// What is true of a run.
    pub(crate) fn state(&self, run: RunId) -> &RunState {
        self.actors[&run].state()
    }

    /// Performs until that many nodes were made, or nothing is left to do.
    pub(crate) fn drive(&mut self, kept: usize) {
        while self.kept < kept && self.step() {}
    }

    /// Performs the preparations that are queued and nothing else.
    pub(crate) fn prepare(&mut self) {
        for action in std::mem::take(&mut self.queue) {
            if action.task.kind() == Kind::Prepare {
                self.perform(action);
            } else {
                self.queue.push_back(action);
            }
        }
    }

    /// Whether every run came to its end.
    pub(crate) fn is_over(&self) -> bool {
        self.actors.values().all(|actor| matches!(actor.state().status(), Status::Ended(_)))
    }

    fn step(&mut self) -> bool {
        if let Some(action) = self.queue.pop_front() {
            self.perform(action);
            return true;
        }
        let next = self.wakes.iter().min_by_key(|(_, at)| **at).map(|(run, at)| (*run, *at));
        if let Some((run, at)) = next {
            self.now = self.now.max(at);
            self.turn(run, Message::Wake);
            self.pump();
        }
        next.is_some()
    }

    fn perform(&mut self, action: Action) {
        self.now = self.now.after(ACTION);
        let run = action.take.run;
        let answers = Some((action.task.kind(), action.ordinal));
        let report = Report { answer: performed(&action), take: action.take, answers };
        self.turn(run, Message::Report(report));
        self.pump();
    }

    fn turn(&mut self, run: RunId, message: Message) {
        let actor = self.actors.get_mut(&run).expect("the run is there");
        let turn = carry(actor, message, &mut self.hands, self.now).expect("nobody commands");
        self.commit(run, turn);
    }

    fn commit(&mut self, run: RunId, mut turn: Turn) {
        let batch = turn.batch(self.actors[&run].state());
        self.records += batch.records.len();
        self.kept += batch.records.iter().filter(|record| matches!(record.event, Event::Kept { .. })).count();
        if !batch.remember.is_empty() {
            Arc::make_mut(&mut self.hands.keys).extend(batch.remember);
        }
        self.hands.tickets.extend(batch.tickets);
        if let Some(journal) = &mut self.journal {
            journal.extend(batch.records);
        }
        for stray in turn.strays {
            self.hands.admission.hold(run, stray);
        }
        for (take, news) in turn.news {
            self.hands.admission.observe(&take, news, self.now);
        }
        self.queue.extend(turn.actions);
        match turn.wake_at {
            Some(at) => self.wakes.insert(run, at),
            None => self.wakes.remove(&run),
        };
    }

    /// Tells every run what admission has for it, until there is nothing more.
    fn pump(&mut self) {
        loop {
            let told = self.hands.admission.pump(self.now);
            if told.is_empty() {
                return;
            }
            for (take, reply) in told {
                self.turn(take.run, Message::Admission { take, reply });
            }
        }
    }
}

/// All goes well, at once.
fn performed(action: &Action) -> Answer {
    match &action.task {
        Task::Prepare { .. } => {
            Answer::Prepared { request: Hash::of([action.key.0.as_bytes().as_slice(), b"request"]), worst: PRICE }
        }
        Task::Submit { .. } => Answer::Ticket(format!("ticket-{}", action.ordinal).into()),
        Task::Poll { .. } => Answer::Succeeded { charge: Some(PRICE) },
        Task::Fetch { .. } | Task::Work { .. } => {
            let hash = Hash::of([action.key.0.as_bytes().as_slice(), b"clip"]);
            let outputs = Outputs {
                artifacts: vec![Artifact { role: "clip".into(), hash }],
                facts: [("length_ms".into(), "4200".into())].into(),
            };
            Answer::Outputs(Delivery { outputs, charge: None, extension: None })
        }
        Task::Find { .. } | Task::Cancel { .. } => Answer::Lost,
    }
}
