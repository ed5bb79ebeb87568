//! The nodes of a scene: its voice, its pictures and clips, each made conformant, and how they follow one another.

use std::collections::BTreeSet;

use retake_engine::graph::NodeSpec;
use retake_engine::id::{EntryId, NodeId};

use super::prompt::Worded;
use super::{Draft, REVIEW, Until, refs};
use crate::catalogue::Kind as Makes;
use crate::layout::{Beat, Edges, Join as LaidJoin, Piece, frames_of_micros};
use crate::plan::{self, Captions, Choices, Fit, Kind, Plan, Scene, Shot};
use crate::recipe::{self, Image, Ingest, Join, Recipe, Reference, Room, Source, Step, Video, Voice};

/// How long a card is shown, where nothing says otherwise.
const TITLE_S: u32 = 3;
/// How long a still or a shot is shown, where nothing says otherwise.
const SHOT_S: u32 = 4;
/// How much larger than the film its pictures are drawn, in percent, so that a camera may move closer.
const OVERSIZE: u32 = 150;
/// The longest side and the most pixels of a drawn picture.
const SIDE_MAX: u32 = 3840;
const PIXELS_MAX: u64 = 8_300_000;

/// A scene as far as time is concerned, and what it chooses.
#[derive(Debug, Clone)]
pub(super) struct Lines {
    pub(super) beat: Beat,
    pub(super) choices: Choices,
}

/// Every scene's share of the timeline, worked out before any node: a scene needs to know its neighbours.
pub(super) fn lines(plan: &Plan, fps: u32) -> Vec<Lines> {
    let mut lines: Vec<Lines> = plan.scenes.iter().enumerate().map(|(at, scene)| line(plan, at, scene, fps)).collect();
    for at in 1..lines.len() {
        lines[at - 1].beat.tail = lines[at].beat.head;
    }
    lines
}

fn line(plan: &Plan, at: usize, scene: &Scene, fps: u32) -> Lines {
    let choices = plan.choices_of(scene);
    let join = |join: Option<plan::Join>| match join {
        None | Some(plan::Join::Cut) => None,
        Some(plan::Join::Transition { name, seconds }) => {
            let frames = frames_of_micros(seconds.millionths(), fps);
            (frames > 0).then(|| LaidJoin { kind: name.to_owned(), frames })
        }
    };
    let frames = |length: plan::Decimal| frames_of_micros(length.millionths(), fps).max(1);
    let first = join(choices.join).filter(|_| at > 0);
    let head = first.as_ref().map_or(0, |join| join.frames);
    let shots = scene.shots();
    let count = shots.len().max(1);
    let pieces: Vec<Piece> = (0..count)
        .map(|nth| {
            let shot = shots.get(nth);
            Piece {
                ingest: recipe::id(scene.id.as_str(), shot_of(scene, nth), "ingest"),
                join: if nth == 0 { first.clone() } else { join(shot.and_then(|shot| shot.join)) },
                fixed: shot.and_then(|shot| shot.seconds).map(frames),
                clip: matches!(scene.kind, Kind::Clip(_)).then(|| recipe::id(scene.id.as_str(), None, "video")),
            }
        })
        .collect();
    let usual = if matches!(scene.kind, Kind::Title(_)) { TITLE_S } else { SHOT_S } * fps;
    let inner: u32 = pieces.iter().skip(1).filter_map(|piece| Some(piece.join.as_ref()?.frames)).sum();
    let rest: u32 = pieces.iter().map(|piece| piece.fixed.unwrap_or(usual)).sum();
    let voice = scene.say.as_ref().map(|_| recipe::id(scene.id.as_str(), None, "voice"));
    let fixed = scene.seconds.map(frames);
    let beat = Beat { voice, fixed, rest: rest.saturating_sub(inner), head, tail: 0, pieces };
    Lines { beat, choices }
}

/// Which shot that is, as people count; a scene of one clip has no shots.
fn shot_of(scene: &Scene, nth: usize) -> Option<u32> {
    matches!(scene.kind, Kind::Shots(_)).then(|| u32::try_from(nth).unwrap_or(u32::MAX).saturating_add(1))
}

/// A picture that a clip begins with.
pub(super) struct Drawn {
    id: NodeId,
    /// Who may draw it.
    painters: Vec<EntryId>,
    /// Whether it is not made without some of what it should resemble: then no clip is made without it.
    bound: bool,
}

/// A recipe of a scene's shot.
fn named(scene: &Scene, nth: usize, step: Step) -> Recipe {
    Recipe { scene: Some(scene.id.to_string()), shot: shot_of(scene, nth), instead: None, step }
}

impl Draft<'_> {
    /// The nodes of one scene.
    pub(super) fn scene(&mut self, at: usize) {
        let plan = self.plan;
        let scene = &plan.scenes[at];
        let choices = self.scenes[at].choices.clone();
        let mut scenes_nodes = Vec::new();
        if let Some(text) = &scene.say {
            self.voice(scene, &choices, text);
        }
        match &scene.kind {
            Kind::Shot(shot) => scenes_nodes.push(self.shot(at, scene, &choices, 0, shot)),
            Kind::Shots(shots) => {
                for (nth, shot) in shots.iter().enumerate() {
                    scenes_nodes.push(self.shot(at, scene, &choices, nth, shot));
                }
            }
            Kind::Still(prompt) => {
                let image = self.image(scene, &choices, 0, prompt, None);
                let video = self.video(at, 0, prompt, None, &image);
                self.mind_refs(scene, None, prompt, &[&image.painters]);
                scenes_nodes.push(self.ingest(at, scene, &choices, 0, &video, true));
            }
            Kind::Title(text) => {
                let card = self.card(scene, text);
                scenes_nodes.push(self.ingest(at, scene, &choices, 0, &card, true));
            }
            Kind::Clip(place) => {
                if let Some(clip) = self.clip(scene, &choices, place) {
                    scenes_nodes.push(self.ingest(at, scene, &choices, 0, &clip, false));
                }
            }
        }
        self.count(scene, scenes_nodes);
    }

    /// A scene is good when its clip is, which takes its voice along; one of several shots is enough.
    fn count(&mut self, scene: &Scene, ingests: Vec<NodeId>) {
        if let Kind::Shots(_) = scene.kind {
            let gate = Recipe { scene: Some(scene.id.to_string()), shot: None, instead: None, step: Step::Scene };
            let gate = NodeSpec { at_least: ingests.len().min(1), awaits: ingests, ..gate.node() };
            let id = self.add(Some(scene.id.as_str()), gate);
            self.good.push(id);
        } else {
            self.good.extend(ingests);
        }
    }

    fn voice(&mut self, scene: &Scene, choices: &Choices, text: &str) {
        let id = scene.id.to_string();
        let language = self.plan.language.clone().unwrap_or_else(|| "en".to_owned());
        let step = Step::Voice(Voice { text: text.to_owned(), language });
        let (route, instead) = self.route(Some(scene.id.as_str()), Makes::Speech, choices.voice.as_ref());
        let node = Recipe { scene: Some(id), shot: None, instead, step }.node();
        let policy = Some(self.policy("voice", choices));
        self.spoken.push((route.clone(), node.id.clone()));
        self.add(Some(scene.id.as_str()), NodeSpec { route, policy, ..node });
    }

    fn shot(&mut self, at: usize, scene: &Scene, choices: &Choices, nth: usize, shot: &Shot) -> NodeId {
        let image = self.image(scene, choices, nth, &shot.frame, Some(shot));
        let words = match &shot.motion {
            Some(motion) => format!("{}, {motion}", shot.frame),
            None => shot.frame.clone(),
        };
        let video = self.video(at, nth, &words, Some(shot), &image);
        let filmed = self.nodes.iter().rev().find(|node| node.id == video).map(|node| node.route.clone());
        self.mind_refs(scene, Some(shot), &words, &[&image.painters, &filmed.unwrap_or_default()]);
        self.ingest(at, scene, choices, nth, &video, true)
    }

    fn image(&mut self, scene: &Scene, choices: &Choices, nth: usize, text: &str, shot: Option<&Shot>) -> Drawn {
        let wished = shot.and_then(|shot| shot.image.as_ref()).or(choices.image.as_ref());
        let (mut painters, instead) = self.route(Some(scene.id.as_str()), Makes::Image, wished);
        let takes = painters.iter().any(|painter| self.takes_refs(painter));
        let refs = if takes { self.refs(scene, shot, text, &painters) } else { Vec::new() };
        let bound = refs.iter().any(|one| one.required);
        // Who takes none would leave out what must not be left out.
        painters.retain(|painter| !bound || self.takes_refs(painter));
        let (mut needs, awaits) = refs::edges(&refs);
        needs.extend(self.reviewed(&[Until::Voice]));
        let inputs = refs.iter().map(|one| one.from.clone()).collect();
        let (width, height) = self.oversize();
        let seed = shot.and_then(|shot| shot.seed);
        let fixed = seed.or(self.plan.seed).is_some();
        let (Worded { prompt, looks }, style, seed) =
            (self.worded(text), self.plan.style.clone(), seed.unwrap_or(self.seed));
        let step = Step::Image(Image { prompt, looks, style, width, height, seed, fixed, refs });
        let node = Recipe { instead, ..named(scene, nth, step) }.node();
        let policy = Some(self.policy("image", choices));
        let route = painters.clone();
        let id = self.add(Some(scene.id.as_str()), NodeSpec { route, policy, needs, awaits, inputs, ..node });
        Drawn { id, painters, bound }
    }

    fn card(&mut self, scene: &Scene, text: &str) -> NodeId {
        let (width, height, seed) = (self.frame.width, self.frame.height, self.seed);
        let (prompt, looks) = (text.to_owned(), Vec::new());
        let image = Image { prompt, looks, style: None, width, height, seed, fixed: false, refs: Vec::new() };
        let node = named(scene, 0, Step::Image(image)).node();
        let (route, _) = self.route(None, Makes::Image, Some(&plan::Route(vec!["title".to_owned()])));
        let policy = Some(self.policy("image", &Choices::default()));
        let needs = self.reviewed(&[Until::Voice]);
        self.add(Some(scene.id.as_str()), NodeSpec { route, policy, needs, ..node })
    }

    fn video(&mut self, at: usize, nth: usize, words: &str, shot: Option<&Shot>, image: &Drawn) -> NodeId {
        let (scene, choices) = (&self.plan.scenes[at], &self.scenes[at].choices.clone());
        let worded = self.worded(words);
        let wished = shot.and_then(|shot| shot.video.as_ref()).or(choices.video.as_ref());
        // A still is panned over whoever films the shots.
        let wished = wished.filter(|_| shot.is_some());
        let (mut route, instead) = self.route(Some(scene.id.as_str()), Makes::Video, wished);
        let takes = route.iter().any(|entry| self.takes_refs(entry));
        let refs = if takes { self.refs(scene, shot, words, &image.painters) } else { Vec::new() };
        // Where the picture has them, the clip has them with it.
        let bound = !image.bound && refs.iter().any(|one| one.required);
        route.retain(|entry| !bound || self.takes_refs(entry));
        self.mind_picture(&mut route, &image.painters);
        if shot.is_some() {
            self.mind_length(at, nth, &route);
        }
        let is_sold = self.is_sold(&route);
        // Only who is asked for a length has to know the place, and only who begins with words how people look.
        let room = is_sold.then(|| Box::new(self.room(at, nth)));
        let looks = if is_sold { worded.looks } else { Vec::new() };
        let source = Source::Prompt { prompt: worded.prompt, looks, style: self.plan.style.clone() };
        let fixed = shot.and_then(|shot| shot.seed).or(self.plan.seed);
        let seed = shot.and_then(|shot| shot.seed).unwrap_or(self.seed);
        let (mut needs, mut awaits) = refs::edges(&refs);
        let mut inputs = vec![image.id.clone()];
        inputs.extend(refs.iter().map(|one| one.from.clone()));
        for node in room.iter().flat_map(|room| self.voices(&room.beats, room.beat)) {
            let edge = if node.1 { &mut needs } else { &mut awaits };
            edge.push(node.0.clone());
            inputs.push(node.0);
        }
        // Where words are enough, a picture that failed is done without.
        let words_do = !image.bound && route.iter().any(|entry| self.begins_with_words(entry));
        if words_do {
            awaits.push(image.id.clone());
        } else {
            needs.insert(0, image.id.clone());
        }
        needs.extend(self.reviewed(&[Until::Voice, Until::Storyboard]));
        let policy = Some(self.policy("video", choices));
        let step = Step::Video(Video { source, seed, fixed: fixed.is_some(), room, refs });
        let node = Recipe { instead, ..named(scene, nth, step) }.node();
        self.add(Some(scene.id.as_str()), NodeSpec { route, policy, needs, awaits, inputs, ..node })
    }

    fn clip(&mut self, scene: &Scene, choices: &Choices, place: &plan::Place) -> Option<NodeId> {
        let source = match self.brought(Some(scene.id.as_str()), "the clip", place)? {
            Reference::File { hash, name } => Source::File { hash, name },
            Reference::Address { url } => Source::Address { url },
        };
        let video = Video { source, seed: 0, fixed: false, room: None, refs: Vec::new() };
        let node = named(scene, 0, Step::Video(video)).node();
        let (route, policy) = (self.enter_step("clip"), Some(self.policy("video", choices)));
        Some(self.add(Some(scene.id.as_str()), NodeSpec { route, policy, ..node }))
    }

    /// Makes a clip conformant; `made` says whether it is ours to crop and to slow.
    fn ingest(&mut self, at: usize, scene: &Scene, choices: &Choices, nth: usize, from: &NodeId, made: bool) -> NodeId {
        let Room { beats, edges, beat: own, .. } = self.room(at, nth);
        let fill = choices.fit.map_or(made, |fit| fit == Fit::Fill);
        let burn = choices.captions == Some(Captions::Burn);
        let (mut needs, mut inputs, mut awaits) = (vec![from.clone()], vec![from.clone()], Vec::new());
        for (index, beat) in beats.iter().enumerate() {
            let clip = beat.pieces.iter().filter_map(|piece| piece.clip.clone());
            for node in beat.voice.clone().into_iter().chain(clip).filter(|node| node != from) {
                let edge = if index == own { &mut needs } else { &mut awaits };
                edge.push(node.clone());
                inputs.push(node);
            }
        }
        needs.extend(self.reviewed(&[Until::Voice, Until::Storyboard]));
        let (from, frame) = (from.clone(), self.frame);
        let absent = BTreeSet::new();
        let ingest = Ingest { frame, fill, slow: made, burn, from, beats, edges, absent, beat: own, piece: nth };
        let node = named(scene, nth, Step::Ingest(Box::new(ingest))).node();
        let (route, policy) = (self.enter_step("ingest"), Some(self.policy("ingest", choices)));
        let id = self.add(Some(scene.id.as_str()), NodeSpec { route, policy, needs, awaits, inputs, ..node });
        self.join(at, scene, choices, nth, &id);
        id
    }

    /// The place of a piece among its neighbours.
    fn room(&self, at: usize, nth: usize) -> Room {
        let first = at.saturating_sub(1);
        let window = first..(at + 2).min(self.scenes.len());
        let beats: Vec<Beat> = self.scenes[window.clone()].iter().map(|line| line.beat.clone()).collect();
        let join = |at: usize| self.scenes.get(at).map_or(0, |line| line.beat.head);
        let edges = Edges { head: join(first), tail: join(window.end) };
        Room { frame: self.frame, beats, edges, beat: at - first, piece: nth }
    }

    /// The voices of these scenes, and whether each is the own one's.
    fn voices(&self, beats: &[Beat], own: usize) -> Vec<(NodeId, bool)> {
        let voice = |(at, beat): (usize, &Beat)| Some((beat.voice.clone()?, at == own));
        beats.iter().enumerate().filter_map(voice).collect()
    }

    /// How this piece follows the one before.
    fn join(&mut self, at: usize, scene: &Scene, choices: &Choices, nth: usize, after: &NodeId) {
        let beats = [at.checked_sub(1), Some(at)].map(|at| at.and_then(|at| self.scenes.get(at)));
        let before = match nth {
            0 => beats[0].and_then(|line| line.beat.pieces.last()),
            _ => beats[1].and_then(|line| line.beat.pieces.get(nth - 1)),
        };
        let join = self.scenes[at].beat.pieces[nth].join.clone();
        let (Some(before), Some(join)) = (before.map(|piece| piece.ingest.clone()), join) else { return };
        let step =
            Step::Join(Join { frame: self.frame, kind: join.kind, before: before.clone(), after: after.clone() });
        let node = named(scene, nth, step).node();
        let (route, policy) = (self.enter_step("join"), Some(self.policy("join", choices)));
        let ends = vec![before, after.clone()];
        self.add(Some(scene.id.as_str()), NodeSpec { route, policy, needs: ends.clone(), inputs: ends, ..node });
    }

    /// The gate at which a person looks, where one of these is where they want to.
    pub(super) fn reviewed(&self, stages: &[Until]) -> Vec<NodeId> {
        let wanted = self.setting.until.is_some_and(|until| stages.contains(&until));
        if wanted { vec![REVIEW.into()] } else { Vec::new() }
    }

    /// The size in which pictures are drawn.
    fn oversize(&self) -> (u32, u32) {
        let (wide, high) = (u64::from(self.frame.width), u64::from(self.frame.height));
        let fits = |percent: u64| {
            let (wide, high) = (wide * percent / 100, high * percent / 100);
            wide.max(high) <= u64::from(SIDE_MAX) && wide * high <= PIXELS_MAX
        };
        let usual = if self.frame.draft { 100 } else { u64::from(OVERSIZE) };
        let percent = (100..=usual).rev().find(|percent| fits(*percent)).unwrap_or(100);
        let even = |side: u64| u32::try_from(side * percent / 200 * 2).unwrap_or(SIDE_MAX);
        (even(wide), even(high))
    }
}
