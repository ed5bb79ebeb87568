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
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, Sleep};

/// How many may be connected at once.
const GUESTS: usize = 1024;
/// How many of them from one address, which may be a proxy.
const GUESTS_OF_ONE: usize = 768;
/// How long the head of a request may take, and how long a connection may lie idle.
const HEAD: Duration = Duration::from_secs(10);
/// How long nothing may move in either direction while something should: a body that is sent, an answer that is read.
const STILL: Duration = Duration::from_secs(30);
/// The largest head of a request.
const HEAD_BYTES: usize = 16 << 10;
/// How long answers that are under way may take when the service ends.
const END: Duration = Duration::from_secs(1);
/// How long to leave where the machine has no socket left.
const PAUSE: Duration = Duration::from_millis(50);

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
    fn let_in(crowd: &Arc<Crowd>, from: IpAddr, place: OwnedSemaphorePermit) -> Option<Self> {
        let mut counts = crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(from).or_default();
        if *count >= GUESTS_OF_ONE {
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
pub(super) async fn listen(listener: TcpListener, router: Router, mut closing: watch::Receiver<bool>) {
    let (places, crowd) = (Arc::new(Semaphore::new(GUESTS)), Arc::new(Crowd::default()));
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
        let Some(guest) = Guest::let_in(&crowd, from.ip(), place) else { continue };
        let _ = stream.set_nodelay(true);
        let mut builder = hyper::server::conn::http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_BYTES).half_close(false);
        let service = TowerToHyperService::new(router.clone());
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
