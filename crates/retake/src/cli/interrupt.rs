//! Ctrl-C and its like: the first one ends in good order, the next one at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::app::Trouble;

/// Hears signals for as long as the process lives.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt {
    count: Arc<AtomicU32>,
}

impl Interrupt {
    /// Listens from now on: `stop` is called for each of the first two, and may take its time; the third ends all.
    pub(crate) fn listen(stop: Arc<dyn Fn() + Send + Sync>, say: impl Fn() + Send + 'static) -> Result<Self, Trouble> {
        let failed = |error: std::io::Error| Trouble::internal(format!("cannot listen for Ctrl-C: {error}"));
        let interrupt = Self::default();
        let last = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&last)).map_err(failed)?;
        }
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(failed)?;
        let count = Arc::clone(&interrupt.count);
        let hear = move || {
            for _ in signals.forever() {
                let before = count.fetch_add(1, Ordering::SeqCst);
                if before == 0 {
                    say();
                }
                last.store(before > 0, Ordering::SeqCst);
                let stop = Arc::clone(&stop);
                let _ = std::thread::Builder::new().name("retake-stop".into()).spawn(move || stop());
            }
        };
        std::thread::Builder::new().name("retake-signals".into()).spawn(hear).map_err(failed)?;
        Ok(interrupt)
    }

    /// Whether somebody wants an end.
    pub(crate) fn is_wanted(&self) -> bool {
        self.count.load(Ordering::SeqCst) > 0
    }
}
