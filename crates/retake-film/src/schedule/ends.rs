//! The nodes of the film itself: music, sound, assembly, delivery, and the gates before them.

use std::collections::{BTreeMap, BTreeSet};

use retake_engine::graph::NodeSpec;
use retake_engine::id::NodeId;

use super::{Draft, MIN_CLIPS, REVIEW, Until};
use crate::catalogue::Kind as Makes;
use crate::layout::Beat;
use crate::plan::{Captions, Choices, ClipSound, Gaps, Goal, Kind, Music as Wish, MusicSource, Score};
use crate::recipe::{Assemble, Deliver, Music, Own, Recipe, Reference, Sound, Step, Under};

/// How loud music is, in millionths, where the plan says nothing.
const VOLUME: u64 = 300_000;
/// How much lower it is under speech, in millionths of a decibel, where the plan says nothing.
const DUCK: u64 = 12_000_000;
/// Where films go, where the plan says nothing.
const FOLDER: &str = "out";

impl Draft<'_> {
    /// Adds them, and gives the one without which all is failed.
    pub(super) fn ends(&mut self) -> NodeId {
        self.review();
        let enough = self.plan.min_clips.unwrap_or(MIN_CLIPS).min(self.plan.scenes.len());
        let scenes = Recipe::film(Step::Scenes).node();
        let awaits = std::mem::take(&mut self.good);
        let at_least = enough.min(awaits.len());
        let scenes = self.add(None, NodeSpec { awaits, at_least, last_look: true, ..scenes });
        let music = self.music();
        let sound = self.sound(&scenes, music);
        let film = self.assemble(sound);
        self.deliver(film)
    }

    fn review(&mut self) {
        let Some(until) = self.setting.until else { return };
        let wanted: &[&str] = match until {
            Until::Voice => &["/voice"],
            Until::Storyboard => &["/voice", "/image"],
        };
        let seen = |node: &&NodeSpec| wanted.iter().any(|step| node.id.as_str().ends_with(step));
        let awaits: Vec<NodeId> = self.nodes.iter().filter(seen).map(|node| node.id.clone()).collect();
        let gate = NodeSpec { awaits, review: true, ..Recipe::film(Step::Review).node() };
        debug_assert_eq!(gate.id.as_str(), REVIEW, "the others wait for it by this name");
        self.add(None, gate);
    }

    /// The music of scenes that follow one another under the same wish.
    fn music(&mut self) -> Vec<Under> {
        let mut under: Vec<(Score, Under)> = Vec::new();
        for at in 0..self.scenes.len() {
            let Some(Wish::On(score)) = self.scenes[at].choices.music.clone() else { continue };
            if let Some((_, last)) = under.last_mut().filter(|(before, last)| *before == score && last.to == at) {
                last.to = at + 1;
                continue;
            }
            let Some(music) = self.score(&score, under.len()) else { continue };
            let volume_millionths = score.volume.map_or(VOLUME, crate::plan::Decimal::millionths);
            let duck_millionths = score.duck.map_or(DUCK, crate::plan::Decimal::millionths);
            under.push((score, Under { music, from: at, to: at + 1, volume_millionths, duck_millionths }));
        }
        under.into_iter().map(|(_, under)| under).collect()
    }

    fn score(&mut self, score: &Score, nth: usize) -> Option<NodeId> {
        let (step, (route, instead)) = match &score.source {
            MusicSource::File { file } => {
                let music = match self.brought(None, "the music", file)? {
                    Reference::File { hash, name } => Music::File { hash, name },
                    Reference::Address { url } => Music::Address { url },
                };
                (music, (self.enter_step("clip"), None))
            }
            MusicSource::Prompt { prompt, model } => {
                let route = self.route(None, Makes::Music, model.as_ref());
                (Music::Prompt { prompt: prompt.clone(), seed: self.seed }, route)
            }
        };
        let recipe = Recipe { instead, ..Recipe::film(Step::Music(step)) };
        let policy = Some(self.policy("music", &Choices::default()));
        let node =
            if nth == 0 { recipe.node() } else { recipe.node_named(format!("/music.{}", nth + 1).as_str().into()) };
        // The same music is made once, however often the film comes back to it.
        if let Some(same) = self.nodes.iter().find(|other| other.identity == node.identity) {
            return Some(same.id.clone());
        }
        Some(self.add(None, NodeSpec { route, policy, ..node }))
    }

    fn beats(&self) -> Vec<Beat> {
        self.scenes.iter().map(|line| line.beat.clone()).collect()
    }

    /// All that is heard or seen, as far as it is there.
    fn parts(&self) -> Vec<NodeId> {
        let beats = self.scenes.iter().map(|line| &line.beat);
        let parts = beats.flat_map(|beat| {
            let pieces = beat.pieces.iter().flat_map(|piece| [Some(piece.ingest.clone()), piece.clip.clone()]);
            std::iter::once(beat.voice.clone()).chain(pieces).flatten()
        });
        parts.filter(|node| self.names.contains(node)).collect()
    }

    fn sound(&mut self, scenes: &NodeId, music: Vec<Under>) -> NodeId {
        let own = self.scenes.iter().map(|line| match line.choices.clip_sound {
            None | Some(ClipSound::Duck) => Own::Duck,
            Some(ClipSound::Keep) => Own::Keep,
            Some(ClipSound::Drop) => Own::Drop,
        });
        let own = own.collect();
        let mut inputs = self.parts();
        let mut awaits = inputs.clone();
        let mut scores: Vec<NodeId> = music.iter().map(|under| under.music.clone()).collect();
        scores.sort();
        scores.dedup();
        // A film without its music is better than none.
        awaits.extend(scores.iter().cloned());
        inputs.extend(scores);
        let cards = self.plan.gaps == Some(Gaps::Card);
        let sound = Sound { frame: self.frame, beats: self.beats(), own, music, cards };
        let node = Recipe::film(Step::Sound(sound)).node();
        let (route, policy) = (self.enter_step("sound"), Some(self.policy("sound", &self.plan.choices.clone())));
        let needs = vec![scenes.clone()];
        awaits.retain(|node| !needs.contains(node));
        self.add(None, NodeSpec { route, policy, needs, awaits, inputs, ..node })
    }

    fn assemble(&mut self, sound: NodeId) -> NodeId {
        self.ready_to_mend();
        let joins = self.nodes.iter().filter(|node| node.id.as_str().ends_with("/join")).map(|node| node.id.clone());
        let mut awaits: Vec<NodeId> = self.parts().into_iter().chain(joins).collect();
        awaits.dedup();
        let inputs = std::iter::once(sound.clone()).chain(awaits.iter().cloned()).collect();
        let captions = self.scenes.iter().map(|line| matches!(line.choices.captions, None | Some(Captions::Soft)));
        let cards = self.plan.gaps == Some(Gaps::Card);
        let words = self.plan.scenes.iter().map(|scene| match &scene.kind {
            Kind::Title(text) => text.clone(),
            _ => scene.say.clone().unwrap_or_else(|| scene.id.to_string()),
        });
        let assemble = Assemble {
            frame: self.frame,
            beats: self.beats(),
            captions: captions.collect(),
            language: self.plan.language.clone().unwrap_or_else(|| "en".to_owned()),
            sound: sound.clone(),
            cards,
            words: if cards { words.collect() } else { Vec::new() },
            absent: BTreeSet::new(),
            anew: BTreeMap::new(),
        };
        let node = Recipe::film(Step::Assemble(assemble)).node();
        let (route, policy) = (self.enter_step("assemble"), Some(self.policy("assemble", &self.plan.choices.clone())));
        self.add(None, NodeSpec { route, policy, needs: vec![sound], awaits, inputs, ..node })
    }

    /// What an assembly may need that has to do without a scene.
    fn ready_to_mend(&mut self) {
        for step in ["ingest", "join", "image"] {
            self.policy(step, &Choices::default());
        }
        self.enter_step("ingest");
        self.enter_step("join");
        self.enter("title");
    }

    fn deliver(&mut self, film: NodeId) -> NodeId {
        let to = match &self.plan.deliver {
            None => FOLDER.to_owned(),
            Some(Goal::Folder(to) | Goal::Store(to)) => to.clone(),
        };
        let (title, name, base) = (self.plan.film.clone(), self.setting.name.to_owned(), self.setting.base.to_owned());
        let node = Recipe::film(Step::Deliver(Deliver { title, name, to, base, film: film.clone() })).node();
        let (route, policy) = (self.enter_step("deliver"), Some(self.policy("deliver", &self.plan.choices.clone())));
        self.add(
            None,
            NodeSpec { route, policy, needs: vec![film.clone()], inputs: vec![film], every_run: true, ..node },
        )
    }
}
