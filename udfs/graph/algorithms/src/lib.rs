//! Graph algorithms over compressed adjacency arrays. The crate knows nodes by number only and no Arrow,
//! SQL or files: [`Graph::build`] takes edges between numbers, an algorithm takes the graph, its options
//! and the circumstances of the [`Run`], and returns typed columns.
//!
//! Every result is the same for any number of threads: sums are made chunk by chunk in a fixed order, ties
//! go to the smallest node, and random choices come from the seed alone.
//!
//! ```
//! use algorithms::{Edges, Graph, PageRankOptions, Run, pagerank};
//!
//! let edges = Edges { source: vec![0, 1, 2], target: vec![1, 2, 0], weight: None };
//! let run = Run::default();
//! let graph = Graph::build(edges, 3, true, &run)?;
//! let ranks = pagerank(&graph, &PageRankOptions::default(), &run)?;
//! assert!((ranks.scores[0] - 1.0 / 3.0).abs() < 1e-12);
//! # Ok::<(), algorithms::Error>(())
//! ```

// What a graph is and how a run goes.
mod adjacency;
mod build;
mod error;
mod explore;
mod graph;
mod modularity;
mod parallel;
mod random;
mod result;
mod run;

// One file an algorithm, or a few that share their work.
mod all_pairs;
mod betweenness;
mod bfs;
mod biconnected;
mod closeness;
mod components;
mod cores;
mod dag;
mod degree;
mod dfs;
mod flow;
mod label_propagation;
mod leiden;
mod louvain;
mod pagerank;
mod random_walk;
mod shortest_path;
mod similarity;
mod spanning_tree;
mod spectral;
mod sssp;
mod triangles;

pub use adjacency::Adjacency;
pub use error::{Error, Result};
pub use graph::{Edges, Graph};
pub use result::{Direction, Pairs, Scores};
pub use run::{Memory, Progress, Run, Unlimited};

pub use all_pairs::{AllPairsOptions, all_pairs_shortest_paths};
pub use betweenness::{BetweennessOptions, betweenness};
pub use bfs::{Bfs, BfsOptions, bfs};
pub use biconnected::{
    BiconnectedComponents, articulation_points, biconnected_components, bridges,
};
pub use closeness::{ClosenessOptions, HarmonicOptions, closeness, harmonic};
pub use components::{Components, scc, wcc};
pub use cores::{Trusses, k_core, k_truss};
pub use dag::{LongestPathOptions, TopologicalOrder, longest_path, topological_sort};
pub use degree::{DegreeOptions, Degrees, GraphStats, degree, graph_stats};
pub use dfs::{Dfs, DfsOptions, dfs, find_cycle};
pub use flow::{Cut, Flow, FlowOptions, max_flow, min_cut};
pub use label_propagation::{
    LabelPropagationMode, LabelPropagationOptions, Labels, label_propagation,
};
pub use leiden::{LeidenOptions, leiden};
pub use louvain::{Communities, LouvainOptions, louvain};
pub use pagerank::{Dangling, PageRankOptions, pagerank};
pub use random_walk::{RandomWalkOptions, Walks, random_walk};
pub use shortest_path::{Coordinates, Path, ShortestPathOptions, shortest_path};
pub use similarity::{
    LinkPredictionOptions, Metric, SimilarityOptions, link_prediction, node_similarity,
};
pub use spanning_tree::{SpanningTreeOptions, minimum_spanning_tree};
pub use spectral::{EigenvectorOptions, Hits, HitsOptions, KatzOptions, eigenvector, hits, katz};
pub use sssp::{ShortestPathAlgorithm, ShortestPaths, SsspOptions, sssp, sssp_distances};
pub use triangles::{
    ClusteringOptions, TriangleOptions, Triangles, local_clustering_coefficient, triangle_count,
};

/// The number of a node.
pub type Node = u32;

/// No node, or no distance: the value in place of a predecessor or a distance where there is none.
pub const NONE: Node = Node::MAX;
