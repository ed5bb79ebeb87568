//! The use cases: everything that a face can ask for. It prints nothing and knows no exit codes.
//!
//! An [`App`] is the owner of a data directory. Whoever is not talks to one through the door, in the same words.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use retake_engine::admission::{Caps, Limits};
use retake_engine::engine::Command;
use retake_engine::host::{self, Host, Notice};
use retake_engine::id::{AccountId, RunId};
use retake_engine::journal::event::{RunSpec, Stop};
use retake_engine::journal::state::Status;
use retake_engine::journal::{Event, Record, RunState};
use retake_engine::store::Listed;
use retake_film::download::Egress;
use retake_film::film::Studio;
use retake_film::providers::ticket as named_ticket;

use crate::config::Config;
use crate::door::wire::{Brief, Reply, Request, Resolution, Which};

mod album;
mod batch;
mod calls;
mod clock;
mod counter;
mod craft;
mod demo;
mod doctor;
mod edit;
mod figures;
mod film;
mod landing;
mod lessons;
mod models;
mod names;
mod notify;
mod parts;
mod posted;
mod project;
mod proof;
mod reel;
mod registry;
mod rehearse;
mod retention;
mod room;
mod run;
mod stamp;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod toy;
mod trouble;
mod uploads;
mod verify;
mod writer;
mod yours;

pub(crate) use album::{Album, album, poster};
pub(crate) use batch::Batch;
pub(crate) use clock::now;
pub(crate) use counter::{Counter, Filter};
use craft::Crew;
pub(crate) use craft::{Act, Craft, Depth, Draft, Problem, Row, Until};
pub(crate) use demo::{Demo, Outcome as DemoOutcome, Scene as DemoScene};
pub(crate) use doctor::{Health, examine};
pub(crate) use edit::Wish;
pub(crate) use figures::{Fate, Figures, entry_of};
pub(crate) use film::{Films, tools};
pub(crate) use lessons::{Lesson, Lessons};
pub(crate) use models::{Checked, Offered, Usable, check, keeps, named};
pub(crate) use names::{find_nodes, new_number, new_run};
pub(crate) use notify::Telling;
pub(crate) use parts::{Part, Parts};
pub(crate) use posted::{Accepted, Declined, Post, lay_text};
pub(crate) use project::{NAME, Project, beside, relative, whole};
pub(crate) use proof::{known, prove};
pub(crate) use reel::{Shot, chapters, first_sight, sight};
pub(crate) use registry::{Due, Grant, Notice as Told, Registry, Scope, Wanted};
pub(crate) use rehearse::{Account, REHEARSALS, Rehearsal, script, stage};
pub(crate) use retention::{Amount, Cleared};
pub(crate) use run::{PLAN, draft_of, quote_of};
pub(crate) use trouble::{Kind, Trouble, odd};
pub(crate) use verify::{Verified, verify};
pub(crate) use writer::WRITES;

/// What every use case stands on.
#[derive(Clone)]
pub(crate) struct Ground {
    /// Where things are kept.
    pub(crate) project: Project,
    /// What was set.
    pub(crate) config: Arc<Config>,
    /// Who knows films.
    pub(crate) craft: Arc<dyn Craft>,
}

/// Runs of this process that somebody wants carried.
#[derive(Debug, Default)]
struct Carried {
    runs: BTreeSet<RunId>,
    /// Those of them that are over and have something open that is to come in.
    landing: BTreeSet<RunId>,
    /// Nothing is taken on any more.
    leaving: bool,
}

/// The owner of a data directory.
pub(crate) struct App {
    ground: Ground,
    host: Arc<Host>,
    studio: Option<Arc<Studio>>,
    end_programs: Box<dyn Fn() + Send + Sync>,
    carried: Mutex<Carried>,
    /// Held while it is found out which run a plan comes to.
    one: Mutex<()>,
    /// Held while a plan is edited and its run is made.
    edits: Mutex<()>,
    /// Held while a plan that was sent is laid out as a file.
    laying: Mutex<()>,
    /// Plans that were read for a page.
    leafed: parts::Leafed,
    /// What was learned of prices.
    taught: Arc<lessons::Taught>,
    promised: room::Promised,
    bringing: retention::Bringing,
}

/// How a look at a run came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The run is over or paused.
    Settled,
    /// Whoever carried it has stopped.
    Stopped,
    /// Whoever looked had seen enough.
    Enough,
}

/// Whose money is spent in a rehearsal: nobody's.
const REHEARSAL: &str = "rehearsal";

/// Whose money is spent at a command line.
pub(crate) fn account(config: &Config) -> AccountId {
    AccountId::from(if config.is_rehearsal() { REHEARSAL } else { "default" })
}

impl App {
    /// Becomes the owner of the data directory, and makes it if there is none. For who only looks in nothing is begun that
    /// nobody would wait for.
    pub(crate) fn open(
        ground: Ground,
        stays: bool,
        notice: impl Fn(Notice) + Send + 'static,
    ) -> Result<Self, host::Error> {
        let failed = |trouble: Trouble| {
            let doing = "opening the data directory".to_owned();
            host::Error::Store(retake_engine::store::Error::Failed { doing, why: trouble.what })
        };
        ground.project.make().map_err(failed)?;
        let Crew { performer, attach, stop, studio } =
            ground.craft.crew(&ground.project.data, &ground.config).map_err(failed)?;
        let options = host::Options { begins: stays, ..host::Options::new(limits(&ground.config)) };
        let host = Arc::new(Host::open(&ground.project.data, performer, options, notice)?);
        attach(Arc::downgrade(&host));
        let taught = Arc::<lessons::Taught>::default();
        let learns = Arc::clone(&taught);
        host.listen(move |state, records| learns.hear(state, records));
        Ok(Self {
            ground,
            host,
            studio,
            end_programs: stop,
            carried: Mutex::default(),
            one: Mutex::default(),
            edits: Mutex::default(),
            laying: Mutex::default(),
            leafed: parts::Leafed::default(),
            taught,
            bringing: retention::Bringing::default(),
            promised: room::Promised::default(),
        })
    }

    fn carried(&self) -> MutexGuard<'_, Carried> {
        self.carried.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what is wanted. Looking at a run as it goes on is [`Self::follow`].
    pub(crate) fn answer(&self, request: Request) -> Result<Reply, Trouble> {
        match request {
            Request::Hello => Ok(Reply::Hello { v: crate::door::wire::VERSION, process: std::process::id() }),
            Request::Run(order) => self.run(&order),
            Request::Quote(order) => self.quote(&order).map(Reply::Quoted),
            Request::List => Ok(Reply::Runs(self.host.list()?.into_iter().map(brief).collect())),
            Request::Find(which) => Ok(Reply::Run(Box::new(brief(self.find(which.as_deref())?)))),
            Request::Journal(which) => Ok(Reply::Records(self.host.journal(self.find(which.as_deref())?.run)?)),
            Request::Watch { run, after } => Ok(Reply::Records(self.host.watch(run, after).look()?)),
            Request::Explain(which) => self.explain(which.as_deref()).map(Reply::Told),
            Request::Outlook(which) => Ok(Reply::Outlook(self.host.outlook(self.find(which.as_deref())?.run).ok())),
            Request::Resume(which) => self.resume(&which),
            Request::Retry(which) => self.retry(&which),
            Request::Redo { run, what } => self.redo(&run, &what),
            Request::Otherwise { run, wish } => self.redo_here(&run, &wish),
            Request::Pick { run, take } => self.tell(&run, |_| Ok(Command::Pick(take))),
            Request::Cancel { run, now } => {
                self.tell(&run, |_| Ok(Command::Stop(if now { Stop::Cancel } else { Stop::Land })))
            }
            Request::Budget { run, cap } => self.budget(&run, cap),
            Request::Resolve { run, take, how } => self.tell(&run, |_| {
                Ok(match how {
                    Resolution::Adopt(ticket) if named_ticket(ticket.as_str()).is_none() => {
                        let what = "this is no name that a provider gives to its work".to_owned();
                        return Err(Trouble::usage(what).hint("copy the id from the provider's own list"));
                    }
                    Resolution::Adopt(ticket) => Command::Adopt { take, ticket },
                    Resolution::Verdict(verdict) => Command::Resolve { take, verdict },
                })
            }),
            Request::Sweep { dry } => self.clear(dry).map(Reply::Swept),
        }
    }

    /// The run that is meant: the newest, or the only one whose id begins so.
    fn find(&self, which: Option<&str>) -> Result<Listed, Trouble> {
        let Some(wanted) = which else {
            let (mut newest, none) = (None, "there is no run here yet");
            self.host.newest(None, None, &mut |listed| {
                newest = Some(listed);
                false
            })?;
            return newest.ok_or_else(|| Trouble::usage(none).hint("`retake run FILE` makes a film of a plan"));
        };
        let wanted = wanted.to_lowercase();
        if let Some(listed) = wanted.parse().ok().map(|run| self.host.find(RunId(run))).transpose()?.flatten() {
            return Ok(listed);
        }
        let mut runs = self.host.list()?;
        runs.retain(|listed| !wanted.is_empty() && listed.run.to_string().starts_with(&wanted));
        match (runs.pop(), runs.len()) {
            (Some(run), 0) => Ok(run),
            (None, _) => {
                Err(Trouble::usage(format!("there is no run `{wanted}`")).hint("`retake status --all` lists all runs"))
            }
            (Some(_), more) => Err(Trouble::usage(format!("`{wanted}` begins the ids of {} runs", more + 1))
                .hint("write more of the id: `retake status --all` lists all runs")),
        }
    }

    /// Whether a run is of the kind that is carried here. In earnest a rehearsal would buy from the real providers; and
    /// whoever plays them knows nothing of what was bought in earnest.
    fn may_carry(&self, listed: &Listed) -> Result<(), Trouble> {
        let is_rehearsal = listed.account.as_str() == REHEARSAL;
        if is_rehearsal == self.ground.config.is_rehearsal() {
            return Ok(());
        }
        let plan = listed.summary.as_ref().and_then(|summary| summary.about.get(PLAN)).map_or("FILE", |plan| &**plan);
        // Where a plan lies that was sent, there need not be a file yet.
        let plan = if self.ground.is_posted(&self.home().join(plan)) { "FILE" } else { plan };
        Err(if self.ground.config.is_rehearsal() {
            Trouble::usage(format!("run {} is no rehearsal", listed.run)).hint(format!("`retake run {plan}` goes on"))
        } else {
            let trouble = Trouble::usage(format!("run {} is a rehearsal: nothing of it is bought", listed.run));
            trouble
                .hint(format!("`retake rehearse {plan}` goes on with it, and `retake run {plan}` makes it in earnest"))
        })
    }

    fn state(&self, run: RunId) -> Result<(RunSpec, RunState), Trouble> {
        let records = self.host.journal(run)?;
        let state = RunState::fold(&records).map_err(|why| Trouble::from(host::Error::Illegal { run, why }))?;
        Ok((spec_of(&records)?, state))
    }

    /// Tells a run what a person wants, and carries it from now on.
    fn tell(
        &self,
        which: &Which,
        command: impl FnOnce(&RunState) -> Result<Command, Trouble>,
    ) -> Result<Reply, Trouble> {
        let listed = self.find(which.as_deref())?;
        self.may_carry(&listed)?;
        let run = listed.run;
        let (_, state) = self.state(run)?;
        let command = command(&state)?;
        self.take_on(run, || Ok(self.host.command(run, command)?))?;
        self.shown(run)
    }

    fn budget(&self, which: &Which, cap: retake_engine::money::Money) -> Result<Reply, Trouble> {
        let listed = self.find(which.as_deref())?;
        self.may_carry(&listed)?;
        let run = listed.run;
        self.take_on(run, || Ok(self.host.command(run, Command::SetCap(cap))?))?;
        self.shown(run)
    }

    /// A run as it stands now.
    fn shown(&self, run: RunId) -> Result<Reply, Trouble> {
        Ok(Reply::Run(Box::new(brief(self.find(Some(&run.to_string()))?))))
    }

    fn explain(&self, which: Option<&str>) -> Result<String, Trouble> {
        let run = self.find(which)?.run;
        // Who is not carried waits for nobody but a person.
        let idle = |_| "nobody carries this run now: `retake resume` goes on\n".to_owned();
        Ok(self.host.explain(run).unwrap_or_else(idle))
    }

    /// Takes on a run that is only now created, unless this process is about to leave.
    fn take_on_new(&self, create: impl FnOnce() -> Result<RunId, Trouble>) -> Result<(), Trouble> {
        // Many may create at once: each waits for the disk, and all of them wait for the same sync.
        if self.carried().leaving {
            return Err(Trouble::from(host::Error::Stopping));
        }
        let run = create()?;
        self.carried().runs.insert(run);
        Ok(())
    }

    /// Takes a run on, unless this process is about to leave.
    fn take_on(&self, run: RunId, act: impl FnOnce() -> Result<(), Trouble>) -> Result<(), Trouble> {
        let mut carried = self.carried();
        if carried.leaving {
            return Err(Trouble::from(host::Error::Stopping));
        }
        act()?;
        self.host.resume(run)?;
        carried.runs.insert(run);
        Ok(())
    }

    /// Hands over the records of a run after one of them, as they come, until the run is over or paused.
    pub(crate) fn follow(
        &self,
        run: RunId,
        after: u64,
        see: &mut dyn FnMut(Vec<Record>) -> bool,
    ) -> Result<End, Trouble> {
        let mut watch = self.host.watch(run, after);
        // What came before is not shown, but it says where the run stands.
        let mut state = match after {
            0 => None,
            _ => {
                let before: Vec<Record> =
                    self.host.journal(run)?.into_iter().take_while(|record| record.seq <= after).collect();
                Some(fold(run, &before)?)
            }
        };
        let mut told = false;
        loop {
            let records = watch.look()?;
            let news = !records.is_empty();
            for record in &records {
                match &mut state {
                    None => state = Some(fold(run, std::slice::from_ref(record))?),
                    Some(state) => {
                        state.apply(record).map_err(|why| Trouble::from(host::Error::Illegal { run, why }))?;
                    }
                }
            }
            if news && !see(records) {
                return Ok(End::Enough);
            }
            if told && !news {
                return Ok(End::Stopped);
            }
            if state.as_ref().is_some_and(|state| self.is_at_rest(state)) {
                return Ok(End::Settled);
            }
            // What was committed last may have come with the end.
            told = !watch.ring();
        }
    }

    /// Waits until nothing that was taken on is under way, and takes on nothing more. Says which runs are waited for.
    pub(crate) fn rest(&self, say: &mut dyn FnMut(RunId)) -> Result<(), Trouble> {
        loop {
            let open = {
                let mut carried = self.carried();
                let open = carried.runs.pop_first();
                carried.leaving = open.is_none();
                open
            };
            let Some(run) = open else { return Ok(()) };
            if !self.state(run).is_ok_and(|(_, state)| self.is_at_rest(&state)) {
                say(run);
                if self.follow(run, 0, &mut |_| true)? == End::Stopped {
                    return Ok(());
                }
            }
        }
    }

    /// Begins nothing more, writes everything down and ends; a second call ends the waiting for answers.
    pub(crate) fn stop(&self) -> Result<host::Stopped, Trouble> {
        self.carried().leaving = true;
        let stopped = self.host.stop();
        // What is made here can be made again; nobody waits for it.
        (self.end_programs)();
        Ok(stopped?)
    }

    /// Which closed addresses may be reached all the same.
    pub(crate) fn egress(&self) -> Result<Egress, Trouble> {
        self.ground.config.egress().map_err(Trouble::usage)
    }

    /// Takes up every run that is not over, with nobody asking.
    pub(crate) fn resume_all(&self) -> Result<(), Trouble> {
        Ok(self.host.resume_all()?)
    }

    /// Says what an account may spend in all; else what the configuration says of any.
    pub(crate) fn set_cap(
        &self,
        account: AccountId,
        total: Option<retake_engine::money::Money>,
    ) -> Result<(), Trouble> {
        let config = &self.ground.config;
        let caps = Caps { total: total.unwrap_or(config.account_cap()), day: config.day_cap() };
        Ok(self.host.set_account(account, caps)?)
    }

    /// Why nothing goes on any more, if that is so.
    pub(crate) fn failure(&self) -> Option<Trouble> {
        self.host.failure().map(Trouble::from)
    }

    /// Has somebody told of all that is committed from now on. It is called from the engine's loop: it must only count, or
    /// pass it on.
    pub(crate) fn listen(&self, ear: impl Fn(&RunState, &[Record]) + Send + 'static) {
        self.host.listen(ear);
    }

    /// What was set.
    pub(crate) fn config(&self) -> &Config {
        &self.ground.config
    }

    /// Where everything lies.
    pub(crate) fn data(&self) -> &Path {
        &self.ground.project.data
    }

    /// The folder that paths are relative to.
    fn home(&self) -> PathBuf {
        self.data().parent().unwrap_or(self.data()).to_owned()
    }
}

/// Whether nothing moves until a person does something.
pub(crate) const fn is_settled(status: &Status) -> bool {
    matches!(status, Status::Ended(_) | Status::Paused(_))
}

fn fold(run: RunId, records: &[Record]) -> Result<RunState, Trouble> {
    RunState::fold(records).map_err(|why| Trouble::from(host::Error::Illegal { run, why }))
}

/// What a run was asked to do, as it was written down first.
pub(crate) fn spec_of(records: &[Record]) -> Result<RunSpec, Trouble> {
    match records.first().map(|record| &record.event) {
        Some(Event::Created { run }) => Ok(run.as_ref().clone()),
        Some(_) | None => Err(Trouble::internal("a journal does not begin with its run")),
    }
}

fn brief(listed: Listed) -> Brief {
    let Listed { run, account: _, created, changed, seq, summary } = listed;
    Brief { run, created, changed, seq, summary }
}

fn limits(config: &Config) -> Limits {
    let all = std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(1));
    Limits {
        submissions: config.submissions(),
        processes: config.local().cores.unwrap_or(all),
        account: config.account_cap(),
        day: config.day_cap(),
        providers: config.terms(),
        default_terms: retake_engine::admission::Terms::default(),
    }
}
