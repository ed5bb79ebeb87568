//! One request, from its head to its answer.
//!
//! Owns the order of things: the key, what is wished, what goes wrong before, the work, what goes wrong after. There is
//! one such place for all providers.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Body as _, Bytes, Incoming};
use hyper::{Method, Request};

use super::desk::{Desk, World};
use super::tide::Flow;
use super::trouble::{Blow, Trial, spoiled, trial};
use super::{cdn, submit};
use crate::clock;
use crate::faults::{At, Moment};
use crate::jobs::{Job, Kind, Order};
use crate::wire::{self, About, Call, Key, Reply, Trouble, Wire, Wish};

/// The largest body.
const BODY_BYTES: usize = 64 << 20;
/// How much more of a body that is too large is listened to, so that its sender hears the answer.
const PATIENCE_BYTES: usize = 256 << 20;
/// How long a body may take to come.
const BODY_TIME: Duration = Duration::from_secs(120);
/// Through which of its two listeners a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// Where providers are spoken to.
    Api,
    /// Where outputs are fetched.
    Cdn,
}

/// What comes of a request.
pub(super) enum Outcome {
    /// An answer, and how its body comes.
    Answer(Reply, Flow),
    /// A reset.
    Reset,
    /// Nothing, for ever.
    Hang,
    /// A reset, and the server is gone for so long.
    Die(Duration),
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Self::Answer(reply, Flow::Whole)
    }
}

impl From<Blow> for Outcome {
    fn from(blow: Blow) -> Self {
        match blow {
            Blow::Say(reply) => reply.into(),
            Blow::Reset => Self::Reset,
            Blow::Hang => Self::Hang,
            Blow::Die(down) => Self::Die(down),
        }
    }
}

/// What comes of this request.
pub(super) async fn take(world: &Arc<World>, door: Door, request: Request<Incoming>) -> Outcome {
    let (head, body) = request.into_parts();
    let Some(mut path) = wire::segments(head.uri.path()) else {
        return Reply::text(400, "bad path").into();
    };
    if path.is_empty() {
        return Reply::text(200, "a rehearsal: each provider lives below a path of its name\n").into();
    }
    let provider = path.remove(0);
    let Some(wire) = wire::of(&provider) else {
        return Reply::text(404, "no provider of this name is played here\n").into();
    };
    let body = match tokio::time::timeout(BODY_TIME, whole(body)).await {
        Ok(Ok(Some(body))) => body,
        Ok(Ok(None)) => return wire.trouble(&Trouble::TooLarge).into(),
        Ok(Err(_)) | Err(_) => return Outcome::Reset,
    };
    let query = wire::query(head.uri.query().unwrap_or_default());
    let call = Call { method: head.method, path, query, headers: head.headers, body };
    match door {
        Door::Api => api(world, &provider, wire, call).await,
        Door::Cdn => output(world, &provider, wire, call).await,
    }
}

/// The whole body; none where it is too large.
async fn whole(mut body: Incoming) -> Result<Option<Bytes>, hyper::Error> {
    let mut all = Vec::new();
    let mut length = 0;
    while let Some(frame) = std::future::poll_fn(|cx| std::pin::Pin::new(&mut body).poll_frame(cx)).await {
        if let Ok(data) = frame?.into_data() {
            length += data.len();
            if length > PATIENCE_BYTES {
                return Ok(None);
            }
            if length > BODY_BYTES {
                all = Vec::new();
            } else {
                all.extend_from_slice(&data);
            }
        }
    }
    Ok((length <= BODY_BYTES).then(|| all.into()))
}

async fn api(world: &Arc<World>, provider: &str, wire: &'static dyn Wire, call: Call) -> Outcome {
    match wire.key(&call) {
        Key::Open => {}
        Key::Shown(key) if crate::is_key(provider, &key) => {}
        Key::Shown(key) => {
            if let Some(owner) = crate::key_owner(&key) {
                world.leak(format!("the key of {owner} was shown to {provider}"));
            }
            return wire.trouble(&Trouble::Key).into();
        }
        Key::Missing => return wire.trouble(&Trouble::Key).into(),
    }
    let sent = call.told();
    let desk = Desk::new(world);
    let hears = desk.clone();
    match work(move || wire.hear(&call, &hears)).await {
        Err(outcome) => outcome,
        Ok(Err(refusal)) => {
            world.count(provider, "refused");
            refusal.into()
        }
        Ok(Ok(Wish::Work(submission))) => submit::submit(desk, wire, *submission, &sent).await,
        Ok(Ok(Wish::Else { at, about, answer })) => {
            let topic = match &about {
                About::Job(job) => Topic::of(job, &sent),
                About::Model(model) => {
                    Topic { provider, model, kind: wire::kind(model), prompt: "", take: 0, sent: &sent }
                }
            };
            let trial = topic.ask(world, wire, at);
            if let Some(blow) = trial.before {
                return blow.into();
            }
            let desk = Desk { list: trial.list, ..desk };
            finish(trial, work(move || answer(&desk)).await)
        }
    }
}

/// A request for an output.
async fn output(world: &Arc<World>, provider: &str, wire: &'static dyn Wire, call: Call) -> Outcome {
    let headers = call.headers.values().filter_map(|value| value.to_str().ok()?.split(' ').next_back());
    let shown = headers.chain(call.query.iter().map(|(_, value)| value.as_str()));
    for owner in shown.filter_map(crate::key_owner) {
        world.leak(format!("the key of {owner} was shown where outputs of {provider} are fetched"));
    }
    if call.method != Method::GET && call.method != Method::HEAD {
        return Reply::text(405, "Method Not Allowed").into();
    }
    let desk = Desk::new(world);
    let job = call.path.first().and_then(|ticket| desk.job(provider, ticket));
    let sent = call.told();
    let nobody = Topic { provider, model: "", kind: None, prompt: "", take: 0, sent: &sent };
    let topic = job.as_ref().map_or(nobody, |job| Topic::of(job, &sent));
    let trial = topic.ask(world, wire, At::Fetch);
    if let Some(blow) = trial.before {
        return blow.into();
    }
    let provider = provider.to_owned();
    finish(trial, work(move || cdn::answer(&desk, wire, &provider, &call.path, job.as_ref())).await)
}

/// Work that may take a while, off the threads that others wait for.
pub(super) async fn work<T: Send + 'static>(what: impl FnOnce() -> T + Send + 'static) -> Result<T, Outcome> {
    tokio::task::spawn_blocking(what).await.map_err(|_| Outcome::Reset)
}

/// What a request is about.
pub(super) struct Topic<'a> {
    pub(super) provider: &'a str,
    pub(super) model: &'a str,
    pub(super) kind: Option<Kind>,
    pub(super) prompt: &'a str,
    pub(super) take: u32,
    /// The words that came with it.
    pub(super) sent: &'a str,
}

impl<'a> Topic<'a> {
    fn of(job: &'a Job, sent: &'a str) -> Self {
        let Order { provider, model, kind, prompt, .. } = &job.order;
        Self { provider, model, kind: Some(*kind), prompt, take: job.take, sent }
    }

    /// Counts a request, and asks the script what goes wrong with it.
    pub(super) fn ask(&self, world: &World, wire: &dyn Wire, at: At) -> Trial {
        let &Self { provider, model, kind, prompt, take, sent } = self;
        world.count(provider, at.name());
        let since_start = Duration::from_millis(clock::now().saturating_sub(world.up_since));
        // The server counts; this is only what it is about.
        let effect = world.ask(&Moment { provider, model, kind, prompt, at, take, n: 0, since_start });
        trial(effect, wire, at, model, sent)
    }
}

/// What comes of an answer after all that the script does to it.
pub(super) fn finish(trial: Trial, answered: Result<Reply, Outcome>) -> Outcome {
    let reply = match answered {
        Ok(reply) => reply,
        Err(outcome) => return outcome,
    };
    if let Some(blow) = trial.after {
        return blow.into();
    }
    let (reply, flow) = spoiled(reply, trial.spoil);
    Outcome::Answer(reply, flow)
}
