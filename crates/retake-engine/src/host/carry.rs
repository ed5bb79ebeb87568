//! The loop: one message at a time, for all runs. It hands turns on to `after`, which keeps the order of what follows.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::after::{After, Handed};
use super::clock::Clock;
use super::crowd::{Count, Crowd};
use super::inbox::{Bell, Ear, Inbox, Reply};
use super::stop::Stopping;
use super::{Error, Notice, Options, Performer, outlook, stuck};
use crate::admission::{Admission, Closed};
use crate::decide::{Look, Memory, standing};
use crate::engine::{Actor, Command, Desk, Message, answer, carry};
use crate::id::{AccountId, Key, ProviderId, RunId, TakeId, Ticket};
use crate::journal::event::RunSpec;
use crate::moment::Moment;
use crate::performer::{Kind, Report};
use crate::store::commits::Commits;
use crate::store::sqlite::{Reader, SqliteStore};
use crate::store::writer::{Intake, Note, Writer};
use crate::store::{self, Created, Once};

/// How many messages are taken in before the clock and the waiting asks are looked at.
const MESSAGES: usize = 1_024;
/// The longest wait without a look at who may be stuck.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// However early a run is to count as stuck, the loop does not turn for that alone.
const LOOK_LEAST: Duration = Duration::from_millis(10);

/// Whether a report may tell of work at a provider that nobody knows of.
fn may_be_owed(report: &Report) -> bool {
    matches!(report.answers, None | Some((Kind::Submit | Kind::Find, _)))
}

/// What connects the loop with those around it.
pub(super) struct Ends {
    pub(super) inbox: Sender<Inbox>,
    pub(super) messages: Receiver<Inbox>,
    pub(super) failure: Arc<Mutex<Option<store::Error>>>,
    pub(super) notice: Box<dyn Fn(Notice) + Send>,
    pub(super) crowd: Arc<Count>,
}

/// What the loop has at hand to answer an actor.
pub(super) struct Hands {
    pub(super) reader: Reader,
    pub(super) admission: Admission,
    pub(super) performer: Arc<dyn Performer>,
    /// Why something could not be read: what was decided without it must not be followed.
    unread: RefCell<Option<store::Error>>,
}

impl Hands {
    fn read<T: Default>(&self, read: Result<T, store::Error>) -> T {
        read.unwrap_or_else(|error| {
            self.unread.replace(Some(error));
            T::default()
        })
    }
}

impl Desk for Hands {
    fn key(&self, look: &Look) -> Key {
        self.performer.key(look)
    }

    fn recall(&self, account: &AccountId, key: &Key) -> Option<Memory> {
        let memory = self.read(self.reader.recall(account, key))?;
        let is_lost = matches!(&memory, Memory::Finished(finished) if !self.performer.holds(&finished.outputs));
        (!is_lost).then_some(memory)
    }

    fn knows(&self, provider: &ProviderId, ticket: &Ticket) -> bool {
        self.reader.knows(provider, ticket)
    }

    fn admission(&mut self) -> &mut Admission {
        &mut self.admission
    }
}

/// A run with its place in the loop.
pub(super) struct Seat {
    pub(super) actor: Actor,
    /// Whether it is carried on; else it only counts.
    pub(super) carried: bool,
    pub(super) wake: Option<Moment>,
    /// The last job that something waits for, and the last of all.
    pub(super) owing: u64,
    pub(super) latest: u64,
    /// When something was last heard or written.
    pub(super) moved: Moment,
    pub(super) told_stuck: bool,
    /// What it was counted as.
    pub(super) crowd: Crowd,
}

/// The loop, with all that it alone has.
pub(super) struct Loop {
    pub(super) ends: Ends,
    pub(super) options: Options,
    pub(super) clock: Clock,
    pub(super) hands: Hands,
    pub(super) writer: Option<Writer>,
    pub(super) intake: Intake,
    pub(super) seats: HashMap<RunId, Seat>,
    pub(super) wakes: BTreeSet<(Moment, RunId)>,
    /// What was handed to the writer and is not done, in its order.
    pub(super) handed: VecDeque<Handed>,
    pub(super) last_handed: u64,
    pub(super) last_done: u64,
    /// What follows when a job is done.
    pub(super) after: BTreeMap<u64, Vec<After>>,
    pub(super) bells: HashMap<RunId, Vec<Bell>>,
    pub(super) ears: Vec<Ear>,
    pub(super) crowd: Arc<Count>,
    /// Submissions that were not answered yet.
    pub(super) sent: BTreeSet<(TakeId, u64)>,
    /// What the writer says of the disk while it is full.
    pub(super) full: Option<store::Error>,
    pub(super) stopping: Option<Stopping>,
    pub(super) over: bool,
    looked: Moment,
}

impl Loop {
    /// The loop over a store, with every run that may have something open.
    pub(super) fn new(
        store: SqliteStore,
        performer: Arc<dyn Performer>,
        options: Options,
        ends: Ends,
    ) -> Result<Self, Error> {
        let mut hands = Hands {
            reader: store.reader()?,
            admission: Admission::new(options.limits.clone()),
            performer,
            unread: RefCell::new(None),
        };
        if !options.begins {
            hands.admission.close(Closed::Stopping);
        }
        let inbox = ends.inbox.clone();
        let writer = Writer::start(store, move |note| drop(inbox.send(Inbox::Written(note))))?;
        let clock = Clock::start();
        let mut carrier = Self {
            crowd: Arc::clone(&ends.crowd),
            ends,
            options,
            looked: clock.now(),
            clock,
            hands,
            intake: writer.intake(),
            writer: Some(writer),
            seats: HashMap::new(),
            wakes: BTreeSet::new(),
            handed: VecDeque::new(),
            last_handed: 0,
            last_done: 0,
            after: BTreeMap::new(),
            bells: HashMap::new(),
            ears: Vec::new(),
            sent: BTreeSet::new(),
            full: None,
            stopping: None,
            over: false,
        };
        carrier.enter_all()?;
        Ok(carrier)
    }

    /// What commits cost.
    pub(super) fn commits(&self) -> Arc<Commits> {
        self.writer.as_ref().map(Writer::commits).unwrap_or_default()
    }

    /// Goes on until it is stopped, or the store fails, or something here does: then it says so before it goes.
    pub(super) fn run(mut self) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.go_on())) {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            let why = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked");
            self.fail(store::Error::Failed { doing: "carrying the runs".into(), why: why.into() });
        }
    }

    fn go_on(&mut self) {
        while !self.over {
            match self.ends.messages.recv_timeout(self.idle()) {
                Ok(message) => self.take_in(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            for _ in 0..MESSAGES {
                match self.ends.messages.try_recv() {
                    Ok(message) if !self.over => self.take_in(message),
                    Ok(_) | Err(_) => break,
                }
            }
            if !self.over {
                self.wake_up();
                self.pump();
                self.look_around();
                self.end_if_stopped();
            }
        }
    }

    /// How long nothing is to be done if nobody says anything.
    fn idle(&self) -> Duration {
        let run = self.wakes.first().map(|(moment, _)| *moment);
        let next = [run, self.hands.admission.wake_at(), self.stopping.as_ref().map(|stopping| stopping.until)];
        let now = self.clock.now();
        let wait = next.into_iter().flatten().min().map_or(LOOK_EVERY, |moment| moment.since(now));
        // The clock counts whole milliseconds: what is due within one is due when it has passed.
        wait.max(Duration::from_millis(1)).min(self.look_every())
    }

    pub(super) fn take_in(&mut self, message: Inbox) {
        match message {
            Inbox::Report(report) => self.hear(report, None),
            Inbox::Call { report, reply } => self.hear(report, Some(reply)),
            Inbox::Written(note) => self.written(note),
            Inbox::Create { reply, .. } if self.stopping.is_some() => drop(reply.send(Err(Error::Stopping))),
            Inbox::Create { reply, .. } if self.full.is_some() => {
                let _ = reply.send(self.full.clone().map_or(Err(Error::Stopping), |full| Err(full.into())));
            }
            Inbox::Command { reply, .. } | Inbox::Resume { reply, .. } if self.stopping.is_some() => {
                drop(reply.send(Err(Error::Stopping)));
            }
            Inbox::Create { spec, once, reply } => self.create(*spec, once, reply),
            Inbox::Command { run, command, reply } => self.command(run, command, reply),
            Inbox::Resume { run, reply } => {
                let resumed = self.resume(run);
                let _ = reply.send(resumed);
            }
            Inbox::ResumeAll { reply } => {
                if self.stopping.is_none() {
                    self.resume_all();
                }
                let _ = reply.send(());
            }
            Inbox::Caps(account, caps) => {
                let now = self.clock.now();
                self.hands.admission.set_account(account, caps, now);
            }
            Inbox::Listen { ear } => self.ears.push(ear),
            Inbox::Figures { reply } => drop(reply.send(self.figures())),
            Inbox::Watch { run, bell } => self.bells.entry(run).or_default().push(bell),
            Inbox::UpToNow { run, reply } => self.answer_when_written(run, reply),
            Inbox::Explain { run, reply } => {
                let told = self.seats.get(&run).map(|seat| stuck::explain(&seat.actor, self.clock.now()));
                let _ = reply.send(told.ok_or(Error::Store(store::Error::NoSuchRun(run))));
            }
            Inbox::Outlook { run, reply } => {
                let now = self.clock.now();
                let seat = self.seats.get(&run).filter(|seat| seat.carried);
                let told = seat.map(|seat| outlook::of(&seat.actor, &self.hands.admission, now));
                let _ = reply.send(told.ok_or(Error::Store(store::Error::NoSuchRun(run))));
            }
            Inbox::Stop { reply } => self.begin_to_stop(reply),
        }
    }

    fn hear(&mut self, report: Report, reply: Option<Reply<Result<(), Error>>>) {
        if let Some((Kind::Submit, ordinal)) = report.answers {
            self.sent.remove(&(report.take.clone(), ordinal));
        }
        let run = report.take.run;
        // It is over, or never was: what was learned by asking is worth nothing there, and its journal is not read for that.
        // A submission's answer and a provider's call may be about work that is owed.
        if !self.seats.contains_key(&run) && !may_be_owed(&report) {
            return;
        }
        let seated = match self.seats.get_mut(&run).filter(|seat| seat.carried) {
            Some(seat) => {
                seat.moved = self.clock.now();
                Ok(())
            }
            None if self.stopping.is_some() => Err(Error::Stopping),
            None => self.take_seat(run),
        };
        match (seated, reply) {
            (Ok(()), reply) => drop(self.turn_for(run, Message::Report(report), reply)),
            (Err(error), Some(reply)) => drop(reply.send(Err(error))),
            (Err(_), None) => {}
        }
    }

    fn command(&mut self, run: RunId, command: Command, reply: Reply<Result<(), Error>>) {
        let carried = self.seats.get(&run).is_some_and(|seat| seat.carried);
        if let Err(error) = self.take_seat(run) {
            let _ = reply.send(Err(error));
            return;
        }
        if !self.turn_for(run, Message::Command(command), Some(reply)) {
            // Nothing has changed: a run that was not carried still waits for whoever resumes it, or needs no place.
            if let Some(seat) = self.seats.get_mut(&run) {
                seat.carried = carried;
            }
            self.retire(run);
        }
    }

    /// Hands a message to a run, and sees to what comes of it.
    pub(super) fn turn(&mut self, run: RunId, message: Message) {
        self.turn_for(run, message, None);
    }

    /// The same for somebody who waits; says whether the run took it in.
    fn turn_for(&mut self, run: RunId, message: Message, reply: Option<Reply<Result<(), Error>>>) -> bool {
        // What was decided since something could not be read is not followed, and nothing is decided any more.
        let Some(seat) = self.seats.get_mut(&run).filter(|_| !self.over) else { return false };
        let now = self.clock.now();
        let carried = carry(&mut seat.actor, message, &mut self.hands, now);
        if self.is_blind() {
            return false;
        }
        let took = carried.is_ok();
        match (carried, reply) {
            (Ok(turn), reply) => self.keep(run, turn, reply),
            (Err(refusal), Some(reply)) => drop(reply.send(Err(refusal.into()))),
            (Err(_), None) => {}
        }
        took
    }

    /// Whether something could not be read: then nothing that was decided since may be followed.
    pub(super) fn is_blind(&mut self) -> bool {
        let error = self.hands.unread.take();
        let blind = error.is_some();
        if let Some(error) = error {
            self.fail(error);
        }
        blind
    }

    fn create(&mut self, spec: RunSpec, once: Option<Once>, reply: Reply<Result<Created, Error>>) {
        let run = spec.id;
        match self.known(&spec, once.as_ref()) {
            Ok(None) => {}
            Ok(Some(before)) => return drop(reply.send(Ok(Created::Before(before)))),
            Err(error) => return drop(reply.send(Err(error))),
        }
        let now = self.clock.now();
        let (mut actor, turn) = match Actor::create(spec, now) {
            Ok(created) => created,
            Err(refusal) => return drop(reply.send(Err(refusal.into()))),
        };
        self.hands.admission.enter(standing(actor.state()));
        let turn = answer(&mut actor, turn, &mut self.hands, now);
        if !self.is_blind() {
            self.sit_down(actor, true, now);
            self.keep_new(run, turn, once, reply);
        }
    }

    /// Whether a run is there already: the one that the caller's wish has made, or another under this name.
    fn known(&self, spec: &RunSpec, once: Option<&Once>) -> Result<Option<RunId>, Error> {
        if let Some(once) = once
            && let Some(made) = self.hands.reader.once(&spec.account, &once.key)?
        {
            return Ok(Some(once.again(made)?));
        }
        let there = self.seats.contains_key(&spec.id) || self.hands.reader.find(spec.id)?.is_some();
        if there { Err(store::Error::RunExists(spec.id).into()) } else { Ok(None) }
    }

    fn wake_up(&mut self) {
        let now = self.clock.now();
        while let Some(&(moment, run)) = self.wakes.first()
            && moment <= now
            && self.stopping.is_none()
        {
            self.wakes.pop_first();
            if let Some(seat) = self.seats.get_mut(&run) {
                seat.wake = None;
            }
            self.turn(run, Message::Wake);
        }
    }

    /// Tells every run what admission has for it, until there is nothing more.
    fn pump(&mut self) {
        loop {
            let told = self.hands.admission.pump(self.clock.now());
            if told.is_empty() || self.over {
                return;
            }
            for (take, reply) in told {
                self.turn(take.run, Message::Admission { take, reply });
            }
        }
    }

    fn look_every(&self) -> Duration {
        LOOK_EVERY.min(self.options.stuck_after).max(LOOK_LEAST)
    }

    /// Says of every run that does not move why it does not, once until it moves again.
    fn look_around(&mut self) {
        let now = self.clock.now();
        if now.since(self.looked) < self.look_every() {
            return;
        }
        self.looked = now;
        self.forget_who_left();
        for (run, seat) in &mut self.seats {
            let quiet = now.since(seat.moved) >= self.options.stuck_after;
            if quiet && seat.carried && !seat.told_stuck && stuck::is_expected_to_move(seat.actor.state()) {
                seat.told_stuck = true;
                (self.ends.notice)(Notice::Stuck { run: *run, why: stuck::explain(&seat.actor, now) });
            }
        }
    }

    pub(super) fn written(&mut self, note: Note) {
        match note {
            Note::Done(outcomes) => self.done(outcomes),
            Note::Full(error) => {
                self.full = Some(error);
                if self.stopping.is_none() {
                    self.hands.admission.close(Closed::DiskFull);
                }
                (self.ends.notice)(Notice::DiskFull);
            }
            Note::Room => {
                self.full = None;
                if self.stopping.is_none() && self.options.begins {
                    let now = self.clock.now();
                    self.hands.admission.reopen(now);
                }
                (self.ends.notice)(Notice::DiskHasRoom);
            }
            Note::Failed(error) => self.fail(error),
        }
    }

    /// Nothing can be written any more, or not be read: what is known here may be ahead of the truth, and ends here.
    pub(super) fn fail(&mut self, error: store::Error) {
        self.over = true;
        *self.ends.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
        (self.ends.notice)(Notice::Failed(error));
    }
}
