//! What time and answers change: rate, width, breaker, retry budget.

use super::super::{BreakerTerms, RetryBudget};
use super::*;

fn takes(prefix: &str, count: usize) -> Vec<TakeId> {
    (0..count).map(|n| take(1, &format!("{prefix}{n:03}"))).collect()
}

fn with(change: impl FnOnce(&mut Terms)) -> Admission {
    let mut terms = Terms { concurrency: 100, ..Terms::default() };
    change(&mut terms);
    machine(Limits { submissions: 1000, default_terms: terms, ..limits() })
}

fn answer(admission: &mut Admission, take: &TakeId, health: Health, now: Moment) {
    admission.observe(take, News::Answered(health), now);
    admission.observe(take, ended(0), now);
}

fn width(admission: &Admission) -> u32 {
    admission.gates[&"replicate".into()].width()
}

#[test]
fn a_rate_lets_a_burst_through_and_then_one_by_one() {
    let rate = Rate { count: 4, per: Duration::from_secs(60) };
    let mut admission = with(|terms| terms.rate = rate);
    let all = takes("t", 7);
    for take in &all[..4] {
        assert_eq!(admission.ask(ask(take), at(0)), Reply::Granted);
    }
    for take in &all[4..] {
        assert_eq!(admission.ask(ask(take), at(0)), Reply::Waits(Wait::Rate { until: at(15) }));
    }
    assert_eq!(admission.wake_at(), Some(at(15)));
    assert_eq!(admission.pump(at(14)), []);
    assert_eq!(admission.pump(at(15)), granted(&[&all[4]]));
    assert_eq!(admission.pump(at(30)), granted(&[&all[5]]));
    // A grant that is given back was never sent.
    admission.give_back(&all[5]);
    assert_eq!(admission.pump(at(30)), granted(&[&all[6]]));
}

#[test]
fn a_clock_set_back_prolongs_no_wait_beyond_its_measure() {
    let rate = Rate { count: 1, per: Duration::from_secs(60) };
    let mut admission = with(|terms| terms.rate = rate);
    let all = takes("t", 2);
    assert_eq!(admission.ask(ask(&all[0]), at(100_000)), Reply::Granted);
    assert_eq!(admission.ask(ask(&all[1]), at(0)), Reply::Waits(Wait::Rate { until: at(60) }));
    assert_eq!(admission.pump(at(60)), granted(&[&all[1]]).into_iter().collect::<Vec<_>>());
}

#[test]
fn throttling_narrows_once_a_burst_and_success_widens_again() {
    let mut admission = machine(limits());
    let all = takes("t", 20);
    for take in &all[..8] {
        assert_eq!(admission.ask(ask(take), at(0)), Reply::Granted);
    }
    for take in &all[..3] {
        answer(&mut admission, take, Health::Throttled, at(1));
    }
    assert_eq!(width(&admission), 5);
    assert_eq!(admission.ask(ask(&all[8]), at(1)), Reply::Waits(Wait::Turn), "five are still in flight");
    answer(&mut admission, &all[3], Health::Throttled, at(3));
    assert_eq!(width(&admission), 3);
    answer(&mut admission, &all[4], Health::Good, at(12));
    assert_eq!(width(&admission), 3, "ten seconds have not passed");
    answer(&mut admission, &all[5], Health::Good, at(13));
    answer(&mut admission, &all[6], Health::Good, at(13));
    assert_eq!(width(&admission), 4);
    admission.pump(at(13));
    for n in 0..20 {
        let now = at(30 + 10 * n);
        let take = take(2, &format!("more{n}"));
        assert_eq!(admission.ask(ask(&take), now), Reply::Granted);
        answer(&mut admission, &take, Health::Good, now);
    }
    assert_eq!(width(&admission), 8, "never wider than configured");
}

#[test]
fn throttling_never_stops_a_provider_for_good() {
    let mut admission = machine(limits());
    for (n, take) in takes("t", 30).iter().enumerate() {
        let now = at(5 * n as u64);
        assert_eq!(admission.ask(ask(take), now), Reply::Granted);
        answer(&mut admission, take, Health::Throttled, now);
    }
    assert_eq!(width(&admission), 1);
}

fn breaker() -> BreakerTerms {
    let (window, rest) = (Duration::from_secs(60), Duration::from_secs(30));
    BreakerTerms { window, minimum: 4, failing_permille: 500, rest }
}

/// Four answers, half of them sick.
fn tripped() -> Admission {
    let mut admission = with(|terms| terms.breaker = breaker());
    for (n, take) in takes("first", 4).iter().enumerate() {
        assert_eq!(admission.ask(ask(take), at(0)), Reply::Granted);
        let health = if n < 2 { Health::Good } else { Health::Sick };
        answer(&mut admission, take, health, at(0));
    }
    admission
}

#[test]
fn a_failing_model_is_left_alone_and_others_are_not() {
    let mut admission = tripped();
    let until = at(30);
    assert_eq!(admission.ask(ask(&take(1, "a")), at(1)), Reply::Waits(Wait::Breaker { until }));
    assert_eq!(admission.wake_at(), Some(until));
    let other = Lane::Submission { provider: "replicate".into(), model: "veo".into() };
    assert_eq!(admission.ask(Ask { lane: other, ..ask(&take(1, "b")) }, at(1)), Reply::Granted);
}

#[test]
fn one_probe_decides_whether_it_closes() {
    for health in [Health::Good, Health::Sick] {
        let mut admission = tripped();
        let (a, b, c) = (take(1, "a"), take(2, "b"), take(3, "c"));
        for waits in [&a, &b, &c] {
            admission.ask(ask(waits), at(1));
        }
        assert_eq!(admission.pump(at(30)), granted(&[&a]));
        assert_eq!(admission.wake_at(), None, "no time will end the wait for the probe");
        answer(&mut admission, &a, health, at(31));
        let goes = if health == Health::Good { granted(&[&b, &c]) } else { vec![] };
        assert_eq!(admission.pump(at(31)), goes);
        assert_eq!(admission.wake_at(), (health == Health::Sick).then(|| at(61)));
    }
}

#[test]
fn a_probe_that_says_nothing_makes_room_for_another() {
    let lost: [fn(&mut Admission, &TakeId); 6] = [
        |admission, take| admission.give_back(take),
        |admission, take| admission.observe(take, News::Late { keeps_claim: false }, at(31)),
        |admission, take| admission.observe(take, News::Held, at(31)),
        |admission, take| admission.observe(take, ended(0), at(31)),
        |admission, take| admission.observe(take, News::Answered(Health::Neutral), at(31)),
        |admission, _| admission.enter(fresh(run(1), None)),
    ];
    for lose in lost {
        let mut admission = tripped();
        let (a, b, c) = (take(1, "a"), take(2, "b"), take(3, "c"));
        for waits in [&a, &b, &c] {
            admission.ask(ask(waits), at(1));
        }
        assert_eq!(admission.pump(at(30)), granted(&[&a]));
        lose(&mut admission, &a);
        assert_eq!(admission.pump(at(31)), granted(&[&b]));
    }
}

#[test]
fn old_and_few_failures_trip_nothing() {
    let mut admission = with(|terms| terms.breaker = breaker());
    for (n, take) in takes("t", 12).iter().enumerate() {
        let now = at(25 * n as u64);
        assert_eq!(admission.ask(ask(take), now), Reply::Granted);
        answer(&mut admission, take, Health::Sick, now);
    }
    for take in takes("refused", 12) {
        assert_eq!(admission.ask(ask(&take), at(300)), Reply::Granted);
        answer(&mut admission, &take, Health::Neutral, at(300));
    }
}

#[test]
fn repetitions_are_paid_from_a_budget() {
    let retry = RetryBudget { capacity: 20, cost: 5, credit_per_success: 3, refill_every: Duration::from_secs(10) };
    let mut admission = with(|terms| terms.retry = retry);
    let again = |take: &TakeId| Ask { retry: true, ..ask(take) };
    let all = takes("t", 6);
    for take in &all[..2] {
        assert_eq!(admission.ask(again(take), at(0)), Reply::Granted, "it starts half full");
    }
    assert_eq!(admission.ask(again(&all[2]), at(0)), Reply::Waits(Wait::RetryBudget { until: at(50) }));
    assert_eq!(admission.ask(ask(&all[3]), at(0)), Reply::Granted, "a first attempt costs nothing");
    answer(&mut admission, &all[3], Health::Good, at(1));
    assert_eq!(admission.wake_at(), Some(at(20)));
    admission.give_back(&all[1]);
    assert_eq!(admission.pump(at(1)), granted(&[&all[2]]));
    assert_eq!(admission.ask(again(&all[4]), at(1)), Reply::Waits(Wait::RetryBudget { until: at(20) }));
    assert_eq!(admission.pump(at(19)), []);
    assert_eq!(admission.pump(at(20)), granted(&[&all[4]]));
}

#[test]
fn a_repetition_dearer_than_the_bucket_still_comes() {
    let retry = RetryBudget { capacity: 2, cost: 5, credit_per_success: 0, refill_every: Duration::from_secs(1) };
    let mut admission = with(|terms| terms.retry = retry);
    let a = take(1, "a");
    let wait = Wait::RetryBudget { until: at(1) };
    assert_eq!(admission.ask(Ask { retry: true, ..ask(&a) }, at(0)), Reply::Waits(wait));
    assert_eq!(admission.pump(at(1)), granted(&[&a]));
}
