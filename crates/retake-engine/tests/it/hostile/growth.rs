//! Extensions that come twice, come wrong, or come again after a redo.

use std::time::Duration;

use retake_engine::engine::Command;
use retake_engine::graph::NodeSpec;
use retake_engine::id::{Hash, RunId};
use retake_engine::journal::event::{Ending, RunSpec};
use retake_engine::journal::state::{Phase, Status};
use retake_engine::performer::{Answer, Kind};

use crate::bench::*;

#[test]
fn an_extension_that_comes_again_with_nobody_to_stand_is_refused() {
    for stands in ["nobody", "a"] {
        let mut bench = Bench::new(spec(vec![node("a", &["local"])]));
        let work = bench.action("a", Kind::Work);
        bench.answer_to(&work, delivered(work.key, Some(growth(vec![node("x", &["local"])], "x"))));
        bench.work("x");
        bench.command(Command::Redo { node: "a".into(), salt: 1 }).unwrap();
        let work = bench.action("a", Kind::Work);
        bench.answer_to(&work, delivered(work.key, Some(growth(vec![node("x", &["local"])], stands))));
        assert!(matches!(bench.phase("a"), Phase::GivenUp { .. }), "{:?}", bench.phase("a"));
    }
}

#[test]
fn two_nodes_of_one_key_share_what_it_grows_by() {
    let twin = NodeSpec { identity: Hash::of_text("same"), ..node("b", &["local"]) };
    let first = NodeSpec { id: "a".into(), ..twin.clone() };
    let goal = NodeSpec { needs: vec!["a".into(), "b".into()], ..NodeSpec::gate("goal") };
    let mut bench = Bench::new(spec(vec![first, twin, goal]));
    let work = bench.action("a", Kind::Work);
    bench.answer_to(&work, delivered(work.key, Some(growth(vec![node("x", &["local"])], "x"))));
    bench.pass(Duration::from_secs(1));
    bench.work("x");
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.state().status(), &Status::Ended(Ending::Completed), "{:?}", bench.phase("b"));
    // What one of them no longer wants the other still has.
    bench.command(Command::Redo { node: "a".into(), salt: 1 }).unwrap();
    assert!(matches!(bench.phase("b"), Phase::Complete { .. }));
    assert!(matches!(bench.phase("x"), Phase::Complete { .. }));
}

#[test]
fn a_spare_does_not_make_the_memory_of_a_key_forget_its_extension() {
    let store = {
        let mut bench = Bench::new(spec(vec![node("a", &["exact"])]));
        bench.submit("a", "t1");
        bench.pass(Duration::from_secs(1));
        for _ in 0..120 {
            if bench.is_under_way("a", Kind::Poll) {
                bench.answer("a", Kind::Poll, Answer::Pending { after: None, begun: true });
            }
            if bench.is_under_way("a", Kind::Prepare) {
                break;
            }
            bench.pass(Duration::from_secs(1));
        }
        bench.prepare("a");
        let submit = bench.action("a", Kind::Submit);
        let grown = growth(vec![node("x", &["local"])], "x");
        bench.answer_to(&submit, delivered(submit.key, Some(grown.clone())));
        bench.work("x");
        bench.poll("a", Answer::Succeeded { charge: None });
        let fetch = bench.action("a", Kind::Fetch);
        assert_eq!(fetch.take.n, 1);
        bench.answer_to(&fetch, delivered(fetch.key, Some(grown)));
        bench.store
    };
    let spec = RunSpec { id: RunId(uuid::Uuid::from_u128(8)), ..spec(vec![node("a", &["exact"])]) };
    let bench = Bench::with(spec, store);
    assert!(bench.state().graph().find(&"x".into()).is_some(), "reused without what it grows by");
}

#[test]
fn a_retry_does_not_adopt_what_was_refused_for_its_extension() {
    let mut bench = Bench::new(spec(vec![node("a", &["local"])]));
    let work = bench.action("a", Kind::Work);
    bench.answer_to(&work, delivered(work.key, Some(growth(vec![node("a", &["local"])], "a"))));
    assert!(matches!(bench.phase("a"), Phase::GivenUp { .. }));
    bench.command(Command::Retry).unwrap();
    assert!(!matches!(bench.phase("a"), Phase::Complete { .. }), "complete without what it grows by");
}

#[test]
fn what_an_extension_no_longer_brings_is_not_bought() {
    let nodes = vec![node("r", &["local"]), node("a", &["local"])];
    let mut bench = Bench::new(spec(nodes));
    bench.work("r");
    let work = bench.action("a", Kind::Work);
    let bought = needing(node("x", &["exact"]), &["r"]);
    bench.answer_to(&work, delivered(work.key, Some(growth(vec![bought], "x"))));
    bench.submit("x", "t");
    bench.land("x");
    bench.command(Command::Redo { node: "a".into(), salt: 1 }).unwrap();
    bench.work("a");
    assert_eq!(bench.phase("x"), &Phase::Dropped);
    bench.command(Command::Redo { node: "r".into(), salt: 1 }).unwrap();
    bench.work("r");
    assert_eq!(bench.phase("x"), &Phase::Dropped);
    assert!(!bench.is_under_way("x", Kind::Prepare));
    assert!(!bench.is_under_way("a", Kind::Work), "it has nothing to do with `r` any more");
}

#[test]
fn what_an_extension_brings_under_a_name_that_stands_for_something_else_is_refused_in_words() {
    let mut bench = Bench::new(spec(vec![node("a", &["local"])]));
    let work = bench.action("a", Kind::Work);
    bench.answer_to(&work, delivered(work.key, Some(growth(vec![node("x", &["local"])], "x"))));
    bench.work("x");
    bench.command(Command::Redo { node: "a".into(), salt: 1 }).unwrap();
    let work = bench.action("a", Kind::Work);
    let other = NodeSpec { identity: Hash::of_text("another sentence"), ..node("x", &["local"]) };
    bench.answer_to(&work, delivered(work.key, Some(growth(vec![other], "x"))));
    let Phase::GivenUp { fault, .. } = bench.phase("a") else { panic!("{:?}", bench.phase("a")) };
    assert_eq!(fault.message, "node `x` is there twice");
}

#[test]
fn a_take_that_is_picked_grows_the_run_as_it_did() {
    let mut bench = Bench::new(spec(vec![node("a", &["local"])]));
    let work = bench.action("a", Kind::Work);
    bench.answer_to(&work, delivered(work.key, Some(growth(vec![node("x", &["local"])], "x"))));
    bench.work("x");
    bench.command(Command::Redo { node: "a".into(), salt: 1 }).unwrap();
    bench.work("a");
    bench.command(Command::Pick(retake_engine::id::TakeNo { node: "a".into(), n: 1 })).unwrap();
    assert!(!matches!(bench.phase("x"), Phase::Dropped), "{:?}", bench.phase("a"));
}
