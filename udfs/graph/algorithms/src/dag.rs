//! Orders of acyclic graphs, and the longest paths in them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::{Error, Graph, NONE, Node, Result, Run, ShortestPaths, find_cycle};

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
    let _reservation = run.reserve::<u32>("topological order", graph.nodes() * 5)?;
    let (order, generation) = run.phase("topological_sort", || order(graph, run))?;
    if order.len() < graph.nodes() {
        return Err(Error::Cycle { nodes: find_cycle(graph, run)?.unwrap_or_default() });
    }
    let mut position = vec![0; graph.nodes()];
    for (place, node) in order.iter().enumerate() {
        position[*node as usize] = place as u32;
    }
    Ok(TopologicalOrder { position, generation })
}

/// The nodes in order, without those on or behind a cycle, and the generation of each.
fn order(graph: &Graph, run: &Run) -> Result<(Vec<Node>, Vec<u32>)> {
    if !graph.is_directed() {
        return Err(Error::WrongKind {
            algorithm: "a topological order",
            needs: "a directed graph",
        });
    }
    let nodes = graph.nodes();
    let out = graph.outgoing();
    let mut before = vec![0_u32; nodes];
    out.targets().iter().for_each(|target| before[*target as usize] += 1);
    let mut generation = vec![0_u32; nodes];
    let mut ready: BinaryHeap<Reverse<Node>> =
        (0..nodes as Node).filter(|node| before[*node as usize] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(nodes);
    while let Some(Reverse(node)) = ready.pop() {
        if order.len() % 1024 == 0 {
            run.check()?;
        }
        order.push(node);
        for target in out.neighbors(node) {
            let after = generation[node as usize] + 1;
            generation[*target as usize] = generation[*target as usize].max(after);
            before[*target as usize] -= 1;
            if before[*target as usize] == 0 {
                ready.push(Reverse(*target));
            }
        }
    }
    Ok((order, generation))
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
    let nodes = graph.nodes();
    let _reservation = run.reserve::<u32>("longest paths", nodes * 7)?;
    run.phase("longest_path", || {
        let (order, _) = order(graph, run)?;
        if order.len() < nodes {
            return Err(Error::Cycle { nodes: find_cycle(graph, run)?.unwrap_or_default() });
        }
        let mut distance = vec![0.0; nodes];
        let mut predecessor = vec![NONE; nodes];
        for (index, node) in order.iter().enumerate() {
            if index % 1024 == 0 {
                run.check()?;
            }
            let from = distance[*node as usize];
            for (target, weight) in graph.outgoing().weighted_neighbors(*node, options.weighted) {
                let length = from + weight;
                let (known, before) =
                    (&mut distance[target as usize], &mut predecessor[target as usize]);
                if length > *known || (length == *known && *node < *before) {
                    *known = length;
                    *before = *node;
                }
            }
        }
        Ok(ShortestPaths { distance, predecessor })
    })
}
