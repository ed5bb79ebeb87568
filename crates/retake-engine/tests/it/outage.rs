//! A provider that is down for ten minutes: it is left alone, and back in use soon after it is back.

use std::time::Duration;

use retake_engine::admission::{Admission, Limits, Terms};
use retake_engine::decide::standing;
use retake_engine::engine::Actor;
use retake_engine::fault::{Acceptance, Class};
use retake_engine::journal::event::RunSpec;
use retake_engine::journal::state::Phase;
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use retake_engine::performer::{Answer, Task};
use retake_engine::sim::Scenario;
use retake_engine::store::memory::MemoryStore;

use crate::bench::{Bench, PRICE, START, failed, made, node, spec};

/// How many clips there are to make.
const CLIPS: usize = 500;
/// When the provider goes, and for how long it is away.
const GOES: Duration = Duration::from_secs(60);
const AWAY: Duration = Duration::from_secs(600);
/// How long a clip takes there.
const WORK: Duration = Duration::from_secs(20);

fn bench() -> Bench {
    let mut nodes: Vec<_> = (0..CLIPS).map(|clip| node(&format!("c{clip}/video"), &["exact"])).collect();
    nodes.push(node("/film", &["local"]));
    let run = RunSpec { cap: Money::from_cents(100_000_000), concurrency: 8, ..spec(nodes) };
    let mut limits = Limits { account: Money::MAX, day: Money::MAX, ..Scenario::showcase().limits };
    (limits.submissions, limits.default_terms) = (8, Terms::default());
    limits.providers.clear();
    let mut admission = Admission::new(limits);
    let (actor, turn) = Actor::create(run, START).unwrap();
    admission.enter(standing(actor.state()));
    let store = MemoryStore::default();
    let mut bench = Bench { actor, store, admission, now: START, open: Vec::new(), strays: 0, wake_at: None };
    bench.follow(turn, true);
    bench
}

#[test]
fn an_outage_is_not_made_worse_and_ends_soon() {
    let mut bench = bench();
    let (down, up) = (START.after(GOES), START.after(GOES).after(AWAY));
    let (mut asked, mut in_vain, mut tickets) = (0, 0, Vec::<Moment>::new());
    let mut back: Option<Moment> = None;
    for _ in 0..40_000 {
        bench.pass(Duration::from_millis(250));
        while let Some(action) = bench.open.pop() {
            let is_down = bench.now >= down && bench.now < up;
            let answer = match &action.task {
                Task::Prepare { .. } => Answer::Prepared { request: action.key.0, worst: PRICE },
                Task::Submit { .. } => {
                    asked += 1;
                    if is_down {
                        in_vain += 1;
                        failed(Class::Transient, Acceptance::No)
                    } else {
                        if bench.now >= up {
                            back = back.or(Some(bench.now));
                        }
                        tickets.push(bench.now);
                        Answer::Ticket((tickets.len() - 1).to_string().as_str().into())
                    }
                }
                Task::Poll { .. } if is_down => failed(Class::Transient, Acceptance::Unknown),
                Task::Poll { ticket } => {
                    let begun = tickets[ticket.to_string().parse::<usize>().unwrap()];
                    if bench.now.since(begun) >= WORK {
                        Answer::Succeeded { charge: Some(PRICE) }
                    } else {
                        Answer::Pending { after: None, begun: true }
                    }
                }
                Task::Fetch { .. } | Task::Work { .. } => made(action.key),
                Task::Find { .. } => Answer::Candidates(Vec::new()),
                Task::Cancel { .. } => Answer::Heard,
            };
            bench.answer_to(&action, answer);
        }
        let done = bench.state().nodes()[..CLIPS].iter().all(|node| matches!(node.phase, Phase::Complete { .. }));
        if done {
            break;
        }
    }
    let complete = bench.state().nodes().iter().filter(|node| matches!(node.phase, Phase::Complete { .. })).count();
    assert_eq!(complete, CLIPS + 1, "after {asked} requests, {in_vain} of them in vain");
    assert!(asked * 10 <= CLIPS * 12, "{asked} requests for {CLIPS} clips, {in_vain} of them in vain");
    let wait = back.unwrap().since(up);
    assert!(wait <= Duration::from_secs(30), "the first request came {wait:?} after the provider was back");
}
