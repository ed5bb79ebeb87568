//! The owner's side of the door: who knocks is heard, each in a thread of their own.
//!
//! Nobody can hold up the owner: who says nothing for long, or does not read, is hung up on.

use std::io::{self, BufReader};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use retake_engine::journal::Record;

use super::socket::{Socket, is_ours};
use super::wire::{self, Broken, Letter, REQUEST_BYTES, Reply, Request, VERSION};
use crate::app::{App, End, Trouble};

/// How long somebody may say nothing, or not read.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many may be talked to at once.
const GUESTS: usize = 64;

/// Listens until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    closed: Arc<AtomicBool>,
    path: std::path::PathBuf,
}

impl Server {
    /// Listens for the owner of a data directory.
    pub(super) fn start(app: &Arc<App>, runtime: Option<&Path>) -> io::Result<Self> {
        let socket = Socket::bind(app.data(), runtime)?;
        let (closed, path) = (Arc::new(AtomicBool::new(false)), socket.path.clone());
        let (seen, app) = (Arc::clone(&closed), Arc::downgrade(app));
        let listen = move || listen(&socket, &app, &seen);
        std::thread::Builder::new().name("retake-door".into()).spawn(listen)?;
        Ok(Self { closed, path })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        // Whoever comes last finds out that it is closed.
        let _ = UnixStream::connect(&self.path);
        let _ = std::fs::remove_file(&self.path);
    }
}

/// One of those who are talked to.
struct Guest(Arc<AtomicUsize>);

impl Drop for Guest {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn listen(socket: &Socket, app: &Weak<App>, closed: &AtomicBool) {
    let guests = Arc::new(AtomicUsize::new(0));
    for stream in socket.listener.incoming() {
        if closed.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let guest = Guest(Arc::clone(&guests));
        let is_full = guests.fetch_add(1, Ordering::SeqCst) >= GUESTS;
        let timed = stream.set_read_timeout(Some(PATIENCE)).and_then(|()| stream.set_write_timeout(Some(PATIENCE)));
        if timed.is_err() || !is_ours(&stream) {
            continue;
        }
        if is_full {
            let many = Trouble::internal("too many are asking at once").hint("try again in a moment");
            let _ = wire::say(&mut &stream, &Reply::Refused(many));
            continue;
        }
        let app = app.clone();
        let talk = move || {
            let _guest = guest;
            talk(&stream, &app);
        };
        // Who cannot be heard is hung up on.
        let _ = std::thread::Builder::new().name("retake-guest".into()).spawn(talk);
    }
}

/// Answers until the other side hangs up or makes no sense.
fn talk(stream: &UnixStream, app: &Weak<App>) {
    let mut from = BufReader::new(stream);
    loop {
        let trouble = match wire::hear::<Letter>(&mut from, REQUEST_BYTES) {
            Ok(None) | Err(Broken::Gone(_)) => return,
            Ok(Some(Letter { v, .. })) if v != VERSION => Trouble::usage(format!("this is version {VERSION}, not {v}"))
                .hint("use the same version of retake in all terminals"),
            Ok(Some(Letter { ask, .. })) => {
                let Some(app) = app.upgrade() else { return };
                if answer(stream, &app, ask).is_err() {
                    return;
                }
                continue;
            }
            Err(Broken::Rubbish(why)) => Trouble::usage(format!("no request: {why}")),
        };
        let _ = wire::say(&mut &*stream, &Reply::Refused(trouble));
        return;
    }
}

fn answer(mut stream: &UnixStream, app: &Arc<App>, ask: Request) -> io::Result<()> {
    let end = match ask {
        Request::Watch { run, after } => app.follow(run, after, &mut |records| tell(stream, records).is_ok()),
        Request::Journal(which) => match app.answer(Request::Journal(which)) {
            Ok(Reply::Records(records)) => tell(stream, records).map(|()| Ok(End::Settled))?,
            other => return wire::say(&mut stream, &other.unwrap_or_else(Reply::Refused)),
        },
        ask => return wire::say(&mut stream, &app.answer(ask).unwrap_or_else(Reply::Refused)),
    };
    let reply = match end {
        Ok(end) => Reply::End { settled: end == End::Settled },
        Err(trouble) => Reply::Refused(trouble),
    };
    wire::say(&mut stream, &reply)
}

/// Hands over records, in lines of a bearable length.
fn tell(mut stream: &UnixStream, records: Vec<Record>) -> io::Result<()> {
    let mut records = records.into_iter().peekable();
    while records.peek().is_some() {
        wire::say(&mut stream, &Reply::Records(records.by_ref().take(256).collect()))?;
    }
    Ok(())
}
