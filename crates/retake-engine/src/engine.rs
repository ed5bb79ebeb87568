//! The actor that carries one run: fold, decide, write down, send.
//!
//! It does no I/O and knows no clock, so any host can carry it. A host hands in a [`Message`] and gets a [`Turn`]; it
//! makes the turn's records durable, tells admission the turn's news, then starts the turn's actions, in this order.
//! [`carry`] answers the questions of a turn on the spot, for hosts that have memory and admission at hand.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::admission::{Admission, Ask, Holding, News, Reply};
use crate::decide::{self, Busy, Decision, Flight, Look, Memory, Standing};
use crate::graph::Ix;
use crate::id::{AccountId, Key, ProviderId, TakeId, TakeNo, Ticket};
use crate::journal::event::{Event, RunSpec};
use crate::journal::{Illegal, Record, RunState, VERSION};
use crate::moment::Moment;
use crate::performer::{Action, Answer, Report};
use crate::store::Batch;

mod command;
mod recall;
mod tell;

pub use command::{Command, Refusal};

/// What reaches a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// It is time, or the run has just been loaded.
    Wake,
    /// An action was done, or a provider called.
    Report(Report),
    /// The key of a node, and what is known of it.
    Looked {
        /// The question that this answers.
        look: Look,
        /// Its key.
        key: Key,
        /// What is known of it.
        memory: Option<Memory>,
    },
    /// Admission answers an ask, at once or later.
    Admission {
        /// Which take asked.
        take: TakeId,
        /// The answer.
        reply: Reply,
    },
    /// A person wants something.
    Command(Command),
}

/// What a message leads to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Turn {
    /// To be appended to the journal, in one piece.
    pub records: Vec<Record>,
    /// What is known of keys from now on, to be stored with the records.
    pub remember: Vec<(Key, Memory)>,
    /// Tickets that are known from now on, to be stored with the records.
    pub tickets: Vec<(ProviderId, Ticket)>,
    /// Whether the host waits for the disk before it goes on.
    pub sync: bool,
    /// To be told to admission once the records are safe.
    pub news: Vec<(TakeId, News)>,
    /// Takes that came into being without an ask: admission counts them.
    pub strays: Vec<Holding>,
    /// To be started once the records are safe.
    pub actions: Vec<Action>,
    /// To be answered with [`Message::Looked`].
    pub looks: Vec<Look>,
    /// To be answered with [`Message::Admission`].
    pub asks: Vec<Ask>,
    /// Asks and grants that are not needed any more.
    pub give_backs: Vec<TakeId>,
    /// When to send [`Message::Wake`].
    pub wake_at: Option<Moment>,
}

/// One run, folded, with what is under way for it.
#[derive(Debug, Clone)]
pub struct Actor {
    state: RunState,
    flight: Flight,
}

impl Actor {
    /// A new run. The turn holds its first record; a run whose expected cost does not fit is refused before that.
    ///
    /// # Errors
    /// Says what does not fit or does not hold together.
    pub fn create(spec: RunSpec, now: Moment) -> Result<(Self, Turn), Refusal> {
        if spec.quote.expected > spec.cap {
            return Err(Refusal::TooDear { expected: spec.quote.expected, cap: spec.cap });
        }
        let first = Record { v: VERSION, seq: 1, at: now, event: Event::Created { run: Box::new(spec) } };
        let state = RunState::begin(&first)?;
        let mut actor = Self::from_state(state, now);
        let mut turn = Turn { records: vec![first], sync: true, ..Turn::default() };
        actor.settle(&mut turn, now);
        Ok((actor, turn))
    }

    /// A run that exists: nothing is under way, and everything that may need it is looked at with the next message. A
    /// life of it begins now; from here on time runs evenly, whatever the clock of an earlier life showed.
    ///
    /// # Errors
    /// Says which record of the journal cannot follow the ones before it.
    pub fn open<'a>(records: impl IntoIterator<Item = &'a Record>, now: Moment) -> Result<Self, Illegal> {
        RunState::fold(records).map(|state| Self::from_state(state, now))
    }

    fn from_state(mut state: RunState, now: Moment) -> Self {
        state.touched.clear();
        Self { flight: Flight::recover(&state, now), state }
    }

    /// What is true of the run.
    #[must_use]
    pub const fn state(&self) -> &RunState {
        &self.state
    }

    /// What is under way for it.
    #[must_use]
    pub const fn flight(&self) -> &Flight {
        &self.flight
    }

    /// Takes a message in.
    ///
    /// # Errors
    /// Refuses commands that do not fit; nothing has changed then.
    pub fn handle(&mut self, message: Message, now: Moment) -> Result<Turn, Refusal> {
        let mut turn = Turn::default();
        for event in self.events(message, &mut turn, now)? {
            self.record(event, &mut turn, now);
        }
        self.settle(&mut turn, now);
        Ok(turn)
    }

    fn events(&mut self, message: Message, turn: &mut Turn, now: Moment) -> Result<Vec<Event>, Refusal> {
        match message {
            Message::Wake => Ok(Vec::new()),
            Message::Report(report) => Ok(decide::hear(&self.state, &mut self.flight, report, now)),
            Message::Looked { look, key, memory } => {
                Ok(decide::looked(&self.state, &mut self.flight, &look, key, memory))
            }
            Message::Admission { take, reply } => {
                self.answered(&take, reply, turn);
                Ok(Vec::new())
            }
            Message::Command(command) => {
                let event = command::event(&self.state, command)?;
                turn.sync = true;
                self.flight.look_at_all(&self.state);
                Ok(vec![event])
            }
        }
    }

    /// An answer of admission counts only for an ask that still stands; a grant that nobody waits for goes back.
    fn answered(&mut self, take: &TakeId, reply: Reply, turn: &mut Turn) {
        let ix = self.state.graph().find(&take.node);
        let asked = ix.and_then(|ix| self.flight.asked(ix).filter(|asked| asked.n == take.n).map(|_| ix));
        match (asked, reply) {
            (Some(ix), Reply::Granted) => self.flight.granted(ix),
            (Some(ix), Reply::KeyFree) => self.flight.look_again(ix),
            (Some(ix), Reply::Waits(wait)) => self.flight.answered(ix, Standing::Waits(wait)),
            (None, Reply::Granted) if !self.is_intended(take) => turn.give_backs.push(take.clone()),
            (None, Reply::Granted | Reply::KeyFree | Reply::Waits(_)) => {}
        }
    }

    fn is_intended(&self, take: &TakeId) -> bool {
        self.state.take(&take.no()).is_some()
    }

    /// Decides until nothing is left to decide.
    fn settle(&mut self, turn: &mut Turn, now: Moment) {
        self.flight.wake(now);
        self.absorb(turn);
        let mut limit = 10_000 + 100 * self.state.nodes().len();
        loop {
            let decisions = decide::decide(&self.state, &self.flight, now);
            if decisions.is_empty() {
                break;
            }
            limit -= 1;
            assert!(limit > 0, "deciding does not end: {decisions:?}");
            for decision in decisions {
                self.carry_out(decision, turn, now);
            }
            self.absorb(turn);
        }
        turn.wake_at = decide::wake_at(&self.state, &self.flight, now);
    }

    fn carry_out(&mut self, decision: Decision, turn: &mut Turn, now: Moment) {
        match decision {
            Decision::Record(event) => self.record(event, turn, now),
            Decision::Start { ix, n, entry, key, task } => {
                let ordinal = self.flight.next_ordinal(now);
                self.flight.started(ix, n, Busy { kind: task.kind(), ordinal, since: now });
                self.enter_window(ix);
                let take = self.state.no(ix, n).of(self.state.spec().id);
                let recipe = Arc::clone(&self.state.graph().node(ix).spec.recipe);
                let card = self.state.graph().card(&entry);
                let salt = self.state.nodes()[ix].salt;
                turn.actions.push(Action { take, ordinal, entry, key, salt, recipe, card, task });
            }
            Decision::Look { ix, look } => {
                self.flight.look(ix);
                turn.looks.push(look);
            }
            Decision::Ask { ix, ask } => {
                self.enter_window(ix);
                self.flight.ask(ix, &ask);
                turn.asks.push(ask);
            }
            Decision::GiveBack { ix } => {
                if let Some(asked) = self.flight.forget_ask(ix) {
                    turn.give_backs.push(self.state.no(ix, asked.n).of(self.state.spec().id));
                }
            }
            Decision::Short { ix, wants } => self.flight.short(ix, wants),
            Decision::Nudge { touch } => self.flight.nudge(touch),
            Decision::Attended { touch, again } => self.flight.attended(touch, again),
        }
    }

    /// A node on its way to a take fills the window of its provider, as long as it is on its way.
    fn enter_window(&mut self, ix: Ix) {
        use crate::journal::state::Phase;
        if matches!(self.state.nodes()[ix].phase, Phase::Keyed { .. } | Phase::Prepared { .. }) {
            let provider = self.state.queue(ix).and_then(|queue| queue.provider);
            self.flight.enter_window(provider, ix);
        }
    }

    /// Writes an event down and lets it take effect.
    fn record(&mut self, event: Event, turn: &mut Turn, now: Moment) {
        let record = Record { v: VERSION, seq: self.state.seq() + 1, at: now, event };
        turn.remember.extend(recall::refused(&self.state, &record.event));
        if let Err(illegal) = self.state.apply(&record) {
            panic!("decided what cannot be: {illegal}: {:?}", record.event);
        }
        turn.remember.extend(recall::finished(&self.state, &record.event));
        turn.news.extend(tell::news(&self.state, &record.event));
        turn.tickets.extend(recall::ticket(&self.state, &record.event));
        turn.strays.extend(tell::stray(&self.state, &record.event));
        turn.sync |= tell::must_be_safe(&record.event);
        turn.records.push(record);
        self.absorb(turn);
    }

    fn absorb(&mut self, turn: &mut Turn) {
        for (ix, n) in self.flight.absorb(&mut self.state) {
            turn.give_backs.push(self.state.no(ix, n).of(self.state.spec().id));
        }
    }
}

/// What a host has at hand to answer a turn's questions on the spot.
pub trait Desk {
    /// The key of a node: the film layer's pure function.
    fn key(&self, look: &Look) -> Key;
    /// What is known of a key.
    fn recall(&self, account: &AccountId, key: &Key) -> Option<Memory>;
    /// Whether any run knows this ticket. Accounts of ours may share an account with the provider, so all count.
    fn knows(&self, provider: &ProviderId, ticket: &Ticket) -> bool;
    /// What grants and refuses.
    fn admission(&mut self) -> &mut Admission;
}

/// Hands a message in and answers all questions that come of it, so that nothing is left but to write down and send.
///
/// # Errors
/// Refuses commands that do not fit.
pub fn carry(actor: &mut Actor, message: Message, desk: &mut impl Desk, now: Moment) -> Result<Turn, Refusal> {
    // A grant that was given back while it was on its way is none: the ask that stands now is another.
    if let Message::Admission { take, reply: Reply::Granted } = &message
        && !desk.admission().is_open(take)
    {
        return Ok(Turn::default());
    }
    if let Message::Command(Command::Adopt { take, ticket }) = &message
        && is_elsewhere(actor.state(), take, ticket, desk)
    {
        return Err(Refusal::TicketElsewhere(ticket.clone()));
    }
    let message = without_known(actor, message, desk);
    let turn = actor.handle(message, now)?;
    Ok(answer(actor, turn, desk, now))
}

/// Answers the questions of a turn, and those of the turns that this leads to.
pub fn answer(actor: &mut Actor, first: Turn, desk: &mut impl Desk, now: Moment) -> Turn {
    let account = actor.state().spec().account.clone();
    let mut whole = Turn::default();
    let mut turns = VecDeque::from([first]);
    while let Some(mut turn) = turns.pop_front() {
        for take in turn.give_backs.drain(..) {
            desk.admission().give_back(&take);
        }
        // The room that an ask names has no place for them any more, and what they claim is not free. Told twice they count once.
        for stray in &turn.strays {
            desk.admission().hold(stray.take.run, stray.clone());
        }
        let mut messages = Vec::new();
        for look in turn.looks.drain(..) {
            let key = desk.key(&look);
            messages.push(Message::Looked { memory: desk.recall(&account, &key), look, key });
        }
        for ask in turn.asks.drain(..) {
            let take = ask.take.clone();
            messages.push(Message::Admission { take, reply: desk.admission().ask(ask, now) });
        }
        whole.join(turn);
        for message in messages {
            turns.push_back(actor.handle(message, now).unwrap_or_default());
        }
    }
    whole
}

impl Turn {
    /// What is to be kept of it, for the store.
    pub fn batch(&mut self, state: &RunState) -> Batch {
        Batch {
            run: state.spec().id,
            account: state.spec().account.clone(),
            summary: (!self.records.is_empty()).then(|| state.summary()),
            records: std::mem::take(&mut self.records),
            remember: std::mem::take(&mut self.remember),
            tickets: std::mem::take(&mut self.tickets),
        }
    }

    fn join(&mut self, later: Self) {
        self.records.extend(later.records);
        self.remember.extend(later.remember);
        self.tickets.extend(later.tickets);
        self.sync |= later.sync;
        self.news.extend(later.news);
        self.strays.extend(later.strays);
        self.actions.extend(later.actions);
        self.wake_at = later.wake_at;
    }
}

/// Whether a ticket is known, and not by this run.
fn is_elsewhere(state: &RunState, take: &TakeNo, ticket: &Ticket, desk: &impl Desk) -> bool {
    let place = state.graph().find(&take.node).zip(state.take(take));
    place.and_then(|(ix, take)| state.graph().offer(ix, take.entry)).is_some_and(|offer| {
        let own = state.tickets.contains_key(&(offer.provider.clone(), ticket.clone()));
        !own && desk.knows(&offer.provider, ticket)
    })
}

/// What a search shows of other runs' work is not for this one.
fn without_known(actor: &Actor, message: Message, desk: &impl Desk) -> Message {
    let Message::Report(Report { take, answers, answer: Answer::Candidates(mut candidates) }) = message else {
        return message;
    };
    let state = actor.state();
    let place = state.graph().find(&take.node).zip(state.take(&take.no()));
    if let Some(offer) = place.and_then(|(ix, take)| state.graph().offer(ix, take.entry)) {
        candidates.retain(|one| !desk.knows(&offer.provider, &one.ticket));
    }
    Message::Report(Report { take, answers, answer: Answer::Candidates(candidates) })
}
