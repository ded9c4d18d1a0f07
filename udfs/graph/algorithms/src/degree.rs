//! How many edges each node has, and figures about the whole graph.

use crate::{Error, Graph, Result, Run};

/// Options of [`degree`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DegreeOptions {
    /// Adds up the weights, if the graph has any, instead of counting edges. Default true.
    pub weighted: bool,
}

impl Default for DegreeOptions {
    fn default() -> Self {
        Self { weighted: true }
    }
}

/// The edges at each node, counted or weighed; parallel edges count each.
#[derive(Debug, Clone, PartialEq)]
pub struct Degrees {
    /// Edges that end at the node; in an undirected graph, all.
    pub incoming: Vec<f64>,
    /// Edges that start at the node; in an undirected graph, all.
    pub outgoing: Vec<f64>,
    /// Ends of edges at the node: a self-loop counts twice.
    pub degree: Vec<f64>,
}

/// The degree of each node. In an undirected graph the three are the same.
pub fn degree(graph: &Graph, options: &DegreeOptions, run: &Run) -> Result<Degrees> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "degree", needs: "an implementation" })
}

/// Figures about a graph.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphStats {
    /// The number of nodes.
    pub nodes: usize,
    /// The number of edges.
    pub edges: usize,
    /// The number of edges from a node to itself.
    pub self_loops: usize,
    /// The number of edges that have the same ends (and direction, in a directed graph) as an earlier one.
    pub parallel_edges: usize,
    /// The share of the possible edges that exist, as NetworkX computes it.
    pub density: f64,
    /// The number of weakly connected components.
    pub components: usize,
    /// The number of nodes of the largest of them.
    pub largest_component: usize,
    /// The number of nodes without edges.
    pub isolated_nodes: usize,
    /// The smallest degree, as [`degree`] counts.
    pub min_degree: usize,
    /// The greatest degree.
    pub max_degree: usize,
    /// The mean degree.
    pub average_degree: f64,
    /// The sum of the weights, or the number of edges without any.
    pub total_weight: f64,
}

/// Figures about the whole graph.
pub fn graph_stats(graph: &Graph, run: &Run) -> Result<GraphStats> {
    run.check()?;
    let _ = graph;
    Err(Error::WrongKind { algorithm: "graph_stats", needs: "an implementation" })
}
