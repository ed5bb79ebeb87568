//! What the film crate promises, seen from outside: plans, and films by the real ffmpeg.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod artifacts;
mod bench;
mod clips;
mod contract;
mod deliver;
mod download;
mod examples;
mod film;
mod foreign;
mod looks;
mod make;
mod mistakes;
mod plates;
mod process;
mod queues;
mod references;
mod round_trip;
mod schedule;
mod schema;
mod shop;
mod site;
mod sold;
mod stills;
mod voice;
