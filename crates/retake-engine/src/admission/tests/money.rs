//! Caps of accounts and days, and room behind predecessors.

use super::*;

fn caps(total: u64, day: u64) -> Caps {
    Caps { total: cents(total), day: cents(day) }
}

#[test]
fn what_is_spent_and_reserved_never_passes_the_cap() {
    let mut admission = machine(Limits { account: cents(250), ..limits() });
    let (a, b, c) = (take(1, "a"), take(2, "b"), take(3, "c"));
    assert_eq!(admission.ask(ask(&a), at(0)), Reply::Granted);
    assert_eq!(admission.ask(ask(&b), at(0)), Reply::Granted);
    let short = Reply::Waits(Wait::Account { short: cents(50) });
    assert_eq!(admission.ask(ask(&c), at(0)), short);
    admission.observe(&a, ended(60), at(1));
    assert_eq!(admission.pump(at(1)), []);
    admission.observe(&b, ended(90), at(2));
    assert_eq!(admission.pump(at(2)), granted(&[&c]).into_iter().collect::<Vec<_>>());
}

#[test]
fn a_lowered_cap_revokes_nothing_and_a_raised_one_lets_go_on() {
    let mut admission = machine(limits());
    let (a, b, free) = (take(1, "a"), take(1, "b"), take(1, "free"));
    assert_eq!(admission.ask(ask(&a), at(0)), Reply::Granted);
    admission.set_account(account(), caps(50, 10_000), at(1));
    assert!(admission.is_open(&a));
    assert_eq!(admission.ask(ask(&b), at(1)), Reply::Waits(Wait::Account { short: cents(150) }));
    assert_eq!(admission.ask(work(&free, 1), at(1)), Reply::Granted, "local work needs no money");
    admission.set_account(account(), caps(200, 10_000), at(2));
    assert_eq!(admission.pump(at(2)).last(), Some(&(b, Reply::Granted)));
}

#[test]
fn a_day_ends_at_midnight_utc() {
    let mut admission = machine(Limits { day: cents(150), ..limits() });
    let (a, b) = (take(1, "a"), take(1, "b"));
    let midnight = at(0).day().end();
    assert_eq!(admission.ask(ask(&a), at(0)), Reply::Granted);
    let wait = Wait::Day { short: cents(50), until: midnight };
    assert_eq!(admission.ask(ask(&b), at(0)), Reply::Waits(wait));
    assert_eq!(admission.wake_at(), Some(midnight));
    assert_eq!(admission.pump(at(60)), []);
    assert_eq!(admission.pump(midnight).last(), Some(&(b, Reply::Granted)));
    assert_eq!(admission.wake_at(), None);
    // What the first cost counts on the day of its intent.
    admission.observe(&a, ended(80), midnight);
    assert_eq!(admission.committed_on(&account(), at(0).day()), cents(80));
    assert_eq!(admission.committed_on(&account(), midnight.day()), cents(100));
    assert_eq!(admission.committed(&account()), cents(180));
}

#[test]
fn a_cheaper_take_is_not_kept_by_a_dearer_one() {
    let mut admission = machine(Limits { account: cents(120), ..limits() });
    admission.ask(ask(&take(1, "a")), at(0));
    admission.ask(ask(&take(1, "b")), at(0));
    assert_eq!(admission.ask(Ask { worst: cents(20), ..ask(&take(1, "c")) }, at(0)), Reply::Granted);
}

#[test]
fn room_is_what_predecessors_leave() {
    let mut admission = machine(limits());
    let (old, older) = (take(1, "old"), take(2, "older"));
    admission.enter(fresh(run(1), Some(run(2))));
    admission.enter(fresh(run(4), Some(run(1))));
    admission.ask(ask(&old), at(0));
    admission.ask(ask(&older), at(0));
    assert_eq!(admission.inherited(run(4)), cents(200));
    let new = take(4, "new");
    let narrow = Ask { room: cents(150), ..ask(&new) };
    let waits = |reserved, held| Reply::Waits(Wait::Predecessor { reserved: cents(reserved), held });
    assert_eq!(admission.ask(narrow, at(0)), waits(200, false));
    admission.observe(&older, News::Held, at(1));
    assert_eq!(admission.pump(at(1)), [(new.clone(), waits(200, true))]);
    admission.observe(&old, ended(100), at(2));
    assert_eq!(admission.pump(at(2)), []);
    admission.observe(&older, ended(0), at(3));
    assert_eq!(admission.pump(at(3)).last(), Some(&(new, Reply::Granted)));
}

#[test]
fn what_awaited_a_person_counts_no_more_once_it_has_ended() {
    let mut admission = machine(limits());
    admission.enter(fresh(run(4), Some(run(1))));
    let (held, open) = (take(1, "held"), take(1, "open"));
    admission.ask(ask(&held), at(0));
    admission.observe(&held, News::Held, at(0));
    admission.observe(&held, ended(0), at(1));
    admission.ask(ask(&open), at(1));
    admission.ask(ask(&take(1, "too")), at(1));
    let wait = Wait::Predecessor { reserved: cents(200), held: false };
    assert_eq!(admission.ask(Ask { room: cents(199), ..ask(&take(4, "new")) }, at(1)), Reply::Waits(wait));
}

#[test]
fn a_cap_at_its_edge_is_told_once() {
    let mut admission = machine(Limits { account: cents(100), ..limits() });
    let (a, b, c) = (take(1, "a"), take(2, "b"), take(3, "c"));
    for ask in [&a, &b, &c].map(ask) {
        admission.ask(ask, at(0));
    }
    admission.observe(&a, ended(0), at(1));
    assert_eq!(admission.pump(at(1)), granted(&[&b]));
    admission.observe(&b, ended(0), at(2));
    assert_eq!(admission.pump(at(2)), granted(&[&c]));
}

#[test]
fn two_asks_of_one_run_do_not_fill_the_same_room_twice() {
    let mut admission = machine(Limits { submissions: 1, ..limits() });
    let (other, a, b) = (take(2, "other"), take(1, "a"), take(1, "b"));
    admission.ask(ask(&other), at(0));
    for waits in [&a, &b] {
        assert_eq!(admission.ask(Ask { room: cents(150), ..ask(waits) }, at(0)), Reply::Waits(Wait::Turn));
    }
    admission.observe(&other, ended(0), at(1));
    assert_eq!(admission.pump(at(1)), granted(&[&a]));
    admission.observe(&a, News::Answered(Health::Good), at(2));
    let wait = Wait::Predecessor { reserved: Money::ZERO, held: false };
    assert_eq!(admission.pump(at(2)), [(b.clone(), Reply::Waits(wait))]);
    admission.observe(&a, ended(40), at(3));
    assert_eq!(admission.pump(at(3)).last(), Some(&(b, Reply::Granted)));
}

#[test]
fn a_circle_of_runs_ends() {
    let mut admission = machine(limits());
    admission.enter(fresh(run(1), Some(run(2))));
    admission.enter(fresh(run(2), Some(run(1))));
    admission.ask(ask(&take(2, "a")), at(0));
    assert_eq!(admission.inherited(run(1)), cents(100));
    admission.observe(&take(2, "a"), ended(0), at(1));
    assert_eq!(admission.inherited(run(1)), Money::ZERO);
}

#[test]
fn sums_beyond_counting_come_back_exactly() {
    let mut admission = machine(Limits { account: Money::MAX, day: Money::MAX, ..limits() });
    let day = at(0).day();
    admission.enter(Standing { spent: vec![(day, Money::MAX), (day, Money::MAX)], ..fresh(run(1), None) });
    assert_eq!(admission.committed(&account()), Money::MAX);
    assert!(matches!(admission.ask(ask(&take(2, "a")), at(0)), Reply::Waits(Wait::Account { .. })));
    admission.enter(fresh(run(1), None));
    assert_eq!(admission.committed(&account()), Money::ZERO);
    assert_eq!(admission.pump(at(0)).last(), Some(&(take(2, "a"), Reply::Granted)));
}
