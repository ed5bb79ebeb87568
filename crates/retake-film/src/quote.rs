//! What a run would make, reuse and pay, before anything is begun.
//!
//! Owns the look ahead: it follows the graph as the engine would, with what is remembered. It starts nothing.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use retake_engine::decide::{Look, Memory};
use retake_engine::graph::{Maker, NodeSpec};
use retake_engine::id::{EntryId, Hash, Key, NodeId};
use retake_engine::journal::event::RunSpec;
use retake_engine::money::Money;
use retake_engine::performer::{Inputs, Outputs};

use crate::providers::{Card, Order, Units};
use crate::recipe::{Recipe, Step};
use crate::steps::code::REPAIR_BYTES;
use crate::steps::{self, order};

#[cfg(test)]
mod tests;

/// What becomes of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was made before.
    Reuse,
    /// It is made.
    Make,
}

/// One node, as people see it before a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub node: NodeId,
    /// Its scene; nothing where it is the film's own.
    pub scene: Option<String>,
    /// Which shot.
    pub shot: Option<u32>,
    /// Which step.
    pub step: &'static str,
    /// Whether people mean it when they count.
    pub item: bool,
    /// What becomes of it.
    pub fate: Fate,
    /// Who makes it, or has made it; nothing for a step that no model makes.
    pub model: Option<String>,
    /// How long it probably is, in milliseconds, where that is known.
    pub lasts_ms: Option<u64>,
    /// What it will probably cost.
    pub expected: Money,
    /// What it can cost at the most.
    pub worst: Money,
    /// What it cost when it was made, where it is reused.
    pub saved: Money,
}

/// How many tokens a writer is expected to need.
const CODE_TOKENS: u64 = 4_000;
/// How many words a minute a voice is expected to say.
const WORDS_A_MINUTE: u64 = 150;

/// What a model was really charged for, against what was reserved for it, in thousandths; nothing where nobody knows yet.
pub type Learned<'l> = &'l dyn Fn(&str) -> Option<u64>;

/// What each node of a run comes to. `recall` says what is remembered of a key, `learned` what models really cost.
pub fn rows(spec: &RunSpec, recall: &dyn Fn(&Key) -> Option<Memory>, learned: Learned<'_>) -> Vec<Row> {
    let cards = spec.entries.iter().filter(|(_, entry)| matches!(entry.maker, Maker::Paid(_)));
    let cards = cards.filter_map(|(name, entry)| Some((name, serde_json::from_str(&entry.card).ok()?)));
    let mut ahead = Ahead {
        spec,
        recipes: spec.nodes.iter().map(|node| Recipe::read(&node.recipe)).collect(),
        cards: cards.collect(),
        recall,
        learned,
        places: HashMap::new(),
        known: HashMap::new(),
        first: HashMap::new(),
        gates: HashMap::new(),
        over: HashSet::new(),
        open: HashSet::new(),
    };
    ahead.places = spec.nodes.iter().enumerate().map(|(at, node)| (&node.id, at)).collect();
    for gate in spec.nodes.iter().filter(|node| node.unison) {
        let awaited = gate.awaits.iter().filter_map(|id| Some((*ahead.places.get(id)?, &gate.id)));
        ahead.gates.extend(awaited);
    }
    for at in order(spec, &ahead.places) {
        ahead.look(at);
    }
    spec.nodes.iter().enumerate().filter_map(|(at, _)| ahead.row(at)).collect()
}

/// What the engine would ask of this node by an entry of its route.
fn look_of(spec: &RunSpec, node: &NodeSpec, name: &EntryId, inputs: Inputs) -> Option<Look> {
    let entry = spec.entries.get(name)?;
    Some(Look {
        node: node.id.clone(),
        entry: name.clone(),
        identity: node.identity,
        recipe: Arc::clone(&node.recipe),
        entry_identity: entry.identity,
        card: Arc::clone(&entry.card),
        salt: spec.salts.get(&node.id).copied().unwrap_or(0),
        inputs,
    })
}

/// The nodes, each after all that it waits for.
fn order(spec: &RunSpec, places: &HashMap<&NodeId, usize>) -> Vec<usize> {
    let edges =
        |at: usize| spec.nodes[at].needs.iter().chain(&spec.nodes[at].awaits).filter_map(|id| places.get(id).copied());
    let (mut done, mut sorted) = (vec![false; spec.nodes.len()], Vec::with_capacity(spec.nodes.len()));
    for root in 0..spec.nodes.len() {
        let mut stack = vec![(root, false)];
        while let Some((at, ready)) = stack.pop() {
            if done[at] {
                continue;
            }
            if ready {
                done[at] = true;
                sorted.push(at);
                continue;
            }
            stack.push((at, true));
            stack.extend(edges(at).filter(|next| !done[*next]).map(|next| (next, false)));
        }
    }
    sorted
}

/// What is remembered of one node.
struct Known {
    outputs: Arc<Outputs>,
    entry: usize,
    cost: Money,
}

struct Ahead<'a> {
    spec: &'a RunSpec,
    /// What stands in each node.
    recipes: Vec<Option<Recipe>>,
    /// The card of each entry that is paid for.
    cards: HashMap<&'a EntryId, Card>,
    recall: &'a dyn Fn(&Key) -> Option<Memory>,
    learned: Learned<'a>,
    places: HashMap<&'a NodeId, usize>,
    known: HashMap<usize, Known>,
    /// By which entry those are begun with that are not known.
    first: HashMap<usize, usize>,
    /// The gates that keep nodes in unison with others.
    gates: HashMap<usize, &'a NodeId>,
    /// What of nodes in unison is remembered, whatever it is: nobody pays for it again.
    over: HashSet<(usize, usize)>,
    /// Gates of whose voices one is yet to be made: all of them may have to be made by another.
    open: HashSet<&'a NodeId>,
}

impl Ahead<'_> {
    /// Looks whether a node was made before.
    fn look(&mut self, at: usize) {
        let node = &self.spec.nodes[at];
        if node.unison {
            return self.agree(at);
        }
        let is_known = node.needs.iter().chain(&node.inputs).all(|id| self.is_there(id));
        if node.route.is_empty() || node.every_run || !is_known {
            return;
        }
        for position in 0..node.route.len() {
            match self.memory(at, position) {
                Some(Memory::Finished(finished)) => {
                    let outputs = Arc::new(finished.outputs);
                    self.known.insert(at, Known { outputs, entry: position, cost: finished.cost });
                    return;
                }
                // What is known to refuse is passed over; what is not known is made.
                Some(Memory::Refused(_)) => {}
                None => {
                    self.first.insert(at, position);
                    return;
                }
            }
        }
    }

    /// Those in unison are made by the entry that is known to refuse the fewest of them; of several, by the one that has
    /// made the most, and then by the first.
    fn agree(&mut self, gate: usize) {
        let gate = &self.spec.nodes[gate];
        let all: Vec<usize> = gate.awaits.iter().filter_map(|id| self.places.get(id).copied()).collect();
        let route = all.first().map_or(0, |at| self.spec.nodes[*at].route.len());
        let memories: Vec<Vec<Option<Memory>>> =
            all.iter().map(|at| (0..route).map(|position| self.memory(*at, position)).collect()).collect();
        let count = |position: usize, finished: bool| {
            let of = |memories: &&Vec<Option<Memory>>| match &memories[position] {
                Some(Memory::Finished(_)) => finished,
                Some(Memory::Refused(_)) => !finished,
                None => false,
            };
            memories.iter().filter(of).count()
        };
        let rank = |position: &usize| (count(*position, false), Reverse(count(*position, true)), *position);
        let entry = (0..route).min_by_key(rank).unwrap_or(0);
        for (at, memories) in all.into_iter().zip(memories) {
            self.known.remove(&at);
            self.over
                .extend((0..route).filter(|position| memories[*position].is_some()).map(|position| (at, position)));
            // Who is refused by the entry of all is not made, unless they change for somebody else's sake.
            let mut is_open = memories.iter().any(Option::is_none);
            let mut first = route;
            match memories.into_iter().nth(entry).flatten() {
                Some(Memory::Finished(finished)) => {
                    let outputs = Arc::new(finished.outputs);
                    self.known.insert(at, Known { outputs, entry, cost: finished.cost });
                    is_open = false;
                }
                Some(Memory::Refused(_)) => {}
                None => first = entry,
            }
            self.first.insert(at, first);
            if is_open {
                self.open.insert(&gate.id);
            }
        }
    }

    /// What is remembered of a node by this entry of its route, where all that it is made from is known.
    fn memory(&self, at: usize, position: usize) -> Option<Memory> {
        let node = &self.spec.nodes[at];
        let is_known = !node.every_run && node.needs.iter().chain(&node.inputs).all(|id| self.is_there(id));
        let look = look_of(self.spec, node, node.route.get(position).filter(|_| is_known)?, self.inputs(at))?;
        (self.recall)(&steps::key_of(&look, self.recipes[at].as_ref()))
    }

    /// Whether what is known of a node may not count in the end: another voice may be heard in it.
    fn may_change(&self, at: usize) -> bool {
        let node = &self.spec.nodes[at];
        let awaits = node.awaits.iter().any(|id| self.open.contains(id));
        awaits || self.gate(at).is_some_and(|gate| self.open.contains(gate))
    }

    /// The gate that keeps a node in unison with others.
    fn gate(&self, at: usize) -> Option<&'_ NodeId> {
        self.gates.get(&at).copied()
    }

    fn is_there(&self, id: &NodeId) -> bool {
        let Some(at) = self.places.get(id) else { return false };
        self.spec.nodes[*at].route.is_empty() || self.known.contains_key(at)
    }

    fn inputs(&self, at: usize) -> Inputs {
        let known = |id: &NodeId| Some((id.clone(), Arc::clone(&self.known.get(self.places.get(id)?)?.outputs)));
        self.spec.nodes[at].inputs.iter().filter_map(known).collect()
    }

    /// What a node will probably cost, and what it can cost at the most: as many takes as it may buy, each of the dearest
    /// entry and as long as that makes them; in unison with others, as many of every entry.
    fn price(&self, at: usize, recipe: &Recipe) -> (Money, Money) {
        let node = &self.spec.nodes[at];
        let inputs = self.guessed(at);
        let (first, in_unison) = (self.first.get(&at).copied().unwrap_or(0), self.gate(at).is_some());
        let cards = node.route.iter().map(|name| Some((name, self.cards.get(name)?)));
        let (mut expected, mut worst) = (None, Money::ZERO);
        for (position, card) in cards.enumerate() {
            let is_begun = !in_unison || position >= first;
            let Some((name, card)) = card else {
                // What is made here is free, and whoever comes before it is only asked first.
                expected = expected.or(is_begun.then_some(Money::ZERO));
                continue;
            };
            let Some(order) = order::of(&recipe.step, &inputs, card, Hash::of([])) else { continue };
            let usual = card.price.of(&usual_units(&recipe.step, &order));
            let longest = Order { seconds: None, ..order }.units();
            let once = usual.max(card.price.of(&longest));
            let once = once.plus(repairs(&recipe.step, card, longest));
            worst = match in_unison {
                true if self.over.contains(&(at, position)) => worst,
                true => worst.plus(once),
                false => worst.max(once),
            };
            let permille = (self.learned)(name.as_str()).unwrap_or(1_000);
            let likely = Money::from_micros(usual.micros().saturating_mul(permille).div_ceil(1_000));
            expected = expected.or(is_begun.then_some(likely));
        }
        let takes =
            node.policy.as_ref().and_then(|id| self.spec.policies.get(id)).map_or(1, |policy| policy.paid_takes);
        (expected.unwrap_or(Money::ZERO), worst.times(u64::from(takes)))
    }

    /// What a node is made from, with a guess at how long those voices are that are not there yet.
    fn guessed(&self, at: usize) -> Inputs {
        let of = |id: &NodeId| {
            let place = *self.places.get(id)?;
            if let Some(known) = self.known.get(&place) {
                return Some((id.clone(), Arc::clone(&known.outputs)));
            }
            let recipe = self.recipes[place].as_ref()?;
            let Step::Voice(_) = recipe.step else { return None };
            let samples = (lasts(&recipe.step, None)? * 48).to_string();
            let facts = [("samples".into(), samples.as_str().into())].into();
            Some((id.clone(), Arc::new(Outputs { facts, ..Outputs::default() })))
        };
        self.spec.nodes[at].inputs.iter().filter_map(of).collect()
    }

    fn row(&self, at: usize) -> Option<Row> {
        let node = &self.spec.nodes[at];
        let recipe = self.recipes[at].as_ref()?;
        let first = node.route.first()?;
        let known = self.known.get(&at);
        let begun = known.map(|known| known.entry).or_else(|| self.gate(at).and(self.first.get(&at).copied()));
        let model = begun.and_then(|entry| node.route.get(entry)).unwrap_or(first);
        let (expected, worst) = match known {
            None => self.price(at, recipe),
            Some(_) if self.may_change(at) => (Money::ZERO, self.price(at, recipe).1),
            Some(_) => Default::default(),
        };
        Some(Row {
            node: node.id.clone(),
            step: recipe.step.name(),
            item: recipe.step.is_item(),
            fate: if known.is_some() { Fate::Reuse } else { Fate::Make },
            model: is_made(&recipe.step).then(|| model.to_string()),
            lasts_ms: lasts(&recipe.step, known.map(|known| &*known.outputs)),
            scene: recipe.scene.clone(),
            shot: recipe.shot,
            expected,
            worst,
            saved: known.map_or(Money::ZERO, |known| known.cost),
        })
    }
}

/// What is usually paid for. A writer seldom says all that it may.
pub(crate) fn usual_units(step: &Step, order: &Order<'_>) -> Units {
    let units = order.units();
    match step {
        Step::Code(_) => Units { output_tokens: units.output_tokens.min(CODE_TOKENS), ..units },
        _ => units,
    }
}

/// What it can cost that an answer is no good: it goes back with what is wrong, and longer each time.
fn repairs(step: &Step, card: &Card, units: Units) -> Money {
    let Step::Code(code) = step else { return Money::ZERO };
    let left = code.repair.as_ref().map_or(0, |repair| repair.left);
    let longer = Units { input_tokens: units.input_tokens + REPAIR_BYTES, ..units };
    card.price.of(&longer).times(u64::from(left))
}

/// Whether a model or a file of the user's is behind it; everything else is cutting, joining and mixing.
const fn is_made(step: &Step) -> bool {
    matches!(step, Step::Voice(_) | Step::Image(_) | Step::Video(_) | Step::Music(_) | Step::Code(_))
}

/// How long it takes to say this, as a voice is expected to.
pub(crate) fn spoken_ms(words: &str) -> u64 {
    words.split_whitespace().count() as u64 * 60_000 / WORDS_A_MINUTE
}

/// How long a node's work lasts when it is played: as measured where it was made, else as words take.
fn lasts(step: &Step, made: Option<&Outputs>) -> Option<u64> {
    let fact = |name: &str| made?.facts.get(name)?.parse::<u64>().ok();
    match step {
        Step::Voice(voice) => {
            let guessed = spoken_ms(&voice.text);
            Some(fact("samples").map_or(guessed, |samples| samples / 48))
        }
        Step::Ingest(ingest) => Some(fact("frames")? * 1000 / u64::from(ingest.frame.fps)),
        Step::Assemble(assemble) => Some(fact("frames")? * 1000 / u64::from(assemble.frame.fps)),
        _ => None,
    }
}
