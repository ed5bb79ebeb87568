//! The accept loop: how long whoever connects may say nothing, and the end.
//!
//! Owns connections. Nobody can hold the service up: who sends no head, sends nothing more of a body, or does not read is
//! hung up on. Whoever has said all is waited with, however long their answer takes.

use std::convert::Infallible;
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::{BoxError, Router};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::{Service, service_fn};
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, Sleep};

use super::Address;
use super::guests::{Room, Seat};

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
    pub(super) guests: usize,
    /// From one address.
    pub(super) of_one: usize,
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

/// Lets people in until the service ends.
pub(super) async fn listen(listener: TcpListener, router: Router, limits: Limits, mut closing: watch::Receiver<bool>) {
    let room = Arc::new(Room::new(limits));
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
        let Some(guest) = room.let_in(from.ip()) else { continue };
        let _ = stream.set_nodelay(true);
        let mut builder = hyper::server::conn::http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_BYTES).half_close(false);
        let service = service(router.clone(), guest.seat(), Address::from(from.ip()));
        let connection = graceful.watch(builder.serve_connection(TokioIo::new(Read::new(stream)), service));
        tokio::spawn(async move {
            tokio::select! {
                // Whoever hangs up or is hung up on has no use for an answer.
                _ = connection => {}
                () = guest.has_to_leave() => {}
            }
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(END, graceful.shutdown()).await;
}

/// Answers one guest, and says when it is on whom.
fn service(
    router: Router,
    seat: Arc<Seat>,
    from: Address,
) -> impl Service<Request<Incoming>, Response = Response<Told>, Error = Infallible, Future: Send> {
    let router = TowerToHyperService::new(router);
    service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(from);
        let (sender, seat) = (Arc::clone(&seat), Arc::clone(&seat));
        let answer = router.call(request.map(|body| Sent::new(body, sender)));
        async move {
            let answer = answer.await?;
            seat.is_answered();
            Ok(answer.map(|body| Told { body, seat }))
        }
    })
}

/// How long nothing may move; it begins when somebody first waits.
#[derive(Default)]
struct Stillness(Option<Pin<Box<Sleep>>>);

impl Stillness {
    fn is_too_long(&mut self, cx: &mut Context<'_>) -> bool {
        let timer = self.0.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + STILL)));
        timer.as_mut().poll(cx).is_ready()
    }

    fn ends(&mut self) {
        self.0 = None;
    }
}

fn still() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "nothing has moved for too long")
}

/// The body of a request, which ends where nothing more of it comes.
struct Sent {
    body: Incoming,
    seat: Arc<Seat>,
    unheard: Stillness,
}

impl Sent {
    fn new(body: Incoming, seat: Arc<Seat>) -> Self {
        if body.is_end_stream() {
            seat.is_answered();
        }
        Self { body, seat, unheard: Stillness::default() }
    }
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        match Pin::new(&mut this.body).poll_frame(cx) {
            Poll::Pending if this.unheard.is_too_long(cx) => Poll::Ready(Some(Err(still().into()))),
            Poll::Pending => Poll::Pending,
            Poll::Ready(frame) => {
                this.unheard.ends();
                if this.body.is_end_stream() {
                    this.seat.is_answered();
                }
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of an answer; when it was told, it is on whoever asked.
struct Told {
    body: Body,
    seat: Arc<Seat>,
}

impl HttpBody for Told {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        self.seat.is_waited_for();
    }
}

/// A connection that ends where what is sent is not read.
struct Read {
    stream: TcpStream,
    unread: Stillness,
}

impl Read {
    fn new(stream: TcpStream) -> Self {
        Self { stream, unread: Stillness::default() }
    }
}

impl AsyncRead for Read {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Read {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        match Pin::new(&mut this.stream).poll_write(cx, bytes) {
            Poll::Pending if this.unread.is_too_long(cx) => Poll::Ready(Err(still())),
            Poll::Pending => Poll::Pending,
            Poll::Ready(written) => {
                this.unread.ends();
                Poll::Ready(written)
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
