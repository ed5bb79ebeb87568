//! Nodes in unison: all of them are made by the same entry, whoever has to change for it.

use std::time::Duration;

use retake_engine::engine::{Command, Refusal};
use retake_engine::fault::{Acceptance, Class};
use retake_engine::graph::{Flaw, Graph, NodeSpec};
use retake_engine::id::TakeNo;
use retake_engine::journal::event::{Ending, RunSpec};
use retake_engine::journal::state::{Phase, Status};
use retake_engine::performer::Kind;

use crate::bench::*;

const VOICES: [&str; 3] = ["a", "b", "c"];

fn gate(awaits: &[&str]) -> NodeSpec {
    NodeSpec { awaits: awaits.iter().map(|id| (*id).into()).collect(), unison: true, ..NodeSpec::gate("voices") }
}

/// Three voices by one route, their gate, and a film of the second.
fn choir(route: &[&str]) -> RunSpec {
    let film = needing(node("film", &["local"]), &["b"]);
    let film = NodeSpec { awaits: vec!["voices".into()], ..film };
    let voices = VOICES.map(|id| node(id, route));
    spec(voices.into_iter().chain([gate(&VOICES), film]).collect())
}

fn entries(bench: &Bench) -> Vec<usize> {
    VOICES.iter().map(|id| bench.state().nodes()[bench.state().graph().find(&(*id).into()).unwrap()].entry).collect()
}

fn refuse(bench: &mut Bench, node: &str, class: Class) {
    bench.prepare(node);
    bench.answer(node, Kind::Submit, failed(class, Acceptance::No));
}

fn buy(bench: &mut Bench, node: &str, ticket: &str) {
    bench.submit(node, ticket);
    bench.land(node);
}

/// The first is refused and goes on; the others, who were made, follow it.
fn changed() -> Bench {
    let mut bench = Bench::new(choir(&["exact", "key"]));
    buy(&mut bench, "b", "b1");
    buy(&mut bench, "c", "c1");
    refuse(&mut bench, "a", Class::Rejected);
    bench.pass(Duration::from_secs(1));
    assert_eq!(entries(&bench), [1, 0, 0], "nobody follows before it is known that it can be made");
    buy(&mut bench, "a", "a1");
    bench.pass(Duration::from_secs(1));
    bench
}

#[test]
fn all_follow_who_had_to_change_and_nothing_is_made_before() {
    let mut bench = changed();
    assert_eq!(entries(&bench), [1, 1, 1]);
    assert!(!bench.is_under_way("film", Kind::Work), "the gate is shut");
    buy(&mut bench, "b", "b2");
    bench.crash();
    buy(&mut bench, "c", "c2");
    bench.work("film");
    assert_eq!(bench.state().status(), &Status::Ended(Ending::Completed));
    assert_eq!(VOICES.map(|id| bench.takes(id)), [2, 2, 2]);
}

#[test]
fn who_is_asked_again_stays_with_the_others() {
    let mut bench = changed();
    buy(&mut bench, "b", "b2");
    buy(&mut bench, "c", "c2");
    bench.work("film");
    bench.command(Command::Redo { node: "b".into(), salt: 1 }).unwrap();
    assert_eq!(entries(&bench), [1, 1, 1]);
    buy(&mut bench, "b", "b3");
    bench.work("film");
    assert_eq!((bench.takes("b"), bench.state().status()), (3, &Status::Ended(Ending::Completed)));
}

#[test]
fn nobody_is_taken_back_out_of_step() {
    let mut bench = changed();
    buy(&mut bench, "b", "b2");
    buy(&mut bench, "c", "c2");
    bench.work("film");
    bench.command(Command::Redo { node: "b".into(), salt: 1 }).unwrap();
    buy(&mut bench, "b", "b3");
    bench.work("film");
    let pick = |n| Command::Pick(TakeNo { node: "b".into(), n });
    let refused = bench.command(pick(1));
    assert_eq!(refused, Err(Refusal::OutOfStep(TakeNo { node: "b".into(), n: 1 })), "the others are past that entry");
    bench.command(pick(2)).unwrap();
    assert_eq!((entries(&bench), bench.state().status()), (vec![1, 1, 1], &Status::Ended(Ending::Completed)));
}

#[test]
fn who_has_not_begun_does_not_begin_by_an_entry_that_is_past() {
    let mut bench = Bench::new(RunSpec { concurrency: 1, ..choir(&["exact", "key"]) });
    refuse(&mut bench, "a", Class::Retired);
    bench.pass(Duration::from_secs(1));
    buy(&mut bench, "a", "a1");
    // It was on its way by the first entry: what was prepared is not sent.
    bench.prepare("b");
    bench.pass(Duration::from_secs(1));
    buy(&mut bench, "b", "b1");
    bench.pass(Duration::from_secs(1));
    buy(&mut bench, "c", "c1");
    bench.work("film");
    assert_eq!((VOICES.map(|id| bench.takes(id)), entries(&bench)), ([2, 1, 1], vec![1, 1, 1]));
}

#[test]
fn what_can_pass_gets_its_rounds_before_anybody_changes() {
    let mut bench = Bench::new(choir(&["exact", "key"]));
    buy(&mut bench, "b", "b1");
    buy(&mut bench, "c", "c1");
    // As often as the policy allows a take, and once for each round.
    for n in 1..=3 + 2 {
        assert_eq!(entries(&bench), [0, 0, 0], "take {n}");
        refuse(&mut bench, "a", Class::Transient);
        bench.pass(Duration::from_secs(60));
    }
    assert_eq!(entries(&bench), [1, 0, 0], "the rounds are over");
    // The next entry has all its attempts.
    refuse(&mut bench, "a", Class::Transient);
    bench.pass(Duration::from_secs(60));
    buy(&mut bench, "a", "a1");
    bench.pass(Duration::from_secs(1));
    assert_eq!(entries(&bench), [1, 1, 1]);
}

#[test]
fn a_round_that_helps_changes_nobody() {
    let policy = retake_engine::retry::Policy { attempts: 1, ..policy() };
    let mut bench =
        Bench::new(RunSpec { policies: [("step".into(), policy)].into(), ..choir(&["exact", "key", "local"]) });
    buy(&mut bench, "b", "b1");
    buy(&mut bench, "c", "c1");
    for _ in 0..2 {
        refuse(&mut bench, "a", Class::Transient);
        bench.pass(Duration::from_secs(60));
    }
    buy(&mut bench, "a", "a1");
    bench.work("film");
    assert_eq!((entries(&bench), bench.state().status()), (vec![0, 0, 0], &Status::Ended(Ending::Completed)));
}

#[test]
fn who_can_be_made_by_nobody_makes_nobody_follow() {
    let mut bench = Bench::new(choir(&["exact", "key"]));
    for ticket in ["b", "c"] {
        buy(&mut bench, ticket, ticket);
    }
    for _ in 0..2 {
        refuse(&mut bench, "a", Class::Rejected);
        bench.pass(Duration::from_secs(1));
    }
    bench.work("film");
    assert!(matches!(bench.phase("a"), Phase::GivenUp { .. }));
    assert_eq!((entries(&bench)[1..].to_vec(), bench.takes("b")), (vec![0, 0], 1));
    assert_eq!(bench.state().status(), &Status::Ended(Ending::Partial));
}

#[test]
fn only_a_gate_keeps_in_unison_and_only_one_route() {
    let check = |nodes: Vec<NodeSpec>| {
        let spec = spec(nodes);
        Graph::new(spec.entries, spec.policies, spec.nodes).map(|_| ())
    };
    let discord = |node: &str| Err(Flaw::Discord { node: node.into(), gate: "voices".into() });
    let (a, b) = (node("a", &["exact", "key"]), node("b", &["exact", "local"]));
    assert_eq!(check(vec![a.clone(), b.clone(), gate(&["a", "b"])]), discord("b"));
    assert_eq!(check(vec![a.clone(), NodeSpec::gate("b"), gate(&["a", "b"])]), discord("b"));
    let made = NodeSpec { route: vec!["local".into()], policy: Some("step".into()), ..gate(&["a"]) };
    assert_eq!(check(vec![a.clone(), made]), discord("voices"));
    assert_eq!(check(vec![a.clone(), NodeSpec { id: "b".into(), ..a }, gate(&["a", "b"])]), Ok(()));
}
