//! The list of runs.

use std::time::Duration;

use retake_engine::id::RunId;
use retake_engine::journal::state::Summary;

use super::paint::{Line, Look, Page, Tone};
use super::summary::face;
use super::text;
use super::words::{self, dollars};

/// The column of runs.
const RUN: usize = 13;
/// The column of statuses.
const STATUS: usize = 10;
/// The column of ages.
const AGE: usize = 8;
/// The column of counts.
const ITEMS: usize = 9;
/// The column of money.
const COST: usize = 9;

/// With less room there are only run, status and film.
const WIDE: usize = 60;

/// A run as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which run.
    pub run: RunId,
    /// What is known of it.
    pub summary: Summary,
    /// How long ago it began.
    pub age: Duration,
}

/// The runs, in the order they are handed over.
#[must_use]
pub fn page(runs: &[Row], look: &Look) -> Page {
    let mut page = Page::new();
    if runs.is_empty() {
        page.say("no run yet");
        page.push(Line::new().with(Tone::Dim, "hint: ").with(Tone::Busy, "retake new PROMPT"));
        return page;
    }
    let wide = look.measure() >= WIDE;
    let narrow_head = || format!("  {:RUN$}  {:STATUS$}film", "run", "status");
    let wide_head = || {
        format!("  {:RUN$}  {:STATUS$}{:>AGE$}  {:>ITEMS$}  {:>COST$}  film", "run", "status", "age", "made", "cost")
    };
    let head = if wide { wide_head() } else { narrow_head() };
    page.push(Line::new().with(Tone::Dim, &head).fit(look.measure()));
    for row in runs {
        page.push(line(row, wide).fit(look.measure()));
    }
    page
}

fn line(row: &Row, wide: bool) -> Line {
    let Row { run, summary, age } = row;
    let (tone, word) = face(&summary.status);
    let items = format!("{}/{}", summary.items.complete, summary.items.total());
    let age = words::span(*age);
    let film = words::title(&summary.about);
    let line =
        Line::new().and("  ").and(&text::pad(&words::short(*run), RUN)).and("  ").with(tone, &text::pad(word, STATUS));
    let line = if wide {
        line.with(Tone::Dim, &text::pad_left(&age, AGE))
            .and("  ")
            .and(&text::pad_left(&items, ITEMS))
            .and("  ")
            .and(&text::pad_left(&dollars(summary.settled.plus(summary.written_off)), COST))
            .and("  ")
    } else {
        line
    };
    line.with(Tone::Bold, film)
}
