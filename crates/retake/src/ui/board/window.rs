//! Which scenes are shown where not all of them fit, and how many there are of each kind.

use retake_engine::journal::state::ItemState;

use super::row;
use crate::ui::film::Scene;
use crate::ui::paint::{Line, Look, Page, Tone};
use crate::ui::story::Story;
use crate::ui::words;

/// How many scenes stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    made: usize,
    reused: usize,
    working: usize,
    again: usize,
    waits: usize,
    missing: usize,
}

impl Counts {
    /// The counts of all scenes.
    pub(super) fn of(story: &Story) -> Self {
        let mut counts = Self::default();
        for scene in story.film().scenes() {
            counts.add(story, scene);
        }
        counts
    }

    fn add(&mut self, story: &Story, scene: &Scene) {
        *match scene.state(story.film(), story.state()) {
            ItemState::Complete if scene.is_reused(story.state()) => &mut self.reused,
            ItemState::Complete => &mut self.made,
            ItemState::Generating => &mut self.working,
            ItemState::Failed => &mut self.again,
            ItemState::Pending => &mut self.waits,
            ItemState::FailedPermanent => &mut self.missing,
        } += 1;
    }

    const fn all(&self) -> usize {
        self.made + self.reused + self.working + self.again + self.waits + self.missing
    }

    /// The counts in a line, those of none left out.
    pub(super) fn line(&self) -> Line {
        Line::new()
            .with(Tone::Dim, &format!("{}: ", words::several(self.all(), "scene")))
            .dotted(self.parts().iter().map(|(tone, text)| (*tone, text.as_str())))
    }

    fn parts(&self) -> Vec<(Tone, String)> {
        [
            (self.made, "made", Tone::Good),
            (self.reused, "reused", Tone::Good),
            (self.working, "working", Tone::Busy),
            (self.again, "to be tried again", Tone::Trouble),
            (self.waits, "waiting", Tone::Dim),
            (self.missing, "missing", Tone::Bad),
        ]
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, word, tone)| (tone, format!("{} {word}", words::count(count))))
        .collect()
    }
}

/// Adds the lines of the scenes: of all that fit, else of those that matter most now.
pub(super) fn scenes(seen: row::Seen<'_>, look: &Look, rows: usize, page: &mut Page) {
    let story = seen.story;
    let scenes = story.film().scenes();
    let shown: Vec<&Scene> = if scenes.len() <= rows { scenes.iter().collect() } else { window(story, rows - 1) };
    let names = row::name_width(shown.iter().map(|scene| scene.id.as_str()), look);
    for scene in &shown {
        page.push(row::scene(seen, scene, names, look));
    }
    let mut hidden = Counts::of(story);
    if shown.len() < scenes.len() {
        for scene in &shown {
            let mut one = Counts::default();
            one.add(story, scene);
            hidden = hidden.less(one);
        }
        let parts = hidden.parts();
        let parts = parts.iter().map(|(tone, text)| (*tone, text.as_str()));
        page.push(Line::new().with(Tone::Dim, &format!("… {} more: ", words::count(hidden.all()))).dotted(parts));
    }
}

impl Counts {
    const fn less(self, other: Self) -> Self {
        Self {
            made: self.made - other.made,
            reused: self.reused - other.reused,
            working: self.working - other.working,
            again: self.again - other.again,
            waits: self.waits - other.waits,
            missing: self.missing - other.missing,
        }
    }
}

/// So many scenes, in the order of the plan: those under way, then those that failed, then the next ones.
fn window(story: &Story, rows: usize) -> Vec<&Scene> {
    let rank = |scene: &Scene| match scene.state(story.film(), story.state()) {
        ItemState::Generating => 0,
        ItemState::Failed => 1,
        ItemState::FailedPermanent => 2,
        ItemState::Pending => 3,
        ItemState::Complete => 4,
    };
    let mut ranked: Vec<(u8, usize)> = story.film().scenes().iter().map(rank).zip(0..).collect();
    ranked.sort_unstable();
    ranked.truncate(rows);
    let mut chosen: Vec<usize> = ranked.into_iter().map(|(_, at)| at).collect();
    chosen.sort_unstable();
    chosen.into_iter().map(|at| &story.film().scenes()[at]).collect()
}
