//! What each node is to be made from: the plan's wishes, worked out step by step and written into the run.
//!
//! Owns the form in which the film layer tells itself, across a crash, what a node is. It must not know how anything of
//! it is made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use retake_engine::graph::NodeSpec;
use retake_engine::id::{EntryId, Hash, NodeId, PolicyId};
use serde::{Deserialize, Serialize};

use crate::layout::{Beat, Edges};

pub use picture::{Image, Ref, Reference};
pub use score::{Music, Own, Under};

mod picture;
mod score;

/// What a node is, and where it stands in the film.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// Its scene; nothing where it is the film's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene: Option<String>,
    /// Which shot of the scene, from 1; nothing where the scene has one clip or the node is the whole scene's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shot: Option<u32>,
    /// Who was asked for and is not there, where somebody else stands in; no part of what is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<Instead>,
    /// What is to be done.
    #[serde(flatten)]
    pub step: Step,
}

/// A model that a plan asks for and that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instead {
    /// Its name.
    pub of: String,
    /// Why it cannot be used.
    pub why: String,
}

/// What is to be done, with all that determines its outcome beside what it is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum Step {
    /// A gate: the scene is good.
    Scene,
    /// A gate: enough scenes are good.
    Scenes,
    /// A gate: a person is to look.
    Review,
    /// A gate: one voice speaks all these scenes.
    Narrator,
    /// A picture of the user's is made ready for those who take it as a reference.
    Reference(Reference),
    /// Words are spoken.
    Voice(Voice),
    /// A picture is made.
    Image(Image),
    /// A clip is made.
    Video(Video),
    /// A clip is made conformant.
    Ingest(Box<Ingest>),
    /// One clip becomes the next.
    Join(Join),
    /// Music is made or brought along.
    Music(Music),
    /// A text is written.
    Code(Box<Code>),
    /// The sound of the film is mixed.
    Sound(Sound),
    /// The film is put together.
    Assemble(Assemble),
    /// The film is handed over.
    Deliver(Deliver),
}

/// Words to be spoken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voice {
    /// The words.
    pub text: String,
    /// In which language.
    pub language: String,
}

/// A clip to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Video {
    /// Where it comes from.
    #[serde(flatten)]
    pub source: Source,
    /// Where its randomness starts.
    pub seed: u32,
    /// Whether the plan asks for that seed: then it is sent as it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fixed: bool,
    /// The place that it has to fill, where somebody has to be asked for a length; of it, the length alone matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<Box<Room>>,
    /// Pictures that it should resemble, those first that matter most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refs: Vec<Ref>,
}

/// Where a piece stands in the film: how long it has to be follows from that, once the voices are there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// What all pictures have in common.
    pub frame: Frame,
    /// The scene before, its own, and the one after, as far as there are any.
    pub beats: Vec<Beat>,
    /// What scenes beyond these share with them.
    #[serde(default)]
    pub edges: Edges,
    /// Which of the beats is its own.
    pub beat: usize,
    /// Which piece of it.
    pub piece: usize,
}

/// Where a clip comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// It is made from a picture and these words.
    Prompt {
        /// What is seen and happens, in the user's words.
        prompt: String,
        /// How those look who appear.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        looks: Vec<String>,
        /// The film's style.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        style: Option<String>,
    },
    /// It is the user's own file.
    File {
        /// The hash of its bytes.
        hash: Hash,
        /// Its name, for people.
        name: String,
    },
    /// It is the user's own, and lies elsewhere.
    Address {
        /// Where.
        url: String,
    },
}

/// What every picture of a film has in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Pixels to the right.
    pub width: u32,
    /// Pixels downwards.
    pub height: u32,
    /// Frames of a second.
    pub fps: u32,
    /// Whether it is encoded for looking at, not for showing.
    #[serde(default)]
    pub draft: bool,
}

/// A clip to be made conformant. How long it lasts and what it shares with its neighbours follows from the beats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ingest {
    /// What all pictures have in common.
    pub frame: Frame,
    /// Whether it is cropped to fill the frame; else it is padded.
    pub fill: bool,
    /// Whether a clip that is too short is slowed; else its last frame is held.
    pub slow: bool,
    /// Whether captions are drawn into it.
    #[serde(default)]
    pub burn: bool,
    /// The node whose clip or picture it is.
    pub from: NodeId,
    /// The scene before, its own, and the one after, as far as there are any.
    pub beats: Vec<Beat>,
    /// What scenes beyond these share with them.
    #[serde(default)]
    pub edges: Edges,
    /// Pieces that are missing for good: the others fill their time.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub absent: BTreeSet<NodeId>,
    /// Which of the beats is its own.
    pub beat: usize,
    /// Which piece of it.
    pub piece: usize,
}

/// How one clip becomes the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// What all pictures have in common.
    pub frame: Frame,
    /// How it looks.
    pub kind: String,
    /// The conformant clip before.
    pub before: NodeId,
    /// The conformant clip after.
    pub after: NodeId,
}

/// The role of a written plan among outputs.
pub const PLAN: &str = "plan";

/// A text to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// What whoever writes is told of the work.
    pub system: String,
    /// What is to be written.
    pub prompt: String,
    /// The JSON schema that the answer has to follow.
    pub answer: serde_json::Value,
    /// What it is to be.
    pub to_be: Text,
    /// What earlier answers got wrong, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wrong: Vec<String>,
    /// Who mends an answer that is wrong; nobody any more, where that was done often enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repair: Option<Repair>,
}

/// What a text is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Text {
    /// A plan.
    Plan {
        /// What the film is to be about, in the user's words.
        film: String,
        /// In which language, where the user says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<String>,
        /// Who is cast already, and how they look.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        cast: BTreeMap<String, String>,
    },
}

/// Who mends an answer that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repair {
    /// How often yet.
    pub left: u32,
    /// By which route.
    pub route: Vec<EntryId>,
    /// How patiently.
    pub policy: PolicyId,
}

/// The sound of the film.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sound {
    /// What all pictures have in common.
    pub frame: Frame,
    /// All scenes.
    pub beats: Vec<Beat>,
    /// What becomes of the clips' own sound, scene by scene.
    pub own: Vec<Own>,
    /// The music.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub music: Vec<Under>,
    /// Whether a missing scene keeps its time, with a card.
    #[serde(default)]
    pub cards: bool,
}

/// The film, put together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assemble {
    /// What all pictures have in common.
    pub frame: Frame,
    /// All scenes.
    pub beats: Vec<Beat>,
    /// Which scenes have captions, as a track.
    pub captions: Vec<bool>,
    /// In which language.
    pub language: String,
    /// The node that mixes the sound.
    pub sound: NodeId,
    /// Whether a missing scene keeps its time, with a card.
    #[serde(default)]
    pub cards: bool,
    /// What a card says, scene by scene.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// Pieces that are missing for good: the others fill their time.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub absent: BTreeSet<NodeId>,
    /// Nodes in whose place others stand, made anew because a neighbour is missing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub anew: BTreeMap<NodeId, NodeId>,
}

/// The film, handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliver {
    /// The film's title.
    pub title: String,
    /// The name of the file, without its ending.
    pub name: String,
    /// A folder or the address of a store.
    pub to: String,
    /// The folder that a relative one is in, seen from where the film's data lies.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub base: String,
    /// The node that puts the film together.
    pub film: NodeId,
}

impl Step {
    /// The step's name, as it stands in the ids of nodes.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Scene => "scene",
            Self::Scenes => "scenes",
            Self::Review => "review",
            Self::Narrator => "narrator",
            Self::Reference(_) => "reference",
            Self::Voice(_) => "voice",
            Self::Image(_) => "image",
            Self::Video(_) => "video",
            Self::Ingest(_) => "ingest",
            Self::Join(_) => "join",
            Self::Music(_) => "music",
            Self::Code(_) => "code",
            Self::Sound(_) => "sound",
            Self::Assemble(_) => "assemble",
            Self::Deliver(_) => "deliver",
        }
    }

    /// Pictures that it should resemble.
    #[must_use]
    pub fn refs(&self) -> &[Ref] {
        match self {
            Self::Image(Image { refs, .. }) | Self::Video(Video { refs, .. }) => refs,
            Self::Scene
            | Self::Scenes
            | Self::Review
            | Self::Narrator
            | Self::Reference(_)
            | Self::Voice(_)
            | Self::Ingest(_)
            | Self::Join(_)
            | Self::Music(_)
            | Self::Code(_)
            | Self::Sound(_)
            | Self::Assemble(_)
            | Self::Deliver(_) => &[],
        }
    }

    /// Whether people mean it when they count.
    #[must_use]
    pub const fn is_item(&self) -> bool {
        matches!(self, Self::Voice(_) | Self::Image(_) | Self::Video(_) | Self::Code(_))
    }
}

impl Recipe {
    /// A node of the film's own.
    #[must_use]
    pub const fn film(step: Step) -> Self {
        Self { scene: None, shot: None, instead: None, step }
    }

    /// What stands in a node; nothing where it is none of ours.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The id of its node.
    #[must_use]
    pub fn id(&self) -> NodeId {
        id(self.scene.as_deref().unwrap_or_default(), self.shot, self.step.name())
    }

    /// The id of the picture with which its shot begins.
    #[must_use]
    pub fn picture(&self) -> NodeId {
        id(self.scene.as_deref().unwrap_or_default(), self.shot, "image")
    }

    /// The node that it is: a gate until it is given a route. Where it stands in the film is no part of its identity,
    /// so that a scene may be renamed or moved and what was made for it is found again.
    #[must_use]
    pub fn node(&self) -> NodeSpec {
        self.node_named(self.id())
    }

    /// The same under another name.
    #[must_use]
    pub fn node_named(&self, id: NodeId) -> NodeSpec {
        let step = serde_json::to_string(&self.step).expect("a step is text and numbers");
        let recipe: Arc<str> = serde_json::to_string(self).expect("a recipe is text and numbers").into();
        let identity = Hash::of([b"step".as_slice(), step.as_bytes()]);
        NodeSpec { identity, recipe, item: self.step.is_item(), ..NodeSpec::gate(id) }
    }
}

/// The id of a node: of a scene's step, or of one of its shots'; the film's own have a scene without a name.
#[must_use]
pub fn id(scene: &str, shot: Option<u32>, step: &str) -> NodeId {
    match shot {
        Some(shot) => format!("{scene}.{shot}/{step}"),
        None => format!("{scene}/{step}"),
    }
    .as_str()
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_survives_being_written_down() {
        let voice = Step::Voice(Voice { text: "It blinks.".to_owned(), language: "en".to_owned() });
        let recipe = Recipe { scene: Some("a/b.2".to_owned()), shot: Some(2), instead: None, step: voice };
        let node = recipe.node();
        assert_eq!(Recipe::read(&node.recipe), Some(recipe));
        assert_eq!(node.id.as_str(), "a/b.2.2/voice");
        assert!(node.item);
    }

    #[test]
    fn where_it_stands_is_no_part_of_what_it_is() {
        let voice = Step::Voice(Voice { text: "It blinks.".to_owned(), language: "en".to_owned() });
        let here = Recipe { scene: Some("one".to_owned()), shot: None, instead: None, step: voice.clone() };
        let there = Recipe { scene: Some("two".to_owned()), shot: None, instead: None, step: voice };
        assert_eq!(here.node().identity, there.node().identity);
    }

    #[test]
    fn the_film_s_own_nodes_have_no_scene() {
        assert_eq!(Recipe::film(Step::Scenes).id().as_str(), "/scenes");
        assert_eq!(Recipe::read("{}"), None);
        assert_eq!(Recipe::read(""), None);
    }
}
