//! Communities by the Louvain method: nodes move to where modularity gains most, level by level.

use crate::{Error, Graph, Result, Run};

/// Options of [`louvain`].
#[derive(Debug, Clone, PartialEq)]
pub struct LouvainOptions {
    /// More makes smaller communities. Default 1.
    pub resolution: f64,
    /// The most levels to make. Default 10.
    pub max_levels: u32,
    /// The most sweeps over the nodes in a level. Default 10.
    pub max_iterations: u32,
    /// A sweep or level that gains less modularity is the last. Default 1e-4.
    pub tolerance: f64,
    /// Edges count by their weight, if the graph has any. Default true.
    pub weighted: bool,
    /// The random order nodes are visited in. Default 42.
    pub seed: u64,
}

impl Default for LouvainOptions {
    fn default() -> Self {
        Self {
            resolution: 1.0,
            max_levels: 10,
            max_iterations: 10,
            tolerance: 1e-4,
            weighted: true,
            seed: 42,
        }
    }
}

/// Which community each node is in.
#[derive(Debug, Clone, PartialEq)]
pub struct Communities {
    /// The community of each node; communities are numbered by their smallest nodes.
    pub community: Vec<u32>,
    /// How many communities there are.
    pub count: usize,
    /// The modularity of the communities.
    pub modularity: f64,
    /// The community of each node at each level, numbered likewise; the last are those of `community`.
    pub levels: Vec<Vec<u32>>,
}

/// Communities of high modularity in the undirected graph.
pub fn louvain(graph: &Graph, options: &LouvainOptions, run: &Run) -> Result<Communities> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "louvain", needs: "an implementation" })
}
