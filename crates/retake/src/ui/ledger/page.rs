//! The ledger as people read it: what was paid for, take by take; what cost nothing is counted.

use retake_engine::money::Money;

use super::{Entry, Ledger, Run, Sums};
use crate::ui::paint::{Line, Look, Page, Tone};
use crate::ui::text;
use crate::ui::words::{self, dollars};

/// The narrowest and the widest column of takes.
const TAKE_MIN: usize = 12;
const TAKE_MAX: usize = 40;
/// The widest column of models.
const MODEL_MAX: usize = 16;
/// From this width on there is room for all columns.
const WIDE: usize = 72;
/// The narrowest column of amounts.
const AMOUNT_MIN: usize = 9;

/// The ledger; `all` says whether takes are listed that cost nothing.
#[must_use]
pub fn page(ledger: &Ledger, all: bool, look: &Look) -> Page {
    let mut page = Page::new();
    if ledger.runs.is_empty() {
        page.say("nothing was spent yet: there is no run");
    }
    let columns = Columns::of(ledger, all, look);
    for run in &ledger.runs {
        page.gap();
        run_of(run, all, &columns, look, &mut page);
    }
    models(ledger, look, &mut page);
    totals(ledger, look, &mut page);
    page
}

struct Columns {
    /// Whether there is room for what was reserved.
    wide: bool,
    take: usize,
    model: usize,
    outcome: usize,
    amount: usize,
}

impl Columns {
    fn of(ledger: &Ledger, all: bool, look: &Look) -> Self {
        let shown = || ledger.runs.iter().flat_map(|run| &run.takes).filter(move |take| all || take.paid);
        let widest = |of: &dyn Fn(&Entry) -> usize| shown().map(of).max().unwrap_or(0);
        let amount = widest(&|take| text::width(&dollars(take.at_most_usd.max(take.settled_usd)))) + 1;
        let amount = amount.max(AMOUNT_MIN);
        let model = widest(&|take| text::width(&text::safe(&take.model))).clamp(5, MODEL_MAX);
        let outcome = widest(&|take| text::width(&outcome(take))).clamp(7, 19);
        let wide = look.measure() >= WIDE;
        let amounts = if wide { 2 * amount } else { amount };
        let room = look.measure().saturating_sub(2 + 1 + model + 1 + outcome + amounts);
        let take = widest(&|take| text::width(&text::safe(&take.take))).clamp(TAKE_MIN, room.clamp(TAKE_MIN, TAKE_MAX));
        Self { wide, take, model, outcome, amount }
    }

    fn line(&self, take: &str, model: &str, outcome: (Tone, &str), amounts: [&str; 2]) -> Line {
        let line = Line::new()
            .and("  ")
            .and(&text::pad(take, self.take))
            .and(" ")
            .and(&text::pad(model, self.model))
            .and(" ")
            .with(outcome.0, &text::pad(outcome.1, self.outcome));
        let line = if self.wide { line.and(&text::pad_left(amounts[0], self.amount)) } else { line };
        line.with(Tone::Bold, &text::pad_left(amounts[1], self.amount))
    }
}

fn run_of(run: &Run, all: bool, columns: &Columns, look: &Look, page: &mut Page) {
    let short: String = run.run.chars().take(13).collect();
    let of = if run.writing { ", the writing of its scenes" } else { "" };
    let head = Line::new().with(Tone::Bold, &run.film).with(Tone::Dim, &format!(": {}  run {short}{of}", run.status));
    page.push(head.fit(look.measure()));
    let shown: Vec<&Entry> = run.takes.iter().filter(|take| all || take.paid).collect();
    if !shown.is_empty() {
        let head = columns.line("take", "model", (Tone::Plain, "outcome"), ["reserved", "settled"]);
        page.push(Line::new().with(Tone::Dim, &head.render(false)));
    }
    for take in &shown {
        let cost = take.settled_usd.plus(take.written_off_usd);
        let at_most = if take.paid { dollars(take.at_most_usd) } else { String::new() };
        let line = columns.line(
            &text::safe(&take.take),
            &text::safe(&take.model),
            (tone(take), &outcome(take)),
            [&at_most, &dollars(cost)],
        );
        page.push(line.fit(look.measure()));
        let ticket = take.ticket.as_ref().map(|ticket| format!(" · {ticket}")).unwrap_or_default();
        let when = format!("      {}{ticket}", take.at.replace('T', " ").replace('Z', ""));
        page.push(Line::new().with(Tone::Dim, &when).fit(look.measure()));
    }
    let mut parts = parts(&run.sums);
    parts[0] = format!("{} settled of {}", dollars(run.sums.settled_usd), dollars(run.cap_usd));
    if !run.overrun_usd.is_zero() {
        parts.push(format!("{} over what was published", dollars(run.overrun_usd)));
    }
    let free = run.takes.len() - run.takes.iter().filter(|take| take.paid).count();
    if free > 0 && !all {
        parts.push(format!("{} that cost nothing", words::several(free, "take")));
    }
    for line in text::wrap(&parts.join(", "), look.measure().saturating_sub(2)) {
        page.push(Line::new().and("  ").and(&line));
    }
}

fn parts(sums: &Sums) -> Vec<String> {
    let Sums { settled_usd, reserved_usd, written_off_usd, saved_by_reuse_usd } = *sums;
    let mut parts = vec![format!("{} settled", dollars(settled_usd))];
    let mut add = |amount: Money, what: &str| {
        if !amount.is_zero() {
            parts.push(format!("{} {what}", dollars(amount)));
        }
    };
    add(reserved_usd, "still reserved");
    add(written_off_usd, "written off");
    add(saved_by_reuse_usd, "saved by reuse");
    parts
}

fn outcome(take: &Entry) -> String {
    let word = take.outcome.replace('_', " ");
    match take.fault {
        Some(fault) if matches!(take.outcome, "failed" | "released") => format!("{word}: {fault}"),
        _ => word,
    }
}

fn tone(take: &Entry) -> Tone {
    match take.outcome {
        "kept" | "spare" => Tone::Good,
        "open" => Tone::Busy,
        "failed" | "written_off" => Tone::Bad,
        _ => Tone::Trouble,
    }
}

fn models(ledger: &Ledger, look: &Look, page: &mut Page) {
    if ledger.models.is_empty() {
        return;
    }
    page.gap();
    page.push(Line::new().with(Tone::Bold, "by model"));
    let most = ledger.models.iter().map(|model| text::width(&text::safe(&model.model))).max().unwrap_or(0);
    let name = most.clamp(5, MODEL_MAX + 4);
    let wide = look.measure() >= WIDE;
    let row = |name_of: &str, provider: &str, cells: [&str; 5]| {
        let line = Line::new().and("  ").and(&text::pad(name_of, name)).and(" ");
        let line = if wide { line.and(&text::pad(provider, 10)) } else { line };
        let widths = [6, 6, 11, 11, 12].into_iter().take(if wide { 5 } else { 4 });
        cells.iter().zip(widths).fold(line, |line, (cell, width)| line.and(&text::pad_left(cell, width)))
    };
    let head = row("model", "provider", ["takes", "kept", "settled", "reserved", "written off"]);
    page.push(Line::new().with(Tone::Dim, &head.render(false)).fit(look.measure()));
    for model in &ledger.models {
        let (takes, kept) = (words::count(model.takes), words::count(model.kept));
        let amounts = [model.settled_usd, model.reserved_usd, model.written_off_usd].map(dollars);
        let cells = [&takes, &kept, &amounts[0], &amounts[1], &amounts[2]].map(String::as_str);
        page.push(row(&text::safe(&model.model), &text::safe(&model.provider), cells).fit(look.measure()));
    }
}

fn totals(ledger: &Ledger, look: &Look, page: &mut Page) {
    page.gap();
    let mut say = |name: &str, what: &str| {
        for (at, line) in text::wrap(what, look.measure().saturating_sub(11)).iter().enumerate() {
            let name = if at == 0 { name } else { "" };
            page.push(Line::new().with(Tone::Dim, &text::pad(name, 11)).and(line));
        }
    };
    if ledger.runs.len() != 1 || ledger.account.is_some() {
        say("all runs", &parts(&ledger.total).join(", "));
    }
    if let Some(account) = &ledger.account {
        say("account", &format!("{} of {}", dollars(account.committed_usd), dollars(account.account_usd)));
        let (today, cap) = (dollars(account.committed_today_usd), dollars(account.day_usd));
        say("today", &format!("{today} of {cap} ({}, UTC)", account.day));
    }
}
