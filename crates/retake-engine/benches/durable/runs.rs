//! What is run: chains of local nodes, chains of paid ones, and films.

use std::collections::BTreeMap;
use std::time::Duration;

use retake_engine::admission::{BreakerTerms, Limits, Rate, RetryBudget, Terms};
use retake_engine::graph::{Dedupe, Entry, Maker, NodeSpec, Offer, Quote};
use retake_engine::id::{Hash, NodeId, RunId};
use retake_engine::journal::event::{Bounds, OnBudget, RunSpec, Unclear};
use retake_engine::money::Money;
use retake_engine::retry::Policy;
use uuid::Uuid;

/// What every paid take costs.
pub(crate) const PRICE: Money = Money::from_cents(10);

/// A run whose nodes come one after the other, all by this entry.
pub(crate) fn chain(number: u64, length: usize, entry: &str) -> RunSpec {
    let mut nodes: Vec<NodeSpec> = Vec::with_capacity(length);
    for at in 0..length {
        let needs: Vec<NodeId> = nodes.last().map(|before| before.id.clone()).into_iter().collect();
        let identity = Hash::of_text(&format!("{number} {at}"));
        let inputs = needs.clone();
        let route = vec![entry.into()];
        let policy = Some("step".into());
        let gate = NodeSpec::gate(format!("n{at}"));
        let node = NodeSpec { identity, route, policy, needs, inputs, item: true, every_run: true, ..gate };
        nodes.push(node);
    }
    spec(number, nodes)
}

/// A run of this many nodes, of which many can be made at once: a local one after each paid one, then one for all.
pub(crate) fn wide(number: u64, length: usize) -> RunSpec {
    let node = |id: String, entry: &str, needs: Vec<NodeId>| NodeSpec {
        identity: Hash::of_text(&format!("{number} {id}")),
        route: vec![entry.into()],
        policy: Some("step".into()),
        inputs: needs.clone(),
        needs,
        item: true,
        ..NodeSpec::gate(id)
    };
    let mut nodes = Vec::with_capacity(length);
    let mut made = Vec::new();
    for at in 0..length.saturating_sub(1) / 2 {
        let clip = node(format!("s{at}/video"), "paid", Vec::new());
        let ingest = node(format!("s{at}/ingest"), "local", vec![clip.id.clone()]);
        made.push(ingest.id.clone());
        nodes.extend([clip, ingest]);
    }
    nodes.push(node("film".into(), "local", made));
    spec(number, nodes)
}

fn spec(number: u64, nodes: Vec<NodeSpec>) -> RunSpec {
    let goal = nodes.last().map_or_else(|| "none".into(), |node| node.id.clone());
    let offer = Offer {
        provider: "provider".into(),
        model: "model".into(),
        dedupe: Dedupe::List { exact: true, lag: Duration::from_secs(4) },
        grace: Duration::from_secs(15),
        cancel_grace: Duration::from_secs(20),
        request_timeout: Duration::from_secs(10),
        poll_every: Duration::ZERO,
    };
    let paid = Entry::plain(Hash::of_text("paid"), Maker::Paid(offer));
    let local = Entry::plain(Hash::of_text("local"), Maker::Local { cores: 1 });
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
        entries: [("paid".into(), paid), ("local".into(), local)].into(),
        policies: [("step".into(), Policy { timeout: Duration::from_secs(600), ..Policy::default() })].into(),
        nodes,
        goal,
    }
}

/// Limits that let takes wait for nothing.
pub(crate) fn unlimited() -> Limits {
    let terms = Terms {
        concurrency: 100_000,
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
        submissions: 100_000,
        processes: 100_000,
        account: Money::MAX,
        day: Money::MAX,
        providers: BTreeMap::new(),
        default_terms: terms,
    }
}
