//! What a seed asks for: accounts, providers, runs and their graphs, and how much trouble there is.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use uuid::Uuid;

use super::dice::Dice;
use crate::admission::{BreakerTerms, Limits, Rate, RetryBudget, Terms};
use crate::graph::{Dedupe, Entry, Extension, Maker, NodeSpec, Offer, Quote};
use crate::id::{EntryId, Hash, NodeId, RunId};
use crate::journal::event::{Bounds, OnBudget, RunSpec, Unclear};
use crate::moment::Moment;
use crate::money::Money;
use crate::performer::Action;
use crate::retry::Policy;

/// How much goes wrong, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble {
    /// Submissions that do not simply work.
    pub submit: u64,
    /// Work at the provider that does not simply succeed.
    pub job: u64,
    /// Other actions that fail.
    pub action: u64,
    /// Reports that are lost.
    pub lost: u64,
    /// Reports that repeat.
    pub repeated: u64,
    /// Crashes at each of the points of a turn.
    pub crash: u64,
    /// How often, out of ten chances, a person does something.
    pub people: u64,
    /// Restarts before which somebody sets the clock.
    pub clock: u64,
}

impl Trouble {
    /// Nothing goes wrong.
    pub const NONE: Self = Self { submit: 0, job: 0, action: 0, lost: 0, repeated: 0, crash: 0, people: 0, clock: 0 };
}

/// Where in a turn the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashPoint {
    /// The turn is written down, and nothing was started.
    Committed,
    /// Its actions were started, and nothing was heard of them.
    Started,
}

/// A provider as the simulator plays it.
#[derive(Debug, Clone)]
pub struct Seller {
    /// What it offers against paying twice.
    pub dedupe: Dedupe,
    /// Whether it answers with the outputs themselves.
    pub synchronous: bool,
    /// What a take costs there.
    pub price: Money,
}

/// All that a seed decides before anything happens.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The seed.
    pub seed: u64,
    /// How much goes wrong.
    pub trouble: Trouble,
    /// The providers, by name.
    pub sellers: BTreeMap<&'static str, Seller>,
    /// The runs that are asked for, the first one first.
    pub runs: Vec<RunSpec>,
    /// What the work of a node extends its run by.
    pub extends: BTreeMap<NodeId, Extension>,
    /// What repairs a node whose work breaks.
    pub repairs: BTreeMap<NodeId, Extension>,
    /// What all runs together may do.
    pub limits: Limits,
    /// Whether reports outlive the process, as with a performer of its own.
    pub reports_survive: bool,
    /// The only commit at which the process dies, where chance is not to decide.
    pub crash_at: Option<(u64, CrashPoint)>,
    /// Whether every action that may be repeated is done twice, its first report being lost.
    pub twice: bool,
    /// The node all of whose takes fail.
    pub failing: Option<NodeId>,
    /// What these entries never make.
    pub refused: BTreeSet<(NodeId, EntryId)>,
}

/// When every simulation begins: shortly before a UTC date ends.
pub(super) const START: Moment = Moment::from_ms(1_790_000_000_000 / 86_400_000 * 86_400_000 + 86_350_000);
/// How long an answer may take.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a lost submission may still turn up.
pub(super) const GRACE: Duration = Duration::from_secs(15);
/// How late a list may be.
pub(super) const LAG: Duration = Duration::from_secs(4);

const PROVIDERS: [&str; 7] = ["keyed", "chosen", "listed", "weak", "hooked", "silent", "prompt"];

fn sellers(dice: &mut Dice) -> BTreeMap<&'static str, Seller> {
    let mut seller = |name| {
        let dedupe = match name {
            "keyed" => Dedupe::Key { ttl: Duration::from_secs(150) },
            "chosen" => Dedupe::ClientId,
            "listed" => Dedupe::List { exact: true, lag: LAG },
            "weak" => Dedupe::List { exact: false, lag: LAG },
            "hooked" => Dedupe::WebhookOnly,
            _ => Dedupe::None,
        };
        Seller { dedupe, synchronous: name == "prompt", price: Money::from_cents(dice.between(2, 40)) }
    };
    PROVIDERS.into_iter().map(|name| (name, seller(name))).collect()
}

/// The catalogue of these providers, and the machine itself as `local`.
pub(super) fn entries(sellers: &BTreeMap<&'static str, Seller>) -> BTreeMap<EntryId, Entry> {
    let local = Entry::plain(Hash::of_text("local"), Maker::Local { cores: 1 });
    let paid = sellers.iter().map(|(name, seller)| {
        let offer = Offer {
            provider: (*name).into(),
            model: "model".into(),
            dedupe: seller.dedupe,
            grace: GRACE,
            cancel_grace: Duration::from_secs(20),
            request_timeout: REQUEST_TIMEOUT,
            poll_every: Duration::from_secs(2),
        };
        ((*name).into(), Entry::plain(Hash::of_text(name), Maker::Paid(offer)))
    });
    paid.chain([("local".into(), local)]).collect()
}

fn policy(attempts: u32, timeout_s: u64) -> Policy {
    Policy {
        attempts,
        first_delay: Duration::from_millis(500),
        max_delay: Duration::from_secs(20),
        timeout: Duration::from_secs(timeout_s),
        ..Policy::default()
    }
}

/// Builds the nodes of a run.
struct Builder<'a> {
    dice: &'a mut Dice,
    nodes: Vec<NodeSpec>,
    extends: BTreeMap<NodeId, Extension>,
    repairs: BTreeMap<NodeId, Extension>,
}

impl Builder<'_> {
    fn node(&mut self, id: String, route: Vec<&str>, needs: &[&NodeId]) -> NodeSpec {
        let step = id.rsplit('/').next().unwrap_or_default().to_owned();
        // Few identities, so that nodes and runs often want the same.
        let identity = Hash::of_text(&format!("{step} {}", self.dice.below(6)));
        let needs: Vec<NodeId> = needs.iter().map(|id| (*id).clone()).collect();
        NodeSpec {
            identity,
            route: route.into_iter().map(Into::into).collect(),
            policy: Some("step".into()),
            inputs: needs.clone(),
            needs,
            item: true,
            ..NodeSpec::gate(id)
        }
    }

    fn add(&mut self, node: NodeSpec) -> NodeId {
        self.nodes.push(node);
        self.nodes[self.nodes.len() - 1].id.clone()
    }

    fn route(&mut self) -> Vec<&'static str> {
        let mut route: Vec<&str> = (0..self.dice.between(1, 2)).map(|_| *self.dice.pick(&PROVIDERS)).collect();
        if self.dice.permille(300) {
            route.push("local");
        }
        route.dedup();
        route
    }

    /// A scene: a voice and some shots, of which one is enough.
    fn scene(&mut self, number: u64) -> NodeId {
        let voice = self.dice.permille(500).then(|| {
            let route = self.route();
            let node = self.node(format!("s{number}/voice"), route, &[]);
            self.add(node)
        });
        let shots: Vec<NodeId> =
            (1..=self.dice.between(1, 2)).map(|shot| self.shot(number, shot, voice.as_ref())).collect();
        let at_least = 1;
        let gate = NodeSpec {
            needs: voice.into_iter().collect(),
            awaits: shots,
            at_least,
            ..NodeSpec::gate(format!("s{number}"))
        };
        self.add(gate)
    }

    fn shot(&mut self, scene: u64, shot: u64, voice: Option<&NodeId>) -> NodeId {
        let path = format!("s{scene}.{shot}");
        if self.dice.permille(200) {
            return self.compiled(&path);
        }
        let route = self.route();
        let image = self.node(format!("{path}/image"), route, &[]);
        let image = self.add(image);
        let route = self.route();
        let needs: Vec<&NodeId> = std::iter::once(&image).chain(voice).collect();
        let video = self.node(format!("{path}/video"), route, &needs);
        let video = self.add(video);
        let ingest = self.node(format!("{path}/ingest"), vec!["local"], &[&video]);
        self.add(ingest)
    }

    /// Code whose compilation may break once and is then repaired by what the run grows by.
    fn compiled(&mut self, path: &str) -> NodeId {
        let route = self.route();
        let code = self.node(format!("{path}/code"), route, &[]);
        let code = self.add(code);
        let compile = self.node(format!("{path}/compile"), vec!["local"], &[&code]);
        let compile = self.add(compile);
        let route = self.route();
        let mended = self.node(format!("{path}/code2"), route, &[]);
        let mended_id = mended.id.clone();
        let again = self.node(format!("{path}/compile2"), vec!["local"], &[&mended_id]);
        let quote = Quote { expected: Money::from_cents(5), worst: Money::from_cents(200) };
        let stands = again.id.clone();
        self.repairs.insert(compile.clone(), Extension { nodes: vec![mended, again], quote, stands });
        compile
    }

    /// A node whose work says what else is to be made.
    fn planner(&mut self, number: u64) -> NodeId {
        let planner = self.node(format!("p{number}/plan"), vec!["local"], &[]);
        let planner = self.add(planner);
        let route = self.route();
        let drawn = self.node(format!("p{number}/drawn"), route, &[]);
        let drawn_id = drawn.id.clone();
        let bound = self.node(format!("p{number}/bound"), vec!["local"], &[&drawn_id]);
        let quote = Quote { expected: Money::from_cents(3), worst: Money::from_cents(120) };
        let stands = bound.id.clone();
        self.extends.insert(planner.clone(), Extension { nodes: vec![drawn, bound], quote, stands });
        planner
    }

    fn film(&mut self, scenes: u64) -> NodeId {
        let mut good: Vec<NodeId> = (1..=scenes).map(|number| self.scene(number)).collect();
        if self.dice.permille(300) {
            good.push(self.planner(1));
        }
        if self.dice.permille(150) {
            let review = NodeSpec { review: true, ..NodeSpec::gate("review") };
            let review = self.add(review);
            good.push(review);
        }
        let mut assemble = self.node("film/assemble".into(), vec!["local"], &[]);
        assemble.at_least = good.len().div_ceil(2);
        assemble.inputs.clone_from(&good);
        assemble.awaits = good;
        assemble.last_look = true;
        let assemble = self.add(assemble);
        let deliver = self.node("film/deliver".into(), vec!["local"], &[&assemble]);
        self.add(NodeSpec { every_run: true, ..deliver })
    }
}

/// Gives all voices one route, and a gate that keeps them in unison: nothing is made of one before it has opened. Says which
/// of them who will not make.
fn keep_in_unison(nodes: &mut Vec<NodeSpec>, dice: &mut Dice) -> BTreeSet<(NodeId, EntryId)> {
    let is_of = |node: &NodeSpec, step: &str| node.id.as_str().ends_with(step);
    let awaits: Vec<NodeId> = nodes.iter().filter(|node| is_of(node, "/voice")).map(|node| node.id.clone()).collect();
    let mut route: Vec<&str> = (0..3).map(|_| *dice.pick(&PROVIDERS)).collect();
    route.dedup();
    if dice.permille(500) {
        route.push("local");
    }
    for node in nodes.iter_mut() {
        if is_of(node, "/voice") {
            node.route = route.iter().map(|name| EntryId::from(*name)).collect();
        } else if is_of(node, "/video") {
            node.awaits.push("voices".into());
        }
    }
    let often = if dice.permille(600) { 300 } else { 0 };
    let pairs = awaits.iter().flat_map(|voice| route.iter().map(move |name| (voice.clone(), EntryId::from(*name))));
    let refused = pairs.filter(|_| dice.permille(often)).collect();
    nodes.insert(0, NodeSpec { awaits, unison: true, ..NodeSpec::gate("voices") });
    refused
}

fn limits(dice: &mut Dice) -> Limits {
    let terms = Terms {
        concurrency: u32::try_from(dice.between(1, 6)).unwrap_or(1),
        rate: Rate { count: 60, per: Duration::from_secs(60) },
        breaker: BreakerTerms {
            window: Duration::from_secs(60),
            minimum: 6,
            failing_permille: 700,
            rest: Duration::from_secs(20),
        },
        retry: RetryBudget { capacity: 50, cost: 5, credit_per_success: 1, refill_every: Duration::from_secs(1) },
    };
    Limits {
        submissions: u32::try_from(dice.between(2, 8)).unwrap_or(2),
        processes: 2,
        account: Money::from_cents(dice.between(400, 4_000)),
        day: Money::from_cents(dice.between(300, 3_000)),
        providers: BTreeMap::new(),
        default_terms: terms,
    }
}

impl Scenario {
    /// What this seed asks for.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed).about("scenario");
        let sellers = sellers(&mut dice);
        let calm = dice.permille(100);
        let mut often = |most| if calm { 0 } else { dice.below(most) };
        let trouble = Trouble {
            submit: often(500),
            job: often(400),
            action: often(200),
            lost: often(60),
            repeated: often(200),
            crash: often(30),
            people: often(8),
            clock: 0,
        };
        // Dice of their own: what is asked for is the same with every clock.
        let clock = if calm { 0 } else { Dice::new(seed).about("clocks").below(600) };
        let trouble = Trouble { clock, ..trouble };
        let mut scenario = Self {
            seed,
            trouble,
            runs: Vec::new(),
            extends: BTreeMap::new(),
            repairs: BTreeMap::new(),
            limits: limits(&mut dice),
            reports_survive: dice.permille(300),
            crash_at: None,
            twice: false,
            failing: None,
            refused: BTreeSet::new(),
            sellers,
        };
        for number in 0..dice.between(1, 3) {
            scenario.add_run(number, &mut dice);
        }
        scenario
    }

    /// One small film with a node of every kind, and nothing that goes wrong.
    #[must_use]
    pub fn showcase() -> Self {
        let mut scenario = Self { trouble: Trouble::NONE, runs: Vec::new(), ..Self::of(1) };
        scenario.limits = Limits { account: Money::MAX, day: Money::MAX, ..scenario.limits };
        let mut dice = Dice::new(1);
        let mut builder =
            Builder { dice: &mut dice, nodes: Vec::new(), extends: BTreeMap::new(), repairs: BTreeMap::new() };
        let mut good = Vec::new();
        for (number, name) in PROVIDERS.into_iter().enumerate() {
            let made = builder.node(format!("s{number}/video"), vec![name], &[]);
            // One that is bought and one that is not are made by every run for itself.
            let every_run = number == 0;
            let made = builder.add(NodeSpec { every_run, ..made });
            let ingest = builder.node(format!("s{number}/ingest"), vec!["local"], &[&made]);
            good.push(builder.add(NodeSpec { every_run, ..ingest }));
        }
        good.push(builder.planner(1));
        good.push(builder.compiled("c1"));
        good.push(builder.add(NodeSpec { review: true, ..NodeSpec::gate("review") }));
        let gate = NodeSpec { awaits: good, at_least: 6, ..NodeSpec::gate("scenes") };
        let gate = builder.add(gate);
        let mut assemble = builder.node("film/assemble".into(), vec!["local"], &[&gate]);
        assemble.last_look = true;
        builder.add(assemble);
        // Each node wants something else, so that none is made by another.
        for node in &mut builder.nodes {
            node.identity = Hash::of_text(node.id.as_str());
        }
        let (nodes, extends, repairs) = (builder.nodes, builder.extends, builder.repairs);
        scenario.extends = extends;
        scenario.repairs = repairs;
        let spec = scenario.spec(0, nodes, &mut Dice::new(2));
        let unlimited = RunSpec { cap: Money::from_cents(10_000), deadline: None, on_budget: OnBudget::Pause, ..spec };
        scenario.runs.push(RunSpec { unclear: Unclear::Hold, write_off_limit: Money::ZERO, ..unlimited });
        scenario
    }

    /// Whether the entry never makes this.
    pub(super) fn refuses(&self, action: &Action) -> bool {
        !self.refused.is_empty() && self.refused.contains(&(action.take.node.clone(), action.entry.clone()))
    }

    fn add_run(&mut self, number: u64, dice: &mut Dice) {
        let mut builder = Builder { dice, nodes: Vec::new(), extends: BTreeMap::new(), repairs: BTreeMap::new() };
        let scenes = builder.dice.between(1, 4);
        builder.film(scenes);
        let Builder { mut nodes, extends, repairs, .. } = builder;
        // Dice of their own: the rest is the same with and without.
        let mut dice_of_voices = Dice::new(self.seed).about("unison");
        if dice_of_voices.permille(400) {
            let refused = keep_in_unison(&mut nodes, &mut dice_of_voices);
            self.refused.extend(refused);
        }
        // Runs share the names of nodes and so what they grow by: the first to say it is right for all.
        for (node, extension) in extends {
            self.extends.entry(node).or_insert(extension);
        }
        for (node, extension) in repairs {
            self.repairs.entry(node).or_insert(extension);
        }
        let spec = self.spec(number, nodes, dice);
        self.runs.push(spec);
    }

    fn spec(&self, number: u64, nodes: Vec<NodeSpec>, dice: &mut Dice) -> RunSpec {
        let goal = nodes.last().map_or_else(|| "film".into(), |node| node.id.clone());
        let policies = [("step".into(), policy(3, 60))].into();
        let supersedes = (number > 0 && dice.permille(300)).then(|| run_id(self.seed, number - 1));
        RunSpec {
            about: BTreeMap::new(),
            source: None,
            id: run_id(self.seed, number),
            account: if dice.permille(800) { "ann".into() } else { "bob".into() },
            seed: dice.below(u64::MAX),
            cap: Money::from_cents(dice.between(20, 800)),
            quote: Quote::default(),
            concurrency: u32::try_from(dice.between(1, 4)).unwrap_or(1),
            rounds: u32::try_from(dice.below(3)).unwrap_or(0),
            unclear: *dice.pick(&[Unclear::Hold, Unclear::Hold, Unclear::NextModel, Unclear::Resend]),
            write_off_limit: Money::from_cents(dice.below(8)),
            on_budget: *dice.pick(&[OnBudget::Pause, OnBudget::Deliver]),
            deadline: dice.permille(100).then(|| START.after(Duration::from_secs(dice.between(20, 400)))),
            bounds: Bounds { nodes: 60, generations: 3 },
            supersedes,
            salts: BTreeMap::new(),
            entries: entries(&self.sellers),
            policies,
            nodes,
            goal,
        }
    }
}

fn run_id(seed: u64, number: u64) -> RunId {
    RunId(Uuid::from_u64_pair(seed, number + 1))
}
