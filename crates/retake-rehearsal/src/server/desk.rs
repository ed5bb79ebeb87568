//! What a provider's file may do: look at jobs, change them, make what was ordered, keep files.
//!
//! Owns the book and its log, in step. It must not know any wire format.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Bytes;
use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;

use super::pace::Pace;
use super::pictures;
use crate::bill::{Bill, Book, Entry, Log, Upload};
use crate::clock;
use crate::faults::{At, Effect, ListLie, Moment, Watch};
use crate::jobs::{Job, Order};
use crate::make::{self, Made};
use crate::wire::fields::hex;

/// How many files may be brought.
const UPLOADS_MOST: usize = 10_000;
/// How many sorts of requests are counted.
const ASKED_MOST: usize = 500_000;
/// How often counts are written down.
const COUNTS_EVERY_MS: u64 = 1000;

/// All that the server has.
pub(crate) struct World {
    pub(super) folder: PathBuf,
    pub(super) ffmpeg: PathBuf,
    pub(super) pace: Pace,
    pub(super) seed: u64,
    pub(super) api: SocketAddr,
    pub(super) cdn: SocketAddr,
    pub(super) up_since: u64,
    pub(super) log: Log,
    watch: Watch,
    /// How often something went wrong.
    pub(super) troubles: AtomicU64,
    /// How many requests of a sort came about the same work.
    asked: Mutex<HashMap<(At, String, u32), u64>>,
    /// Rung when somebody is to be told something at another time than before.
    pub(crate) bell: Notify,
    /// Rung when jobs end or begin at another time than before.
    pub(super) moved: Notify,
    book: Mutex<Book>,
    counted: Mutex<u64>,
    makers: [Mutex<()>; 2],
}

/// Where things are kept in the server's folder.
const FOLDERS: [&str; 3] = ["made", "uploads", "orders"];

impl World {
    pub(super) fn open(options: super::Options, api: SocketAddr, cdn: SocketAddr) -> Result<Self, super::Error> {
        let super::Options { folder, script, pace, seed, ffmpeg, .. } = options;
        let unusable = |source| super::Error::Folder { folder: folder.clone(), source };
        for name in FOLDERS {
            fs::create_dir_all(folder.join(name)).map_err(unusable)?;
        }
        let (log, book) = Log::open(&folder).map_err(unusable)?;
        Ok(Self {
            ffmpeg,
            pace,
            seed,
            api,
            cdn,
            up_since: clock::now(),
            log,
            watch: Watch::new(script, seed),
            troubles: AtomicU64::new(0),
            asked: Mutex::default(),
            bell: Notify::new(),
            moved: Notify::new(),
            book: Mutex::new(book),
            counted: Mutex::new(0),
            makers: [Mutex::new(()), Mutex::new(())],
            folder,
        })
    }

    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        held(&self.book)
    }

    pub(super) fn api(&self) -> SocketAddr {
        self.api
    }

    pub(super) fn cdn(&self) -> SocketAddr {
        self.cdn
    }

    /// What goes wrong with a request.
    pub(super) fn ask(&self, moment: &Moment<'_>) -> Option<Effect> {
        let work = super::accept::hash(&[moment.provider, moment.model, moment.prompt]);
        let n = {
            let mut asked = held(&self.asked);
            if asked.len() >= ASKED_MOST {
                asked.clear();
            }
            let n = asked.entry((moment.at, work, moment.take)).or_default();
            *n += 1;
            *n
        };
        let effect = self.watch.ask(&Moment { n, ..*moment });
        if effect.is_some() {
            self.troubles.fetch_add(1, Ordering::Relaxed);
        }
        effect
    }

    /// Ends the log: from now on nothing is accepted any more.
    pub(super) fn close(&self) {
        self.keep_counts();
        self.log.close();
    }

    /// Forgets what is not in the log, as a crash would.
    pub(super) fn recall(&self) -> io::Result<()> {
        self.keep_counts();
        let mut book = self.book();
        *book = Log::read(&self.folder)?;
        Ok(())
    }

    /// Writes entries down and takes note of them, in one order for both. Nobody may hear of it before it is synced.
    pub(super) fn note(&self, book: &mut Book, entry: Entry) -> io::Result<u64> {
        let upto = self.log.add(&entry)?;
        book.apply(entry);
        Ok(upto)
    }

    /// Counts a request.
    pub(super) fn count(&self, provider: &str, at: &str) {
        self.book().count(provider, at);
        let now = clock::now();
        let due = {
            let mut counted = held(&self.counted);
            let due = now.saturating_sub(*counted) >= COUNTS_EVERY_MS;
            if due {
                *counted = now;
            }
            due
        };
        if due {
            self.keep_counts();
        }
    }

    /// Writes the counts down. If that fails, they are written with the next ones.
    pub(super) fn keep_counts(&self) {
        let counts = self.book().counts().clone();
        let _ = self.log.add(&Entry::Counts(counts));
    }

    pub(super) fn bill(&self) -> Bill {
        Bill::of(&self.book(), clock::now())
    }

    /// Takes note that a key was shown to somebody who should not have seen it.
    pub(super) fn leak(&self, what: String) {
        let _ = self.note(&mut self.book(), Entry::Leaked(what));
    }

    /// Takes note that an output has gone out as a whole.
    pub(super) fn fetched(&self, no: u64) {
        let mut book = self.book();
        if book.job(no).is_some_and(|job| job.fetched.is_none()) {
            let _ = self.note(&mut book, Entry::Fetched { no, at: clock::now() });
        }
    }

    /// Takes note that a job's end was told.
    pub(crate) fn told(&self, no: u64) {
        let _ = self.note(&mut self.book(), Entry::Told { no });
    }

    /// What there is to say of each job whose end is still to be told.
    pub(crate) fn untold<T>(&self, say: impl Fn(&Job) -> T) -> Vec<T> {
        self.book().untold().map(say).collect()
    }

    /// A job by its number.
    pub(crate) fn job(&self, no: u64) -> Option<Job> {
        self.book().job(no).cloned()
    }

    pub(super) fn order_file(&self, name: &str) -> PathBuf {
        self.folder.join("orders").join(name)
    }
}

/// The server, as a provider's file sees it during one call.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) world: Arc<World>,
    /// What goes wrong about lists during this call.
    pub(super) list: Option<ListLie>,
}

impl Desk {
    pub(crate) fn new(world: &Arc<World>) -> Self {
        Self { world: Arc::clone(world), list: None }
    }

    /// The moment.
    #[expect(clippy::unused_self, reason = "providers ask the desk, so that only the server reads its clock")]
    pub(crate) fn now(&self) -> u64 {
        clock::now()
    }

    /// Where a provider's calls go.
    pub(crate) fn base(&self, provider: &str) -> String {
        format!("http://{}/{provider}", self.world.api)
    }

    /// Where a job's output is fetched.
    pub(crate) fn cdn(&self, job: &Job, index: u32, extension: &str) -> String {
        format!("http://{}/{}/{}/{index}.{extension}", self.world.cdn, job.order.provider, job.ticket)
    }

    /// The newest job of this name.
    pub(crate) fn job(&self, provider: &str, ticket: &str) -> Option<Job> {
        self.world.book().ticket(provider, ticket).filter(|job| !job.deleted).cloned()
    }

    /// The job as it is now.
    pub(crate) fn again(&self, no: u64) -> Option<Job> {
        self.world.job(no)
    }

    /// A provider's jobs that are wanted, newest first, those before a number; at most so many.
    pub(crate) fn list(
        &self,
        provider: &str,
        before: Option<u64>,
        most: usize,
        wanted: impl Fn(&Job) -> bool,
    ) -> Vec<Job> {
        let now = clock::now();
        let lag = match self.list {
            Some(ListLie::Lag(lag)) => clock::millis(lag),
            Some(ListLie::Drop | ListLie::Twice) | None => 0,
        };
        let book = self.world.book();
        let newest = book.jobs().iter().rev().filter(|job| job.order.provider == provider && !job.deleted);
        let listed = newest.filter(|job| lag == 0 || job.accepted.saturating_add(lag) <= now).filter(|job| wanted(job));
        let shown = listed.skip(usize::from(self.list == Some(ListLie::Drop)));
        let times = if self.list == Some(ListLie::Twice) { 2 } else { 1 };
        let page = shown.filter(|job| before.is_none_or(|before| job.no < before)).take(most);
        page.flat_map(|job| std::iter::repeat_n(job.clone(), times)).collect()
    }

    /// How many jobs of the same model begin before this one.
    pub(crate) fn position(&self, job: &Job) -> usize {
        let book = self.world.book();
        let live = book.live(&job.order.provider, &job.order.model);
        live.iter()
            .filter_map(|no| book.job(*no))
            .filter(|other| other.no < job.no && other.starts > clock::now() && other.starts <= job.starts)
            .count()
    }

    /// Cancels a job, if it is not over; those behind it begin earlier.
    pub(crate) fn cancel(&self, job: &Job) -> io::Result<Job> {
        let upto = {
            let mut book = self.world.book();
            super::accept::cancel(&self.world, &mut book, job.no)?
        };
        self.world.log.sync(upto)?;
        self.world.bell.notify_one();
        self.world.moved.notify_waiters();
        Ok(self.again(job.no).unwrap_or_else(|| job.clone()))
    }

    /// Forgets a job at its owner's wish; the bill does not.
    pub(crate) fn delete(&self, job: &Job) -> io::Result<()> {
        let upto = self.world.note(&mut self.world.book(), Entry::Deleted { no: job.no })?;
        self.world.log.sync(upto)
    }

    /// All that was ordered, with an input that was too large to be held.
    pub(crate) fn order(&self, job: &Job) -> Order {
        let filed = job.filed.as_ref().and_then(|name| fs::read(self.world.order_file(name)).ok());
        filed.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_else(|| job.order.clone())
    }

    /// Makes one of a job's outputs.
    pub(crate) fn made(&self, job: &Job, index: u32) -> Result<Made, make::Error> {
        let mut order = self.order(job);
        order.index = index;
        order.picture_bytes = order.picture.as_deref().and_then(|picture| pictures::read(self, picture));
        self.make(&order)
    }

    /// Makes what was ordered. Few things are made at once: the machine has other work as well.
    pub(super) fn make(&self, order: &Order) -> Result<Made, make::Error> {
        let maker =
            usize::try_from(order.seed).unwrap_or(0).wrapping_add(order.index as usize) % self.world.makers.len();
        let _turn = held(&self.world.makers[maker]);
        make::make(order, &self.world.folder.join("made"), &self.world.ffmpeg)
    }

    /// How many jobs of a model are not over.
    pub(crate) fn busy(&self, provider: &str, model: &str) -> usize {
        self.world.book().ahead(provider, model, clock::now()).len()
    }

    /// How many jobs of a model are worked on at once.
    pub(crate) fn slots(&self) -> usize {
        usize::try_from(self.world.pace.slots).unwrap_or(usize::MAX)
    }

    /// When the server began to answer.
    pub(crate) fn up_since(&self) -> u64 {
        self.world.up_since
    }

    /// Where a file that was brought can be fetched.
    pub(crate) fn file(&self, provider: &str, id: &str) -> String {
        format!("http://{}/{provider}/files/{id}", self.world.cdn)
    }

    /// Gives out a name for a file that is still to be brought.
    pub(crate) fn reserve(&self, provider: &str, name: &str, mime: &str) -> io::Result<Upload> {
        self.keep(provider, name, mime, b"")
    }

    /// Brings what a name was given out for.
    pub(crate) fn fill(&self, upload: &Upload, bytes: &[u8]) -> io::Result<()> {
        store(&self.world.folder.join("uploads").join(&upload.id), bytes, true)?;
        let size = u64::try_from(bytes.len()).unwrap_or(0);
        let filled = Upload { size, sha256: hex(&Sha256::digest(bytes)), ..upload.clone() };
        let upto = self.world.note(&mut self.world.book(), Entry::Uploaded(filled))?;
        self.world.log.sync(upto)
    }

    /// Keeps a file that somebody brings.
    pub(crate) fn keep(&self, provider: &str, name: &str, mime: &str, bytes: &[u8]) -> io::Result<Upload> {
        let sha256 = hex(&Sha256::digest(bytes));
        let no = self.world.book().uploads().count();
        if no >= UPLOADS_MOST {
            return Err(io::Error::other("too many files"));
        }
        let id = hex(&Sha256::digest(format!("{}/{provider}/{no}/{sha256}", self.world.seed)))[..40].to_owned();
        store(&self.world.folder.join("uploads").join(&id), bytes, false)?;
        let upload = Upload {
            id,
            provider: provider.to_owned(),
            name: name.chars().take(200).collect(),
            mime: mime.chars().take(100).collect(),
            size: u64::try_from(bytes.len()).unwrap_or(0),
            sha256,
            at: clock::now(),
        };
        let upto = self.world.note(&mut self.world.book(), Entry::Uploaded(upload.clone()))?;
        self.world.log.sync(upto)?;
        Ok(upload)
    }

    /// A file that somebody brought.
    pub(crate) fn upload(&self, provider: &str, id: &str) -> Option<Upload> {
        self.world.book().upload(id).filter(|upload| upload.provider == provider).cloned()
    }

    /// A provider's files, in no order.
    pub(crate) fn uploads(&self, provider: &str) -> Vec<Upload> {
        self.world.book().uploads().filter(|upload| upload.provider == provider).cloned().collect()
    }

    /// What is in it.
    pub(crate) fn contents(&self, upload: &Upload) -> io::Result<Bytes> {
        // The id is a hash that was made here: it is no path.
        fs::read(self.world.folder.join("uploads").join(&upload.id)).map(Bytes::from)
    }

    /// The secret with which a provider signs.
    pub(crate) fn secret(&self, provider: &str) -> String {
        let digest = Sha256::digest(format!("secret/{}/{provider}", self.world.seed));
        format!("whsec_{}", STANDARD.encode(&digest[..24]))
    }
}

/// Writes a file so that it is there as a whole or not at all.
pub(super) fn store(path: &Path, bytes: &[u8], anew: bool) -> io::Result<()> {
    if path.exists() && !anew {
        return Ok(());
    }
    let part = path.with_extension("part");
    let mut file = File::create(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&part, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

fn held<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}
