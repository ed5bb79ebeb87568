//! What the film crate promises, seen from outside: plans, and films by the real ffmpeg.

mod bench;
mod clips;
mod examples;
mod film;
mod foreign;
mod looks;
mod mistakes;
mod process;
mod round_trip;
mod schema;
