//! The engine as its hosts see it: simulated, mutated, interrupted, and resumed from journals of earlier versions.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bench;
mod budget;
mod clock;
mod closed;
#[cfg(target_os = "linux")]
mod crash;
mod every_run;
mod golden;
mod host;
mod hostile;
mod mutants;
mod outage;
mod persons;
mod prefixes;
mod refusals;
mod showcase;
mod simulation;
mod summary;
mod unison;
mod writer;
