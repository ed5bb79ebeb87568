//! The spend meter: what was spent and may still be spent, against the cap.

use retake_engine::ledger::Ledger;
use retake_engine::money::Money;

use crate::ui::paint::{Line, Look, Page, Tone};
use crate::ui::words::dollars;

/// The meter of this ledger, for a run that can buy something or not.
#[must_use]
pub fn meter(ledger: &Ledger, buys: bool, look: &Look) -> Page {
    let spent = ledger.settled().plus(ledger.written_off());
    let amounts = format!("{} of {}", dollars(spent), dollars(ledger.cap()));
    let mut page = Page::new();
    if !buys && ledger.committed().is_zero() {
        page.push(Line::new().dotted([(Tone::Bold, &*amounts), (Tone::Plain, "nothing is bought")]));
        return page;
    }
    let cells = if look.measure() < 60 { 12 } else { 24 };
    let (full, open) = filled(ledger, spent, cells);
    let tone = if ledger.overrun().is_zero() { Tone::Good } else { Tone::Bad };
    let bar = Line::new()
        .with(Tone::Bold, &amounts)
        .and("  ")
        .with(tone, &"█".repeat(full))
        .with(Tone::Trouble, &"▒".repeat(open))
        .with(Tone::Dim, &"░".repeat(cells - full - open));
    let mut notes = Vec::new();
    if !ledger.reserved().is_zero() {
        notes.push(format!("{} reserved", dollars(ledger.reserved())));
    }
    if !ledger.saved().is_zero() {
        notes.push(format!("{} saved by reuse", dollars(ledger.saved())));
    }
    if !ledger.overrun().is_zero() {
        notes.push(format!("{} over what was published", dollars(ledger.overrun())));
    }
    let note = notes.join(" · ");
    if bar.width() + 2 + note.chars().count() <= look.measure() {
        page.push(if note.is_empty() { bar } else { bar.and("  ").and(&note) });
    } else {
        page.push(bar);
        page.say(&note);
    }
    page
}

/// How many cells are spent and how many reserved: whatever is not nothing is seen.
fn filled(ledger: &Ledger, spent: Money, cells: usize) -> (usize, usize) {
    let share = |amount: Money| {
        let cap = u128::from(ledger.cap().micros()).max(1);
        let share = u128::from(amount.micros()) * u128::try_from(cells).unwrap_or_default() / cap;
        usize::try_from(share).unwrap_or(cells).max(usize::from(!amount.is_zero())).min(cells)
    };
    let full = share(spent);
    (full, share(ledger.reserved()).min(cells - full))
}
