//! Plays many seeds: `simulate FROM COUNT`, or one of them with its whole story: `simulate SEED`.

#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::process::ExitCode;

use retake_engine::sim::{Host, Scenario, Tally, play};

#[expect(clippy::disallowed_methods, reason = "an example is told by its arguments what to do")]
fn main() -> ExitCode {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    match numbers.as_slice() {
        [seed] => story(*seed),
        [from, count] => many(*from, *count),
        _ => {
            println!("simulate FROM COUNT, or simulate SEED for its story");
            ExitCode::from(2)
        }
    }
}

fn story(seed: u64) -> ExitCode {
    let (verdict, story) = Host::new(Scenario::of(seed)).tell_story();
    for line in story {
        println!("{:>9}.{:03}  {:?}", line.after.as_secs(), line.after.subsec_millis(), line.told);
    }
    for outcome in &verdict.outcomes {
        println!("{:?}: settled {}, billed {}", outcome.ending, outcome.settled, outcome.bill);
    }
    verdict.broken.map_or(ExitCode::SUCCESS, |why| {
        println!("seed {seed}: {why}");
        ExitCode::FAILURE
    })
}

fn many(from: u64, count: u64) -> ExitCode {
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let parts: Vec<_> = std::thread::scope(|scope| {
        let part = |first| scope.spawn(move || part(first, from + count, threads));
        let parts: Vec<_> = (0..threads).map(|thread| part(from + thread)).collect();
        parts.into_iter().map(|part| part.join().expect("a part of the simulation")).collect()
    });
    let mut tally = Tally::default();
    let mut broken = Vec::new();
    let mut records = 0;
    for (part, wrong, written) in parts {
        tally.add(&part);
        broken.extend(wrong);
        records += written;
    }
    print!("{tally}");
    println!("{count} seeds, {records} records");
    for (seed, why) in broken.iter().take(10) {
        println!("seed {seed}: {why}");
    }
    let missing = tally.missing();
    if !missing.is_empty() {
        println!("never happened: {}", missing.join("; "));
    }
    println!("{} broken", broken.len());
    if broken.is_empty() && (missing.is_empty() || count < 1_000) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn part(first: u64, end: u64, step: u64) -> (Tally, Vec<(u64, String)>, u64) {
    let mut tally = Tally::default();
    let mut broken = Vec::new();
    let mut records = 0;
    for seed in (first..end).step_by(usize::try_from(step).unwrap_or(1)) {
        let verdict = play(seed);
        tally.add(&verdict.tally);
        records += verdict.records;
        broken.extend(verdict.broken.map(|why| (seed, why)));
    }
    (tally, broken, records)
}
