//! Betweenness centrality: on how many shortest paths each node lies.

use crate::{Error, Graph, Result, Run};

/// Options of [`betweenness`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BetweennessOptions {
    /// Estimates from paths that start at this many nodes, chosen at random. Default: all nodes.
    pub samples: Option<usize>,
    /// Divides by the number of pairs of other nodes. Default true.
    pub normalized: bool,
    /// Counts the ends of a path as nodes on it. Default false.
    pub endpoints: bool,
    /// Adds up the weights, if the graph has any, instead of counting edges. Default true.
    pub weighted: bool,
    /// The random choice of sources. Default 42.
    pub seed: u64,
}

impl Default for BetweennessOptions {
    fn default() -> Self {
        Self { samples: None, normalized: true, endpoints: false, weighted: true, seed: 42 }
    }
}

/// The betweenness centrality of each node, as NetworkX defines it; parallel edges make no further paths.
pub fn betweenness(graph: &Graph, options: &BetweennessOptions, run: &Run) -> Result<Vec<f64>> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "betweenness", needs: "an implementation" })
}
