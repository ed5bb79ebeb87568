//! What of each scene of a plan can be had otherwise, as the plan stands now.
//!
//! Owns what was read of plans, for as long as nobody has written to them: a page that is open asks at every event.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use retake_engine::journal::state::Summary;
use retake_film::plan::{self, Role, Words};

use super::counter::Counter;
use super::stamp::Stamp;
use super::{App, PLAN};

/// Of how many plans it is kept what they say.
const KEPT: usize = 16;

/// A part of a scene that can be had otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// What it is called when it is sent back.
    pub(crate) what: String,
    /// Which shot it is, where there are several.
    pub(crate) shot: Option<u32>,
    /// Its words as they stand.
    pub(crate) words: String,
    /// Whether they are said.
    pub(crate) is_said: bool,
    /// Who is asked for something in it.
    pub(crate) roles: Vec<Role>,
}

/// The parts of each scene, by its id.
pub(crate) type Parts = HashMap<String, Vec<Part>>;

/// Plans that were read lately.
#[derive(Debug, Default)]
pub(super) struct Leafed(Mutex<VecDeque<Leaf>>);

/// A plan that was read.
#[derive(Debug)]
struct Leaf {
    file: PathBuf,
    /// Where its scenes stand: itself, or what was written for it.
    held: PathBuf,
    stamps: [Stamp; 2],
    parts: Arc<Parts>,
}

fn stamps(file: &Path, held: &Path) -> Option<[Stamp; 2]> {
    let stamp = |path: &Path| std::fs::metadata(path).ok().map(|about| Stamp::of(&about));
    Some([stamp(file)?, stamp(held)?])
}

impl Leafed {
    fn find(&self, file: &Path) -> Option<Arc<Parts>> {
        let leaves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let leaf = leaves.iter().find(|leaf| leaf.file == file)?;
        (stamps(&leaf.file, &leaf.held)? == leaf.stamps).then(|| Arc::clone(&leaf.parts))
    }

    fn keep(&self, leaf: Leaf) {
        let mut leaves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        leaves.retain(|other| other.file != leaf.file);
        leaves.push_back(leaf);
        let over = leaves.len().saturating_sub(KEPT);
        leaves.drain(..over);
    }
}

impl Counter {
    /// What of each scene of a run's plan can be had otherwise, as the plan stands now; nothing where it is gone.
    pub(crate) fn parts(&self, summary: &Summary) -> Arc<Parts> {
        let name = summary.about.get(PLAN).map(|name| &**name).unwrap_or_default();
        let file = self.app().home().join(name);
        let app = self.app();
        app.leafed.find(&file).or_else(|| app.leaf(&file)).unwrap_or_default()
    }
}

impl App {
    /// Reads a plan, and keeps what it says.
    fn leaf(&self, file: &Path) -> Option<Arc<Parts>> {
        let (held, _) = self.text_of(file).ok()?;
        // What is written while it is read is read again.
        let stamps = stamps(file, &held)?;
        let (again, text) = self.text_of(file).ok()?;
        let plan = plan::read(&text).ok()?;
        let parts: Parts = plan.scenes.iter().map(|scene| (scene.id.to_string(), parts_of(scene))).collect();
        let parts = Arc::new(parts);
        if again == held {
            self.leafed.keep(Leaf { file: file.to_owned(), held, stamps, parts: Arc::clone(&parts) });
        }
        Some(parts)
    }
}

fn parts_of(scene: &plan::Scene) -> Vec<Part> {
    let several = scene.shots().len() > 1;
    let shots: Vec<Option<u32>> = match scene.shots().len() {
        0 | 1 => vec![None],
        count => (1..=u32::try_from(count).unwrap_or(u32::MAX)).map(Some).collect(),
    };
    let roles = match &scene.kind {
        plan::Kind::Shot(_) | plan::Kind::Shots(_) => vec![Role::Image, Role::Video],
        plan::Kind::Still(_) => vec![Role::Image],
        plan::Kind::Title(_) | plan::Kind::Clip(_) => Vec::new(),
    };
    let seen = shots.into_iter().filter_map(|shot| {
        let words = scene.words(Words::Seen, shot)?.to_owned();
        let what = shot.filter(|_| several).map_or_else(|| scene.id.to_string(), |n| format!("{}.{n}", scene.id));
        Some(Part { what, shot, words, is_said: false, roles: roles.clone() })
    });
    let said = scene.words(Words::Said, None).map(|words| Part {
        what: format!("{}/voice", scene.id),
        shot: None,
        words: words.to_owned(),
        is_said: true,
        roles: vec![Role::Voice],
    });
    seen.chain(said).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(file: &Path, held: &Path) -> Leaf {
        let stamps = stamps(file, held).unwrap();
        Leaf { file: file.to_owned(), held: held.to_owned(), stamps, parts: Arc::default() }
    }

    #[test]
    fn a_plan_is_read_again_when_it_or_what_was_written_for_it_was_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let [file, held] = ["film.yaml", "film.scenes.yaml"].map(|name| folder.path().join(name));
        let leafed = Leafed::default();
        for path in [&file, &held] {
            std::fs::write(&file, "film: One").unwrap();
            std::fs::write(&held, "scenes: []").unwrap();
            leafed.keep(leaf(&file, &held));
            let first = leafed.find(&file).unwrap();
            assert!(Arc::ptr_eq(&first, &leafed.find(&file).unwrap()));
            // As an edit of ours does: the new text under the old name.
            let other = folder.path().join("other");
            std::fs::write(&other, std::fs::read(path).unwrap()).unwrap();
            std::fs::rename(other, path).unwrap();
            assert!(leafed.find(&file).is_none(), "{}", path.display());
        }
        std::fs::remove_file(&file).unwrap();
        assert!(leafed.find(&file).is_none());
    }

    #[test]
    fn what_is_kept_of_plans_has_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let leafed = Leafed::default();
        let files: Vec<PathBuf> = (0..=KEPT).map(|n| folder.path().join(n.to_string())).collect();
        for file in &files {
            std::fs::write(file, "film: One").unwrap();
            for _ in 0..2 {
                leafed.keep(leaf(file, file));
            }
        }
        assert_eq!(leafed.0.lock().unwrap().len(), KEPT);
        assert!(leafed.find(&files[0]).is_none() && leafed.find(&files[1]).is_some());
    }
}
