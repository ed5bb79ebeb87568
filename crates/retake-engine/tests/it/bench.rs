//! One actor on a bench: it is driven by hand, with whatever answers a test likes.

use std::time::Duration;

use retake_engine::admission::{Admission, Limits};
use retake_engine::decide::{Look, Memory, standing};
use retake_engine::engine::{self, Actor, Command, Desk, Message, Refusal, Turn};
use retake_engine::fault::{Acceptance, Class, Fault};
use retake_engine::graph::{Dedupe, Entry, Extension, Maker, NodeSpec, Offer, Quote};
use retake_engine::id::{AccountId, Hash, Key, NodeId, ProviderId, RunId, TakeId, TakeNo, Ticket};
use retake_engine::journal::event::{Bounds, OnBudget, RunSpec, Unclear};
use retake_engine::journal::state::{Phase, TakeState};
use retake_engine::journal::{Record, RunState};
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use retake_engine::performer::{Action, Answer, Artifact, Delivery, Kind, Outputs, Report};
use retake_engine::retry::Policy;
use retake_engine::sim::Scenario;
use retake_engine::store::Store;
use retake_engine::store::memory::MemoryStore;

pub(crate) const START: Moment = Moment::from_ms(1_790_000_000_000);
pub(crate) const PRICE: Money = Money::from_cents(40);
/// Nothing honest needs as many answers on the spot.
pub(crate) const ANSWERS: u32 = 2_000;

/// A host of one run: it stores, admits and keeps what was started until the test answers it.
pub(crate) struct Bench {
    pub(crate) actor: Actor,
    pub(crate) store: MemoryStore,
    pub(crate) admission: Admission,
    pub(crate) now: Moment,
    pub(crate) open: Vec<Action>,
    pub(crate) strays: usize,
    pub(crate) wake_at: Option<Moment>,
}

pub(crate) struct Hands<'a> {
    store: &'a MemoryStore,
    admission: &'a mut Admission,
    left: std::cell::Cell<u32>,
}

impl Desk for Hands<'_> {
    fn key(&self, look: &Look) -> Key {
        self.left.set(self.left.get().checked_sub(1).expect("a turn asks for keys without end"));
        look.key()
    }

    fn recall(&self, account: &AccountId, key: &Key) -> Option<Memory> {
        self.store.recall(account, key).unwrap()
    }

    fn knows(&self, provider: &ProviderId, ticket: &Ticket) -> bool {
        self.store.knows(provider, ticket).unwrap()
    }

    fn admission(&mut self) -> &mut Admission {
        self.admission
    }
}

impl Bench {
    pub(crate) fn new(spec: RunSpec) -> Self {
        Self::with(spec, MemoryStore::default())
    }

    pub(crate) fn with(spec: RunSpec, store: MemoryStore) -> Self {
        let limits = Limits { account: Money::MAX, day: Money::MAX, ..Scenario::showcase().limits };
        let mut admission = Admission::new(limits);
        let (actor, turn) = Actor::create(spec, START).unwrap();
        admission.enter(standing(actor.state()));
        let mut bench = Self { actor, store, admission, now: START, open: Vec::new(), strays: 0, wake_at: None };
        bench.follow(turn, true);
        bench
    }

    pub(crate) fn state(&self) -> &RunState {
        self.actor.state()
    }

    pub(crate) fn journal(&self) -> Vec<Record> {
        self.store.load(self.state().spec().id).unwrap()
    }

    /// What is to be written, told and started because of a turn; then what admission has to say.
    pub(crate) fn follow(&mut self, first: Turn, new: bool) {
        let mut hands = Hands { store: &self.store, admission: &mut self.admission, left: ANSWERS.into() };
        let mut turn = engine::answer(&mut self.actor, first, &mut hands, self.now);
        let run = self.state().spec().id;
        let batch = turn.batch(self.actor.state());
        if new {
            self.store.create(batch, None).unwrap();
        } else {
            self.store.append(batch).unwrap();
        }
        for stray in turn.strays {
            self.strays += 1;
            self.admission.hold(run, stray);
        }
        for (take, news) in turn.news {
            self.admission.observe(&take, news, self.now);
        }
        self.open.extend(turn.actions);
        self.wake_at = turn.wake_at;
        for (take, reply) in self.admission.pump(self.now) {
            self.say(Message::Admission { take, reply }).unwrap();
        }
        self.sums_agree();
    }

    pub(crate) fn say(&mut self, message: Message) -> Result<(), Refusal> {
        let mut hands = Hands { store: &self.store, admission: &mut self.admission, left: ANSWERS.into() };
        let turn = engine::carry(&mut self.actor, message, &mut hands, self.now)?;
        self.follow(turn, false);
        Ok(())
    }

    pub(crate) fn command(&mut self, command: Command) -> Result<(), Refusal> {
        self.say(Message::Command(command))
    }

    /// Lets time pass, waking the run whenever it wants to be woken.
    pub(crate) fn pass(&mut self, span: Duration) {
        let until = self.now.after(span);
        for _ in 0..10_000 {
            let next = self.wake_at.into_iter().chain(self.admission.wake_at()).min();
            let Some(at) = next.filter(|at| *at <= until) else { break };
            self.now = at.max(self.now.after(Duration::from_millis(1)));
            self.say(Message::Wake).unwrap();
        }
        self.now = until.max(self.now);
        self.say(Message::Wake).unwrap();
        let committed = self.admission.committed(&self.state().spec().account);
        assert_eq!(committed, self.state().ledger().committed());
    }

    pub(crate) fn take_id(&self, node: &str, n: u32) -> TakeId {
        TakeId { run: self.state().spec().id, node: node.into(), n }
    }

    /// The action of this kind that is under way for the node.
    pub(crate) fn action(&mut self, node: &str, kind: Kind) -> Action {
        let fits = |action: &Action| action.take.node == node.into() && action.task.kind() == kind;
        let Some(at) = self.open.iter().rposition(fits) else {
            panic!("no {kind:?} of {node} is under way, but {:?}; it is {:?}", self.open, self.phase(node))
        };
        self.open.remove(at)
    }

    pub(crate) fn is_under_way(&self, node: &str, kind: Kind) -> bool {
        self.open.iter().any(|action| action.take.node == node.into() && action.task.kind() == kind)
    }

    pub(crate) fn answer_to(&mut self, action: &Action, answer: Answer) {
        let answers = Some((action.task.kind(), action.ordinal));
        self.say(Message::Report(Report { take: action.take.clone(), answers, answer })).unwrap();
    }

    pub(crate) fn answer(&mut self, node: &str, kind: Kind, answer: Answer) {
        let action = self.action(node, kind);
        self.answer_to(&action, answer);
    }

    /// Nobody asked: a webhook.
    pub(crate) fn hook(&mut self, node: &str, n: u32, answer: Answer) {
        let take = self.take_id(node, n);
        self.say(Message::Report(Report { take, answers: None, answer })).unwrap();
    }

    pub(crate) fn prepare(&mut self, node: &str) {
        let action = self.action(node, Kind::Prepare);
        let request = Hash::of([action.key.0.as_bytes().as_slice(), b"request"]);
        self.answer_to(&action, Answer::Prepared { request, worst: PRICE });
    }

    /// The node is bought and its ticket known.
    pub(crate) fn submit(&mut self, node: &str, ticket: &str) {
        self.prepare(node);
        self.answer(node, Kind::Submit, Answer::Ticket(ticket.into()));
    }

    pub(crate) fn poll(&mut self, node: &str, answer: Answer) {
        for _ in 0..100 {
            if self.is_under_way(node, Kind::Poll) {
                return self.answer(node, Kind::Poll, answer);
            }
            self.pass(Duration::from_secs(1));
        }
        panic!("{node} is not asked about; it is {:?}", self.phase(node));
    }

    /// The ticket of the node comes to a good end.
    pub(crate) fn land(&mut self, node: &str) {
        self.poll(node, Answer::Succeeded { charge: Some(PRICE) });
        let key = self.action(node, Kind::Fetch);
        self.answer_to(&key, made(key.key));
    }

    pub(crate) fn work(&mut self, node: &str) {
        let action = self.action(node, Kind::Work);
        self.answer_to(&action, made(action.key));
    }

    pub(crate) fn phase(&self, node: &str) -> &Phase {
        let ix = self.state().graph().find(&node.into()).unwrap();
        &self.state().nodes()[ix].phase
    }

    pub(crate) fn take(&self, node: &str, n: u32) -> &TakeState {
        &self.state().take(&TakeNo { node: node.into(), n }).unwrap().state
    }

    pub(crate) fn takes(&self, node: &str) -> usize {
        let ix = self.state().graph().find(&node.into()).unwrap();
        self.state().nodes()[ix].takes.len()
    }

    /// The process dies and comes again with nothing but what was stored.
    pub(crate) fn crash(&mut self) {
        self.open.clear();
        self.actor = Actor::open(&self.journal(), self.now).unwrap();
        self.admission = Admission::new(Scenario::showcase().limits);
        self.admission.enter(standing(self.actor.state()));
        self.say(Message::Wake).unwrap();
    }

    /// What the ledger says is what the takes say.
    pub(crate) fn sums_agree(&self) {
        let (mut settled, mut written_off, mut reserved) = (Money::ZERO, Money::ZERO, Money::ZERO);
        for take in self.state().nodes().iter().flat_map(|node| &node.takes).filter(|take| take.is_paid()) {
            match &take.state {
                TakeState::Kept { cost, .. } | TakeState::Fallen { cost } => settled = settled.plus(*cost),
                TakeState::WrittenOff { cost } => written_off = written_off.plus(*cost),
                TakeState::Released => {}
                TakeState::Intent
                | TakeState::Unclear { .. }
                | TakeState::Held
                | TakeState::Submitted { .. }
                | TakeState::Succeeded { .. } => reserved = reserved.plus(take.worst),
            }
        }
        let ledger = self.state().ledger();
        assert_eq!((ledger.settled(), ledger.written_off(), ledger.reserved()), (settled, written_off, reserved));
        // What was granted at the same time, and is told next, counts at admission already.
        assert!(self.admission.committed(&self.state().spec().account) >= ledger.committed());
    }
}

pub(crate) fn made(key: Key) -> Answer {
    delivered(key, None)
}

pub(crate) fn delivered(key: Key, extension: Option<Extension>) -> Answer {
    let outputs = Outputs { artifacts: vec![Artifact { role: "clip".into(), hash: key.0 }], ..Outputs::default() };
    Answer::Outputs(Delivery { outputs, charge: None, extension })
}

pub(crate) fn failed(class: Class, acceptance: Acceptance) -> Answer {
    Answer::Failed(Fault::new(class, acceptance, "as the test wants").into())
}

pub(crate) fn paid(provider: &str, dedupe: Dedupe) -> Entry {
    let offer = Offer {
        provider: provider.into(),
        model: "m".into(),
        dedupe,
        grace: Duration::from_secs(10),
        cancel_grace: Duration::from_secs(20),
        request_timeout: Duration::from_secs(10),
        poll_every: Duration::from_secs(2),
    };
    Entry::plain(Hash::of_text(provider), Maker::Paid(offer))
}

pub(crate) const EXACT: Dedupe = Dedupe::List { exact: true, lag: Duration::from_secs(1) };
pub(crate) const WEAK: Dedupe = Dedupe::List { exact: false, lag: Duration::from_secs(1) };

pub(crate) fn node(id: &str, route: &[&str]) -> NodeSpec {
    NodeSpec {
        route: route.iter().map(|entry| (*entry).into()).collect(),
        policy: Some("step".into()),
        ..NodeSpec::gate(id)
    }
}

pub(crate) fn policy() -> Policy {
    Policy {
        attempts: 3,
        first_delay: Duration::from_secs(1),
        jitter: false,
        timeout: Duration::from_secs(60),
        ..Policy::default()
    }
}

pub(crate) fn spec(nodes: Vec<NodeSpec>) -> RunSpec {
    let goal = nodes.last().unwrap().id.clone();
    let entries = [
        ("exact", paid("exact", EXACT)),
        ("weak", paid("weak", WEAK)),
        ("key", paid("key", Dedupe::Key { ttl: Duration::from_secs(50) })),
        ("hook", paid("hook", Dedupe::WebhookOnly)),
        ("none", paid("none", Dedupe::None)),
        ("local", Entry::plain(Hash::of_text("local"), Maker::Local { cores: 1 })),
    ];
    RunSpec {
        about: std::collections::BTreeMap::new(),
        source: None,
        id: RunId(uuid::Uuid::from_u128(7)),
        account: "ann".into(),
        seed: 7,
        cap: Money::from_cents(1_000),
        quote: Quote::default(),
        concurrency: 4,
        rounds: 2,
        unclear: Unclear::Hold,
        write_off_limit: Money::ZERO,
        on_budget: OnBudget::Pause,
        deadline: None,
        bounds: Bounds { nodes: 60, generations: 3 },
        supersedes: None,
        salts: [].into(),
        entries: entries.map(|(name, entry)| (name.into(), entry)).into(),
        policies: [("step".into(), policy())].into(),
        nodes,
        goal,
    }
}

pub(crate) fn growth(nodes: Vec<NodeSpec>, stands: &str) -> Extension {
    Extension { nodes, quote: Quote::default(), stands: stands.into() }
}

pub(crate) fn needing(node: NodeSpec, needs: &[&str]) -> NodeSpec {
    let needs: Vec<NodeId> = needs.iter().map(|need| (*need).into()).collect();
    NodeSpec { inputs: needs.clone(), needs, ..node }
}
