//! What the log adds up to.
//!
//! Owns the fold: every entry changes the book in one place, whether it was just written or read after a restart.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::{Counts, Entry};
use crate::jobs::{Job, Span};

/// How many different prompts are counted.
const PROMPTS_MOST: usize = 200_000;
/// How many leaks are remembered.
const LEAKS_MOST: usize = 1000;

/// A file that somebody brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Upload {
    /// What it is called here; also the name of its file.
    pub(crate) id: String,
    /// At which provider.
    pub(crate) provider: String,
    /// What its owner calls it.
    pub(crate) name: String,
    /// Its media type.
    pub(crate) mime: String,
    /// How many bytes it has.
    pub(crate) size: u64,
    /// Their hash, in hexadecimal.
    pub(crate) sha256: String,
    /// When it came.
    pub(crate) at: u64,
}

/// All that the server knows.
#[derive(Debug, Default)]
pub(crate) struct Book {
    jobs: Vec<Job>,
    tickets: HashMap<(String, String), u64>,
    same: HashMap<String, u64>,
    live: HashMap<(String, String), Vec<u64>>,
    tried: HashMap<String, u32>,
    untold: BTreeSet<u64>,
    uploads: HashMap<String, Upload>,
    counts: Counts,
    leaks: Vec<String>,
}

impl Book {
    /// Takes note of an entry.
    pub(crate) fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Tried { what, at: _ } => {
                if self.tried.len() < PROMPTS_MOST || self.tried.contains_key(&what) {
                    *self.tried.entry(what).or_default() += 1;
                }
            }
            Entry::Accepted(job) => self.accept(*job),
            Entry::Cancelled { no, at, moved } => {
                if let Some(job) = self.at(no) {
                    job.cancelled = Some(at);
                }
                for (no, starts) in moved {
                    if let Some(job) = self.at(no) {
                        job.starts = starts;
                    }
                }
            }
            Entry::Fetched { no, at } => {
                if let Some(job) = self.at(no) {
                    job.fetched.get_or_insert(at);
                }
            }
            Entry::Deleted { no } => {
                if let Some(job) = self.at(no) {
                    job.deleted = true;
                }
            }
            Entry::Told { no } => {
                self.untold.remove(&no);
            }
            Entry::Uploaded(upload) => {
                self.uploads.insert(upload.id.clone(), upload);
            }
            Entry::Counts(counts) => self.counts = counts,
            Entry::Leaked(what) => {
                if self.leaks.len() < LEAKS_MOST {
                    self.leaks.push(what);
                }
            }
        }
    }

    fn accept(&mut self, job: Job) {
        let no = job.no;
        if usize::try_from(no) != Ok(self.jobs.len()) {
            return;
        }
        self.tickets.insert((job.order.provider.clone(), job.ticket.clone()), no);
        self.same.entry(job.same.clone()).or_insert(no);
        self.live.entry((job.order.provider.clone(), job.order.model.clone())).or_default().push(no);
        if job.hook.is_some() {
            self.untold.insert(no);
        }
        self.jobs.push(job);
    }

    fn at(&mut self, no: u64) -> Option<&mut Job> {
        self.jobs.get_mut(usize::try_from(no).ok()?)
    }

    /// Every job, in the order in which they were accepted.
    pub(crate) fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// One of them.
    pub(crate) fn job(&self, no: u64) -> Option<&Job> {
        self.jobs.get(usize::try_from(no).ok()?)
    }

    /// The newest job of a provider that it calls so.
    pub(crate) fn ticket(&self, provider: &str, ticket: &str) -> Option<&Job> {
        self.job(*self.tickets.get(&(provider.to_owned(), ticket.to_owned()))?)
    }

    /// The first job with this hash of its input.
    pub(crate) fn same(&self, hash: &str) -> Option<&Job> {
        self.job(*self.same.get(hash)?)
    }

    /// How often this prompt has been tried.
    pub(crate) fn tried(&self, what: &str) -> u32 {
        self.tried.get(what).copied().unwrap_or(0)
    }

    /// What occupies a model's slots from this moment on.
    pub(crate) fn ahead(&mut self, provider: &str, model: &str, now: u64) -> Vec<Span> {
        let Some(live) = self.live.get_mut(&(provider.to_owned(), model.to_owned())) else { return Vec::new() };
        let jobs = &self.jobs;
        let job = |no: &u64| usize::try_from(*no).ok().and_then(|no| jobs.get(no));
        live.retain(|no| job(no).is_some_and(|job| job.ends() > now));
        live.iter().filter_map(job).map(|job| Span { starts: job.starts, ends: job.ends() }).collect()
    }

    /// The jobs of a model that are not over.
    pub(crate) fn live(&self, provider: &str, model: &str) -> Vec<u64> {
        self.live.get(&(provider.to_owned(), model.to_owned())).cloned().unwrap_or_default()
    }

    /// The jobs whose end is still to be told to somebody.
    pub(crate) fn untold(&self) -> impl Iterator<Item = &Job> {
        self.untold.iter().filter_map(|no| self.job(*no))
    }

    /// A file that somebody brought.
    pub(crate) fn upload(&self, id: &str) -> Option<&Upload> {
        self.uploads.get(id)
    }

    /// All of them.
    pub(crate) fn uploads(&self) -> impl Iterator<Item = &Upload> {
        self.uploads.values()
    }

    /// How many requests have come.
    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Counts a request.
    pub(crate) fn count(&mut self, provider: &str, at: &str) {
        *self.counts.entry(provider.to_owned()).or_default().entry(at.to_owned()).or_default() += 1;
    }

    /// Where keys were shown.
    pub(crate) fn leaks(&self) -> &[String] {
        &self.leaks
    }
}
