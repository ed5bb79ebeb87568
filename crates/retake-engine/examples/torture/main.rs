//! A program to be killed: a provider that keeps its own books, and a short film that is bought from it.
//!
//! The tests of the crash sweep start the two roles as processes of their own, kill the second at every write it makes,
//! start it again, and then hold its ledger against the provider's books.

mod books;
mod film;
mod options;
mod outcome;
mod outside;
mod provider;
mod run;
mod wire;

use std::io::{self, Write};
use std::process::ExitCode;

use options::Options;

const USAGE: &str = "\
torture provider --class key|list|none --log FILE [--lag MS] [--late MS] [--work MS]
            [--hold acceptance|answer]
torture run --dir DIR --provider PORT --class key|list|none [--nodes N] [--concurrency N] [--synchronous]
            [--at-line] [--story] [--reserve BYTES] [--grace MS] [--lag MS] [--adopt TAKE=TICKET].. [--resend TAKE].. [--abandon TAKE]..";

#[expect(clippy::disallowed_methods, reason = "a program of the tests is told by its arguments what to do")]
fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let role = arguments.next().unwrap_or_default();
    let options = match Options::read(arguments) {
        Ok(options) => options,
        Err(why) => return usage(&why),
    };
    match role.as_str() {
        "provider" => ended(provider::play(&options).map_err(Into::into)),
        "run" => ended(run::play(&options).and_then(|outcome| Ok(writeln!(io::stdout(), "{outcome}")?))),
        _ => usage(&format!("there is no role `{role}`")),
    }
}

/// What was asked was done, or somebody has said why it could not be.
fn ended(end: Result<(), Box<dyn std::error::Error>>) -> ExitCode {
    end.map_or_else(
        |error| {
            tell(error);
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

fn usage(why: &str) -> ExitCode {
    tell(format!("{why}\n{USAGE}"));
    ExitCode::from(2)
}

/// Says something to whoever looks on. In one piece, and where nobody can hear it, it is not said.
fn tell(what: impl std::fmt::Display) {
    let line = format!("torture: {what}\n");
    drop(io::stderr().write_all(line.as_bytes()));
}
