//! Runs must neither stand still nor turn in circles.

use std::time::Duration;

use retake_engine::engine::{Actor, Command, Message};
use retake_engine::fault::{Acceptance, Class};
use retake_engine::id::{Hash, RunId, TakeNo};
use retake_engine::journal::Event;
use retake_engine::journal::event::{Ending, OnBudget, Pause, RunSpec};
use retake_engine::journal::state::{Phase, Status, TakeState};
use retake_engine::money::Money;
use retake_engine::performer::{Answer, Candidate, Kind, Likeness, Report};
use retake_engine::retry::Policy;

use crate::bench::*;

#[test]
fn a_provider_that_refuses_us_after_the_last_take_is_not_asked_in_circles() {
    for route in [&["exact", "hook"][..], &["exact"], &["exact", "local"]] {
        let policy = Policy { paid_takes: 1, ..policy() };
        let nodes = vec![node("a", route)];
        let mut bench = Bench::new(RunSpec { policies: [("step".into(), policy)].into(), ..spec(nodes) });
        bench.submit("a", "t");
        bench.poll("a", failed(Class::Denied, Acceptance::Yes));
        bench.pass(Duration::from_secs(5));
        if route.contains(&"local") {
            bench.work("a");
        } else {
            assert!(matches!(bench.phase("a"), Phase::GivenUp { .. }), "{route:?}: {:?}", bench.phase("a"));
        }
    }
}

#[test]
fn a_deadline_ends_buying_and_not_the_work_that_costs_nothing() {
    for on_budget in [OnBudget::Pause, OnBudget::Deliver] {
        let deadline = Some(START.after(Duration::from_secs(1)));
        let mut bench = Bench::new(RunSpec { deadline, on_budget, ..spec(vec![node("film", &["local"])]) });
        bench.pass(Duration::from_secs(2));
        bench.answer("film", Kind::Work, failed(Class::Transient, Acceptance::No));
        assert!(matches!(bench.phase("film"), Phase::Resting { .. }), "{:?}", bench.phase("film"));
        assert_eq!(bench.state().status(), &Status::Running);
        bench.pass(Duration::from_secs(5));
        bench.work("film");
        assert_eq!(bench.state().status(), &Status::Ended(Ending::Completed));
    }
}

#[test]
fn a_provider_that_wants_to_be_asked_in_a_year_is_asked_before() {
    let mut bench = Bench::new(RunSpec {
        policies: [("step".into(), Policy { timeout: Duration::from_secs(7_200), ..policy() })].into(),
        ..spec(vec![node("a", &["exact"])])
    });
    bench.submit("a", "t");
    bench.poll("a", Answer::Pending { after: Some(Duration::MAX), begun: true });
    bench.pass(Duration::from_secs(3_600));
    assert!(bench.is_under_way("a", Kind::Poll));
}

#[test]
fn a_report_of_a_submission_that_never_was_leaves_local_work_alone() {
    for (kind, acceptance) in [
        (Kind::Submit, Acceptance::No),
        (Kind::Submit, Acceptance::Unknown),
        (Kind::Poll, Acceptance::Yes),
        (Kind::Fetch, Acceptance::Yes),
    ] {
        let mut bench = Bench::new(spec(vec![node("a", &["local"])]));
        let take = bench.take_id("a", 1);
        let class = if kind == Kind::Fetch { Class::Defective } else { Class::Transient };
        let report = Report { take, answers: Some((kind, 99)), answer: failed(class, acceptance) };
        bench.say(Message::Report(report)).unwrap();
        assert_eq!(bench.take("a", 1), &TakeState::Intent, "{kind:?}");
        bench.work("a");
    }
}

#[test]
fn a_report_of_local_work_does_not_settle_what_was_bought() {
    let mut bench = Bench::new(spec(vec![node("a", &["exact"])]));
    bench.submit("a", "t");
    let take = bench.take_id("a", 1);
    let report = Report { take, answers: Some((Kind::Work, 99)), answer: failed(Class::Transient, Acceptance::No) };
    bench.say(Message::Report(report)).unwrap();
    assert!(matches!(bench.take("a", 1), TakeState::Submitted { .. }));
}

#[test]
fn an_ordinal_is_never_used_twice_whatever_dies() {
    let mut bench = Bench::new(spec(vec![node("a", &["exact"])]));
    bench.prepare("a");
    bench.crash();
    bench.crash();
    let before = bench.action("a", Kind::Find);
    // Finding writes nothing down, and nothing tells this life from the next.
    bench.now = bench.now.after(Duration::from_secs(30));
    bench.crash();
    let after = bench.action("a", Kind::Find);
    assert_ne!(before.ordinal, after.ordinal);
}

#[test]
fn an_answer_about_the_key_before_a_redo_is_not_taken_for_the_one_after() {
    let (mut actor, turn) = Actor::create(spec(vec![node("a", &["local"])]), START).unwrap();
    let before = turn.looks.into_iter().next().unwrap();
    actor.handle(Message::Command(Command::Redo { node: "a".into(), salt: 1 }), START).unwrap();
    let looked = Message::Looked { key: before.key(), look: before, memory: None };
    let turn = actor.handle(looked, START).unwrap();
    let keyed = turn.records.iter().any(|record| matches!(record.event, Event::Keyed { .. }));
    assert!(!keyed, "the redo is made under the old key");
}

#[test]
fn a_ticket_of_another_run_is_not_adopted() {
    let store = {
        let mut bench = Bench::new(spec(vec![node("z", &["none"])]));
        bench.submit("z", "t");
        bench.store
    };
    let spec = RunSpec { id: RunId(uuid::Uuid::from_u128(8)), ..spec(vec![node("a", &["none"])]) };
    let mut bench = Bench::with(spec, store);
    bench.prepare("a");
    bench.pass(Duration::from_secs(11));
    bench.answer("a", Kind::Find, Answer::Candidates(vec![]));
    let adopt = Command::Adopt { take: TakeNo { node: "a".into(), n: 1 }, ticket: "t".into() };
    assert!(bench.command(adopt).is_err());
}

#[test]
fn a_run_whose_held_take_was_found_is_not_said_to_be_paused() {
    let mut bench = Bench::new(spec(vec![node("a", &["none"])]));
    bench.prepare("a");
    bench.pass(Duration::from_secs(11));
    bench.answer("a", Kind::Find, Answer::Candidates(vec![]));
    assert!(matches!(bench.state().status(), Status::Paused(Pause::Review { .. })));
    bench.command(Command::Adopt { take: TakeNo { node: "a".into(), n: 1 }, ticket: "t".into() }).unwrap();
    assert_eq!(bench.state().status(), &Status::Running);
    // It is said once, however often the provider is asked.
    for _ in 0..3 {
        bench.poll("a", Answer::Pending { after: None, begun: true });
    }
    let said = bench.journal().iter().filter(|record| matches!(record.event, Event::Continued)).count();
    assert_eq!(said, 1);
}

#[test]
fn ambiguity_is_held_whatever_it_costs() {
    let mut bench = Bench::new(RunSpec { write_off_limit: PRICE, ..spec(vec![node("a", &["weak"])]) });
    bench.prepare("a");
    bench.pass(Duration::from_secs(11));
    let like = |ticket: &str| Candidate { ticket: ticket.into(), created: START, likeness: Likeness::Same };
    for _ in 0..40 {
        if bench.is_under_way("a", Kind::Find) {
            bench.answer("a", Kind::Find, Answer::Candidates(vec![like("t"), like("u")]));
        }
        bench.pass(Duration::from_secs(1));
    }
    assert_eq!(bench.take("a", 1), &TakeState::Held);
}

#[test]
fn sums_that_cannot_be_counted_do_not_fit_any_cap() {
    let nodes = vec![node("a", &["exact"]), node("b", &["hook"])];
    let mut bench = Bench::new(RunSpec { cap: Money::MAX, ..spec(nodes) });
    for name in ["a", "b"] {
        let action = bench.action(name, Kind::Prepare);
        let request = Hash::of_text(name);
        bench.answer_to(&action, Answer::Prepared { request, worst: Money::MAX });
    }
    let reserving = ["a", "b"].iter().filter(|name| bench.takes(name) > 0).count();
    assert_eq!(reserving, 1, "two reservations of all the money there is");
}

#[test]
fn ten_thousand_candidates_are_heard_in_time() {
    let mut bench = Bench::new(spec(vec![node("a", &["exact"])]));
    bench.prepare("a");
    bench.pass(Duration::from_secs(11));
    let exact = |n: u32| Candidate { ticket: n.to_string().as_str().into(), created: START, likeness: Likeness::Exact };
    let find = bench.action("a", Kind::Find);
    bench.answer_to(&find, Answer::Candidates((0..3_000).map(exact).collect()));
    assert_eq!(bench.strays, 2_999);
    assert_eq!(bench.state().ledger().reserved(), PRICE.times(3_000));
}
