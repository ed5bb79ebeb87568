//! Where money or time is up: the pause says what would help, and exactly that helps.

use std::time::Duration;

use retake_engine::engine::Command;
use retake_engine::fault::Class;
use retake_engine::graph::{Extension, Quote};
use retake_engine::journal::event::{Cap, Ending, OnBudget, Pause, RunSpec};
use retake_engine::journal::state::{Phase, Status};
use retake_engine::money::Money;
use retake_engine::performer::Kind;

use crate::bench::*;

const MICRO: Money = Money::from_micros(1);

/// Two takes of 40 cents, one after the other, and a cap that holds one and a half.
fn two(on_budget: OnBudget, second: &[&str]) -> Bench {
    let nodes = vec![node("a", &["exact"]), needing(node("b", second), &["a"])];
    let mut bench = Bench::new(RunSpec { cap: Money::from_cents(60), on_budget, ..spec(nodes) });
    bench.submit("a", "t-1");
    bench.land("a");
    bench
}

#[test]
fn a_pause_names_the_smallest_raise_that_continues() {
    let mut bench = two(OnBudget::Pause, &["exact"]);
    bench.prepare("b");
    let raise = Money::from_cents(20);
    let paused = |raise| Status::Paused(Pause::Budget { node: "b".into(), cap: Cap::Run, raise });
    assert_eq!(bench.state().status(), &paused(raise));
    let cap = bench.state().ledger().cap();
    bench.command(Command::SetCap(cap.plus(raise).less(MICRO))).unwrap();
    assert!(!bench.is_under_way("b", Kind::Submit), "one micro-dollar is missing");
    assert_eq!(bench.state().status(), &paused(MICRO));
    bench.command(Command::SetCap(cap.plus(raise))).unwrap();
    assert!(bench.is_under_way("b", Kind::Submit));
    assert_eq!(bench.state().status(), &Status::Running);
}

#[test]
fn a_run_that_is_to_deliver_goes_on_without_what_it_cannot_pay() {
    let mut bench = two(OnBudget::Deliver, &["exact"]);
    bench.prepare("b");
    let Phase::GivenUp { fault, .. } = bench.phase("b") else { panic!("{:?}", bench.phase("b")) };
    assert_eq!((fault.class, fault.message.as_str()), (Class::Exhausted, "the cap is 0.200000 short"));
    assert_eq!(bench.state().status(), &Status::Ended(Ending::Failed), "b was the goal");
}

#[test]
fn a_run_that_is_to_deliver_uses_what_costs_nothing() {
    let mut bench = two(OnBudget::Deliver, &["exact", "local"]);
    bench.prepare("b");
    bench.work("b");
    assert_eq!(bench.state().status(), &Status::Ended(Ending::Completed));
}

#[test]
fn the_deadline_ends_buying_until_it_is_moved() {
    let nodes = vec![node("a", &["exact"]), needing(node("b", &["exact"]), &["a"])];
    let start = Bench::new(spec(nodes.clone())).now;
    let deadline = Some(start.after(Duration::from_secs(20)));
    let mut bench = Bench::new(RunSpec { deadline, ..spec(nodes) });
    bench.submit("a", "t-1");
    bench.pass(Duration::from_secs(21));
    bench.land("a");
    assert_eq!(bench.state().status(), &Status::Paused(Pause::Deadline { node: "b".into() }));
    bench.command(Command::SetDeadline(None)).unwrap();
    assert_eq!(bench.state().status(), &Status::Running);
    assert!(bench.is_under_way("b", Kind::Prepare));
}

#[test]
fn what_an_extension_adds_must_fit_before_any_of_it_is_bought() {
    let mut bench = Bench::new(RunSpec { cap: Money::from_cents(60), ..spec(vec![node("a", &["local"])]) });
    let work = bench.action("a", Kind::Work);
    let brought = growth(vec![node("x", &["exact"]), needing(node("y", &["exact"]), &["x"])], "y");
    let quote = Quote { expected: Money::from_cents(80), worst: Money::from_cents(240) };
    bench.answer_to(&work, delivered(work.key, Some(Extension { quote, ..brought })));
    assert!(!bench.is_under_way("x", Kind::Prepare), "two takes of 40 cents do not fit 60");
    let raise = Money::from_cents(20);
    let pause = Pause::Budget { node: "x".into(), cap: Cap::Run, raise };
    assert_eq!(bench.state().status(), &Status::Paused(pause));
    bench.command(Command::SetCap(Money::from_cents(80))).unwrap();
    assert!(bench.is_under_way("x", Kind::Prepare));
}

#[test]
fn a_run_grows_no_further_than_its_bounds() {
    let mut bench = Bench::new(spec(vec![node("a", &["local"])]));
    let work = bench.action("a", Kind::Work);
    let many = (0..60).map(|number| node(&format!("x{number}"), &["local"])).collect();
    bench.answer_to(&work, delivered(work.key, Some(growth(many, "x0"))));
    let Phase::GivenUp { fault, .. } = bench.phase("a") else { panic!("{:?}", bench.phase("a")) };
    assert_eq!(fault.message, "extension of `a` would make 61 nodes; the run allows 60");
}
