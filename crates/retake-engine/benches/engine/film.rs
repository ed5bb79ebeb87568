//! What the benchmarks run: films of any size, and the limits that they run under.

use std::collections::BTreeMap;
use std::time::Duration;

use retake_engine::admission::{BreakerTerms, Limits, Rate, RetryBudget, Terms};
use retake_engine::graph::{Dedupe, Entry, Maker, NodeSpec, Offer, Quote};
use retake_engine::id::{EntryId, Hash, NodeId, RunId};
use retake_engine::journal::event::{Bounds, OnBudget, RunSpec, Unclear};
use retake_engine::money::Money;
use retake_engine::retry::Policy;
use uuid::Uuid;

/// What every paid take costs.
pub(crate) const PRICE: Money = Money::from_cents(10);
/// A scene: voice, image, video, ingest and the gate that they lead to.
const SCENE_NODES: usize = 5;
/// The paid entries of the catalogue, each of a provider of its own.
const PAID: [&str; 3] = ["voice", "image", "video"];

/// A film of about so many nodes: two more than a multiple of five. Runs with different numbers share no key.
pub(crate) fn film(number: u64, nodes: usize) -> RunSpec {
    let mut builder = Builder { number, nodes: Vec::new() };
    let scenes: Vec<NodeId> = (1..=nodes / SCENE_NODES).map(|scene| builder.scene(scene)).collect();
    let assemble = builder.node("film/assemble".into(), "local", &[]);
    let inputs = scenes.clone();
    let assemble = NodeSpec { at_least: scenes.len(), awaits: scenes, inputs, last_look: true, ..assemble };
    let assemble = builder.add(assemble);
    let deliver = builder.node("film/deliver".into(), "local", &[&assemble]);
    let goal = builder.add(deliver);
    RunSpec {
        about: BTreeMap::new(),
        source: None,
        id: RunId(Uuid::from_u64_pair(1, number)),
        account: "ann".into(),
        seed: number,
        cap: Money::MAX,
        quote: Quote::default(),
        concurrency: 8,
        rounds: 2,
        unclear: Unclear::Hold,
        write_off_limit: Money::ZERO,
        on_budget: OnBudget::Pause,
        deadline: None,
        bounds: Bounds { nodes: 20_000, generations: 3 },
        supersedes: None,
        salts: BTreeMap::new(),
        entries: entries(),
        policies: [("step".into(), Policy { timeout: Duration::from_secs(600), ..Policy::default() })].into(),
        nodes: builder.nodes,
        goal,
    }
}

fn entries() -> BTreeMap<EntryId, Entry> {
    let paid = |name: &'static str| {
        let offer = Offer {
            provider: name.into(),
            model: "model".into(),
            dedupe: Dedupe::List { exact: true, lag: Duration::from_secs(4) },
            grace: Duration::from_secs(15),
            cancel_grace: Duration::from_secs(20),
            request_timeout: Duration::from_secs(10),
            poll_every: Duration::from_secs(2),
        };
        (name.into(), Entry::plain(Hash::of_text(name), Maker::Paid(offer)))
    };
    let local = Entry::plain(Hash::of_text("local"), Maker::Local { cores: 1 });
    PAID.into_iter().map(paid).chain([("local".into(), local)]).collect()
}

struct Builder {
    number: u64,
    nodes: Vec<NodeSpec>,
}

impl Builder {
    fn node(&self, id: String, entry: &str, needs: &[&NodeId]) -> NodeSpec {
        let needs: Vec<NodeId> = needs.iter().map(|id| (*id).clone()).collect();
        NodeSpec {
            identity: Hash::of_text(&format!("{} {id}", self.number)),
            route: vec![entry.into()],
            policy: Some("step".into()),
            inputs: needs.clone(),
            needs,
            item: true,
            ..NodeSpec::gate(id)
        }
    }

    fn add(&mut self, node: NodeSpec) -> NodeId {
        let id = node.id.clone();
        self.nodes.push(node);
        id
    }

    fn scene(&mut self, scene: usize) -> NodeId {
        let mut before: Option<NodeId> = None;
        for (step, entry) in [("voice", "voice"), ("image", "image"), ("video", "video"), ("ingest", "local")] {
            let needs: Vec<&NodeId> = before.iter().collect();
            let node = self.node(format!("s{scene}/{step}"), entry, &needs);
            before = Some(self.add(node));
        }
        self.add(NodeSpec { needs: before.into_iter().collect(), ..NodeSpec::gate(format!("s{scene}")) })
    }
}

/// Limits that let paid takes wait for nothing but these many slots.
pub(crate) fn limits(submissions: u32) -> Limits {
    let terms = Terms {
        concurrency: 1_000,
        rate: Rate { count: 1, per: Duration::ZERO },
        breaker: BreakerTerms {
            window: Duration::from_secs(60),
            minimum: 5,
            failing_permille: 500,
            rest: Duration::from_secs(30),
        },
        retry: RetryBudget { capacity: 100, cost: 5, credit_per_success: 1, refill_every: Duration::ZERO },
    };
    Limits {
        submissions,
        processes: 1_000,
        account: Money::MAX,
        day: Money::MAX,
        providers: BTreeMap::new(),
        default_terms: terms,
    }
}
