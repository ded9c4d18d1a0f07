//! Core numbers of nodes and truss numbers of edges: how deep in dense parts they lie.

use crate::{Error, Graph, Node, Result, Run};

/// The core number of each node: the largest k for which it is in a subgraph whose nodes all have at least
/// k neighbours. Parallel edges and self-loops do not count.
pub fn k_core(graph: &Graph, run: &Run) -> Result<Vec<u32>> {
    run.check()?;
    let _ = graph;
    Err(Error::WrongKind { algorithm: "k_core", needs: "an implementation" })
}

/// The truss number of each edge.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trusses {
    /// The smaller node of each edge.
    pub source: Vec<Node>,
    /// The greater node of each edge.
    pub target: Vec<Node>,
    /// The largest k for which the edge is in a subgraph whose edges are each in k - 2 triangles; at least 2.
    pub truss: Vec<u32>,
}

/// The truss number of each edge of the undirected graph without parallel edges and self-loops.
pub fn k_truss(graph: &Graph, run: &Run) -> Result<Trusses> {
    run.check()?;
    let _ = graph;
    Err(Error::WrongKind { algorithm: "k_truss", needs: "an implementation" })
}
