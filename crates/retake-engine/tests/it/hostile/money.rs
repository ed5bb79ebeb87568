//! Answers that no honest performer would give must not move money.

use std::time::Duration;

use retake_engine::engine::Command;
use retake_engine::fault::{Acceptance, Class};
use retake_engine::graph::NodeSpec;
use retake_engine::id::TakeNo;
use retake_engine::journal::event::{Ending, RunSpec, Verdict};
use retake_engine::journal::state::{Phase, Status, TakeState};
use retake_engine::performer::{Answer, Candidate, Kind, Likeness};
use retake_engine::retry::Policy;

use crate::bench::*;

#[test]
fn a_candidate_that_is_listed_twice_is_one() {
    let mut bench = Bench::new(spec(vec![node("a", &["exact"])]));
    bench.prepare("a");
    bench.pass(Duration::from_secs(11));
    let one = Candidate { ticket: "t".into(), created: START, likeness: Likeness::Exact };
    bench.answer("a", Kind::Find, Answer::Candidates(vec![one.clone(), one]));
    assert!(matches!(bench.take("a", 1), TakeState::Submitted { .. }));
    assert_eq!((bench.takes("a"), bench.strays), (1, 0));
    assert_eq!(bench.state().ledger().reserved(), PRICE);
    bench.pass(Duration::from_secs(5));
    assert!(!bench.is_under_way("a", Kind::Cancel), "our own work is cancelled");
}

#[test]
fn a_likely_candidate_that_is_listed_twice_is_not_ambiguous() {
    let mut bench = Bench::new(spec(vec![node("a", &["weak"])]));
    bench.prepare("a");
    bench.pass(Duration::from_secs(11));
    let one = Candidate { ticket: "t".into(), created: START, likeness: Likeness::Same };
    bench.answer("a", Kind::Find, Answer::Candidates(vec![one.clone(), one]));
    assert!(matches!(bench.take("a", 1), TakeState::Submitted { .. }), "{:?}", bench.take("a", 1));
}

#[test]
fn a_report_that_a_ticket_is_gone_counts_once() {
    let mut bench = Bench::new(RunSpec { write_off_limit: PRICE, ..spec(vec![node("a", &["exact"])]) });
    bench.submit("a", "t");
    bench.pass(Duration::from_secs(3));
    let poll = bench.action("a", Kind::Poll);
    bench.answer_to(&poll, Answer::Gone);
    bench.pass(Duration::from_secs(11));
    // The next poll is under way; meanwhile the first report comes again.
    bench.answer_to(&poll, Answer::Gone);
    assert!(matches!(bench.take("a", 1), TakeState::Submitted { .. }), "{:?}", bench.take("a", 1));
}

#[test]
fn a_stale_failure_does_not_take_a_success_back() {
    let mut bench = Bench::new(spec(vec![node("a", &["exact"])]));
    bench.submit("a", "t");
    bench.pass(Duration::from_secs(3));
    let first = bench.action("a", Kind::Poll);
    bench.pass(Duration::from_secs(21));
    bench.poll("a", Answer::Succeeded { charge: Some(PRICE) });
    bench.answer_to(&first, failed(Class::Transient, Acceptance::Yes));
    assert!(matches!(bench.take("a", 1), TakeState::Succeeded { .. }), "{:?}", bench.take("a", 1));
}

#[test]
fn outputs_of_a_submission_are_kept_though_its_ticket_was_told_before() {
    let mut bench = Bench::new(spec(vec![node("a", &["hook"])]));
    bench.prepare("a");
    bench.hook("a", 1, Answer::Ticket("t".into()));
    let submit = bench.action("a", Kind::Submit);
    bench.answer_to(&submit, made(submit.key));
    assert!(matches!(bench.take("a", 1), TakeState::Kept { .. }), "{:?}", bench.take("a", 1));
}

#[test]
fn a_resend_that_is_under_way_is_waited_for_before_anything_is_written_off() {
    let mut bench = Bench::new(RunSpec { write_off_limit: PRICE, ..spec(vec![node("a", &["key"])]) });
    bench.prepare("a");
    bench.pass(Duration::from_secs(35));
    let resend = bench.action("a", Kind::Submit);
    assert!(resend.ordinal > 0);
    // The key is remembered for fifty seconds and trusted for forty. Each sending may take twenty.
    bench.answer_to(&resend, failed(Class::Unclear, Acceptance::Unknown));
    bench.pass(Duration::from_millis(4_500));
    let last = bench.action("a", Kind::Submit);
    bench.pass(Duration::from_secs(1));
    assert!(matches!(bench.take("a", 1), TakeState::Unclear { .. }), "{:?}", bench.take("a", 1));
    bench.answer_to(&last, Answer::Ticket("t".into()));
    assert!(matches!(bench.take("a", 1), TakeState::Submitted { .. }), "{:?}", bench.take("a", 1));
}

#[test]
fn one_resend_by_a_person_allows_one_take_beyond_the_policy() {
    let policy = Policy { paid_takes: 1, attempts: 1, ..policy() };
    let nodes = vec![node("a", &["none", "exact", "hook"])];
    let mut bench = Bench::new(RunSpec { policies: [("step".into(), policy)].into(), ..spec(nodes) });
    bench.prepare("a");
    bench.pass(Duration::from_secs(11));
    bench.answer("a", Kind::Find, Answer::Candidates(vec![]));
    assert_eq!(bench.take("a", 1), &TakeState::Held);
    bench.command(Command::Resolve { take: TakeNo { node: "a".into(), n: 1 }, verdict: Verdict::Resend }).unwrap();
    bench.submit("a", "t");
    bench.poll("a", failed(Class::Rejected, Acceptance::Yes));
    bench.pass(Duration::from_secs(60));
    assert!(!bench.is_under_way("a", Kind::Prepare), "a third take is on its way");
    assert!(matches!(bench.phase("a"), Phase::GivenUp { .. }));
}

#[test]
fn what_a_redo_makes_anew_may_be_bought_anew() {
    let policy = Policy { paid_takes: 2, ..policy() };
    let nodes = vec![node("a", &["exact"]), needing(node("b", &["hook"]), &["a"])];
    let mut bench = Bench::new(RunSpec { policies: [("step".into(), policy)].into(), ..spec(nodes) });
    bench.submit("a", "a1");
    bench.land("a");
    bench.submit("b", "b1");
    bench.poll("b", failed(Class::Transient, Acceptance::Yes));
    bench.pass(Duration::from_secs(5));
    bench.submit("b", "b2");
    bench.land("b");
    assert_eq!(bench.state().status(), &Status::Ended(Ending::Completed));
    bench.command(Command::Redo { node: "a".into(), salt: 1 }).unwrap();
    bench.submit("a", "a2");
    bench.land("a");
    assert!(bench.is_under_way("b", Kind::Prepare), "{:?}", bench.phase("b"));
}

#[test]
fn a_retry_leaves_the_paid_takes_beside_it_alone() {
    let grown = growth(
        vec![
            node("s1", &["exact"]),
            node("s2", &["hook"]),
            NodeSpec { awaits: vec!["s1".into(), "s2".into()], at_least: 1, ..NodeSpec::gate("all") },
        ],
        "all",
    );
    let mut bench = Bench::new(spec(vec![node("plan", &["local"])]));
    let work = bench.action("plan", Kind::Work);
    bench.answer_to(&work, delivered(work.key, Some(grown)));
    bench.submit("s2", "t2");
    bench.submit("s1", "t1");
    bench.poll("s1", failed(Class::Rejected, Acceptance::Yes));
    assert!(matches!(bench.phase("s1"), Phase::GivenUp { .. }));
    bench.command(Command::Retry).unwrap();
    bench.pass(Duration::from_secs(1));
    assert!(!bench.is_under_way("s2", Kind::Cancel), "healthy paid work is cancelled");
    assert!(matches!(bench.phase("s2"), Phase::Taking { n: 1 }), "{:?}", bench.phase("s2"));
    bench.submit("s1", "t3");
    bench.land("s1");
    bench.land("s2");
    assert_eq!(bench.state().status(), &Status::Ended(Ending::Completed));
    assert_eq!(bench.state().ledger().settled(), PRICE.times(3));
}

#[test]
fn a_late_success_in_what_was_added_is_adopted_like_any_other() {
    let nodes = vec![
        node("s1", &["weak"]),
        node("s2", &["hook"]),
        NodeSpec { awaits: vec!["s1".into(), "s2".into()], at_least: 1, ..NodeSpec::gate("all") },
    ];
    let late = |mut bench: Bench| {
        bench.submit("s2", "t2");
        bench.submit("s1", "t1");
        for _ in 0..90 {
            bench.pass(Duration::from_secs(1));
            for node in ["s1", "s2"] {
                if bench.is_under_way(node, Kind::Poll) {
                    bench.answer(node, Kind::Poll, Answer::Pending { after: None, begun: true });
                }
                if bench.is_under_way(node, Kind::Cancel) {
                    bench.answer(node, Kind::Cancel, Answer::Heard);
                }
            }
            if matches!(bench.phase("s1"), Phase::GivenUp { .. }) {
                break;
            }
        }
        assert!(matches!(bench.phase("s1"), Phase::GivenUp { .. }), "{:?}", bench.phase("s1"));
        bench.land("s1");
        assert!(matches!(bench.phase("s1"), Phase::Complete { .. }), "{:?}", bench.phase("s1"));
    };
    late(Bench::new(spec(nodes.clone())));
    let mut bench = Bench::new(spec(vec![node("plan", &["local"])]));
    let work = bench.action("plan", Kind::Work);
    bench.answer_to(&work, delivered(work.key, Some(growth(nodes, "all"))));
    late(bench);
}

#[test]
fn outputs_that_come_after_a_write_off_are_kept() {
    let mut bench = Bench::new(RunSpec { write_off_limit: PRICE, ..spec(vec![node("a", &["none"])]) });
    bench.prepare("a");
    let submit = bench.action("a", Kind::Submit);
    bench.pass(Duration::from_secs(11));
    bench.answer("a", Kind::Find, Answer::Candidates(vec![]));
    bench.answer_to(&submit, made(submit.key));
    assert!(matches!(bench.phase("a"), Phase::Complete { .. }), "{:?}", bench.phase("a"));
    assert_eq!(bench.state().ledger().settled(), PRICE);
    assert_eq!(bench.state().ledger().written_off(), retake_engine::money::Money::ZERO);
}

#[test]
fn what_a_redo_makes_anew_starts_at_the_first_entry_of_its_route() {
    let nodes = vec![node("a", &["local"]), needing(node("b", &["exact", "hook"]), &["a"])];
    let mut bench = Bench::new(spec(nodes));
    bench.work("a");
    bench.submit("b", "b1");
    bench.poll("b", failed(Class::Rejected, Acceptance::Yes));
    bench.pass(Duration::from_secs(1));
    bench.submit("b", "b2");
    bench.land("b");
    bench.command(Command::Redo { node: "a".into(), salt: 1 }).unwrap();
    let work = bench.action("a", Kind::Work);
    bench.answer_to(&work, made(retake_engine::id::Key(retake_engine::id::Hash::of_text("another sentence"))));
    assert_eq!(bench.action("b", Kind::Prepare).entry, "exact".into());
}
