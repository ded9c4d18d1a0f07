//! The functions, one file each; `communities`, `components`,
//! `convergence` and `flows` are what some of them share.

mod all_pairs_shortest_paths;
mod all_shortest_paths;
mod articulation_points;
mod astar;
mod betweenness;
mod bfs;
mod biconnected_components;
mod bridges;
mod closeness;
mod communities;
mod components;
mod convergence;
mod degree;
mod dfs;
mod eigenvector;
mod find_cycle;
mod flows;
mod graph_stats;
mod harmonic;
mod hits;
mod k_core;
mod k_truss;
mod katz;
mod label_propagation;
mod leiden;
mod link_prediction;
mod local_clustering_coefficient;
mod longest_path;
mod louvain;
mod max_flow;
mod min_cut;
mod minimum_spanning_tree;
mod node_similarity;
mod pagerank;
mod random_walk;
mod scc;
mod shortest_path;
mod sssp;
mod topological_sort;
mod triangle_count;
mod wcc;

use crate::function::GraphFunction;

/// All functions, by name.
pub(crate) const FUNCTIONS: &[&GraphFunction] = &[
    &all_pairs_shortest_paths::FUNCTION,
    &all_shortest_paths::FUNCTION,
    &articulation_points::FUNCTION,
    &astar::FUNCTION,
    &betweenness::FUNCTION,
    &bfs::FUNCTION,
    &biconnected_components::FUNCTION,
    &bridges::FUNCTION,
    &closeness::FUNCTION,
    &degree::FUNCTION,
    &dfs::FUNCTION,
    &eigenvector::FUNCTION,
    &find_cycle::FUNCTION,
    &graph_stats::FUNCTION,
    &harmonic::FUNCTION,
    &hits::FUNCTION,
    &k_core::FUNCTION,
    &k_truss::FUNCTION,
    &katz::FUNCTION,
    &label_propagation::FUNCTION,
    &leiden::FUNCTION,
    &link_prediction::FUNCTION,
    &local_clustering_coefficient::FUNCTION,
    &longest_path::FUNCTION,
    &louvain::FUNCTION,
    &max_flow::FUNCTION,
    &min_cut::FUNCTION,
    &minimum_spanning_tree::FUNCTION,
    &node_similarity::FUNCTION,
    &pagerank::FUNCTION,
    &random_walk::FUNCTION,
    &scc::FUNCTION,
    &shortest_path::FUNCTION,
    &sssp::FUNCTION,
    &topological_sort::FUNCTION,
    &triangle_count::FUNCTION,
    &wcc::FUNCTION,
];
