//! What the film crate promises, seen from outside, with the real ffmpeg.

mod bench;
mod clips;
mod film;
mod foreign;
mod looks;
mod process;
