//! Nobody starves: a small run beside a large one, and a thousand runs at once.

use super::*;

/// Rounds of eight slots until the small run's takes have ended; takes last one round.
fn rounds_for_small(large: usize, lane: fn(usize) -> Lane) -> u64 {
    let terms = Terms { rate: Rate { count: 1, per: Duration::ZERO }, ..Terms::default() };
    let none = (Money::MAX, Money::MAX);
    let mut admission =
        machine(Limits { processes: 8, default_terms: terms, account: none.0, day: none.1, ..limits() });
    let mut running = Vec::new();
    let mut start = |admission: &mut Admission, take: TakeId, n| {
        let wanted = Ask { lane: lane(n), worst: Money::ZERO, ..ask(&take) };
        if admission.ask(wanted, at(0)) == Reply::Granted {
            running.push(take);
        }
    };
    for n in 0..large {
        start(&mut admission, take(1, &format!("large{n:04}")), n);
    }
    for n in 0..3 {
        start(&mut admission, take(2, &format!("small{n}")), n);
    }
    let mut left = 3;
    for round in 1.. {
        for done in std::mem::take(&mut running) {
            admission.observe(&done, News::Answered(Health::Good), at(round));
            admission.observe(&done, ended(0), at(round));
            left -= usize::from(done.run == run(2));
        }
        if left == 0 {
            return round;
        }
        running.extend(admission.pump(at(round)).into_iter().map(|(take, _)| take));
        assert!(running.len() <= 8, "more in flight than slots");
    }
    u64::MAX
}

#[test]
fn a_small_run_is_served_beside_a_large_one() {
    let lanes: [fn(usize) -> Lane; 4] = [
        |_| paid(),
        |n| Lane::Submission { provider: ["replicate", "fal"][n % 2].into(), model: "m".into() },
        |_| local(1),
        |n| local([1, 2][n % 2]),
    ];
    for lane in lanes {
        let alone = rounds_for_small(0, lane);
        // The slots that the large run filled before the small one came are free after a round.
        let beside = rounds_for_small(1000, lane) - 1;
        assert!(beside <= 2 * alone, "{beside} rounds instead of {alone}");
    }
}

#[test]
fn runs_take_turns() {
    let mut admission = machine(Limits { submissions: 1, ..limits() });
    let first = take(3, "first");
    admission.ask(ask(&first), at(0));
    for n in [1, 2, 3] {
        for node in ["a", "b"] {
            admission.ask(ask(&take(n, node)), at(0));
        }
    }
    let mut done = first;
    let mut order = Vec::new();
    for _ in 0..6 {
        admission.observe(&done, ended(0), at(1));
        let (next, _) = admission.pump(at(1)).remove(0);
        order.push(next.clone());
        done = next;
    }
    let expected = [(1, "a"), (2, "a"), (3, "a"), (1, "b"), (2, "b"), (3, "b")];
    assert_eq!(order, expected.map(|(n, node)| take(n, node)));
}

#[test]
fn a_run_that_waited_for_its_provider_does_not_rush_afterwards() {
    let shut = Terms { rate: Rate { count: 1, per: Duration::from_secs(60) }, ..Terms::default() };
    let providers = BTreeMap::from([("slow".into(), shut)]);
    let mut admission = machine(Limits { submissions: 1, providers, account: Money::MAX, day: Money::MAX, ..limits() });
    let slow = || Lane::Submission { provider: "slow".into(), model: "m".into() };
    let mut done = take(3, "slow");
    admission.ask(Ask { lane: slow(), ..ask(&done) }, at(0));
    for n in 0..20 {
        admission.ask(Ask { lane: slow(), ..ask(&take(1, &format!("slow{n:02}"))) }, at(0));
        admission.ask(ask(&take(2, &format!("fast{n:02}"))), at(0));
    }
    let mut order = Vec::new();
    for n in 0..20 {
        let now = at(1 + n * 30);
        admission.observe(&done, ended(0), now);
        let (next, _) = admission.pump(now).remove(0);
        order.push(next.run);
        done = next;
    }
    assert!(order.windows(2).all(|pair| pair[0] == run(2) || pair[1] == run(2)), "{order:?}");
    assert!(order.iter().filter(|at| **at == run(1)).count() >= 8, "{order:?}");
}

#[test]
fn a_thousand_runs_cost_little_per_event() {
    let mut admission = Admission::new(Limits { account: Money::MAX, day: Money::MAX, ..limits() });
    let mut running = Vec::new();
    for n in 0..1000 {
        admission.enter(fresh(run(n), None));
        for node in 0..10 {
            let take = take(n, &node.to_string());
            if admission.ask(ask(&take), at(0)) == Reply::Granted {
                running.push(take);
            }
        }
    }
    let mut ended_all = 0;
    let mut now = 0;
    while !running.is_empty() {
        now += 1;
        for done in std::mem::take(&mut running) {
            admission.observe(&done, ended(1), at(now));
            running.extend(admission.pump(at(now)).into_iter().map(|(take, _)| take));
            ended_all += 1;
        }
    }
    assert_eq!(ended_all, 10_000);
    assert!(admission.waiting.is_empty());
}
