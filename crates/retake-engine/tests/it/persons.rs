//! What people ask for, and what they need not be asked again.

use std::time::Duration;

use retake_engine::engine::Command;
use retake_engine::fault::{Acceptance, Class};
use retake_engine::graph::NodeSpec;
use retake_engine::journal::event::Event;
use retake_engine::journal::state::Phase;
use retake_engine::performer::Kind;

use crate::bench::{Bench, failed, node, spec};

#[test]
fn who_has_looked_once_is_not_asked_again() {
    let gate = NodeSpec { needs: vec!["a".into()], review: true, ..NodeSpec::gate("look") };
    let after = NodeSpec { needs: vec!["look".into()], ..node("b", &["local"]) };
    let mut bench = Bench::new(spec(vec![node("a", &["local"]), gate, after]));
    bench.work("a");
    assert_eq!(bench.phase("look"), &Phase::Reviewing);
    bench.command(Command::Resume).unwrap();
    bench.work("b");
    bench.command(Command::Redo { node: "a".into(), salt: 7 }).unwrap();
    bench.work("a");
    assert!(matches!(bench.phase("look"), Phase::Complete { .. }), "{:?}", bench.phase("look"));
    assert!(matches!(bench.phase("b"), Phase::Complete { .. }), "{:?}", bench.phase("b"));
}

#[test]
fn a_person_s_retry_begins_with_short_waits() {
    let mut bench = Bench::new(spec(vec![node("a", &["local"])]));
    let wait = |bench: &Bench| {
        let waits = bench.journal().into_iter().rev().find_map(|record| match record.event {
            Event::Retrying { not_before, .. } => Some(not_before.since(record.at)),
            _ => None,
        });
        waits.expect("it is tried again")
    };
    let fail = |bench: &mut Bench| bench.answer("a", Kind::Work, failed(Class::Transient, Acceptance::No));
    let mut waits = Vec::new();
    // Its attempts and the rounds: bounded by both.
    for _ in 0..20 {
        if matches!(bench.phase("a"), Phase::GivenUp { .. }) {
            break;
        }
        fail(&mut bench);
        waits.push(wait(&bench));
        bench.pass(Duration::from_secs(3600));
    }
    bench.command(Command::Retry).unwrap();
    fail(&mut bench);
    let again = wait(&bench);
    assert!(again <= waits[0] && again < *waits.iter().max().unwrap(), "{waits:?}, then {again:?}");
}
