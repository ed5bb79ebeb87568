//! How many films a second are accepted, each durable when it is answered, against the engine's own rate of starting the
//! very same runs.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use retake_engine::admission::{Caps, Limits, Terms};
use retake_engine::host::{Host, Line, Options, Performer};
use retake_engine::id::RunId;
use retake_engine::journal::Event;
use retake_engine::journal::event::RunSpec;
use retake_engine::money::Money;
use retake_engine::performer::Action;
use tempfile::TempDir;

use crate::stage::{Stage, data, plan};
use crate::{run_of, share};

/// How many ask at once.
const CLIENTS: usize = 64;
/// How many films are accepted in all.
const FILMS: usize = 2_000;
/// How often both are measured, in turns.
const SAMPLES: usize = 3;

/// Does nothing of what it is told, and does not say so.
#[derive(Default)]
struct Idle(Mutex<Vec<Line>>);

impl Performer for Idle {
    fn start(&self, _: Action, line: Line) {
        self.0.lock().unwrap().push(line);
    }
}

/// Does so many things in so many threads at once; says how many a second.
fn rate<T: Send>(each: impl Fn(usize) -> T + Sync) -> (f64, Vec<T>) {
    let (start, next) = (Instant::now(), AtomicUsize::new(0));
    let worker = || {
        let mut done = Vec::new();
        loop {
            let film = next.fetch_add(1, Ordering::Relaxed);
            if film >= FILMS {
                return done;
            }
            done.push(each(film));
        }
    };
    let done: Vec<T> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    (FILMS as f64 / start.elapsed().as_secs_f64(), done)
}

/// Films a second that the service accepts, what each took, the runs that it made of them, and where they lie.
fn accepted() -> (f64, Vec<Duration>, Vec<RunSpec>, TempDir) {
    let stage = Stage::new(1);
    let clients: Vec<_> = (0..CLIENTS).map(|_| Mutex::new(stage.client())).collect();
    let (rate, done) = rate(|film| {
        let plan = plan(&format!("Film {film}"), 2);
        let mut client = clients.iter().cycle().skip(film % CLIENTS).find_map(|client| client.try_lock().ok()).unwrap();
        let start = Instant::now();
        let answer = client.post("/api/runs", "application/yaml", &plan).unwrap();
        assert_eq!(answer.status, 202, "{}", answer.body);
        (start.elapsed(), run_of(&answer.body))
    });
    let folder = stage.ended();
    let host = host(&data(folder.path()));
    let spec = |run: &String| match host.journal(RunId(run.parse().unwrap())).unwrap().swap_remove(0).event {
        Event::Created { run } => *run,
        event => panic!("{event:?}"),
    };
    let specs = done.iter().map(|(_, run)| spec(run)).collect();
    (rate, done.into_iter().map(|(time, _)| time).collect(), specs, folder)
}

fn host(folder: &Path) -> Host {
    let most = Money::from_micros(u64::MAX / 4);
    let limits = Limits {
        submissions: 1,
        processes: 2,
        account: Caps { total: most, day: most }.total,
        day: most,
        providers: Default::default(),
        default_terms: Terms::default(),
    };
    Host::open(folder, Arc::new(Idle::default()), Options::new(limits), |_| {}).unwrap()
}

/// The same runs, begun by the engine alone.
fn begun(specs: &[RunSpec]) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let host = host(folder.path());
    let (rate, _) = rate(|film| host.create(specs[film].clone(), None).unwrap());
    rate
}

pub(crate) fn measure() {
    let (mut ratios, mut all, mut service, mut engine) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut folders = Vec::new();
    for _ in 0..SAMPLES {
        let (accepts, times, specs, folder) = accepted();
        // To remove thousands of files keeps the disk busy for a while after.
        folders.push(folder);
        let begins = begun(&specs);
        ratios.push(accepts / begins);
        service.push(accepts);
        engine.push(begins);
        all.extend(times);
    }
    for figures in [&mut ratios, &mut service, &mut engine] {
        figures.sort_by(f64::total_cmp);
    }
    let middle = SAMPLES / 2;
    println!(
        "{FILMS} films by {CLIENTS} clients: {:.0} accepted a second, p99 {:.0} ms; the engine alone begins {:.0}: {:.2} of it (goal 0.50)",
        service[middle],
        share(&mut all, 990),
        engine[middle],
        ratios[middle]
    );
}
