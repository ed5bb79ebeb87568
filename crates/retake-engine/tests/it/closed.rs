//! A host that can begin nothing: its disk is full, it is about to stop, or it did not get to send.

use std::time::Duration;

use retake_engine::admission::{Admission, Closed, Limits, Terms};
use retake_engine::engine::Message;
use retake_engine::fault::{Acceptance, Class, Fault, Origin};
use retake_engine::journal::Event;
use retake_engine::journal::event::{Ending, RunSpec};
use retake_engine::journal::state::{Phase, Status, TakeState};
use retake_engine::money::Money;
use retake_engine::performer::{Answer, Kind};
use retake_engine::retry::Policy;
use retake_engine::sim::Scenario;

use crate::bench::*;

/// What runs say that they wait for.
fn said(bench: &Bench) -> Vec<String> {
    let waits = |event: Event| if let Event::Waits { why, .. } = event { Some(why) } else { None };
    bench.journal().into_iter().filter_map(|record| waits(record.event)).collect()
}

/// Hands on what admission has to say.
fn pump(bench: &mut Bench) {
    for (take, reply) in bench.admission.pump(bench.now) {
        bench.say(Message::Admission { take, reply }).unwrap();
    }
}

#[test]
fn a_run_behind_closed_doors_says_why_once_and_is_not_paused() {
    for (why, words) in
        [(Closed::DiskFull, vec!["the disk is full, so nothing new is begun"]), (Closed::Stopping, vec![])]
    {
        let mut bench = Bench::new(spec(vec![node("a", &["exact"]), needing(node("b", &["local"]), &["a"])]));
        bench.admission.close(why);
        bench.prepare("a");
        for _ in 0..3 {
            bench.pass(Duration::from_secs(600));
        }
        assert!(!bench.is_under_way("a", Kind::Submit));
        assert_eq!(bench.state().status(), &Status::Running, "{why:?}");
        assert_eq!(said(&bench), words);
        bench.admission.reopen(bench.now);
        pump(&mut bench);
        bench.answer("a", Kind::Submit, Answer::Ticket("t".into()));
        bench.admission.close(why);
        bench.land("a");
        assert!(!bench.is_under_way("b", Kind::Work), "what costs nothing is not begun either");
        bench.admission.reopen(bench.now);
        pump(&mut bench);
        bench.work("b");
        assert_eq!(bench.state().status(), &Status::Ended(Ending::Completed));
    }
}

/// What a host answers for a submission that it never sent.
fn never_sent() -> Answer {
    let fault = Fault::new(Class::Throttled, Acceptance::No, "the process was about to stop");
    Answer::Failed(fault.from(Origin::Ourselves).retry_after(Duration::from_secs(1)).into())
}

#[test]
fn a_submission_that_the_host_never_sent_costs_nothing() {
    let policy = Policy { attempts: 1, paid_takes: 1, ..policy() };
    let mut bench =
        Bench::new(RunSpec { policies: [("step".into(), policy)].into(), ..spec(vec![node("a", &["exact"])]) });
    for n in 1..=5 {
        bench.prepare("a");
        bench.answer("a", Kind::Submit, never_sent());
        assert_eq!(bench.take("a", n), &TakeState::Released);
        assert!(matches!(bench.journal().last().unwrap().event, Event::Retrying { entry: 0, .. }));
        let node = &bench.state().nodes()[0];
        assert_eq!((node.attempts, node.bought), (0, 0), "no attempt, and nothing bought");
        assert_eq!(bench.state().ledger().committed(), Money::ZERO);
        assert_eq!(bench.state().status(), &Status::Running);
        bench.pass(Duration::from_millis(900));
        assert!(matches!(bench.phase("a"), Phase::Resting { .. }));
        bench.pass(Duration::from_millis(200));
    }
    bench.submit("a", "t");
    bench.land("a");
    assert_eq!(bench.state().ledger().settled(), PRICE);
}

#[test]
fn what_the_host_never_sent_says_nothing_about_the_provider() {
    for (origin, flying) in [(Origin::Ourselves, 2), (Origin::Provider, 1)] {
        let nodes = vec![node("a", &["exact"]), node("b", &["exact"]), node("c", &["exact"])];
        let mut bench = Bench::new(spec(nodes));
        let limits = Scenario::showcase().limits;
        let terms = Terms { concurrency: 2, ..limits.default_terms.clone() };
        bench.admission =
            Admission::new(Limits { account: Money::MAX, day: Money::MAX, default_terms: terms, ..limits });
        bench.admission.enter(retake_engine::decide::standing(bench.actor.state()));
        for name in ["a", "b", "c"] {
            bench.prepare(name);
        }
        let fault = Fault::new(Class::Throttled, Acceptance::No, "429").from(origin);
        bench.answer("a", Kind::Submit, Answer::Failed(fault.retry_after(Duration::from_secs(600)).into()));
        let out = ["b", "c"].into_iter().filter(|name| bench.is_under_way(name, Kind::Submit)).count();
        assert_eq!(out, flying, "{origin:?}: two calls in flight, unless the provider wants less of us");
    }
}
