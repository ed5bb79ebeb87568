//! Lines of text with a tone, and how they look to whoever reads them.
//!
//! A tone is never the only carrier of what is said: without colour every line reads the same.

use super::text;

/// How a text is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    Plain,
    /// Beside the point.
    Dim,
    /// What the line is about.
    Bold,
    /// Under way.
    Busy,
    /// Done, or saved.
    Good,
    /// Trouble that can pass.
    Trouble,
    /// Lost.
    Bad,
}

/// How it looks to whoever reads: how much room there is, and whether there is colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Columns of the terminal.
    pub columns: usize,
    /// Lines of the terminal.
    pub rows: usize,
    /// Whether there is colour.
    pub colour: bool,
}

impl Look {
    /// The room that is assumed where there is no terminal to ask.
    pub const PLAIN: Self = Self { columns: 80, rows: 24, colour: false };

    /// The columns that are written to: neither too few to say anything nor so many that the eye loses its line.
    #[must_use]
    pub fn measure(&self) -> usize {
        self.columns.clamp(24, 120)
    }
}

/// A line, piece by piece.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    pieces: Vec<(Tone, String)>,
}

impl Line {
    /// An empty line.
    #[must_use]
    pub const fn new() -> Self {
        Self { pieces: Vec::new() }
    }

    /// The line with this text at its end, made safe to show.
    #[must_use]
    pub fn with(mut self, tone: Tone, text: &str) -> Self {
        if !text.is_empty() {
            self.pieces.push((tone, text::safe(text)));
        }
        self
    }

    /// The line with this text at its end.
    #[must_use]
    pub fn and(self, text: &str) -> Self {
        self.with(Tone::Plain, text)
    }

    /// The line with these at its end, a dot between each two.
    #[must_use]
    pub fn dotted<'a>(self, parts: impl IntoIterator<Item = (Tone, &'a str)>) -> Self {
        let parts = parts.into_iter().filter(|(_, text)| !text.is_empty()).enumerate();
        parts.fold(self, |line, (at, (tone, text))| {
            let line = if at > 0 { line.with(Tone::Dim, " · ") } else { line };
            line.with(tone, text)
        })
    }

    /// The line filled up with spaces to so many columns.
    #[must_use]
    pub fn up_to(self, columns: usize) -> Self {
        let missing = columns.saturating_sub(self.width());
        self.and(&" ".repeat(missing))
    }

    /// How many columns it takes.
    #[must_use]
    pub fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| text::width(text)).sum()
    }

    /// The line, cut where it does not fit.
    #[must_use]
    pub fn fit(&self, columns: usize) -> Self {
        if self.width() <= columns {
            return self.clone();
        }
        let mut line = Self::new();
        let mut left = columns;
        for (tone, text) in &self.pieces {
            let wide = text::width(text);
            if wide >= left {
                // A piece that just fits would hide that more was to follow.
                let cut = if wide == left { text::fit(&format!("{text} "), left) } else { text::fit(text, left) };
                line.pieces.push((*tone, cut));
                break;
            }
            left -= wide;
            line.pieces.push((*tone, text.clone()));
        }
        line
    }

    /// The line as it is written.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let mut out = String::new();
        for (tone, text) in &self.pieces {
            match tone.code().filter(|_| colour) {
                Some(code) => {
                    out.push_str(code);
                    out.push_str(text);
                    out.push_str("\u{1b}[0m");
                }
                None => out.push_str(text),
            }
        }
        // Spaces at the end are seen by nobody but make narrow terminals wrap.
        out.trim_end_matches(' ').to_owned()
    }
}

impl Tone {
    const fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Dim => Some("\u{1b}[2m"),
            Self::Bold => Some("\u{1b}[1m"),
            Self::Busy => Some("\u{1b}[36m"),
            Self::Good => Some("\u{1b}[32m"),
            Self::Trouble => Some("\u{1b}[33m"),
            Self::Bad => Some("\u{1b}[31m"),
        }
    }
}

/// Lines, one below the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The lines.
    pub lines: Vec<Line>,
}

impl Page {
    /// A page without lines.
    #[must_use]
    pub const fn new() -> Self {
        Self { lines: Vec::new() }
    }

    /// Adds a line.
    pub fn push(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// Adds a line without tone.
    pub fn say(&mut self, text: &str) {
        self.push(Line::new().and(text));
    }

    /// Adds an empty line, unless the page would begin with it or have two.
    pub fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| line.width() > 0) {
            self.push(Line::new());
        }
    }

    /// Adds the lines of another page.
    pub fn append(&mut self, other: Self) {
        self.lines.extend(other.lines);
    }

    /// The page as it is written, each line cut to the width of who reads it.
    #[must_use]
    pub fn render(&self, look: &Look) -> String {
        let mut out = String::new();
        for line in &self.lines {
            out.push_str(&line.fit(look.columns).render(look.colour));
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_across_its_pieces() {
        let line = Line::new().with(Tone::Good, "made").and(" by ").with(Tone::Bold, "seedance");
        assert_eq!(line.fit(40).render(false), "made by seedance");
        assert_eq!(line.fit(12).render(false), "made by see…");
        assert_eq!(line.fit(4).render(false), "mad…");
        assert_eq!(line.fit(4).render(true), "\u{1b}[32mmad…\u{1b}[0m");
        for columns in 0..20 {
            assert!(line.fit(columns).width() <= columns);
        }
    }

    #[test]
    fn no_text_brings_its_own_escapes() {
        let line = Line::new().with(Tone::Bad, "a\u{1b}[0mb");
        assert_eq!(line.render(true).matches('\u{1b}').count(), 2);
    }
}
