//! Drawing in place: a page at the bottom of the terminal, and above it what has been said.
//!
//! The cursor is never hidden and never far away, so that there is nothing to put back however the program ends. Twenty
//! lines of escapes do what a library of progress bars would, without its thread and its clock.

use std::io::{self, Write};
use std::time::Duration;

use retake_engine::host::Outlook;
use retake_engine::journal::{Illegal, Record};
use retake_engine::moment::Moment;

use super::board::{Board, News};
use super::paint::{Look, Page};
use super::waits::Said;
use super::words;

/// No more than ten pictures a second.
const BETWEEN: Duration = Duration::from_millis(100);

/// How a run is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// In place, at a terminal.
    Live,
    /// A line for each thing that happens.
    Plain,
    /// Only what needs somebody.
    Quiet,
}

/// A page that is drawn in place.
#[derive(Debug)]
struct Canvas<W: Write> {
    to: W,
    /// How wide the lines of the last picture are.
    drawn: Vec<usize>,
}

impl<W: Write> Canvas<W> {
    /// What takes the cursor back to where the picture begins, in a terminal that may have been made narrower since.
    fn back(&self, look: &Look) -> String {
        let columns = look.columns.max(1);
        let lines: usize = self.drawn.iter().map(|width| width.div_ceil(columns).max(1)).sum();
        if lines == 0 { String::new() } else { format!("\r\u{1b}[{lines}A\u{1b}[0J") }
    }

    /// Puts the text above a new picture.
    fn draw(&mut self, above: &str, page: &Page, look: &Look) -> io::Result<()> {
        let picture = page.render(look);
        // In one write, and between two marks that make terminals show it in one go.
        let text = format!("\u{1b}[?2026h{}{above}{picture}\u{1b}[?2026l", self.back(look));
        self.drawn = page.lines.iter().map(|line| line.fit(look.columns).width()).collect();
        self.to.write_all(text.as_bytes())?;
        self.to.flush()
    }

    fn clear(&mut self, look: &Look) -> io::Result<()> {
        let text = self.back(look);
        self.drawn.clear();
        self.to.write_all(text.as_bytes())?;
        self.to.flush()
    }
}

/// Somebody watches a run.
#[derive(Debug)]
pub struct Watch<W: Write> {
    board: Board,
    mode: Mode,
    look: Look,
    canvas: Canvas<W>,
    next: Moment,
    /// What is to be said with the next picture.
    unsaid: String,
    /// Which waits were said.
    said: Said,
}

impl<W: Write> Watch<W> {
    /// Watches the run that this record begins.
    ///
    /// # Errors
    /// Says so where the record begins no run.
    pub fn begin(first: &Record, mode: Mode, look: Look, to: W) -> Result<Self, Illegal> {
        let canvas = Canvas { to, drawn: Vec::new() };
        let board = Board::begin(first)?;
        Ok(Self { board, mode, look, canvas, next: first.at, unsaid: String::new(), said: Said::default() })
    }

    /// Takes in what happened before anybody watched, without a word.
    ///
    /// # Errors
    /// Says why the record cannot follow.
    pub fn catch_up(&mut self, record: &Record) -> Result<(), Illegal> {
        self.board.hear(record).map(drop)
    }

    /// Goes on by a record. At a terminal it is seen with the next [`Self::tick`].
    ///
    /// # Errors
    /// Says why the record cannot follow.
    pub fn hear(&mut self, record: &Record) -> Result<(), Illegal> {
        let news = self.board.hear(record)?;
        let stamp = words::stamp(self.board.story().worked());
        for news in news {
            let said = match (&news, self.mode) {
                (News::Line(_), Mode::Live | Mode::Quiet) | (News::Card(_), Mode::Quiet) => continue,
                (News::Line(line), Mode::Plain) => format!("{stamp}  {}\n", line.render(self.look.colour)),
                (News::Card(card) | News::Call(card), Mode::Live | Mode::Plain | Mode::Quiet) => {
                    card.render(&self.look)
                }
            };
            self.unsaid.push_str(&said);
        }
        Ok(())
    }

    /// Takes in what the owner of the run knows of this moment and no journal does.
    pub fn look_out(&mut self, outlook: Option<Outlook>, now: Moment) {
        if let (Some(outlook), Mode::Plain) = (&outlook, self.mode) {
            let stamp = words::stamp(self.board.story().elapsed(now));
            for line in self.said.news(self.board.story(), outlook, now) {
                self.unsaid.push_str(&format!("{stamp}  {}\n", super::text::safe(&line)));
            }
        }
        self.board.look_out(outlook);
    }

    /// Writes what is to be written now; the terminal may have changed its size.
    ///
    /// # Errors
    /// Says so where it cannot be written.
    pub fn tick(&mut self, now: Moment, look: Look) -> io::Result<()> {
        self.look = look;
        // Where the clock was set back, the next picture is not as far away as it seems.
        let due = now >= self.next || now.after(BETWEEN) < self.next;
        match self.mode {
            Mode::Live if due => {
                self.next = now.after(BETWEEN);
                let above = std::mem::take(&mut self.unsaid);
                let page = self.board.page(&self.look, now);
                self.canvas.draw(&above, &page, &self.look)
            }
            Mode::Live => Ok(()),
            Mode::Plain | Mode::Quiet => self.say(),
        }
    }

    fn say(&mut self) -> io::Result<()> {
        let text = std::mem::take(&mut self.unsaid);
        self.canvas.to.write_all(text.as_bytes())?;
        self.canvas.to.flush()
    }

    /// Takes the picture away and says what is still unsaid. What comes then is written where the picture was.
    ///
    /// # Errors
    /// Says so where it cannot be written.
    pub fn end(&mut self) -> io::Result<()> {
        self.canvas.clear(&self.look)?;
        self.say()
    }

    /// What it shows.
    pub const fn board(&self) -> &Board {
        &self.board
    }
}

impl<W: Write> Drop for Watch<W> {
    fn drop(&mut self) {
        // Nobody is left to be told that it could not be written.
        let _ = self.end();
    }
}
