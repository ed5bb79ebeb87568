//! The embedded host, on a real disk, with performers that the test plays.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use retake_engine::admission::Limits;
use retake_engine::graph::NodeSpec;
use retake_engine::host::{Error, Host, Line, Notice, Options, Performer};
use retake_engine::id::{Hash, RunId};
use retake_engine::journal::event::RunSpec;
use retake_engine::journal::state::Status;
use retake_engine::journal::{Event, Record, RunState};
use retake_engine::money::Money;
use retake_engine::performer::{Action, Answer, Kind};
use retake_engine::sim::Scenario;

use crate::bench::{PRICE, made, needing, node, spec};

mod fair;
mod figures;
mod inside;
mod landed;
mod once;
mod over;
mod restart;
mod stop;
mod stuck;
mod watch;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// Keeps every action until the test answers it.
#[derive(Default)]
struct Held {
    open: Mutex<VecDeque<(Action, Line)>>,
    came: Condvar,
}

impl Performer for Held {
    fn start(&self, action: Action, line: Line) {
        self.open.lock().unwrap().push_back((action, line));
        self.came.notify_all();
    }
}

impl Held {
    /// The next action of this kind, waited for; others stay.
    fn next(&self, kind: Kind) -> (Action, Line) {
        self.when(|open| {
            let at = open.iter().position(|(action, _)| action.task.kind() == kind)?;
            open.remove(at)
        })
    }

    fn when<T>(&self, mut find: impl FnMut(&mut VecDeque<(Action, Line)>) -> Option<T>) -> T {
        let mut open = self.open.lock().unwrap();
        loop {
            if let Some(found) = find(&mut open) {
                return found;
            }
            let kinds: Vec<Kind> = open.iter().map(|(action, _)| action.task.kind()).collect();
            let (next, late) = self.came.wait_timeout(open, PATIENCE).unwrap();
            assert!(!late.timed_out(), "what was waited for does not come; there is {kinds:?}");
            open = next;
        }
    }

    fn count(&self) -> usize {
        self.open.lock().unwrap().len()
    }

    /// Answers everything well until so many nodes have their outputs.
    fn serve(&self, outputs: usize) {
        let mut made = 0;
        while made < outputs {
            let (action, line) = self.when(VecDeque::pop_front);
            made += usize::from(matches!(action.task.kind(), Kind::Work | Kind::Fetch));
            line.report(well(&action));
        }
    }
}

/// Answers everything well, at once.
struct Well;

impl Performer for Well {
    fn start(&self, action: Action, line: Line) {
        line.report(well(&action));
    }
}

fn well(action: &Action) -> Answer {
    match action.task.kind() {
        Kind::Prepare => {
            let request = Hash::of([action.key.0.as_bytes().as_slice(), b"request"]);
            Answer::Prepared { request, worst: PRICE }
        }
        Kind::Submit => Answer::Ticket(format!("ticket {}", action.take).into()),
        Kind::Poll => Answer::Succeeded { charge: Some(PRICE) },
        Kind::Fetch | Kind::Work => made(action.key),
        Kind::Find => Answer::Candidates(Vec::new()),
        Kind::Cancel => Answer::Heard,
    }
}

fn limits() -> Limits {
    Limits { account: Money::MAX, day: Money::MAX, ..Scenario::showcase().limits }
}

fn options() -> Options {
    let mut options = Options { patience: Duration::from_millis(200), ..Options::new(limits()) };
    options.store.reserve = 1 << 16;
    options
}

fn open(folder: &Path, performer: &Arc<impl Performer>) -> Host {
    open_with(folder, performer, options()).unwrap()
}

fn open_with(folder: &Path, performer: &Arc<impl Performer>, options: Options) -> Result<Host, Error> {
    let performer: Arc<dyn Performer> = Arc::clone(performer) as _;
    Host::open(folder, performer, options, |notice| assert!(!matches!(notice, Notice::Failed(_)), "{notice:?}"))
}

/// A run of nodes by this entry, one after the other. Providers are asked at once.
fn chain(number: u128, entry: &str, length: usize) -> RunSpec {
    let names: Vec<String> = (0..length).map(|at| format!("n{at}")).collect();
    let nodes: Vec<NodeSpec> = (0..length)
        .map(|at| {
            let before: Vec<&str> = names[..at].last().map(String::as_str).into_iter().collect();
            let node = needing(node(&names[at], &[entry]), &before);
            NodeSpec { identity: Hash::of_text(&format!("{number} {at}")), ..node }
        })
        .collect();
    let mut spec = RunSpec { id: RunId(uuid::Uuid::from_u128(number)), cap: Money::from_cents(100_000), ..spec(nodes) };
    for entry in spec.entries.values_mut() {
        if let retake_engine::graph::Maker::Paid(offer) = &mut entry.maker {
            offer.poll_every = Duration::ZERO;
            offer.grace = Duration::from_millis(30);
        }
    }
    spec
}

/// Holds the writer up, as a slow disk would, until it is dropped.
fn slow_disk(folder: &Path) -> rusqlite::Connection {
    let other = rusqlite::Connection::open(folder.join("retake.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    other
}

/// What was written until the run came to this event.
fn until(host: &Host, run: RunId, is_it: impl Fn(&Event) -> bool) -> Vec<Record> {
    let mut seen: Vec<Record> = Vec::new();
    for records in host.watch(run, 0) {
        seen.extend(records.unwrap());
        if seen.iter().any(|record| is_it(&record.event)) {
            return seen;
        }
    }
    panic!("the host ended before that: {:?}", seen.last());
}

fn until_over(host: &Host, run: RunId) -> RunState {
    let records = until(host, run, |event| matches!(event, Event::Ended { .. }));
    let state = RunState::fold(&records).unwrap();
    assert!(matches!(state.status(), Status::Ended(_)));
    state
}

fn count(records: &[Record], is_it: impl Fn(&Event) -> bool) -> usize {
    records.iter().filter(|record| is_it(&record.event)).count()
}
