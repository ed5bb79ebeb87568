//! What a film chooses and a scene may choose otherwise.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::desk::{Desk, Fields};
use super::join::Join;
use super::keys;
use super::limits::{NAME_CHARS_MAX, PLACE_CHARS_MAX, ROUTE_MAX, TEXT_CHARS_MAX};
use super::mistake::{Complaint, quoted};
use super::place::Place;
use super::retry::{self, Patch};
use super::tree::{Node, Shape};
use super::value::Decimal;

/// The names of models, in the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Route(pub Vec<String>);

/// What a film chooses and a scene may choose otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Choices {
    /// Who speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice: Option<Route>,
    /// Who draws.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Route>,
    /// Who films.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video: Option<Route>,
    /// Who writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writer: Option<Route>,
    /// How a scene follows the one before; else a cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub join: Option<Join>,
    /// How captions are shown; else softly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub captions: Option<Captions>,
    /// How a picture of another shape fits the frame; else the made are cropped, the user's padded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fit: Option<Fit>,
    /// What becomes of a clip's own sound; else it is lowered under speech.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_sound: Option<ClipSound>,
    /// What plays under it; else nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub music: Option<Music>,
    /// How patiently each step is tried.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub retry: BTreeMap<&'static str, Patch>,
}

/// How captions are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Captions {
    /// Not at all.
    Off,
    /// As a track that a player can show.
    Soft,
    /// Drawn into the picture.
    Burn,
}

/// How a picture of another shape fits the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// It fills the frame; what stands over is cut off.
    Fill,
    /// All of it is shown, with bars.
    Pad,
}

/// What becomes of a clip's own sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClipSound {
    /// Full, lowered under speech.
    Duck,
    /// Full.
    Keep,
    /// None.
    Drop,
}

/// Whether there is music.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Music {
    /// None, where the film has some.
    Off,
    /// This.
    On(Score),
}

/// What plays, and how loud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Score {
    /// Where it comes from.
    #[serde(flatten)]
    pub source: Source,
    /// How loud, from 0 to 1; else 0.3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<Decimal>,
    /// How many decibels lower under speech; else 12.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duck: Option<Decimal>,
}

/// Where music comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Source {
    /// It is there.
    File {
        /// Where.
        file: Place,
    },
    /// It is made.
    Prompt {
        /// From these words.
        prompt: String,
        /// By one of these.
        #[serde(skip_serializing_if = "Option::is_none")]
        model: Option<Route>,
    },
}

impl Serialize for Music {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Off => serializer.serialize_str("off"),
            Self::On(score) => score.serialize(serializer),
        }
    }
}

const CAPTIONS: [(&str, Captions); 3] = [("off", Captions::Off), ("soft", Captions::Soft), ("burn", Captions::Burn)];
const FIT: [(&str, Fit); 2] = [("fill", Fit::Fill), ("pad", Fit::Pad)];
const CLIP_SOUND: [(&str, ClipSound); 3] =
    [("duck", ClipSound::Duck), ("keep", ClipSound::Keep), ("drop", ClipSound::Drop)];

impl Choices {
    pub(crate) fn read(desk: &mut Desk, fields: &Fields<'_>) -> Self {
        Self {
            voice: fields.get("voice").and_then(|node| Route::read(desk, node)),
            image: fields.get("image").and_then(|node| Route::read(desk, node)),
            video: fields.get("video").and_then(|node| Route::read(desk, node)),
            writer: fields.get("writer").and_then(|node| Route::read(desk, node)),
            join: fields.get("join").and_then(|node| join(desk, node)),
            captions: fields.get("captions").and_then(|node| desk.one_of(node, &CAPTIONS)),
            fit: fields.get("fit").and_then(|node| desk.one_of(node, &FIT)),
            clip_sound: fields.get("clip_sound").and_then(|node| desk.one_of(node, &CLIP_SOUND)),
            music: fields.get("music").and_then(|node| music(desk, node)),
            retry: fields.get("retry").map(|node| retry::read(desk, node)).unwrap_or_default(),
        }
    }

    /// These, and what they leave open as in those; policies are laid over each other number by number.
    pub(crate) fn or(&self, those: &Self) -> Self {
        Self {
            voice: self.voice.as_ref().or(those.voice.as_ref()).cloned(),
            image: self.image.as_ref().or(those.image.as_ref()).cloned(),
            video: self.video.as_ref().or(those.video.as_ref()).cloned(),
            writer: self.writer.as_ref().or(those.writer.as_ref()).cloned(),
            join: self.join.or(those.join),
            captions: self.captions.or(those.captions),
            fit: self.fit.or(those.fit),
            clip_sound: self.clip_sound.or(those.clip_sound),
            music: self.music.as_ref().or(those.music.as_ref()).cloned(),
            retry: retry::over(&self.retry, &those.retry),
        }
    }

    pub(crate) fn places(&self) -> impl Iterator<Item = &Place> {
        self.music.iter().filter_map(|music| match music {
            Music::On(Score { source: Source::File { file }, .. }) => Some(file),
            Music::On(Score { source: Source::Prompt { .. }, .. }) | Music::Off => None,
        })
    }
}

pub(crate) fn join(desk: &mut Desk, node: &Node) -> Option<Join> {
    desk.scalar(node, "a join such as `crossfade 0.4`", Join::read)
}

pub(crate) fn place(desk: &mut Desk, node: &Node) -> Option<Place> {
    let text = desk.line(node, PLACE_CHARS_MAX)?;
    desk.scalar(node, "a path or an address", |_| Place::read(&text))
}

impl Route {
    /// A name, or a list of names.
    pub(crate) fn read(desk: &mut Desk, node: &Node) -> Option<Self> {
        if let Shape::Text(_) = node.shape {
            return name(desk, node).map(|name| Self(vec![name]));
        }
        let entries = desk.list(node, "a model, or a list of models,", ROUTE_MAX)?;
        if entries.is_empty() {
            desk.complain(
                node.spot,
                "an empty list",
                "a route names at least one model",
                "name a model, or leave out the key",
            );
        }
        let mut names: Vec<String> = Vec::new();
        for entry in entries {
            let Some(name) = name(desk, entry) else { continue };
            if names.contains(&name) {
                let what = format!("the model {} stands here twice", quoted(&name));
                desk.complain(entry.spot, what, "each entry of a route is tried in its turn", "take one of them out");
            } else {
                names.push(name);
            }
        }
        Some(Self(names))
    }
}

fn name(desk: &mut Desk, node: &Node) -> Option<String> {
    let name = desk.line(node, NAME_CHARS_MAX)?;
    let is_name = name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/:+".contains(&byte));
    if !is_name {
        let why = "the names of models are letters, digits, `.`, `-`, `_` and `/`";
        desk.complain(
            node.spot,
            format!("the model {}", quoted(&name)),
            why,
            "write the short name of a model, or a list of them",
        );
        return None;
    }
    Some(name)
}

fn music(desk: &mut Desk, node: &Node) -> Option<Music> {
    if let Shape::Text(text) = &node.shape {
        if text == "off" {
            return Some(Music::Off);
        }
        let why = "music is `off`, or a mapping that says whether it is there or to be made";
        desk.complain(
            node.spot,
            format!("{} stands here", quoted(text)),
            why,
            "write `music: {file: theme.mp3}` or `music: {prompt: calm piano}`",
        );
        return None;
    }
    let fields = desk.fields(node, &keys::MUSIC, "a mapping such as `{file: theme.mp3}`")?;
    let file = fields.get("file").map(|node| place(desk, node));
    let prompt = fields.get("prompt").map(|node| desk.text(node, TEXT_CHARS_MAX));
    let model = fields.get("model").and_then(|node| Route::read(desk, node));
    let volume = fields.get("volume").and_then(|node| share(desk, node, 1));
    let duck = fields.get("duck").and_then(|node| share(desk, node, 60));
    let source = match (file, prompt) {
        (Some(file), None) => {
            if let Some(spot) = fields.key("model").filter(|_| model.is_some()) {
                desk.complain(
                    spot,
                    "a model for music that is there",
                    "`file` is played as it is",
                    "take out `model`, or write `prompt`",
                );
            }
            Source::File { file: file? }
        }
        (None, Some(prompt)) => Source::Prompt { prompt: prompt?, model },
        _ => {
            let why = "music is either there or made";
            desk.wrong(fields.spot, Complaint::new("not exactly one of `file` and `prompt`", why, "write one of them"));
            return None;
        }
    };
    Some(Music::On(Score { source, volume, duck }))
}

fn share(desk: &mut Desk, node: &Node, most: u64) -> Option<Decimal> {
    let most = Decimal::from_millionths(most * 1_000_000);
    let wanted = format!("a number from 0 to {most}");
    desk.scalar(node, &wanted, |text| Decimal::read(text, Decimal::default(), most, "here"))
}
