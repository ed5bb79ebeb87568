//! What people see. The only place that prints: data to stdout, talk to stderr.

use std::io::{self, IsTerminal as _, Write as _};

/// Data, for pipes.
pub(crate) fn data(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Talk, for people.
pub(crate) fn talk(text: &str) -> io::Result<()> {
    io::stderr().lock().write_all(text.as_bytes())
}

/// Whether a person sits there, who can read a question and answer it.
pub(crate) fn is_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}
