//! What is wrong with a plan, as data, and how it reads as plain text.
//!
//! Knows the text of the plan, not its meaning. Faces may show the fields in their own way.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;
use unicode_width::UnicodeWidthChar;

use super::limits::MISTAKES_MAX;

/// How many characters of a line are shown around a mistake.
const SHOWN_CHARS: usize = 96;
/// How many of them stand before it.
const BEFORE_CHARS: usize = 40;

/// Where something stands in the text: its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What is wrong, why, and the way out, before it is known where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint {
    what: String,
    why: String,
    hint: String,
    /// Whether the line may hold a secret, so that it is not shown.
    hides: bool,
}

impl Complaint {
    pub(crate) fn new(what: impl Into<String>, why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), why: why.into(), hint: hint.into(), hides: false }
    }

    /// The same about a line that may hold a secret.
    pub(crate) fn hiding(self) -> Self {
        Self { hides: true, ..self }
    }
}

/// One thing that is wrong with a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
    /// The rule that it breaks.
    pub why: String,
    /// The way out.
    pub hint: String,
    /// The part of the line around it, safe to show.
    pub snippet: String,
    /// How many columns of a terminal stand before the mistake in the snippet.
    pub caret: usize,
    /// How many columns it takes there.
    pub width: usize,
}

/// Everything that is wrong with a plan, in the order of its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mistakes {
    /// The first of them.
    pub list: Vec<Mistake>,
    /// How many there are beyond those.
    pub more: usize,
}

impl std::error::Error for Mistakes {}

impl std::fmt::Display for Mistakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.render("the plan"))
    }
}

impl Mistakes {
    /// Places complaints in the text they are about.
    pub(crate) fn placed(text: &str, mut complaints: Vec<(Spot, Complaint)>) -> Self {
        complaints.sort_by_key(|(spot, _)| *spot);
        complaints.dedup();
        let more = complaints.len().saturating_sub(MISTAKES_MAX);
        complaints.truncate(MISTAKES_MAX);
        let mut lines = Lines { text, line: 1, start: 0, at: 0, column: 1 };
        let mut hidden = BTreeSet::new();
        let mut list = Vec::new();
        for (spot, complaint) in complaints {
            let hides = complaint.hides;
            let mistake = lines.place(spot, complaint);
            hidden.extend(hides.then_some(mistake.line));
            list.push(mistake);
        }
        // What one mistake hides, another on the same line must not show.
        for mistake in list.iter_mut().filter(|mistake| hidden.contains(&mistake.line)) {
            mistake.hide();
        }
        Self { list, more }
    }

    /// As plain text, for a file of this name.
    #[must_use]
    pub fn render(&self, name: &str) -> String {
        let mut out = String::new();
        for mistake in &self.list {
            mistake.render(name, &mut out);
            out.push('\n');
        }
        let count = self.list.len() + self.more;
        let noun = if count == 1 { "mistake" } else { "mistakes" };
        let _ = write!(out, "{count} {noun}");
        if self.more > 0 {
            let _ = write!(out, ", the first {} are shown", self.list.len());
        }
        out.push('\n');
        out
    }
}

impl Mistake {
    /// Keeps the line of the text to itself.
    fn hide(&mut self) {
        self.snippet.clear();
        (self.caret, self.width) = (0, 1);
    }

    fn render(&self, name: &str, out: &mut String) {
        let Self { line, column, what, why, hint, snippet, caret, width } = self;
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        let _ = writeln!(out, "{name}:{line}:{column}: {what}");
        if !snippet.is_empty() {
            let _ = writeln!(out, " {number} | {snippet}");
            let _ = writeln!(out, " {margin} | {}{}", " ".repeat(*caret), "^".repeat(*width));
        }
        if !why.is_empty() {
            let _ = writeln!(out, " {margin} = {why}");
        }
        let _ = writeln!(out, " {margin} = hint: {hint}");
    }
}

/// Walks the lines of a text from front to back.
struct Lines<'t> {
    text: &'t str,
    line: usize,
    start: usize,
    /// How far columns were counted.
    at: usize,
    column: usize,
}

impl Lines<'_> {
    fn place(&mut self, spot: Spot, complaint: Complaint) -> Mistake {
        let at = floor(self.text, spot.start);
        while let Some(length) = self.text[self.start..at].find('\n') {
            self.start += length + 1;
            self.line += 1;
            (self.at, self.column) = (self.start, 1);
        }
        self.column += self.text[self.at..at].chars().count();
        self.at = at;
        let rest = &self.text[self.start..];
        let whole = rest.find('\n').map_or(rest, |length| &rest[..length]).trim_end_matches('\r');
        let before = at - self.start;
        let column = self.column;
        let end = floor(self.text, spot.end).clamp(at, (self.start + whole.len()).max(at)) - self.start;
        let Complaint { what, why, hint, hides: _ } = complaint;
        let (start, end) = (before.min(whole.len()), end.min(whole.len()));
        let (snippet, caret, width) = excerpt(whole, start, end);
        Mistake { line: self.line, column, what, why, hint, snippet, caret, width }
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// What is shown of a line, and where and how wide the mark under it stands.
fn excerpt(line: &str, start: usize, end: usize) -> (String, usize, usize) {
    let from = line[..start].char_indices().rev().nth(BEFORE_CHARS - 1).map_or(0, |(at, _)| at);
    let mut out = if from > 0 { "… ".to_owned() } else { String::new() };
    let (mut column, mut caret, mut width) = (if from > 0 { 2 } else { 0 }, None, 0);
    for (count, (at, letter)) in line[from..].char_indices().enumerate() {
        let at = from + at;
        if at == start {
            caret = Some(column);
        }
        if count == SHOWN_CHARS {
            out.push_str(" …");
            break;
        }
        let shown = if is_safe(letter) { letter } else { '\u{fffd}' };
        let columns = shown.width().unwrap_or(1);
        out.push(shown);
        column += columns;
        width += if (start..end).contains(&at) { columns } else { 0 };
    }
    (out.trim_end().to_owned(), caret.unwrap_or(column), width.max(1))
}

/// Whether a terminal shows this letter as one letter, in its place.
pub(crate) fn is_safe(letter: char) -> bool {
    !letter.is_control() && !is_director(letter)
}

/// Whether this character only tells how others are laid out, so that a text reads otherwise than it is.
pub(crate) fn is_director(letter: char) -> bool {
    matches!(letter, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A text of the user's as it may stand in a message: short, in one line, in backticks.
pub(crate) fn quoted(text: &str) -> String {
    const QUOTED_CHARS: usize = 48;
    let shown = |letter: char| if is_safe(letter) { letter } else { '\u{fffd}' };
    let mut out: String = text.chars().take(QUOTED_CHARS).map(shown).collect();
    if text.chars().nth(QUOTED_CHARS).is_some() {
        out.push('…');
    }
    format!("`{out}`")
}
