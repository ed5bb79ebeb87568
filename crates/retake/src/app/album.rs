//! What a run looks like: words and pictures of its scenes, out of its journal and its artifacts.
//!
//! Owns which picture stands for a scene, and where it lies in the film. A picture that cannot be had is left out: the page is worth having without.

use std::collections::BTreeMap;
use std::path::Path;

use retake_engine::id::Hash;
use retake_engine::journal::RunState;
use retake_engine::performer::Outputs;
use retake_film::artifacts::Artifacts;
use retake_film::film::ARTIFACTS;
use retake_film::media::Tools;
use retake_film::media::frames::{At, Format, still};
use retake_film::media::probe::probe;
use retake_film::media::sniff::Kind;
use retake_film::recipe::{Recipe, Source, Step};

/// How wide a picture is.
const WIDTH: u32 = 480;
/// How many pictures there are at the most, so that a page can still be opened.
const PICTURES_MAX: usize = 300;

/// Words and pictures, by scene.
#[derive(Debug, Default)]
pub(crate) struct Album {
    /// What is said, and what is to be seen.
    pub(crate) words: BTreeMap<String, (String, String)>,
    /// Pictures, as JPEG, in the order of the shots.
    pub(crate) pictures: BTreeMap<String, Vec<Vec<u8>>>,
    /// The language that is spoken.
    pub(crate) language: Option<String>,
}

/// Looks through a run.
pub(crate) fn album(data: &Path, tools: &Tools, state: &RunState) -> Album {
    let mut album = Album::default();
    let Ok(artifacts) = Artifacts::open(&data.join(ARTIFACTS)) else { return album };
    let mut left = PICTURES_MAX;
    for ix in 0..state.graph().len() {
        let Some(recipe) = Recipe::read(&state.graph().node(ix).spec.recipe) else { continue };
        let Some(scene) = recipe.scene else { continue };
        let said = album.words.entry(scene.clone()).or_default();
        tell(said, &recipe.step);
        if let Step::Voice(voice) = &recipe.step {
            album.language = Some(voice.language.clone());
        }
        if let Step::Ingest(_) = recipe.step {
            let made = state.nodes()[ix].outputs().filter(|_| left > 0);
            if let Some(picture) = made.and_then(|made| picture(&artifacts, tools, made)) {
                left -= 1;
                album.pictures.entry(scene).or_default().push(picture);
            }
        }
    }
    album
}

/// Adds what a step says or shows to what is said and what is to be seen.
pub(super) fn tell(said: &mut (String, String), step: &Step) {
    match step {
        Step::Voice(voice) => said.0.clone_from(&voice.text),
        Step::Image(image) => add(&mut said.1, &image.prompt),
        Step::Video(video) => {
            if let Source::File { name, .. } = &video.source {
                add(&mut said.1, name);
            }
        }
        _ => {}
    }
}

fn add(text: &mut String, more: &str) {
    if !text.is_empty() {
        text.push_str(" / ");
    }
    text.push_str(more);
}

/// The frame in the middle of a piece.
fn picture(artifacts: &Artifacts, tools: &Tools, made: &Outputs) -> Option<Vec<u8>> {
    frame(tools, &artifacts.path(&role(made, "body")?)?)
}

/// The hash of what was made in this role.
pub(super) fn role(made: &Outputs, role: &str) -> Option<Hash> {
    made.artifacts.iter().find(|artifact| &*artifact.role == role).map(|artifact| artifact.hash)
}

/// The frame in the middle of a clip.
pub(super) fn frame(tools: &Tools, clip: &Path) -> Option<Vec<u8>> {
    let clip = probe(tools, clip, Kind::Video).ok()?;
    let middle = clip.duration.unwrap_or_default() / 2;
    still(tools, &clip, At::Time(middle), WIDTH, Format::Jpeg).ok()
}

/// A picture of a film, out of its first third; nothing where none can be had.
pub(crate) fn poster(tools: &Tools, film: &Path) -> Option<Vec<u8>> {
    let clip = probe(tools, film, Kind::Video).ok()?;
    still(tools, &clip, At::Time(clip.duration.unwrap_or_default() / 3), WIDTH, Format::Jpeg).ok()
}
