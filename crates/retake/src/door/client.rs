//! The other side of the door: a connection to whoever owns the data directory.

use std::io::{self, BufReader};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use retake_engine::id::RunId;
use retake_engine::journal::Record;

use super::socket::{is_ours, path_of};
use super::wire::{self, ANSWER_BYTES, Broken, Letter, Reply, Request, VERSION};
use crate::app::{End, Kind, Trouble};

/// How long the owner may take to say who it is.
const GREETING: Duration = Duration::from_secs(5);
/// How long it may take for anything else: a plan is read and scheduled in a fraction of it.
const PATIENCE: Duration = Duration::from_secs(120);

/// A connection to the owner.
#[derive(Debug)]
pub(crate) struct Client {
    talk: Mutex<BufReader<UnixStream>>,
    stream: UnixStream,
    /// The owner's process.
    pub(crate) process: u32,
    /// What it owns.
    pub(super) data: PathBuf,
}

impl Client {
    /// Knocks. Nobody may be there.
    pub(super) fn knock(data: &Path) -> Result<Option<Self>, Trouble> {
        let path = path_of(data);
        let Ok(stream) = UnixStream::connect(&path) else { return Ok(None) };
        if !is_ours(&stream) {
            return Err(Trouble::internal(format!("somebody else listens at `{}`", path.display()))
                .hint("look who that is, and remove the socket"));
        }
        let greet = |stream: &UnixStream| -> io::Result<BufReader<UnixStream>> {
            stream.set_read_timeout(Some(GREETING))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            wire::say(&mut &*stream, &Letter { v: VERSION, ask: Request::Hello })?;
            stream.try_clone().map(BufReader::new)
        };
        let Ok(mut from) = greet(&stream) else { return Ok(None) };
        let process = match wire::hear::<Reply>(&mut from, ANSWER_BYTES) {
            Ok(Some(Reply::Hello { process, .. })) => process,
            Ok(Some(Reply::Refused(trouble))) => return Err(trouble),
            Ok(Some(_)) | Err(Broken::Rubbish(_)) => return Err(strange()),
            Err(Broken::Gone(error)) if is_silence(&error) => return Err(silent()),
            // It was about to leave.
            Ok(None) | Err(Broken::Gone(_)) => return Ok(None),
        };
        let patient = stream.set_read_timeout(Some(PATIENCE));
        Ok(patient.is_ok().then(|| Self { talk: Mutex::new(from), stream, process, data: data.to_owned() }))
    }

    /// Asks for something that is answered at once.
    pub(super) fn ask(&self, ask: Request) -> Result<Reply, Trouble> {
        let mut from = self.talk.lock().unwrap_or_else(PoisonError::into_inner);
        self.say(ask)?;
        let mut records = Vec::new();
        loop {
            match hear(&mut from)? {
                Reply::Records(more) => records.extend(more),
                Reply::End { .. } => return Ok(Reply::Records(records)),
                Reply::Refused(trouble) => return Err(trouble),
                other => return Ok(other),
            }
        }
    }

    /// Looks at a run as it goes on.
    pub(super) fn follow(
        &self,
        run: RunId,
        after: u64,
        see: &mut dyn FnMut(Vec<Record>) -> bool,
    ) -> Result<End, Trouble> {
        let mut from = self.talk.lock().unwrap_or_else(PoisonError::into_inner);
        if self.say(Request::Watch { run, after }).is_err() {
            return Ok(End::Stopped);
        }
        // A run may be quiet for as long as it likes.
        let _ = self.stream.set_read_timeout(None);
        loop {
            match hear(&mut from) {
                Ok(Reply::Records(records)) => {
                    if !see(records) {
                        return Ok(End::Enough);
                    }
                }
                Ok(Reply::End { settled }) => return Ok(if settled { End::Settled } else { End::Stopped }),
                Ok(Reply::Refused(trouble)) => return Err(trouble),
                Ok(_) => return Err(strange()),
                Err(trouble) if trouble.kind == Kind::Leaving => return Ok(End::Stopped),
                Err(trouble) => return Err(trouble),
            }
        }
    }

    /// Hangs up, whatever is being said.
    pub(super) fn hang_up(&self) {
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
    }

    fn say(&self, ask: Request) -> Result<(), Trouble> {
        wire::say(&mut &self.stream, &Letter { v: VERSION, ask }).map_err(|_| gone())
    }
}

fn hear(from: &mut BufReader<UnixStream>) -> Result<Reply, Trouble> {
    match wire::hear(from, ANSWER_BYTES) {
        Ok(Some(reply)) => Ok(reply),
        Ok(None) => Err(gone()),
        Err(Broken::Gone(error)) if is_silence(&error) => Err(silent()),
        Err(Broken::Gone(_)) => Err(gone()),
        Err(Broken::Rubbish(_)) => Err(strange()),
    }
}

fn is_silence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

fn silent() -> Trouble {
    Trouble::internal("the retake that owns this data directory does not answer")
        .hint("look at its terminal; if it hangs, end it: nothing is lost")
}

fn gone() -> Trouble {
    let what = "the retake that owned this data directory has ended".to_owned();
    Trouble { kind: Kind::Leaving, what, hint: Some("ask again: whoever asks first owns it now".into()) }
}

fn strange() -> Trouble {
    Trouble::internal("whoever owns this data directory talks differently")
        .hint("use the same version of retake in all terminals")
}
