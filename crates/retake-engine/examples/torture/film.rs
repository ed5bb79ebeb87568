//! The short film that is bought: some scenes for money, and one step of our own that puts them together.

use std::collections::BTreeMap;
use std::time::Duration;

use retake_engine::graph::{Dedupe, Entry, Maker, NodeSpec, Offer, Quote};
use retake_engine::id::{Hash, NodeId, RunId};
use retake_engine::journal::event::{Bounds, OnBudget, RunSpec, Unclear};
use retake_engine::money::Money;
use retake_engine::retry::Policy;
use retake_engine::store::Once;
use uuid::Uuid;

use crate::options::{Class, Options};

/// What every scene costs.
pub(crate) const PRICE: Money = Money::from_cents(40);

/// The only run there is: whoever starts the program again means this one.
pub(crate) const RUN: RunId = RunId(Uuid::from_u128(0x0194_0000_0000_7000_8000_0000_0000_0001));

/// An answer that takes longer counts as none. A busy machine must not make the provider look silent.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

const POLL_EVERY: Duration = Duration::from_millis(10);
const KEY_TTL: Duration = Duration::from_secs(600);

/// The caller's wish that the run be made once, however often the program is started.
pub(crate) fn once(spec: &RunSpec) -> Once {
    let body = serde_json::to_vec(spec).unwrap_or_default();
    Once { key: "the film".into(), body: Hash::of([body.as_slice()]) }
}

/// The run. Its cap holds what it needs and not a cent more, so that nothing can be bought twice unnoticed; only where
/// a person may decide to buy again is there room for that.
pub(crate) fn spec(options: &Options) -> RunSpec {
    let needed = Money::from_micros(PRICE.micros() * u64::from(options.nodes));
    let cap = if options.class == Class::None { needed.plus(needed) } else { needed };
    RunSpec {
        about: BTreeMap::new(),
        source: None,
        id: RUN,
        account: "ann".into(),
        seed: 7,
        cap,
        quote: Quote { expected: needed, worst: needed },
        concurrency: options.concurrency,
        rounds: 0,
        unclear: Unclear::Hold,
        write_off_limit: Money::ZERO,
        on_budget: OnBudget::Pause,
        deadline: None,
        bounds: Bounds { nodes: 100, generations: 0 },
        supersedes: None,
        salts: BTreeMap::new(),
        entries: [("studio".into(), studio(options)), ("local".into(), local())].into(),
        policies: [("step".into(), policy())].into(),
        nodes: nodes(options.nodes),
        goal: "film".into(),
    }
}

fn studio(options: &Options) -> Entry {
    let dedupe = match options.class {
        Class::Key => Dedupe::Key { ttl: KEY_TTL },
        Class::List => Dedupe::List { exact: true, lag: options.lag },
        Class::None => Dedupe::None,
    };
    let offer = Offer {
        provider: "studio".into(),
        model: "m".into(),
        dedupe,
        grace: options.grace,
        cancel_grace: Duration::from_secs(60),
        request_timeout: REQUEST_TIMEOUT,
        poll_every: POLL_EVERY,
    };
    Entry::plain(Hash::of_text("studio"), Maker::Paid(offer))
}

fn local() -> Entry {
    Entry::plain(Hash::of_text("local"), Maker::Local { cores: 1 })
}

fn policy() -> Policy {
    Policy {
        first_delay: Duration::from_millis(10),
        max_delay: Duration::from_millis(50),
        jitter: false,
        timeout: Duration::from_secs(60),
        ..Policy::default()
    }
}

/// Two strands of scenes, each of which needs the one before it, and the film that needs the ends of both.
fn nodes(scenes: u32) -> Vec<NodeSpec> {
    let name = |scene: u32| NodeId::from(format!("scene-{scene}"));
    let step = |id: NodeId, entry: &str, needs: Vec<NodeId>| NodeSpec {
        route: vec![entry.into()],
        policy: Some("step".into()),
        inputs: needs.clone(),
        needs,
        ..NodeSpec::gate(id)
    };
    let before = |scene: u32| scene.checked_sub(2).filter(|before| *before > 0).map(name);
    let bought = (1..=scenes).map(|scene| step(name(scene), "studio", before(scene).into_iter().collect()));
    let film = step("film".into(), "local", (1..=scenes).map(name).collect());
    bought.chain([film]).collect()
}
