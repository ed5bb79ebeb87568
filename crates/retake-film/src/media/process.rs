//! Starts other programs: the only place that does.
//!
//! It owns the argument vector (never a shell), an environment that holds only what is named, the limits, and the end:
//! a program runs in a process group of its own, and the whole group is killed when its time is up, when it says too
//! much, when somebody stops it, when its caller unwinds and, on Linux, when this process dies. It must not know what
//! the programs are for.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

mod error;
mod limits;
mod stop;

pub use error::Error;
pub use limits::Limits;
pub use stop::Stop;

/// Where a program without a folder is looked for, whatever the environment says.
const FOLDERS: [&str; 5] = ["/usr/local/bin", "/usr/bin", "/bin", "/opt/homebrew/bin", "/opt/local/bin"];
/// The same, as programs themselves expect it.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin:/opt/local/bin";
/// How much of what a program complained about is kept: its last words.
const COMPLAINT_BYTES: usize = 4096;
/// How long after its end a program's outputs are waited for; only what it left behind can hold them open.
const GRACE: Duration = Duration::from_secs(5);
/// How much is read at once.
const CHUNK_BYTES: usize = 1 << 16;

/// A program that may be started, and what to install where it is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// A name that is looked for in the usual folders, or a path.
    pub path: PathBuf,
    /// The package that brings it.
    pub package: String,
}

impl Program {
    /// A program by its name and the package that brings it.
    pub fn new(path: impl Into<PathBuf>, package: impl Into<String>) -> Self {
        Self { path: path.into(), package: package.into() }
    }

    /// What people call it.
    fn name(&self) -> String {
        self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy().into_owned()
    }

    /// Where it is.
    ///
    /// # Errors
    ///
    /// When it is nowhere.
    pub fn find(&self) -> Result<PathBuf, Error> {
        let missing = || Error::Missing { program: self.name(), package: self.package.clone() };
        if self.path.components().count() > 1 {
            return self.path.is_file().then(|| self.path.clone()).ok_or_else(missing);
        }
        let mut places = FOLDERS.iter().map(|folder| Path::new(folder).join(&self.path));
        places.find(|path| path.is_file()).ok_or_else(missing)
    }
}

/// What a program reads.
#[derive(Default)]
pub enum Input {
    /// Nothing: its end comes at once.
    #[default]
    Closed,
    /// These bytes.
    Bytes(Vec<u8>),
    /// Whatever this yields, which must come to an end by itself.
    Reader(Box<dyn Read + Send>),
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Closed => "Closed",
            Self::Bytes(_) => "Bytes",
            Self::Reader(_) => "Reader",
        })
    }
}

/// One program about to be started.
#[derive(Debug)]
pub struct Call {
    program: Program,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    folder: Option<PathBuf>,
    limits: Limits,
    input: Input,
}

/// What the threads around a program say.
enum News {
    Said(Vec<u8>),
    Silent,
    Complaint(Vec<u8>),
    Unread(io::Error),
    Ended,
}

impl Call {
    /// Starts nothing yet.
    #[must_use]
    pub fn new(program: &Program, limits: Limits) -> Self {
        Self {
            program: program.clone(),
            arguments: Vec::new(),
            environment: vec![("PATH".into(), PATH.into())],
            folder: None,
            limits,
            input: Input::Closed,
        }
    }

    /// One more argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Several more arguments.
    #[must_use]
    pub fn args<T: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// A variable of the environment, which is empty but for these and a fixed `PATH`.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// The folder in which it runs.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// What it reads.
    #[must_use]
    pub fn input(mut self, input: Input) -> Self {
        self.input = input;
        self
    }

    /// Runs it to its end, and gives what it wrote to its standard output.
    ///
    /// # Errors
    ///
    /// When it is missing, fails, is stopped or goes past a limit.
    pub fn run(self, stop: &Stop) -> Result<Vec<u8>, Error> {
        let mut said = Vec::new();
        self.run_into(stop, |bytes| said.extend_from_slice(bytes))?;
        Ok(said)
    }

    /// Runs it to its end, and hands over what it writes to its standard output while it writes it.
    ///
    /// # Errors
    ///
    /// When it is missing, fails, is stopped or goes past a limit.
    pub fn run_into(self, stop: &Stop, mut hear: impl FnMut(&[u8])) -> Result<(), Error> {
        let name = self.program.name();
        let limits = self.limits;
        let mut input = Input::Closed;
        let mut group = Group { child: self.start(&mut input)?, stop: stop.clone(), reaped: false };
        if !stop.enter(group.pid()) {
            return Err(Error::Stopped { program: name });
        }
        let news = group.watch(input);
        let mut complaint = Vec::new();
        let mut budget = limits.output_bytes;
        let ended = attend(
            &news,
            group.pid(),
            limits.wall,
            |bytes| {
                budget = budget.checked_sub(bytes.len() as u64).ok_or(Problem::TooMuch)?;
                hear(bytes);
                Ok(())
            },
            &mut complaint,
        );
        let words = || last_words(&complaint);
        ended.map_err(|problem| match problem {
            Problem::Late => Error::Deadline { program: name.clone(), after: limits.wall, stderr: words() },
            Problem::TooMuch => Error::TooMuch { program: name.clone(), limit: limits.output_bytes },
            Problem::Input(source) => Error::Input { program: name.clone(), source },
        })?;
        let status = group.reap().map_err(|source| Error::Start { program: name.clone(), source })?;
        if status.success() {
            return Ok(());
        }
        if stop.is_cut() {
            return Err(Error::Stopped { program: name });
        }
        Err(Error::of_status(name, status.code(), status.signal(), words()))
    }

    /// Starts the program, and gives back what it is to read.
    fn start(self, input: &mut Input) -> Result<Child, Error> {
        let path = self.program.find()?;
        let mut command = leashed(path, &self.limits)?;
        command.args(&self.arguments).env_clear().envs(self.environment).process_group(0);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        *input = self.input;
        command.stdin(if matches!(input, Input::Closed) { Stdio::null() } else { Stdio::piped() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().map_err(|source| Error::Start { program: self.program.name(), source })
    }
}

/// The program on a leash: on Linux it dies with the thread that started it, which waits for it, gains no rights, and
/// is limited before its first step.
#[expect(clippy::disallowed_methods, reason = "this is the one place that starts processes")]
fn leashed(path: PathBuf, limits: &Limits) -> Result<std::process::Command, Error> {
    if !cfg!(target_os = "linux") {
        return Ok(std::process::Command::new(path));
    }
    let mut command = std::process::Command::new(Program::new("setpriv", "util-linux").find()?);
    command.args(["--pdeathsig", "KILL", "--no-new-privs", "--"]);
    command.arg(Program::new("prlimit", "util-linux").find()?).args(limits.arguments()).arg(path);
    Ok(command)
}

enum Problem {
    Late,
    TooMuch,
    Input(io::Error),
}

/// Follows a program until it has ended and its outputs are closed.
#[expect(clippy::disallowed_methods, reason = "what runs outside is bounded by wall time, which no journal knows")]
fn attend(
    news: &Receiver<News>,
    pid: Pid,
    wall: Duration,
    mut hear: impl FnMut(&[u8]) -> Result<(), Problem>,
    complaint: &mut Vec<u8>,
) -> Result<(), Problem> {
    let mut deadline = Instant::now() + wall;
    let (mut open, mut ended) = (2, false);
    while open > 0 || !ended {
        match news.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(News::Said(bytes)) => hear(&bytes)?,
            Ok(News::Complaint(bytes)) => {
                complaint.extend(bytes);
                let excess = complaint.len().saturating_sub(COMPLAINT_BYTES);
                complaint.drain(..excess);
            }
            Ok(News::Silent) => open -= 1,
            Ok(News::Unread(error)) => return Err(Problem::Input(error)),
            Ok(News::Ended) => {
                // Its id is still its own: it is reaped later.
                let _ = kill_process_group(pid, Signal::KILL);
                ended = true;
                deadline = deadline.min(Instant::now() + GRACE);
            }
            // What it left behind holds its outputs open: it is killed with the group, and has nothing more to say.
            Err(RecvTimeoutError::Timeout) if ended => return Ok(()),
            Err(RecvTimeoutError::Timeout) => return Err(Problem::Late),
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
    Ok(())
}

/// The last lines that a program complained with.
fn last_words(complaint: &[u8]) -> String {
    let text = String::from_utf8_lossy(complaint);
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let clean = lines[lines.len().saturating_sub(6)..].join("; ");
    clean.chars().filter(|letter| !letter.is_control()).collect()
}

/// A program and all it started: gone when this is dropped.
struct Group {
    child: Child,
    stop: Stop,
    reaped: bool,
}

impl Group {
    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Starts the threads that feed it, listen to it and wait for it.
    fn watch(&mut self, input: Input) -> Receiver<News> {
        let (tell, news) = mpsc::sync_channel(16);
        if let Some(stdin) = self.child.stdin.take() {
            let tell = tell.clone();
            thread::spawn(move || feed(input, stdin, &tell));
        }
        if let Some(stdout) = self.child.stdout.take() {
            let tell = tell.clone();
            thread::spawn(move || listen(stdout, &tell, News::Said));
        }
        if let Some(stderr) = self.child.stderr.take() {
            let tell = tell.clone();
            thread::spawn(move || listen(stderr, &tell, News::Complaint));
        }
        let pid = self.pid();
        thread::spawn(move || {
            // It is not reaped here, so that its id stays its own until the group is gone.
            let how = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while matches!(waitid(WaitId::Pid(pid), how), Err(rustix::io::Errno::INTR)) {}
            let _ = tell.send(News::Ended);
        });
        news
    }

    /// Kills what is left of the group and takes the program's status.
    fn reap(&mut self) -> io::Result<std::process::ExitStatus> {
        self.reaped = true;
        let _ = kill_process_group(self.pid(), Signal::KILL);
        self.stop.leave(self.pid());
        self.child.wait()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.reaped {
            let _ = self.reap();
        }
    }
}

/// Writes what a program reads. One that stops reading has its reasons, and its status says which.
fn feed(input: Input, mut stdin: impl Write, tell: &SyncSender<News>) {
    let fed = match input {
        Input::Closed => Ok(()),
        Input::Bytes(bytes) => stdin.write_all(&bytes).or(Ok(())),
        Input::Reader(mut reader) => pour(&mut *reader, &mut stdin),
    };
    if let Err(error) = fed {
        let _ = tell.send(News::Unread(error));
    }
}

fn pour(reader: &mut dyn Read, stdin: &mut impl Write) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = match reader.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if stdin.write_all(&chunk[..read]).is_err() {
            return Ok(());
        }
    }
}

fn listen(mut pipe: impl Read, tell: &SyncSender<News>, news: fn(Vec<u8>) -> News) {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match pipe.read(&mut chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => break,
            Ok(read) if tell.send(news(chunk[..read].to_vec())).is_err() => return,
            Ok(_) => {}
        }
    }
    let _ = tell.send(News::Silent);
}
