//! What the engine costs: processor time per event, time to come back, memory. Figures are in `docs/benchmarks.md`.
//!
//! Each figure stands beside a yardstick of the same process, for machines differ and are noisy; the ratio decides.

#![expect(clippy::print_stdout, reason = "a benchmark talks to whoever runs it")]

use std::time::Duration;

use retake_engine::engine::Actor;
use retake_engine::journal::Record;
use retake_engine::journal::event::RunSpec;

use film::film;
use host::Host;
use measure::{Hundredths, median, resident_kib, timed};

mod film;
mod host;
mod measure;

/// The sizes whose cost per event is compared.
const SIZES: [usize; 3] = [100, 1_000, 10_000];
/// The largest film anybody will make.
const LARGEST: usize = 10_000;
/// How often everything is measured; odd, for the median.
const SAMPLES: usize = 9;
/// Enough slots that nobody waits for one.
const WIDE: u32 = 1_000;

fn main() {
    // Memory comes first, while the heap is clean.
    memory();
    events();
    restart();
}

/// One film in flight beside many that wait.
fn memory() {
    const WAITING: u64 = 1_000;
    const WAITING_NODES: usize = 12;
    const SLOTS: u32 = 4;
    let before = resident_kib();
    let mut host = Host::new(SLOTS);
    let large = host.create(film(0, LARGEST));
    host.drive(items(LARGEST) / 2);
    let waiting: Vec<_> = (1..=WAITING).map(|number| host.create(film(number, WAITING_NODES))).collect();
    host.prepare();
    let after = resident_kib();

    let asking = waiting.iter().filter(|run| !host.state(**run).index().prepared.is_empty()).count();
    let nodes: usize =
        waiting.iter().map(|run| host.state(*run).nodes().len()).sum::<usize>() + host.state(large).nodes().len();
    let flying = host.state(large).index().active_paid.len();
    println!("memory: {nodes} nodes, {flying} paid takes of one film in flight, {asking} runs waiting for a slot");
    let Some((before, after)) = before.zip(after) else {
        return println!("  this system does not tell");
    };
    let held = after.saturating_sub(before);
    println!("  held {} MiB, resident {} MiB (goal: 256)", held / 1_024, after / 1_024);
    println!("  yardstick: {} bytes per node", held * 1_024 / nodes);
}

fn items(nodes: usize) -> usize {
    film(0, nodes).nodes.iter().filter(|node| node.item).count()
}

/// Whole films, from their creation to their end, each size as often as makes the same number of nodes.
fn events() {
    let mut times: [Vec<Duration>; SIZES.len()] = Default::default();
    let mut records = [0; SIZES.len()];
    for sample in 0..=SAMPLES {
        for (at, size) in SIZES.into_iter().enumerate() {
            let (written, time) = whole_films(size, LARGEST / size);
            records[at] = written;
            // The first sample warms up.
            if sample > 0 {
                times[at].push(time);
            }
        }
    }
    println!("processor time per event, without input or output, median of {SAMPLES}");
    let medians = times.map(median);
    for ((size, time), records) in SIZES.into_iter().zip(medians).zip(records) {
        println!("  {size:>6} nodes: {} µs ({records} events)", per_event(time, records));
    }
    let ratio = |at: usize| Hundredths::ratio(medians[at] * count(records[0]), medians[0] * count(records[at]));
    println!("  ratio 1,000 : 100 = {}, 10,000 : 100 = {} (goal: 2)", ratio(1), ratio(2));
}

fn count(records: usize) -> u32 {
    u32::try_from(records).expect("few events")
}

fn per_event(time: Duration, records: usize) -> Hundredths {
    Hundredths::of(time.as_nanos(), records as u128 * 1_000)
}

/// Carries films of this size to their ends, one after the other; building their plans is not counted.
fn whole_films(size: usize, films: usize) -> (usize, Duration) {
    let specs: Vec<_> = (0..films).map(|_| film(0, size)).collect();
    timed(|| specs.into_iter().map(whole_film).sum())
}

fn whole_film(spec: RunSpec) -> usize {
    let mut host = Host::new(WIDE);
    host.create(spec);
    host.drive(usize::MAX);
    assert!(host.is_over(), "the film came to no end");
    host.records
}

/// What a restart waits for: reading a journal, folding it, deciding for the first time.
fn restart() {
    let mut host = Host::new(WIDE).with_journal();
    host.create(film(0, LARGEST));
    host.drive(items(LARGEST) / 2);
    let lines: Vec<String> = host.journal().iter().map(Record::line).collect();
    let bytes: usize = lines.iter().map(String::len).sum();

    let mut times: [Vec<Duration>; 5] = Default::default();
    for _ in 0..SAMPLES {
        let (values, yardstick) = timed(|| lines.iter().map(|line| value(line)).collect::<Vec<_>>());
        drop(values);
        let (records, parse) = timed(|| lines.iter().map(|line| record(line)).collect::<Vec<_>>());
        let now = records[records.len() - 1].at;
        let (actor, fold) = timed(|| Actor::open(&records, now).expect("the journal folds"));
        let mut host = host.restarted(WIDE);
        let ((), decide) = timed(|| host.take_up(actor));
        let mut host = host.restarted(WIDE);
        let ((), plan) = timed(|| host.take_up(Actor::open(&records[..1], now).expect("a plan folds")));
        for (times, time) in times.iter_mut().zip([yardstick, parse, fold, decide, plan]) {
            times.push(time);
        }
    }
    let [yardstick, parse, fold, decide, plan] = times.map(median);
    println!("restart of {LARGEST} nodes, half of them made: {} lines, {} KiB", lines.len(), bytes / 1_024);
    println!("  yardstick: the same lines as plain JSON {} ms", ms(yardstick));
    println!("  parse {} ms, fold {} ms, first decision {} ms", ms(parse), ms(fold), ms(decide));
    let (back, all) = (fold + decide, parse + fold + decide);
    println!("  fold and first decision {} ms (goal: 1000), with parse {} ms", ms(back), ms(all));
    let (back, all) = (Hundredths::ratio(back, yardstick), Hundredths::ratio(all, yardstick));
    println!("  ratio to the yardstick {back}, with parse {all}");
    println!("  the same with the plan alone, where every key is still to be looked up: {} ms", ms(plan));
}

fn value(line: &str) -> serde_json::Value {
    serde_json::from_str(line).expect("a line is JSON")
}

fn record(line: &str) -> Record {
    Record::read(line).expect("a line is a record")
}

fn ms(time: Duration) -> Hundredths {
    Hundredths::of(time.as_nanos(), 1_000_000)
}
