//! From edges to rows, and from the rows to the other views of a graph.

use std::sync::Arc;

use crate::run::{Memory, Reservation};
use crate::{Adjacency, Edges, Error, Graph, NONE, Node, Result, Run};

/// The rows of outgoing edges, or of both directions when the graph is undirected.
pub(crate) fn from_edges(
    edges: Edges,
    nodes: usize,
    directed: bool,
    run: &Run,
) -> Result<Adjacency> {
    if nodes >= NONE as usize {
        return Err(Error::TooManyNodes { nodes });
    }
    let (sources, targets) = (edges.source.len(), edges.target.len());
    let weights = edges.weight.as_ref().map_or(sources, Vec::len);
    if sources != targets || sources != weights {
        return Err(Error::UnequalColumns { sources, targets, weights });
    }
    let mut list: Vec<(Node, Node, f64)> = Vec::with_capacity(sources);
    for index in 0..sources {
        let (source, target) = (edges.source[index], edges.target[index]);
        for node in [source, target] {
            if node as usize >= nodes {
                return Err(Error::MissingNode { node, nodes });
            }
        }
        let weight = edges.weight.as_ref().map_or(1.0, |weights| weights[index]);
        if !weight.is_finite() {
            return Err(Error::InvalidWeight { source_node: source, target, weight });
        }
        list.push((source, target, weight));
        if !directed && source != target {
            list.push((target, source, weight));
        }
    }
    let weighted = edges.weight.is_some();
    drop(edges);
    collect(list, nodes, weighted, run.memory())
}

fn collect(
    mut list: Vec<(Node, Node, f64)>,
    nodes: usize,
    weighted: bool,
    memory: &Arc<dyn Memory>,
) -> Result<Adjacency> {
    let bytes = Adjacency::bytes(nodes, list.len(), weighted);
    let reservation = Reservation::new(Arc::clone(memory), "the edges", bytes)?;
    list.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
    let mut offsets = vec![0; nodes + 1];
    for (source, ..) in &list {
        offsets[*source as usize + 1] += 1;
    }
    for node in 0..nodes {
        offsets[node + 1] += offsets[node];
    }
    let targets = list.iter().map(|edge| edge.1).collect();
    let weights = weighted.then(|| list.iter().map(|edge| edge.2).collect());
    Ok(Adjacency::new(offsets, targets, weights, reservation))
}

/// The graph of ready rows.
pub(crate) fn from_rows(
    offsets: Vec<usize>,
    targets: Vec<Node>,
    weights: Option<Vec<f64>>,
    run: &Run,
) -> Result<Adjacency> {
    let invalid = |reason: &str| Error::InvalidAdjacency { reason: reason.to_owned() };
    let nodes = offsets.len().checked_sub(1).ok_or_else(|| invalid("there are no offsets"))?;
    if offsets[0] != 0 || offsets[nodes] != targets.len() || !offsets.is_sorted() {
        return Err(invalid("the offsets do not ascend from zero to the number of targets"));
    }
    let mut source = vec![0; targets.len()];
    for node in 0..nodes {
        source[offsets[node]..offsets[node + 1]].fill(node as Node);
    }
    from_edges(Edges { source, target: targets, weight: weights }, nodes, true, run)
}

fn list(graph: &Graph, reverse: bool) -> Vec<(Node, Node, f64)> {
    let mut list = Vec::new();
    for node in 0..graph.nodes() as Node {
        for (target, weight) in graph.outgoing().weighted_neighbors(node, true) {
            list.push(if reverse { (target, node, weight) } else { (node, target, weight) });
        }
    }
    list
}

/// The rows of incoming edges.
pub(crate) fn transpose(graph: &Graph, memory: &Arc<dyn Memory>, _run: &Run) -> Result<Adjacency> {
    collect(list(graph, true), graph.nodes(), graph.is_weighted(), memory)
}

/// The undirected rows without self-loops, parallel edges and weights.
pub(crate) fn simple(graph: &Graph, memory: &Arc<dyn Memory>, _run: &Run) -> Result<Adjacency> {
    let mut edges = list(graph, false);
    edges.extend(list(graph, true));
    edges.retain(|edge| edge.0 != edge.1);
    edges.sort_unstable_by_key(|edge| (edge.0, edge.1));
    edges.dedup_by_key(|edge| (edge.0, edge.1));
    collect(edges, graph.nodes(), false, memory)
}

/// The undirected rows with the sums of the weights of parallel edges.
pub(crate) fn merged(graph: &Graph, memory: &Arc<dyn Memory>, _run: &Run) -> Result<Adjacency> {
    let mut edges = list(graph, false);
    if graph.is_directed() {
        edges.extend(list(graph, true).into_iter().filter(|edge| edge.0 != edge.1));
    }
    edges.sort_by_key(|edge| (edge.0, edge.1));
    edges.dedup_by(|next, kept| {
        let same = (next.0, next.1) == (kept.0, kept.1);
        if same {
            kept.2 += next.2;
        }
        same
    });
    collect(edges, graph.nodes(), true, memory)
}
