//! What durability costs: steps a second, the wait of one step, paid takes, the way back after a kill, memory.
//!
//! Each figure stands beside a yardstick of the same process on the same disk. Figures are in `docs/benchmarks.md`.

#![expect(clippy::print_stdout, reason = "a benchmark talks to whoever runs it")]

use std::time::Duration;

use measure::{Figure, folder, median, per_second, ratio};

mod home;
mod measure;
mod resume;
mod runs;
mod yardstick;

/// How many runs there are at once, and how many producers.
const RUNS: u64 = 100;
/// How long the chain of each run is.
const CHAIN: usize = 500;
/// How many rows each producer writes.
const ROWS: usize = 500;
/// How often everything is measured; odd, for the median.
const SAMPLES: usize = 5;

fn main() {
    if resume::is_child() {
        return resume::child();
    }
    let only = measure::wish();
    let wanted = |name: &str| only.as_deref().is_none_or(|only| name.contains(only));
    if wanted("steps") {
        steps();
    }
    if wanted("wait") {
        wait();
    }
    if wanted("resume") {
        resume::measure();
    }
    if wanted("memory") {
        home::memory();
    }
}

/// Steps and paid takes of many runs, beside rows of many producers.
fn steps() {
    let (mut rows, mut threads, mut steps, mut paid) =
        (Figure::default(), Figure::default(), Figure::default(), Figure::default());
    for _ in 0..SAMPLES {
        rows.add(per_second(yardstick::queue(folder("rows").path(), RUNS, ROWS)));
        threads.add(per_second(yardstick::threads(folder("threads").path(), RUNS, ROWS)));
        steps.add(per_second(home::chains(folder("steps").path(), RUNS, CHAIN)));
        paid.add(per_second(home::paid(folder("paid").path(), RUNS, CHAIN / 5)));
    }
    println!("{RUNS} runs at once, a chain of {CHAIN} nodes each; median of {SAMPLES}");
    println!("  yardstick: {RUNS} producers in one thread, 512 bytes each: {rows} rows/s");
    println!("  yardstick: {RUNS} producers in {RUNS} threads:             {threads} rows/s");
    println!("  durable steps: {steps}/s");
    println!("    ratio to the rows {}, of threads {} (goal: 0.40)", ratio(&steps, &rows), ratio(&steps, &threads));
    println!("  paid takes: {paid}/s, ratio to the steps {} (goal: 0.20)", ratio(&paid, &steps));
}

/// One run alone: how long a step waits, beside a bare commit.
fn wait() {
    let (mut bare, mut step) = (Figure::default(), Figure::default());
    for _ in 0..SAMPLES {
        bare.add(typical(yardstick::commits(folder("bare").path(), ROWS)));
        step.add(typical(home::waits(folder("wait").path(), CHAIN)));
    }
    println!("one run alone; median of the medians of {SAMPLES}");
    println!("  yardstick: a bare commit of 512 bytes {bare} µs");
    println!("  a durable step {step} µs, ratio {} (goal: 2)", ratio(&step, &bare));
}

/// The median, in microseconds.
fn typical(times: Vec<Duration>) -> u128 {
    median(times).unwrap_or_default().as_micros()
}
