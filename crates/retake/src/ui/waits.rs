//! What the nodes of a run wait for, a line each: for how long, and who said so.
//!
//! Most of it stands in no journal, so it is handed what the owner of the run knows at the moment.

use std::time::Duration;

use retake_engine::admission::Bears;
use retake_engine::graph::Ix;
use retake_engine::host::{Outlook, Waiting, Why};
use retake_engine::id::NodeId;
use retake_engine::moment::Moment;
use serde::Serialize;

use super::paint::{Line, Look, Page, Tone};
use super::story::Story;
use super::words::{self, dollars};

mod said;

pub use said::Said;

/// What a run waits for, as programs read it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Told {
    /// Its nodes that wait.
    pub nodes: Vec<Wait>,
    /// How much of each provider is in use.
    pub providers: Vec<Bears>,
}

/// A node that waits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Wait {
    /// All that is known of it.
    #[serde(flatten)]
    pub waiting: Waiting,
    /// How long it will still be, in milliseconds, where time alone ends it.
    pub wait_ms: Option<u64>,
    /// The same for people.
    pub words: String,
}

impl Told {
    /// What this outlook comes to at a moment.
    #[must_use]
    pub fn of(outlook: &Outlook, now: Moment) -> Self {
        let wait = |waiting: &Waiting| Wait {
            waiting: waiting.clone(),
            wait_ms: waiting.until.map(|until| u64::try_from(until.since(now).as_millis()).unwrap_or(u64::MAX)),
            words: line(waiting, now),
        };
        Self { nodes: outlook.nodes.iter().map(wait).collect(), providers: outlook.providers.clone() }
    }
}

/// What the outlook says of a node, for people; nothing where it does not wait.
#[must_use]
pub fn of(outlook: &Outlook, node: &NodeId, now: Moment) -> Option<String> {
    outlook.nodes.iter().find(|waiting| waiting.node == *node).map(|waiting| line(waiting, now))
}

/// For what a node rests whose last take failed, as its journal alone tells it.
pub(super) fn resting(story: &Story, ix: Ix, until: Moment, now: Moment) -> String {
    let (node, graph) = (&story.state().nodes()[ix], story.state().graph());
    if until <= now {
        return "again now".to_owned();
    }
    let asked = node.faults.get(&node.entry).is_some_and(|fault| fault.retry_after.is_some());
    let waiting = Waiting {
        node: graph.node(ix).spec.id.clone(),
        model: None,
        provider: graph.offer(ix, node.entry).map(|offer| offer.provider.clone()),
        why: if asked { Why::Asked } else { Why::Backoff },
        until: Some(until),
    };
    line(&waiting, now)
}

/// For what a node waits, in one line.
#[must_use]
pub fn line(waiting: &Waiting, now: Moment) -> String {
    let Waiting { provider, model, why, until, .. } = waiting;
    let provider = provider.as_ref().map_or("its provider", |provider| provider.as_str());
    let model = model.as_ref().map_or("the model", |model| model.as_str());
    let left = until.map(|until| until.since(now));
    let first = |why: &str| match left.filter(|left| !left.is_zero()) {
        Some(left) => format!("waiting {}: {why}", brief(left)),
        None => format!("waiting: {why}"),
    };
    let last = |why: String| match left.filter(|left| !left.is_zero()) {
        Some(left) => format!("waiting: {why}, {}", brief(left)),
        None => format!("waiting: {why}"),
    };
    match why {
        Why::Asked => first(&format!("{provider} said so")),
        Why::Backoff => first("a pause of our own after a failure"),
        Why::Rate { count, per_ms } => last(format!("rate {}", rate(*count, *per_ms))),
        Why::Breaker { probing: true } => {
            format!("waiting: breaker of {provider}/{model}, one is trying whether it works")
        }
        Why::Breaker { probing: false } => last(format!("breaker of {provider}/{model}")),
        Why::Repeats => last(format!("too much is being repeated at {provider}")),
        Why::Full { filled, width, concurrency } => {
            format!("waiting: {filled} of {width} at {provider}{}", lowered(*width, *concurrency))
        }
        Why::Submissions { limit } => format!("waiting: {limit} of {limit} at all providers together"),
        Why::Concurrency { limit } => format!("waiting: {limit} of {limit} of this film in flight (`concurrency`)"),
        Why::Turn => "waiting: others are first".to_owned(),
        Why::Same { take, held } => {
            let what = if take.is_empty() {
                format!("the same request is open at {provider}")
            } else {
                format!("take {take} makes the same")
            };
            format!("waiting: {what}{}", if *held { " and waits for a person" } else { "" })
        }
        Why::Predecessor { reserved } => format!("waiting: the run before it still reserves {}", dollars(*reserved)),
        Why::Cap => "waiting: the cap has no room until open takes are settled".to_owned(),
        Why::Account { short } => format!("waiting: the account's cap is {} short", dollars(*short)),
        Why::Day { short } => last(format!("the cap of the day is {} short", dollars(*short))),
        Why::Denied => format!("waiting: {provider} refuses us"),
        Why::DiskFull => "waiting: the disk is full, so nothing new is begun".to_owned(),
        Why::Stopping => "waiting: retake is stopping".to_owned(),
    }
}

/// How much of a provider is in use, in one line.
#[must_use]
pub fn provider(bears: &Bears) -> String {
    let Bears { provider, filled, width, concurrency, rate: limit } = bears;
    let per_ms = u64::try_from(limit.per.as_millis()).unwrap_or(u64::MAX);
    let pace = if per_ms == 0 { String::new() } else { format!(", rate {}", rate(limit.count, per_ms)) };
    format!("{filled} of {width} at {}{}{pace}", provider.as_str(), lowered(*width, *concurrency))
}

/// That a provider bears less than it is said to.
fn lowered_to(bears: &Bears) -> String {
    let Bears { provider, width, concurrency, .. } = bears;
    format!("{} throttles: {width} calls in flight for now, not {concurrency}", provider.as_str())
}

/// Whether the provider bears less than it is said to.
fn lowered(width: u32, concurrency: u32) -> String {
    if width < concurrency { format!(" (lowered from {concurrency}: it throttles)") } else { String::new() }
}

fn rate(count: u32, per_ms: u64) -> String {
    match per_ms {
        1_000 => format!("{count}/s"),
        60_000 => format!("{count}/min"),
        3_600_000 => format!("{count}/h"),
        _ => format!("{count} in {}", words::span(Duration::from_millis(per_ms))),
    }
}

/// A span in whole seconds, begun ones counted, where it is short.
pub(super) fn brief(span: Duration) -> String {
    match span.as_millis().div_ceil(1_000) {
        secs @ 0..60 => format!("{secs} s"),
        _ => words::span(span),
    }
}

/// Why a run does not move faster: what is under way, what waits, and how much of its providers is in use.
#[must_use]
pub fn page(story: &Story, outlook: Option<&Outlook>, now: Moment, look: &Look) -> Page {
    let mut page = Page::new();
    let (film, state) = (story.film(), story.state());
    let summary = state.summary();
    let word = summary.status.word();
    let title = Line::new().with(Tone::Bold, super::board::title(story)).with(Tone::Dim, ": ").and(word);
    page.push(title.with(Tone::Dim, &format!("  {} of {} steps made", summary.nodes_done, summary.nodes)));
    let mut rows: Vec<(Tone, String, String)> = Vec::new();
    for ix in film.nodes() {
        let id = &state.graph().node(ix).spec.id;
        let waits = outlook.and_then(|outlook| of(outlook, id, now));
        let (tone, what) = match waits {
            Some(waits) => (Tone::Trouble, Some(waits)),
            None => (Tone::Busy, super::board::at_work(story, None, ix, now)),
        };
        rows.extend(what.map(|what| (tone, film.place(ix).title(), what)));
    }
    let names = rows.iter().map(|(_, name, _)| super::text::width(&super::text::safe(name))).max().unwrap_or(0).min(28);
    if !rows.is_empty() {
        page.gap();
    }
    for (tone, name, what) in &rows {
        let name = super::text::pad(&super::text::safe(name), names);
        let mut lines =
            super::text::wrap(&super::text::safe(what), look.measure().saturating_sub(names + 4)).into_iter();
        let first = lines.next().unwrap_or_default();
        page.push(Line::new().and("  ").and(&name).and("  ").with(*tone, &first));
        for line in lines {
            page.push(Line::new().and(&" ".repeat(names + 4)).with(*tone, &line));
        }
    }
    let providers = outlook.map(|outlook| outlook.providers.as_slice()).unwrap_or_default();
    if !providers.is_empty() {
        page.gap();
        for bears in providers {
            page.push(Line::new().and("  ").with(Tone::Dim, &provider(bears)).fit(look.measure()));
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use retake_engine::money::Money;

    use super::*;

    fn waits(why: Why, secs: Option<u64>) -> String {
        let now = Moment::from_ms(1_000);
        let until = secs.map(|secs| now.after(Duration::from_secs(secs)));
        let (model, provider) = (Some("seedance-lite".into()), Some("replicate".into()));
        line(&Waiting { node: "lamp/video".into(), model, provider, why, until }, now)
    }

    #[test]
    fn every_wait_says_how_long_and_who_said_so() {
        let all = [
            waits(Why::Asked, Some(12)),
            waits(Why::Backoff, Some(75)),
            waits(Why::Breaker { probing: false }, Some(30)),
            waits(Why::Breaker { probing: true }, None),
            waits(Why::Rate { count: 600, per_ms: 60_000 }, Some(1)),
            waits(Why::Rate { count: 2, per_ms: 1_000 }, None),
            waits(Why::Repeats, Some(5)),
            waits(Why::Full { filled: 8, width: 8, concurrency: 8 }, None),
            waits(Why::Full { filled: 5, width: 5, concurrency: 8 }, None),
            waits(Why::Submissions { limit: 8 }, None),
            waits(Why::Concurrency { limit: 3 }, None),
            waits(Why::Turn, None),
            waits(Why::Same { take: "storm/video/1".into(), held: true }, None),
            waits(Why::Same { take: String::new(), held: false }, None),
            waits(Why::Predecessor { reserved: Money::from_cents(36) }, None),
            waits(Why::Cap, None),
            waits(Why::Account { short: Money::from_cents(5) }, None),
            waits(Why::Day { short: Money::from_cents(5) }, Some(7_260)),
            waits(Why::Denied, None),
            waits(Why::DiskFull, None),
            waits(Why::Stopping, None),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }
}
