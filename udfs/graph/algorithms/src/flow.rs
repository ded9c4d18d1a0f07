//! The greatest flow from a source to a sink, and the cut that limits it.

use crate::{Error, Graph, Node, Pairs, Result, Run};

/// Options of [`max_flow`] and [`min_cut`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowOptions {
    /// Where the flow starts.
    pub source: Node,
    /// Where the flow ends.
    pub sink: Node,
    /// The weights, if the graph has any, are the capacities, else each edge has the capacity 1. Default true.
    pub weighted: bool,
}

impl Default for FlowOptions {
    fn default() -> Self {
        Self { source: 0, sink: 0, weighted: true }
    }
}

/// A flow.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// How much leaves the source and arrives at the sink.
    pub value: f64,
    /// The edges in use, parallel ones together, and how much flows along each.
    pub edges: Pairs,
}

/// The greatest flow along edges of limited capacity.
pub fn max_flow(graph: &Graph, options: &FlowOptions, run: &Run) -> Result<Flow> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "max_flow", needs: "an implementation" })
}

/// A cut.
#[derive(Debug, Clone, PartialEq)]
pub struct Cut {
    /// The capacity of the edges cut.
    pub value: f64,
    /// Whether each node is on the side of the source.
    pub source_side: Vec<bool>,
    /// The edges cut, parallel ones together, with their capacities.
    pub edges: Pairs,
}

/// The edges of least capacity without which nothing flows.
pub fn min_cut(graph: &Graph, options: &FlowOptions, run: &Run) -> Result<Cut> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "min_cut", needs: "an implementation" })
}
