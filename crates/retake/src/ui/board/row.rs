//! A line of the board: a scene, or something that is the film's own.

use retake_engine::graph::Ix;
use retake_engine::host::Outlook;
use retake_engine::journal::state::{ItemState, Phase, Take, TakeState};
use retake_engine::moment::Moment;

use crate::ui::card::failure::{entry_name, take_of};
use crate::ui::film::Scene;
use crate::ui::paint::{Line, Look, Tone};
use crate::ui::story::Story;
use crate::ui::{text, waits, words};

/// The widest that a scene's name is shown.
const NAME_MAX: usize = 24;
/// The narrowest column of names.
const NAME_MIN: usize = 6;
/// The column of states: the longest word and a space.
const WORD: usize = 8;

/// What is looked at, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'s> {
    pub(super) story: &'s Story,
    /// What its owner knows of the moment and no journal does.
    pub(super) outlook: Option<&'s Outlook>,
    pub(super) now: Moment,
}

/// How wide the column of names is for these scenes.
pub(super) fn name_width<'a>(names: impl Iterator<Item = &'a str>, look: &Look) -> usize {
    let widest = names.map(|name| text::width(&text::safe(name))).max().unwrap_or(0);
    widest.clamp(NAME_MIN, NAME_MAX.min((look.measure() / 4).max(NAME_MIN)))
}

/// The symbol, the word and the tone of a state.
#[must_use]
pub const fn face(state: ItemState, reused: bool) -> (&'static str, &'static str, Tone) {
    match state {
        ItemState::Complete if reused => ("=", "reused", Tone::Good),
        ItemState::Complete => ("✓", "made", Tone::Good),
        ItemState::Generating => ("▸", "working", Tone::Busy),
        ItemState::Pending => ("·", "waits", Tone::Dim),
        ItemState::Failed => ("↻", "again", Tone::Trouble),
        ItemState::FailedPermanent => ("✗", "missing", Tone::Bad),
    }
}

/// The line of a scene.
pub(super) fn scene(seen: Seen<'_>, scene: &Scene, names: usize, look: &Look) -> Line {
    let story = seen.story;
    let (film, run) = (story.film(), story.state());
    let state = scene.state(film, run);
    let done = scene.done(run);
    let (symbol, word, tone) = face(state, scene.is_reused(run));
    let pieces = format!("{}/{}", done.made, done.of);
    let detail = match state {
        ItemState::Complete if done.made < done.of => "without what failed".to_owned(),
        ItemState::Complete => String::new(),
        ItemState::FailedPermanent => scene.lost(run).map(|ix| lost(story, ix)).unwrap_or_default(),
        ItemState::Pending | ItemState::Generating | ItemState::Failed => under_way(seen, &scene.nodes),
    };
    Line::new()
        .with(tone, symbol)
        .and(" ")
        .and(&text::pad(&text::safe(&scene.id), names))
        .and("  ")
        .with(tone, &text::pad(word, WORD))
        .with(Tone::Dim, &text::pad(&pieces, 4))
        .and(" ")
        .and(&detail)
        .fit(look.measure())
}

/// The line of a node that is the film's own.
pub(super) fn own(seen: Seen<'_>, ix: Ix, look: &Look) -> Line {
    let story = seen.story;
    let state = story.state().item_state(ix).unwrap_or(ItemState::Pending);
    let (symbol, word, tone) = face(state, false);
    let place = story.film().place(ix);
    let detail = match state {
        ItemState::FailedPermanent => lost(story, ix),
        ItemState::Complete | ItemState::Pending | ItemState::Generating | ItemState::Failed => {
            node(seen, ix).unwrap_or_default()
        }
    };
    let head = Line::new().with(tone, symbol).and(" ").with(Tone::Bold, &text::pad(&place.step, 10)).and(" ");
    head.with(tone, &text::pad(word, WORD)).and(&detail).fit(look.measure())
}

/// What the first node under way is at; then how many more there are.
fn under_way(seen: Seen<'_>, nodes: &[Ix]) -> String {
    let story = seen.story;
    let urgent = |ix: &Ix| story.state().item_state(*ix) == Some(ItemState::Generating);
    let mut told: Vec<(bool, String)> = nodes
        .iter()
        .filter_map(|ix| {
            let what = node(seen, *ix)?;
            Some((!urgent(ix), format!("{} · {what}", story.film().place(*ix).work())))
        })
        .collect();
    told.sort_by_key(|(later, _)| *later);
    let more = told.len().saturating_sub(1);
    let first = told.into_iter().next().map(|(_, what)| what).unwrap_or_default();
    if more > 0 { format!("{first} · and {more} more") } else { first }
}

/// What a node is at; nothing where it only waits for others.
pub(super) fn node(seen: Seen<'_>, ix: Ix) -> Option<String> {
    let Seen { story, outlook, now } = seen;
    let node = &story.state().nodes()[ix];
    let model = || entry_name(story, ix, node.entry);
    let id = &story.state().graph().node(ix).spec.id;
    let told = || waits::of(outlook?, id, now).map(|waits| format!("{} · {waits}", model()));
    match &node.phase {
        Phase::Taking { n } => {
            let take = node.take(*n)?;
            Some(taking(story, ix, *n, take, now))
        }
        Phase::Resting { until } => Some(format!("{} · {}", model(), waits::resting(story, ix, *until, now))),
        Phase::Failed => Some(format!("{} in a later round", model())),
        Phase::Reviewing => Some("waits for your look".to_owned()),
        Phase::Waiting
        | Phase::Ready
        | Phase::Keyed { .. }
        | Phase::Prepared { .. }
        | Phase::Judging { .. }
        | Phase::Extended { .. } => told().or_else(|| node.note.as_ref().map(|note| format!("waits: {note}"))),
        Phase::Complete { .. } | Phase::GivenUp { .. } | Phase::Dropped => None,
    }
}

fn taking(story: &Story, ix: Ix, n: u32, take: &Take, now: Moment) -> String {
    let provider = story.state().graph().offer(ix, take.entry).map(|offer| offer.provider.as_str());
    let at = match (&take.state, provider) {
        (TakeState::Held, _) => return "waits for your word".to_owned(),
        (TakeState::Unclear { .. }, Some(provider)) => format!("looked for at {provider}"),
        (TakeState::Submitted { .. }, Some(provider)) => format!("at {provider}"),
        (TakeState::Succeeded { .. }, _) => "arrives".to_owned(),
        (TakeState::Intent, Some(_)) => "is sent".to_owned(),
        _ => String::new(),
    };
    let again = if n > 1 { take_of(story, ix, n) } else { String::new() };
    let since = words::span(now.since(take.intended));
    let parts = [entry_name(story, ix, take.entry), since, again, at];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// Why a node will not be made.
#[must_use]
pub fn lost(story: &Story, ix: Ix) -> String {
    let node = &story.state().nodes()[ix];
    let Phase::GivenUp { fault, because } = &node.phase else { return String::new() };
    let step = story.film().place(ix).work();
    match because {
        Some(other) => {
            let other = story.state().graph().find(other).map(|ix| story.film().place(ix).title());
            format!("{step} needs {}", other.unwrap_or_default())
        }
        None => {
            let by = entry_name(story, ix, node.entry);
            format!("{step} · {} · {by}: {}", words::class(fault.class), fault.message)
        }
    }
}
