//! The simulator: a host in virtual time, providers of every capability class, and everything that goes wrong.
//!
//! One seed decides all: what is asked for, what fails, when the process dies. The simulator drives the very actors,
//! admission and store that a real host drives, counts at the provider rather than in the journal, and says how a
//! seed breaks a promise. It is compiled with the feature `sim` alone.

mod check;
mod demonstration;
mod dice;
mod host;
mod people;
mod perform;
mod provider;
mod scenario;
mod shelf;
mod story;
mod tally;
mod unison;

pub use check::recount;
pub use dice::Dice;
pub use host::Host;
pub use scenario::{CrashPoint, Scenario, Trouble};
pub use story::{Line, Outcome, Told, Verdict};
pub use tally::Tally;

/// Plays one seed to its end. An assertion of the engine that fails is a broken promise like any other.
#[must_use]
pub fn play(seed: u64) -> Verdict {
    let played = std::panic::catch_unwind(|| Host::new(Scenario::of(seed)).play());
    played.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a word");
        Verdict::panicked(seed, text)
    })
}
