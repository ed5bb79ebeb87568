//! One open take per key and account.

use super::*;

fn same(take: &TakeId) -> Ask {
    Ask { key: key("lamp"), ..ask(take) }
}

fn waits(holder: &TakeId, held: bool) -> Reply {
    Reply::Waits(Wait::Key { holder: holder.clone(), held })
}

#[test]
fn whoever_needs_the_same_waits_and_looks_again() {
    let mut admission = machine(limits());
    let (a, b) = (take(1, "a"), take(2, "b"));
    assert_eq!(admission.ask(same(&a), at(0)), Reply::Granted);
    assert_eq!(admission.ask(same(&b), at(0)), waits(&a, false));
    assert_eq!(admission.ask(Ask { lane: local(1), ..same(&b) }, at(0)), waits(&a, false));
    admission.observe(&a, News::Answered(Health::Good), at(1));
    assert_eq!(admission.pump(at(1)), []);
    admission.observe(&a, ended(100), at(2));
    assert_eq!(admission.pump(at(2)), [(b.clone(), Reply::KeyFree)]);
    assert!(admission.waiting.is_empty());
    assert_eq!(admission.ask(same(&b), at(3)), Reply::Granted);
}

#[test]
fn another_account_does_not_wait() {
    let mut admission = machine(limits());
    admission.enter(Standing { account: "bob".into(), ..fresh(run(4), None) });
    assert_eq!(admission.ask(same(&take(1, "a")), at(0)), Reply::Granted);
    assert_eq!(admission.ask(same(&take(4, "a")), at(0)), Reply::Granted);
}

#[test]
fn asking_before_being_told_is_being_told() {
    let mut admission = machine(limits());
    let (a, b) = (take(1, "a"), take(2, "b"));
    admission.ask(same(&a), at(0));
    admission.ask(same(&b), at(0));
    admission.observe(&a, ended(100), at(1));
    assert_eq!(admission.ask(same(&b), at(1)), Reply::KeyFree);
    assert_eq!(admission.pump(at(1)), []);
}

#[test]
fn whoever_looked_before_another_made_it_looks_again() {
    let mut admission = machine(Limits { submissions: 1, ..limits() });
    let (other, a, b) = (take(3, "other"), take(1, "a"), take(2, "b"));
    admission.ask(ask(&other), at(0));
    for first in [&a, &b] {
        assert_eq!(admission.ask(same(first), at(0)), Reply::Waits(Wait::Turn));
    }
    admission.observe(&other, ended(0), at(1));
    let told = admission.pump(at(1));
    assert!(told.contains(&(a.clone(), Reply::Granted)) && told.contains(&(b.clone(), waits(&a, false))), "{told:?}");
    admission.observe(&a, ended(100), at(2));
    assert_eq!(admission.pump(at(2)), [(b, Reply::KeyFree)]);
}

#[test]
fn a_holder_that_awaits_a_person_is_told_once() {
    let mut admission = machine(limits());
    let (a, b) = (take(1, "a"), take(2, "b"));
    admission.ask(same(&a), at(0));
    admission.ask(same(&b), at(0));
    admission.observe(&a, News::Held, at(1));
    admission.observe(&a, News::Held, at(1));
    assert_eq!(admission.wake_at(), Some(at(1)));
    assert_eq!(admission.pump(at(1)), [(b.clone(), waits(&a, true))]);
    assert_eq!(admission.pump(at(1)), []);
    admission.observe(&a, News::Reopened, at(2));
    assert_eq!(admission.pump(at(2)), [(b, waits(&a, false))]);
}

#[test]
fn a_held_holder_yields_to_whoever_does_not_mind() {
    let mut admission = machine(limits());
    let (a, b, c) = (take(1, "a"), take(2, "b"), take(3, "c"));
    admission.ask(same(&a), at(0));
    assert_eq!(admission.ask(Ask { despite_held: true, ..same(&b) }, at(0)), waits(&a, false));
    admission.observe(&a, News::Held, at(1));
    assert_eq!(admission.pump(at(1)).last(), Some(&(b.clone(), Reply::Granted)));
    assert_eq!(admission.ask(Ask { despite_held: true, ..same(&c) }, at(1)), waits(&b, false));
    admission.observe(&b, ended(100), at(2));
    assert_eq!(admission.pump(at(2)), [(c.clone(), Reply::KeyFree)]);
    assert_eq!(admission.ask(same(&c), at(2)), waits(&a, true));
    admission.observe(&a, ended(0), at(3));
    assert_eq!(admission.pump(at(3)), [(c, Reply::KeyFree)]);
    assert_eq!(admission.book.keys_held(), 0);
}

#[test]
fn a_late_take_keeps_its_key_only_if_it_is_weak() {
    for keeps_key in [false, true] {
        let mut admission = machine(limits());
        let (a, b) = (take(1, "a"), take(2, "b"));
        admission.ask(same(&a), at(0));
        admission.ask(same(&b), at(0));
        admission.observe(&a, News::Late { keeps_key }, at(1));
        let told = if keeps_key { vec![] } else { vec![(b, Reply::KeyFree)] };
        assert_eq!(admission.pump(at(1)), told);
        assert_eq!(admission.committed(&account()), cents(100), "a late take stays reserved");
    }
}

#[test]
fn who_waits_for_a_key_blocks_nobody() {
    let mut admission = machine(Limits { submissions: 2, ..limits() });
    admission.ask(same(&take(1, "a")), at(0));
    admission.ask(same(&take(2, "b")), at(0));
    assert_eq!(admission.ask(ask(&take(2, "c")), at(0)), Reply::Granted);
}

#[test]
fn a_key_that_does_not_survive_reentry_is_free_and_one_that_does_is_not() {
    let mut admission = machine(limits());
    let (a, b) = (take(1, "a"), take(2, "b"));
    admission.ask(same(&a), at(0));
    admission.ask(same(&b), at(0));
    let holding = Holding {
        take: a.clone(),
        key: Some(key("lamp")),
        lane: paid(),
        day: at(0).day(),
        reserved: cents(100),
        slot: false,
        held: true,
    };
    admission.enter(Standing { holdings: vec![holding], ..fresh(run(1), None) });
    assert_eq!(admission.pump(at(1)), [(b.clone(), waits(&a, true))]);
    admission.enter(fresh(run(1), None));
    assert_eq!(admission.pump(at(1)), [(b, Reply::KeyFree)]);
}
