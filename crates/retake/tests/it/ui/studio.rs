//! A film in the making: one actor, driven by hand, whose journal the faces are shown.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use retake::ui::board::Board;
use retake::ui::paint::Look;
use retake::ui::story::Story;
use retake_engine::admission::{Admission, Limits, Terms};
use retake_engine::decide::{Look as KeyLook, Memory, standing};
use retake_engine::engine::{self, Actor, Command, Desk, Message, Turn};
use retake_engine::fault::{Acceptance, Class, Fault};
use retake_engine::graph::{Dedupe, Entry, Maker, NodeSpec, Offer, Quote};
use retake_engine::id::{AccountId, Hash, Key, NodeId, ProviderId, RunId, Ticket};
use retake_engine::journal::Record;
use retake_engine::journal::event::{Bounds, OnBudget, RunSpec, Unclear};
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use retake_engine::performer::{Action, Answer, Artifact, Delivery, Kind, Outputs, Report};
use retake_engine::retry::Policy;
use retake_engine::store::Store;
use retake_engine::store::memory::MemoryStore;

const START: Moment = Moment::from_ms(1_790_000_000_000);

struct Hands<'a> {
    store: &'a MemoryStore,
    admission: &'a mut Admission,
    left: Cell<u32>,
}

impl Desk for Hands<'_> {
    fn key(&self, look: &KeyLook) -> Key {
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

pub(crate) struct Studio {
    actor: Actor,
    store: MemoryStore,
    admission: Admission,
    pub(crate) now: Moment,
    open: Vec<Action>,
    wake_at: Option<Moment>,
}

impl Studio {
    pub(crate) fn new(spec: RunSpec) -> Self {
        Self::with(spec, MemoryStore::default())
    }

    pub(crate) fn with(spec: RunSpec, store: MemoryStore) -> Self {
        let limits = Limits {
            submissions: 8,
            processes: 4,
            account: Money::MAX,
            day: Money::MAX,
            providers: BTreeMap::new(),
            default_terms: Terms::default(),
        };
        let mut admission = Admission::new(limits);
        let (actor, turn) = Actor::create(spec, START).unwrap();
        admission.enter(standing(actor.state()));
        let mut studio = Self { actor, store, admission, now: START, open: Vec::new(), wake_at: None };
        studio.follow(turn, true);
        studio
    }

    fn follow(&mut self, first: Turn, new: bool) {
        let mut hands = Hands { store: &self.store, admission: &mut self.admission, left: Cell::new(100_000) };
        let turn = &mut engine::answer(&mut self.actor, first, &mut hands, self.now);
        let batch = turn.batch(self.actor.state());
        if new {
            self.store.create(batch, None).unwrap();
        } else {
            self.store.append(batch).unwrap();
        }
        for (take, news) in std::mem::take(&mut turn.news) {
            self.admission.observe(&take, news, self.now);
        }
        self.open.append(&mut turn.actions);
        self.wake_at = turn.wake_at;
        for (take, reply) in self.admission.pump(self.now) {
            self.say(Message::Admission { take, reply });
        }
    }

    fn say(&mut self, message: Message) {
        let mut hands = Hands { store: &self.store, admission: &mut self.admission, left: Cell::new(100_000) };
        let turn = engine::carry(&mut self.actor, message, &mut hands, self.now).unwrap();
        self.follow(turn, false);
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.say(Message::Command(command));
    }

    pub(crate) fn pass(&mut self, secs: u64) {
        let until = self.now.after(Duration::from_secs(secs));
        for _ in 0..10_000 {
            let next = self.wake_at.into_iter().chain(self.admission.wake_at()).min();
            let Some(at) = next.filter(|at| *at <= until) else { break };
            self.now = at.max(self.now.after(Duration::from_millis(1)));
            self.say(Message::Wake);
        }
        self.now = until.max(self.now);
        self.say(Message::Wake);
    }

    /// The action of this kind that is under way for the node.
    fn action(&mut self, node: &str, kind: Kind) -> Action {
        let fits = |action: &Action| action.take.node == node.into() && action.task.kind() == kind;
        for _ in 0..200 {
            if let Some(at) = self.open.iter().rposition(fits) {
                return self.open.remove(at);
            }
            self.pass(1);
        }
        panic!("no {kind:?} of {node} is under way, but {:?}", self.open.iter().map(|a| &a.take).collect::<Vec<_>>())
    }

    pub(crate) fn answer(&mut self, node: &str, kind: Kind, answer: Answer) {
        let action = self.action(node, kind);
        let answers = Some((action.task.kind(), action.ordinal));
        self.say(Message::Report(Report { take: action.take, answers, answer }));
    }

    /// A provider takes the node on, for at most so many cents.
    pub(crate) fn submit(&mut self, node: &str, cents: u64) {
        self.prepare(node, cents);
        let action = self.action(node, Kind::Submit);
        let ticket = format!("t-{}-{}", node.replace('/', "-"), action.take.n);
        self.open.push(action);
        self.answer(node, Kind::Submit, Answer::Ticket(ticket.as_str().into()));
    }

    pub(crate) fn prepare(&mut self, node: &str, cents: u64) {
        let request = Hash::of_text(&format!("{node} {}", self.now.ms()));
        self.answer(node, Kind::Prepare, Answer::Prepared { request, worst: Money::from_cents(cents) });
    }

    /// It is bought and comes to a good end after so many seconds.
    pub(crate) fn buy(&mut self, node: &str, cents: u64, secs: u64) {
        self.submit(node, cents);
        self.pass(secs);
        self.land(node, cents);
    }

    pub(crate) fn land(&mut self, node: &str, cents: u64) {
        self.answer(node, Kind::Poll, Answer::Succeeded { charge: Some(Money::from_cents(cents)) });
        self.answer(node, Kind::Fetch, made(node, &[]));
    }

    pub(crate) fn work(&mut self, node: &str) {
        self.answer(node, Kind::Work, made(node, &[]));
    }

    pub(crate) fn deliver(&mut self, facts: &[(&str, &str)]) {
        self.answer("/deliver", Kind::Work, made("/deliver", facts));
    }

    pub(crate) fn refuse(&mut self, node: &str, cents: u64, fault: Fault) {
        self.prepare(node, cents);
        self.answer(node, Kind::Submit, Answer::Failed(fault.into()));
    }

    pub(crate) fn journal(&self) -> Vec<Record> {
        self.store.load(self.actor.state().spec().id).unwrap()
    }

    pub(crate) fn story(&self) -> Story {
        Story::read(&self.journal()).unwrap()
    }

    pub(crate) fn board(&self) -> Board {
        let journal = self.journal();
        let mut board = Board::begin(&journal[0]).unwrap();
        for record in &journal[1..] {
            board.hear(record).unwrap();
        }
        board
    }

    pub(crate) fn into_store(self) -> MemoryStore {
        self.store
    }
}

fn made(node: &str, facts: &[(&str, &str)]) -> Answer {
    let artifacts = vec![Artifact { role: "clip".into(), hash: Hash::of_text(node) }];
    let facts = facts.iter().map(|(name, fact)| ((*name).into(), (*fact).into())).collect();
    Answer::Outputs(Delivery { outputs: Outputs { artifacts, facts }, charge: None, extension: None })
}

pub(crate) const FACTS: [(&str, &str); 4] = [
    ("path", "out/how-lighthouses-learned-to-blink.mp4"),
    ("sha256", "5f1d0c"),
    ("seconds", "31.4"),
    ("manifest", "out/how-lighthouses-learned-to-blink.json"),
];

fn paid(provider: &str) -> Entry {
    let offer = Offer {
        provider: provider.into(),
        model: "m".into(),
        dedupe: if provider == "hedra" {
            Dedupe::None
        } else {
            Dedupe::List { exact: true, lag: Duration::from_secs(1) }
        },
        grace: Duration::from_secs(10),
        cancel_grace: Duration::from_secs(20),
        request_timeout: Duration::from_secs(10),
        poll_every: Duration::from_secs(2),
    };
    Entry::plain(Hash::of_text(provider), Maker::Paid(offer))
}

fn node(id: &str, route: &[&str], needs: &[&str]) -> NodeSpec {
    let step = id.rsplit('/').next().unwrap_or_default();
    let needs: Vec<NodeId> = needs.iter().map(|need| (*need).into()).collect();
    NodeSpec {
        route: route.iter().map(|entry| (*entry).into()).collect(),
        policy: Some("step".into()),
        inputs: needs.clone(),
        needs,
        item: ["voice", "image", "video"].contains(&step),
        ..NodeSpec::gate(id)
    }
}

/// The nodes of a film of these scenes: a voice, a picture, a clip, all bought or all local.
pub(crate) fn nodes(scenes: &[&str], buys: bool) -> Vec<NodeSpec> {
    let route = |paid: &[&'static str], local: &'static str| if buys { paid.to_vec() } else { vec![local] };
    let mut nodes = Vec::new();
    for scene in scenes {
        let at = |step: &str| format!("{scene}/{step}");
        let (voice, image, video) = (at("voice"), at("image"), at("video"));
        nodes.push(node(&voice, &route(&["rachel"], "heart"), &[]));
        nodes.push(node(&image, &route(&["flux-dev"], "storyboard"), &[]));
        nodes.push(node(&video, &route(&["seedance-lite", "veo-fast"], "kenburns"), &[&image]));
        nodes.push(node(&at("ingest"), &["conform"], &[&voice, &video]));
        nodes.push(NodeSpec { needs: vec![at("ingest").into()], ..NodeSpec::gate(at("scene")) });
    }
    let gates = scenes.iter().map(|scene| format!("{scene}/scene").as_str().into()).collect();
    nodes.push(NodeSpec { awaits: gates, at_least: 1, ..NodeSpec::gate("/scenes") });
    nodes.push(node("/sound", &["mixer"], &["/scenes"]));
    nodes.push(node("/assemble", &["joiner"], &["/sound"]));
    nodes.push(node("/deliver", &["folder"], &["/assemble"]));
    nodes
}

pub(crate) fn spec(nodes: Vec<NodeSpec>) -> RunSpec {
    let goal = nodes.last().unwrap().id.clone();
    let mut entries = BTreeMap::new();
    for (name, provider) in [
        ("rachel", "elevenlabs"),
        ("flux-dev", "replicate"),
        ("seedance-lite", "replicate"),
        ("veo-fast", "fal"),
        ("hedra-one", "hedra"),
    ] {
        entries.insert(name.into(), paid(provider));
    }
    for name in ["heart", "storyboard", "kenburns", "conform", "mixer", "joiner", "folder"] {
        entries.insert(name.into(), Entry::plain(Hash::of_text(name), Maker::Local { cores: 1 }));
    }
    let policy = Policy { jitter: false, ..Policy::default() };
    RunSpec {
        about: [("film", "How lighthouses learned to blink"), ("plan", "film.yaml")]
            .map(|(name, text)| (name.into(), text.into()))
            .into(),
        source: None,
        id: RunId(uuid::Uuid::from_u128(0x0199_73a4_f1c2_7d04_9e1b_44c0_3f2a_9c1d)),
        account: "ann".into(),
        seed: 7,
        cap: Money::from_cents(600),
        quote: Quote::default(),
        concurrency: 6,
        rounds: 0,
        unclear: Unclear::Hold,
        write_off_limit: Money::ZERO,
        on_budget: OnBudget::Pause,
        deadline: None,
        bounds: Bounds { nodes: 100_000, generations: 3 },
        supersedes: None,
        salts: [].into(),
        entries,
        policies: [("step".into(), policy)].into(),
        nodes,
        goal,
    }
}

pub(crate) const SCENES: [&str; 5] = ["storm", "lamp", "lens", "host", "end"];

pub(crate) fn film() -> Studio {
    Studio::new(spec(nodes(&SCENES, true)))
}

pub(crate) fn fault(class: Class, message: &str) -> Fault {
    Fault::new(class, Acceptance::No, message)
}

/// A film half-way: one scene made, one in trouble, one refused, the others on their way.
pub(crate) fn half_way() -> Studio {
    let mut studio = film();
    for scene in ["storm", "lamp", "lens"] {
        studio.buy(&format!("{scene}/voice"), 2, 1);
        studio.buy(&format!("{scene}/image"), 3, 4);
    }
    studio.buy("storm/video", 36, 30);
    studio.work("storm/ingest");
    studio.submit("lamp/video", 36);
    let wait =
        fault(Class::Throttled, "submit: 429, more than 600 requests a minute").retry_after(Duration::from_secs(30));
    studio.refuse("lens/video", 36, wait);
    studio.submit("host/voice", 2);
    let no = fault(Class::Rejected, "the prompt was refused by the safety filter").hint("say it in other words");
    studio.refuse("host/image", 3, no);
    studio.pass(5);
    studio
}

pub(crate) const fn look(columns: usize) -> Look {
    Look { columns, rows: 24, colour: false }
}

pub(crate) const fn coloured(columns: usize) -> Look {
    Look { columns, rows: 24, colour: true }
}

/// A film of five scenes, one of which could not be made.
pub(crate) fn partial() -> Studio {
    let mut studio = half_way();
    studio.land("lamp/video", 36);
    studio.work("lamp/ingest");
    studio.buy("lens/video", 36, 20);
    studio.work("lens/ingest");
    studio.land("host/voice", 2);
    studio.buy("end/voice", 2, 1);
    studio.buy("end/image", 3, 1);
    studio.buy("end/video", 36, 20);
    studio.work("end/ingest");
    studio.work("/sound");
    studio.work("/assemble");
    studio.deliver(&FACTS);
    studio
}
