//! Whether a graph holds together, before anything is made of it.

use std::collections::{HashMap, HashSet};

use super::{Graph, Maker, NodeSpec};
use crate::id::{EntryId, NodeId, PolicyId};

/// The longest name a node may have: a scene's id (200) with shot and step.
const NAME_MAX: usize = 256;

/// Why a graph does not hold together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// Two nodes bear one name.
    #[error("node `{0}` is there twice")]
    Twice(NodeId),
    /// A name is empty, too long, or holds control characters.
    #[error("`{0:?}` is no name for a node: 1 to {NAME_MAX} characters, none of them control characters")]
    BadName(NodeId),
    /// An edge leads to nothing.
    #[error("node `{node}` waits for `{missing}`, which is not there")]
    NoSuchNode {
        /// Who waits.
        node: NodeId,
        /// For what.
        missing: NodeId,
    },
    /// A route names an entry that the catalogue lacks.
    #[error("node `{node}` is routed through `{missing}`, which the catalogue lacks")]
    NoSuchEntry {
        /// Whose route.
        node: NodeId,
        /// Which entry.
        missing: EntryId,
    },
    /// A node that is made has no policy, or one that is not there.
    #[error("node `{node}` has no retry policy{}", missing.as_ref().map_or_else(String::new, |name| format!(" `{name}`")))]
    NoSuchPolicy {
        /// Whose policy.
        node: NodeId,
        /// Which policy.
        missing: Option<PolicyId>,
    },
    /// A node waits for the same node twice.
    #[error("node `{node}` waits for `{edge}` twice")]
    EdgeTwice {
        /// Who waits.
        node: NodeId,
        /// For what.
        edge: NodeId,
    },
    /// An input is not among what the node waits for.
    #[error("node `{node}` uses `{input}` without waiting for it")]
    LooseInput {
        /// Who uses it.
        node: NodeId,
        /// What it uses.
        input: NodeId,
    },
    /// More are required than there are.
    #[error("node `{node}` wants at least {wanted} of the {there} that it awaits")]
    TooManyWanted {
        /// Who wants.
        node: NodeId,
        /// How many.
        wanted: usize,
        /// Of how many.
        there: usize,
    },
    /// A gate makes nothing, in whatever run.
    #[error("gate `{0}` is to be made in every run, and makes nothing")]
    GateOfEveryRun(NodeId),
    /// Two runs would send the same, and the provider could not tell them apart: only a common key keeps them from
    /// being open at once.
    #[error("node `{node}` is to be made in every run, and takes of `{entry}` could not be told apart")]
    AlikeInEveryRun {
        /// Which node.
        node: NodeId,
        /// By which entry.
        entry: EntryId,
    },
    /// Who is made by other entries cannot be in unison, and what is made itself keeps nobody in it.
    #[error(
        "node `{node}` cannot be kept in unison by `{gate}`: that has to be a gate, and all that it awaits of one route"
    )]
    Discord {
        /// Which node.
        node: NodeId,
        /// By which gate.
        gate: NodeId,
    },
    /// Nodes wait for each other.
    #[error("node `{0}` waits for itself, by way of others")]
    Circle(NodeId),
}

/// Whether these nodes may be added to the graph.
pub(super) fn addition(graph: &Graph, nodes: &[NodeSpec]) -> Result<(), Flaw> {
    let mut new = HashMap::with_capacity(nodes.len());
    for (place, node) in nodes.iter().enumerate() {
        name(&node.id)?;
        if graph.find(&node.id).is_some() || new.insert(&node.id, place).is_some() {
            return Err(Flaw::Twice(node.id.clone()));
        }
    }
    for node in nodes {
        edges(graph, &new, node)?;
        route(graph, node)?;
        every_run(graph, node)?;
        unison(graph, &new, nodes, node)?;
    }
    circles(&new, nodes)
}

fn name(id: &NodeId) -> Result<(), Flaw> {
    let text = id.as_str();
    let fits = (1..=NAME_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(Flaw::BadName(id.clone())) }
}

fn unison(graph: &Graph, new: &HashMap<&NodeId, usize>, nodes: &[NodeSpec], gate: &NodeSpec) -> Result<(), Flaw> {
    if !gate.unison {
        return Ok(());
    }
    let discord = |node: &NodeId| Err(Flaw::Discord { node: node.clone(), gate: gate.id.clone() });
    if !gate.route.is_empty() {
        return discord(&gate.id);
    }
    let route = |id: &NodeId| match new.get(id) {
        Some(place) => Some(&nodes[*place].route),
        None => graph.find(id).map(|ix| &graph.node(ix).spec.route),
    };
    let first = gate.awaits.first().and_then(route);
    let odd = gate.awaits.iter().find(|id| route(id) != first || route(id).is_none_or(Vec::is_empty));
    odd.map_or(Ok(()), discord)
}

fn edges(graph: &Graph, new: &HashMap<&NodeId, usize>, node: &NodeSpec) -> Result<(), Flaw> {
    let mut seen = HashSet::new();
    for edge in node.needs.iter().chain(&node.awaits) {
        if graph.find(edge).is_none() && !new.contains_key(edge) {
            return Err(Flaw::NoSuchNode { node: node.id.clone(), missing: edge.clone() });
        }
        if !seen.insert(edge) {
            return Err(Flaw::EdgeTwice { node: node.id.clone(), edge: edge.clone() });
        }
    }
    if let Some(input) = node.inputs.iter().find(|input| !seen.contains(input)) {
        return Err(Flaw::LooseInput { node: node.id.clone(), input: input.clone() });
    }
    if node.at_least > node.awaits.len() {
        let there = node.awaits.len();
        return Err(Flaw::TooManyWanted { node: node.id.clone(), wanted: node.at_least, there });
    }
    Ok(())
}

fn route(graph: &Graph, node: &NodeSpec) -> Result<(), Flaw> {
    if let Some(missing) = node.route.iter().find(|entry| !graph.entries.contains_key(entry)) {
        return Err(Flaw::NoSuchEntry { node: node.id.clone(), missing: missing.clone() });
    }
    let known = node.policy.as_ref().is_some_and(|policy| graph.policies.contains_key(policy));
    if node.route.is_empty() || known {
        return Ok(());
    }
    Err(Flaw::NoSuchPolicy { node: node.id.clone(), missing: node.policy.clone() })
}

fn every_run(graph: &Graph, node: &NodeSpec) -> Result<(), Flaw> {
    if !node.every_run {
        return Ok(());
    }
    if node.route.is_empty() {
        return Err(Flaw::GateOfEveryRun(node.id.clone()));
    }
    let weak = |entry: &&EntryId| match graph.entries.get(*entry).map(|entry| &entry.maker) {
        Some(Maker::Paid(offer)) => offer.dedupe.is_weak(),
        Some(Maker::Local { .. }) | None => false,
    };
    match node.route.iter().find(weak) {
        Some(entry) => Err(Flaw::AlikeInEveryRun { node: node.id.clone(), entry: entry.clone() }),
        None => Ok(()),
    }
}

/// New nodes may wait for old ones but never the other way round, so a circle lies among the new ones.
fn circles(new: &HashMap<&NodeId, usize>, nodes: &[NodeSpec]) -> Result<(), Flaw> {
    let mut waits = vec![0_usize; nodes.len()];
    let mut dependents = vec![Vec::new(); nodes.len()];
    for (place, node) in nodes.iter().enumerate() {
        for edge in node.needs.iter().chain(&node.awaits).filter_map(|edge| new.get(edge)) {
            waits[place] += 1;
            dependents[*edge].push(place);
        }
    }
    let mut free: Vec<usize> = (0..nodes.len()).filter(|place| waits[*place] == 0).collect();
    while let Some(place) = free.pop() {
        for &next in &dependents[place] {
            waits[next] -= 1;
            if waits[next] == 0 {
                free.push(next);
            }
        }
    }
    match waits.iter().position(|count| *count > 0) {
        Some(place) => Err(Flaw::Circle(nodes[place].id.clone())),
        None => Ok(()),
    }
}
