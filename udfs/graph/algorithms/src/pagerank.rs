//! PageRank: how often a walker who follows edges at random, and now and then jumps, visits each node.

use crate::{Error, Graph, Node, Result, Run, Scores};

/// What becomes of the rank of nodes without outgoing edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dangling {
    /// It is spread like the jumps, so that the ranks sum to one.
    #[default]
    Redistribute,
    /// It is lost, as in the GAP benchmark's formula.
    Lose,
}

/// Options of [`pagerank`].
#[derive(Debug, Clone, PartialEq)]
pub struct PageRankOptions {
    /// The probability of following an edge. Default 0.85.
    pub damping: f64,
    /// The most iterations to make. Default 100.
    pub max_iterations: u32,
    /// Stops when the ranks of all nodes together changed by no more than this. Default 1e-6.
    pub tolerance: f64,
    /// Exactly this many iterations, whatever the tolerance. Default `None`.
    pub fixed_iterations: Option<u32>,
    /// Where jumps lead, and with which weight; the other nodes are never jumped to. Default: everywhere.
    pub personalization: Option<Vec<(Node, f64)>>,
    /// What becomes of the rank of nodes without outgoing edges. Default: spread like the jumps.
    pub dangling: Dangling,
    /// Follows edges in proportion to their weights, if the graph has any. Default true.
    pub weighted: bool,
}

impl Default for PageRankOptions {
    fn default() -> Self {
        Self {
            damping: 0.85,
            max_iterations: 100,
            tolerance: 1e-6,
            fixed_iterations: None,
            personalization: None,
            dangling: Dangling::Redistribute,
            weighted: true,
        }
    }
}

/// The rank of each node. Parallel edges count each; a weight must not be negative.
pub fn pagerank(graph: &Graph, options: &PageRankOptions, run: &Run) -> Result<Scores> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "pagerank", needs: "an implementation" })
}
