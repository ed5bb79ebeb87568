//! The program: what is typed, and what comes of it. What people read stands in the library beside it.
//!
//! Every verb asks for a use case of [`app`]; through the [`door`], where another process owns the data directory.

mod app;
mod cli;
mod config;
mod door;
mod http;
mod mcp;
mod web;

use retake::ui;

fn main() -> std::process::ExitCode {
    cli::main(config::Surroundings::look())
}
