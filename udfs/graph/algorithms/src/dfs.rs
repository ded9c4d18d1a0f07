//! Depth-first search, and the cycle such a search meets.

use crate::{Direction, Error, Graph, Node, Result, Run};

/// Options of [`dfs`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DfsOptions {
    /// Where the search starts; the later ones only if the earlier ones did not reach them.
    pub sources: Vec<Node>,
    /// Goes no deeper than this many edges. Default: no limit.
    pub max_depth: Option<u32>,
    /// Which way edges are followed. Default: out.
    pub direction: Direction,
}

/// What a depth-first search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dfs {
    /// When each node was first seen, from 0; [`NONE`](crate::NONE) for a node that was not reached.
    pub order: Vec<u32>,
    /// The number of edges of the search tree above each node, [`NONE`](crate::NONE) if not reached.
    pub depth: Vec<u32>,
    /// The node above each node in the search tree, [`NONE`](crate::NONE) for a source or if not reached.
    pub predecessor: Vec<Node>,
}

/// Searches depth first, smaller neighbours first.
pub fn dfs(graph: &Graph, options: &DfsOptions, run: &Run) -> Result<Dfs> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "dfs", needs: "an implementation" })
}

/// The nodes of a cycle in order, each once, or `None` if there is none. A self-loop is a cycle of one
/// node; in an undirected graph, two parallel edges are a cycle of two.
pub fn find_cycle(graph: &Graph, run: &Run) -> Result<Option<Vec<Node>>> {
    run.check()?;
    let _ = graph;
    Err(Error::WrongKind { algorithm: "find_cycle", needs: "an implementation" })
}
