//! How long it will still take: from what finished takes of the same steps took in this run, and from nothing else.
//!
//! Where that says too little there is no estimate. What has no measure because the film has it only once is named
//! beside the estimate instead of being guessed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use retake_engine::journal::state::{ItemState, Phase};
use retake_engine::moment::Moment;

use crate::ui::stage::Stage;
use crate::ui::story::Story;
use crate::ui::words;

/// With fewer finished takes nothing is concluded.
const FINISHED_MIN: u32 = 3;

/// What is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Left {
    /// About how long what can be measured will take.
    span: Duration,
    /// What comes after it and cannot be measured.
    then: BTreeSet<&'static str>,
}

impl Left {
    /// As people read it.
    pub(super) fn words(&self) -> String {
        let then: Vec<&str> = self.then.iter().copied().collect();
        let then = if then.is_empty() { String::new() } else { format!(", then {}", then.join(", ")) };
        format!("about {} left{then}", words::roughly(self.span))
    }
}

/// What is left, where the run's own takes tell.
pub(super) fn left(story: &Story, now: Moment) -> Option<Left> {
    let (state, film) = (story.state(), story.film());
    if !story.is_going() {
        return None;
    }
    let mut open: BTreeMap<&str, u32> = BTreeMap::new();
    let mut begun = Duration::ZERO;
    let mut then = BTreeSet::new();
    let mut resting = Duration::ZERO;
    for ix in film.nodes() {
        let node = &state.nodes()[ix];
        match state.item_state(ix) {
            Some(ItemState::Pending | ItemState::Generating | ItemState::Failed) => {}
            Some(ItemState::Complete | ItemState::FailedPermanent) | None => continue,
        }
        if let Phase::Resting { until } = node.phase {
            resting = resting.max(until.since(now));
        }
        let place = film.place(ix);
        if place.scene.is_none() && story.pace_of(&place.step).is_none() {
            then.insert(Stage::of_step(&place.step).word());
            continue;
        }
        *open.entry(&place.step).or_default() += 1;
        if let Phase::Taking { n } = node.phase
            && let Some(take) = node.take(n)
        {
            begun += now.since(take.intended).min(mean(story, &place.step)?);
        }
    }
    let (mut work, mut done, mut finished) = (Duration::ZERO, Duration::ZERO, 0);
    for (step, count) in &open {
        work += mean(story, step)?.saturating_mul(*count);
    }
    for stage in film.nodes().map(|ix| film.place(ix).step.as_str()).collect::<BTreeSet<_>>() {
        let pace = story.pace_of(stage).unwrap_or_default();
        (done, finished) = (done + pace.total, finished + pace.count);
    }
    if open.is_empty() || finished < FINISHED_MIN {
        return None;
    }
    // As many takes at once as there have been so far.
    let work = work.saturating_sub(begun).as_millis();
    let worked = story.elapsed(now).as_millis();
    let span = work.checked_mul(worked)?.checked_div((done + begun).as_millis())?;
    let span = Duration::from_millis(u64::try_from(span.min(work)).ok()?);
    Some(Left { span: span.max(resting), then })
}

/// How long a take of the step takes in this run; unknown where none has finished.
fn mean(story: &Story, step: &str) -> Option<Duration> {
    let pace = story.pace_of(step)?;
    pace.total.checked_div(pace.count)
}
