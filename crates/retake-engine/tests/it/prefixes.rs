//! A run that dies after any of its commits, and is resumed, ends as if it had not died: same outcome, same bill.

use std::time::Duration;

use retake_engine::journal::event::OnBudget;
use retake_engine::money::Money;
use retake_engine::sim::{CrashPoint, Host, Scenario, Trouble};

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
        // What depends on how long a thing took, or on who came first to the last cent, may well end otherwise.
        run.deadline = None;
        run.cap = Money::from_cents(10_000);
        run.on_budget = OnBudget::Pause;
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

/// Dies at each commit of each seed in turn, and says how often that was.
fn crashes(point: CrashPoint, counted: &str) -> u64 {
    let mut crashes = 0;
    for seed in 0..50 {
        let whole = Host::new(scenario(seed)).play();
        assert_eq!(whole.broken, None, "seed {seed}");
        for commit in 1..=whole.commits {
            let crashed = Host::new(Scenario { crash_at: Some((commit, point)), ..scenario(seed) }).play();
            assert_eq!(crashed.broken, None, "seed {seed}, commit {commit}");
            let same = crashed.outcomes == whole.outcomes;
            let (commits, ends) = (whole.commits, (&crashed.outcomes, &whole.outcomes));
            assert!(same, "seed {seed}: a crash at commit {commit} of {commits} changed the outcome: {ends:#?}");
            crashes += crashed.tally.of(counted);
        }
    }
    crashes
}

#[test]
fn every_prefix_of_a_journal_resumes_to_the_same_outcome_and_the_same_bill() {
    assert!(crashes(CrashPoint::Committed, "crash after the commit") > 1_000);
}

#[test]
fn so_does_a_run_that_dies_with_everything_it_started_under_way() {
    assert!(crashes(CrashPoint::Started, "crash after the start") > 1_000);
}
