//! What of a scene somebody may want otherwise: its words, as they stand in the plan, and who may be asked instead.

use std::sync::Arc;

use retake_engine::id::RunId;
use retake_engine::journal::state::Status;
use retake_film::plan::Role;

use super::plain;
use crate::app::{Counter, Part, Parts, Usable};
use crate::http::Problem;

/// How many lines of words are seen at once.
const ROWS: usize = 8;
/// How many letters a line has.
const ROW_CHARS: usize = 60;

/// What there is to choose from in a run.
#[derive(Debug, Default)]
pub(super) struct Choice {
    parts: Arc<Parts>,
    usable: Vec<Usable>,
    newer: Option<RunId>,
}

/// A part of a scene, with a form of its own.
#[derive(Debug, Clone)]
pub(super) struct Otherwise {
    /// Its name as it is sent back.
    pub(super) what: String,
    /// What its words are, for people.
    pub(super) label: String,
    pub(super) words: String,
    pub(super) rows: usize,
    /// Who may be asked, by what they make.
    pub(super) groups: Vec<Group>,
}

/// Models that make the same.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) label: &'static str,
    /// The name of each, and what it costs.
    pub(super) models: Vec<(String, String)>,
}

/// Whether a letter only turns around the text beside it.
const fn turns(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl Choice {
    pub(super) fn of(counter: &Counter, run: RunId) -> Result<Self, Problem> {
        let Some(summary) = counter.find(run)?.summary else { return Ok(Self::default()) };
        let is_over = matches!(summary.status, Status::Ended(_));
        let newer = if is_over { counter.newer_than(run)? } else { None };
        if newer.is_some() {
            // Its plan says by now what the newer one is made of.
            return Ok(Self { newer, ..Self::default() });
        }
        Ok(Self { parts: counter.parts(&summary), usable: counter.usable(), newer })
    }

    /// The newest run of the film, where this one is not.
    pub(super) const fn newer(&self) -> Option<RunId> {
        self.newer
    }

    /// What of this scene can be had otherwise.
    pub(super) fn of_scene(&self, scene: &str) -> Vec<Otherwise> {
        self.parts.get(scene).into_iter().flatten().map(|part| self.part(part)).collect()
    }

    fn part(&self, part: &Part) -> Otherwise {
        let label = match (part.is_said, part.shot) {
            (true, _) => "What is said".to_owned(),
            (false, Some(n)) => format!("What is seen in shot {n}"),
            (false, None) => "What is seen".to_owned(),
        };
        let words: String = part.words.chars().filter(|letter| !turns(*letter)).collect();
        let lines = words.lines().map(|line| line.chars().count() / ROW_CHARS + 1).sum::<usize>();
        Otherwise {
            what: part.what.clone(),
            label,
            words,
            rows: lines.clamp(2, ROWS),
            groups: part.roles.iter().map(|role| self.group(*role)).filter(|group| !group.models.is_empty()).collect(),
        }
    }

    fn group(&self, role: Role) -> Group {
        let label = match role {
            Role::Voice => "Voice",
            Role::Image => "Picture",
            Role::Video => "Clip",
        };
        let of = self.usable.iter().filter(|model| model.role == Some(role));
        Group { label, models: of.map(|model| (model.name.clone(), plain(&model.price))).collect() }
    }
}
