//! Breadth-first search: how many edges away each node is.

use crate::{Direction, Error, Graph, Node, Result, Run};

/// Options of [`bfs`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BfsOptions {
    /// Where the search starts, all at distance 0.
    pub sources: Vec<Node>,
    /// Goes no further than this many edges. Default: no limit.
    pub max_depth: Option<u32>,
    /// Which way edges are followed. Default: out.
    pub direction: Direction,
}

/// What a breadth-first search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bfs {
    /// The number of edges from the nearest source, [`NONE`](crate::NONE) for a node that was not reached.
    pub distance: Vec<u32>,
    /// The smallest node one edge nearer, [`NONE`](crate::NONE) for a source or a node that was not reached.
    pub predecessor: Vec<Node>,
}

/// Searches breadth first.
pub fn bfs(graph: &Graph, options: &BfsOptions, run: &Run) -> Result<Bfs> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "bfs", needs: "an implementation" })
}
