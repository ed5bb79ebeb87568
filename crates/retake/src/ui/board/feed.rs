//! What people are told of a record: a line where something is begun or done, a card where something fails.
//!
//! A failure is told once it is known what follows, which stands in one of the next records.

use std::collections::BTreeMap;

use retake_engine::graph::Ix;
use retake_engine::id::{NodeId, TakeNo};
use retake_engine::journal::Record;
use retake_engine::journal::event::Event;
use retake_engine::journal::state::Phase;

use super::News;
use crate::ui::card::failure::{self, Next, Trouble, entry_name, take_of};
use crate::ui::card::pause;
use crate::ui::paint::{Line, Tone};
use crate::ui::story::Story;
use crate::ui::words::{self, dollars};

/// What people are told of this record, which the story has taken in already.
pub(super) fn news(story: &Story, troubles: &mut BTreeMap<Ix, Trouble>, record: &Record) -> Vec<News> {
    if let Some(news) = trouble(story, troubles, record) {
        return news;
    }
    let line = |tone, text: &str| vec![News::Line(Line::new().with(tone, text))];
    match &record.event {
        Event::Intended { take, entry, .. } => begun(story, take, *entry),
        Event::Kept { take, adopted, .. } => kept(story, take, *adopted, record),
        Event::Reused { node, cost, .. } => reused(story, node, *cost),
        Event::Waits { node, why } => about(story, node, |title| {
            vec![News::Line(Line::new().and(title).with(Tone::Dim, &format!(" waits: {why}")))]
        }),
        Event::Paused { pause } => vec![News::Call(pause::card(story, pause))],
        Event::Continued | Event::Resumed => line(Tone::Busy, "the run goes on"),
        Event::Stopped { .. } => line(Tone::Trouble, "stopping: nothing new is begun"),
        Event::Superseded { by } => {
            line(Tone::Trouble, &format!("run {} takes the place of this one", words::short(*by)))
        }
        Event::Retried => line(Tone::Busy, "all that failed is tried again"),
        Event::Redone { node, .. } => about(story, node, |title| line(Tone::Busy, &format!("{title} is made anew"))),
        Event::Retrying { node, entry, .. } => followed(story, node, *entry),
        Event::RoundBegan { round } => line(Tone::Busy, &format!("round {round}: what failed is tried once more")),
        Event::CapSet { cap } => line(Tone::Busy, &format!("the cap is now {}", dollars(*cap))),
        _ => Vec::new(),
    }
}

/// The same for records that are about failures; nothing for all others.
fn trouble(story: &Story, troubles: &mut BTreeMap<Ix, Trouble>, record: &Record) -> Option<Vec<News>> {
    let state = story.state();
    let note = |take: &TakeNo, next: Option<Next>, troubles: &mut BTreeMap<Ix, Trouble>| {
        let ix = state.graph().find(&take.node)?;
        if story.film().place(ix).internal {
            return Some(Vec::new());
        }
        let entry = state.nodes()[ix].take(take.n)?.entry;
        let fault = story.fate_of(ix, take.n).and_then(|fate| fate.fault.clone());
        let fault = fault.or_else(|| state.nodes()[ix].faults.get(&entry).cloned())?;
        let trouble = Trouble { ix, take: Some(take.n), entry, fault, at: record.at };
        Some(match next {
            Some(next) => vec![told(story, &trouble, next)],
            None if matches!(state.nodes()[ix].phase, Phase::Judging { .. }) => {
                troubles.insert(ix, trouble);
                Vec::new()
            }
            None => vec![told(story, &trouble, Next::Aside)],
        })
    };
    match &record.event {
        Event::Refused { take, .. } | Event::Fell { take, .. } | Event::Absent { take } => note(take, None, troubles),
        Event::WrittenOff { take } => note(take, None, troubles),
        Event::Lost { take, .. } => note(take, Some(Next::Looked), troubles),
        Event::Held { take } => note(take, Some(Next::Held), troubles),
        Event::Skipped { node, fault, .. } | Event::Unready { node, fault } => {
            let ix = state.graph().find(node)?;
            let entry = state.nodes()[ix].entry;
            troubles.insert(ix, Trouble { ix, take: None, entry, fault: fault.clone(), at: record.at });
            Some(Vec::new())
        }
        Event::Retrying { node, entry, not_before } => {
            follows(story, troubles, node, Next::Again { entry: *entry, not_before: *not_before })
        }
        Event::Failed { node } => {
            // In unison it is told when it is known what becomes of all.
            let ix = state.graph().find(node).filter(|ix| state.graph().unison(*ix).is_some());
            let stays = |ix: Ix| troubles.get(&ix).is_some_and(|trouble| !trouble.fault.class.can_pass());
            if ix.is_some_and(stays) { Some(Vec::new()) } else { follows(story, troubles, node, Next::Later) }
        }
        Event::GaveUp { node, because: None, fault } => {
            let ix = state.graph().find(node)?;
            let at = &state.nodes()[ix];
            let take = u32::try_from(at.takes.len()).ok().filter(|n| *n > 0);
            let entry = take.and_then(|n| at.take(n)).map_or(at.entry, |take| take.entry);
            // Where others could not follow it to who has made it, it is told who has not.
            let by = at.faults.iter().find(|(_, known)| *known == fault && state.graph().unison(ix).is_some());
            let entry = by.map_or(entry, |(by, _)| *by);
            let take = take.filter(|n| at.take(*n).is_some_and(|take| take.entry == entry));
            // What a round could not save was told before; it is told again because now it is for good.
            troubles.entry(ix).or_insert_with(|| Trouble { ix, take, entry, fault: fault.clone(), at: record.at });
            follows(story, troubles, node, Next::Lost)
        }
        Event::GaveUp { node, because: Some(because), .. } => {
            let because = state.graph().find(because).map(|ix| story.film().place(ix).title());
            let text = |title: &str| format!("{title} is not made: it needs {}", because.as_deref().unwrap_or("more"));
            Some(about(story, node, |title| vec![News::Line(Line::new().with(Tone::Bad, &text(title)))]))
        }
        _ => None,
    }
}

fn follows(story: &Story, troubles: &mut BTreeMap<Ix, Trouble>, node: &NodeId, next: Next) -> Option<Vec<News>> {
    let trouble = troubles.remove(&story.state().graph().find(node)?)?;
    let is_shown = !story.film().place(trouble.ix).internal;
    Some(if is_shown { vec![told(story, &trouble, next)] } else { Vec::new() })
}

fn told(story: &Story, trouble: &Trouble, next: Next) -> News {
    let card = failure::card(story, trouble, next);
    if next == Next::Held { News::Call(card) } else { News::Card(card) }
}

/// What is said of a node, unless it is no business of people.
fn about(story: &Story, node: &NodeId, say: impl FnOnce(&str) -> Vec<News>) -> Vec<News> {
    let place = story.state().graph().find(node).map(|ix| story.film().place(ix));
    place.filter(|place| !place.internal).map(|place| say(&place.title())).unwrap_or_default()
}

/// What goes on without having failed follows others with whom it is in unison.
fn followed(story: &Story, node: &NodeId, entry: usize) -> Vec<News> {
    let graph = story.state().graph();
    let moves =
        |ix: &usize| entry > 0 || story.state().nodes()[*ix].takes.last().is_some_and(|take| take.entry != entry);
    let Some(ix) = graph.find(node).filter(|ix| graph.unison(*ix).is_some() && moves(ix)) else { return Vec::new() };
    let by = entry_name(story, ix, entry);
    about(story, node, |title| {
        let text = format!("{title} is made by {by}, as the others of its route are");
        vec![News::Line(Line::new().with(Tone::Busy, &text))]
    })
}

/// By whom a node is made; a step that no model makes says nothing.
fn maker(story: &Story, ix: usize, entry: usize) -> String {
    let name = entry_name(story, ix, entry);
    if story.film().place(ix).step == name { String::new() } else { format!("by {name}") }
}

fn begun(story: &Story, take: &TakeNo, entry: usize) -> Vec<News> {
    about(story, &take.node, |title| {
        let Some(ix) = story.state().graph().find(&take.node) else { return Vec::new() };
        let again = if take.n > 1 { take_of(story, ix, take.n) } else { String::new() };
        let mut by = vec![maker(story, ix, entry), again];
        by.retain(|part| !part.is_empty());
        let by = by.join(", ");
        vec![News::Line(Line::new().with(Tone::Busy, "begun  ").and(title).with(Tone::Dim, &format!(" {by}")))]
    })
}

fn kept(story: &Story, no: &TakeNo, adopted: bool, record: &Record) -> Vec<News> {
    about(story, &no.node, |title| {
        let Some(ix) = story.state().graph().find(&no.node) else { return Vec::new() };
        let Some(take) = story.state().take(no) else { return Vec::new() };
        let cost = match &take.state {
            retake_engine::journal::state::TakeState::Kept { cost, .. } if take.is_paid() => dollars(*cost),
            _ => String::new(),
        };
        let after = format!("in {}", words::span(record.at.since(take.intended)));
        let spare = if adopted { "" } else { "a spare: another came first" };
        let by = maker(story, ix, take.entry);
        let parts = [(Tone::Dim, &*by), (Tone::Dim, &*after), (Tone::Plain, &*cost), (Tone::Trouble, spare)];
        vec![News::Line(Line::new().with(Tone::Good, "made   ").and(title).and(" ").dotted(parts))]
    })
}

fn reused(story: &Story, node: &NodeId, cost: retake_engine::money::Money) -> Vec<News> {
    about(story, node, |title| {
        let saved = if cost.is_zero() { String::new() } else { format!(" saved {}", dollars(cost)) };
        vec![News::Line(Line::new().with(Tone::Good, "reused ").and(title).with(Tone::Dim, &saved))]
    })
}
