//! A clock that is set between two lives of the process: nothing waits for years, and nothing is believed too early.

use std::time::Duration;

use retake_engine::fault::{Acceptance, Class, Fault};
use retake_engine::graph::Dedupe;
use retake_engine::journal::event::RunSpec;
use retake_engine::journal::state::{Phase, TakeState};
use retake_engine::moment::Moment;
use retake_engine::performer::{Answer, Kind, Task};
use retake_engine::retry::Policy;

use crate::bench::*;

const HOUR: Duration = Duration::from_secs(3_600);
const TEN_YEARS: Duration = Duration::from_secs(10 * 365 * 24 * 3_600);
/// A jump is one of these, or none.
const JUMPS: [Duration; 4] = [Duration::ZERO, Duration::from_secs(5), HOUR, TEN_YEARS];

fn earlier(now: Moment, by: Duration) -> Moment {
    Moment::from_ms(now.ms() - u64::try_from(by.as_millis()).unwrap())
}

/// The process dies, and the clock shows something else when it comes again.
fn crash_and_set(bench: &mut Bench, clock: Moment) {
    bench.now = clock;
    bench.crash();
    assert_eq!(bench.actor.flight().life_began(), clock);
}

fn unclear(route: &str) -> Bench {
    let mut bench = Bench::new(spec(vec![node("a", &[route])]));
    bench.prepare("a");
    bench.answer("a", Kind::Submit, failed(Class::Transient, Acceptance::Unknown));
    bench
}

#[test]
fn no_wait_outlives_a_clock_that_is_set_back() {
    for jump in JUMPS {
        let mut bench = Bench::new(spec(vec![node("a", &["exact"])]));
        bench.prepare("a");
        let wish = Fault::new(Class::Throttled, Acceptance::No, "429").retry_after(Duration::from_secs(20));
        bench.answer("a", Kind::Submit, Answer::Failed(wish.into()));
        let clock = earlier(bench.now, jump);
        crash_and_set(&mut bench, clock);
        assert!(bench.wake_at.is_some_and(|at| at > bench.now), "it waits, and does not turn in circles");
        bench.pass(Duration::from_secs(19));
        assert!(matches!(bench.phase("a"), Phase::Resting { .. }), "{jump:?}: {:?}", bench.phase("a"));
        bench.pass(Policy::longest(&policy()));
        assert!(bench.is_under_way("a", Kind::Prepare), "{jump:?}: {:?}", bench.phase("a"));
    }
}

#[test]
fn a_long_life_waits_as_long_as_a_short_one() {
    let mut bench = Bench::new(spec(vec![node("a", &["exact"])]));
    crash_and_set(&mut bench, START.after(HOUR));
    bench.pass(TEN_YEARS);
    bench.prepare("a");
    bench.answer("a", Kind::Submit, failed(Class::Transient, Acceptance::No));
    bench.pass(Duration::from_millis(900));
    assert!(matches!(bench.phase("a"), Phase::Resting { .. }), "{:?}", bench.phase("a"));
    bench.pass(Duration::from_millis(200));
    assert!(bench.is_under_way("a", Kind::Prepare));
}

#[test]
fn patience_counts_from_the_restart_where_the_clock_was_set_back() {
    for jump in JUMPS {
        let mut bench = Bench::new(spec(vec![node("a", &["exact"])]));
        bench.submit("a", "t");
        let clock = earlier(bench.now, jump);
        crash_and_set(&mut bench, clock);
        bench.pass(Duration::from_secs(3));
        assert!(bench.is_under_way("a", Kind::Poll), "{jump:?}");
        bench.poll("a", Answer::Pending { after: None, begun: true });
        bench.pass(Duration::from_secs(60));
        let expired = |bench: &Bench| bench.state().nodes()[0].takes[0].expired;
        assert!(expired(&bench).is_some(), "{jump:?}");
        // Set back again: what is past its time is late after its grace, not after ten years.
        let clock = earlier(bench.now, jump);
        crash_and_set(&mut bench, clock);
        bench.pass(Duration::from_secs(21));
        assert!(bench.state().nodes()[0].takes[0].late, "{jump:?}");
    }
}

#[test]
fn grace_counts_from_the_restart_whatever_the_clock_shows() {
    for back in [false, true] {
        for jump in JUMPS {
            let mut bench = unclear("exact");
            let clock = if back { earlier(bench.now, jump) } else { bench.now.after(jump) };
            crash_and_set(&mut bench, clock);
            // Ten seconds of grace and one of lag, and two looks in a row that show nothing.
            for second in 0..30 {
                if bench.is_under_way("a", Kind::Find) {
                    bench.answer("a", Kind::Find, Answer::Candidates(Vec::new()));
                }
                let unclear = matches!(bench.take("a", 1), TakeState::Unclear { .. });
                assert!(unclear || second > 11, "{jump:?} {back}: released after {second} seconds");
                bench.pass(Duration::from_secs(1));
            }
            assert_eq!(bench.take("a", 1), &TakeState::Released, "{jump:?} {back}");
        }
    }
}

#[test]
fn a_search_leaves_nothing_out_where_the_clock_was_set_back() {
    for (jump, all) in [(Duration::ZERO, false), (Duration::from_secs(5), true), (TEN_YEARS, true)] {
        let mut bench = unclear("exact");
        let clock = earlier(bench.now, jump);
        crash_and_set(&mut bench, clock);
        let Task::Find { since, .. } = bench.action("a", Kind::Find).task else { panic!("it finds") };
        assert_eq!(since, if all { Moment::default() } else { START }, "{jump:?}");
    }
}

#[test]
fn a_key_that_may_be_old_is_not_sent_again() {
    // Not set, forwards, backwards, and backwards by less than the process was down.
    type Clock = fn(Moment) -> Moment;
    let clocks: [(Clock, bool); 5] = [
        (|now| now, true),
        (|now| now.after(Duration::from_secs(5)), true),
        (|now| now.after(HOUR), false),
        (|now| earlier(now, HOUR), false),
        (|now| earlier(now, Duration::from_secs(1)), false),
    ];
    for (number, (clock, again)) in clocks.into_iter().enumerate() {
        let mut bench = unclear("key");
        bench.open.clear();
        let clock = clock(bench.now);
        crash_and_set(&mut bench, clock);
        bench.pass(Duration::from_secs(5));
        assert_eq!(bench.is_under_way("a", Kind::Submit), again, "clock {number}");
        assert_eq!(*bench.take("a", 1) == TakeState::Held, !again, "clock {number}");
    }
}

#[test]
fn a_key_stays_of_unknown_age_in_later_lives() {
    let mut spec = spec(vec![node("a", &["key"])]);
    spec.entries.insert("key".into(), paid("key", Dedupe::Key { ttl: TEN_YEARS.saturating_mul(10) }));
    let mut bench = Bench::new(RunSpec { ..spec });
    bench.prepare("a");
    let clock = earlier(bench.now, HOUR);
    // The submission was under way: it is lost, then of unknown age.
    crash_and_set(&mut bench, clock);
    assert_eq!(bench.take("a", 1), &TakeState::Held);
    let clock = bench.now.after(TEN_YEARS);
    crash_and_set(&mut bench, clock);
    assert!(bench.state().nodes()[0].takes[0].untimed);
}

#[test]
fn an_ordinal_is_never_used_twice_though_the_clock_is_set_back() {
    let mut bench = unclear("exact");
    let mut ordinals = vec![bench.action("a", Kind::Find).ordinal];
    let mut clock = earlier(bench.now, TEN_YEARS);
    // Finding writes nothing down: each life finds the same journal.
    for _ in 0..3 {
        crash_and_set(&mut bench, clock);
        ordinals.push(bench.action("a", Kind::Find).ordinal);
        clock = clock.after(Duration::from_millis(1));
    }
    assert!(ordinals.is_sorted_by(|one, next| one < next), "{ordinals:?}");
}
