//! The one place that writes: data to the standard output, talk to the standard error.

use std::io::{self, ErrorKind, IsTerminal, Write};

use super::paint::Look;

/// Writes data. Who reads it may have stopped reading, which is no failure of ours.
///
/// # Errors
/// Says so where it cannot be written for any other reason.
pub fn data(text: &str) -> io::Result<()> {
    write(&mut io::stdout().lock(), text)
}

/// Writes talk.
///
/// # Errors
/// Says so where it cannot be written; nobody is left to be told, so most callers let it pass.
pub fn talk(text: &str) -> io::Result<()> {
    write(&mut io::stderr().lock(), text)
}

/// Writes all of it in one go, so that lines of several programs do not mix.
fn write(to: &mut impl Write, text: &str) -> io::Result<()> {
    match to.write_all(text.as_bytes()).and_then(|()| to.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Whether somebody sits at the terminal to which talk goes.
#[must_use]
pub fn is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// How talk looks to whoever reads it; `colourless` where they want no colour.
#[must_use]
pub fn talk_look(colourless: bool) -> Look {
    look(&io::stderr(), colourless)
}

/// The same for data.
#[must_use]
pub fn data_look(colourless: bool) -> Look {
    look(&io::stdout(), colourless)
}

fn look(to: &(impl IsTerminal + std::os::fd::AsFd), colourless: bool) -> Look {
    if !to.is_terminal() {
        return Look::PLAIN;
    }
    let size = rustix::termios::tcgetwinsize(to).ok();
    // Some terminals do not know their size and say that it is nothing.
    let or = |size: Option<u16>, other: usize| size.filter(|size| *size > 0).map_or(other, usize::from);
    Look {
        columns: or(size.map(|size| size.ws_col), Look::PLAIN.columns),
        rows: or(size.map(|size| size.ws_row), Look::PLAIN.rows),
        colour: !colourless,
    }
}
