//! Eigenvector and Katz centrality, hubs and authorities: centralities by repeated multiplication.

use crate::{Error, Graph, Result, Run, Scores};

/// Options of [`eigenvector`].
#[derive(Debug, Clone, PartialEq)]
pub struct EigenvectorOptions {
    /// The most iterations to make. Default 100.
    pub max_iterations: u32,
    /// Stops when the scores together changed by less than this times the number of nodes. Default 1e-6.
    pub tolerance: f64,
    /// Edges count by their weight, if the graph has any. Default true.
    pub weighted: bool,
}

impl Default for EigenvectorOptions {
    fn default() -> Self {
        Self { max_iterations: 100, tolerance: 1e-6, weighted: true }
    }
}

/// Scores in proportion to the sum of the scores of the nodes that point here; their squares sum to one.
pub fn eigenvector(graph: &Graph, options: &EigenvectorOptions, run: &Run) -> Result<Scores> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "eigenvector", needs: "an implementation" })
}

/// Options of [`katz`].
#[derive(Debug, Clone, PartialEq)]
pub struct KatzOptions {
    /// How much of the score of the nodes that point here counts. Default 0.1.
    pub alpha: f64,
    /// The score every node has to begin with. Default 1.
    pub beta: f64,
    /// The most iterations to make. Default 1000.
    pub max_iterations: u32,
    /// Stops when the scores together changed by less than this times the number of nodes. Default 1e-6.
    pub tolerance: f64,
    /// Makes the squares of the scores sum to one. Default true.
    pub normalized: bool,
    /// Edges count by their weight, if the graph has any. Default true.
    pub weighted: bool,
}

impl Default for KatzOptions {
    fn default() -> Self {
        Self {
            alpha: 0.1,
            beta: 1.0,
            max_iterations: 1000,
            tolerance: 1e-6,
            normalized: true,
            weighted: true,
        }
    }
}

/// Scores by the number of walks that end here, longer ones counting less.
pub fn katz(graph: &Graph, options: &KatzOptions, run: &Run) -> Result<Scores> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "katz", needs: "an implementation" })
}

/// Options of [`hits`].
#[derive(Debug, Clone, PartialEq)]
pub struct HitsOptions {
    /// The most iterations to make. Default 100.
    pub max_iterations: u32,
    /// Stops when the hub scores together changed by less than this. Default 1e-8.
    pub tolerance: f64,
    /// Makes the scores sum to one. Default true.
    pub normalized: bool,
    /// Edges count by their weight, if the graph has any. Default true.
    pub weighted: bool,
}

impl Default for HitsOptions {
    fn default() -> Self {
        Self { max_iterations: 100, tolerance: 1e-8, normalized: true, weighted: true }
    }
}

/// Hubs and authorities.
#[derive(Debug, Clone, PartialEq)]
pub struct Hits {
    /// How good the nodes are that each node points to.
    pub hub: Vec<f64>,
    /// How good the nodes are that point to each node.
    pub authority: Vec<f64>,
    /// How many iterations were made.
    pub iterations: u32,
    /// The change of the last of them.
    pub change: f64,
    /// Whether that was within the tolerance.
    pub converged: bool,
}

/// Scores nodes as hubs, which point to good authorities, and as authorities, which good hubs point to.
pub fn hits(graph: &Graph, options: &HitsOptions, run: &Run) -> Result<Hits> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "hits", needs: "an implementation" })
}
