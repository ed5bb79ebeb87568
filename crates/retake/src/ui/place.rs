//! Where a node stands in the film: its scene, its shot, its step.
//!
//! The only place that reads this off a node, so that everything else speaks of scenes and steps.

use retake_engine::graph::NodeSpec;
use retake_film::recipe::{Instead, Recipe};

/// What stands between a step and a name that only retake uses.
const INTERNAL: char = '~';

/// Where a node stands in the film.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its scene; nothing where it is the film's own.
    pub scene: Option<String>,
    /// Which shot of the scene, from 1.
    pub shot: Option<u32>,
    /// What is done.
    pub step: String,
    /// Of whom, where it is somebody's portrait.
    pub of: Option<String>,
    /// Whether it is no business of people: a gate, or what only holds others together.
    pub internal: bool,
    /// Who was asked for and is not there, where somebody else stands in.
    pub instead: Option<Instead>,
}

impl Place {
    /// The place of this node.
    #[must_use]
    pub fn of(node: &NodeSpec) -> Self {
        let internal = node.route.is_empty() || after_scene(node.id.as_str()).contains(INTERNAL);
        match Recipe::read(&node.recipe) {
            Some(Recipe { scene, shot, step, instead }) => {
                let of = node.id.as_str().strip_prefix("/portrait.").map(str::to_owned);
                Self { scene, shot, step: step.name().to_owned(), of, internal, instead }
            }
            // Its writer was another retake, which knew other steps.
            None => Self { internal, ..Self::named(node.id.as_str()) },
        }
    }

    /// The place as the name alone tells it: `lamp/video`, `lamp.2/video`, `/sound`.
    fn named(id: &str) -> Self {
        let (scene, step) = id.rsplit_once('/').unwrap_or(("", id));
        let step = step.split(INTERNAL).next().unwrap_or(step);
        let shot = scene.rsplit_once('.').and_then(|(scene, shot)| Some((scene, shot.parse().ok()?)));
        let (scene, shot) = shot.map_or((scene, None), |(scene, shot)| (scene, Some(shot)));
        let scene = (!scene.is_empty()).then(|| scene.to_owned());
        Self { scene, shot, step: step.to_owned(), of: None, internal: false, instead: None }
    }

    /// The place in words: `storm · video`, `lamp, shot 2 · image`, `film · sound`, `tom · portrait`.
    #[must_use]
    pub fn title(&self) -> String {
        if let Some(of) = &self.of {
            return format!("{of} · portrait");
        }
        let scene = self.scene.as_deref().unwrap_or("film");
        match self.shot {
            Some(shot) => format!("{scene}, shot {shot} · {}", self.step),
            None => format!("{scene} · {}", self.step),
        }
    }

    /// The step with its shot, within a scene: `video`, `video of shot 2`.
    #[must_use]
    pub fn work(&self) -> String {
        self.shot.map_or_else(|| self.step.clone(), |shot| format!("{} of shot {shot}", self.step))
    }
}

fn after_scene(id: &str) -> &str {
    id.rsplit_once('/').map_or(id, |(_, step)| step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(id: &str, title: &str, internal: bool) {
        let node = NodeSpec { route: vec!["local".into()], ..NodeSpec::gate(id) };
        let place = Place::of(&node);
        assert_eq!((place.title().as_str(), place.internal), (title, internal), "{id}");
    }

    #[test]
    fn a_name_tells_scene_shot_and_step() {
        check("lamp/video", "lamp · video", false);
        check("lamp.2/image", "lamp, shot 2 · image", false);
        check("a/b/voice", "a/b · voice", false);
        check("v1.2x/voice", "v1.2x · voice", false);
        check("/sound", "film · sound", false);
        check("lamp/ingest~first", "lamp · ingest", true);
        check("~/video", "~ · video", false);
    }

    #[test]
    fn a_recipe_tells_it_better() {
        let recipe = r#"{"scene":"act.2","step":"voice","text":"words","language":"en"}"#;
        let node = NodeSpec { recipe: recipe.into(), ..NodeSpec::gate("act.2/voice") };
        let place = Place::of(&node);
        assert_eq!((place.scene.as_deref(), place.shot, place.internal), (Some("act.2"), None, true));
    }
}
