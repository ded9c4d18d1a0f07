//! The lightest edges that connect what the graph connects.

use crate::{Error, Graph, Pairs, Result, Run};

/// Options of [`minimum_spanning_tree`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanningTreeOptions {
    /// The heaviest edges instead. Default false.
    pub maximum: bool,
    /// Weighs the edges, if they have weights. Default true.
    pub weighted: bool,
}

impl Default for SpanningTreeOptions {
    fn default() -> Self {
        Self { maximum: false, weighted: true }
    }
}

/// The edges of a minimum spanning tree of each component of the undirected graph, by their smaller and
/// then their greater node.
pub fn minimum_spanning_tree(
    graph: &Graph,
    options: &SpanningTreeOptions,
    run: &Run,
) -> Result<Pairs> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "minimum_spanning_tree", needs: "an implementation" })
}
