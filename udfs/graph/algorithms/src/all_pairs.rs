//! The distances between all pairs of nodes.

use crate::{Direction, Error, Graph, Node, Pairs, Result, Run};

/// Options of [`all_pairs_shortest_paths`].
#[derive(Debug, Clone, PartialEq)]
pub struct AllPairsOptions {
    /// The sources to start from. Default: all nodes. The result grows with their number times the number of
    /// nodes; a caller that streams asks for some at a time.
    pub sources: Option<Vec<Node>>,
    /// Gives no distance greater than this. Default `None`.
    pub cutoff: Option<f64>,
    /// Which way edges are followed. Default: out.
    pub direction: Direction,
    /// Adds up the weights, if the graph has any, instead of counting edges. Default true.
    pub weighted: bool,
}

impl Default for AllPairsOptions {
    fn default() -> Self {
        Self { sources: None, cutoff: None, direction: Direction::Out, weighted: true }
    }
}

/// The distance from every source to every node it reaches, itself included, in the order of the sources
/// and then of the nodes.
pub fn all_pairs_shortest_paths(
    graph: &Graph,
    options: &AllPairsOptions,
    run: &Run,
) -> Result<Pairs> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "all_pairs_shortest_paths", needs: "an implementation" })
}
