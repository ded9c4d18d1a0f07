//! Triangles, and how close to a clique the neighbourhood of each node is.

use crate::{Error, Graph, Result, Run};

/// Options of [`triangle_count`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TriangleOptions {
    /// Leaves out nodes with more neighbours than this. Default `None`.
    pub max_degree: Option<usize>,
}

/// How many triangles there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Triangles {
    /// The triangles each node is in.
    pub triangles: Vec<u64>,
    /// All triangles, each once.
    pub total: u64,
}

/// Counts the triangles of the undirected graph without parallel edges and self-loops.
pub fn triangle_count(graph: &Graph, options: &TriangleOptions, run: &Run) -> Result<Triangles> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "triangle_count", needs: "an implementation" })
}

/// Options of [`local_clustering_coefficient`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClusteringOptions {
    /// Counts edges between neighbours each way (LDBC Graphalytics). Default: if the graph is directed.
    pub directed: Option<bool>,
}

/// For each node, the share of the possible edges between its neighbours that exist: neighbours are those
/// by edges of either direction; 0 with fewer than two neighbours.
pub fn local_clustering_coefficient(
    graph: &Graph,
    options: &ClusteringOptions,
    run: &Run,
) -> Result<Vec<f64>> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "local_clustering_coefficient", needs: "an implementation" })
}
