//! One actor, driven by hand with answers that no honest performer would give: what must hold all the same.

use std::time::Duration;

use proptest::prelude::*;
use retake_engine::admission::{Admission, Limits};
use retake_engine::decide::{Look, Memory, standing};
use retake_engine::engine::{self, Actor, Command, Desk, Message, Refusal, Turn};
use retake_engine::fault::{Acceptance, Class, Fault};
use retake_engine::graph::{Dedupe, Entry, Extension, Maker, NodeSpec, Offer, Quote};
use retake_engine::id::{AccountId, Hash, Key, NodeId, ProviderId, RunId, TakeId, TakeNo, Ticket};
use retake_engine::journal::event::{Bounds, Ending, OnBudget, RunSpec, Stop, Unclear, Verdict};
use retake_engine::journal::state::{Phase, Status, TakeState};
use retake_engine::journal::{Event, Record, RunState};
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use retake_engine::performer::{
    Action, Answer, Artifact, Candidate, Delivery, Failure, Kind, Likeness, Outputs, Report,
};
use retake_engine::retry::Policy;
use retake_engine::sim::Scenario;
use retake_engine::store::Store;
use retake_engine::store::memory::MemoryStore;

const START: Moment = Moment::from_ms(1_790_000_000_000);
const PRICE: Money = Money::from_cents(40);
/// Nothing honest needs as many answers on the spot.
const ANSWERS: u32 = 2_000;

/// A host of one run: it stores, admits and keeps what was started until the test answers it.
struct Bench {
    actor: Actor,
    store: MemoryStore,
    admission: Admission,
    now: Moment,
    open: Vec<Action>,
    strays: usize,
    wake_at: Option<Moment>,
}

struct Hands<'a> {
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
        self.store.recall(account, key)
    }

    fn knows(&self, provider: &ProviderId, ticket: &Ticket) -> bool {
        self.store.knows(provider, ticket)
    }

    fn admission(&mut self) -> &mut Admission {
        self.admission
    }
}

impl Bench {
    fn new(spec: RunSpec) -> Self {
        Self::with(spec, MemoryStore::default())
    }

    fn with(spec: RunSpec, store: MemoryStore) -> Self {
        let limits = Limits { account: Money::MAX, day: Money::MAX, ..Scenario::showcase().limits };
        let mut admission = Admission::new(limits);
        let (actor, turn) = Actor::create(spec, START).unwrap();
        admission.enter(standing(actor.state()));
        let mut bench = Self { actor, store, admission, now: START, open: Vec::new(), strays: 0, wake_at: None };
        bench.follow(turn, true);
        bench
    }

    fn state(&self) -> &RunState {
        self.actor.state()
    }

    fn journal(&self) -> Vec<Record> {
        self.store.load(self.state().spec().id).unwrap()
    }

    /// What is to be written, told and started because of a turn; then what admission has to say.
    fn follow(&mut self, first: Turn, new: bool) {
        let mut hands = Hands { store: &self.store, admission: &mut self.admission, left: ANSWERS.into() };
        let mut turn = engine::answer(&mut self.actor, first, &mut hands, self.now);
        let (run, account) = (self.state().spec().id, self.state().spec().account.clone());
        let batch = turn.batch(run, account);
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

    fn say(&mut self, message: Message) -> Result<(), Refusal> {
        let mut hands = Hands { store: &self.store, admission: &mut self.admission, left: ANSWERS.into() };
        let turn = engine::carry(&mut self.actor, message, &mut hands, self.now)?;
        self.follow(turn, false);
        Ok(())
    }

    fn command(&mut self, command: Command) -> Result<(), Refusal> {
        self.say(Message::Command(command))
    }

    /// Lets time pass, waking the run whenever it wants to be woken.
    fn pass(&mut self, span: Duration) {
        let until = self.now.after(span);
        for _ in 0..10_000 {
            let next = self.wake_at.into_iter().chain(self.admission.wake_at()).min();
            let Some(at) = next.filter(|at| *at <= until) else { break };
            self.now = at.max(self.now.after(Duration::from_millis(1)));
            self.say(Message::Wake).unwrap();
        }
        self.now = until.max(self.now);
        self.say(Message::Wake).unwrap();
    }

    fn take_id(&self, node: &str, n: u32) -> TakeId {
        TakeId { run: self.state().spec().id, node: node.into(), n }
    }

    /// The action of this kind that is under way for the node.
    fn action(&mut self, node: &str, kind: Kind) -> Action {
        let fits = |action: &Action| action.take.node == node.into() && action.task.kind() == kind;
        let Some(at) = self.open.iter().rposition(fits) else {
            panic!("no {kind:?} of {node} is under way, but {:?}; it is {:?}", self.open, self.phase(node))
        };
        self.open.remove(at)
    }

    fn is_under_way(&self, node: &str, kind: Kind) -> bool {
        self.open.iter().any(|action| action.take.node == node.into() && action.task.kind() == kind)
    }

    fn answer_to(&mut self, action: &Action, answer: Answer) {
        let answers = Some((action.task.kind(), action.ordinal));
        self.say(Message::Report(Report { take: action.take.clone(), answers, answer })).unwrap();
    }

    fn answer(&mut self, node: &str, kind: Kind, answer: Answer) {
        let action = self.action(node, kind);
        self.answer_to(&action, answer);
    }

    /// Nobody asked: a webhook.
    fn hook(&mut self, node: &str, n: u32, answer: Answer) {
        let take = self.take_id(node, n);
        self.say(Message::Report(Report { take, answers: None, answer })).unwrap();
    }

    fn prepare(&mut self, node: &str) {
        let action = self.action(node, Kind::Prepare);
        let request = Hash::of([action.key.0.as_bytes().as_slice(), b"request"]);
        self.answer_to(&action, Answer::Prepared { request, worst: PRICE });
    }

    /// The node is bought and its ticket known.
    fn submit(&mut self, node: &str, ticket: &str) {
        self.prepare(node);
        self.answer(node, Kind::Submit, Answer::Ticket(ticket.into()));
    }

    fn poll(&mut self, node: &str, answer: Answer) {
        for _ in 0..100 {
            if self.is_under_way(node, Kind::Poll) {
                return self.answer(node, Kind::Poll, answer);
            }
            self.pass(Duration::from_secs(1));
        }
        panic!("{node} is not asked about; it is {:?}", self.phase(node));
    }

    /// The ticket of the node comes to a good end.
    fn land(&mut self, node: &str) {
        self.poll(node, Answer::Succeeded { charge: Some(PRICE) });
        let key = self.action(node, Kind::Fetch);
        self.answer_to(&key, made(key.key));
    }

    fn work(&mut self, node: &str) {
        let action = self.action(node, Kind::Work);
        self.answer_to(&action, made(action.key));
    }

    fn phase(&self, node: &str) -> &Phase {
        let ix = self.state().graph().find(&node.into()).unwrap();
        &self.state().nodes()[ix].phase
    }

    fn take(&self, node: &str, n: u32) -> &TakeState {
        &self.state().take(&TakeNo { node: node.into(), n }).unwrap().state
    }

    fn takes(&self, node: &str) -> usize {
        let ix = self.state().graph().find(&node.into()).unwrap();
        self.state().nodes()[ix].takes.len()
    }

    /// The process dies and comes again with nothing but what was stored.
    fn crash(&mut self) {
        self.open.clear();
        self.actor = Actor::open(&self.journal()).unwrap();
        self.admission = Admission::new(Scenario::showcase().limits);
        self.admission.enter(standing(self.actor.state()));
        self.say(Message::Wake).unwrap();
    }

    /// What the ledger says is what the takes say.
    fn sums_agree(&self) {
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
        assert_eq!(self.admission.committed(&self.state().spec().account), ledger.committed());
    }
}

fn made(key: Key) -> Answer {
    delivered(key, None)
}

fn delivered(key: Key, extension: Option<Extension>) -> Answer {
    let outputs = Outputs { artifacts: vec![Artifact { role: "clip".into(), hash: key.0 }], ..Outputs::default() };
    Answer::Outputs(Delivery { outputs, charge: None, extension })
}

fn failed(class: Class, acceptance: Acceptance) -> Answer {
    Answer::Failed(Fault::new(class, acceptance, "as the test wants").into())
}

fn paid(provider: &str, dedupe: Dedupe) -> Entry {
    let offer = Offer {
        provider: provider.into(),
        model: "m".into(),
        dedupe,
        grace: Duration::from_secs(10),
        cancel_grace: Duration::from_secs(20),
        request_timeout: Duration::from_secs(10),
        poll_every: Duration::from_secs(2),
    };
    Entry { identity: Hash::of_text(provider), maker: Maker::Paid(offer) }
}

const EXACT: Dedupe = Dedupe::List { exact: true, lag: Duration::from_secs(1) };
const WEAK: Dedupe = Dedupe::List { exact: false, lag: Duration::from_secs(1) };

fn node(id: &str, route: &[&str]) -> NodeSpec {
    NodeSpec {
        route: route.iter().map(|entry| (*entry).into()).collect(),
        policy: Some("step".into()),
        ..NodeSpec::gate(id)
    }
}

fn policy() -> Policy {
    Policy {
        attempts: 3,
        first_delay: Duration::from_secs(1),
        jitter: false,
        timeout: Duration::from_secs(60),
        ..Policy::default()
    }
}

fn spec(nodes: Vec<NodeSpec>) -> RunSpec {
    let goal = nodes.last().unwrap().id.clone();
    let entries = [
        ("exact", paid("exact", EXACT)),
        ("weak", paid("weak", WEAK)),
        ("key", paid("key", Dedupe::Key { ttl: Duration::from_secs(50) })),
        ("hook", paid("hook", Dedupe::WebhookOnly)),
        ("none", paid("none", Dedupe::None)),
        ("local", Entry { identity: Hash::of_text("local"), maker: Maker::Local { cores: 1 } }),
    ];
    RunSpec {
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

fn growth(nodes: Vec<NodeSpec>, stands: &str) -> Extension {
    Extension { nodes, quote: Quote::default(), stands: stands.into() }
}

fn needing(node: NodeSpec, needs: &[&str]) -> NodeSpec {
    let needs: Vec<NodeId> = needs.iter().map(|need| (*need).into()).collect();
    NodeSpec { inputs: needs.clone(), needs, ..node }
}

// Money.

#[test]
fn a_candidate_that_is_listed_twice_is_one() {
    let mut bench = Bench::new(spec(vec![node("a", &["exact"])]));
    bench.prepare("a");
    bench.pass(Duration::from_secs(11));
    let one = Candidate { ticket: "t".into(), created: START, likeness: Likeness::Exact };
    bench.answer("a", Kind::Find, Answer::Candidates(vec![one.clone(), one]));
    assert!(matches!(bench.take("a", 1), TakeState::Submitted { .. }));
    assert_eq!((bench.takes("a"), bench.strays), (1, 0));
    assert_eq!(bench.state().ledger().reserved(), PRICE);
    bench.pass(Duration::from_secs(5));
    assert!(!bench.is_under_way("a", Kind::Cancel), "our own work is cancelled");
}

#[test]
fn a_likely_candidate_that_is_listed_twice_is_not_ambiguous() {
    let mut bench = Bench::new(spec(vec![node("a", &["weak"])]));
    bench.prepare("a");
    bench.pass(Duration::from_secs(11));
    let one = Candidate { ticket: "t".into(), created: START, likeness: Likeness::Same };
    bench.answer("a", Kind::Find, Answer::Candidates(vec![one.clone(), one]));
    assert!(matches!(bench.take("a", 1), TakeState::Submitted { .. }), "{:?}", bench.take("a", 1));
}

#[test]
fn a_report_that_a_ticket_is_gone_counts_once() {
    let mut bench = Bench::new(RunSpec { write_off_limit: PRICE, ..spec(vec![node("a", &["exact"])]) });
    bench.submit("a", "t");
    bench.pass(Duration::from_secs(3));
    let poll = bench.action("a", Kind::Poll);
    bench.answer_to(&poll, Answer::Gone);
    bench.pass(Duration::from_secs(11));
    // The next poll is under way; meanwhile the first report comes again.
    bench.answer_to(&poll, Answer::Gone);
    assert!(matches!(bench.take("a", 1), TakeState::Submitted { .. }), "{:?}", bench.take("a", 1));
}

#[test]
fn a_stale_failure_does_not_take_a_success_back() {
    let mut bench = Bench::new(spec(vec![node("a", &["exact"])]));
    bench.submit("a", "t");
    bench.pass(Duration::from_secs(3));
    let first = bench.action("a", Kind::Poll);
    bench.pass(Duration::from_secs(21));
    bench.poll("a", Answer::Succeeded { charge: Some(PRICE) });
    bench.answer_to(&first, failed(Class::Transient, Acceptance::Yes));
    assert!(matches!(bench.take("a", 1), TakeState::Succeeded { .. }), "{:?}", bench.take("a", 1));
}

#[test]
fn outputs_of_a_submission_are_kept_though_its_ticket_was_told_before() {
    let mut bench = Bench::new(spec(vec![node("a", &["hook"])]));
    bench.prepare("a");
    bench.hook("a", 1, Answer::Ticket("t".into()));
    let submit = bench.action("a", Kind::Submit);
    bench.answer_to(&submit, made(submit.key));
    assert!(matches!(bench.take("a", 1), TakeState::Kept { .. }), "{:?}", bench.take("a", 1));
}

#[test]
fn a_resend_that_is_under_way_is_waited_for_before_anything_is_written_off() {
    let mut bench = Bench::new(RunSpec { write_off_limit: PRICE, ..spec(vec![node("a", &["key"])]) });
    bench.prepare("a");
    bench.pass(Duration::from_secs(35));
    let resend = bench.action("a", Kind::Submit);
    assert!(resend.ordinal > 0);
    // The key is remembered for fifty seconds and trusted for forty. Each sending may take twenty.
    bench.answer_to(&resend, failed(Class::Unclear, Acceptance::Unknown));
    bench.pass(Duration::from_millis(4_500));
    let last = bench.action("a", Kind::Submit);
    bench.pass(Duration::from_secs(1));
    assert!(matches!(bench.take("a", 1), TakeState::Unclear { .. }), "{:?}", bench.take("a", 1));
    bench.answer_to(&last, Answer::Ticket("t".into()));
    assert!(matches!(bench.take("a", 1), TakeState::Submitted { .. }), "{:?}", bench.take("a", 1));
}

#[test]
fn one_resend_by_a_person_allows_one_take_beyond_the_policy() {
    let policy = Policy { paid_takes: 1, attempts: 1, ..policy() };
    let nodes = vec![node("a", &["none", "exact", "hook"])];
    let mut bench = Bench::new(RunSpec { policies: [("step".into(), policy)].into(), ..spec(nodes) });
    bench.prepare("a");
    bench.pass(Duration::from_secs(11));
    bench.answer("a", Kind::Find, Answer::Candidates(vec![]));
    assert_eq!(bench.take("a", 1), &TakeState::Held);
    bench.command(Command::Resolve { take: TakeNo { node: "a".into(), n: 1 }, verdict: Verdict::Resend }).unwrap();
    bench.submit("a", "t");
    bench.poll("a", failed(Class::Rejected, Acceptance::Yes));
    bench.pass(Duration::from_secs(60));
    assert!(!bench.is_under_way("a", Kind::Prepare), "a third take is on its way");
    assert!(matches!(bench.phase("a"), Phase::GivenUp { .. }));
}

#[test]
fn what_a_redo_makes_anew_may_be_bought_anew() {
    let policy = Policy { paid_takes: 2, ..policy() };
    let nodes = vec![node("a", &["exact"]), needing(node("b", &["hook"]), &["a"])];
    let mut bench = Bench::new(RunSpec { policies: [("step".into(), policy)].into(), ..spec(nodes) });
    bench.submit("a", "a1");
    bench.land("a");
    bench.submit("b", "b1");
    bench.poll("b", failed(Class::Transient, Acceptance::Yes));
    bench.pass(Duration::from_secs(5));
    bench.submit("b", "b2");
    bench.land("b");
    assert_eq!(bench.state().status(), &Status::Ended(Ending::Completed));
    bench.command(Command::Redo { node: "a".into(), salt: 1 }).unwrap();
    bench.submit("a", "a2");
    bench.land("a");
    assert!(bench.is_under_way("b", Kind::Prepare), "{:?}", bench.phase("b"));
}

#[test]
fn a_retry_leaves_the_paid_takes_beside_it_alone() {
    let grown = growth(
        vec![
            node("s1", &["exact"]),
            node("s2", &["hook"]),
            NodeSpec { awaits: vec!["s1".into(), "s2".into()], at_least: 1, ..NodeSpec::gate("all") },
        ],
        "all",
    );
    let mut bench = Bench::new(spec(vec![node("plan", &["local"])]));
    let work = bench.action("plan", Kind::Work);
    bench.answer_to(&work, delivered(work.key, Some(grown)));
    bench.submit("s2", "t2");
    bench.submit("s1", "t1");
    bench.poll("s1", failed(Class::Rejected, Acceptance::Yes));
    assert!(matches!(bench.phase("s1"), Phase::GivenUp { .. }));
    bench.command(Command::Retry).unwrap();
    bench.pass(Duration::from_secs(1));
    assert!(!bench.is_under_way("s2", Kind::Cancel), "healthy paid work is cancelled");
    assert!(matches!(bench.phase("s2"), Phase::Taking { n: 1 }), "{:?}", bench.phase("s2"));
    bench.submit("s1", "t3");
    bench.land("s1");
    bench.land("s2");
    assert_eq!(bench.state().status(), &Status::Ended(Ending::Completed));
    assert_eq!(bench.state().ledger().settled(), PRICE.times(3));
}

#[test]
fn a_late_success_in_what_was_added_is_adopted_like_any_other() {
    let nodes = vec![
        node("s1", &["weak"]),
        node("s2", &["hook"]),
        NodeSpec { awaits: vec!["s1".into(), "s2".into()], at_least: 1, ..NodeSpec::gate("all") },
    ];
    let late = |mut bench: Bench| {
        bench.submit("s2", "t2");
        bench.submit("s1", "t1");
        for _ in 0..90 {
            bench.pass(Duration::from_secs(1));
            for node in ["s1", "s2"] {
                if bench.is_under_way(node, Kind::Poll) {
                    bench.answer(node, Kind::Poll, Answer::Pending { after: None, begun: true });
                }
                if bench.is_under_way(node, Kind::Cancel) {
                    bench.answer(node, Kind::Cancel, Answer::Heard);
                }
            }
            if matches!(bench.phase("s1"), Phase::GivenUp { .. }) {
                break;
            }
        }
        assert!(matches!(bench.phase("s1"), Phase::GivenUp { .. }), "{:?}", bench.phase("s1"));
        bench.land("s1");
        assert!(matches!(bench.phase("s1"), Phase::Complete { .. }), "{:?}", bench.phase("s1"));
    };
    late(Bench::new(spec(nodes.clone())));
    let mut bench = Bench::new(spec(vec![node("plan", &["local"])]));
    let work = bench.action("plan", Kind::Work);
    bench.answer_to(&work, delivered(work.key, Some(growth(nodes, "all"))));
    late(bench);
}

// Extensions.

#[test]
fn an_extension_that_comes_again_with_nobody_to_stand_is_refused() {
    for stands in ["nobody", "a"] {
        let mut bench = Bench::new(spec(vec![node("a", &["local"])]));
        let work = bench.action("a", Kind::Work);
        bench.answer_to(&work, delivered(work.key, Some(growth(vec![node("x", &["local"])], "x"))));
        bench.work("x");
        bench.command(Command::Redo { node: "a".into(), salt: 1 }).unwrap();
        let work = bench.action("a", Kind::Work);
        bench.answer_to(&work, delivered(work.key, Some(growth(vec![node("x", &["local"])], stands))));
        assert!(matches!(bench.phase("a"), Phase::GivenUp { .. }), "{:?}", bench.phase("a"));
    }
}

#[test]
fn two_nodes_of_one_key_share_what_it_grows_by() {
    let twin = NodeSpec { identity: Hash::of_text("same"), ..node("b", &["local"]) };
    let first = NodeSpec { id: "a".into(), ..twin.clone() };
    let goal = NodeSpec { needs: vec!["a".into(), "b".into()], ..NodeSpec::gate("goal") };
    let mut bench = Bench::new(spec(vec![first, twin, goal]));
    let work = bench.action("a", Kind::Work);
    bench.answer_to(&work, delivered(work.key, Some(growth(vec![node("x", &["local"])], "x"))));
    bench.pass(Duration::from_secs(1));
    bench.work("x");
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.state().status(), &Status::Ended(Ending::Completed), "{:?}", bench.phase("b"));
    // What one of them no longer wants the other still has.
    bench.command(Command::Redo { node: "a".into(), salt: 1 }).unwrap();
    assert!(matches!(bench.phase("b"), Phase::Complete { .. }));
    assert!(matches!(bench.phase("x"), Phase::Complete { .. }));
}

#[test]
fn a_spare_does_not_make_the_memory_of_a_key_forget_its_extension() {
    let store = {
        let mut bench = Bench::new(spec(vec![node("a", &["exact"])]));
        bench.submit("a", "t1");
        bench.pass(Duration::from_secs(1));
        for _ in 0..120 {
            if bench.is_under_way("a", Kind::Poll) {
                bench.answer("a", Kind::Poll, Answer::Pending { after: None, begun: true });
            }
            if bench.is_under_way("a", Kind::Prepare) {
                break;
            }
            bench.pass(Duration::from_secs(1));
        }
        bench.prepare("a");
        let submit = bench.action("a", Kind::Submit);
        let grown = growth(vec![node("x", &["local"])], "x");
        bench.answer_to(&submit, delivered(submit.key, Some(grown.clone())));
        bench.work("x");
        bench.poll("a", Answer::Succeeded { charge: None });
        let fetch = bench.action("a", Kind::Fetch);
        assert_eq!(fetch.take.n, 1);
        bench.answer_to(&fetch, delivered(fetch.key, Some(grown)));
        bench.store
    };
    let spec = RunSpec { id: RunId(uuid::Uuid::from_u128(8)), ..spec(vec![node("a", &["exact"])]) };
    let bench = Bench::with(spec, store);
    assert!(bench.state().graph().find(&"x".into()).is_some(), "reused without what it grows by");
}

#[test]
fn a_retry_does_not_adopt_what_was_refused_for_its_extension() {
    let mut bench = Bench::new(spec(vec![node("a", &["local"])]));
    let work = bench.action("a", Kind::Work);
    bench.answer_to(&work, delivered(work.key, Some(growth(vec![node("a", &["local"])], "a"))));
    assert!(matches!(bench.phase("a"), Phase::GivenUp { .. }));
    bench.command(Command::Retry).unwrap();
    assert!(!matches!(bench.phase("a"), Phase::Complete { .. }), "complete without what it grows by");
}

#[test]
fn what_an_extension_no_longer_brings_is_not_bought() {
    let nodes = vec![node("r", &["local"]), node("a", &["local"])];
    let mut bench = Bench::new(spec(nodes));
    bench.work("r");
    let work = bench.action("a", Kind::Work);
    let bought = needing(node("x", &["exact"]), &["r"]);
    bench.answer_to(&work, delivered(work.key, Some(growth(vec![bought], "x"))));
    bench.submit("x", "t");
    bench.land("x");
    bench.command(Command::Redo { node: "a".into(), salt: 1 }).unwrap();
    bench.work("a");
    assert_eq!(bench.phase("x"), &Phase::Dropped);
    bench.command(Command::Redo { node: "r".into(), salt: 1 }).unwrap();
    bench.work("r");
    assert_eq!(bench.phase("x"), &Phase::Dropped);
    assert!(!bench.is_under_way("x", Kind::Prepare));
    assert!(!bench.is_under_way("a", Kind::Work), "it has nothing to do with `r` any more");
}

#[test]
fn what_an_extension_brings_under_a_name_that_stands_for_something_else_is_refused_in_words() {
    let mut bench = Bench::new(spec(vec![node("a", &["local"])]));
    let work = bench.action("a", Kind::Work);
    bench.answer_to(&work, delivered(work.key, Some(growth(vec![node("x", &["local"])], "x"))));
    bench.work("x");
    bench.command(Command::Redo { node: "a".into(), salt: 1 }).unwrap();
    let work = bench.action("a", Kind::Work);
    let other = NodeSpec { identity: Hash::of_text("another sentence"), ..node("x", &["local"]) };
    bench.answer_to(&work, delivered(work.key, Some(growth(vec![other], "x"))));
    let Phase::GivenUp { fault, .. } = bench.phase("a") else { panic!("{:?}", bench.phase("a")) };
    assert_eq!(fault.message, "node `x` is there twice");
}

// Runs that stand still or turn in circles.

#[test]
fn a_provider_that_refuses_us_after_the_last_take_is_not_asked_in_circles() {
    for route in [&["exact", "hook"][..], &["exact"], &["exact", "local"]] {
        let policy = Policy { paid_takes: 1, ..policy() };
        let nodes = vec![node("a", route)];
        let mut bench = Bench::new(RunSpec { policies: [("step".into(), policy)].into(), ..spec(nodes) });
        bench.submit("a", "t");
        bench.poll("a", failed(Class::Denied, Acceptance::Yes));
        bench.pass(Duration::from_secs(5));
        if route.contains(&"local") {
            bench.work("a");
        } else {
            assert!(matches!(bench.phase("a"), Phase::GivenUp { .. }), "{route:?}: {:?}", bench.phase("a"));
        }
    }
}

#[test]
fn a_deadline_ends_buying_and_not_the_work_that_costs_nothing() {
    for on_budget in [OnBudget::Pause, OnBudget::Deliver] {
        let deadline = Some(START.after(Duration::from_secs(1)));
        let mut bench = Bench::new(RunSpec { deadline, on_budget, ..spec(vec![node("film", &["local"])]) });
        bench.pass(Duration::from_secs(2));
        bench.answer("film", Kind::Work, failed(Class::Transient, Acceptance::No));
        assert!(matches!(bench.phase("film"), Phase::Resting { .. }), "{:?}", bench.phase("film"));
        assert_eq!(bench.state().status(), &Status::Running);
        bench.pass(Duration::from_secs(5));
        bench.work("film");
        assert_eq!(bench.state().status(), &Status::Ended(Ending::Completed));
    }
}

#[test]
fn a_provider_that_wants_to_be_asked_in_a_year_is_asked_before() {
    let mut bench = Bench::new(RunSpec {
        policies: [("step".into(), Policy { timeout: Duration::from_secs(7_200), ..policy() })].into(),
        ..spec(vec![node("a", &["exact"])])
    });
    bench.submit("a", "t");
    bench.poll("a", Answer::Pending { after: Some(Duration::MAX), begun: true });
    bench.pass(Duration::from_secs(3_600));
    assert!(bench.is_under_way("a", Kind::Poll));
}

#[test]
fn a_report_of_a_submission_that_never_was_leaves_local_work_alone() {
    for (kind, acceptance) in [
        (Kind::Submit, Acceptance::No),
        (Kind::Submit, Acceptance::Unknown),
        (Kind::Poll, Acceptance::Yes),
        (Kind::Fetch, Acceptance::Yes),
    ] {
        let mut bench = Bench::new(spec(vec![node("a", &["local"])]));
        let take = bench.take_id("a", 1);
        let class = if kind == Kind::Fetch { Class::Defective } else { Class::Transient };
        let report = Report { take, answers: Some((kind, 99)), answer: failed(class, acceptance) };
        bench.say(Message::Report(report)).unwrap();
        assert_eq!(bench.take("a", 1), &TakeState::Intent, "{kind:?}");
        bench.work("a");
    }
}

#[test]
fn a_report_of_local_work_does_not_settle_what_was_bought() {
    let mut bench = Bench::new(spec(vec![node("a", &["exact"])]));
    bench.submit("a", "t");
    let take = bench.take_id("a", 1);
    let report = Report { take, answers: Some((Kind::Work, 99)), answer: failed(Class::Transient, Acceptance::No) };
    bench.say(Message::Report(report)).unwrap();
    assert!(matches!(bench.take("a", 1), TakeState::Submitted { .. }));
}

#[test]
fn an_ordinal_is_never_used_twice_whatever_dies() {
    let mut bench = Bench::new(spec(vec![node("a", &["exact"])]));
    bench.prepare("a");
    bench.crash();
    bench.crash();
    let before = bench.action("a", Kind::Find);
    // Finding writes nothing down, and nothing tells this life from the next.
    bench.now = bench.now.after(Duration::from_secs(30));
    bench.crash();
    let after = bench.action("a", Kind::Find);
    assert_ne!(before.ordinal, after.ordinal);
}

#[test]
fn an_answer_about_the_key_before_a_redo_is_not_taken_for_the_one_after() {
    let (mut actor, turn) = Actor::create(spec(vec![node("a", &["local"])]), START).unwrap();
    let before = turn.looks.into_iter().next().unwrap();
    actor.handle(Message::Command(Command::Redo { node: "a".into(), salt: 1 }), START).unwrap();
    let looked = Message::Looked { key: before.key(), look: before, memory: None };
    let turn = actor.handle(looked, START).unwrap();
    let keyed = turn.records.iter().any(|record| matches!(record.event, Event::Keyed { .. }));
    assert!(!keyed, "the redo is made under the old key");
}

#[test]
fn a_ticket_of_another_run_is_not_adopted() {
    let store = {
        let mut bench = Bench::new(spec(vec![node("z", &["none"])]));
        bench.submit("z", "t");
        bench.store
    };
    let spec = RunSpec { id: RunId(uuid::Uuid::from_u128(8)), ..spec(vec![node("a", &["none"])]) };
    let mut bench = Bench::with(spec, store);
    bench.prepare("a");
    bench.pass(Duration::from_secs(11));
    bench.answer("a", Kind::Find, Answer::Candidates(vec![]));
    let adopt = Command::Adopt { take: TakeNo { node: "a".into(), n: 1 }, ticket: "t".into() };
    assert!(bench.command(adopt).is_err());
}

#[test]
fn ambiguity_is_held_whatever_it_costs() {
    let mut bench = Bench::new(RunSpec { write_off_limit: PRICE, ..spec(vec![node("a", &["weak"])]) });
    bench.prepare("a");
    bench.pass(Duration::from_secs(11));
    let like = |ticket: &str| Candidate { ticket: ticket.into(), created: START, likeness: Likeness::Same };
    for _ in 0..40 {
        if bench.is_under_way("a", Kind::Find) {
            bench.answer("a", Kind::Find, Answer::Candidates(vec![like("t"), like("u")]));
        }
        bench.pass(Duration::from_secs(1));
    }
    assert_eq!(bench.take("a", 1), &TakeState::Held);
}

#[test]
fn sums_that_cannot_be_counted_do_not_fit_any_cap() {
    let nodes = vec![node("a", &["exact"]), node("b", &["hook"])];
    let mut bench = Bench::new(RunSpec { cap: Money::MAX, ..spec(nodes) });
    for name in ["a", "b"] {
        let action = bench.action(name, Kind::Prepare);
        let request = Hash::of_text(name);
        bench.answer_to(&action, Answer::Prepared { request, worst: Money::MAX });
    }
    let reserving = ["a", "b"].iter().filter(|name| bench.takes(name) > 0).count();
    assert_eq!(reserving, 1, "two reservations of all the money there is");
}

#[test]
fn ten_thousand_candidates_are_heard_in_time() {
    let mut bench = Bench::new(spec(vec![node("a", &["exact"])]));
    bench.prepare("a");
    bench.pass(Duration::from_secs(11));
    let exact = |n: u32| Candidate { ticket: n.to_string().as_str().into(), created: START, likeness: Likeness::Exact };
    let find = bench.action("a", Kind::Find);
    bench.answer_to(&find, Answer::Candidates((0..3_000).map(exact).collect()));
    assert_eq!(bench.strays, 2_999);
    assert_eq!(bench.state().ledger().reserved(), PRICE.times(3_000));
}

// Anything at all.

#[derive(Debug, Clone)]
struct Chaos {
    what: u8,
    pick: u16,
    n: u32,
    answer: u8,
    money: u8,
    wait: u8,
}

fn chaos() -> impl Strategy<Value = Chaos> {
    (any::<u8>(), any::<u16>(), 0..5_u32, any::<u8>(), any::<u8>(), any::<u8>())
        .prop_map(|(what, pick, n, answer, money, wait)| Chaos { what, pick, n, answer, money, wait })
}

const NAMES: [&str; 9] = ["a", "b", "c", "d", "plan", "all", "x", "y", "nobody"];
const KINDS: [Kind; 7] = [Kind::Prepare, Kind::Submit, Kind::Poll, Kind::Fetch, Kind::Find, Kind::Cancel, Kind::Work];

impl Chaos {
    fn money(&self) -> Money {
        match self.money % 8 {
            0 => Money::ZERO,
            1 => Money::MAX,
            2 => Money::from_cents(100_000),
            _ => Money::from_cents(u64::from(self.money)),
        }
    }

    fn span(&self) -> Duration {
        match self.wait % 8 {
            0 => Duration::ZERO,
            1 => Duration::MAX,
            2 => Duration::from_secs(86_400),
            _ => Duration::from_secs(u64::from(self.wait)),
        }
    }

    fn ticket(&self) -> Ticket {
        ["t", "u", "v", "w", ""][usize::from(self.pick) % 5].into()
    }

    fn extension(&self) -> Option<Extension> {
        let stands = NAMES[usize::from(self.wait) % NAMES.len()];
        let gate = NodeSpec { awaits: vec!["x".into()], ..NodeSpec::gate("y") };
        let nodes = match self.money % 9 {
            0 => vec![],
            1 => vec![node("x", &["local"])],
            2 => vec![node("x", &["exact"]), gate],
            3 => vec![node("x", &["nowhere"])],
            4 => vec![needing(node("x", &["local"]), &["all"])],
            5 => vec![needing(node("x", &["local"]), &["x"])],
            6 => vec![node("x", &["local"]), node("x", &["local"])],
            _ => return None,
        };
        Some(Extension { nodes, quote: Quote { expected: self.money(), worst: self.money() }, stands: stands.into() })
    }

    fn failure(&self) -> Answer {
        let acceptance = [Acceptance::No, Acceptance::Yes, Acceptance::Unknown][usize::from(self.money) % 3];
        let mut fault = Fault::new(Class::ALL[usize::from(self.wait) % 11], acceptance, "chaos");
        fault.retry_after = self.pick.is_multiple_of(3).then(|| self.span());
        let charge = self.pick.is_multiple_of(2).then(|| self.money());
        Answer::Failed(Failure { fault, charge, extension: self.extension() })
    }

    fn nonsense(&self, key: Key) -> Answer {
        match self.answer % 14 {
            0 => Answer::Prepared { request: key.0, worst: self.money() },
            1 | 2 => Answer::Ticket(self.ticket()),
            3 => Answer::Pending { after: Some(self.span()), begun: self.money.is_multiple_of(2) },
            4 => Answer::Nudged,
            5 => Answer::Succeeded { charge: self.wait.is_multiple_of(2).then(|| self.money()) },
            6 | 7 => delivered(key, self.extension()),
            8 => Answer::Gone,
            9 => {
                let like = [Likeness::Exact, Likeness::Same, Likeness::Unknown][usize::from(self.wait) % 3];
                let one = Candidate { ticket: self.ticket(), created: START, likeness: like };
                let other = Candidate { ticket: "z".into(), ..one.clone() };
                Answer::Candidates(vec![one.clone(), other, one][..usize::from(self.money) % 4].to_vec())
            }
            10 => Answer::Heard,
            11 => Answer::Lost,
            _ => self.failure(),
        }
    }

    /// What an honest performer might say.
    fn sense(&self, action: &Action) -> Answer {
        if self.answer.is_multiple_of(4) {
            return self.failure();
        }
        match action.task.kind() {
            Kind::Prepare => Answer::Prepared { request: action.key.0, worst: self.money() },
            Kind::Submit => Answer::Ticket(self.pick.to_string().as_str().into()),
            Kind::Poll if self.answer.is_multiple_of(3) => {
                Answer::Pending { after: None, begun: self.money.is_multiple_of(2) }
            }
            Kind::Poll if self.answer.is_multiple_of(7) => Answer::Gone,
            Kind::Poll => Answer::Succeeded { charge: None },
            Kind::Find => Answer::Candidates(vec![]),
            Kind::Cancel => Answer::Heard,
            Kind::Fetch | Kind::Work => delivered(action.key, self.extension()),
        }
    }

    fn command(&self) -> Command {
        let node: NodeId = NAMES[usize::from(self.pick) % NAMES.len()].into();
        let take = TakeNo { node: node.clone(), n: self.n };
        match self.answer % 14 {
            0 | 1 => Command::Resume,
            2 | 3 => Command::Retry,
            4 | 5 => Command::Redo { node, salt: u64::from(self.money) },
            6 => Command::Pick(take),
            7 => Command::Stop(if self.wait.is_multiple_of(2) { Stop::Land } else { Stop::Cancel }),
            8 if self.wait.is_multiple_of(8) => Command::Supersede(RunId(uuid::Uuid::from_u128(9))),
            8 | 9 => Command::SetCap(self.money()),
            10 => Command::SetDeadline(self.wait.is_multiple_of(2).then(|| START.after(self.span()))),
            11 => Command::Adopt { take, ticket: self.ticket() },
            _ => {
                let verdict = if self.wait.is_multiple_of(2) { Verdict::Resend } else { Verdict::Abandon };
                Command::Resolve { take, verdict }
            }
        }
    }

    fn happen(&self, bench: &mut Bench) {
        match self.what % 16 {
            0..=7 if !bench.open.is_empty() => {
                let action = bench.open.remove(usize::from(self.pick) % bench.open.len());
                let answer = if self.what % 16 == 7 { self.nonsense(action.key) } else { self.sense(&action) };
                bench.answer_to(&action, answer.clone());
                if self.money.is_multiple_of(5) {
                    bench.answer_to(&action, answer);
                }
            }
            8 | 9 => {
                let take = bench.take_id(NAMES[usize::from(self.pick) % NAMES.len()], self.n);
                let answers =
                    self.what.is_multiple_of(2).then(|| (KINDS[usize::from(self.answer) % 7], u64::from(self.money)));
                let answer = self.nonsense(Key(Hash::of_text("nonsense")));
                bench.say(Message::Report(Report { take, answers, answer })).unwrap();
            }
            10 | 11 => drop(bench.command(self.command())),
            12 if self.wait.is_multiple_of(4) => bench.crash(),
            _ => bench.pass(Duration::from_secs(u64::from(self.wait))),
        }
    }
}

fn anything(config: u8) -> RunSpec {
    let nodes = vec![
        node("a", &["exact", "local"]),
        needing(node("b", &["weak", "none"]), &["a"]),
        node("c", &["none", "key"]),
        node("d", &["hook"]),
        node("plan", &["local"]),
        NodeSpec {
            awaits: ["a", "b", "c", "d", "plan"].map(NodeId::from).to_vec(),
            at_least: 1,
            last_look: true,
            ..node("all", &["local"])
        },
    ];
    RunSpec {
        unclear: [Unclear::Hold, Unclear::NextModel, Unclear::Resend][usize::from(config % 3)],
        on_budget: if config.is_multiple_of(2) { OnBudget::Pause } else { OnBudget::Deliver },
        write_off_limit: if config.is_multiple_of(5) { PRICE } else { Money::ZERO },
        concurrency: u32::from(config % 4),
        ..spec(nodes)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_reports_and_commands_panics_or_breaks_the_sums(
        config in any::<u8>(),
        all in prop::collection::vec(chaos(), 1..60),
    ) {
        let mut bench = Bench::new(anything(config));
        for one in all {
            one.happen(&mut bench);
        }
        let again = RunState::fold(&bench.journal()).unwrap();
        prop_assert_eq!(again.ledger(), bench.state().ledger());
        prop_assert_eq!(again.status(), bench.state().status());
        prop_assert!(again.nodes().iter().zip(bench.state().nodes()).all(|(a, b)| a.phase == b.phase && a.takes == b.takes));
    }
}

#[expect(clippy::disallowed_methods, reason = "how long to look for trouble comes from the environment")]
fn cases() -> u32 {
    std::env::var("RETAKE_CHAOS").ok().and_then(|cases| cases.parse().ok()).unwrap_or(400)
}
