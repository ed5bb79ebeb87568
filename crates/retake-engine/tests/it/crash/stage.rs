//! A stage: a provider with its books, an empty folder, and the program that is to be killed.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use retake_engine::money::Money;

use super::books::{Books, Outcome};
use super::points::Aim;
use super::process::{DEADLINE, Ended, Running, finish, program, thread_of, torture};
use super::trace::WRITES;

/// What a scene costs.
pub(crate) const PRICE: Money = Money::from_cents(40);
/// How many scenes are bought.
pub(crate) const SCENES: usize = 3;
/// How long a lost submission may still turn up.
pub(crate) const GRACE_MS: u64 = 250;
/// How late the provider's list is.
const LAG_MS: u64 = 20;

/// What kind of provider it is, and how it is bought from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    pub(crate) class: &'static str,
    /// Whether a submission is answered with the outputs.
    pub(crate) synchronous: bool,
    /// How long after it came in a submission is accepted.
    pub(crate) late_ms: u64,
}

const fn setting(name: &'static str, class: &'static str, synchronous: bool, late_ms: u64) -> Setting {
    Setting { name, class, synchronous, late_ms }
}

/// All that is tried.
pub(crate) const SETTINGS: [Setting; 7] = [
    setting("key", "key", false, 0),
    setting("key-synchronous", "key", true, 0),
    setting("list", "list", false, 0),
    setting("list-late", "list", false, 100),
    setting("none", "none", false, 0),
    setting("none-late", "none", false, 100),
    setting("none-synchronous", "none", true, 0),
];

/// A provider and a folder, gone when nobody needs them any more.
pub(crate) struct Stage {
    pub(crate) setting: Setting,
    pub(crate) folder: PathBuf,
    provider: Running,
    port: u16,
}

impl Stage {
    /// A provider that has accepted nothing yet, and a folder that is empty.
    pub(crate) fn new(setting: Setting, name: &str) -> Self {
        Self::with(setting, name, &[])
    }

    /// The same, with more for the provider to know.
    pub(crate) fn with(setting: Setting, name: &str, more: &[&str]) -> Self {
        let unique = format!("{}-{name}-{}", std::process::id(), setting.name);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("crash").join(unique);
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).unwrap();
        let mut provider = program(torture());
        provider.args(["provider", "--class", setting.class, "--lag", &LAG_MS.to_string()]);
        provider.args(["--late", &setting.late_ms.to_string(), "--log"]).arg(folder.join("log")).args(more);
        let provider = Running::start(&mut provider).unwrap();
        let port = provider.line().unwrap().trim().parse().expect("a provider begins with its port");
        Self { setting, folder, provider, port }
    }

    /// Where the store lies.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn run_arguments(&self) -> Vec<String> {
        let mut arguments: Vec<String> = ["run", "--class", self.setting.class].map(Into::into).into();
        arguments.extend(["--dir".into(), self.data().display().to_string()]);
        arguments.extend(["--provider".into(), self.port.to_string(), "--nodes".into(), SCENES.to_string()]);
        arguments.extend(["--grace".into(), GRACE_MS.to_string(), "--lag".into(), LAG_MS.to_string()]);
        arguments.extend(self.setting.synchronous.then(|| "--synchronous".into()));
        arguments
    }

    /// The program, which nobody disturbs.
    pub(crate) fn run(&self, more: &[String]) -> Result<Outcome, String> {
        let ended = finish(program(torture()).args(self.run_arguments()).args(more))?;
        outcome(&ended)
    }

    /// The program, to be talked to while it runs.
    pub(crate) fn started(&self, more: &[&str]) -> Result<Running, String> {
        Running::start(program(torture()).args(self.run_arguments()).args(more))
    }

    /// The program under the eyes of a tracer, which writes what it sees to this file of the folder.
    pub(crate) fn traced(&self, trace: &str, tracing: &[String]) -> Result<Ended, String> {
        let mut command = self.tracer(trace, tracing);
        finish(command.args(["-f", "--"]).arg(torture()).args(self.run_arguments()))
    }

    /// The program, to one of whose calls a tracer does this, such as `signal=SIGKILL`.
    pub(crate) fn disturbed(&self, trace: &str, aim: &Aim, what: &str) -> Result<Ended, String> {
        let tracing = ["-e".into(), format!("inject={}:{what}:when={}", aim.call, aim.nth)];
        match &aim.thread {
            None => self.traced(trace, &tracing),
            Some(thread) => self.watched(trace, thread, &tracing),
        }
    }

    /// The same, with eyes for one thread alone: the program waits until the tracer has taken its place.
    fn watched(&self, trace: &str, thread: &str, tracing: &[String]) -> Result<Ended, String> {
        let mut running = self.started(&["--at-line"])?;
        running.line()?;
        let id = thread_of(running.id(), thread).ok_or_else(|| format!("there is no thread {thread}"))?;
        let mut tracer = Running::start(self.tracer(trace, tracing).args(["-p", &id.to_string()]))?;
        tracer.hear(&["attached"])?.ok_or("the tracer does not take its place")?;
        running.say("go")?;
        let ended = running.finish()?;
        tracer.finish()?;
        // A tracer of one thread does not say whose calls it shows.
        let own: String = self.trace(trace).lines().map(|line| format!("{id}<{thread}> {line}\n")).collect();
        std::fs::write(self.folder.join(trace), own).map_err(|why| why.to_string())?;
        Ok(ended)
    }

    fn tracer(&self, trace: &str, tracing: &[String]) -> Command {
        let mut command = program("strace");
        command.args(["-Y", "-y", "-e", "signal=none", "-o"]).arg(self.folder.join(trace));
        if !tracing.iter().any(|argument| argument.starts_with("trace=")) {
            command.args(["-s", "0", "-e"]).arg(format!("trace={}", WRITES.map(|call| format!("?{call}")).join(",")));
        }
        command.args(tracing);
        command
    }

    /// Waits until the provider has received, or accepted, one more.
    pub(crate) fn until(&self, what: &str) -> Result<(), String> {
        while !self.provider.line()?.starts_with(what) {}
        Ok(())
    }

    /// What a tracer has written.
    pub(crate) fn trace(&self, file: &str) -> String {
        let bytes = std::fs::read(self.folder.join(file)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// What the provider has accepted, once nothing is on its way to it any more.
    pub(crate) fn books(&self) -> Result<Books, String> {
        self.tell("quiet")?;
        Books::read(&self.folder.join("log"))
    }

    /// Tells the provider something, and waits until it has heard.
    pub(crate) fn tell(&self, wish: &str) -> Result<(), String> {
        let say = || {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
            stream.set_read_timeout(Some(DEADLINE + Duration::from_secs(10)))?;
            stream.write_all(format!("{{\"wants\":\"{wish}\"}}\n").as_bytes())?;
            let mut line = String::new();
            BufReader::new(stream).read_line(&mut line).map(|_| line)
        };
        match say() {
            Ok(line) if line.contains("heard") => Ok(()),
            other => Err(format!("the provider did not hear `{wish}`: {other:?}")),
        }
    }

    /// Nothing of it is worth keeping.
    pub(crate) fn clear(self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// What a program that ended well says of itself.
pub(crate) fn outcome(ended: &Ended) -> Result<Outcome, String> {
    if !ended.status.success() {
        return Err(format!("the program ended with {}: {}", ended.status, ended.err.trim()));
    }
    serde_json::from_str(ended.out.trim()).map_err(|why| format!("no outcome: {why}: {}", ended.out))
}
