//! A run as its page shows it: what is known of it, put into the words and the signs of the page.
//!
//! It decides nothing: states, stages, waits and estimates are read off the story in the words that terminals use too.

use retake_engine::graph::Ix;
use retake_engine::host::Outlook;
use retake_engine::id::RunId;
use retake_engine::journal::event::{Cap, Ending, Pause};
use retake_engine::journal::state::{ItemState, Status};
use retake_engine::moment::Moment;
use retake_engine::money::Money;

use super::otherwise::Choice;
use super::plain;
use super::said::{held, lead};
use super::scene::{Node, Scene};
use crate::app::{WRITES, chapters};
use crate::ui::board;
use crate::ui::card::pause;
use crate::ui::json::Output;
use crate::ui::paint::Tone;
use crate::ui::stage::Stage;
use crate::ui::story::Story;
use crate::ui::summary;
use crate::ui::words::{self, dollars};

/// How many scenes are on a page: with all their takes it stays small.
pub(super) const SCENES: usize = 24;
/// The parts of a bar.
const BAR: u64 = 1_000;

/// A state: a sign, a word, and the class by which it is coloured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chip {
    pub(super) sign: &'static str,
    pub(super) word: &'static str,
    pub(super) class: &'static str,
}

impl Chip {
    /// Where a run stands.
    pub(super) const fn of_run(status: &Status) -> Self {
        let (tone, word) = summary::face(status);
        let sign = match status {
            Status::Queued => "·",
            Status::Running => "▸",
            Status::Paused(_) => "‖",
            Status::Ended(Ending::Completed) => "✓",
            Status::Ended(Ending::Partial) => "◐",
            Status::Ended(Ending::Failed) => "✗",
            Status::Ended(Ending::Cancelled) => "–",
        };
        Self { sign, word, class: class(tone) }
    }

    /// Where a scene or a node stands.
    pub(super) const fn of_item(state: ItemState, reused: bool) -> Self {
        let (sign, word, tone) = board::face(state, reused);
        Self { sign, word, class: class(tone) }
    }
}

const fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Busy => "busy",
        Tone::Trouble => "trouble",
        Tone::Bad => "bad",
        Tone::Plain | Tone::Bold | Tone::Dim => "quiet",
    }
}

/// What was spent and may still be spent, against the cap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meter {
    pub(super) spent: String,
    pub(super) reserved: Option<String>,
    pub(super) cap: String,
    pub(super) spent_bar: u64,
    pub(super) reserved_bar: u64,
}

impl Meter {
    pub(super) fn of(spent: Money, reserved: Money, cap: Money) -> Self {
        let share = |amount: Money| {
            let share = u128::from(amount.micros()) * u128::from(BAR) / u128::from(cap.micros()).max(1);
            u64::try_from(share).unwrap_or(BAR).min(BAR)
        };
        let spent_bar = share(spent);
        Self {
            spent: dollars(spent),
            reserved: (!reserved.is_zero()).then(|| dollars(reserved)),
            cap: dollars(cap),
            spent_bar,
            reserved_bar: share(reserved).min(BAR - spent_bar),
        }
    }
}

/// One of the seven stages.
pub(super) struct Step {
    pub(super) word: &'static str,
    /// `done`, `now` or `later`.
    pub(super) when: &'static str,
}

/// Where a scene begins in the film.
pub(super) struct Mark {
    pub(super) scene: String,
    /// In seconds, as a player reads it.
    pub(super) at: String,
    /// The same for people.
    pub(super) label: String,
}

/// The film.
pub(super) struct Player {
    /// How long it is.
    pub(super) length: Option<String>,
    pub(super) marks: Vec<Mark>,
    pub(super) has_poster: bool,
    pub(super) tag: String,
}

/// A run as its page shows it.
pub(super) struct View {
    pub(super) run: RunId,
    pub(super) title: String,
    pub(super) seq: u64,
    pub(super) chip: Chip,
    /// What goes on or what is wrong, in one sentence.
    pub(super) lead: String,
    /// What to do about it.
    pub(super) advice: Option<String>,
    pub(super) steps: Vec<Step>,
    pub(super) stage: Option<(usize, &'static str)>,
    pub(super) elapsed: String,
    pub(super) left: Option<String>,
    pub(super) meter: Meter,
    pub(super) saved: Option<String>,
    pub(super) throttled: Vec<String>,
    pub(super) player: Option<Player>,
    pub(super) scenes: Vec<Scene>,
    pub(super) made: usize,
    pub(super) of: usize,
    pub(super) own: Vec<Node>,
    pub(super) can: Can,
    /// Where the pages of scenes before and after this one begin.
    pub(super) before: Option<usize>,
    pub(super) after: Option<usize>,
    /// The run that took its place.
    pub(super) superseded: Option<String>,
    /// The run that makes the film whose scenes it has written.
    pub(super) film: Option<String>,
}

/// What there are buttons for.
#[derive(Debug, Clone, Default)]
pub(super) struct Can {
    pub(super) cancel: bool,
    pub(super) resume: bool,
    pub(super) retry: bool,
    /// Whether only another plan helps.
    pub(super) only_change: bool,
    pub(super) redo: bool,
    /// The cap with which it goes on.
    pub(super) raise: Option<String>,
    pub(super) is_short: bool,
}

/// What is looked at, and when.
#[derive(Clone, Copy)]
pub(super) struct Seen<'s> {
    pub(super) story: &'s Story,
    pub(super) choice: &'s Choice,
    pub(super) outlook: Option<&'s Outlook>,
    pub(super) now: Moment,
}

impl View {
    /// The run as it is now, with its scenes from this one on.
    pub(super) fn of(seen: Seen<'_>, seq: u64, from: usize) -> Self {
        let Seen { story, outlook, now, .. } = seen;
        let (state, film, ledger) = (story.state(), story.film(), story.state().ledger());
        let all = film.scenes();
        let from = if from < all.len() { from } else { 0 };
        let states: Vec<ItemState> = all.iter().map(|scene| scene.state(film, state)).collect();
        let made = states.iter().filter(|state| **state == ItemState::Complete).count();
        let stage = Stage::of(film, state);
        let is_over = matches!(state.status(), Status::Ended(_));
        let step = |one: &Stage| Step {
            word: one.word(),
            when: match () {
                () if is_over || *one < stage => "done",
                () if *one == stage => "now",
                () => "later",
            },
        };
        let bears = outlook.iter().flat_map(|outlook| &outlook.providers);
        let throttled =
            bears.filter(|bears| story.is_going() && bears.width < bears.concurrency).map(crate::ui::waits::provider);
        let (lead, advice) = lead(story, made, all.len());
        let can = can(story);
        Self {
            run: state.spec().id,
            title: plain(board::title(story)),
            seq,
            chip: Chip::of_run(state.status()),
            lead,
            advice,
            steps: Stage::ALL.iter().map(step).collect(),
            stage: (!is_over).then(|| (stage.number(), stage.word())),
            elapsed: words::span(story.elapsed(now)),
            left: board::left(story, now),
            meter: Meter::of(ledger.settled().plus(ledger.written_off()), ledger.reserved(), ledger.cap()),
            saved: (!ledger.saved().is_zero()).then(|| dollars(ledger.saved())),
            throttled: throttled.collect(),
            player: player(story),
            scenes: all
                .iter()
                .enumerate()
                .skip(from)
                .take(SCENES)
                .map(|(at, one)| Scene::of(seen, at, one, &can))
                .collect(),
            made,
            of: all.len(),
            own: film.own().iter().filter(|ix| is_told(story, **ix)).map(|ix| Node::of(seen, *ix, false)).collect(),
            before: from.checked_sub(SCENES).or((from > 0).then_some(0)),
            after: Some(from + SCENES).filter(|next| *next < all.len()),
            film: None,
            superseded: story.superseded_by().map(|run| run.to_string()),
            can,
        }
    }
}

/// Whether something of the film's own has begun, or is lost.
fn is_told(story: &Story, ix: Ix) -> bool {
    story.state().item_state(ix).is_some_and(|state| state != ItemState::Pending)
}

/// Whether all there was to do was to write scenes, and they are written.
pub(super) fn has_written(story: &Story) -> bool {
    let state = story.state();
    state.spec().about.contains_key(WRITES) && *state.status() == Status::Ended(Ending::Completed)
}

fn can(story: &Story) -> Can {
    if story.superseded_by().is_some() {
        return Can::default();
    }
    let status = story.state().status();
    let cap = story.state().ledger().cap();
    // What waits for a word about a take goes on with that word alone.
    let is_asked = matches!(status, Status::Paused(Pause::Review { .. })) && held(story).is_some();
    let short = match status {
        Status::Paused(Pause::Budget { cap: Cap::Run, raise, .. }) => Some(*raise),
        _ => None,
    };
    Can {
        cancel: !matches!(status, Status::Ended(_)),
        resume: (matches!(status, Status::Paused(_) | Status::Ended(Ending::Cancelled)) || has_written(story))
            && short.is_none()
            && !is_asked,
        only_change: matches!(status, Status::Ended(Ending::Partial | Ending::Failed)) && summary::is_the_plan_s(story),
        retry: matches!(status, Status::Ended(Ending::Partial | Ending::Failed)),
        redo: matches!(status, Status::Ended(_)) || story.is_going(),
        raise: Some(pause::plain(short.map_or(cap, |short| cap.plus(short)))),
        is_short: short.is_some(),
    }
}

fn player(story: &Story) -> Option<Player> {
    let output = Output::of(story.state())?;
    let marks: Vec<Mark> = chapters(story.state())
        .into_iter()
        .map(|chapter| {
            let secs = chapter.at_ms / 1_000;
            Mark {
                scene: plain(&chapter.scene),
                at: format!("{secs}.{:03}", chapter.at_ms % 1_000),
                label: format!("{}:{:02}", secs / 60, secs % 60),
            }
        })
        .collect();
    Some(Player {
        length: output.seconds.map(|seconds| format!("{seconds:.1} s")),
        has_poster: !marks.is_empty(),
        marks,
        tag: output.sha256.unwrap_or_default().chars().take(12).collect(),
    })
}
