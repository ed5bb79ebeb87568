//! The scenario of the demonstration: a small film as a plan would have it, and a seed that is unkind to it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use uuid::Uuid;

use super::scenario::{LAG, Scenario, Seller, Trouble, entries};
use crate::admission::{Limits, Terms};
use crate::graph::{Dedupe, NodeSpec, Quote};
use crate::id::{NodeId, RunId};
use crate::journal::event::{Bounds, OnBudget, RunSpec, Unclear};
use crate::money::Money;
use crate::retry::Policy;

/// What the film may cost.
const CAP: Money = Money::from_cents(600);

/// Chosen by trying, for what the test below asks for on one page. Whoever changes how chance is asked, chooses again.
const SEED: u64 = 31_796;

/// A provider of every class for whose lost answers there is a remedy, with prices such as they are.
fn sellers() -> BTreeMap<&'static str, Seller> {
    let seller = |name, dedupe, cents| (name, Seller { dedupe, synchronous: false, price: Money::from_cents(cents) });
    [
        seller("voice-a", Dedupe::Key { ttl: Duration::from_secs(900) }, 2),
        seller("image-a", Dedupe::ClientId, 4),
        seller("image-b", Dedupe::List { exact: false, lag: LAG }, 5),
        seller("video-a", Dedupe::List { exact: true, lag: LAG }, 36),
        seller("video-b", Dedupe::ClientId, 50),
        seller("writer-a", Dedupe::None, 3),
        seller("face-a", Dedupe::WebhookOnly, 28),
        seller("face-b", Dedupe::ClientId, 40),
    ]
    .into()
}

fn node(id: &str, route: &[&str], needs: &[&str]) -> NodeSpec {
    let needs: Vec<NodeId> = needs.iter().map(|id| (*id).into()).collect();
    NodeSpec {
        route: route.iter().map(|entry| (*entry).into()).collect(),
        policy: Some("step".into()),
        inputs: needs.clone(),
        needs,
        ..NodeSpec::gate(id)
    }
}

fn voice(scene: &str) -> NodeSpec {
    node(&format!("{scene}/voice"), &["voice-a"], &[])
}

/// An image, and the clip that begins with it.
fn shot(path: &str, voice: &str) -> [NodeSpec; 3] {
    let [image, video] = ["image", "video"].map(|step| format!("{path}/{step}"));
    [
        node(&image, &["image-a", "image-b"], &[]),
        node(&video, &["video-a", "video-b"], &[&image, voice]),
        node(&format!("{path}/ingest"), &["local"], &[&video]),
    ]
}

/// The five scenes, and what is made of them.
fn film() -> Vec<NodeSpec> {
    let mut nodes = vec![voice("storm")];
    nodes.extend(shot("storm", "storm/voice"));
    nodes.push(voice("lamp"));
    nodes.extend(shot("lamp.1", "lamp/voice"));
    nodes.extend(shot("lamp.2", "lamp/voice"));
    nodes.extend([
        voice("lens"),
        node("lens/code", &["writer-a"], &[]),
        node("lens/compile", &["local"], &["lens/code"]),
        voice("host"),
        node("host/rig", &["face-a", "face-b"], &["host/voice"]),
        node("end/ingest", &["local"], &[]),
    ]);
    let lamp = ["lamp.1/ingest".into(), "lamp.2/ingest".into()];
    nodes.push(NodeSpec { awaits: lamp.into(), at_least: 1, ..NodeSpec::gate("lamp") });
    let scenes: Vec<NodeId> = ["storm/ingest", "lamp", "lens/compile", "host/rig", "end/ingest"].map(Into::into).into();
    nodes.push(NodeSpec {
        inputs: scenes.clone(),
        awaits: scenes,
        at_least: 4,
        last_look: true,
        ..node("film/assemble", &["local"], &[])
    });
    nodes.push(node("film/deliver", &["local"], &["film/assemble"]));
    nodes
}

impl Scenario {
    /// What the demonstration plays: five scenes, one of which nobody will make, and as much trouble as fits a page.
    #[must_use]
    pub fn demonstration() -> Self {
        let step =
            Policy { first_delay: Duration::from_millis(800), timeout: Duration::from_secs(60), ..Policy::default() };
        let sellers = sellers();
        let run = RunSpec {
            about: BTreeMap::new(),
            source: None,
            id: RunId(Uuid::from_u64_pair(SEED, 1)),
            account: "ann".into(),
            seed: SEED,
            cap: CAP,
            quote: Quote::default(),
            concurrency: 4,
            rounds: 1,
            unclear: Unclear::Hold,
            write_off_limit: Money::from_cents(5),
            on_budget: OnBudget::Pause,
            deadline: None,
            bounds: Bounds { nodes: 60, generations: 2 },
            supersedes: None,
            salts: BTreeMap::new(),
            entries: entries(&sellers),
            policies: [("step".into(), step)].into(),
            nodes: film(),
            goal: "film/deliver".into(),
        };
        Self {
            seed: SEED,
            trouble: Trouble {
                submit: 360,
                job: 100,
                action: 30,
                lost: 5,
                repeated: 50,
                crash: 3,
                people: 0,
                clock: 0,
            },
            sellers,
            runs: vec![run],
            extends: BTreeMap::new(),
            repairs: BTreeMap::new(),
            limits: Limits {
                submissions: 4,
                processes: 2,
                account: Money::from_cents(2_000),
                day: Money::from_cents(2_000),
                providers: BTreeMap::new(),
                default_terms: Terms::default(),
            },
            reports_survive: false,
            crash_at: None,
            twice: false,
            failing: Some("host/rig".into()),
            refused: BTreeSet::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Class;
    use crate::journal::event::{Ending, Event};
    use crate::sim::{Host, Told};

    #[test]
    fn the_demonstration_shows_what_it_is_for_and_keeps_the_promises() {
        let (verdict, story) = Host::new(Scenario::demonstration()).tell_story();
        assert_eq!(verdict.broken, None);
        assert_eq!(verdict.outcomes[0].ending, Some(Ending::Partial));
        assert!(story.iter().any(|line| matches!(line.told, Told::Crash(_))), "a crash");
        let shows = |what: fn(&Event) -> bool| {
            story.iter().any(|line| matches!(&line.told, Told::Event(_, event) if what(event)))
        };
        assert!(shows(|event| matches!(event, Event::Lost { .. })), "a lost answer");
        assert!(shows(|event| matches!(event, Event::Found { .. })), "that is found");
        assert!(shows(|event| matches!(event, Event::Absent { .. })), "one that had not arrived");
        assert!(shows(|event| matches!(event, Event::Retrying { entry: 1, .. })), "another model");
        let throttled =
            |event: &Event| matches!(event, Event::Refused { fault, .. } if fault.class == Class::Throttled);
        assert!(shows(throttled), "a wait that was asked for");
    }
}
