//! Nodes in unison: all of them are made by the same entry, whoever has to change for it.

use std::collections::BTreeSet;
use std::time::Duration;

use retake_engine::engine::{Command, Refusal};
use retake_engine::fault::{Acceptance, Class};
use retake_engine::graph::{Flaw, Graph, NodeSpec};
use retake_engine::id::{Hash, TakeNo};
use retake_engine::journal::RunState;
use retake_engine::journal::event::{Ending, RunSpec};
use retake_engine::journal::state::{Phase, Status};
use retake_engine::performer::{Answer, Kind};
use retake_engine::sim::{Host, Scenario};

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
fn all_go_back_to_the_entry_that_makes_the_most_and_nothing_is_bought_twice() {
    let mut bench = changed();
    assert_eq!(entries(&bench), [1, 1, 1]);
    refuse(&mut bench, "b", Class::Rejected);
    bench.pass(Duration::from_secs(1));
    // Nobody is asked any more for what cannot be in the film: the first has two of three, and the second no more.
    bench.work("film");
    assert_eq!((entries(&bench)[1..].to_vec(), VOICES.map(|id| bench.takes(id))), (vec![0, 0], [2, 2, 1]));
    let Phase::GivenUp { fault, because: None } = bench.phase("a") else { panic!("{:?}", bench.phase("a")) };
    assert_eq!(fault.class, Class::Rejected, "it is told why the entry of all does not make it");
    assert_eq!(bench.state().status(), &Status::Ended(Ending::Partial));
}

#[test]
fn what_is_under_way_by_an_entry_that_is_left_is_let_finish() {
    let mut bench = changed();
    bench.submit("c", "c2");
    bench.answer("b", Kind::Prepare, failed(Class::Rejected, Acceptance::No));
    bench.pass(Duration::from_secs(1));
    assert!(!bench.is_under_way("film", Kind::Work), "with this one the second has as many as the first");
    bench.land("c");
    bench.work("film");
    assert_eq!((entries(&bench)[1..].to_vec(), VOICES.map(|id| bench.takes(id))), (vec![0, 0], [2, 1, 2]));
}

#[test]
fn nobody_is_begun_by_an_entry_that_has_failed_for_another() {
    for concurrency in [1, 2] {
        let mut bench = Bench::new(RunSpec { concurrency, ..choir(&["exact", "key"]) });
        refuse(&mut bench, "a", Class::Rejected);
        if concurrency == 2 {
            bench.prepare("b");
        }
        bench.prepare("a");
        bench.pass(Duration::from_secs(1));
        let begun = |bench: &Bench, id| bench.takes(id) > 0 || bench.is_under_way(id, Kind::Submit);
        assert!(!begun(&bench, "b") && !begun(&bench, "c"), "until it is known whether the second can");
        bench.answer("a", Kind::Submit, Answer::Ticket("a1".into()));
        bench.land("a");
        bench.pass(Duration::from_secs(1));
        for id in ["b", "c"] {
            buy(&mut bench, id, id);
        }
        bench.work("film");
        assert_eq!((VOICES.map(|id| bench.takes(id)), entries(&bench)), ([2, 1, 1], vec![1, 1, 1]));
    }
}

#[test]
fn who_was_not_begun_is_made_by_the_first_where_nobody_else_could_do_better() {
    let mut bench = Bench::new(RunSpec { concurrency: 1, ..choir(&["exact", "key"]) });
    for _ in 0..2 {
        refuse(&mut bench, "a", Class::Rejected);
        bench.pass(Duration::from_secs(1));
    }
    for id in ["b", "c"] {
        buy(&mut bench, id, id);
    }
    bench.work("film");
    assert_eq!((VOICES.map(|id| bench.takes(id)), entries(&bench)[1..].to_vec()), ([2, 1, 1], vec![0, 0]));
}

/// A run of three voices by three providers, of whom each refuses what the bits say.
fn refusing(bits: u32, concurrency: u32) -> Scenario {
    const ROUTE: [&str; 3] = ["keyed", "chosen", "listed"];
    let calm = Scenario::showcase();
    let nodes = VOICES.map(|id| NodeSpec { identity: Hash::of_text(id), ..node(id, &ROUTE) });
    let film = NodeSpec { awaits: vec!["voices".into()], ..node("film", &["local"]) };
    let nodes: Vec<NodeSpec> = nodes.into_iter().chain([gate(&VOICES), film]).collect();
    let run = RunSpec { nodes, goal: "film".into(), concurrency, ..calm.runs[0].clone() };
    let pairs = VOICES.into_iter().flat_map(|voice| ROUTE.map(|entry| (voice.into(), entry.into())));
    let refused = (0..).zip(pairs).filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, pair)| pair).collect();
    Scenario { runs: vec![run], refused, ..calm }
}

/// Whoever refuses what: the film is spoken by who speaks the most, and nobody is paid twice for the same.
#[test]
fn the_entry_that_makes_the_most_makes_them() {
    for bits in 0..1 << 9 {
        for concurrency in [1, 4] {
            let verdict = Host::new(refusing(bits, concurrency)).play();
            assert_eq!(verdict.broken, None, "{bits:09b}");
            let state = RunState::fold(&verdict.journals[0]).unwrap();
            let voices = VOICES.map(|id| &state.nodes()[state.graph().find(&id.into()).unwrap()]);
            let there: Vec<usize> =
                voices.iter().filter(|node| node.outputs().is_some()).map(|node| node.entry).collect();
            let makes = |entry: u32| (0..3).filter(|voice| bits >> (voice * 3 + entry) & 1 == 0).count();
            let most = (0..3).map(makes).max().unwrap();
            assert_eq!(there.len(), most, "{bits:09b}: {there:?}");
            assert!(there.iter().all(|entry| *entry == there[0]), "{bits:09b}: {there:?}");
            let ending = if most == 3 { Ending::Completed } else { Ending::Partial };
            assert_eq!(state.status(), &Status::Ended(ending), "{bits:09b}");
            for node in voices {
                let tried: BTreeSet<usize> = node.takes.iter().map(|take| take.entry).collect();
                assert_eq!(tried.len(), node.takes.len(), "{bits:09b}: nobody is asked twice");
            }
        }
    }
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
