//! Orders of acyclic graphs, and the longest paths in them.

use crate::{Error, Graph, Result, Run, ShortestPaths};

/// An order in which every edge leads onwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopologicalOrder {
    /// The place of each node; of nodes that could come next, the smallest does.
    pub position: Vec<u32>,
    /// The number of edges of the longest path that ends at each node.
    pub generation: Vec<u32>,
}

/// Orders a directed graph, or says which nodes form a cycle.
pub fn topological_sort(graph: &Graph, run: &Run) -> Result<TopologicalOrder> {
    run.check()?;
    let _ = graph;
    Err(Error::WrongKind { algorithm: "topological_sort", needs: "an implementation" })
}

/// Options of [`longest_path`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongestPathOptions {
    /// Adds up the weights, if the graph has any, instead of counting edges. Default true.
    pub weighted: bool,
}

impl Default for LongestPathOptions {
    fn default() -> Self {
        Self { weighted: true }
    }
}

/// The longest path to each node of an acyclic graph, from wherever it starts: the distance is 0 where no
/// edge, or none of positive weight, leads to. Says which nodes form a cycle if there is one.
pub fn longest_path(
    graph: &Graph,
    options: &LongestPathOptions,
    run: &Run,
) -> Result<ShortestPaths> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "longest_path", needs: "an implementation" })
}
