//! The embedded host: it carries all runs of one folder, in one process.
//!
//! One thread is the loop: it alone has the actors and admission, and handles one message at a time. Another one is
//! the writer. Whoever performs actions has threads of their own, and talks to the loop by a [`Line`]. Nothing here
//! decides: what a message leads to is the engine's word, and the loop keeps the order in which it is followed:
//! written down, waited for, told, started.

use std::path::Path;
use std::sync::mpsc::{Sender, TrySendError, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::admission::{Caps, Limits};
use crate::decide::{Look, Memory};
use crate::engine::{Command, Refusal};
use crate::id::{AccountId, Key, RunId, TakeId};
use crate::journal::event::RunSpec;
use crate::journal::{Illegal, Record, RunState};
use crate::performer::{Action, Outputs, Report};
use crate::store::commits::Commits;
use crate::store::sqlite::{self, SqliteStore};
use crate::store::{self, Created, Listed, Once};

mod after;
mod carry;
mod clock;
mod crowd;
mod figures;
mod inbox;
mod line;
mod outlook;
mod readers;
mod resume;
mod stop;
mod stuck;
mod watch;

use carry::Loop;
use crowd::Count;
pub use crowd::Crowd;
pub use figures::Figures;
use inbox::Inbox;
pub use line::Line;
pub use outlook::{Outlook, Waiting, Why};
use readers::Readers;
pub use watch::Watch;

/// Does what the engine wants done outside: the film layer, or whatever stands for it.
pub trait Performer: Send + Sync + 'static {
    /// The key of a node: a pure function of what determines it.
    fn key(&self, look: &Look) -> Key {
        look.key()
    }

    /// Whether what was made is still there: what is lost is made again, not reused. Asked before every reuse, so it
    /// has to be quick.
    fn holds(&self, outputs: &Outputs) -> bool {
        let _ = outputs;
        true
    }

    /// Begins an action and returns at once; what comes of it goes down the line, whenever it does.
    fn start(&self, action: Action, line: Line);
}

/// How a host is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// What all runs together may do.
    pub limits: Limits,
    /// How the store is opened.
    pub store: sqlite::Options,
    /// How long a stop waits for the answers to submissions.
    pub patience: Duration,
    /// After how long without any movement a run counts as stuck.
    pub stuck_after: Duration,
    /// Whether takes are begun. Whoever only looks in, or tells a run something, leaves that to who stays.
    pub begins: bool,
}

impl Options {
    /// The usual, within these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let (patience, stuck_after) = (Duration::from_secs(8), Duration::from_secs(600));
        Self { limits, store: sqlite::Options::default(), patience, stuck_after, begins: true }
    }
}

/// Why a host did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The engine refuses it; nothing has changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A journal cannot be what was written.
    #[error("run {run}: {why}")]
    Illegal {
        /// Whose journal.
        run: RunId,
        /// What is wrong.
        why: Illegal,
    },
    /// The host is stopping, or has stopped.
    #[error("retake is stopping")]
    Stopping,
}

/// What a host has to say unasked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The disk is full: nothing new is begun, and what was bought is still written down.
    DiskFull,
    /// There is room again.
    DiskHasRoom,
    /// A run has not moved for a long time.
    Stuck {
        /// Which one.
        run: RunId,
        /// What it waits for, line by line.
        why: String,
    },
    /// The store failed: nothing goes on until the next start.
    Failed(store::Error),
}

/// How a host came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// Submissions that were not answered: nobody knows yet whether they were accepted. The next start finds out.
    pub unanswered: Vec<TakeId>,
}

/// The handle of a host.
#[derive(Debug)]
pub struct Host {
    inbox: Sender<Inbox>,
    readers: Arc<Readers>,
    failure: Arc<Mutex<Option<store::Error>>>,
    crowd: Arc<Count>,
    commits: Arc<Commits>,
    thread: Option<JoinHandle<()>>,
}

impl Host {
    /// Opens a folder, and holds against its caps what its runs have spent and reserved. None of them is carried on
    /// before [`Host::resume`] or [`Host::resume_all`].
    ///
    /// # Errors
    /// Says so where the folder belongs to another process, or is not as it was written.
    pub fn open(
        folder: &Path,
        performer: Arc<dyn Performer>,
        options: Options,
        notice: impl Fn(Notice) + Send + 'static,
    ) -> Result<Self, Error> {
        let store = SqliteStore::open(folder, options.store)?;
        let readers = Arc::new(Readers::open(&store)?);
        let failure = Arc::new(Mutex::new(None));
        let (inbox, messages) = channel();
        let crowd = Arc::<Count>::default();
        let ends = carry::Ends {
            inbox: inbox.clone(),
            messages,
            failure: Arc::clone(&failure),
            notice: Box::new(notice),
            crowd: Arc::clone(&crowd),
        };
        let carrier = Loop::new(store, performer, options, ends)?;
        let commits = carrier.commits();
        let thread = std::thread::Builder::new().name("retake-loop".into()).spawn(move || carrier.run());
        let thread = Some(thread.map_err(|error| no_thread(&error))?);
        Ok(Self { inbox, readers, failure, crowd, commits, thread })
    }

    /// Creates a run and carries it.
    ///
    /// # Errors
    /// Refuses a run that does not hold together or fit, that is there already, or whose wish was used for another.
    pub fn create(&self, spec: RunSpec, once: Option<Once>) -> Result<Created, Error> {
        let spec = Box::new(spec);
        self.ask(|reply| Inbox::Create { spec, once, reply })?
    }

    /// Takes a run up where it was left, and those whose place it has taken. What others have open may be in its way:
    /// [`Host::resume_all`] leaves nobody waiting.
    ///
    /// # Errors
    /// Says so where there is no such run.
    pub fn resume(&self, run: RunId) -> Result<(), Error> {
        self.ask(|reply| Inbox::Resume { run, reply })?
    }

    /// Takes up every run that is not over.
    ///
    /// # Errors
    /// Only where the host is gone.
    pub fn resume_all(&self) -> Result<(), Error> {
        self.ask(|reply| Inbox::ResumeAll { reply })
    }

    /// Tells a run what a person wants. It is done when this returns.
    ///
    /// # Errors
    /// Refuses what does not fit.
    pub fn command(&self, run: RunId, command: Command) -> Result<(), Error> {
        self.ask(|reply| Inbox::Command { run, command, reply })?
    }

    /// Gives an account caps of its own, or others.
    ///
    /// # Errors
    /// Only where the host is gone.
    pub fn set_account(&self, account: AccountId, caps: Caps) -> Result<(), Error> {
        self.inbox.send(Inbox::Caps(account, caps)).map_err(|_| self.gone())
    }

    /// Hands in what a provider has called about, and takes its run up if nobody has. What it is worth is written down
    /// when this returns.
    ///
    /// # Errors
    /// Says why it was not taken in: whoever calls has to call again.
    pub fn report(&self, report: Report) -> Result<(), Error> {
        self.ask(|reply| Inbox::Call { report, reply })?
    }

    /// The records of a run after one of them, as they are committed. A reader may take its time: nobody waits for it.
    #[must_use]
    pub fn watch(&self, run: RunId, after: u64) -> Watch {
        // One ring is enough to come and look.
        let (rope, rings) = sync_channel(1);
        self.call(run, move || !matches!(rope.try_send(()), Err(TrySendError::Disconnected(()))));
        Watch::new(run, after, Arc::clone(&self.readers), rings)
    }

    /// Calls whenever records of a run were committed, for as long as the answer is that somebody is there. It is called
    /// from the loop: it must only pass it on.
    pub fn call(&self, run: RunId, bell: impl Fn() -> bool + Send + 'static) {
        let _ = self.inbox.send(Inbox::Watch { run, bell: Box::new(bell) });
    }

    /// Has somebody told of all that is committed from now on, of whatever run. It is called from the loop: it must only
    /// count, or pass it on.
    pub fn listen(&self, ear: impl Fn(&RunState, &[Record]) + Send + 'static) {
        let _ = self.inbox.send(Inbox::Listen { ear: Box::new(ear) });
    }

    /// How much waits to be made at this moment.
    #[must_use]
    pub fn crowd(&self) -> Crowd {
        self.crowd.look()
    }

    /// What commits have cost.
    #[must_use]
    pub fn commits(&self) -> &Commits {
        &self.commits
    }

    /// Figures of all runs that have something open.
    ///
    /// # Errors
    /// Only where the host is gone.
    pub fn figures(&self) -> Result<Figures, Error> {
        self.ask(|reply| Inbox::Figures { reply })
    }

    /// The run that a wish has made, if it has made one.
    ///
    /// # Errors
    /// Refuses a wish whose key was used for another, and says what could not be read.
    pub fn made(&self, account: &AccountId, once: &Once) -> Result<Option<RunId>, Error> {
        let made = self.readers.one().once(account, &once.key)?;
        Ok(made.map(|made| once.again(made)).transpose()?)
    }

    /// All runs, the first one created first.
    ///
    /// # Errors
    /// Says what could not be read.
    pub fn list(&self) -> Result<Vec<Listed>, Error> {
        Ok(self.readers.one().list()?)
    }

    /// Runs, the last one created first, for as long as somebody wants more of them: of one account, or of all; from the
    /// last, or only what was created before some run. Whoever sees them must not look for anything else meanwhile.
    ///
    /// # Errors
    /// Says what could not be read.
    pub fn newest(
        &self,
        account: Option<&AccountId>,
        before: Option<RunId>,
        see: &mut dyn FnMut(Listed) -> bool,
    ) -> Result<(), Error> {
        Ok(self.readers.one().newest(account, before, see)?)
    }

    /// What is said of a run.
    ///
    /// # Errors
    /// Says what could not be read.
    pub fn find(&self, run: RunId) -> Result<Option<Listed>, Error> {
        Ok(self.readers.one().find(run)?)
    }

    /// The journal of a run.
    ///
    /// # Errors
    /// Says so where there is none.
    pub fn journal(&self, run: RunId) -> Result<Vec<Record>, Error> {
        self.journal_after(run, 0)
    }

    /// What stands in the journal of a run after one of its records.
    ///
    /// # Errors
    /// Says so where there is no such run.
    pub fn journal_after(&self, run: RunId, seq: u64) -> Result<Vec<Record>, Error> {
        Ok(self.readers.one().load_after(run, seq)?)
    }

    /// The same, with all that was decided until now: what nobody waits for is written a moment later, and whoever was
    /// told to do something because of it may be quicker.
    ///
    /// # Errors
    /// Says so where there is none, or the host is gone.
    pub fn journal_up_to_now(&self, run: RunId) -> Result<Vec<Record>, Error> {
        self.ask(|reply| Inbox::UpToNow { run, reply })??;
        self.journal(run)
    }

    /// What is known of a key within an account.
    ///
    /// # Errors
    /// Says what could not be read: never that nothing is known.
    pub fn recall(&self, account: &AccountId, key: &Key) -> Result<Option<Memory>, Error> {
        Ok(self.readers.one().recall(account, key)?)
    }

    /// What a run waits for, line by line.
    ///
    /// # Errors
    /// Says so where it is not carried here.
    pub fn explain(&self, run: RunId) -> Result<String, Error> {
        self.ask(|reply| Inbox::Explain { run, reply })?
    }

    /// What the nodes of a run wait for, at this moment.
    ///
    /// # Errors
    /// Says so where it is not carried here.
    pub fn outlook(&self, run: RunId) -> Result<Outlook, Error> {
        self.ask(|reply| Inbox::Outlook { run, reply })?
    }

    /// Why the host gave up, if it did.
    #[must_use]
    pub fn failure(&self) -> Option<store::Error> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Begins nothing more, waits a while for the answers to what was sent, writes everything down and ends. A second
    /// wish, from another thread, ends the waiting.
    ///
    /// # Errors
    /// Says so where not everything could be written down.
    pub fn stop(&self) -> Result<Stopped, Error> {
        self.ask(|reply| Inbox::Stop { reply: Some(reply) })?
    }

    fn ask<T>(&self, message: impl FnOnce(inbox::Reply<T>) -> Inbox) -> Result<T, Error> {
        let (reply, answer) = sync_channel(1);
        self.inbox.send(message(reply)).map_err(|_| self.gone())?;
        answer.recv().map_err(|_| self.gone())
    }

    fn gone(&self) -> Error {
        self.failure().map_or(Error::Stopping, Error::Store)
    }
}

impl Drop for Host {
    /// Ends as [`Host::stop`] does, with nobody to tell.
    fn drop(&mut self) {
        let _ = self.inbox.send(Inbox::Stop { reply: None });
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn no_thread(error: &std::io::Error) -> Error {
    Error::Store(store::Error::Failed { doing: "starting the loop".into(), why: error.to_string() })
}
