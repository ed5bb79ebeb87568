//! The server itself: two listeners, its own threads, and an end.
//!
//! Owns sockets and the runtime. Each request goes through [`turn`]; what goes wrong with it is decided there, and done to
//! the connection here.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::bill::Bill;
use crate::faults::Script;

mod accept;
mod cdn;
mod desk;
mod listen;
mod pace;
mod pictures;
mod socket;
mod submit;
mod tide;
mod trouble;
mod turn;

pub(crate) use cdn::output;
pub(crate) use desk::{Desk, World};
pub use pace::Pace;

/// How long the server's end waits for what is under way.
const END: Duration = Duration::from_secs(2);
/// How many threads answer; what takes long has threads of its own.
const THREADS: usize = 2;
/// How many threads make media and wait for the disk.
const WORKERS_MOST: usize = 32;

/// How a server is to be.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it keeps its log, and what it made.
    pub folder: PathBuf,
    /// Where it listens, such as `127.0.0.1:0`.
    pub listen: SocketAddr,
    /// What goes wrong.
    pub script: Script,
    /// How fast things go.
    pub pace: Pace,
    /// Where its randomness starts.
    pub seed: u64,
    /// The program that encodes clips and sound.
    pub ffmpeg: PathBuf,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody can listen there.
    #[error("cannot listen at {at}")]
    Listen {
        /// Where.
        at: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Its folder cannot be used.
    #[error("cannot use {}", folder.display())]
    Folder {
        /// Which one.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no thread for it.
    #[error("cannot start threads")]
    Threads(#[source] io::Error),
}

/// What the server is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// It answers.
    Up,
    /// It is gone, and comes back after so long.
    Down(Duration),
    /// It has ended.
    Ended,
}

/// A server that plays the providers. It ends when it is stopped or dropped.
pub struct Server {
    runtime: Option<Runtime>,
    world: Arc<World>,
    mode: watch::Sender<Mode>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("url", &self.url()).finish_non_exhaustive()
    }
}

impl Server {
    /// Starts a server, which goes on where the log in its folder ends.
    ///
    /// # Errors
    ///
    /// When it cannot listen, or its folder cannot be used.
    pub fn start(options: Options) -> Result<Self, Error> {
        let api = bind(options.listen)?;
        let cdn = beside(options.listen)?;
        let address = |listener: &TcpListener| {
            listener.local_addr().map_err(|source| Error::Listen { at: options.listen, source })
        };
        let (api_at, cdn_at) = (address(&api)?, address(&cdn)?);
        let world = Arc::new(World::open(options, api_at, cdn_at)?);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .max_blocking_threads(WORKERS_MOST)
            .thread_name("rehearsal")
            .enable_all()
            .build()
            .map_err(Error::Threads)?;
        let mode = watch::Sender::new(Mode::Up);
        for (listener, door) in [(api, turn::Door::Api), (cdn, turn::Door::Cdn)] {
            runtime.spawn(listen::listen(Arc::clone(&world), door, listener, mode.clone()));
        }
        runtime.spawn(crate::webhook::carry(Arc::clone(&world)));
        Ok(Self { runtime: Some(runtime), world, mode })
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}", self.world.api())
    }

    /// Where a provider is: what its `base_url` is to be, without the version of its API.
    pub fn base_url(&self, provider: &str) -> String {
        format!("{}/{provider}", self.url())
    }

    /// The hosts and ports that a client must be allowed to reach: this server, and where outputs are fetched.
    pub fn egress(&self) -> Vec<String> {
        vec![self.world.api().to_string(), self.world.cdn().to_string()]
    }

    /// What it has accepted and charged until now.
    pub fn bill(&self) -> Bill {
        self.world.bill()
    }

    /// How often its script had something go wrong, since it began.
    pub fn troubles(&self) -> u64 {
        self.world.troubles.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Ends it.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.mode.send_replace(Mode::Ended);
        self.world.close();
        let Some(runtime) = self.runtime.take() else { return };
        // A runtime must not be waited for on another one's thread.
        let end = std::thread::spawn(move || runtime.shutdown_timeout(END));
        let _ = end.join();
    }
}

fn bind(at: SocketAddr) -> Result<TcpListener, Error> {
    let listener = TcpListener::bind(at).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    listener.map_err(|source| Error::Listen { at, source })
}

/// A second listener: beside the first where that has a port of its own, so that a restart finds both again.
fn beside(at: SocketAddr) -> Result<TcpListener, Error> {
    let next = at.port().checked_add(1).filter(|_| at.port() != 0);
    let beside = next.and_then(|port| bind(SocketAddr::new(at.ip(), port)).ok());
    beside.map_or_else(|| bind(SocketAddr::new(at.ip(), 0)), Ok)
}
