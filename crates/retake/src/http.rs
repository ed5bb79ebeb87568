//! The service: what other programs and browsers can ask of retake over HTTP.
//!
//! A file per noun. Owns status codes and the forms of bodies; every use case is [`app`](crate::app)'s. Whoever calls has
//! a [`Counter`](crate::app::Counter), which shows them their own runs and no others.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use retake_engine::id::RunId;
use retake_film::download::Downloads;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;

use crate::app::{App, Counter, Figures, Grant, Registry, Trouble, now};
use crate::ui::story::Story;

mod batches;
mod caller;
mod deeds;
mod events;
mod figures;
mod files;
mod guard;
mod guests;
mod health;
mod history;
mod hooks;
mod keep;
mod listen;
mod log;
mod media;
mod metrics;
mod notices;
mod onward;
mod problem;
mod quotes;
mod runs;
mod stories;
mod strangers;
mod tags;
#[cfg(feature = "otel")]
mod traces;
mod whole;
mod workflows;

pub(crate) use caller::{COOKIE, Caller, run_of};
pub(crate) use log::{Log, keep_log};
pub(crate) use problem::{Problem, Wrong};
pub(crate) use strangers::Address;
use strangers::Strangers;
pub(crate) use tags::{FOREVER, is_known};
pub(crate) use whole::whole;

/// How many threads answer; what takes long has threads of its own.
const THREADS: usize = 2;
/// How many threads wait for the disk and for the engine.
const WORKERS_MOST: usize = 64;
/// The largest body that is read as a whole: a plan.
pub(crate) const BODY_BYTES: usize = 1 << 20;
/// How long the service's end waits for answers that are under way.
const END: Duration = Duration::from_secs(2);

/// What every handler works with.
#[derive(Clone)]
pub(crate) struct Service {
    app: Arc<App>,
    registry: Arc<Registry>,
    /// Whether nobody needs a token.
    is_open: bool,
    events: Arc<events::Hubs>,
    stories: Arc<stories::Stories>,
    caps: Arc<caller::Told>,
    strangers: Arc<Strangers>,
    /// What happened since it began: in runs, and at the door.
    figures: Arc<Figures>,
    counts: Arc<figures::Figures>,
    log: Log,
    closing: watch::Receiver<bool>,
}

impl Service {
    /// Tells a run as it is now, to somebody who may see it.
    pub(crate) fn tell<T>(&self, to: &Counter, run: RunId, tell: impl FnOnce(&Story, u64) -> T) -> Result<T, Problem> {
        self.stories.with(to, run, tell)
    }

    /// Whether nobody needs a token.
    pub(crate) fn is_open(&self) -> Result<bool, Problem> {
        Ok(self.is_open && self.registry.is_open()?)
    }

    /// Whether it began with tokens: whoever looks has signed in.
    pub(crate) const fn needs_tokens(&self) -> bool {
        !self.is_open
    }

    /// What a token is worth that is shown from there, unless too many were that are worth nothing.
    pub(crate) fn grant(&self, from: Address, token: &str) -> Result<Option<Grant>, Problem> {
        self.strangers.admit(from, token)?;
        let grant = self.registry.grant(token, now())?;
        self.strangers.was(grant.is_some(), from, token);
        Ok(grant)
    }
}

/// A service that answers until it is stopped.
pub(crate) struct Running {
    runtime: Option<Runtime>,
    closing: watch::Sender<bool>,
    at: SocketAddr,
}

impl Running {
    /// Where it answers.
    pub(crate) const fn at(&self) -> SocketAddr {
        self.at
    }

    /// Takes no more calls, and ends those that would last.
    pub(crate) fn stop(&mut self) {
        let _ = self.closing.send(true);
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(END);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Answers from now on.
pub(crate) fn start(
    app: &Arc<App>,
    registry: Arc<Registry>,
    log: Log,
    listener: TcpListener,
) -> Result<Running, Trouble> {
    let failed = |error: std::io::Error| Trouble::internal(format!("cannot start the service: {error}"));
    let at = listener.local_addr().map_err(failed)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .max_blocking_threads(WORKERS_MOST)
        .thread_name("retake-http")
        .enable_all()
        .build()
        .map_err(failed)?;
    let (closing, closed) = watch::channel(false);
    let limits = listen::Limits::of(app.config().connections());
    let service = Service {
        app: Arc::clone(app),
        is_open: registry.is_open()?,
        registry,
        events: Arc::default(),
        stories: Arc::default(),
        caps: Arc::default(),
        strangers: Arc::new(Strangers::new(app.config().wrong_tokens())),
        figures: app.figures(),
        counts: Arc::default(),
        log,
        closing: closed.clone(),
    };
    let downloads = Downloads::new(service.app.egress()?).map_err(|error| Trouble::internal(error.to_string()))?;
    runtime.spawn(notices::carry(service.clone(), downloads, closed.clone()));
    runtime.spawn(keep::carry(service.clone(), closed.clone()));
    runtime.spawn(onward::carry(service.clone(), onward::hear(&service), closed.clone()));
    trace(&service, &runtime, closed.clone())?;
    let router = router(&service);
    listener.set_nonblocking(true).map_err(failed)?;
    let listener = {
        let _inside = runtime.enter();
        tokio::net::TcpListener::from_std(listener).map_err(failed)?
    };
    runtime.spawn(listen::listen(listener, router, limits, closed));
    Ok(Running { runtime: Some(runtime), closing, at })
}

/// Has spans sent where they are wanted.
#[cfg(feature = "otel")]
fn trace(service: &Service, runtime: &Runtime, closed: watch::Receiver<bool>) -> Result<(), Trouble> {
    let Some(address) = service.app.config().traces().map(str::to_owned) else { return Ok(()) };
    let to = Downloads::new(service.app.egress()?).map_err(|error| Trouble::internal(error.to_string()))?;
    runtime.spawn(traces::carry(Arc::clone(&service.app), address, to, closed));
    Ok(())
}

/// Nobody here can send spans.
#[cfg(not(feature = "otel"))]
fn trace(service: &Service, _runtime: &Runtime, _closed: watch::Receiver<bool>) -> Result<(), Trouble> {
    if service.app.config().traces().is_none() {
        return Ok(());
    }
    Err(Trouble::usage("`serve.traces` is set, and this retake was built without traces")
        .hint("build it with `cargo build --release --features otel`, or leave `serve.traces` out"))
}

#[derive(utoipa::OpenApi)]
#[openapi(info(title = "retake", description = "Makes films out of AI-generated parts."))]
struct Document;

/// Every route with its description.
fn routes() -> (Router<Service>, utoipa::openapi::OpenApi) {
    let (router, mut document) = described();
    problem::as_problems(&mut document);
    (router, document)
}

fn described() -> (Router<Service>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(runs::router())
        .merge(deeds::router())
        .merge(events::router())
        .merge(history::router())
        .merge(batches::router())
        .merge(media::router())
        .merge(files::router())
        .merge(quotes::router())
        .merge(workflows::router())
        .merge(health::router())
        .merge(metrics::router())
        .merge(notices::router())
        .merge(hooks::router())
        .split_for_parts()
}

/// The description of every route, as it is served.
pub(crate) fn document() -> utoipa::openapi::OpenApi {
    let mut document = routes().1;
    for path in document.paths.paths.values_mut() {
        let all = [&mut path.get, &mut path.post, &mut path.put, &mut path.delete, &mut path.patch];
        for operation in all.into_iter().flatten() {
            let responses = &mut operation.responses.responses;
            // Whoever needs a token can have shown too many.
            if let Some(refused) = responses.get("401").cloned() {
                responses.entry("429".to_owned()).or_insert(refused);
            }
        }
    }
    document
}

fn router(service: &Service) -> Router {
    routes()
        .0
        .merge(crate::web::router())
        .fallback(crate::web::nowhere)
        .method_not_allowed_fallback(crate::web::no_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(from_fn_with_state(service.clone(), guard::guard))
        .with_state(service.clone())
}

/// Does what waits for the disk or the engine where waiting is allowed.
pub(crate) async fn wait<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(_) => Err(Problem::internal()),
    }
}
