//! What the user wrote: `film.yaml` as types, read with every mistake at once.
//!
//! Owns the form of a plan, its limits and its words. It must not know how anything of it is made: no models, no
//! prices, no disk. What a key leaves open stays open here (`None`); those who use it know the default.

use std::collections::BTreeMap;

pub use retake_engine::journal::event::{OnBudget, Unclear};
use retake_engine::money::Money;
use serde::Serialize;

pub use self::choices::{Captions, Choices, ClipSound, Fit, Music, Route, Score, Source as MusicSource};
pub use self::edit::{Edit, Role, Unedited, Words, edited, line_of};
pub use self::ids::with_ids;
pub use self::join::{Join, TRANSITIONS};
pub(crate) use self::keys::nearest;
pub use self::mention::{Piece, pieces};
pub use self::mistake::{Mistake, Mistakes};
pub use self::place::{Goal, Place};
pub use self::references::References;
pub use self::retry::{Patch, STEPS, read_retry};
pub use self::scene::{Kind, Scene, SceneId, Shot};
pub use self::schema::schema;
pub use self::value::{Decimal, Size};
pub use self::written::{Written, written};

mod check;
mod choices;
mod desk;
mod edit;
mod film;
mod ids;
mod join;
mod keys;
pub mod limits;
mod mention;
mod mistake;
mod place;
mod references;
mod retry;
mod scene;
mod schema;
mod tree;
mod value;
mod written;

/// A film as it is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Its title; without scenes, what it is to be about.
    pub film: String,
    /// Pixels of a frame; else [`Size::DEFAULT`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// Frames per second; else 24.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fps: Option<u32>,
    /// The language of speech and captions; else `en`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What it may cost; else what the configuration says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Money>,
    /// How many good scenes make a film; else 3, or all if there are fewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_clips: Option<usize>,
    /// Generated takes in flight; else 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// What is added to every prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub style: Option<String>,
    /// What randomness is derived from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u32>,
    /// Cheap or good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// Further passes over what failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounds: Option<u32>,
    /// What becomes of a take that may have been accepted and cannot be found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unclear: Option<Unclear>,
    /// What happens at the cap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_budget: Option<OnBudget>,
    /// What stands where a scene is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gaps: Option<Gaps>,
    /// What its scenes may choose otherwise.
    #[serde(flatten)]
    pub choices: Choices,
    /// Who appears, by the name that prompts call them by.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cast: BTreeMap<String, Member>,
    /// In the order of the film; none where they are still to be written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scenes: Vec<Scene>,
    /// Where the film goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deliver: Option<Goal>,
    /// Who is told, by an address on the web.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify: Option<String>,
}

/// Somebody or something that looks the same in every scene.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Member {
    /// Added once to a prompt that names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub look: Option<String>,
    /// Pictures of it.
    #[serde(rename = "ref", skip_serializing_if = "References::is_empty")]
    pub references: References,
}

/// Which settings of the models are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// The cheaper ones.
    Draft,
    /// The better ones.
    Final,
}

/// What stands where a scene is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gaps {
    /// Nothing.
    Skip,
    /// A card that names the scene.
    Card,
}

/// Why a plan cannot be written down.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot write the plan as YAML: {0}")]
pub struct Unwritable(String);

/// Reads a plan from YAML or JSON.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn read(text: &str) -> Result<Plan, Mistakes> {
    let root = tree::read(text).map_err(|refusal| Mistakes::placed(text, vec![refusal]))?;
    let mut desk = desk::Desk::default();
    let plan = film::read(&mut desk, &root);
    match plan.filter(|_| desk.complaints.is_empty()) {
        Some(plan) => Ok(plan),
        None => Err(Mistakes::placed(text, desk.complaints)),
    }
}

/// Reads a plan from bytes that should be UTF-8.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn read_bytes(bytes: &[u8]) -> Result<Plan, Mistakes> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let at = mistake::Spot { start: good.len(), end: good.len() };
        let why = "a plan is written in UTF-8";
        let hint = "save it as UTF-8 in your editor";
        Mistakes::placed(&good, vec![(at, mistake::Complaint::new("a byte that is no text", why, hint))])
    })?;
    read(text)
}

impl Plan {
    /// Writes it down in the same form, its ids included; reading that gives the same plan.
    ///
    /// # Errors
    ///
    /// Where a value of it cannot be written; none that was read is such.
    pub fn to_yaml(&self) -> Result<String, Unwritable> {
        serde_saphyr::to_string(self).map_err(|error| Unwritable(error.to_string()))
    }

    /// What holds for a scene: its own choices, else the film's.
    #[must_use]
    pub fn choices_of(&self, scene: &Scene) -> Choices {
        scene.choices.or(&self.choices)
    }

    /// The same, tried as patiently as this says, whatever it says of that itself.
    #[must_use]
    pub fn retried(mut self, over: &BTreeMap<&'static str, Patch>) -> Self {
        let scenes = self.scenes.iter_mut().map(|scene| &mut scene.choices);
        for choices in scenes.chain([&mut self.choices]) {
            choices.retry = retry::over(over, &choices.retry);
        }
        self
    }

    /// Everything outside the plan that it names, so that a face can refuse what it does not trust.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        let cast = self.cast.values().flat_map(|member| &member.references.places);
        cast.chain(self.choices.places()).chain(self.scenes.iter().flat_map(Scene::places))
    }
}
