//! The picture at a terminal goes on while nothing happens: time passes, and estimates with it.
//!
//! Owns the thread that draws. It shows what it was told and knows nothing else.

#![expect(clippy::disallowed_methods, reason = "what is shown goes on by the clock; nothing is decided by it")]

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use retake_engine::host::Outlook;
use retake_engine::journal::{Illegal, Record};
use retake_engine::moment::Moment;

use super::show::Talk;
use crate::ui::live::{Mode, Watch};
use crate::ui::out;

/// How often it is drawn anew.
const BEAT: Duration = Duration::from_millis(200);
/// How often its owner is asked what stands in no journal.
const LOOK: Duration = Duration::from_secs(1);

/// Asks the owner of a run what its nodes wait for.
pub(crate) type Looker = Arc<dyn Fn() -> Option<Outlook> + Send + Sync>;

/// A view that lives.
#[derive(Debug)]
pub(crate) struct Pulse {
    view: Arc<Mutex<View>>,
    /// Goes when the view is to end.
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct View {
    watch: Watch<Talk>,
    colourless: bool,
    /// The moment of what was heard last, and when that was.
    last: (Moment, Instant),
}

impl View {
    /// Takes in what the owner says of the moment. Its clock is not ours where it was set meanwhile.
    fn look_out(&mut self, outlook: Option<Outlook>) {
        let (moment, heard) = self.last;
        self.watch.look_out(outlook, moment.after(heard.elapsed()));
    }

    /// Draws, as of now. A terminal that cannot be written to is no reason to stop.
    fn draw(&mut self) {
        let (moment, heard) = self.last;
        let _ = self.watch.tick(moment.after(heard.elapsed()), out::talk_look(self.colourless));
    }
}

fn held(view: &Mutex<View>) -> MutexGuard<'_, View> {
    view.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pulse {
    /// Begins with the record that begins a run.
    pub(crate) fn begin(first: &Record, mode: Mode, colourless: bool, looker: Option<Looker>) -> Result<Self, Illegal> {
        let watch = Watch::begin(first, mode, out::talk_look(colourless), Talk)?;
        let view = Arc::new(Mutex::new(View { watch, colourless, last: (first.at, Instant::now()) }));
        let (end, ended) = channel::<()>();
        let seen = Arc::clone(&view);
        let beat = move || {
            let mut looked = Instant::now();
            while ended.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                // Whoever answers may take a while: nobody else waits for that.
                if let Some(looker) = looker.as_ref().filter(|_| looked.elapsed() >= LOOK) {
                    let outlook = looker();
                    looked = Instant::now();
                    held(&seen).look_out(outlook);
                }
                held(&seen).draw();
            }
        };
        let thread = match mode {
            // Without a thread it is drawn when something happens.
            Mode::Live | Mode::Plain => std::thread::Builder::new().name("retake-view".into()).spawn(beat).ok(),
            Mode::Quiet => None,
        };
        Ok(Self { view, end: Some(end), thread })
    }

    /// Takes in what happened before anybody watched.
    pub(crate) fn catch_up(&self, record: &Record) -> Result<(), Illegal> {
        let mut view = held(&self.view);
        view.last = (record.at, Instant::now());
        view.watch.catch_up(record)
    }

    /// Goes on by a record.
    pub(crate) fn hear(&self, record: &Record) -> Result<(), Illegal> {
        let mut view = held(&self.view);
        view.last = (record.at, Instant::now());
        view.watch.hear(record)
    }

    /// Draws now.
    pub(crate) fn draw(&self) {
        held(&self.view).draw();
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
