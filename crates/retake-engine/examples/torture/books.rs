//! The provider's own count of what it accepted: what a bill would be made from, whatever its customers believe.

use std::fs::File;
use std::io;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use retake_engine::id::{Hash, Ticket};
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use serde::Serialize;

use crate::options::Class;
use crate::wire::{Word, Work, write_line};

/// A job that was taken on.
#[derive(Debug)]
struct Job {
    take: String,
    request: Hash,
    key: Hash,
    price: Money,
    accepted: Moment,
    cancelled: bool,
}

/// A line of the log.
#[derive(Serialize)]
struct Entry<'a> {
    event: &'static str,
    ticket: &'a Ticket,
    take: &'a str,
    request: Hash,
    key: Hash,
    price: Money,
    /// How long after its bytes were read it was accepted.
    waited_ms: u64,
}

/// What has been accepted, in memory and in a log that is safe before anybody is answered.
#[derive(Debug)]
pub(crate) struct Books {
    class: Class,
    jobs: Mutex<Vec<Job>>,
    log: Mutex<File>,
}

/// Now, by the provider's clock.
#[expect(clippy::disallowed_methods, reason = "a provider has a clock of its own")]
pub(crate) fn now() -> Moment {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Moment::from_ms(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

impl Books {
    pub(crate) fn new(class: Class, log: File) -> Self {
        Self { class, jobs: Mutex::default(), log: Mutex::new(log) }
    }

    fn jobs(&self) -> std::sync::MutexGuard<'_, Vec<Job>> {
        self.jobs.lock().expect("nobody panics while holding the books")
    }

    /// Takes work on, or recognises it: from here on it is owed, and the list shows it after its lag.
    pub(crate) fn accept(
        &self,
        take: &str,
        request: Hash,
        key: Hash,
        price: Money,
        read: Moment,
    ) -> io::Result<Ticket> {
        let accepted = now();
        let mut jobs = self.jobs();
        let known = jobs.iter().position(|job| job.key == key).filter(|_| self.class == Class::Key);
        let at = known.unwrap_or_else(|| {
            jobs.push(Job { take: take.to_owned(), request, key, price, accepted, cancelled: false });
            jobs.len() - 1
        });
        drop(jobs);
        let ticket = Ticket::from(format!("job-{}", at + 1));
        let event = if known.is_some() { "replayed" } else { "accepted" };
        let waited_ms = u64::try_from(accepted.since(read).as_millis()).unwrap_or(u64::MAX);
        self.note(&Entry { event, ticket: &ticket, take, request, key, price, waited_ms })?;
        Ok(ticket)
    }

    fn note(&self, entry: &Entry<'_>) -> io::Result<()> {
        let log = self.log.lock().expect("nobody panics while writing the log");
        write_line(&*log, entry)?;
        log.sync_data()
    }

    fn with<T>(&self, ticket: &Ticket, read: impl FnOnce(&mut Job) -> T) -> Option<T> {
        let number: usize = ticket.as_str().strip_prefix("job-")?.parse().ok()?;
        self.jobs().get_mut(number.checked_sub(1)?).map(read)
    }

    /// How a job stands whose work takes so long.
    pub(crate) fn poll(&self, ticket: &Ticket, work: Duration) -> Word {
        let done = |job: &mut Job| (now() >= job.accepted.after(work), job.price);
        match self.with(ticket, done) {
            None => Word::Gone,
            Some((false, _)) => Word::Pending,
            Some((true, charge)) => Word::Succeeded { charge },
        }
    }

    /// What a job made: the same for the same request, whoever asks and however often.
    pub(crate) fn outputs(&self, ticket: &Ticket) -> Word {
        let made = |job: &mut Job| (Hash::of([job.request.as_bytes().as_slice(), b"made"]), job.price);
        self.with(ticket, made).map_or(Word::Gone, |(hash, charge)| Word::Outputs { hash, charge })
    }

    /// Everything that was accepted longer ago than the list is late.
    pub(crate) fn list(&self, lag: Duration) -> Word {
        let jobs = self.jobs();
        let shown = jobs.iter().enumerate().filter(|(_, job)| now() >= job.accepted.after(lag));
        let works = shown.map(|(at, job)| Work {
            ticket: format!("job-{}", at + 1).into(),
            take: job.take.clone(),
            created: job.accepted,
        });
        Word::Listed { works: works.collect() }
    }

    /// The wish is noted; what has begun is charged all the same.
    pub(crate) fn cancel(&self, ticket: &Ticket) -> Word {
        self.with(ticket, |job| job.cancelled = true).map_or(Word::Gone, |()| Word::Heard)
    }
}
