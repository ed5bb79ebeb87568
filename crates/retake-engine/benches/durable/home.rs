//! The embedded host, with a performer that does nothing, at once.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier, Mutex};
use std::time::{Duration, Instant};

use retake_engine::host::{Host, Line, Options, Performer};
use retake_engine::id::Hash;
use retake_engine::journal::event::RunSpec;
use retake_engine::performer::{Action, Answer, Artifact, Delivery, Kind, Outputs, Task};

use crate::measure::{folder, now, resident_mib, timed};
use crate::runs::{self, PRICE, chain, unlimited, wide};

/// Answers everything well, on the spot.
pub(crate) struct Answering {
    /// When the first action was started, and each Work after it.
    pub(crate) started: Option<Sender<Instant>>,
    /// How many actions may still be answered.
    pub(crate) left: AtomicUsize,
    /// Who waits for the last of them.
    pub(crate) silent: Option<Arc<Barrier>>,
    pub(crate) kept: Mutex<Vec<Line>>,
}

impl Answering {
    pub(crate) const fn endless(started: Option<Sender<Instant>>) -> Self {
        Self { started, left: AtomicUsize::new(usize::MAX), silent: None, kept: Mutex::new(Vec::new()) }
    }
}

impl Performer for Answering {
    fn start(&self, action: Action, line: Line) {
        if let Some(started) = &self.started
            && matches!(action.task.kind(), Kind::Work | Kind::Submit | Kind::Poll)
        {
            let _ = started.send(now());
        }
        if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err() {
            if let Some(silent) = &self.silent {
                silent.wait();
            }
            // Nobody hears of it: as a provider that takes its time.
            self.kept.lock().expect("nobody panics").push(line);
            return;
        }
        line.report(answer(&action));
    }
}

pub(crate) fn answer(action: &Action) -> Answer {
    match &action.task {
        Task::Prepare { .. } => {
            Answer::Prepared { request: Hash::of([action.key.0.as_bytes().as_slice(), b"request"]), worst: PRICE }
        }
        Task::Submit { .. } => Answer::Ticket(format!("ticket-{}-{}", action.take.run, action.ordinal).into()),
        Task::Poll { .. } => Answer::Succeeded { charge: Some(PRICE) },
        Task::Fetch { .. } | Task::Work { .. } => {
            let hash = Hash::of([action.key.0.as_bytes().as_slice(), b"clip"]);
            let artifacts = vec![Artifact { role: "clip".into(), hash }];
            Answer::Outputs(Delivery {
                outputs: Outputs { artifacts, ..Outputs::default() },
                charge: None,
                extension: None,
            })
        }
        Task::Find { .. } | Task::Cancel { .. } => Answer::Lost,
    }
}

fn open(folder: &Path, performer: Answering) -> Host {
    let options = Options { patience: Duration::ZERO, ..Options::new(unlimited()) };
    Host::open(folder, Arc::new(performer), options, |notice| println!("{notice:?}")).expect("a host")
}

/// All of these at once, until the last is over.
fn play(folder: &Path, specs: Vec<RunSpec>) -> Duration {
    let host = open(folder, Answering::endless(None));
    let ((), time) = timed(|| {
        let ids: Vec<_> = specs.iter().map(|spec| spec.id).collect();
        std::thread::scope(|scope| {
            for spec in specs {
                let host = &host;
                scope.spawn(move || host.create(spec, None).expect("a run"));
            }
        });
        for run in ids {
            wait_for(&host, run);
        }
    });
    host.stop().expect("an end");
    time
}

/// Waits until a run is over.
pub(crate) fn wait_for(host: &Host, run: retake_engine::id::RunId) {
    let over =
        || !host.find(run).expect("a list").and_then(|listed| listed.summary).is_none_or(|summary| summary.awake);
    let watch = host.watch(run, u64::MAX);
    // Rung for every commit, and read only to see whether it is over.
    while !over() && watch.ring() {}
}

/// Chains of local nodes: how many were made, in how much time.
pub(crate) fn chains(folder: &Path, runs: u64, length: usize) -> (usize, Duration) {
    let specs = (1..=runs).map(|number| chain(number, length, "local")).collect();
    (length * usize::try_from(runs).expect("few runs"), play(folder, specs))
}

/// Chains of paid nodes.
pub(crate) fn paid(folder: &Path, runs: u64, length: usize) -> (usize, Duration) {
    let specs = (1..=runs).map(|number| chain(number, length, "paid")).collect();
    (length * usize::try_from(runs).expect("few runs"), play(folder, specs))
}

/// One chain alone: the time from the start of each step to that of the next.
pub(crate) fn waits(folder: &Path, length: usize) -> Vec<Duration> {
    let (sender, starts): (Sender<Instant>, Receiver<Instant>) = channel();
    let host = open(folder, Answering::endless(Some(sender)));
    let spec = chain(1, length, "local");
    let run = spec.id;
    host.create(spec, None).expect("a run");
    wait_for(&host, run);
    host.stop().expect("an end");
    let starts: Vec<Instant> = starts.try_iter().collect();
    starts.windows(2).map(|pair| pair[1].duration_since(pair[0])).collect()
}

/// One large run half made, and many that wait.
pub(crate) fn memory() {
    const LARGE: usize = 10_000;
    const WAITING: u64 = 1_000;
    let folder = folder("memory");
    let before = resident_mib();
    // The large one comes half of its way; then nothing is answered any more, and all wait.
    let performer = Answering { left: AtomicUsize::new(LARGE * 5 / 4), ..Answering::endless(None) };
    let host = open(folder.path(), performer);
    host.create(runs::wide(0, LARGE), None).expect("a run");
    for number in 1..=WAITING {
        host.create(wide(number, 12), None).expect("a run");
    }
    let made: usize = host
        .list()
        .expect("a list")
        .iter()
        .filter_map(|listed| listed.summary.as_ref())
        .map(|summary| summary.nodes_done)
        .sum();
    let after = resident_mib();
    println!("memory: a run of {LARGE} nodes, {made} made, and {WAITING} waiting runs of 12");
    host.stop().expect("an end");
    let Some((before, after)) = before.zip(after) else { return println!("  this system does not tell") };
    println!("  resident {after} MiB, {before} before it began (goal: 256)");
}
