//! A small run beside a large one.

use super::*;
use retake_engine::engine::Command;

/// In each tick everything that was begun is answered, so ticks are what time is when everything takes as long.
fn ticks(beside: usize) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let performer = Arc::new(Held::default());
    let host = open(folder.path(), &performer);
    let idle = chain(9, "local", 1);
    let pulse = idle.id;
    host.create(idle, None).unwrap();
    let work = performer.next(Kind::Work);
    if beside > 0 {
        let mut large = chain(1, "exact", beside);
        for node in &mut large.nodes {
            (node.needs, node.inputs) = (Vec::new(), Vec::new());
        }
        large.concurrency = 1_000;
        host.create(large, None).unwrap();
        tick(&host, pulse, &performer);
    }
    let small = chain(2, "exact", 3);
    let run = small.id;
    host.create(small, None).unwrap();
    for ticks in 1..10_000 {
        tick(&host, pulse, &performer);
        let listed = host.find(run).unwrap().unwrap();
        if listed.summary.is_some_and(|summary| !summary.awake) {
            drop(work);
            return ticks;
        }
    }
    panic!("the small run does not end");
}

/// Whatever is open is answered, and all that comes of that is begun.
fn tick(host: &Host, pulse: RunId, performer: &Held) {
    for (action, line) in std::mem::take(&mut *performer.open.lock().unwrap()) {
        line.report(well(&action));
    }
    // What is asked of one run is written down after what others were told before: when it is done, so is theirs, and
    // three times is enough for what that leads to.
    for cap in 1..=3 {
        host.command(pulse, Command::SetCap(Money::from_cents(100_000 + cap))).unwrap();
    }
}

#[test]
fn a_small_run_beside_a_large_one_takes_at_most_twice_its_time() {
    let (alone, beside) = (ticks(0), ticks(1_000));
    println!("alone {alone} ticks, beside a run of 1,000 nodes {beside}");
    assert!(beside <= alone * 2, "alone {alone} ticks, beside a large run {beside}");
}
