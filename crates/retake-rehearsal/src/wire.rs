//! How each provider speaks, from its own side.
//!
//! Owns the words between the server and a provider's file: a call, what it wishes, a reply, and the troubles that every
//! provider words in its own way. A provider is one file and one line in [`of`]. It must not know what goes wrong, nor
//! when: it is asked to say it.

use crate::faults::At;
use crate::jobs::{Hook, Job, Order};
use crate::server::Desk;

mod answers;
mod call;
pub(crate) mod fields;
pub(crate) mod models;
mod multipart;
mod reply;

mod anthropic;
mod cog;
mod comfyui;
mod elevenlabs;
mod fal;
mod google;
mod http;
mod luma;
mod openai;
mod replicate;
mod runway;
mod vertex;

pub(crate) use call::{Call, Method, encode, query, segments};
pub(crate) use models::kind;
pub(crate) use reply::Reply;

/// The provider of this name.
pub(crate) fn of(name: &str) -> Option<&'static dyn Wire> {
    Some(match name {
        "anthropic" => &anthropic::Anthropic,
        "cog" => &cog::Cog,
        "comfyui" => &comfyui::ComfyUi,
        "elevenlabs" => &elevenlabs::ElevenLabs,
        "fal" => &fal::Fal,
        "google" => &google::Google,
        "http" => &http::Http,
        "luma" => &luma::Luma,
        "openai" => &openai::OpenAi,
        "replicate" => &replicate::Replicate,
        "runway" => &runway::Runway,
        "vertex" => &vertex::Vertex,
        _ => return None,
    })
}

/// A provider, from its own side.
pub(crate) trait Wire: Sync {
    /// Which key the caller shows.
    fn key(&self, call: &Call) -> Key;

    /// What the caller wishes, or the provider's refusal.
    ///
    /// # Errors
    ///
    /// The refusal, where the real provider would refuse.
    fn hear(&self, call: &Call, desk: &Desk) -> Result<Wish, Reply>;

    /// How it words a trouble.
    fn trouble(&self, trouble: &Trouble<'_>) -> Reply;

    /// What it calls a new job, made from these random bytes.
    fn ticket(&self, random: &[u8; 32]) -> String {
        fields::uuid(random)
    }

    /// How long outputs can be fetched after a job's end, in milliseconds.
    fn life_ms(&self) -> u64 {
        u64::MAX
    }

    /// What it tells a webhook of a job: the body, and headers beside its type. Nothing, where it has no webhooks.
    fn hook(&self, _desk: &Desk, _job: &Job, _delivery: &Delivery<'_>) -> Option<Letter> {
        None
    }
}

/// A key that was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// None is needed for this call.
    Open,
    /// This one.
    Shown(String),
    /// None, although one is needed.
    Missing,
}

impl Key {
    /// What a header holds, after this beginning.
    pub(crate) fn of(call: &Call, header: &str, prefix: &str) -> Self {
        let shown = call.header(header).and_then(|value| value.strip_prefix(prefix));
        shown.map_or(Self::Missing, |key| Self::Shown(key.trim().to_owned()))
    }
}

/// What a call wishes.
pub(crate) enum Wish {
    /// Work.
    Work(Box<Submission>),
    /// Something else.
    Else {
        /// What for.
        at: At,
        /// About which job or model.
        about: About,
        /// What is done and answered, unless something goes wrong first.
        answer: Box<dyn FnOnce(&Desk) -> Reply + Send>,
    },
}

/// What a call is about.
#[derive(Debug, Clone)]
pub(crate) enum About {
    /// A job.
    Job(Box<Job>),
    /// A model, or nothing where it is empty.
    Model(String),
}

/// What is answered about a job.
pub(crate) type ForJob = Box<dyn FnOnce(&Desk, &Job) -> Reply + Send>;

/// Work that is ordered.
pub(crate) struct Submission {
    /// What.
    pub(crate) order: Order,
    /// What the caller wants it to be called.
    pub(crate) ticket: Option<String>,
    /// Whether a running job of that name is meant instead of a new one.
    pub(crate) once: bool,
    /// How long the answer waits for its end.
    pub(crate) hold: Hold,
    /// Whether the job is cancelled when the caller hangs up.
    pub(crate) tied: bool,
    /// Until when it must be done, in milliseconds from now.
    pub(crate) deadline_ms: Option<u64>,
    /// Until when it must have begun.
    pub(crate) begin_ms: Option<u64>,
    /// Who wants to be told.
    pub(crate) hook: Option<Hook>,
    /// What is answered.
    pub(crate) answer: ForJob,
}

impl Submission {
    /// Work that is answered at once.
    pub(crate) fn new(order: Order, answer: impl FnOnce(&Desk, &Job) -> Reply + Send + 'static) -> Self {
        Self {
            order,
            ticket: None,
            once: false,
            hold: Hold::No,
            tied: false,
            deadline_ms: None,
            begin_ms: None,
            hook: None,
            answer: Box::new(answer),
        }
    }

    /// It is answered when it is over.
    pub(crate) fn at_its_end(mut self) -> Self {
        self.hold = Hold::End;
        self
    }

    /// It is what the call wishes.
    pub(crate) fn wish(self) -> Wish {
        Wish::Work(Box::new(self))
    }
}

impl Wish {
    /// Something about a job.
    pub(crate) fn of_job(at: At, job: Job, answer: impl FnOnce(&Desk) -> Reply + Send + 'static) -> Self {
        Self::Else { at, about: About::Job(Box::new(job)), answer: Box::new(answer) }
    }

    /// Something about a model, or about none.
    pub(crate) fn of_model(at: At, model: &str, answer: impl FnOnce(&Desk) -> Reply + Send + 'static) -> Self {
        Self::Else { at, about: About::Model(model.to_owned()), answer: Box::new(answer) }
    }
}

/// How long an answer waits for a job's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// Not at all.
    No,
    /// This many milliseconds at the most.
    For(u64),
    /// Until it is over.
    End,
}

/// A trouble that every provider words in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble<'a> {
    /// The key is missing or wrong.
    Key,
    /// There is nothing at this address.
    Nowhere,
    /// There is no job of this name.
    Ticket,
    /// There is no such model, or no longer.
    Model(&'a str),
    /// Too many requests.
    Throttle {
        /// How long to wait.
        seconds: u64,
        /// Whether the body says so, where this provider's bodies do.
        said: bool,
    },
    /// The account is empty; as this status, or as it usually says it.
    NoCredit(Option<u16>),
    /// A status that is none of the request's fault.
    Status(u16),
    /// The content policy forbids this input.
    Refused {
        /// Its name.
        input: &'a str,
    },
    /// The body is too large.
    TooLarge,
}

/// What is being told to a webhook.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delivery<'a> {
    /// Its id: the same when it is sent again.
    pub(crate) id: &'a str,
    /// The moment.
    pub(crate) now: u64,
    /// Whether it is the start or the end that is told.
    pub(crate) end: bool,
    /// Whether its signature is to be wrong.
    pub(crate) forged: bool,
}

/// What a webhook is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    /// Its body, as it was signed.
    pub(crate) body: String,
    /// Headers beside its type; the signature is among them.
    pub(crate) headers: Vec<(String, String)>,
}
