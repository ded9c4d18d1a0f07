//! How many edges each node has, and figures about the whole graph.

use crate::{Adjacency, Graph, Node, Result, Run, parallel, wcc};

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
    let nodes = graph.nodes();
    let weighted = options.weighted && graph.is_weighted();
    let _reservation = run.reserve::<f64>("degrees", nodes * 3)?;
    let incoming = match weighted {
        true => Some(graph.incoming(run)?),
        false => graph.incoming_if_made(),
    };
    run.phase("degree", || {
        let outgoing = sums(graph.outgoing(), weighted, run)?;
        let incoming = match incoming {
            Some(incoming) => sums(incoming, weighted, run)?,
            None => {
                let mut counts = vec![0.0; nodes];
                for targets in graph.outgoing().targets().chunks(1 << 16) {
                    run.check()?;
                    targets.iter().for_each(|target| counts[*target as usize] += 1.0);
                }
                counts
            }
        };
        let mut degree = incoming.clone();
        if graph.is_directed() {
            degree.iter_mut().zip(&outgoing).for_each(|(degree, outgoing)| *degree += outgoing);
            return Ok(Degrees { incoming, outgoing, degree });
        }
        // The rows of an undirected graph have a self-loop once, though it has two ends there.
        let out = graph.outgoing();
        parallel::fill(run, &parallel::blocks(out.offsets()), &mut degree, |block, degree| {
            for (node, degree) in block.zip(degree) {
                for (target, weight) in out.weighted_neighbors(node as Node, weighted) {
                    if target as usize == node {
                        *degree += weight;
                    }
                }
            }
        })?;
        Ok(Degrees { incoming: degree.clone(), outgoing: degree.clone(), degree })
    })
}

fn sums(rows: &Adjacency, weighted: bool, run: &Run) -> Result<Vec<f64>> {
    let mut sums = vec![0.0; rows.nodes()];
    parallel::fill(run, &parallel::blocks(rows.offsets()), &mut sums, |block, sums| {
        for (node, sum) in block.zip(sums) {
            let row = rows.row(node as Node);
            *sum = match (weighted, rows.weights()) {
                (true, Some(weights)) => weights[row].iter().sum(),
                _ => row.len() as f64,
            };
        }
    })?;
    Ok(sums)
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
    let nodes = graph.nodes();
    let edges = graph.edges();
    let components = wcc(graph, run)?;
    let degrees = degree(graph, &DegreeOptions { weighted: false }, run)?.degree;
    run.phase("graph_stats", || {
        let out = graph.outgoing();
        // Self-loops, edges that repeat the one before in their row, and the weights of both and of all.
        let counts = parallel::map(run, &parallel::blocks(out.offsets()), |block| {
            let (mut loops, mut repeated, mut repeated_loops) = (0, 0, 0);
            let (mut weight, mut loop_weight) = (0.0, 0.0);
            for node in block {
                let mut last = None;
                for (target, edge) in out.weighted_neighbors(node as Node, true) {
                    let is_loop = target as usize == node;
                    let repeats = last == Some(target);
                    loops += usize::from(is_loop);
                    repeated += usize::from(repeats && !is_loop);
                    repeated_loops += usize::from(repeats && is_loop);
                    weight += edge;
                    loop_weight += if is_loop { edge } else { 0.0 };
                    last = Some(target);
                }
            }
            (loops, repeated, repeated_loops, weight, loop_weight)
        })?;
        // An undirected graph has every edge but the self-loops twice.
        let copies = if graph.is_directed() { 1 } else { 2 };
        let weight: f64 = counts.iter().map(|counts| counts.3).sum();
        let loop_weight: f64 = counts.iter().map(|counts| counts.4).sum();
        let mut sizes = vec![0_usize; components.smallest.len()];
        components.component.iter().for_each(|component| sizes[*component as usize] += 1);
        let pairs = nodes as f64 * (nodes as f64 - 1.0);
        let degree_sum: f64 = degrees.iter().sum();
        let degrees = || degrees.iter().map(|degree| *degree as usize);
        Ok(GraphStats {
            nodes,
            edges,
            self_loops: counts.iter().map(|counts| counts.0).sum(),
            parallel_edges: counts.iter().map(|counts| counts.1).sum::<usize>() / copies
                + counts.iter().map(|counts| counts.2).sum::<usize>(),
            density: if nodes < 2 { 0.0 } else { (edges * copies) as f64 / pairs },
            components: sizes.len(),
            largest_component: sizes.iter().copied().max().unwrap_or(0),
            isolated_nodes: degrees().filter(|degree| *degree == 0).count(),
            min_degree: degrees().min().unwrap_or(0),
            max_degree: degrees().max().unwrap_or(0),
            average_degree: if nodes == 0 { 0.0 } else { degree_sum / nodes as f64 },
            total_weight: loop_weight + (weight - loop_weight) / copies as f64,
        })
    })
}
