//! A scene as the contact sheet shows it, with its nodes and their takes.

use retake_engine::graph::Ix;
use retake_engine::id::TakeNo;
use retake_engine::journal::state::{ItemState, Phase, Take, TakeState};
use retake_engine::money::Money;

use super::otherwise::Otherwise;
use super::view::{Can, Chip, Seen};
use super::{plain, stills};
use crate::app::sight;
use crate::ui::board;
use crate::ui::card::failure::entry_name;
use crate::ui::film;
use crate::ui::json::{booked, outcome};
use crate::ui::story::Story;
use crate::ui::words::{self, dollars};

/// Steps that somebody may want made anew by themselves.
const ALONE: [&str; 3] = ["voice", "image", "video"];

/// A scene.
pub(super) struct Scene {
    /// Its number, from 1; by it the page names its parts.
    pub(super) number: usize,
    /// Its name for people.
    pub(super) name: String,
    /// Its name as it is sent back.
    pub(super) id: String,
    pub(super) chip: Chip,
    pub(super) say: String,
    pub(super) shows: String,
    pub(super) shots: Vec<Frame>,
    /// What it is at, or why it is missing.
    pub(super) note: Option<String>,
    pub(super) is_missing: bool,
    pub(super) is_busy: bool,
    pub(super) done: String,
    pub(super) takes: usize,
    pub(super) cost: Option<String>,
    pub(super) nodes: Vec<Node>,
    pub(super) can_redo: bool,
    pub(super) parts: Vec<Otherwise>,
}

/// What is to be seen of a shot.
pub(super) struct Frame {
    pub(super) picture: Option<String>,
    pub(super) clip: Option<String>,
}

/// A node with its takes.
pub(super) struct Node {
    pub(super) work: String,
    pub(super) chip: Chip,
    pub(super) model: String,
    /// Its name as it is sent back, where it can be made anew by itself.
    pub(super) redo: Option<String>,
    /// What it is at, or why it will not be made.
    pub(super) note: Option<String>,
    pub(super) takes: Vec<TakeRow>,
}

/// A take.
pub(super) struct TakeRow {
    pub(super) no: String,
    pub(super) n: u32,
    pub(super) model: String,
    pub(super) outcome: &'static str,
    pub(super) class: &'static str,
    pub(super) fault: Option<String>,
    pub(super) hint: Option<String>,
    pub(super) cost: Option<String>,
    pub(super) held: Option<String>,
    pub(super) can_pick: bool,
}

impl Scene {
    pub(super) fn of(seen: Seen<'_>, at: usize, scene: &film::Scene, can: &Can) -> Self {
        let (film, run) = (seen.story.film(), seen.story.state());
        let state = scene.state(film, run);
        let sight = sight(run, &scene.nodes);
        let nodes: Vec<Node> = scene.nodes.iter().map(|ix| Node::of(seen, *ix, can.redo)).collect();
        let takes = || scene.nodes.iter().flat_map(|ix| &run.nodes()[*ix].takes);
        let spent = takes().map(|take| booked(&take.state)).fold(Money::ZERO, Money::plus);
        let is_missing = state == ItemState::FailedPermanent;
        let note = if is_missing {
            scene.lost(run).map(|ix| plain(&board::lost(seen.story, ix)))
        } else {
            at_work(seen, &scene.nodes)
        };
        let done = scene.done(run);
        let can_redo = can.redo && matches!(state, ItemState::Complete | ItemState::FailedPermanent);
        Self {
            number: at + 1,
            name: plain(&scene.id),
            id: scene.id.clone(),
            chip: Chip::of_item(state, scene.is_reused(run)),
            say: plain(&sight.say),
            shows: plain(&sight.shows),
            shots: sight.shots.iter().map(frame).collect(),
            note,
            is_missing,
            is_busy: state == ItemState::Generating,
            done: format!("{}/{}", done.made, done.of),
            takes: takes().filter(|take| take.is_paid()).count(),
            cost: (!spent.is_zero()).then(|| dollars(spent)),
            can_redo,
            parts: if can_redo { seen.choice.of_scene(&scene.id) } else { Vec::new() },
            nodes,
        }
    }
}

fn frame(shot: &crate::app::Shot) -> Frame {
    Frame { picture: stills::address(shot), clip: shot.clip.map(|clip| format!("/api/artifacts/{clip}")) }
}

/// What the first node under way is at.
fn at_work(seen: Seen<'_>, nodes: &[Ix]) -> Option<String> {
    let told = |ix: &Ix| {
        let what = board::at_work(seen.story, seen.outlook, *ix, seen.now)?;
        let is_later = seen.story.state().item_state(*ix) != Some(ItemState::Generating);
        let work = seen.story.film().place(*ix).work();
        // What retake makes by itself is called as what it does.
        let what = if what.starts_with(&work) { what } else { format!("{work} · {what}") };
        Some((is_later, what))
    };
    nodes.iter().filter_map(told).min_by_key(|(is_later, _)| *is_later).map(|(_, what)| plain(&what))
}

impl Node {
    /// The node; whether anything of it may be made anew.
    pub(super) fn of(seen: Seen<'_>, ix: Ix, may_redo: bool) -> Self {
        let Seen { story, outlook, now, .. } = seen;
        let (state, node) = (story.state(), &story.state().nodes()[ix]);
        let item = state.item_state(ix).unwrap_or(ItemState::Pending);
        let reused = node.reused && matches!(node.phase, Phase::Complete { .. });
        let (work, model) = (plain(&story.film().place(ix).work()), entry_name(story, ix, node.entry));
        let is_over = matches!(item, ItemState::Complete | ItemState::FailedPermanent);
        let can_redo = may_redo && is_over && ALONE.contains(&story.film().place(ix).step.as_str());
        // What is made here and at once is not worth a line.
        let is_plain =
            matches!(node.takes.as_slice(), [take] if !take.is_paid() && matches!(take.state, TakeState::Kept { .. }));
        let told = |(n, take)| TakeRow::of(story, ix, n, take);
        let note = match item {
            ItemState::FailedPermanent => Some(board::lost(story, ix)),
            _ => board::at_work(story, outlook, ix, now),
        };
        Self {
            chip: Chip::of_item(item, reused),
            model: if model == work { String::new() } else { plain(&model) },
            redo: can_redo.then(|| state.graph().node(ix).spec.id.as_str().to_owned()),
            note: note.map(|note| plain(&note)),
            takes: if is_plain { Vec::new() } else { (1..).zip(&node.takes).map(told).collect() },
            work,
        }
    }
}

impl TakeRow {
    fn of(story: &Story, ix: Ix, n: u32, take: &Take) -> Self {
        let node = story.state().graph().node(ix).spec.id.clone();
        let fate = story.fate_of(ix, n).cloned().unwrap_or_default();
        let word = outcome(&take.state, fate.spare);
        let class = match word {
            "kept" => "good",
            "open" => "busy",
            "failed" | "unclear" | "held" | "written_off" => "trouble",
            _ => "quiet",
        };
        let model = entry_name(story, ix, take.entry);
        let provider = story.state().graph().offer(ix, take.entry).map(|offer| offer.provider.as_str().to_owned());
        let held = matches!(take.state, TakeState::Held).then(|| {
            let at = provider.unwrap_or_else(|| "its provider".to_owned());
            format!("It may have been bought from {model} at {at}: {} is reserved for it.", dollars(take.worst))
        });
        let is_open = matches!(
            take.state,
            TakeState::Intent | TakeState::Submitted { .. } | TakeState::Unclear { .. } | TakeState::Held
        );
        let cost = booked(&take.state);
        Self {
            no: TakeNo { node, n }.to_string(),
            n,
            model: plain(&model),
            outcome: if word == "written_off" { "written off" } else { word },
            class,
            hint: fate.fault.as_ref().and_then(|fault| fault.hint.as_deref().map(plain)),
            fault: fate.fault.map(|fault| plain(&format!("{}: {}", words::class(fault.class), fault.message))),
            cost: match () {
                () if !take.is_paid() => None,
                () if is_open => Some(format!("up to {}", dollars(take.worst))),
                () => Some(dollars(cost)),
            },
            held: held.map(|held| plain(&held)),
            can_pick: fate.spare && story.superseded_by().is_none(),
        }
    }
}
