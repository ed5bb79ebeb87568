//! What must hold for the project as a whole, and what people read, in one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod browser;
mod cli;
mod invariants;
mod samples;
mod serve;
mod source;
mod ui;
mod web;
