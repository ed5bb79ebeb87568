//! A machine that is closed grants nothing and forgets nothing.

use super::super::Closed;
use super::*;

const FULL: Reply = Reply::Waits(Wait::Closed { why: Closed::DiskFull });

fn told(takes: &[&TakeId], reply: &Reply) -> Vec<(TakeId, Reply)> {
    takes.iter().map(|take| ((*take).clone(), reply.clone())).collect()
}

#[test]
fn nothing_is_granted_while_it_is_closed_and_all_in_order_after() {
    let mut admission = machine(Limits { submissions: 2, ..limits() });
    admission.close(Closed::DiskFull);
    let (a, b, c, work_too) = (take(1, "a"), take(1, "b"), take(2, "c"), take(3, "work"));
    for waits in [&a, &b, &c] {
        assert_eq!(admission.ask(ask(waits), at(0)), FULL);
    }
    assert_eq!(admission.ask(work(&work_too, 1), at(0)), FULL);
    assert_eq!(admission.ask(ask(&a), at(0)), FULL, "asking again changes nothing");
    assert_eq!((admission.pump(at(1)), admission.wake_at()), (vec![], None), "and nobody is to be woken");
    assert_eq!((admission.submissions, admission.processes), (0, 0));
    admission.reopen(at(2));
    // The runs take turns: the second of run 1 comes after the first of run 2.
    let mut heard = granted(&[&a, &c, &work_too]);
    heard.insert(0, (b.clone(), Reply::Waits(Wait::Turn)));
    assert_eq!(admission.pump(at(2)), heard);
    admission.observe(&a, ended(1), at(3));
    assert_eq!(admission.pump(at(3)), granted(&[&b]));
}

#[test]
fn whoever_waits_is_told_once_and_keeps_its_turn() {
    let mut admission = machine(Limits { submissions: 1, ..limits() });
    let (a, b, c) = (take(1, "a"), take(2, "b"), take(3, "c"));
    assert_eq!(admission.ask(ask(&a), at(0)), Reply::Granted);
    assert_eq!(admission.ask(ask(&b), at(0)), Reply::Waits(Wait::Turn));
    admission.close(Closed::DiskFull);
    assert!(admission.wake_at().is_some(), "there is something to tell");
    assert_eq!(admission.pump(at(1)), told(&[&b], &FULL));
    assert_eq!(admission.ask(ask(&c), at(1)), FULL);
    assert_eq!(admission.ask(ask(&a), at(1)), Reply::Granted, "a grant stands");
    // The slot is free, and still nobody gets it.
    admission.observe(&a, ended(1), at(2));
    assert_eq!((admission.pump(at(2)), admission.wake_at()), (vec![], None));
    admission.close(Closed::Stopping);
    let stopping = Reply::Waits(Wait::Closed { why: Closed::Stopping });
    assert_eq!(admission.pump(at(3)), told(&[&b, &c], &stopping));
    admission.reopen(at(4));
    let mut heard = granted(&[&b]);
    heard.insert(0, (c, Reply::Waits(Wait::Turn)));
    assert_eq!(admission.pump(at(4)), heard);
}

#[test]
fn news_returns_and_entries_count_while_it_is_closed() {
    let mut admission = machine(limits());
    let (a, b) = (take(1, "a"), take(1, "b"));
    assert_eq!(admission.ask(ask(&a), at(0)), Reply::Granted);
    admission.close(Closed::DiskFull);
    assert_eq!(admission.ask(ask(&b), at(0)), FULL);
    admission.give_back(&b);
    admission.observe(&a, ended(70), at(1));
    assert_eq!(admission.committed(&account()), cents(70));
    let open = Holding {
        take: take(2, "c"),
        claim: Some(claim("c")),
        lane: paid(),
        day: at(0).day(),
        reserved: cents(30),
        slot: true,
        held: false,
    };
    admission.enter(Standing { holdings: vec![open], ..fresh(run(2), None) });
    assert_eq!((admission.committed(&account()), admission.submissions), (cents(100), 1));
    admission.reopen(at(2));
    assert_eq!(admission.pump(at(2)), [], "what was given back is not granted");
}

#[test]
fn what_else_keeps_an_ask_is_said_when_it_opens() {
    let mut admission = machine(Limits { account: cents(150), ..limits() });
    let (a, b, same) = (take(1, "a"), take(2, "b"), take(3, "same"));
    assert_eq!(admission.ask(ask(&a), at(0)), Reply::Granted);
    admission.close(Closed::DiskFull);
    assert_eq!(admission.ask(ask(&b), at(0)), FULL);
    assert_eq!(admission.ask(Ask { claim: claim(&a.to_string()), ..ask(&same) }, at(0)), FULL);
    admission.reopen(at(1));
    let short = Reply::Waits(Wait::Account { short: cents(50) });
    let key = Reply::Waits(Wait::Key { holder: a.clone(), held: false });
    assert_eq!(admission.pump(at(1)), [(b, short), (same.clone(), key)]);
    // A key that gets free while it is closed is looked up: that begins nothing.
    admission.close(Closed::DiskFull);
    admission.pump(at(2));
    admission.observe(&a, ended(0), at(2));
    assert_eq!(admission.pump(at(2)), told(&[&same], &Reply::KeyFree));
}
