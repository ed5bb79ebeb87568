//! What follows a turn, in its order: written down, waited for where that is needed, told to admission, started.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::carry::Loop;
use super::crowd::Crowd;
use super::inbox::{Inbox, Reply};
use super::{Error, Line};
use crate::admission::{Holding, News, Standing};
use crate::engine::Turn;
use crate::fault::{Acceptance, Class, Fault, Origin};
use crate::id::{RunId, TakeId};
use crate::journal::Record;
use crate::moment::Moment;
use crate::performer::{Action, Answer, Kind, Report};
use crate::store::writer::Job;
use crate::store::{self, Created, Once, Write};

/// When a submission that was not sent is wanted again.
const NOT_SENT_AGAIN: Duration = Duration::from_secs(1);

/// A job that the writer has.
pub(super) struct Handed {
    run: RunId,
    created: Option<Reply<Result<Created, Error>>>,
    /// What it writes, where somebody listens.
    told: Vec<Record>,
    /// Whether it belongs to a run that was not created after all: the writer has no choice but to refuse it.
    void: bool,
}

/// What follows once a job is done.
pub(super) struct After {
    run: RunId,
    strays: Vec<Holding>,
    news: Vec<(TakeId, News)>,
    actions: Vec<Action>,
    reply: Option<Reply<Result<(), Error>>>,
}

impl Loop {
    /// Sees to it that a turn is written down, and that what follows waits for that where it must.
    pub(super) fn keep(&mut self, run: RunId, mut turn: Turn, reply: Option<Reply<Result<(), Error>>>) {
        let Some(seat) = self.seats.get(&run) else { return };
        let batch = turn.batch(seat.actor.state());
        let waits = turn.sync || reply.is_some();
        if !batch.records.is_empty() || !batch.remember.is_empty() || !batch.tickets.is_empty() {
            self.hand_in(run, Write::Append(batch), waits, None);
            if !waits {
                self.tell_when_written(run, &mut turn);
            }
        }
        self.recount(run);
        self.wake_at(run, turn.wake_at);
        self.follow_when_due(run, turn, reply);
    }

    /// The same for the first turn of a run.
    pub(super) fn keep_new(
        &mut self,
        run: RunId,
        mut turn: Turn,
        once: Option<Once>,
        reply: Reply<Result<Created, Error>>,
    ) {
        let Some(seat) = self.seats.get(&run) else { return };
        let batch = turn.batch(seat.actor.state());
        self.hand_in(run, Write::Create(batch, once), true, Some(reply));
        self.recount(run);
        self.wake_at(run, turn.wake_at);
        self.follow_when_due(run, turn, None);
    }

    fn hand_in(&mut self, run: RunId, write: Write, waits: bool, created: Option<Reply<Result<Created, Error>>>) {
        let now = self.clock.now();
        self.last_handed += 1;
        let told = match &write {
            Write::Create(batch, _) | Write::Append(batch) if !self.ears.is_empty() => batch.records.clone(),
            Write::Create(..) | Write::Append(_) | Write::Receipt(..) => Vec::new(),
        };
        self.handed.push_back(Handed { run, created, told, void: false });
        self.intake.hand_in(Job { write, prompt: waits, then: None });
        if let Some(seat) = self.seats.get_mut(&run) {
            seat.latest = self.last_handed;
            seat.moved = now;
            seat.told_stuck = false;
            if waits {
                seat.owing = self.last_handed;
            }
        }
    }

    /// What admission is to hear of a turn that nobody waits for: it hears it when that is written all the same, while
    /// the turn's actions set out.
    fn tell_when_written(&mut self, run: RunId, turn: &mut Turn) {
        let (strays, news) = (std::mem::take(&mut turn.strays), std::mem::take(&mut turn.news));
        if !strays.is_empty() || !news.is_empty() {
            let after = After { run, strays, news, actions: Vec::new(), reply: None };
            self.after.entry(self.last_handed).or_default().push(after);
        }
    }

    /// Answers when all is written that was decided about a run until now.
    pub(super) fn answer_when_written(&mut self, run: RunId, reply: Reply<Result<(), Error>>) {
        let latest = self.seats.get(&run).map_or(0, |seat| seat.latest);
        if latest <= self.last_done {
            let _ = reply.send(Ok(()));
            return;
        }
        let after = After { run, strays: Vec::new(), news: Vec::new(), actions: Vec::new(), reply: Some(reply) };
        self.after.entry(latest).or_default().push(after);
    }

    fn wake_at(&mut self, run: RunId, moment: Option<Moment>) {
        let Some(seat) = self.seats.get_mut(&run) else { return };
        if seat.wake == moment {
            return;
        }
        if let Some(before) = std::mem::replace(&mut seat.wake, moment) {
            self.wakes.remove(&(before, run));
        }
        self.wakes.extend(moment.map(|moment| (moment, run)));
    }

    /// What is not waited for follows at once, unless something that the run waits for comes before it: a question
    /// about a ticket must not leave before the ticket is safe.
    fn follow_when_due(&mut self, run: RunId, turn: Turn, reply: Option<Reply<Result<(), Error>>>) {
        let Turn { strays, news, actions, .. } = turn;
        let after = After { run, strays, news, actions, reply };
        let owing = self.seats.get(&run).map_or(0, |seat| seat.owing);
        if owing > self.last_done {
            self.after.entry(owing).or_default().push(after);
        } else {
            self.follow(after);
            self.retire(run);
        }
    }

    /// The writer has done the next jobs.
    pub(super) fn done(&mut self, outcomes: Vec<Result<Created, store::Error>>) {
        let mut touched = BTreeSet::new();
        for outcome in outcomes {
            let Some(Handed { run, created, told, void }) = self.handed.pop_front() else { return };
            self.last_done += 1;
            if void {
                continue;
            }
            match (outcome, created) {
                (Ok(Created::New), created) => {
                    self.ring(run);
                    self.tell(run, &told);
                    if let Some(reply) = created {
                        let _ = reply.send(Ok(Created::New));
                    }
                }
                (outcome, Some(reply)) => {
                    self.undo(run);
                    let _ = reply.send(outcome.map_err(Error::Store));
                }
                // Somebody else has written into the journal: what is decided here rests on nothing.
                (Err(error), None) => return self.fail(error),
                (Ok(Created::Before(_)), None) => {}
            }
            touched.insert(run);
        }
        while let Some(entry) = self.after.first_entry().filter(|entry| *entry.key() <= self.last_done) {
            for after in entry.remove() {
                self.follow(after);
            }
        }
        // Not before all is said that follows: what the run held would stay held, and who ended it would hear nothing.
        for run in touched {
            self.retire(run);
        }
    }

    /// A run that was not created after all holds nothing, and what it has decided meanwhile never was.
    fn undo(&mut self, run: RunId) {
        let Some(seat) = self.seats.remove(&run) else { return };
        self.crowd.change(seat.crowd, Crowd::default());
        for handed in self.handed.iter_mut().filter(|handed| handed.run == run) {
            handed.void = true;
        }
        self.wakes.retain(|(_, other)| *other != run);
        for afters in self.after.values_mut() {
            for after in afters.extract_if(.., |after| after.run == run) {
                if let Some(reply) = after.reply {
                    let _ = reply.send(Err(store::Error::NoSuchRun(run).into()));
                }
            }
        }
        let account = seat.actor.state().spec().account.clone();
        let standing = Standing { run, account, supersedes: None, spent: Vec::new(), holdings: Vec::new() };
        self.hands.admission.enter(standing);
    }

    /// Whoever listens to all runs hears what is safe now.
    fn tell(&self, run: RunId, records: &[Record]) {
        let Some(seat) = self.seats.get(&run).filter(|_| !records.is_empty()) else { return };
        for ear in &self.ears {
            ear(seat.actor.state(), records);
        }
    }

    fn ring(&mut self, run: RunId) {
        if let Some(bells) = self.bells.get_mut(&run) {
            bells.retain(|bell| bell());
        }
    }

    /// Readers come and go, also those of runs that are over: only a ring tells who is still there.
    pub(super) fn forget_who_left(&mut self) {
        self.bells.retain(|_, bells| {
            bells.retain(|bell| bell());
            !bells.is_empty()
        });
    }

    fn follow(&mut self, after: After) {
        let After { run, strays, news, actions, reply } = after;
        let now = self.clock.now();
        for stray in strays {
            self.hands.admission.hold(run, stray);
        }
        for (take, news) in news {
            self.hands.admission.observe(&take, news, now);
        }
        for action in actions {
            self.start(action);
        }
        if let Some(reply) = reply {
            let _ = reply.send(Ok(()));
        }
    }

    /// An action sets out, unless its answer is known here.
    fn start(&mut self, action: Action) {
        // Whoever has failed begins nothing more, whatever was decided before.
        if self.over {
            return;
        }
        let kind = action.task.kind();
        let answers = (kind, action.ordinal);
        let closed = self.full.is_some() || self.stopping.is_some();
        let known = match kind {
            Kind::Submit if closed => Some(Answer::Failed(self.not_sent().into())),
            // What was begun here is begun again by the next life.
            _ if self.stopping.is_some() => return,
            Kind::Fetch | Kind::Find => match self.hands.reader.receipt(&action.take) {
                Ok(delivery) => delivery.map(Answer::Outputs),
                Err(error) => return self.fail(error),
            },
            Kind::Prepare | Kind::Submit | Kind::Poll | Kind::Cancel | Kind::Work => None,
        };
        if let Some(answer) = known {
            let report = Report { take: action.take, answers: Some(answers), answer };
            let _ = self.ends.inbox.send(Inbox::Report(report));
            return;
        }
        if kind == Kind::Submit {
            self.sent.insert((action.take.clone(), action.ordinal));
        }
        let line = Line::new(action.take.clone(), answers, self.ends.inbox.clone(), self.intake.clone());
        // A performer that panics has dropped the line, which says what there is to say.
        let _ = catch_unwind(AssertUnwindSafe(|| self.hands.performer.start(action, line)));
    }

    fn not_sent(&self) -> Fault {
        let why = if self.full.is_some() { "the disk is full" } else { "retake is stopping" };
        let fault = Fault::new(Class::Throttled, Acceptance::No, format!("{why}, so nothing was sent"));
        fault.from(Origin::Ourselves).retry_after(NOT_SENT_AGAIN)
    }

    /// A run that has nothing open and is over needs no place.
    pub(super) fn retire(&mut self, run: RunId) {
        let Some(seat) = self.seats.get(&run) else { return };
        if seat.latest <= self.last_done && !seat.actor.state().is_awake() {
            if let Some(wake) = seat.wake {
                self.wakes.remove(&(wake, run));
            }
            let crowd = seat.crowd;
            self.seats.remove(&run);
            self.crowd.change(crowd, Crowd::default());
        }
    }
}
