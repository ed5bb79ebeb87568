//! Every kind of node: done twice, and failed in turn.

use retake_engine::id::NodeId;
use retake_engine::journal::event::Ending;
use retake_engine::sim::{Host, Scenario, Verdict};

fn play(scenario: Scenario) -> Verdict {
    let verdict = Host::new(scenario).play();
    assert_eq!(verdict.broken, None);
    verdict
}

#[test]
fn a_run_in_which_every_action_is_done_twice_ends_like_any_other() {
    let once = play(Scenario::showcase());
    let twice = play(Scenario { twice: true, ..Scenario::showcase() });
    assert!(twice.tally.of("report lost") > 20, "only {} reports were lost", twice.tally.of("report lost"));
    assert_eq!(once.outcomes, twice.outcomes);
    assert_eq!(once.outcomes[0].ending, Some(Ending::Completed));
    assert_eq!(once.outcomes[0].settled, once.outcomes[0].bill);
}

#[test]
fn a_run_in_which_every_report_comes_twice_ends_like_any_other() {
    let once = play(Scenario::showcase());
    let mut scenario = Scenario::showcase();
    scenario.trouble.repeated = 1_000;
    let twice = play(scenario);
    assert!(twice.tally.of("report repeated") > 20);
    assert_eq!(once.outcomes, twice.outcomes);
}

/// The nodes of the showcase, with those that it grows by.
fn nodes() -> Vec<NodeId> {
    let scenario = Scenario::showcase();
    let own = scenario.runs[0].nodes.iter();
    let grown = scenario.extends.values().chain(scenario.repairs.values()).flat_map(|extension| &extension.nodes);
    own.chain(grown).filter(|node| !node.route.is_empty()).map(|node| node.id.clone()).collect()
}

#[test]
fn whichever_node_fails_the_rest_is_made_and_nothing_is_lost() {
    let whole = play(Scenario::showcase());
    for node in nodes() {
        let verdict = play(Scenario { failing: Some(node.clone()), ..Scenario::showcase() });
        let outcome = &verdict.outcomes[0];
        let state = |name: &str| outcome.nodes.iter().find(|(id, ..)| id == name).map(|(_, state, _)| *state);
        assert_eq!(state(node.as_str()), Some("given up"), "{node}");
        let fatal = node.as_str() == "film/assemble";
        let ending = if fatal { Ending::Failed } else { Ending::Partial };
        assert_eq!(outcome.ending, Some(ending), "{node}");
        for (name, made, _) in &whole.outcomes[0].nodes {
            let harmed = name == node.as_str() || is_after(name, node.as_str());
            assert!(harmed || state(name) == Some(made), "{node} failed, and {name} is {:?}", state(name));
        }
    }
}

/// Whether the second node is needed for the first.
fn is_after(name: &str, node: &str) -> bool {
    let scenario = Scenario::showcase();
    let grown = scenario.extends.iter().chain(&scenario.repairs);
    let stands =
        grown.flat_map(|(extender, growth)| growth.nodes.iter().map(move |new| (new.id.as_str(), extender.as_str())));
    let all: Vec<_> = scenario.runs[0].nodes.iter().collect();
    let new: Vec<_> =
        scenario.extends.values().chain(scenario.repairs.values()).flat_map(|growth| &growth.nodes).collect();
    let mut harmed = vec![node.to_owned()];
    for _ in 0..all.len() + new.len() {
        for spec in all.iter().chain(&new) {
            if spec.needs.iter().any(|need| harmed.iter().any(|id| id == need.as_str())) {
                harmed.push(spec.id.to_string());
            }
        }
        let extenders = stands.clone().filter(|(new, _)| harmed.iter().any(|id| id == new));
        let extenders: Vec<String> = extenders.map(|(_, extender)| extender.to_owned()).collect();
        harmed.extend(extenders);
        // What a node would have grown by is not there where the node itself failed.
        let never: Vec<String> =
            stands.clone().filter(|(_, old)| *old == node).map(|(new, _)| new.to_owned()).collect();
        harmed.extend(never);
        harmed.sort();
        harmed.dedup();
    }
    // What repairs a node is only there where the node broke.
    let repaired = scenario.repairs.iter().filter(|(broken, _)| harmed.iter().any(|id| id == broken.as_str()));
    let unneeded = repaired.flat_map(|(_, repair)| &repair.nodes).any(|node| node.id.as_str() == name);
    unneeded || harmed.iter().any(|id| id == name)
}
