//! The one thread that writes: it gathers what has queued up and commits it in one piece.
//!
//! It answers in the order in which it was asked. On a full disk it uses the reserve, says so, and keeps trying: what
//! was decided is written down before anything else happens.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::commits::Commits;
use super::sqlite::SqliteStore;
use super::{Created, Error, Store, Write};

/// How many writes one commit takes at the most.
const GROUP_MAX: usize = 512;
/// How long a write that nobody waits for may wait for company.
const LINGER: Duration = Duration::from_millis(20);
/// How long to wait before a full disk is tried again.
const AGAIN: Duration = Duration::from_millis(250);

/// Something to be written.
#[derive(Debug)]
pub struct Job {
    /// What.
    pub write: Write,
    /// Whether anybody waits for it.
    pub prompt: bool,
    /// What to do when it is written: for those who do not keep count.
    pub then: Option<Then>,
}

/// What is done when a job is written.
pub struct Then(pub Box<dyn FnOnce() + Send>);

impl fmt::Debug for Then {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Then")
    }
}

/// What the writer has to say.
#[derive(Debug)]
pub enum Note {
    /// The next jobs are done, those without a [`Then`]: what became of each, in the order in which they were handed in.
    Done(Vec<Result<Created, Error>>),
    /// The disk is full, as this says; what was handed in is tried again.
    Full(Error),
    /// There is room again.
    Room,
    /// Nothing more can be written, and what was handed in was not.
    Failed(Error),
}

enum Order {
    Job(Box<Job>),
    Stop,
}

/// A handle of the thread.
#[derive(Debug)]
pub struct Writer {
    orders: Sender<Order>,
    commits: Arc<Commits>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::Stop) { "Stop" } else { "Job" })
    }
}

/// Where jobs can be handed in, also from other threads.
#[derive(Debug, Clone)]
pub struct Intake(Sender<Order>);

impl Intake {
    /// Hands a job in. After the writer has stopped nothing comes of it.
    pub fn hand_in(&self, job: Job) {
        let _ = self.0.send(Order::Job(Box::new(job)));
    }
}

impl Writer {
    /// Starts the thread. It talks to `listener`, from its own thread.
    ///
    /// # Errors
    /// Says so where the system has no thread for it.
    pub fn start(store: SqliteStore, listener: impl Fn(Note) + Send + 'static) -> Result<Self, Error> {
        let (orders, inbox) = channel();
        let (writes, waiting) = (VecDeque::new(), VecDeque::new());
        let commits = Arc::<Commits>::default();
        let counted = Arc::clone(&commits);
        let mut desk =
            Desk { store, inbox, listener, writes, waiting, counted, prompt: 0, full: false, stopping: false };
        let work = move || {
            while desk.turn() {}
            desk.put_away();
        };
        let thread = std::thread::Builder::new().name("retake-writer".into()).spawn(work);
        let thread = thread.map_err(|error| Error::failed("starting the writer", error))?;
        Ok(Self { orders, commits, thread: Some(thread) })
    }

    /// What its commits have cost until now, and will.
    #[must_use]
    pub fn commits(&self) -> Arc<Commits> {
        Arc::clone(&self.commits)
    }

    /// Where jobs can be handed in.
    #[must_use]
    pub fn intake(&self) -> Intake {
        Intake(self.orders.clone())
    }
}

impl Drop for Writer {
    /// Everything that was handed in is written, then the store is closed.
    fn drop(&mut self) {
        let _ = self.orders.send(Order::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Waiting {
    prompt: bool,
    then: Option<Then>,
}

struct Desk<L: Fn(Note)> {
    store: SqliteStore,
    inbox: Receiver<Order>,
    listener: L,
    writes: VecDeque<Write>,
    /// Who waits for each of them.
    waiting: VecDeque<Waiting>,
    counted: Arc<Commits>,
    /// How many of them somebody waits for.
    prompt: usize,
    full: bool,
    stopping: bool,
}

/// How long ago something began: it is the first time if it has not yet.
#[expect(clippy::disallowed_methods, reason = "how long writes lie on the desk is nobody else's business")]
fn since(began: &mut Option<Instant>) -> Duration {
    began.get_or_insert_with(Instant::now).elapsed()
}

impl<L: Fn(Note)> Drop for Desk<L> {
    /// Whoever waits for a writer that broke down would wait for ever.
    fn drop(&mut self) {
        if std::thread::panicking() {
            (self.listener)(Note::Failed(Error::failed("writing to the store", "the writer panicked")));
        }
    }
}

impl<L: Fn(Note)> Desk<L> {
    /// Gathers a group and commits it; says whether there will be another.
    fn turn(&mut self) -> bool {
        self.gather();
        if self.writes.is_empty() {
            return !self.stopping;
        }
        let group = self.writes.len().min(GROUP_MAX);
        let mut began = None;
        since(&mut began);
        match self.store.write(&self.writes.make_contiguous()[..group]) {
            Ok(outcomes) => {
                self.counted.count(group, since(&mut began));
                self.done(outcomes);
            }
            Err(error @ Error::Full { .. }) => return self.no_room(error),
            Err(error) => {
                (self.listener)(Note::Failed(error));
                return false;
            }
        }
        true
    }

    /// At a clean end the log is put away. If that fails it is still there, and whoever opens the store next reads it;
    /// but a disk that does not do its work is told of.
    fn put_away(&mut self) {
        if !self.writes.is_empty() {
            return;
        }
        match self.store.put_log_away() {
            Ok(()) | Err(Error::Full { .. }) => {}
            Err(error) => (self.listener)(Note::Failed(error)),
        }
    }

    /// Takes in what has come; waits as long as there is nothing that anybody waits for.
    fn gather(&mut self) {
        let mut began = None;
        loop {
            while self.writes.len() < GROUP_MAX
                && let Ok(order) = self.inbox.try_recv()
            {
                self.take_in(order);
            }
            if self.stopping || self.prompt > 0 || self.writes.len() >= GROUP_MAX {
                return;
            }
            let patience = match (self.writes.is_empty(), self.full) {
                (true, false) => None,
                (true, true) => Some(AGAIN),
                // From the first one on: however many come, none waits longer.
                (false, _) => Some(LINGER.saturating_sub(since(&mut began))),
            };
            if patience.is_some_and(|patience| patience.is_zero()) {
                return;
            }
            match patience.map_or_else(
                || self.inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
                |patience| self.inbox.recv_timeout(patience),
            ) {
                Ok(order) => self.take_in(order),
                Err(RecvTimeoutError::Disconnected) => self.stopping = true,
                Err(RecvTimeoutError::Timeout) if self.writes.is_empty() => self.look_for_room(),
                Err(RecvTimeoutError::Timeout) => return,
            }
        }
    }

    fn take_in(&mut self, order: Order) {
        match order {
            Order::Job(job) => {
                let Job { write, prompt, then } = *job;
                self.prompt += usize::from(prompt);
                self.writes.push_back(write);
                self.waiting.push_back(Waiting { prompt, then });
            }
            Order::Stop => self.stopping = true,
        }
    }

    fn done(&mut self, outcomes: Vec<Result<Created, Error>>) {
        let mut told = Vec::with_capacity(outcomes.len());
        for outcome in outcomes {
            self.writes.pop_front();
            let waiting = self.waiting.pop_front();
            self.prompt -= usize::from(waiting.as_ref().is_some_and(|waiting| waiting.prompt));
            match waiting.and_then(|waiting| waiting.then) {
                Some(Then(then)) => then(),
                None => told.push(outcome),
            }
        }
        if !told.is_empty() {
            (self.listener)(Note::Done(told));
        }
        self.look_for_room();
    }

    fn look_for_room(&mut self) {
        if self.full && self.store.regain_reserve() {
            self.full = false;
            (self.listener)(Note::Room);
        }
    }

    /// The reserve is for this: it is used at once, and then there is nothing but patience.
    fn no_room(&mut self, error: Error) -> bool {
        if !std::mem::replace(&mut self.full, true) {
            (self.listener)(Note::Full(error));
            self.store.use_reserve();
            return true;
        }
        if self.stopping {
            (self.listener)(Note::Failed(error));
            return false;
        }
        match self.inbox.recv_timeout(AGAIN) {
            Ok(order) => self.take_in(order),
            Err(RecvTimeoutError::Disconnected) => self.stopping = true,
            Err(RecvTimeoutError::Timeout) => {}
        }
        true
    }
}
