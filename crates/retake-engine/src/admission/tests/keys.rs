//! One open take per claim.

use super::*;

fn same(take: &TakeId) -> Ask {
    Ask { claim: claim("lamp"), ..ask(take) }
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
fn another_account_waits_only_for_what_is_claimed_anywhere() {
    let mut admission = machine(limits());
    admission.enter(Standing { account: "bob".into(), ..fresh(run(4), None) });
    let theirs = Ask { claim: Claim::within("bob".into(), key("lamp")), ..ask(&take(4, "a")) };
    assert_eq!(admission.ask(same(&take(1, "a")), at(0)), Reply::Granted);
    assert_eq!(admission.ask(theirs, at(0)), Reply::Granted);
    let (b, c) = (take(1, "b"), take(4, "c"));
    let weak = |take: &TakeId| Ask { claim: Claim::anywhere(key("tree")), ..ask(take) };
    assert_eq!(admission.ask(weak(&b), at(0)), Reply::Granted);
    assert_eq!(admission.ask(weak(&c), at(0)), waits(&b, false));
    admission.observe(&b, News::Late { keeps_claim: true }, at(1));
    assert_eq!(admission.pump(at(1)), []);
    admission.observe(&b, ended(100), at(2));
    assert_eq!(admission.pump(at(2)), [(c.clone(), Reply::KeyFree)]);
    assert_eq!(admission.ask(weak(&c), at(3)), Reply::Granted);
}

#[test]
fn what_is_claimed_anywhere_is_not_granted_beside_what_another_account_brought() {
    let mut admission = machine(limits());
    let (theirs, a) = (take(4, "theirs"), take(1, "a"));
    let weak = Ask { claim: Claim::anywhere(key("lamp")), ..ask(&a) };
    let holding = Holding {
        take: theirs.clone(),
        claim: Some(weak.claim.clone()),
        lane: paid(),
        day: at(0).day(),
        reserved: cents(100),
        slot: false,
        held: true,
    };
    let bob = |holdings| Standing { account: "bob".into(), holdings, ..fresh(run(4), None) };
    admission.enter(bob(vec![holding]));
    assert_eq!(admission.ask(weak, at(0)), waits(&theirs, true));
    admission.enter(bob(Vec::new()));
    assert_eq!(admission.pump(at(1)), [(a, Reply::KeyFree)]);
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
    assert_eq!(admission.book.claims_held(), 0);
}

#[test]
fn a_late_take_keeps_its_claim_only_if_it_is_weak() {
    for keeps_claim in [false, true] {
        let mut admission = machine(limits());
        let (a, b) = (take(1, "a"), take(2, "b"));
        admission.ask(same(&a), at(0));
        admission.ask(same(&b), at(0));
        admission.observe(&a, News::Late { keeps_claim }, at(1));
        let told = if keeps_claim { vec![] } else { vec![(b, Reply::KeyFree)] };
        assert_eq!(admission.pump(at(1)), told);
        assert_eq!(admission.committed(&account()), cents(100), "a late take stays reserved");
    }
}

#[test]
fn who_waits_for_a_claim_blocks_nobody() {
    let mut admission = machine(Limits { submissions: 2, ..limits() });
    admission.ask(same(&take(1, "a")), at(0));
    admission.ask(same(&take(2, "b")), at(0));
    assert_eq!(admission.ask(ask(&take(2, "c")), at(0)), Reply::Granted);
}

#[test]
fn a_claim_that_does_not_survive_reentry_is_free_and_one_that_does_is_not() {
    let mut admission = machine(limits());
    let (a, b) = (take(1, "a"), take(2, "b"));
    admission.ask(same(&a), at(0));
    admission.ask(same(&b), at(0));
    let holding = Holding {
        take: a.clone(),
        claim: Some(claim("lamp")),
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
