//! What happens in a run, as it happens: server-sent events, and waiting for a change.
//!
//! Owns the hubs: however many watch a run, its journal is read once for all of them. Who reads too slowly is hung up on
//! and comes back by `Last-Event-ID`; nothing is kept for them.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use retake_engine::id::RunId;
use retake_engine::journal::Record;
use serde::Deserialize;
use tokio::sync::{Notify, broadcast};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::caller::{Caller, Named};
use super::problem::Problem;
use super::{Service, wait};
use crate::app::{Counter, Scope};
use crate::ui::json;

/// How far behind somebody may be.
const BEHIND_MOST: usize = 1024;
/// How often something is said where nothing happens.
const BEAT: Duration = Duration::from_secs(15);

pub(super) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(events))
}

/// Something that was written down.
#[derive(Debug)]
struct News {
    seq: u64,
    line: String,
}

impl News {
    fn of(run: RunId, record: &Record) -> Arc<Self> {
        Arc::new(Self { seq: record.seq, line: json::line(run, record) })
    }
}

/// Those who read journals for whoever watches, by run.
#[derive(Default)]
pub(super) struct Hubs(Mutex<HashMap<RunId, broadcast::Sender<Arc<News>>>>);

impl Hubs {
    /// What is written down of a run from now on.
    async fn listen(
        self: &Arc<Self>,
        counter: &Counter,
        run: RunId,
    ) -> Result<broadcast::Receiver<Arc<News>>, Problem> {
        let (at, seen) = (counter.clone(), run);
        let seq = wait(move || Ok(at.find(seen)?.seq)).await?;
        let mut hubs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(hub) = hubs.get(&run) {
            return Ok(hub.subscribe());
        }
        let (hub, heard) = broadcast::channel(BEHIND_MOST);
        hubs.insert(run, hub.clone());
        tokio::spawn(Arc::clone(self).carry(counter.clone(), run, seq, hub));
        Ok(heard)
    }

    /// Reads the journal of a run for as long as somebody listens.
    async fn carry(self: Arc<Self>, counter: Counter, run: RunId, mut seq: u64, hub: broadcast::Sender<Arc<News>>) {
        let bell = Arc::new(Notify::new());
        let rope = Arc::downgrade(&bell);
        let ring = move || {
            rope.upgrade().is_some_and(|bell| {
                bell.notify_one();
                true
            })
        };
        let at = counter.clone();
        let called = wait(move || Ok(at.call(run, ring)?)).await;
        while called.is_ok() {
            let at = counter.clone();
            let Ok(records) = wait(move || Ok(at.records(run, seq)?)).await else { break };
            for record in &records {
                seq = record.seq;
                let _ = hub.send(News::of(run, record));
            }
            if records.is_empty()
                && tokio::time::timeout(BEAT, bell.notified()).await.is_err()
                && self.forget(run, &hub)
            {
                return;
            }
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&run);
    }

    /// Ends a hub that nobody listens to; says whether it was one.
    fn forget(&self, run: RunId, hub: &broadcast::Sender<Arc<News>>) -> bool {
        let mut hubs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_alone = hub.receiver_count() == 0;
        if is_alone {
            hubs.remove(&run);
        }
        is_alone
    }

    /// Waits until something was written down of a run after an event, or after the last one; or until the time is up.
    pub(super) async fn changed(
        self: &Arc<Self>,
        counter: &Counter,
        run: RunId,
        after: Option<u64>,
        span: Duration,
    ) -> Result<(), Problem> {
        let mut heard = self.listen(counter, run).await?;
        let at = counter.clone();
        let last = wait(move || Ok(at.find(run)?.seq)).await?;
        if last > after.unwrap_or(last) {
            return Ok(());
        }
        let _ = tokio::time::timeout(span, heard.recv()).await;
        Ok(())
    }
}

/// Where the events begin.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct From {
    /// After this event; else from the beginning. `Last-Event-ID` counts more.
    after: Option<u64>,
}

/// Watch a run: its events, those that were and those to come.
#[utoipa::path(get, path = "/api/runs/{run}/events", tag = "runs",
    params(From, ("run" = String, Path, description = "Its id"), ("Last-Event-ID" = Option<u64>, Header, description = "Goes on after this event")),
    responses((status = 200, body = String, content_type = "text/event-stream"), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn events(
    State(service): State<Service>,
    caller: Caller,
    Named(run): Named,
    from: Result<Query<From>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let counter = caller.may(Scope::Read)?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.trim().parse().ok());
    let after = last.or(from?.after).unwrap_or(0);
    // Listened to first: what is written down while the past is read comes twice, and is told once.
    let heard = service.events.listen(&counter, run).await?;
    let past = wait(move || Ok(counter.records(run, after)?)).await?;
    let tale = Tale { past: past.into_iter(), heard, run, seq: after, closing: service.closing.clone() };
    let stream = stream::unfold(tale, |mut tale| async move { Some((Ok(tale.next().await?), tale)) });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(BEAT).text("still here")))
}

/// What one watcher is told.
struct Tale {
    past: std::vec::IntoIter<Record>,
    heard: broadcast::Receiver<Arc<News>>,
    run: RunId,
    seq: u64,
    closing: tokio::sync::watch::Receiver<bool>,
}

impl Tale {
    /// The next event; nothing when they are to come back later.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let news = if let Some(record) = self.past.next() {
                News::of(self.run, &record)
            } else {
                let closed = self.closing.wait_for(|closed| *closed);
                tokio::select! {
                    news = self.heard.recv() => news.ok()?,
                    _ = closed => return None,
                }
            };
            if news.seq > self.seq {
                self.seq = news.seq;
                return Some(Event::default().id(news.seq.to_string()).data(&news.line));
            }
        }
    }
}
