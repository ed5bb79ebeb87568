//! What the service costs and bears: `make bench`.
//!
//! The real program on a real socket, with the load in this process, on the same cores. Figures are in
//! `docs/benchmarks.md`; `cargo bench -p retake --bench service -- looks` takes a part of them (`looks`, `starts`,
//! `sockets`, `watchers`, `page`).

#![expect(
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "it measures the program, by the clock, and tells"
)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use client::Client;
use stage::{Stage, plan};

mod client;
mod sockets;
mod stage;
mod starts;
mod watchers;

/// How many scenes a long film has.
const SCENES: usize = 1_000;
/// How often it is looked at, and how long.
const LOOKS_A_SECOND: u32 = 100;
const LOOKS: usize = 1_000;
/// By how many connections.
const EYES: usize = 8;

/// What a share of all took at the most, in milliseconds; endless where there is none.
pub(crate) fn share(times: &mut [Duration], permille: usize) -> f64 {
    times.sort();
    let at = (times.len() * permille).div_ceil(1_000).max(1) - 1;
    times.get(at).map_or(f64::INFINITY, |time| time.as_secs_f64() * 1e3)
}

pub(crate) fn run_of(body: &str) -> String {
    let told: serde_json::Value = serde_json::from_str(body).unwrap();
    told["run"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
}

/// Looks at a path so often, each look due at its own moment: who is late is counted from when it was due.
fn looks(stage: &Stage, path: &str, count: usize) -> Vec<Duration> {
    let (start, next) = (Instant::now(), AtomicUsize::new(0));
    let eye = || {
        let (mut client, mut times) = (stage.client(), Vec::new());
        loop {
            let look = next.fetch_add(1, Ordering::Relaxed);
            if look >= count {
                return times;
            }
            let due = start + Duration::from_secs(1) / LOOKS_A_SECOND * u32::try_from(look).unwrap();
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let answer = client.get(path).unwrap();
            assert_eq!(answer.status, 200, "{}", answer.body);
            times.push(due.elapsed());
        }
    };
    std::thread::scope(|scope| {
        let eyes: Vec<_> = (0..EYES).map(|_| scope.spawn(eye)).collect();
        eyes.into_iter().flat_map(|eye| eye.join().unwrap()).collect()
    })
}

/// A long film that begins, and then waits for slow work.
fn long_film() {
    let stage = Stage::new(SCENES);
    let mut client = stage.client();
    let start = Instant::now();
    let answer = client.post("/api/runs", "application/yaml", &plan("Long", SCENES)).unwrap();
    let accepted = start.elapsed();
    let run = run_of(&answer.body);
    let path = format!("/api/runs/{run}");
    let told = |name: &str| {
        let mut times = looks(&stage, &path, LOOKS);
        let (half, most) = (share(&mut times, 500), share(&mut times, 990));
        println!(
            "{SCENES} scenes, looked at {LOOKS_A_SECOND} times a second {name}: median {half:.1} ms, p99 {most:.1} ms (goal 50)"
        );
    };
    println!("{SCENES} scenes are accepted in {:.0} ms", accepted.as_secs_f64() * 1e3);
    told("while they are begun");
    let is_waiting = |client: &mut Client| {
        let told: serde_json::Value = serde_json::from_str(&client.get(&path).unwrap().body).unwrap();
        told["items"]["generating"].as_u64() == Some(SCENES as u64)
    };
    while start.elapsed() < Duration::from_secs(120) && !is_waiting(&mut client) {
        std::thread::sleep(Duration::from_millis(200));
    }
    told("while all of them wait");
}

/// What a page transfers, without pictures and clips.
fn page() {
    let stage = Stage::new(100);
    let mut client = stage.client();
    let run = run_of(&client.post("/api/runs", "application/yaml", &plan("Page", 60)).unwrap().body);
    let paths =
        [format!("/runs/{run}"), "/assets/page.css".into(), "/assets/page.js".into(), "/assets/mark.svg".into()];
    let bytes = |path: &String| client.get(path).unwrap().body.len();
    let sizes: Vec<usize> = paths.iter().map(bytes).collect();
    let sum: usize = sizes.iter().sum();
    println!(
        "the page of a run of 60 scenes: {:.1} KB in all, {:.1} KB of it the page itself (goal 100)",
        sum as f64 / 1e3,
        sizes[0] as f64 / 1e3
    );
}

fn main() {
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let parts: [(&str, fn()); 5] = [
        ("looks", long_film),
        ("starts", starts::measure),
        ("sockets", sockets::measure),
        ("watchers", watchers::measure),
        ("page", page),
    ];
    for (name, part) in parts {
        if only.as_deref().is_none_or(|only| name.contains(only)) {
            part();
        }
    }
}
