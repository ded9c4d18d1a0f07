//! The shortest paths from one or several sources to all nodes.

use crate::{Direction, Error, Graph, Node, Result, Run};

/// How shortest paths are searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ShortestPathAlgorithm {
    /// Bellman-Ford if there are negative weights, Dijkstra for a single target, else delta stepping.
    #[default]
    Auto,
    /// Nearest node first, on one thread.
    Dijkstra,
    /// Nodes of about the same distance at a time, on all threads.
    DeltaStepping,
    /// All edges again and again: negative weights are allowed.
    BellmanFord,
}

/// Options of [`sssp`].
#[derive(Debug, Clone, PartialEq)]
pub struct SsspOptions {
    /// Where paths start, all at distance 0.
    pub sources: Vec<Node>,
    /// Stops when the distance of this node is known; the distances of nodes further away are not given.
    /// Default `None`.
    pub target: Option<Node>,
    /// Gives no distance greater than this. Default `None`.
    pub cutoff: Option<f64>,
    /// The width of a step of delta stepping. Default: chosen from the weights.
    pub delta: Option<f64>,
    /// How to search. Default: chosen from the weights.
    pub algorithm: ShortestPathAlgorithm,
    /// Which way edges are followed. Default: out.
    pub direction: Direction,
    /// Adds up the weights, if the graph has any, instead of counting edges. Default true.
    pub weighted: bool,
}

impl Default for SsspOptions {
    fn default() -> Self {
        Self {
            sources: Vec::new(),
            target: None,
            cutoff: None,
            delta: None,
            algorithm: ShortestPathAlgorithm::Auto,
            direction: Direction::Out,
            weighted: true,
        }
    }
}

/// Distances from the nearest source and the paths there.
#[derive(Debug, Clone, PartialEq)]
pub struct ShortestPaths {
    /// The length of the shortest path, infinite for a node that was not reached.
    pub distance: Vec<f64>,
    /// The node before each node on its path, [`NONE`](crate::NONE) for a source or if not reached.
    pub predecessor: Vec<Node>,
}

/// The shortest paths to all nodes.
pub fn sssp(graph: &Graph, options: &SsspOptions, run: &Run) -> Result<ShortestPaths> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "sssp", needs: "an implementation" })
}
