//! Paid work whose result has not come in: where it is, until when it can be had, and what to type for it.
//!
//! Read off a run's story. It is told how long providers keep what they made, and what time it is.

use std::time::Duration;

use retake_engine::id::TakeNo;
use retake_engine::journal::state::{Take, TakeState};
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use serde::Serialize;

use super::board::title;
use super::paint::{Line, Look, Page, Tone};
use super::story::Story;
use super::text;
use super::words::{self, dollars};

/// Paid work whose result has not come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Orphan {
    /// Its run.
    pub run: String,
    /// The title of the film.
    pub film: String,
    /// Its name: node and number.
    pub take: String,
    /// The entry that was asked.
    pub model: String,
    /// Who makes it.
    pub provider: String,
    /// `sent`, `unclear`, `held`, `submitted`, `late` or `succeeded`.
    pub state: &'static str,
    /// The provider's id of it, where that is known.
    pub ticket: Option<String>,
    /// What is reserved for it.
    pub reserved_usd: Money,
    /// When it was sent.
    pub at: String,
    /// Until when its result can be fetched at the least; where nothing is said, no end is known.
    pub until: Option<String>,
    /// Whether that has passed.
    pub is_past: bool,
    /// What to type next.
    pub command: String,
    #[serde(skip)]
    left: Option<Duration>,
}

/// The orphans of a run. `keeps` says how long a provider keeps what it made.
#[must_use]
pub fn of(story: &Story, keeps: &dyn Fn(&str) -> Option<Duration>, now: Moment) -> Vec<Orphan> {
    let state = story.state();
    let mut found = Vec::new();
    for (ix, node) in state.nodes().iter().enumerate() {
        for (n, take) in (1..).zip(&node.takes).filter(|(_, take)| take.is_paid()) {
            let Some((word, from)) = stands(take) else { continue };
            let no = TakeNo { node: state.graph().node(ix).spec.id.clone(), n };
            let provider = state.graph().offer(ix, take.entry).map(|offer| offer.provider.to_string());
            let provider = provider.unwrap_or_default();
            let until = keeps(&provider).map(|keeps| from.after(keeps));
            let ticket = take.ticket().or_else(|| story.fate_of(ix, n)?.ticket.as_ref());
            found.push(Orphan {
                run: state.spec().id.to_string(),
                film: title(story).to_owned(),
                take: no.to_string(),
                model: super::card::failure::entry_name(story, ix, take.entry),
                provider,
                state: word,
                ticket: ticket.map(ToString::to_string),
                reserved_usd: state.ledger().reservation(&no).map_or(Money::ZERO, |reservation| reservation.amount),
                at: words::stamped(take.intended),
                until: until.map(words::stamped),
                is_past: until.is_some_and(|until| until <= now),
                command: command(story, &no, word),
                left: until.map(|until| until.since(now)),
            });
        }
    }
    found
}

/// Where an open take stands, and since when its provider keeps it at the least.
const fn stands(take: &Take) -> Option<(&'static str, Moment)> {
    Some(match &take.state {
        TakeState::Intent => ("sent", take.intended),
        TakeState::Unclear { .. } => ("unclear", take.intended),
        TakeState::Held => ("held", take.intended),
        TakeState::Submitted { .. } if take.late => ("late", take.intended),
        TakeState::Submitted { since, .. } => ("submitted", *since),
        TakeState::Succeeded { since, .. } => ("succeeded", *since),
        TakeState::Kept { .. } | TakeState::Fallen { .. } | TakeState::Released | TakeState::WrittenOff { .. } => {
            return None;
        }
    })
}

fn command(story: &Story, no: &TakeNo, word: &str) -> String {
    let run = words::short(story.state().spec().id);
    match word {
        "held" => format!("retake resolve {} --adopt ID --run {run}", words::typed(&no.to_string())),
        _ => words::onward(story.state().spec(), "resume"),
    }
}

/// The list of them.
#[must_use]
pub fn page(orphans: &[Orphan], look: &Look) -> Page {
    let mut page = Page::new();
    if orphans.is_empty() {
        page.say("nothing that was paid for is still to be fetched");
        return page;
    }
    for orphan in orphans {
        page.gap();
        one(orphan, look, &mut page);
    }
    page.gap();
    let reserved = dollars(orphans.iter().map(|orphan| orphan.reserved_usd).sum());
    page.say(&format!("{}, {reserved} reserved for them", words::several(orphans.len(), "take")));
    page
}

fn one(orphan: &Orphan, look: &Look, page: &mut Page) {
    let short: String = orphan.run.chars().take(13).collect();
    let head = Line::new().with(Tone::Bold, &orphan.take).with(Tone::Dim, &format!("  {}, run {short}", orphan.film));
    page.push(head.fit(look.measure()));
    let ticket =
        orphan.ticket.as_ref().map_or_else(|| "no ticket is known".to_owned(), |ticket| format!("ticket {ticket}"));
    let parts = [
        format!("{} at {}", orphan.model, orphan.provider),
        told(orphan.state).to_owned(),
        format!("{} reserved", dollars(orphan.reserved_usd)),
        ticket,
    ];
    let tone = if orphan.is_past { Tone::Bad } else { Tone::Plain };
    for (tone, text) in [(Tone::Plain, parts.join(" · ")), (tone, until(orphan))] {
        for line in text::wrap(&text::safe(&text), look.measure().saturating_sub(2)) {
            page.push(Line::new().and("  ").with(tone, &line));
        }
    }
    page.push(Line::new().and("  ").with(Tone::Busy, &orphan.command));
}

fn told(state: &str) -> &'static str {
    match state {
        "sent" => "sent, and not answered",
        "unclear" => "perhaps accepted, to be looked for",
        "held" => "perhaps accepted, waits for your word",
        "late" => "past its time, still asked about",
        "succeeded" => "done, not fetched yet",
        _ => "being made",
    }
}

fn until(orphan: &Orphan) -> String {
    let Some(until) = &orphan.until else { return "no end is known until which it can be fetched".to_owned() };
    let until = until.replace('T', " ").replace('Z', " UTC");
    match (orphan.is_past, orphan.state) {
        (true, "succeeded") => format!("was to be fetched until {until}: it is probably gone"),
        (true, _) => format!("may be gone since {until}, unless it was done later"),
        (false, state) => {
            let left = orphan.left.map(words::span).unwrap_or_default();
            let least = if state == "succeeded" { "can be fetched until" } else { "can be fetched at least until" };
            format!("{least} {until}, {left} from now")
        }
    }
}
