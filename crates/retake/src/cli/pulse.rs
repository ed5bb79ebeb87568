//! The picture at a terminal goes on while nothing happens: time passes, and estimates with it.
//!
//! Owns the thread that draws. It shows what it was told and knows nothing else.

#![expect(clippy::disallowed_methods, reason = "what is shown goes on by the clock; nothing is decided by it")]

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use retake_engine::journal::{Illegal, Record};
use retake_engine::moment::Moment;

use super::show::Talk;
use crate::ui::live::{Mode, Watch};
use crate::ui::out;

/// How often it is drawn anew.
const BEAT: Duration = Duration::from_millis(200);

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
    pub(crate) fn begin(first: &Record, mode: Mode, colourless: bool) -> Result<Self, Illegal> {
        let watch = Watch::begin(first, mode, out::talk_look(colourless), Talk)?;
        let view = Arc::new(Mutex::new(View { watch, colourless, last: (first.at, Instant::now()) }));
        let (end, ended) = channel::<()>();
        let seen = Arc::clone(&view);
        let beat = move || {
            while ended.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                held(&seen).draw();
            }
        };
        let thread = match mode {
            // Without a thread it is drawn when something happens.
            Mode::Live => std::thread::Builder::new().name("retake-view".into()).spawn(beat).ok(),
            Mode::Plain | Mode::Quiet => None,
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
