//! A run that dies after any of its commits, and is resumed, ends as if it had not died: same outcome, same bill.

use std::time::Duration;

use retake_engine::sim::{Host, Outcome, Scenario, Trouble};

/// Only providers that can always be asked whether a submission arrived: for the others a crash is seen.
fn scenario(seed: u64) -> Scenario {
    let answering = ["keyed", "chosen", "listed", "local"];
    let mut scenario = Scenario::of(seed);
    scenario.trouble = Trouble { job: 300, ..Trouble::NONE };
    scenario.runs.truncate(1);
    for run in &mut scenario.runs {
        for node in &mut run.nodes {
            node.route.retain(|entry| answering.contains(&entry.as_str()));
            if node.route.is_empty() && node.policy.is_some() {
                node.route.push("listed".into());
            }
        }
        // What depends on how long a thing took may well end otherwise after a crash.
        run.deadline = None;
        for policy in run.policies.values_mut() {
            policy.timeout = Duration::from_secs(3_600);
        }
    }
    for extension in scenario.extends.values_mut().chain(scenario.repairs.values_mut()) {
        for node in &mut extension.nodes {
            node.route.retain(|entry| answering.contains(&entry.as_str()));
            if node.route.is_empty() {
                node.route.push("keyed".into());
            }
        }
    }
    scenario
}

fn told(outcomes: &[Outcome]) -> String {
    format!("{outcomes:#?}")
}

#[test]
fn every_prefix_of_a_journal_resumes_to_the_same_outcome_and_the_same_bill() {
    let mut crashes = 0;
    for seed in 0..60 {
        let whole = Host::new(scenario(seed)).play();
        assert_eq!(whole.broken, None, "seed {seed}");
        for commit in 1..=whole.commits {
            let crashed = Host::new(Scenario { crash_at: Some(commit), ..scenario(seed) }).play();
            assert_eq!(crashed.broken, None, "seed {seed}, commit {commit}");
            assert_eq!(
                told(&crashed.outcomes),
                told(&whole.outcomes),
                "seed {seed}: a crash after commit {commit} of {} changed the outcome",
                whole.commits
            );
            crashes += crashed.tally.of("crash after the commit");
        }
    }
    assert!(crashes > 1_000, "only {crashes} crashes happened");
}
