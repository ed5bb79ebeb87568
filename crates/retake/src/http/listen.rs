//! The accept loop: who may connect, how long they may say nothing, and the end.
//!
//! Owns connections. Nobody can hold the service up: who sends no head, says nothing, or does not read is hung up on, and
//! no address has more than its share.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, Sleep};

use super::Address;

/// How long the head of a request may take, and how long a connection may lie idle.
const HEAD: Duration = Duration::from_secs(10);
/// How long nothing may move in either direction while something should: a body that is sent, an answer that is read.
const STILL: Duration = Duration::from_secs(30);
/// The largest head that is taken in at all; the guard has the limit that callers are told of.
const HEAD_BYTES: usize = 2 * super::guard::HEAD_BYTES;
/// How many files are left to everything but connections.
const FILES: u64 = 512;
/// How long answers that are under way may take when the service ends.
const END: Duration = Duration::from_secs(1);
/// How long to leave where the machine has no socket left.
const PAUSE: Duration = Duration::from_millis(50);

/// How many may be connected at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// In all.
    guests: usize,
    /// From one address.
    of_one: usize,
}

impl Limits {
    /// What was set, as far as this machine gives files for it.
    pub(super) fn of((guests, of_one): (usize, usize)) -> Self {
        let wanted = u64::try_from(guests).unwrap_or(u64::MAX).saturating_add(FILES);
        let limit = getrlimit(Resource::Nofile);
        let most = |limit: Option<u64>| limit.unwrap_or(u64::MAX);
        let mut files = most(limit.current);
        if files < wanted {
            let raised = wanted.min(most(limit.maximum));
            let rlimit = Rlimit { current: Some(raised), maximum: limit.maximum };
            files = if setrlimit(Resource::Nofile, rlimit).is_ok() { raised } else { files };
        }
        // Where there are few, most of them are for connections all the same: nobody is served without.
        let room = files.saturating_sub(FILES).max(files / 2);
        let guests = guests.min(usize::try_from(room).unwrap_or(usize::MAX)).max(1);
        Self { guests, of_one: of_one.min(guests) }
    }
}

/// How many come from each address.
#[derive(Default)]
struct Crowd(Mutex<HashMap<IpAddr, usize>>);

/// One of those who are connected.
struct Guest {
    crowd: Arc<Crowd>,
    from: IpAddr,
    _place: OwnedSemaphorePermit,
}

impl Guest {
    fn let_in(crowd: &Arc<Crowd>, most: usize, from: IpAddr, place: OwnedSemaphorePermit) -> Option<Self> {
        let mut counts = crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(from).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Self { crowd: Arc::clone(crowd), from, _place: place })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut counts = self.crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.from);
            }
        }
    }
}

/// Lets people in until the service ends.
pub(super) async fn listen(listener: TcpListener, router: Router, limits: Limits, mut closing: watch::Receiver<bool>) {
    let (places, crowd) = (Arc::new(Semaphore::new(limits.guests)), Arc::new(Crowd::default()));
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = closing.wait_for(|closed| *closed) => break,
        };
        let Ok((stream, from)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        // Who finds no place is hung up on at once: a queue would only hide it.
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        let Some(guest) = Guest::let_in(&crowd, limits.of_one, from.ip(), place) else { continue };
        let _ = stream.set_nodelay(true);
        let mut builder = hyper::server::conn::http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_BYTES).half_close(false);
        let (service, from) = (TowerToHyperService::new(router.clone()), Address::from(from.ip()));
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(from);
            service.call(request)
        });
        let connection = builder.serve_connection(TokioIo::new(Watched::new(stream)), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let _guest = guest;
            // Whoever hangs up or is hung up on has no use for an answer.
            let _ = connection.await;
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(END, graceful.shutdown()).await;
}

/// A connection that ends where nothing moves that should.
struct Watched {
    stream: TcpStream,
    /// Since when somebody does not read what is sent.
    unread: Option<Pin<Box<Sleep>>>,
    /// Until when something is to be heard.
    unheard: Option<Pin<Box<Sleep>>>,
    /// Whether an answer is under way: then nobody has to say anything.
    answering: bool,
}

impl Watched {
    const fn new(stream: TcpStream) -> Self {
        Self { stream, unread: None, unheard: None, answering: false }
    }

    /// Whether the time is up of something that waits.
    fn is_up(timer: &mut Option<Pin<Box<Sleep>>>, cx: &mut Context<'_>) -> bool {
        let timer = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + STILL)));
        timer.as_mut().poll(cx).is_ready()
    }
}

fn still() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "nothing has moved for too long")
}

use std::future::Future as _;

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        match Pin::new(&mut this.stream).poll_read(cx, into) {
            Poll::Pending if !this.answering && Self::is_up(&mut this.unheard, cx) => Poll::Ready(Err(still())),
            Poll::Pending => Poll::Pending,
            Poll::Ready(read) => {
                (this.unheard, this.answering) = (None, false);
                Poll::Ready(read)
            }
        }
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        this.answering = true;
        match Pin::new(&mut this.stream).poll_write(cx, bytes) {
            Poll::Pending if Self::is_up(&mut this.unread, cx) => Poll::Ready(Err(still())),
            Poll::Pending => Poll::Pending,
            Poll::Ready(written) => {
                this.unread = None;
                Poll::Ready(written)
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        Poll::Ready(Ok(()))
    }
}
