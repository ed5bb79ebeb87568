//! The models that plans can name: a table of them, one in full, and what a look at their providers came to.
//!
//! It is handed plain rows and knows neither a catalogue nor a provider.

use super::paint::{Line, Look, Page, Tone};
use super::text;
use super::words;

/// The widest that a name is shown.
const NAME_MAX: usize = 20;
/// The column of providers.
const PROVIDER: usize = 10;
/// The narrowest and the widest column of prices.
const PRICE_MIN: usize = 5;
const PRICE_MAX: usize = 30;
/// From this width on there is room for who sells them.
const WIDE: usize = 72;
/// From this width on there is room for what a model is good for.
const ABOUT: usize = 110;
/// The column of what is told of one.
const TOLD: usize = 11;
/// The order in which kinds are listed.
const KINDS: [&str; 9] = ["video", "image", "speech", "music", "code", "compile", "align", "emotion", "rig"];

/// A model, as the table shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Its short name.
    pub name: String,
    /// What it makes.
    pub kind: String,
    /// Who sells it.
    pub provider: String,
    /// What it costs, in few letters.
    pub price: String,
    /// Whether price or limits rest on memory.
    pub unverified: bool,
    /// What it is good for.
    pub about: String,
    /// Whether it can be used here.
    pub available: bool,
    /// Whether it is a server of the user's own, of which nobody knows whether it runs.
    pub own: bool,
    /// The variable that would hold its key.
    pub set: Option<String>,
}

/// The table, kind by kind; those that can be used here come first.
#[must_use]
pub fn page(rows: &[Row], look: &Look) -> Page {
    let mut page = Page::new();
    if rows.is_empty() {
        page.say("no model is like that");
        page.push(Line::new().with(Tone::Dim, "hint: ").with(Tone::Busy, "retake models"));
        return page;
    }
    let widest = |of: fn(&Row) -> &str, least: usize, most: usize| {
        rows.iter().map(|row| text::width(&text::safe(of(row)))).max().unwrap_or(0).clamp(least, most)
    };
    let (name, state) = (widest(|row| &row.name, 5, NAME_MAX), widest(state, 5, 24));
    let provider = look.measure() >= WIDE;
    let room = look.measure().saturating_sub(4 + name + 1 + if provider { PROVIDER + 1 } else { 0 } + 1 + state);
    let price = rows.iter().map(|row| text::width(&price(row))).max().unwrap_or(0);
    let price = price.clamp(PRICE_MIN, PRICE_MAX.min(room.max(PRICE_MIN)));
    let columns = Columns { name, provider, price, state, about: look.measure() >= ABOUT };
    let known = |kind: &str| KINDS.iter().position(|known| *known == kind).unwrap_or(KINDS.len());
    let mut kinds: Vec<&str> = rows.iter().map(|row| row.kind.as_str()).collect();
    kinds.sort_by_key(|kind| (known(kind), *kind));
    kinds.dedup();
    for kind in kinds {
        page.gap();
        let mut of_kind: Vec<&Row> = rows.iter().filter(|row| row.kind == kind).collect();
        of_kind.sort_by_key(|row| (!row.available, row.own));
        page.push(Line::new().with(Tone::Bold, kind).with(Tone::Dim, &format!("  {}", words::count(of_kind.len()))));
        for row in of_kind {
            page.push(columns.line(row).fit(look.measure()));
        }
    }
    page.gap();
    foot(rows, look, &mut page);
    page
}

fn foot(rows: &[Row], look: &Look, page: &mut Page) {
    let own = rows.iter().filter(|row| row.available && row.own).count();
    let available = rows.iter().filter(|row| row.available).count() - own;
    let mut say = |tone: Tone, text: &str| {
        for line in text::wrap(text, look.measure()) {
            page.push(Line::new().with(tone, &line));
        }
    };
    let all = words::several(rows.len(), "model");
    let more = if own > 0 { format!(", {} more if your own servers run", words::count(own)) } else { String::new() };
    say(Tone::Plain, &format!("{all}, {} of them can be used here{more}", words::count(available)));
    if rows.iter().any(|row| row.unverified) {
        say(Tone::Dim, "a price with ~ is not sure; look at the provider's page before you trust it");
    }
    say(Tone::Dim, "`retake models NAME` tells all of one, `--check` asks the providers");
}

struct Columns {
    name: usize,
    /// Whether there is room for providers.
    provider: bool,
    price: usize,
    state: usize,
    about: bool,
}

impl Columns {
    fn line(&self, row: &Row) -> Line {
        let tone = if row.available && !row.own { Tone::Good } else { Tone::Dim };
        let line = Line::new().with(tone, mark(row)).and(&text::pad(&text::safe(&row.name), self.name)).and(" ");
        let provider = text::pad(&text::safe(&row.provider), PROVIDER);
        let line = if self.provider { line.with(Tone::Dim, &provider).and(" ") } else { line };
        let line = line
            .and(&text::pad(&price(row), self.price))
            .and(" ")
            .with(tone, &text::pad(&text::safe(state(row)), self.state));
        if self.about { line.and(" ").with(Tone::Dim, &row.about) } else { line }
    }
}

fn price(row: &Row) -> String {
    let sure = if row.unverified { "~" } else { "" };
    format!("{sure}{}", row.price)
}

fn mark(row: &Row) -> &'static str {
    match (row.available, row.own) {
        (true, false) => "  ✓ ",
        (true, true) => "  ? ",
        (false, _) => "  · ",
    }
}

fn state(row: &Row) -> &str {
    match (&row.set, row.available) {
        (_, true) if row.own => "if it runs",
        (_, true) => "ready",
        (Some(variable), false) => variable,
        (None, false) => "not here",
    }
}

/// One model: its title, and all that is known of it, a name and a text each.
#[must_use]
pub fn one(name: &str, about: &str, facts: &[(&str, String)], look: &Look) -> Page {
    let mut page = Page::new();
    page.push(
        Line::new()
            .with(Tone::Bold, name)
            .with(Tone::Dim, &if about.is_empty() { String::new() } else { format!("  {about}") }),
    );
    page.gap();
    let room = look.measure().saturating_sub(TOLD + 3);
    for (name, what) in facts.iter().filter(|(_, what)| !what.is_empty()) {
        for (at, line) in text::wrap(&text::safe(what), room).iter().enumerate() {
            let name = if at == 0 { name } else { "" };
            page.push(Line::new().and("  ").with(Tone::Dim, &text::pad(name, TOLD)).and(" ").and(line));
        }
    }
    page
}

/// What a look at a model came to, as one line and what was found below it.
#[must_use]
pub fn checked(name: &str, provider: &str, finding: &str, said: &[String], look: &Look) -> Page {
    let (sign, tone, words) = match finding {
        "agrees" => ("=", Tone::Good, "agrees"),
        "differs" => ("!", Tone::Bad, "differs"),
        "gone" => ("!", Tone::Bad, "is gone"),
        "unpublished" => ("·", Tone::Dim, "publishes nothing to compare"),
        "unasked" => ("·", Tone::Dim, "not asked"),
        _ => ("?", Tone::Trouble, "no answer"),
    };
    let mut page = Page::new();
    let head = Line::new().with(tone, sign).and(" ").and(&text::pad(&text::safe(name), NAME_MAX)).and(" ");
    let head = head.with(Tone::Dim, &text::pad(&text::safe(provider), PROVIDER)).and(" ").with(tone, words);
    let short = matches!(finding, "unasked") && said.len() == 1;
    if short {
        page.push(head.with(Tone::Dim, &format!(": {}", said[0])).fit(look.measure()));
        return page;
    }
    page.push(head.fit(look.measure()));
    for line in said.iter().flat_map(|line| text::wrap(&text::safe(line), look.measure().saturating_sub(4))) {
        page.push(Line::new().and("    ").and(&line));
    }
    page
}
