//! What both roles are told on the command line.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use retake_engine::id::{TakeNo, Ticket};

/// What a provider offers against paying twice, of all that there is: enough to tell the three remedies apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// It recognises a repeated submission by its key.
    Key,
    /// It lists what it has accepted, with our nonce.
    List,
    /// Nothing.
    None,
}

/// What a provider can put off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// What has come in is not accepted yet.
    Acceptance,
    /// What is accepted is not answered yet.
    Answer,
}

/// All that can be told; each role reads what concerns it.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) class: Class,
    pub(crate) log: PathBuf,
    pub(crate) dir: PathBuf,
    pub(crate) port: u16,
    /// How late the provider's list may be.
    pub(crate) lag: Duration,
    /// How long after its bytes came in a submission is accepted.
    pub(crate) late: Duration,
    /// How long a job takes.
    pub(crate) work: Duration,
    /// What the provider puts off until it is told to open.
    pub(crate) hold: Option<Hold>,
    /// How long a lost submission may still turn up.
    pub(crate) grace: Duration,
    /// How many scenes are bought.
    pub(crate) nodes: u32,
    pub(crate) concurrency: u32,
    /// How many bytes the store sets aside for a full disk.
    pub(crate) reserve: u64,
    /// Whether a submission is answered with the outputs themselves.
    pub(crate) synchronous: bool,
    /// Whether it says that it is ready, and waits for a line, before it does anything.
    pub(crate) at_line: bool,
    /// Whether it tells every record.
    pub(crate) story: bool,
    pub(crate) adopt: Vec<(TakeNo, Ticket)>,
    pub(crate) resend: Vec<TakeNo>,
    pub(crate) abandon: Vec<TakeNo>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            class: Class::Key,
            log: PathBuf::new(),
            dir: PathBuf::new(),
            port: 0,
            lag: Duration::from_millis(20),
            late: Duration::ZERO,
            work: Duration::from_millis(5),
            hold: None,
            grace: Duration::from_millis(150),
            nodes: 3,
            concurrency: 2,
            reserve: 256 << 10,
            synchronous: false,
            at_line: false,
            story: false,
            adopt: Vec::new(),
            resend: Vec::new(),
            abandon: Vec::new(),
        }
    }
}

impl Options {
    /// Reads what comes after the role.
    pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        while let Some(flag) = arguments.next() {
            match flag.as_str() {
                "--synchronous" => options.synchronous = true,
                "--at-line" => options.at_line = true,
                "--story" => options.story = true,
                _ => {
                    let value = arguments.next().ok_or_else(|| format!("`{flag}` wants a value"))?;
                    options.set(&flag, &value).map_err(|why| format!("{flag} {value}: {why}"))?;
                }
            }
        }
        Ok(options)
    }

    fn set(&mut self, flag: &str, value: &str) -> Result<(), String> {
        match flag {
            "--class" => self.class = class(value)?,
            "--log" => self.log = value.into(),
            "--dir" => self.dir = value.into(),
            "--provider" => self.port = parsed(value)?,
            "--lag" => self.lag = Duration::from_millis(parsed(value)?),
            "--late" => self.late = Duration::from_millis(parsed(value)?),
            "--work" => self.work = Duration::from_millis(parsed(value)?),
            "--grace" => self.grace = Duration::from_millis(parsed(value)?),
            "--nodes" => self.nodes = parsed(value)?,
            "--concurrency" => self.concurrency = parsed(value)?,
            "--reserve" => self.reserve = parsed(value)?,
            "--hold" => self.hold = Some(hold(value)?),
            "--adopt" => {
                let (take, ticket) = value.split_once('=').ok_or("a take and its ticket are wanted")?;
                self.adopt.push((parsed(take)?, ticket.into()));
            }
            "--resend" => self.resend.push(parsed(value)?),
            "--abandon" => self.abandon.push(parsed(value)?),
            _ => return Err("there is no such option".into()),
        }
        Ok(())
    }
}

fn class(text: &str) -> Result<Class, String> {
    match text {
        "key" => Ok(Class::Key),
        "list" => Ok(Class::List),
        "none" => Ok(Class::None),
        _ => Err("there is no such class".into()),
    }
}

fn hold(text: &str) -> Result<Hold, String> {
    match text {
        "acceptance" => Ok(Hold::Acceptance),
        "answer" => Ok(Hold::Answer),
        _ => Err("nothing of the kind can be held".into()),
    }
}

fn parsed<T: FromStr<Err: ToString>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|why: T::Err| why.to_string())
}
