//! What every run makes for itself: nothing is asked for it, nothing is remembered of it, and the rest is as ever.

use std::time::Duration;

use retake_engine::engine::{Actor, Command, Message};
use retake_engine::fault::{Acceptance, Class};
use retake_engine::graph::NodeSpec;
use retake_engine::id::Key;
use retake_engine::journal::Event;
use retake_engine::journal::event::{Ending, RunSpec};
use retake_engine::journal::state::Status;
use retake_engine::performer::Kind;
use retake_engine::sim::Scenario;
use retake_engine::store::Store;

use crate::bench::*;

fn nodes(route: &str) -> Vec<NodeSpec> {
    let delivery = NodeSpec { every_run: true, ..needing(node("deliver", &[route]), &["film"]) };
    vec![node("film", &["local"]), delivery]
}

fn another(nodes: Vec<NodeSpec>) -> RunSpec {
    RunSpec { id: Scenario::showcase().runs[0].id, ..spec(nodes) }
}

fn keys(bench: &Bench) -> Vec<Key> {
    let ix = bench.state().graph().find(&"deliver".into()).unwrap();
    bench.state().nodes()[ix].takes.iter().map(|take| take.key).collect()
}

#[test]
fn every_run_makes_it_though_an_earlier_one_did() {
    let mut first = Bench::new(spec(nodes("local")));
    first.work("film");
    first.work("deliver");
    assert_eq!(first.store.recall(&"ann".into(), &keys(&first)[0]), Ok(None));
    let before = keys(&first);
    let mut second = Bench::with(another(nodes("local")), first.store);
    assert_eq!(second.state().summary().nodes_done, 1, "the film is reused");
    second.work("deliver");
    assert_ne!(keys(&second), before);
    assert_eq!(second.state().status(), &Status::Ended(Ending::Completed));
}

#[test]
fn nobody_is_asked_for_its_key() {
    let (actor, turn) =
        Actor::create(spec(vec![NodeSpec { every_run: true, ..node("deliver", &["local"]) }]), START).unwrap();
    assert!(turn.looks.is_empty());
    assert_eq!(turn.asks.len(), 1, "it is on its way at once");
    assert!(turn.records.iter().any(|record| matches!(record.event, Event::Keyed { .. })));
    drop(actor);
}

#[test]
fn within_its_run_it_is_tried_again_and_redone_like_any_other() {
    let mut bench = Bench::new(spec(nodes("local")));
    bench.work("film");
    bench.answer("deliver", Kind::Work, failed(Class::Transient, Acceptance::No));
    bench.pass(Duration::from_secs(5));
    bench.crash();
    bench.work("deliver");
    let tried = keys(&bench);
    assert_eq!(tried[0], tried[1], "the same is tried again");
    bench.command(Command::Redo { node: "deliver".into(), salt: 5 }).unwrap();
    bench.work("deliver");
    assert_ne!(keys(&bench)[2], tried[1]);
    assert_eq!(bench.state().status(), &Status::Ended(Ending::Completed));
}

#[test]
fn what_refuses_one_run_is_asked_again_by_the_next() {
    let mut first = Bench::new(spec(nodes("exact")));
    first.work("film");
    first.prepare("deliver");
    first.answer("deliver", Kind::Submit, failed(Class::Rejected, Acceptance::No));
    let mut second = Bench::with(another(nodes("exact")), first.store);
    second.submit("deliver", "t");
    second.land("deliver");
    assert_eq!(second.state().status(), &Status::Ended(Ending::Completed));
    // An answer about a key that nobody asked for changes nothing.
    let seq = second.state().seq();
    second.say(Message::Wake).unwrap();
    assert_eq!(second.state().seq(), seq);
}
