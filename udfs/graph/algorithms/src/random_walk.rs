//! Random walks, plain or with the two factors of node2vec.

use crate::{Direction, Error, Graph, Node, Result, Run};

/// Options of [`random_walk`].
#[derive(Debug, Clone, PartialEq)]
pub struct RandomWalkOptions {
    /// Where walks start. Default: at all nodes.
    pub sources: Option<Vec<Node>>,
    /// The number of nodes of a walk, unless it ends where no edge leads on. Default 80.
    pub walk_length: usize,
    /// The number of walks from each source. Default 10.
    pub walks_per_node: usize,
    /// More keeps the walk near where it was (node2vec's q). Default 1.
    pub in_out_factor: f64,
    /// More keeps the walk from going straight back (node2vec's p). Default 1.
    pub return_factor: f64,
    /// Which way edges are followed. Default: out.
    pub direction: Direction,
    /// Follows edges in proportion to their weights, if the graph has any. Default true.
    pub weighted: bool,
    /// The random choices. Default 42.
    pub seed: u64,
}

impl Default for RandomWalkOptions {
    fn default() -> Self {
        Self {
            sources: None,
            walk_length: 80,
            walks_per_node: 10,
            in_out_factor: 1.0,
            return_factor: 1.0,
            direction: Direction::Out,
            weighted: true,
            seed: 42,
        }
    }
}

/// Walks, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walks {
    /// Where each walk starts in `nodes`, and where the last one ends.
    pub offsets: Vec<usize>,
    /// The nodes of all walks.
    pub nodes: Vec<Node>,
}

/// Walks from each source in turn, the walks of one source one after the other.
pub fn random_walk(graph: &Graph, options: &RandomWalkOptions, run: &Run) -> Result<Walks> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "random_walk", needs: "an implementation" })
}
