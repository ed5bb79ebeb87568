//! The faces of retake: command line, HTTP service, web page, configuration. It holds no rules.
//!
//! Every verb asks for a use case of [`app`]; through the [`door`], where another process owns the data directory.

mod app;
mod cli;
mod config;
mod door;
mod ui;

fn main() -> std::process::ExitCode {
    cli::main(config::Surroundings::look())
}
