//! The seven stages of a film, as people are told of them.

use retake_engine::journal::RunState;
use retake_engine::journal::state::{ItemState, Status};

use super::film::Film;

/// A stage of a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The plan is written, or the run waits for its turn.
    Plan,
    /// Words are spoken.
    Voice,
    /// Pictures are made.
    Storyboard,
    /// Characters learn to speak.
    Character,
    /// Clips are made.
    Clips,
    /// The film is put together.
    Assemble,
    /// The film is handed over.
    Deliver,
}

impl Stage {
    /// All of them, in order.
    pub const ALL: [Self; 7] =
        [Self::Plan, Self::Voice, Self::Storyboard, Self::Character, Self::Clips, Self::Assemble, Self::Deliver];

    /// The stage to which a step belongs; a step that nobody knows belongs to the clips.
    #[must_use]
    pub fn of_step(step: &str) -> Self {
        match step {
            "write" | "plan" | "code" => Self::Plan,
            "voice" => Self::Voice,
            "image" => Self::Storyboard,
            "align" | "emotion" | "rig" => Self::Character,
            "join" | "music" | "sound" | "assemble" => Self::Assemble,
            "deliver" => Self::Deliver,
            _ => Self::Clips,
        }
    }

    /// The stage of a run: the first of which something is not finished.
    #[must_use]
    pub fn of(film: &Film, run: &RunState) -> Self {
        if *run.status() == Status::Queued {
            return Self::Plan;
        }
        let open = |state| matches!(state, ItemState::Pending | ItemState::Generating | ItemState::Failed);
        let unfinished = film.nodes().filter(|ix| run.item_state(*ix).is_some_and(open));
        unfinished.map(|ix| Self::of_step(&film.place(ix).step)).min().unwrap_or(Self::Deliver)
    }

    /// Its one word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Voice => "voice",
            Self::Storyboard => "storyboard",
            Self::Character => "character",
            Self::Clips => "clips",
            Self::Assemble => "assemble",
            Self::Deliver => "deliver",
        }
    }

    /// Its number, from 1.
    #[must_use]
    pub fn number(self) -> usize {
        Self::ALL.iter().take_while(|stage| **stage < self).count() + 1
    }
}
