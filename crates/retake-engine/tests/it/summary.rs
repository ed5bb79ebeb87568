//! What lists show of a run: counted event by event, it is what a recount finds.

use std::time::Duration;

use retake_engine::engine::Command;
use retake_engine::fault::{Acceptance, Class};
use retake_engine::graph::{Extension, NodeSpec};
use retake_engine::journal::event::{RunSpec, Unclear, Verdict};
use retake_engine::journal::state::{Items, Summary};
use retake_engine::journal::{Record, RunState};
use retake_engine::money::Money;
use retake_engine::performer::Kind;
use retake_engine::sim::{Host, Scenario, play, recount};

use crate::bench::*;

/// Folds a journal event by event; after each the counters are what a recount finds.
fn counted(journal: &[Record]) -> Summary {
    let mut state = RunState::begin(&journal[0]).unwrap();
    for record in &journal[1..] {
        state.apply(record).unwrap();
        let summary = state.summary();
        assert_eq!((summary.items, summary.nodes_done, summary.nodes), recount(&state), "after record {}", record.seq);
    }
    state.summary()
}

#[test]
fn the_counters_are_a_recount_after_every_event() {
    for (path, journal) in crate::golden::journals() {
        println!("{path}: {:?}", counted(&journal).items);
    }
    for seed in 0..150 {
        play(seed).journals.iter().for_each(|journal| drop(counted(journal)));
    }
}

fn item(node: NodeSpec) -> NodeSpec {
    NodeSpec { item: true, ..node }
}

fn items(bench: &Bench) -> Items {
    let summary = bench.state().summary();
    assert_eq!((summary.items, summary.nodes_done, summary.nodes), recount(bench.state()));
    summary.items
}

#[test]
fn an_item_goes_through_its_words() {
    let mut bench = Bench::new(spec(vec![item(node("a", &["exact"])), NodeSpec::gate("film")]));
    let pending = Items { pending: 1, ..Items::default() };
    let generating = Items { generating: 1, ..Items::default() };
    assert_eq!(items(&bench), pending);
    bench.prepare("a");
    assert_eq!(items(&bench), generating);
    bench.answer("a", Kind::Submit, failed(Class::Transient, Acceptance::No));
    assert_eq!(items(&bench), Items { failed: 1, ..Items::default() });
    bench.pass(Duration::from_secs(5));
    assert_eq!(items(&bench), pending, "its time has come, and nothing is under way yet");
    bench.submit("a", "t");
    assert_eq!(items(&bench), generating);
    bench.land("a");
    assert_eq!(items(&bench), Items { complete: 1, ..Items::default() });
    let summary = bench.state().summary();
    assert_eq!((summary.nodes_done, summary.nodes, summary.status.word()), (1, 1, "completed"));
    assert_eq!((summary.settled, summary.reserved, summary.awake), (PRICE, Money::ZERO, false));
}

#[test]
fn what_is_refused_for_good_has_failed_permanently() {
    let mut bench = Bench::new(spec(vec![item(node("a", &["exact"]))]));
    bench.prepare("a");
    bench.answer("a", Kind::Submit, failed(Class::Rejected, Acceptance::No));
    assert_eq!(items(&bench), Items { failed_permanent: 1, ..Items::default() });
    assert_eq!(bench.state().summary().status.word(), "failed");
}

#[test]
fn what_was_made_before_is_complete_and_reused() {
    let nodes = vec![item(node("a", &["local"])), item(needing(node("b", &["local"]), &["a"]))];
    let mut first = Bench::new(spec(nodes.clone()));
    first.work("a");
    let mut bench = Bench::with(RunSpec { id: Scenario::showcase().runs[0].id, ..spec(nodes) }, first.store);
    assert_eq!(items(&bench), Items { complete: 1, reused: 1, generating: 1, ..Items::default() });
    bench.work("b");
    assert_eq!(items(&bench), Items { complete: 2, reused: 1, ..Items::default() });
    bench.command(Command::Redo { node: "a".into(), salt: 1 }).unwrap();
    assert_eq!(items(&bench), Items { pending: 1, generating: 1, ..Items::default() });
}

#[test]
fn a_held_take_keeps_its_run_awake_and_its_item_waiting() {
    let mut bench = Bench::new(RunSpec { unclear: Unclear::Hold, ..spec(vec![item(node("a", &["none"]))]) });
    bench.prepare("a");
    bench.answer("a", Kind::Submit, failed(Class::Transient, Acceptance::Unknown));
    bench.answer("a", Kind::Find, retake_engine::performer::Answer::Candidates(Vec::new()));
    bench.pass(Duration::from_secs(30));
    let summary = bench.state().summary();
    assert_eq!((summary.status.word(), summary.awake, summary.reserved), ("paused", true, PRICE));
    assert_eq!(items(&bench), Items { pending: 1, ..Items::default() });
    let take = bench.take_id("a", 1).no();
    bench.command(Command::Resolve { take, verdict: Verdict::Abandon }).unwrap();
    assert!(!bench.state().summary().awake);
}

#[test]
fn an_extended_item_stands_where_that_does_which_stands_for_it() {
    let mut bench = Bench::new(spec(vec![item(node("a", &["local"])), NodeSpec::gate("film")]));
    let work = bench.action("a", Kind::Work);
    let brought: Extension = growth(vec![node("x", &["exact"])], "x");
    bench.answer_to(&work, delivered(work.key, Some(brought)));
    assert_eq!(items(&bench), Items { pending: 1, ..Items::default() });
    bench.prepare("x");
    assert_eq!(items(&bench), Items { generating: 1, ..Items::default() });
    bench.answer("x", Kind::Submit, failed(Class::Transient, Acceptance::No));
    assert_eq!(items(&bench), Items { failed: 1, ..Items::default() });
    bench.pass(Duration::from_secs(5));
    bench.submit("x", "t");
    bench.land("x");
    assert_eq!(items(&bench), Items { complete: 1, ..Items::default() });
    assert_eq!(bench.state().summary().nodes, 2, "the gate makes nothing");
}

#[test]
fn a_summary_is_read_as_it_was_written() {
    for journal in Host::new(Scenario::showcase()).play().journals.iter().chain(&play(21).journals) {
        let summary = RunState::fold(journal).unwrap().summary();
        let text = serde_json::to_string(&summary).unwrap();
        assert_eq!(serde_json::from_str::<Summary>(&text).unwrap(), summary, "{text}");
    }
}
