//! What `plan` shows: what would be reused, made and paid, before anything is.
//!
//! It is handed plain rows and works out no price.

use std::time::Duration;

use retake_engine::money::Money;

use super::paint::{Line, Look, Page, Tone};
use super::text;
use super::words::{self, dollars};

/// Films with more rows than this are shown by their first and last scenes.
const ROWS_MAX: usize = 60;
/// How many scenes stand before and after the gap.
const ENDS: usize = 5;
/// The narrowest column of amounts.
const AMOUNT_MIN: usize = 9;

/// What would be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// It is there already.
    Reuse,
    /// It is made.
    Make,
    /// Nothing is done.
    Skip,
}

/// A node that would be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its scene; nothing for what is the film's own.
    pub scene: Option<String>,
    /// The step, with its shot where there is one, such as `video` or `video 2`.
    pub step: String,
    /// What would be done.
    pub act: Act,
    /// By which entry of its route.
    pub model: String,
    /// How long it lasts in the film, where that is known.
    pub length: Option<Duration>,
    /// What it will probably cost.
    pub expected: Money,
    /// What it can cost at the most.
    pub worst: Money,
}

/// What a film would cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Its title.
    pub film: String,
    /// Its nodes, in the order of the film.
    pub rows: Vec<Row>,
    /// Steps that no model makes and that cost nothing, to be done and done before.
    pub steps: (usize, usize),
    /// What it may cost.
    pub cap: Money,
    /// What the film has cost so far, over all its runs.
    pub spent: Money,
    /// What is to be known besides.
    pub warnings: Vec<String>,
    /// Why it would not be begun as it stands, and the way out, one after the other.
    pub refusals: Vec<(String, String)>,
    /// What else there is to know of the amounts.
    pub notes: Vec<String>,
}

impl Quote {
    /// What it will probably cost.
    #[must_use]
    pub fn expected(&self) -> Money {
        self.rows.iter().map(|row| row.expected).sum()
    }

    /// What it can cost at the most.
    #[must_use]
    pub fn worst(&self) -> Money {
        self.rows.iter().map(|row| row.worst).sum()
    }
}

/// How wide each column is.
#[derive(Debug, Clone, Copy)]
struct Columns {
    scene: usize,
    step: usize,
    amount: usize,
    /// Nothing where there is no room for it.
    model: usize,
    /// Whether there is room for lengths.
    length: bool,
    /// Whether there is room for the worst case.
    worst: bool,
}

/// The table.
#[must_use]
pub fn page(quote: &Quote, look: &Look) -> Page {
    let mut page = Page::new();
    page.push(Line::new().with(Tone::Bold, &quote.film).fit(look.measure()));
    page.gap();
    let columns = Columns::of(quote, look);
    page.push(columns.head());
    let groups = groups(&quote.rows);
    let hidden = if quote.rows.len() > ROWS_MAX && groups.len() > 2 * ENDS { ENDS..groups.len() - ENDS } else { 0..0 };
    for (at, group) in groups.iter().enumerate() {
        if at == hidden.start && !hidden.is_empty() {
            page.push(gap(&groups[hidden.clone()], &columns));
        }
        if !hidden.contains(&at) {
            for (place, row) in group.iter().enumerate() {
                page.push(columns.row(row, place == 0));
            }
        }
    }
    totals(quote, &columns, look, &mut page);
    page
}

/// The rows, scene by scene.
fn groups(rows: &[Row]) -> Vec<&[Row]> {
    rows.chunk_by(|one, other| one.scene == other.scene).collect()
}

/// The line that stands for the scenes that are not shown.
fn gap(groups: &[&[Row]], columns: &Columns) -> Line {
    let rows = || groups.iter().flat_map(|group| group.iter());
    let number = |act: Act| rows().filter(|row| row.act == act).count();
    // The signs are those that stand before the rows: there is little room.
    let acts: Vec<String> = [(Act::Make, '+'), (Act::Reuse, '='), (Act::Skip, '-')]
        .into_iter()
        .filter(|(act, _)| number(*act) > 0)
        .map(|(act, sign)| format!("{sign}{}", words::count(number(act))))
        .collect();
    let text = format!("  … {} ({})", words::several(groups.len(), "more scene"), acts.join(" "));
    let expected = rows().map(|row| row.expected).sum();
    let worst = rows().map(|row| row.worst).sum();
    columns.amounts(Line::new().with(Tone::Dim, &text::fit(&text, columns.before())), expected, worst)
}

impl Columns {
    fn of(quote: &Quote, look: &Look) -> Self {
        let widest = |of: &dyn Fn(&Row) -> usize, least: usize, most: usize| {
            quote.rows.iter().map(of).max().unwrap_or(0).clamp(least, most)
        };
        let room = look.measure();
        let wide = room >= 72;
        let scene = widest(&|row| text::width(&text::safe(scene_of(row))), 5, if wide { 20 } else { 10 });
        let step = widest(&|row| text::width(&row.step), 4, 10);
        let (length, worst) = (wide, room >= 52);
        // Signs, gaps, the word of the act, and the amounts.
        let amount = text::width(&dollars(quote.worst().max(quote.expected()))) + 1;
        let amount = amount.max(AMOUNT_MIN);
        let taken = 2 + scene + 1 + step + 1 + 6 + 1 + if length { 8 } else { 0 } + amount * if worst { 2 } else { 1 };
        let model = widest(&|row| text::width(&text::safe(&row.model)), 5, room.saturating_sub(taken).clamp(5, 24));
        let model = if worst { model } else { 0 };
        Self { scene, step, amount, model, length, worst }
    }

    /// How many columns stand before the amounts.
    const fn before(&self) -> usize {
        2 + self.scene + 1 + self.step + 1 + 6 + self.model + 1 + if self.length { 8 } else { 0 }
    }

    fn amounts(&self, line: Line, expected: Money, worst: Money) -> Line {
        let line = line.up_to(self.before()).and(&text::pad_left(&dollars(expected), self.amount));
        if self.worst { line.with(Tone::Dim, &text::pad_left(&dollars(worst), self.amount)) } else { line }
    }

    fn head(&self) -> Line {
        let length = if self.length { text::pad_left("length", 7) + " " } else { String::new() };
        let text = format!(
            "  {} {} {}{} {length}{}{}",
            text::pad("scene", self.scene),
            text::pad("step", self.step),
            text::pad("does", 6),
            text::pad("by", self.model),
            text::pad_left("expected", self.amount),
            if self.worst { text::pad_left("at most", self.amount) } else { String::new() },
        );
        Line::new().with(Tone::Dim, &text)
    }

    fn row(&self, row: &Row, first: bool) -> Line {
        let (sign, word, tone) = match row.act {
            Act::Make => ("+", "make", Tone::Busy),
            Act::Reuse => ("=", "reuse", Tone::Good),
            Act::Skip => ("-", "skip", Tone::Trouble),
        };
        let scene = if first { text::safe(scene_of(row)) } else { String::new() };
        let mut line = Line::new()
            .with(tone, sign)
            .and(" ")
            .with(Tone::Bold, &text::pad(&scene, self.scene))
            .and(" ")
            .and(&text::pad(&text::safe(&row.step), self.step))
            .and(" ")
            .with(tone, &text::pad(word, 6))
            .and(&text::pad(&text::safe(&row.model), self.model))
            .and(" ");
        if self.length {
            let length = row.length.map(seconds).unwrap_or_default();
            line = line.with(Tone::Dim, &text::pad_left(&length, 7)).and(" ");
        }
        self.amounts(line, row.expected, row.worst)
    }
}

fn scene_of(row: &Row) -> &str {
    row.scene.as_deref().unwrap_or("(film)")
}

fn seconds(length: Duration) -> String {
    format!("{}.{} s", length.as_secs(), length.subsec_millis() / 100)
}

fn totals(quote: &Quote, columns: &Columns, look: &Look, page: &mut Page) {
    page.gap();
    let (expected, worst) = (quote.expected(), quote.worst());
    page.push(columns.amounts(Line::new().with(Tone::Bold, "  in all"), expected, worst));
    page.gap();
    let number = |act: Act| quote.rows.iter().filter(|row| row.act == act).count();
    let (make, reuse) = (number(Act::Make), number(Act::Reuse));
    let mut say = |tone: Tone, text: &str| {
        for line in text::wrap(&text::safe(text), look.measure()) {
            page.push(Line::new().with(tone, &line));
        }
    };
    say(Tone::Plain, &format!("{} to make, {} to reuse", words::count(make), words::count(reuse)));
    let (steps, done) = quote.steps;
    if steps + done > 0 {
        let rest = format!("{} steps of cutting, joining and mixing besides", words::count(steps));
        let before = if done > 0 { format!(", {} done before", words::count(done)) } else { String::new() };
        say(Tone::Dim, &format!("{rest}{before}"));
    }
    let spent = if quote.spent.is_zero() {
        String::new()
    } else {
        format!("; the film has cost {} so far", dollars(quote.spent))
    };
    say(
        Tone::Plain,
        &format!("expected {}, at most {}, cap {}{spent}", dollars(expected), dollars(worst), dollars(quote.cap)),
    );
    if expected > quote.cap {
        say(
            Tone::Bad,
            &format!(
                "this does not fit: {} more is needed; raise `budget` in the plan",
                dollars(expected.less(quote.cap))
            ),
        );
    } else if worst > quote.cap {
        say(Tone::Trouble, "the worst case does not fit: the run would pause at the cap and say so");
    }
    for note in &quote.notes {
        say(Tone::Dim, &format!("note: {note}"));
    }
    for warning in &quote.warnings {
        say(Tone::Trouble, &format!("warning: {warning}"));
    }
    for (why, hint) in &quote.refusals {
        say(Tone::Bad, &format!("`retake run` would refuse this: {why}"));
        say(Tone::Plain, &format!("  hint: {hint}"));
    }
    say(Tone::Good, "nothing has been spent");
}
