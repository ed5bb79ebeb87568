//! The rules of admission, one test each; what holds whatever happens is in `chance.rs`.

use std::collections::BTreeMap;
use std::time::Duration;

use uuid::Uuid;

use super::{Admission, Ask, Caps, Claim, Health, Holding, Lane, Limits, News, Rate, Reply, Standing, Terms, Wait};
use crate::id::{AccountId, Hash, Key, RunId, TakeId};
use crate::moment::Moment;
use crate::money::Money;

mod chance;
mod closed;
mod fair;
mod keys;
mod money;
mod time;

const NOON: u64 = 86_400_000 * 100 + 43_200_000;

fn at(seconds: u64) -> Moment {
    Moment::from_ms(NOON + seconds * 1000)
}

fn run(n: u128) -> RunId {
    RunId(Uuid::from_u128(n))
}

fn take(n: u128, node: &str) -> TakeId {
    TakeId { run: run(n), node: node.into(), n: 1 }
}

fn key(name: &str) -> Key {
    Key(Hash::of_text(name))
}

/// A claim of the account that all runs have unless it is said otherwise.
fn claim(name: &str) -> Claim {
    Claim::within(account(), key(name))
}

fn cents(cents: u64) -> Money {
    Money::from_cents(cents)
}

fn account() -> AccountId {
    "ann".into()
}

fn paid() -> Lane {
    Lane::Submission { provider: "replicate".into(), model: "seedance".into() }
}

fn local(cores: u32) -> Lane {
    Lane::Process { cores }
}

fn limits() -> Limits {
    Limits {
        submissions: 8,
        processes: 4,
        account: cents(10_000),
        day: cents(10_000),
        providers: BTreeMap::new(),
        default_terms: Terms::default(),
    }
}

fn fresh(run: RunId, supersedes: Option<RunId>) -> Standing {
    Standing { run, account: account(), supersedes, spent: Vec::new(), holdings: Vec::new() }
}

/// A machine with three runs of one account.
fn machine(limits: Limits) -> Admission {
    let mut admission = Admission::new(limits);
    for n in 1..=3 {
        admission.enter(fresh(run(n), None));
    }
    admission
}

/// A paid ask for a dollar with a claim of its own.
fn ask(take: &TakeId) -> Ask {
    Ask {
        claim: claim(&take.to_string()),
        take: take.clone(),
        lane: paid(),
        worst: cents(100),
        room: cents(10_000),
        retry: false,
        despite_held: false,
    }
}

fn work(take: &TakeId, cores: u32) -> Ask {
    Ask { lane: local(cores), worst: Money::ZERO, ..ask(take) }
}

fn ended(cents: u64) -> News {
    News::Ended { spent: Money::from_cents(cents) }
}

fn granted(takes: &[&TakeId]) -> Vec<(TakeId, Reply)> {
    takes.iter().map(|take| ((*take).clone(), Reply::Granted)).collect()
}

#[test]
fn asking_twice_gives_the_same_grant() {
    let mut admission = machine(limits());
    let a = take(1, "a");
    assert_eq!(admission.ask(ask(&a), at(0)), Reply::Granted);
    assert_eq!(admission.ask(ask(&a), at(1)), Reply::Granted);
    assert_eq!(admission.committed(&account()), cents(100));
}

#[test]
fn asking_twice_keeps_one_place() {
    let mut admission = machine(Limits { submissions: 1, ..limits() });
    let (a, b, c) = (take(1, "a"), take(2, "b"), take(3, "c"));
    assert_eq!(admission.ask(ask(&a), at(0)), Reply::Granted);
    for waits in [&b, &c, &b] {
        assert_eq!(admission.ask(ask(waits), at(0)), Reply::Waits(Wait::Turn));
    }
    admission.observe(&a, ended(100), at(1));
    assert_eq!(admission.pump(at(1)), granted(&[&b]));
    admission.give_back(&b);
    assert_eq!(admission.pump(at(1)), granted(&[&c]));
}

#[test]
fn a_limit_of_zero_is_one() {
    let none = Terms { concurrency: 0, ..Terms::default() };
    let mut admission = machine(Limits { submissions: 0, processes: 0, default_terms: none, ..limits() });
    assert_eq!(admission.ask(ask(&take(1, "a")), at(0)), Reply::Granted);
    assert_eq!(admission.ask(ask(&take(1, "b")), at(0)), Reply::Waits(Wait::Turn));
    assert_eq!(admission.ask(work(&take(1, "c"), 0), at(0)), Reply::Granted);
    assert_eq!(admission.ask(work(&take(1, "d"), 0), at(0)), Reply::Waits(Wait::Turn));
}

#[test]
fn every_end_of_work_frees_the_slot_once() {
    for news in [News::Answered(Health::Good), News::Late { keeps_claim: true }, News::Held, ended(0)] {
        let mut admission = machine(Limits { submissions: 1, ..limits() });
        let (a, b, c) = (take(1, "a"), take(1, "b"), take(1, "c"));
        assert_eq!(admission.ask(ask(&a), at(0)), Reply::Granted);
        for waits in [&b, &c] {
            assert_eq!(admission.ask(ask(waits), at(0)), Reply::Waits(Wait::Turn));
        }
        for _ in 0..2 {
            admission.observe(&a, news, at(1));
        }
        assert_eq!(admission.pump(at(1)), granted(&[&b]), "{news:?}");
        assert_eq!(admission.submissions, 1, "{news:?}");
    }
}

#[test]
fn reopening_takes_no_slot_back() {
    let mut admission = machine(Limits { submissions: 1, ..limits() });
    let a = take(1, "a");
    assert_eq!(admission.ask(ask(&a), at(0)), Reply::Granted);
    admission.observe(&a, News::Held, at(1));
    admission.observe(&a, News::Reopened, at(2));
    assert_eq!(admission.ask(ask(&take(1, "b")), at(2)), Reply::Granted);
}

#[test]
fn a_full_provider_keeps_nobody_from_another() {
    let narrow = Terms { concurrency: 1, ..Terms::default() };
    let mut admission = machine(Limits { providers: BTreeMap::from([("replicate".into(), narrow)]), ..limits() });
    assert_eq!(admission.ask(ask(&take(1, "a")), at(0)), Reply::Granted);
    assert_eq!(admission.ask(ask(&take(1, "b")), at(0)), Reply::Waits(Wait::Turn));
    let elsewhere = Lane::Submission { provider: "fal".into(), model: "veo".into() };
    assert_eq!(admission.ask(Ask { lane: elsewhere, ..ask(&take(1, "c")) }, at(0)), Reply::Granted);
}

#[test]
fn work_wider_than_the_machine_runs_alone() {
    let mut admission = machine(limits());
    let (wide, small) = (take(1, "wide"), take(2, "small"));
    assert_eq!(admission.ask(work(&wide, 99), at(0)), Reply::Granted);
    assert_eq!(admission.ask(work(&small, 1), at(0)), Reply::Waits(Wait::Turn));
    admission.observe(&wide, ended(0), at(1));
    assert_eq!(admission.pump(at(1)), granted(&[&small]));
}

#[test]
fn wide_work_is_not_starved_by_small_work() {
    let mut admission = machine(limits());
    let smalls: Vec<_> = (0..40).map(|n| take(2, &format!("small{n:02}"))).collect();
    let wide = take(1, "wide");
    for small in &smalls {
        admission.ask(work(small, 1), at(0));
    }
    admission.ask(work(&wide, 4), at(0));
    let mut running: Vec<_> = smalls[..4].to_vec();
    let mut before = 0;
    while !admission.is_open(&wide) {
        let done = running.remove(0);
        admission.observe(&done, ended(0), at(1));
        running.extend(admission.pump(at(1)).into_iter().map(|(take, _)| take));
        before += 1;
        assert!(before < 12, "the wide work waits for all small ones");
    }
}

#[test]
fn a_run_that_has_not_entered_waits_for_it() {
    let mut admission = Admission::new(limits());
    let a = take(1, "a");
    assert_eq!(admission.ask(ask(&a), at(0)), Reply::Waits(Wait::Turn));
    assert_eq!(admission.pump(at(0)), []);
    admission.enter(fresh(run(1), None));
    assert_eq!(admission.pump(at(0)), granted(&[&a]));
}

#[test]
fn news_of_unknown_takes_is_ignored() {
    let mut admission = machine(limits());
    for news in [News::Answered(Health::Sick), News::Late { keeps_claim: false }, News::Held, News::Reopened, ended(5)]
    {
        admission.observe(&take(1, "nobody"), news, at(0));
        admission.observe(&take(9, "nobody"), news, at(0));
    }
    admission.give_back(&take(9, "nobody"));
    assert_eq!(admission.committed(&account()), Money::ZERO);
    assert_eq!(admission.pump(at(0)), []);
    assert_eq!(admission.wake_at(), None);
}

#[test]
fn what_a_run_brings_counts_without_question() {
    let mut admission = Admission::new(Limits { submissions: 1, account: cents(50), ..limits() });
    let stray = |node: &str| Holding {
        take: take(1, node),
        claim: None,
        lane: paid(),
        day: at(0).day(),
        reserved: cents(100),
        slot: true,
        held: false,
    };
    let standing = Standing {
        spent: vec![(at(0).day(), cents(7))],
        holdings: vec![stray("a"), stray("b")],
        ..fresh(run(1), None)
    };
    for _ in 0..2 {
        admission.enter(standing.clone());
        assert_eq!(admission.committed(&account()), cents(207));
        assert_eq!(admission.submissions, 2);
    }
    admission.hold(run(1), stray("c"));
    admission.hold(run(2), stray("d"));
    assert_eq!(admission.committed_on(&account(), at(0).day()), cents(307));
    admission.enter(fresh(run(1), None));
    assert_eq!((admission.committed(&account()), admission.submissions), (Money::ZERO, 0));
}
