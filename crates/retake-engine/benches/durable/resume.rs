//! The way back: a process with a large run is killed, and another one takes it up.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use retake_engine::host::{Host, Options};

use crate::home::Answering;
use crate::measure::{Figure, disk, folder, now, ratio, timed};
use crate::runs::{unlimited, wide};

/// The largest film anybody will make.
const LARGEST: usize = 10_000;
/// What tells a process that it is the one to be killed, or the one that comes after.
const ROLE: &str = "--resume-child";
/// How often.
const SAMPLES: usize = 5;

/// Whether this process was started by the benchmark.
#[expect(clippy::disallowed_methods, reason = "a benchmark is told by its arguments what to do")]
fn arguments() -> Option<(String, String)> {
    let mut arguments = std::env::args().skip_while(|text| text != ROLE).skip(1);
    Some((arguments.next()?, arguments.next()?))
}

pub(crate) fn is_child() -> bool {
    arguments().is_some()
}

/// Carries the run until it is killed; says when it is half made, or when the first action was started.
pub(crate) fn child() {
    let Some((role, folder)) = arguments() else { return };
    let first = role == "first";
    let (sender, starts) = channel();
    // The first life answers until the run is half made; the second answers nothing.
    let left = AtomicUsize::new(if first { LARGEST * 5 / 4 } else { 0 });
    let silent = first.then(|| Arc::new(Barrier::new(2)));
    let performer = Answering { left, silent: silent.clone(), ..Answering::endless((!first).then_some(sender)) };
    let options = Options { patience: Duration::ZERO, ..Options::new(unlimited()) };
    let host = Host::open(Path::new(&folder), Arc::new(performer), options, |notice| println!("{notice:?}"));
    let host = host.expect("a host");
    if first {
        host.create(wide(1, LARGEST), None).expect("a run");
        silent.expect("the first life").wait();
    } else {
        host.resume_all().expect("the host lives");
        starts.recv().expect("an action is started");
    }
    println!("there");
    std::io::stdout().flush().expect("somebody listens");
    let _ = std::io::stdin().read(&mut [0]);
}

fn start(role: &str, folder: &Path) -> Child {
    let path = std::env::current_exe().expect("this program");
    #[expect(clippy::disallowed_methods, reason = "a benchmark starts itself")]
    let mut command = Command::new(path);
    command.args([ROLE, role]).arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
    command.spawn().expect("another of this program")
}

/// Waits until the child has come as far as it is to come.
fn there(child: &mut Child) {
    let out = child.stdout.as_mut().expect("it talks");
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line).expect("a line");
    assert_eq!(line, "there\n");
}

fn kill(mut child: Child) {
    child.kill().expect("it lives");
    child.wait().expect("it ends");
}

/// What SQLite and a reader of JSON need at the least; gives how many lines there are.
fn read(folder: &Path) -> usize {
    let database = rusqlite::Connection::open(folder.join("retake.db")).expect("a database");
    let checked: String = database.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).expect("a check");
    assert_eq!(checked, "ok");
    let mut statement = database.prepare("SELECT lines FROM batches ORDER BY at").expect("a statement");
    let batches = statement.query_map([], |row| row.get::<_, String>(0)).expect("batches");
    let values = |lines: String| lines.lines().map(value).count();
    batches.map(|lines| values(lines.expect("lines"))).sum()
}

fn value(line: &str) -> serde_json::Value {
    serde_json::from_str(line).expect("a line is JSON")
}

pub(crate) fn measure() {
    let (mut bare, mut back) = (Figure::default(), Figure::default());
    let folder = folder("resume");
    let mut first = start("first", folder.path());
    there(&mut first);
    kill(first);
    for _ in 0..SAMPLES {
        let copy = tempfile::Builder::new().prefix("copy").tempdir_in(disk()).expect("a folder");
        for entry in std::fs::read_dir(folder.path()).expect("a folder") {
            let entry = entry.expect("a file");
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("a copy");
        }
        bare.add(timed(|| read(copy.path())).1.as_millis());
        let started = now();
        let mut second = start("second", copy.path());
        there(&mut second);
        back.add(now().duration_since(started).as_millis());
        kill(second);
    }
    let records = read(folder.path());
    println!("a run of {LARGEST} nodes, half made, killed and taken up: {records} records; median of {SAMPLES}");
    println!("  yardstick: checking the database and reading its lines as plain JSON {bare} ms");
    println!(
        "  from the start of the process to its first action {back} ms (goal: 1500), ratio {}",
        ratio(&back, &bare)
    );
}
