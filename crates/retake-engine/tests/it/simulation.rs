//! Ten thousand seeds in virtual time, and everything must have happened.

use std::path::PathBuf;

use retake_engine::sim::{Host, Scenario, Tally, play};
use retake_engine::store::Store;
use retake_engine::store::sqlite::{Options, SqliteStore};

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

/// Fewer seeds, for each of them opens and closes a database as often as its process dies.
const SEEDS_ON_DISK: u64 = 200;

/// The same story, word for word, whatever keeps the journals.
#[test]
fn a_seed_is_played_the_same_way_over_the_store_on_disk() {
    for seed in 0..SEEDS_ON_DISK {
        let folder = tempfile::tempdir().unwrap();
        let kept = Host::new(Scenario::of(seed)).kept_by(on_disk(folder.path().to_owned())).play();
        let verdict = play(seed);
        assert_eq!(kept.broken, None, "seed {seed}");
        assert!(kept.journals == verdict.journals, "seed {seed} goes another way on disk");
        assert_eq!(kept.tally, verdict.tally, "seed {seed}");
        let store = on_disk(folder.path().to_owned())();
        for listed in store.list().unwrap() {
            let state = retake_engine::journal::RunState::fold(&store.load(listed.run).unwrap()).unwrap();
            assert_eq!(listed.summary, Some(state.summary()), "seed {seed}");
        }
    }
}

/// Opens the store of a folder, whose disk does not lose power.
pub(crate) fn on_disk(folder: PathBuf) -> impl FnMut() -> Box<dyn Store> {
    let mut options = Options::default().unsynced();
    options.reserve = 1 << 12;
    move || Box::new(SqliteStore::open(&folder, options).unwrap())
}
