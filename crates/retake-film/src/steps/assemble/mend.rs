//! What is made anew where a scene is missing: the pieces beside the gap, how they meet, and cards where they are wanted.
//!
//! A name stands for one node for ever, so every node bears a mark of what it is.

use std::collections::{BTreeMap, BTreeSet};

use retake_engine::graph::{Extension, NodeSpec, Quote};
use retake_engine::id::{EntryId, Hash, NodeId};
use retake_engine::journal::RunState;
use retake_engine::performer::{Delivery, Outputs};

use super::super::Fell;
use super::{Part, anew, join_of};
use crate::layout::{Beat, Edges};
use crate::media::timeline::Segment;
use crate::recipe::{Assemble, Image, Ingest, Join, Recipe, Step};

/// How many digits of a hash tell nodes apart.
const MARK: usize = 12;

/// Grows the run by what the misfits need, and by another assembly that stands for this one.
pub(super) fn extend(part: &Part<'_>, misfits: &[usize]) -> Result<Delivery, Fell> {
    let (_, state) = part.job.state()?;
    let mut mend =
        Mend { part, state: &state, nodes: Vec::new(), anew: part.wish.anew.clone(), fresh: BTreeSet::new() };
    for at in misfits {
        mend.piece(*at);
    }
    mend.joins();
    let stands = mend.assembly();
    let extension = Extension { nodes: mend.nodes, quote: Quote::default(), stands };
    Ok(Delivery { outputs: Outputs::default(), charge: None, extension: Some(extension) })
}

struct Mend<'m> {
    part: &'m Part<'m>,
    /// The run, which knows what the plan wanted of each piece.
    state: &'m RunState,
    nodes: Vec<NodeSpec>,
    anew: BTreeMap<NodeId, NodeId>,
    /// What this extension makes.
    fresh: BTreeSet<NodeId>,
}

/// The id of a node, marked by all that it is.
fn marked(recipe: &Recipe) -> NodeId {
    let text = serde_json::to_string(recipe).unwrap_or_default();
    let mark = Hash::of_text(&text).to_string();
    format!("{}~{}", recipe.id(), &mark[..MARK]).as_str().into()
}

impl Mend<'_> {
    fn add(&mut self, recipe: &Recipe, entry: &str, needs: Vec<NodeId>, awaits: Vec<NodeId>) -> NodeId {
        let id = marked(recipe);
        let inputs = needs.iter().chain(&awaits).cloned().collect();
        let (route, policy): (Vec<EntryId>, _) = (vec![entry.into()], Some(recipe.step.name().into()));
        // What an extension makes is part of the assembly: nobody counts it among the film's items.
        let node = NodeSpec { route, policy, needs, awaits, inputs, item: false, ..recipe.node_named(id.clone()) };
        if self.fresh.insert(id.clone()) {
            self.nodes.push(node);
        }
        id
    }

    /// The recipe that the plan has for a piece, which the one that is made anew follows.
    fn piece(&mut self, at: usize) {
        let placed = &self.part.sheet.pieces[at];
        let original = self.part.piece(at).ingest.clone();
        let wish = self.part.wish;
        let (beats, edges, own) = self.window(placed.beat);
        let step = original.as_str().rsplit_once('/').map_or(original.as_str(), |(scene, _)| scene).to_owned();
        let (scene, shot) = (Some(step), None);
        let from =
            if self.part.made(at).is_some() { self.source(&original) } else { self.card(placed.beat, scene.clone()) };
        let planned = self.planned(&original);
        let (fill, slow, burn) = planned.map_or((true, true, false), |ingest| (ingest.fill, ingest.slow, ingest.burn));
        let absent = self.part.absent().into_iter().filter(|node| beats.iter().any(|beat| has(beat, node))).collect();
        let voices: Vec<NodeId> = beats.iter().filter_map(|beat| beat.voice.clone()).collect();
        let clips = beats.iter().flat_map(|beat| &beat.pieces).filter_map(|piece| piece.clip.clone());
        let mut awaits: Vec<NodeId> = voices.into_iter().chain(clips).filter(|node| *node != from).collect();
        awaits.dedup();
        let frame = wish.frame;
        let ingest = Ingest {
            frame,
            fill,
            slow,
            burn,
            from: from.clone(),
            beats,
            edges,
            absent,
            beat: own,
            piece: placed.piece,
        };
        let recipe = Recipe { scene, shot, instead: None, step: Step::Ingest(Box::new(ingest)) };
        let id = self.add(&recipe, "ingest", vec![from], awaits);
        self.anew.insert(original, id);
    }

    /// What the plan wants of a piece.
    fn planned(&self, ingest: &NodeId) -> Option<Ingest> {
        let graph = self.state.graph();
        let recipe = Recipe::read(&graph.node(graph.find(ingest)?).spec.recipe)?;
        if let Step::Ingest(planned) = recipe.step { Some(*planned) } else { None }
    }

    /// The node whose clip or picture a piece shows.
    fn source(&self, ingest: &NodeId) -> NodeId {
        match self.planned(ingest) {
            Some(planned) => planned.from,
            None => format!("{}video", ingest.as_str().strip_suffix("ingest").unwrap_or_default()).as_str().into(),
        }
    }

    /// A card that stands for a scene of which nothing is there.
    fn card(&mut self, beat: usize, scene: Option<String>) -> NodeId {
        let wish = self.part.wish;
        let (width, height) = (wish.frame.width, wish.frame.height);
        let prompt = wish.words.get(beat).cloned().unwrap_or_default();
        let image =
            Image { prompt, looks: Vec::new(), style: None, width, height, seed: 1, fixed: false, refs: Vec::new() };
        self.add(
            &Recipe { scene, shot: None, instead: None, step: Step::Image(image) },
            "title",
            Vec::new(),
            Vec::new(),
        )
    }

    /// The scenes that are shown next to one, with what those beyond share with them.
    fn window(&self, beat: usize) -> (Vec<Beat>, Edges, usize) {
        let shown: Vec<usize> = self.part.sheet.beats.keys().copied().collect();
        let at = shown.iter().position(|other| *other == beat).unwrap_or(0);
        let (first, end) = (at.saturating_sub(1), (at + 2).min(shown.len()));
        let beats = &self.part.wish.beats;
        let head = |nth: usize| shown.get(nth).map_or(0, |beat| beats[*beat].head);
        let edges = Edges { head: if first == 0 { 0 } else { head(first) }, tail: head(end) };
        (shown[first..end].iter().map(|beat| beats[*beat].clone()).collect(), edges, at - first)
    }

    /// The joins whose ends are made anew, or which the plan has with a scene that is missing.
    fn joins(&mut self) {
        let wish = self.part.wish;
        for segment in &self.part.sheet.timeline.segments {
            let Segment::Join { scene, join } = *segment else { continue };
            let (before, after) = (&self.part.piece(scene - 1).ingest, &self.part.piece(scene).ingest);
            let name = join_of(after);
            let stands = |node: &NodeId| self.anew.get(node).unwrap_or(node).clone();
            let (now_before, now_after) = (stands(before), stands(after));
            let is_planned = &now_before == before && &now_after == after;
            if is_planned && self.part.is_joined(scene, join.frames) {
                continue;
            }
            let kind = join.kind.name().to_owned();
            let step = Join { frame: wish.frame, kind, before: now_before.clone(), after: now_after.clone() };
            let scene = after.as_str().rsplit_once('/').map(|(scene, _)| scene.to_owned());
            let recipe = Recipe { scene, shot: None, instead: None, step: Step::Join(step) };
            let id = self.add(&recipe, "join", vec![now_before, now_after], Vec::new());
            self.anew.insert(name, id);
        }
    }

    /// The assembly that stands for this one.
    fn assembly(&mut self) -> NodeId {
        let wish = self.part.wish;
        let absent: BTreeSet<NodeId> = self.part.absent().into_iter().collect();
        let assemble = Assemble { absent, anew: self.anew.clone(), cards: false, ..wish.clone() };
        let recipe = Recipe::film(Step::Assemble(assemble));
        let mut needs: Vec<NodeId> = vec![wish.sound.clone()];
        needs
            .extend(self.nodes.iter().filter(|node| !node.id.as_str().contains("/image~")).map(|node| node.id.clone()));
        let shown = self.part.sheet.pieces.iter().map(|placed| &wish.beats[placed.beat].pieces[placed.piece].ingest);
        let all = shown.flat_map(|ingest| [anew(wish, ingest).clone(), anew(wish, &join_of(ingest)).clone()]);
        let made: Vec<NodeId> = all.filter(|node| self.part.job.made(node).is_some()).collect();
        let stands: BTreeSet<&NodeId> = self.anew.keys().collect();
        needs.extend(made.into_iter().filter(|node| !stands.contains(node)));
        let clips = wish.beats.iter().flat_map(|beat| &beat.pieces).filter_map(|piece| piece.clip.clone());
        let heard: Vec<NodeId> = wish.beats.iter().filter_map(|beat| beat.voice.clone()).chain(clips).collect();
        needs.extend(heard.into_iter().filter(|node| self.part.job.made(node).is_some()));
        let mut seen = BTreeSet::new();
        needs.retain(|node| seen.insert(node.clone()));
        self.add(&recipe, "assemble", needs, Vec::new())
    }
}

fn has(beat: &Beat, ingest: &NodeId) -> bool {
    beat.pieces.iter().any(|piece| piece.ingest == *ingest)
}
