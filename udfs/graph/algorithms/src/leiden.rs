//! Communities by the Leiden method: as Louvain, but no community falls apart.

use crate::{Communities, Error, Graph, Result, Run};

/// Options of [`leiden`].
#[derive(Debug, Clone, PartialEq)]
pub struct LeidenOptions {
    /// More makes smaller communities. Default 1.
    pub resolution: f64,
    /// The randomness of the refinement. Default 0.01.
    pub theta: f64,
    /// The most levels to make. Default 10.
    pub max_levels: u32,
    /// A level that gains less modularity is the last. Default 1e-4.
    pub tolerance: f64,
    /// Edges count by their weight, if the graph has any. Default true.
    pub weighted: bool,
    /// The random choices of the refinement. Default 42.
    pub seed: u64,
}

impl Default for LeidenOptions {
    fn default() -> Self {
        Self {
            resolution: 1.0,
            theta: 0.01,
            max_levels: 10,
            tolerance: 1e-4,
            weighted: true,
            seed: 42,
        }
    }
}

/// Connected communities of high modularity in the undirected graph.
pub fn leiden(graph: &Graph, options: &LeidenOptions, run: &Run) -> Result<Communities> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "leiden", needs: "an implementation" })
}
