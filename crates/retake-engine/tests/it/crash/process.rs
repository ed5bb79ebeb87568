//! Processes of the tests: each is waited for by a deadline, and killed by its own id where that has passed.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Nothing here takes seconds; a busy machine may make it so.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);
/// No process says more lines than this.
const LINES_MAX: usize = 100_000;
/// How often is looked for a thread that is about to begin.
const LOOKS_MAX: usize = 10_000;

/// A program that is to be started.
#[expect(clippy::disallowed_methods, reason = "what is to be killed has to be a process of its own")]
pub(crate) fn program(path: impl AsRef<Path>) -> Command {
    Command::new(path.as_ref())
}

/// The example, which was built beside this test.
pub(crate) fn torture() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let path = own.parent().and_then(Path::parent).unwrap().join("examples/torture");
    assert!(path.exists(), "{} is missing; hint: cargo build -p retake-engine --examples", path.display());
    path
}

/// A process that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A process that is on its way. Dropped before its end, it is killed.
pub(crate) struct Running {
    what: String,
    child: Child,
    input: Option<ChildStdin>,
    out: Receiver<String>,
    err: Receiver<String>,
    /// What was read of its errors before the end.
    heard: String,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Result<Self, String> {
        let what = format!("{command:?}");
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.map_err(|why| format!("{what} does not start: {why}"))?;
        let input = child.stdin.take();
        let (out, err) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
        Ok(Self { what, child, input, out, err, heard: String::new() })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line of its output.
    pub(crate) fn line(&self) -> Result<String, String> {
        self.out.recv_timeout(DEADLINE).map_err(|_| format!("{} says nothing", self.what))
    }

    /// Waits until a line of its errors holds one of these texts; says which, and none where it ends before.
    pub(crate) fn hear(&mut self, texts: &[&str]) -> Result<Option<usize>, String> {
        for _ in 0..LINES_MAX {
            match self.err.recv_timeout(DEADLINE) {
                Ok(line) => {
                    self.heard.push_str(&line);
                    if let Some(found) = texts.iter().position(|text| line.contains(text)) {
                        return Ok(Some(found));
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => break,
            }
        }
        Err(format!("{} does not say {texts:?}, but {}", self.what, self.heard))
    }

    /// Says a line to it.
    pub(crate) fn say(&mut self, line: &str) -> Result<(), String> {
        let input = self.input.as_mut().ok_or("its input is closed")?;
        writeln!(input, "{line}").map_err(|why| format!("{} does not listen: {why}", self.what))
    }

    /// Waits for its end. What does not end is killed, and that is an error.
    pub(crate) fn finish(mut self) -> Result<Ended, String> {
        drop(self.input.take());
        let out = rest(&self.out).ok_or_else(|| format!("{} does not end; it said {}", self.what, self.heard))?;
        let err = rest(&self.err).ok_or_else(|| format!("{} does not end", self.what))?;
        let status = self.child.wait().map_err(|why| format!("{} cannot be waited for: {why}", self.what))?;
        Ok(Ended { status, out, err: format!("{}{err}", self.heard) })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // What a tracer leaves behind would go on.
            for id in children(self.child.id()) {
                drop(program("kill").args(["-9", &id.to_string()]).stderr(Stdio::null()).status());
            }
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

/// Runs it to its end.
pub(crate) fn finish(command: &mut Command) -> Result<Ended, String> {
    Running::start(command)?.finish()
}

/// The lines that come out of a pipe, with their ends.
fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (to, lines) = mpsc::channel();
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut bytes = Vec::new();
        while pipe.read_until(b'\n', &mut bytes).is_ok_and(|length| length > 0) {
            drop(to.send(String::from_utf8_lossy(&bytes).into_owned()));
            bytes.clear();
        }
    });
    lines
}

/// All lines that are still to come, up to the end; none where that does not come in time.
fn rest(lines: &Receiver<String>) -> Option<String> {
    let mut text = String::new();
    for _ in 0..LINES_MAX {
        match lines.recv_timeout(DEADLINE) {
            Ok(line) => text.push_str(&line),
            Err(RecvTimeoutError::Disconnected) => return Some(text),
            Err(RecvTimeoutError::Timeout) => return None,
        }
    }
    None
}

/// The thread of this name, once it has taken it.
pub(crate) fn thread_of(process: u32, name: &str) -> Option<u32> {
    (0..LOOKS_MAX).find_map(|_| {
        let tasks = std::fs::read_dir(format!("/proc/{process}/task")).ok()?.flatten();
        let named = |id: &u32| {
            let comm = std::fs::read_to_string(format!("/proc/{process}/task/{id}/comm"));
            comm.is_ok_and(|comm| comm.trim() == name)
        };
        let found = tasks.filter_map(|task| task.file_name().to_str()?.parse().ok()).find(named);
        if found.is_none() {
            thread::yield_now();
        }
        found
    })
}

/// The processes whose parent this is.
fn children(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| parent_of(*id) == Some(parent)).collect()
}

fn parent_of(id: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}
