//! What making a film costs retake itself, beside all that draws, speaks, cuts and joins: `make bench`.
//!
//! The example is made by the real program in a folder of its own; its threads and children are counted as the system
//! counts them. What decides is a share of one and the same run.

#![expect(
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "it measures the program, by the clock, and tells"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Clock ticks of a second, as the system counts processor time.
const TICKS: f64 = 100.0;
/// Threads that make steps: they draw, mix and wait for programs. All others are retake itself.
const STEP: &str = "retake-";
const OWN: [&str; 2] = ["retake-loop", "retake-writer"];

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_retake"));
    command.args(arguments).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Processor time of a line of `/proc`, from its 14th field on: user, system, and both of children that have ended.
fn times(stat: &str) -> Option<[f64; 4]> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let at = |index: usize| fields.get(index)?.parse::<f64>().ok().map(|ticks| ticks / TICKS);
    Some([at(11)?, at(12)?, at(13)?, at(14)?])
}

/// What the threads and the children of a process have computed so far.
#[derive(Default)]
struct Use {
    threads: BTreeMap<(String, String), f64>,
    whole: [f64; 4],
}

impl Use {
    fn look(&mut self, process: u32) {
        let read = |path: String| std::fs::read_to_string(path).ok();
        if let Some(whole) = read(format!("/proc/{process}/stat")).and_then(|stat| times(&stat)) {
            self.whole = whole;
        }
        for task in std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten() {
            let id = task.file_name().to_string_lossy().into_owned();
            let of = |name: &str| read(format!("/proc/{process}/task/{id}/{name}"));
            if let (Some(name), Some([user, system, ..])) = (of("comm"), of("stat").and_then(|stat| times(&stat))) {
                self.threads.insert((id, name.trim().to_owned()), user + system);
            }
        }
    }

    /// Seconds of retake itself: its loop, its writer, and whoever shows what happens.
    fn own(&self) -> f64 {
        let is_own = |name: &str| !name.starts_with(STEP) || OWN.iter().any(|own| name.starts_with(own));
        self.threads.iter().filter(|((_, name), _)| is_own(name)).map(|(_, seconds)| seconds).sum()
    }
}

fn watch(mut child: Child) -> (Duration, Use) {
    let (start, mut spent) = (Instant::now(), Use::default());
    loop {
        spent.look(child.id());
        if child.try_wait().unwrap().is_some() {
            return (start.elapsed(), spent);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The median of some runs of a command, in milliseconds.
fn median(folder: &Path, arguments: &[&str]) -> f64 {
    let mut all: Vec<f64> = (0..15)
        .map(|_| {
            let start = Instant::now();
            assert!(command(folder, arguments).status().unwrap().code().is_some());
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    std::fs::create_dir(folder.path().join("assets")).unwrap();
    for name in ["lighthouse.yaml", "assets/end-card.mp4"] {
        std::fs::copy(examples.join(name), folder.path().join(name)).unwrap();
    }
    let run = ["run", "lighthouse.yaml", "--yes"];
    let (wall, spent) = watch(command(folder.path(), &run).spawn().unwrap());
    let (all, own) = (spent.whole.iter().sum::<f64>(), spent.own());
    println!("examples/lighthouse.yaml, from nothing: {:.1} s (goal 90)", wall.as_secs_f64());
    println!("processor time: {all:.1} s in all, {own:.2} s of it retake itself = {:.1} % (goal 5)", own / all * 100.0);
    println!("the same again: {:.0} ms (goal 1,000)", median(folder.path(), &run));
    let titles: String = (0..20).map(|number| format!("  - {{title: Card {number}}}\n")).collect();
    std::fs::write(folder.path().join("twenty.yaml"), format!("film: Twenty\nscenes:\n{titles}")).unwrap();
    println!("--version: {:.1} ms (goal 20)", median(folder.path(), &["--version"]));
    println!("check of 20 scenes: {:.1} ms (goal 50)", median(folder.path(), &["check", "twenty.yaml"]));
}
