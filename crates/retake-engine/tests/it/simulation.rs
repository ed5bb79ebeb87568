//! Ten thousand seeds in virtual time, and everything must have happened.

use retake_engine::sim::{Tally, play};

/// More seeds, from elsewhere: `make sim FROM=10000 SEEDS=1000000`.
const SEEDS: u64 = 10_000;

#[test]
fn no_seed_breaks_a_promise_and_everything_happens() {
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let parts: Vec<(Tally, Vec<String>)> = std::thread::scope(|scope| {
        let parts: Vec<_> = (0..threads).map(|first| scope.spawn(move || part(first, threads))).collect();
        parts.into_iter().map(|part| part.join().unwrap()).collect()
    });
    let mut tally = Tally::default();
    let mut broken = Vec::new();
    for (counts, wrong) in parts {
        tally.add(&counts);
        broken.extend(wrong);
    }
    println!("{tally}");
    assert!(
        broken.is_empty(),
        "{}\nreplay one with: cargo run --release -p retake-engine --features sim --example simulate -- SEED",
        broken.join("\n")
    );
    assert_eq!(tally.missing(), Vec::<&str>::new(), "these never happened, so nothing is proved about them");
}

fn part(first: u64, step: u64) -> (Tally, Vec<String>) {
    let mut tally = Tally::default();
    let mut broken = Vec::new();
    for seed in (first..SEEDS).step_by(usize::try_from(step).unwrap()) {
        let verdict = play(seed);
        tally.add(&verdict.tally);
        broken.extend(verdict.broken.map(|why| format!("seed {seed}: {why}")));
    }
    (tally, broken)
}

#[test]
fn a_seed_is_played_the_same_way_every_time() {
    for seed in [3, 17, 4_711] {
        let (once, again) = (play(seed), play(seed));
        assert_eq!(once.journals, again.journals, "seed {seed}");
        assert_eq!(once.tally, again.tally, "seed {seed}");
    }
}
