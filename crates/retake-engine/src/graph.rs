//! What is to be made: nodes, what they wait for, and the routes by which they may be made.
//!
//! Holds the graph as it was written and, beside it, the same by position. It knows no state: whether a node is
//! done is the business of `journal/state.rs`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{EntryId, Hash, ModelId, NodeId, PolicyId, ProviderId};
use crate::moment::ms;
use crate::money::Money;
use crate::retry::Policy;

mod check;

pub use check::Flaw;

/// Where a node stands in [`Graph`]: events name nodes, the fold counts them.
pub type Ix = usize;

/// One node, as the film layer writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeSpec {
    /// Its name, such as `lamp/video`.
    pub id: NodeId,
    /// The hash of its step's name and version and of its parameters: its share of the key.
    pub identity: Hash,
    /// What whoever makes it needs to know, in the words of the film layer: nothing here reads it. It comes along with
    /// every action, so that a journal alone is enough to go on.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub recipe: Arc<str>,
    /// The entries that may make it, in the order they are tried. Without any it is a gate: it makes nothing and
    /// opens when what it waits for has come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub route: Vec<EntryId>,
    /// The retry policy it follows; gates need none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyId>,
    /// Nodes that must succeed before it starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<NodeId>,
    /// Nodes that must be settled, either way, before it starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub awaits: Vec<NodeId>,
    /// Those of the above whose outputs it uses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<NodeId>,
    /// How many of `awaits` must have succeeded for it to be worth starting.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub at_least: usize,
    /// Whether every open ticket before it is asked once more before it starts.
    #[serde(default, skip_serializing_if = "is_false")]
    pub last_look: bool,
    /// Whether a person is to look before it starts.
    #[serde(default, skip_serializing_if = "is_false")]
    pub review: bool,
    /// Whether it is one of the nodes that people mean when they count.
    #[serde(default, skip_serializing_if = "is_false")]
    pub item: bool,
    /// Whether every run makes it for itself, because what it does must happen in every run, such as a delivery to a
    /// folder. Its key holds for its run alone: nothing made before is looked up, and nothing of it is remembered.
    #[serde(default, skip_serializing_if = "is_false")]
    pub every_run: bool,
    /// Whether it is a gate that stays shut until all that it awaits, as far as it was made, was made by the same entry
    /// of their common route: whoever lags behind another follows it. What is not to begin before that waits for the
    /// gate.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unison: bool,
}

impl NodeSpec {
    /// A node that waits for nothing and that nothing can make yet: a gate.
    #[must_use]
    pub fn gate(id: impl Into<NodeId>) -> Self {
        let id = id.into();
        Self {
            identity: Hash::of_text(id.as_str()),
            id,
            recipe: Arc::default(),
            route: Vec::new(),
            policy: None,
            needs: Vec::new(),
            awaits: Vec::new(),
            inputs: Vec::new(),
            at_least: 0,
            last_look: false,
            review: false,
            item: false,
            every_run: false,
            unison: false,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// One way to make a node: a line of the run's catalogue, which routes name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The hash of model, provider's origin and catalogue entry: its share of the key.
    pub identity: Hash,
    /// What whoever makes it needs to know of the entry, in the words of the film layer: nothing here reads it. It comes
    /// along with every action, so that a later catalogue changes nothing in a run that has begun.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub card: Arc<str>,
    /// Who makes it.
    #[serde(flatten)]
    pub maker: Maker,
}

impl Entry {
    /// An entry of which there is no more to know.
    #[must_use]
    pub fn plain(identity: Hash, maker: Maker) -> Self {
        Self { identity, card: Arc::default(), maker }
    }
}

/// Who makes a take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "maker", rename_all = "kebab-case")]
pub enum Maker {
    /// This machine, for nothing.
    Local {
        /// How many of the machine's process slots it fills.
        cores: u32,
    },
    /// A provider, for money.
    Paid(Offer),
}

/// What the engine must know of a paid entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Who sells it.
    pub provider: ProviderId,
    /// What they sell it with.
    pub model: ModelId,
    /// How a submission whose answer was lost can be found again.
    pub dedupe: Dedupe,
    /// How long a lost submission may still turn up.
    #[serde(with = "ms")]
    pub grace: Duration,
    /// How long work that runs past its time may go on before it is cancelled.
    #[serde(with = "ms")]
    pub cancel_grace: Duration,
    /// How long an answer to a submission may take.
    #[serde(with = "ms")]
    pub request_timeout: Duration,
    /// How long to leave between two questions about the same ticket.
    #[serde(with = "ms")]
    pub poll_every: Duration,
}

/// The capability class of a provider: what it offers against paying twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "class", rename_all = "kebab-case")]
pub enum Dedupe {
    /// It recognises a repeated submission by its key, for as long as `ttl`.
    Key {
        /// How long the key is remembered.
        #[serde(with = "ms")]
        ttl: Duration,
    },
    /// Work can be asked for by an id that we chose.
    ClientId,
    /// It lists what it has accepted.
    List {
        /// Whether the list shows our nonce; otherwise candidates are compared and may be ambiguous.
        exact: bool,
        /// How late the list may be.
        #[serde(with = "ms")]
        lag: Duration,
    },
    /// Only its own call to us can tell.
    WebhookOnly,
    /// Nothing.
    None,
}

impl Dedupe {
    /// Whether two identical requests could not be told apart at the provider.
    #[must_use]
    pub const fn is_weak(self) -> bool {
        matches!(self, Self::List { exact: false, .. })
    }
}

/// What something is quoted at before it is bought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// What it will probably cost.
    pub expected: Money,
    /// What it can cost at the most.
    pub worst: Money,
}

/// Nodes that a report adds to the run, and what stands for the node that reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// What is to be made besides; they may need each other and any node of the run but those that wait for the
    /// extender. A name stands for one node for ever: what differs is named differently.
    pub nodes: Vec<NodeSpec>,
    /// What the new nodes may cost.
    pub quote: Quote,
    /// The node whose result stands for the extender's.
    pub stands: NodeId,
}

/// The graph of a run: the nodes as written, and the same by position.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    entries: BTreeMap<EntryId, Entry>,
    policies: BTreeMap<PolicyId, Policy>,
    nodes: Vec<Placed>,
    by_name: HashMap<NodeId, Ix>,
}

/// A node with its edges resolved to positions.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The node as written.
    pub spec: NodeSpec,
    /// Nodes that must succeed first.
    pub needs: Box<[Ix]>,
    /// Nodes that must be settled first.
    pub awaits: Box<[Ix]>,
    /// Those of them whose outputs it uses.
    pub inputs: Box<[Ix]>,
    /// Who waits for this one.
    pub dependents: Vec<Ix>,
    /// How many extensions lie between the plan and this node.
    pub generation: u32,
}

impl Graph {
    /// The graph of these nodes, if they hold together.
    ///
    /// # Errors
    /// Says the first flaw found: a name used twice, an edge to nothing, a circle.
    pub fn new(
        entries: BTreeMap<EntryId, Entry>,
        policies: BTreeMap<PolicyId, Policy>,
        nodes: Vec<NodeSpec>,
    ) -> Result<Self, Flaw> {
        let mut graph = Self { entries, policies, ..Self::default() };
        graph.add(nodes, 0)?;
        Ok(graph)
    }

    /// Whether these nodes could be added.
    ///
    /// # Errors
    /// Says the first flaw found.
    pub fn check(&self, nodes: &[NodeSpec]) -> Result<(), Flaw> {
        check::addition(self, nodes)
    }

    /// Adds nodes of this generation; the graph is unchanged where they do not hold together.
    ///
    /// # Errors
    /// Says the first flaw found.
    pub fn add(&mut self, nodes: Vec<NodeSpec>, generation: u32) -> Result<(), Flaw> {
        self.check(&nodes)?;
        let base = self.nodes.len();
        self.by_name.extend(nodes.iter().enumerate().map(|(offset, node)| (node.id.clone(), base + offset)));
        for spec in nodes {
            let places = |names: &[NodeId]| names.iter().filter_map(|name| self.find(name)).collect::<Box<[Ix]>>();
            let placed = Placed {
                needs: places(&spec.needs),
                awaits: places(&spec.awaits),
                inputs: places(&spec.inputs),
                dependents: Vec::new(),
                generation,
                spec,
            };
            self.nodes.push(placed);
        }
        for ix in base..self.nodes.len() {
            for edge in self.edges(ix).collect::<Vec<_>>() {
                self.nodes[edge].dependents.push(ix);
            }
        }
        Ok(())
    }

    /// How many nodes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Where the node of this name stands.
    #[must_use]
    pub fn find(&self, id: &NodeId) -> Option<Ix> {
        self.by_name.get(id).copied()
    }

    /// The node at this place.
    #[must_use]
    pub fn node(&self, ix: Ix) -> &Placed {
        &self.nodes[ix]
    }

    /// What the node waits for, needed and awaited.
    pub fn edges(&self, ix: Ix) -> impl Iterator<Item = Ix> + '_ {
        let node = &self.nodes[ix];
        node.needs.iter().chain(&node.awaits).copied()
    }

    /// The gate that keeps this node in unison with others.
    #[must_use]
    pub fn unison(&self, ix: Ix) -> Option<Ix> {
        self.nodes[ix].dependents.iter().copied().find(|at| self.nodes[*at].spec.unison)
    }

    /// The entry at this position of the node's route.
    #[must_use]
    pub fn entry(&self, ix: Ix, position: usize) -> Option<&Entry> {
        self.entries.get(self.nodes[ix].spec.route.get(position)?)
    }

    /// What is written down of an entry.
    #[must_use]
    pub fn card(&self, entry: &EntryId) -> Arc<str> {
        self.entries.get(entry).map_or_else(Arc::default, |entry| Arc::clone(&entry.card))
    }

    /// What the engine must know of the entry at this position, where it is paid.
    #[must_use]
    pub fn offer(&self, ix: Ix, position: usize) -> Option<&Offer> {
        match &self.entry(ix, position)?.maker {
            Maker::Paid(offer) => Some(offer),
            Maker::Local { .. } => None,
        }
    }

    /// Whether two takes of the entry at this position could not be told apart at its provider.
    #[must_use]
    pub fn is_weak(&self, ix: Ix, position: usize) -> bool {
        self.offer(ix, position).is_some_and(|offer| offer.dedupe.is_weak())
    }

    /// The policy of the node; gates have none.
    #[must_use]
    pub fn policy(&self, ix: Ix) -> Option<&Policy> {
        self.policies.get(self.nodes[ix].spec.policy.as_ref()?)
    }

    /// Makes `extender` wait for `stands`, whose result will be its own.
    pub fn stand_in(&mut self, stands: Ix, extender: Ix) {
        let dependents = &mut self.nodes[stands].dependents;
        if !dependents.contains(&extender) {
            dependents.push(extender);
        }
    }

    /// All nodes upstream of this one, itself left out.
    #[must_use]
    pub fn upstream(&self, ix: Ix) -> BTreeSet<Ix> {
        closure(vec![ix], |at| self.edges(at).collect())
    }

    /// All nodes downstream of these, themselves left out unless they are downstream of each other.
    #[must_use]
    pub fn downstream(&self, roots: Vec<Ix>) -> BTreeSet<Ix> {
        closure(roots, |at| self.nodes[at].dependents.clone())
    }
}

fn closure(mut queue: Vec<Ix>, next: impl Fn(Ix) -> Vec<Ix>) -> BTreeSet<Ix> {
    let mut reached = BTreeSet::new();
    while let Some(at) = queue.pop() {
        for near in next(at) {
            if reached.insert(near) {
                queue.push(near);
            }
        }
    }
    reached
}
