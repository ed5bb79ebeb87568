//! How a run grows: extensions that reports carry.

use super::node::Phase;
use super::{Batch, RunState, Why};
use crate::graph::{Extension, Ix};
use crate::id::NodeId;

impl RunState {
    /// Whether the run may grow by this, reported for the node at `ix`.
    ///
    /// # Errors
    /// Says why not.
    pub(crate) fn may_extend(&self, ix: Ix, extension: &Extension) -> Result<(), Why> {
        let refuse = |why: String| Err(Why::Extension(format!("extension of `{}` {why}", self.id(ix))));
        let mut after = self.graph.downstream(vec![ix]);
        after.insert(ix);
        let edges = extension.nodes.iter().flat_map(|node| node.needs.iter().chain(&node.awaits));
        for edge in edges.filter_map(|edge| self.graph.find(edge)) {
            if after.contains(&edge) {
                return refuse(format!("would wait for `{}`, which waits for it", self.id(edge)));
            }
        }
        if let Some(batch) = self.known_batch(extension) {
            return match self.batches[batch].nodes.iter().find(|at| after.contains(at)) {
                Some(at) => refuse(format!("brings `{}` again, which waits for it", self.id(*at))),
                None => Ok(()),
            };
        }
        let bounds = self.spec.bounds;
        if self.graph.node(ix).generation >= bounds.generations {
            return refuse(format!("would be more than {} generations deep", bounds.generations));
        }
        let nodes = self.graph.len() + extension.nodes.len();
        if nodes > bounds.nodes {
            return refuse(format!("would make {nodes} nodes; the run allows {}", bounds.nodes));
        }
        if !extension.nodes.iter().any(|node| node.id == extension.stands) {
            return refuse(format!("names `{}` to stand for it, which it does not bring", extension.stands));
        }
        Ok(self.graph.check(&extension.nodes)?)
    }

    /// The extension as it was brought before, to the letter.
    fn known_batch(&self, extension: &Extension) -> Option<usize> {
        let first = self.graph.find(&extension.nodes.first()?.id)?;
        let batch = self.nodes[first].batch?;
        let there = &self.batches[batch].nodes;
        let same = there.len() == extension.nodes.len()
            && there.iter().zip(&extension.nodes).all(|(ix, node)| self.graph.node(*ix).spec == *node);
        let stands = self.graph.find(&extension.stands) == Some(self.batches[batch].stands);
        (same && stands).then_some(batch)
    }

    /// The run grows; the result of the node that stands becomes that of the node at `ix`.
    pub(super) fn extend(&mut self, ix: Ix, extension: &Extension) -> Result<(), Why> {
        self.may_extend(ix, extension)?;
        let batch = match self.known_batch(extension) {
            Some(batch) => batch,
            None => self.add_batch(ix, extension)?,
        };
        let stands = self.batches[batch].stands;
        self.graph.stand_in(stands, ix);
        self.batches[batch].extender = ix;
        self.nodes[ix].brought = Some(batch);
        self.set_phase(ix, Phase::Extended { by: stands });
        self.revive_batch(batch);
        self.stand_for(stands, ix);
        Ok(())
    }

    fn add_batch(&mut self, ix: Ix, extension: &Extension) -> Result<usize, Why> {
        let first = self.graph.len();
        let batch = self.batches.len();
        let generation = self.graph.node(ix).generation + 1;
        self.graph.add(extension.nodes.clone(), generation)?;
        let stands = self.graph.find(&extension.stands).ok_or_else(|| Why::NoSuchNode(extension.stands.clone()))?;
        let nodes = (first..self.graph.len()).collect();
        let admitted = extension.quote.worst.is_zero();
        self.batches.push(Batch { extender: ix, nodes, stands, quote: extension.quote, admitted });
        self.place(Some(batch));
        Ok(batch)
    }

    /// What an extension brought no longer counts, unless another node brought the same; its open takes land for
    /// themselves.
    pub(super) fn drop_batch(&mut self, batch: usize) {
        if let Some(other) = self.nodes.iter().position(|node| node.brought == Some(batch)) {
            self.batches[batch].extender = other;
            return;
        }
        for ix in self.batches[batch].nodes.clone() {
            self.set_aside(ix, None);
            self.set_phase(ix, Phase::Dropped);
            if let Some(inner) = self.nodes[ix].brought.take() {
                self.drop_batch(inner);
            }
        }
    }

    /// What an extension brought counts again.
    fn revive_batch(&mut self, batch: usize) {
        let dropped = |state: &Self, ix: &Ix| matches!(state.nodes[*ix].phase, Phase::Dropped);
        let nodes: Vec<Ix> = self.batches[batch].nodes.iter().copied().filter(|ix| dropped(self, ix)).collect();
        for &ix in &nodes {
            self.nodes[ix].forget();
            self.set_phase(ix, Phase::Waiting);
        }
        self.reopen_only(&nodes);
    }

    /// What the extension adds fits the cap.
    pub(super) fn admitted(&mut self, node: &NodeId) -> Result<(), Why> {
        let ix = self.at(node)?;
        let batch = self.nodes[ix].brought.ok_or_else(|| self.elsewhere(ix))?;
        self.batches[batch].admitted = true;
        for ix in self.batches[batch].nodes.clone() {
            self.touched.push(super::Touch::Node(ix));
        }
        Ok(())
    }
}
