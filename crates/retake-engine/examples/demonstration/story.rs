//! The story: what the journal says, in plain words, a line for everything worth a line.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use retake_engine::fault::{Class, Fault, Origin};
use retake_engine::id::{NodeId, TakeNo, Ticket};
use retake_engine::journal::event::{Ending, Event, Pause};
use retake_engine::journal::state::{RunState, Take, TakeState};
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use retake_engine::sim::{Line, Told};

use crate::paint::{Colour, Tone, dollars};

/// A line of the story.
pub(crate) struct Row {
    after: Duration,
    node: Option<NodeId>,
    tone: Tone,
    text: String,
}

impl Row {
    /// The line as it is printed.
    pub(crate) fn shown(&self, colour: Colour) -> String {
        let (minutes, seconds) = (self.after.as_secs() / 60, self.after.as_secs() % 60);
        let time = format!("{minutes:>2}:{seconds:02}.{}", self.after.subsec_millis() / 100);
        let node = self.node.as_ref().map_or("", NodeId::as_str);
        format!("{}  {node:<14} {}", colour.paint(Tone::Dim, &time), colour.paint(self.tone, &self.text))
    }
}

/// Tells what is worth telling of a run that began then and has come to this state.
pub(crate) fn tell(state: &RunState, began: Moment, story: &[Line]) -> Vec<Row> {
    let (at_providers, rows) = (BTreeMap::new(), Vec::new());
    let (smooth, last_entry) = (smooth(story), BTreeMap::new());
    let mut teller = Teller { state, smooth, last_entry, at_providers, rows, began, after: Duration::ZERO };
    for line in story {
        teller.after = line.after;
        match &line.told {
            Told::Event(_, event) => teller.event(event),
            Told::Crash(_) => teller.say(None, Tone::Bad, "---- the process is killed ----"),
            Told::Restart => teller.restart(),
            Told::Person(what) => teller.say(None, Tone::Plain, *what),
            Told::Broken(why) => teller.say(None, Tone::Bad, why.clone()),
        }
    }
    teller.rows
}

/// The nodes whose only take went from intent to result without a fault.
fn smooth(story: &[Line]) -> BTreeSet<NodeId> {
    let (mut seen, mut rough) = (BTreeSet::new(), BTreeSet::new());
    for line in story {
        let Told::Event(_, event) = &line.told else { continue };
        match event.as_ref() {
            Event::Intended { take, .. } if seen.insert(take.node.clone()) => {}
            Event::Intended { take, .. }
            | Event::Lost { take, .. }
            | Event::Refused { take, .. }
            | Event::Fell { take, .. }
            | Event::Expired { take } => {
                rough.insert(take.node.clone());
            }
            _ => {}
        }
    }
    seen.retain(|node| !rough.contains(node));
    seen
}

struct Teller<'a> {
    state: &'a RunState,
    smooth: BTreeSet<NodeId>,
    /// By which entry of its route each node was tried last.
    last_entry: BTreeMap<NodeId, usize>,
    /// What was accepted and has not come back, as far as the journal knows.
    at_providers: BTreeMap<TakeNo, Ticket>,
    rows: Vec<Row>,
    began: Moment,
    after: Duration,
}

impl<'a> Teller<'a> {
    fn say(&mut self, node: Option<&NodeId>, tone: Tone, text: impl Into<String>) {
        self.rows.push(Row { after: self.after, node: node.cloned(), tone, text: text.into() });
    }

    fn good(&mut self, take: &TakeNo, text: impl Into<String>) {
        self.say(Some(&take.node), Tone::Good, text);
    }

    fn plain(&mut self, take: &TakeNo, text: impl Into<String>) {
        self.say(Some(&take.node), Tone::Plain, text);
    }

    fn trouble(&mut self, take: &TakeNo, text: impl Into<String>) {
        self.say(Some(&take.node), Tone::Trouble, text);
    }

    /// What follows from the line before: it is added to it where that is of the same node.
    fn then(&mut self, node: &NodeId, text: &str) {
        match self.rows.last_mut().filter(|row| row.node.as_ref() == Some(node) && row.after == self.after) {
            Some(row) => row.text = format!("{}; {text}", row.text),
            None => self.say(Some(node), Tone::Trouble, text),
        }
    }

    fn take(&self, no: &TakeNo) -> Option<&'a Take> {
        self.state.take(no)
    }

    fn is_paid(&self, no: &TakeNo) -> bool {
        self.take(no).is_some_and(Take::is_paid)
    }

    fn reserved(&self, no: &TakeNo) -> String {
        dollars(self.take(no).map_or(Money::ZERO, |take| take.worst))
    }

    fn cost(&self, no: &TakeNo) -> String {
        match self.take(no).map(|take| &take.state) {
            Some(TakeState::Kept { cost, .. }) => dollars(*cost),
            Some(_) | None => self.reserved(no),
        }
    }

    /// An entry of the node's route by its name.
    fn entry(&self, node: &NodeId, position: usize) -> String {
        let graph = self.state.graph();
        let entry = graph.find(node).and_then(|ix| graph.node(ix).spec.route.get(position));
        entry.map_or_else(String::new, ToString::to_string)
    }

    fn maker(&self, no: &TakeNo) -> String {
        self.take(no).map_or_else(String::new, |take| self.entry(&no.node, take.entry))
    }

    /// What a node was put together from, if it is one that does with what there is.
    fn scenes(&self, node: &NodeId) -> Option<String> {
        let graph = self.state.graph();
        let parts = &graph.node(graph.find(node)?).awaits;
        let made = parts.iter().filter(|part| self.state.nodes()[**part].outputs().is_some()).count();
        (!parts.is_empty()).then(|| format!("{made} of {} scenes put together, on this machine", parts.len()))
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::Created { run } => {
                self.say(
                    None,
                    Tone::Plain,
                    format!("the run begins; it may never cost more than {}", dollars(run.cap)),
                );
            }
            Event::Intended { take, entry, .. } => self.intended(take, *entry),
            Event::Submitted { take, ticket } => {
                self.at_providers.insert(take.clone(), ticket.clone());
            }
            Event::Resent { take } => {
                self.plain(take, "sent again under the same key, so that it cannot be bought twice");
            }
            Event::Refused { take, fault } => self.refused(take, fault),
            Event::Lost { take, fault } => self.lost(take, fault),
            Event::Found { take, ticket } => {
                self.at_providers.insert(take.clone(), ticket.clone());
                self.good(take, format!("found at the provider as {ticket}: bought once, and not again"));
            }
            Event::Absent { take } => {
                let freed = self.reserved(take);
                self.good(take, format!("proved not to be at {}: {freed} is free again", self.maker(take)));
            }
            Event::Held { take } => self.trouble(take, "nobody can know: it waits for a person"),
            Event::WrittenOff { take } => {
                let lost = self.reserved(take);
                self.trouble(take, format!("nobody can find out whether it was bought: {lost} is written off"));
            }
            Event::Stray { of, ticket, .. } => self.trouble(of, format!("{ticket} turned up as well: it is owed too")),
            Event::Expired { take } => self.trouble(take, "takes too long; it is asked about all the same"),
            Event::Cancelling { take } => self.plain(take, "the provider is asked to stop it"),
            Event::Late { take } => self.trouble(take, "late: its node waits no longer, its money stays reserved"),
            Event::Fell { take, fault, charge, .. } => self.fell(take, fault, *charge),
            Event::Kept { take, adopted, .. } => self.kept(take, *adopted),
            Event::Retrying { node, entry, not_before } => self.retrying(node, *entry, *not_before),
            Event::Failed { node } => self.then(node, "set aside for another round"),
            Event::GaveUp { node, because: None, .. } => self.then(node, "no model is left, it will be missing"),
            Event::Skipped { node, entry, .. } => {
                let text = format!("{} is passed over: it is known to refuse", self.entry(node, *entry));
                self.say(Some(node), Tone::Plain, text);
            }
            Event::Unready { node, fault } => {
                self.say(Some(node), Tone::Trouble, format!("{}: not sent", fault.message));
            }
            Event::Reused { node, .. } => self.say(Some(node), Tone::Good, "is there already: reused for nothing"),
            Event::Waits { node, why } => self.say(Some(node), Tone::Plain, format!("waits: {why}")),
            Event::RoundBegan { .. } => self.say(None, Tone::Plain, "another round over what failed and can pass"),
            Event::Paused { pause } => self.say(None, Tone::Trouble, paused(pause)),
            Event::Continued => self.say(None, Tone::Plain, "it goes on"),
            Event::Ended { ending } => self.say(None, Tone::Bold, ended(*ending)),
            // Bookkeeping, what the table shows, and what only people do.
            Event::GaveUp { because: Some(_), .. }
            | Event::CapSet { .. }
            | Event::DeadlineSet { .. }
            | Event::Stopped { .. }
            | Event::Superseded { .. }
            | Event::Resumed
            | Event::Retried
            | Event::Redone { .. }
            | Event::Picked { .. }
            | Event::Admitted { .. }
            | Event::Keyed { .. }
            | Event::Prepared { .. }
            | Event::Opened { .. }
            | Event::Reviewing { .. }
            | Event::AskedOnceMore { .. }
            | Event::Resolved { .. }
            | Event::Succeeded { .. } => {}
        }
    }

    fn restart(&mut self) {
        self.say(None, Tone::Good, "---- it starts again from its journal ----");
        for (take, ticket) in self.at_providers.clone() {
            self.good(&take, format!("still at the provider as {ticket}: asked about, not bought again"));
        }
    }

    fn intended(&mut self, take: &TakeNo, entry: usize) {
        self.last_entry.insert(take.node.clone(), entry);
        if self.is_paid(take) && !self.smooth.contains(&take.node) {
            let (n, maker, worst) = (take.n, self.maker(take), self.reserved(take));
            self.plain(take, format!("take {n} goes to {maker}, {worst} reserved"));
        }
    }

    fn refused(&mut self, take: &TakeNo, fault: &Fault) {
        let text = match (fault.class, fault.retry_after) {
            (Class::Throttled, Some(wish)) => {
                format!("{} asks for {} s of patience ({})", self.maker(take), wish.as_secs(), fault.message)
            }
            (Class::Rejected, _) => format!("{} refuses: {}", self.maker(take), fault.message),
            (Class::Retired | Class::Denied | Class::Invalid, _) => {
                format!("{} does not take it: {}", self.maker(take), fault.message)
            }
            _ => format!("{}: certainly not bought", fault.message),
        };
        self.trouble(take, text);
    }

    fn lost(&mut self, take: &TakeNo, fault: &Fault) {
        let seen = match fault.origin {
            Origin::Ourselves => "the answer died with the process",
            Origin::Other
            | Origin::Network
            | Origin::Provider
            | Origin::Timeout
            | Origin::RateLimit
            | Origin::Store => fault.message.as_str(),
        };
        let text = if self.is_paid(take) {
            format!("{seen}: was it bought? {} stays reserved", self.reserved(take))
        } else {
            format!("{seen}: work of this machine is simply done again")
        };
        self.trouble(take, text);
    }

    fn fell(&mut self, take: &TakeNo, fault: &Fault, charge: Option<Money>) {
        self.at_providers.remove(take);
        let cost = charge.filter(|charge| !charge.is_zero());
        let cost = cost.map_or_else(String::new, |charge| format!(" ({} was charged)", dollars(charge)));
        self.trouble(take, format!("{}{cost}", fault.message));
    }

    fn kept(&mut self, take: &TakeNo, adopted: bool) {
        self.at_providers.remove(take);
        let smooth = self.smooth.contains(&take.node);
        let maker = self.maker(take);
        match (self.is_paid(take), adopted) {
            (true, true) => self.good(take, format!("made by {maker} for {}", self.cost(take))),
            (true, false) => self.plain(take, format!("one more came from {maker}: it is kept as a spare, and paid")),
            (false, _) => {
                let scenes = self.scenes(&take.node);
                if let Some(text) = scenes.or_else(|| (!smooth).then(|| "made on this machine".into())) {
                    self.good(take, text);
                }
            }
        }
    }

    fn retrying(&mut self, node: &NodeId, entry: usize, not_before: Moment) {
        let wait = not_before.since(self.began.after(self.after));
        let text = match self.last_entry.get(node) {
            Some(last) if *last != entry => format!("{} is tried next", self.entry(node, entry)),
            _ if wait < Duration::from_millis(100) => "tried again at once".into(),
            _ => format!("tried again in {}.{} s", wait.as_secs(), wait.subsec_millis() / 100),
        };
        self.then(node, &text);
    }
}

const fn paused(pause: &Pause) -> &'static str {
    match pause {
        Pause::Budget { .. } => "paused: the next take does not fit the cap",
        Pause::Overrun { .. } => "paused: a provider charged more than it had published",
        Pause::Deadline { .. } => "paused: the time is up",
        Pause::Credentials { .. } => "paused: a provider refuses us",
        Pause::Review { .. } => "paused: a person is to look",
    }
}

const fn ended(ending: Ending) -> &'static str {
    match ending {
        Ending::Completed => "the film is complete",
        Ending::Partial => "the film is delivered, without what nobody would make",
        Ending::Failed => "the film could not be made",
        Ending::Cancelled => "the run was cancelled",
    }
}
