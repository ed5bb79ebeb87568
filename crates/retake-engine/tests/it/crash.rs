//! A real process is killed at every write it makes, and what it bought is counted at the provider.
//!
//! The program that dies is the example `torture`: it hosts the engine over a store on disk and buys from a provider that
//! is a process of its own. Everything here watches it from outside, by its system calls; nothing asks the engine.
//!
//! `make test` tries a sample. `RETAKE_CRASH=whole` (`make crash`) tries all there is, and `RETAKE_CRASH='list pwrite64
//! 12'` a single point, as a failure names it.

mod books;
mod disk;
mod errors;
mod extent;
mod in_flight;
mod order;
mod points;
mod process;
mod stage;
mod sweep;
mod trace;
