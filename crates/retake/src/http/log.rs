//! What whoever runs the service reads of it: a line for each thing that went on, with its run, its scene and its node.
//!
//! Owns what is worth a line. How a line looks is [`ui::log`](crate::ui::log)'s. Nobody waits for a log: where lines come
//! faster than they are read, they are counted instead.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use retake_engine::fault::Fault;
use retake_engine::id::{NodeId, TakeNo};
use retake_engine::journal::event::{Ending, Stop};
use retake_engine::journal::state::Status;
use retake_engine::journal::{Event, Record, RunState};

use crate::app::{App, Trouble, entry_of};
use crate::ui::json::pause_word;
use crate::ui::log::{Entry, Weight};
use crate::ui::place::Place;

/// How many lines may wait to be written.
const LINES: usize = 4_096;
/// How long the end waits for lines that are still to be written.
const PATIENCE: Duration = Duration::from_secs(1);

enum Order {
    Line(Box<Entry>),
    /// Everything before it was written.
    End(SyncSender<()>),
}

/// Where lines are handed in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    to: Option<SyncSender<Order>>,
    lost: Arc<AtomicU64>,
}

impl std::fmt::Debug for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Order")
    }
}

impl Log {
    /// Has lines written by somebody who may take their time.
    pub(crate) fn start(write: impl Fn(&Entry) + Send + 'static) -> Result<Self, Trouble> {
        let (to, from) = sync_channel(LINES);
        let lost = Arc::<AtomicU64>::default();
        let counted = Arc::clone(&lost);
        let work = move || listen(&from, &counted, &write);
        let thread = std::thread::Builder::new().name("retake-log".into()).spawn(work);
        thread.map_err(|error| Trouble::internal(format!("cannot start the log: {error}")))?;
        Ok(Self { to: Some(to), lost })
    }

    /// Hands a line in, if anybody reads them.
    pub(crate) fn say(&self, entry: Entry) {
        if let Some(to) = &self.to
            && to.try_send(Order::Line(Box::new(entry))).is_err()
        {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits a while until all is written that was handed in.
    pub(crate) fn end(&self) {
        let (told, done) = sync_channel(1);
        if self.to.as_ref().is_some_and(|to| to.try_send(Order::End(told)).is_ok()) {
            let _ = done.recv_timeout(PATIENCE);
        }
    }
}

fn listen(from: &Receiver<Order>, lost: &AtomicU64, write: &dyn Fn(&Entry)) {
    for order in from {
        match order {
            Order::Line(entry) => {
                let at = entry.at;
                write(&entry);
                let missing = lost.swap(0, Ordering::Relaxed);
                if missing > 0 {
                    let says = format!("{missing} lines");
                    write(&Entry { says: Some(says), ..Entry::new(at, Weight::Warn, "lines lost") });
                }
            }
            Order::End(told) => drop(told.send(())),
        }
    }
}

/// Writes down what goes on in all runs from now on.
pub(crate) fn keep_log(app: &App, log: Log) {
    app.listen(move |state, records| {
        for record in records {
            if let Some(entry) = line(state, record) {
                log.say(entry);
            }
        }
    });
}

/// What a record is worth telling.
fn line(state: &RunState, record: &Record) -> Option<Entry> {
    let run = state.spec().id;
    let entry = |weight, what| Entry { run: Some(run), ..Entry::new(record.at, weight, what) };
    let says = |weight, what, says: &str| Entry { says: Some(says.to_owned()), ..entry(weight, what) };
    Some(match &record.event {
        Event::Created { .. } => entry(Weight::Info, "run created"),
        Event::Paused { pause } => says(Weight::Warn, "run paused", pause_word(pause)),
        Event::Continued => entry(Weight::Info, "run continued"),
        Event::Stopped { stop } => says(Weight::Info, "run stopped", stop_word(*stop)),
        Event::Superseded { by } => says(Weight::Info, "run superseded", &by.to_string()),
        Event::Resumed => entry(Weight::Info, "run resumed"),
        Event::Retried => entry(Weight::Info, "run retried"),
        Event::CapSet { cap } => says(Weight::Info, "cap set", &cap.to_string()),
        Event::RoundBegan { round } => says(Weight::Info, "round began", &round.to_string()),
        Event::Ended { ending } => says(weight_of(*ending), "run ended", Status::Ended(*ending).word()),
        Event::Redone { node, .. } => of_node(state, node, entry(Weight::Info, "node redone")),
        // What another node's failure leaves out has not failed itself.
        Event::GaveUp { node, because: Some(_), .. } => of_node(state, node, entry(Weight::Info, "node left out")),
        Event::GaveUp { node, fault, .. } => {
            with_fault(of_node(state, node, entry(Weight::Error, "node given up")), fault)
        }
        Event::Submitted { take, .. } => of_take(state, take, entry(Weight::Info, "take submitted")),
        Event::Found { take, .. } => of_take(state, take, entry(Weight::Info, "take found")),
        Event::Absent { take } => of_take(state, take, entry(Weight::Info, "take absent")),
        Event::Kept { take, .. } => of_take(state, take, entry(Weight::Info, "take kept")),
        Event::Late { take } => of_take(state, take, entry(Weight::Warn, "take late")),
        Event::Held { take } => of_take(state, take, entry(Weight::Warn, "take held")),
        Event::WrittenOff { take } => of_take(state, take, entry(Weight::Warn, "take written off")),
        Event::Stray { take, .. } => of_take(state, take, entry(Weight::Warn, "take stray")),
        Event::Refused { take, fault } => failed(state, take, fault, entry(Weight::Warn, "take refused")),
        Event::Lost { take, fault } => failed(state, take, fault, entry(Weight::Warn, "take unclear")),
        Event::Fell { take, fault, .. } => failed(state, take, fault, entry(Weight::Warn, "take failed")),
        _ => return None,
    })
}

const fn stop_word(stop: Stop) -> &'static str {
    match stop {
        Stop::Land => "paid work lands",
        Stop::Cancel => "paid work is cancelled",
    }
}

const fn weight_of(ending: Ending) -> Weight {
    match ending {
        Ending::Completed | Ending::Cancelled => Weight::Info,
        Ending::Partial => Weight::Warn,
        Ending::Failed => Weight::Error,
    }
}

fn of_node(state: &RunState, node: &NodeId, entry: Entry) -> Entry {
    let ix = state.graph().find(node);
    let scene = ix.and_then(|ix| Place::of(&state.graph().node(ix).spec).scene);
    Entry { scene, node: Some(node.clone()), ..entry }
}

fn of_take(state: &RunState, take: &TakeNo, entry: Entry) -> Entry {
    let entry = Entry { take: Some(take.n), ..of_node(state, &take.node, entry) };
    let model = entry_of(state, take).map(ToString::to_string);
    let at = state.graph().find(&take.node).zip(state.take(take));
    let offer = at.and_then(|(ix, take)| state.graph().offer(ix, take.entry));
    let provider = offer.map(|offer| offer.provider.to_string());
    Entry { model, provider, ..entry }
}

fn failed(state: &RunState, take: &TakeNo, fault: &Fault, entry: Entry) -> Entry {
    with_fault(of_take(state, take, entry), fault)
}

fn with_fault(entry: Entry, fault: &Fault) -> Entry {
    Entry { class: Some(fault.class), says: Some(fault.message.clone()), ..entry }
}
