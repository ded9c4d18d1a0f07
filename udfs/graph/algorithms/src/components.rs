//! Weakly and strongly connected components.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::{Adjacency, Graph, NONE, Node, Result, Run, parallel};

/// Which component each node is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Components {
    /// The component of each node; components are numbered by their smallest nodes.
    pub component: Vec<u32>,
    /// The smallest node of each component.
    pub smallest: Vec<Node>,
}

/// Components of nodes that reach each other when edges are followed both ways.
pub fn wcc(graph: &Graph, run: &Run) -> Result<Components> {
    let _reservation = run.reserve::<u32>("weakly connected components", graph.nodes() * 3)?;
    run.phase("wcc", || {
        let root = afforest(graph.outgoing(), run)?;
        // A root is the smallest node of its component.
        number(&root, run)
    })
}

/// How many neighbours of each node are joined before looking for the largest component.
const SAMPLED_NEIGHBORS: usize = 2;
/// How many nodes are looked at to find it.
const SAMPLED_NODES: usize = 1024;

/// The smallest node of each node's component (Sutton, Ben-Nun and Barak: Optimizing Parallel Graph
/// Connectivity Computation via Subgraph Sampling). A few edges of each node suffice to join most of the
/// largest component; from then on an edge inside it costs two look-ups.
fn afforest(out: &Adjacency, run: &Run) -> Result<Vec<u32>> {
    let nodes = out.nodes();
    let parent: Vec<AtomicU32> = (0..nodes as u32).map(AtomicU32::new).collect();
    let blocks = parallel::blocks(out.offsets());
    for round in 0..SAMPLED_NEIGHBORS {
        parallel::map(run, &blocks, |block| {
            for node in block {
                if let Some(target) = out.neighbors(node as Node).get(round) {
                    join(&parent, node as u32, *target);
                }
            }
        })?;
        compress(&parent, run)?;
    }
    let largest = most_frequent(&parent);
    parallel::map(run, &blocks, |block| {
        for node in block {
            let row = out.neighbors(node as Node);
            let rest = &row[SAMPLED_NEIGHBORS.min(row.len())..];
            if parent[node].load(Ordering::Relaxed) == largest {
                for target in rest {
                    if parent[*target as usize].load(Ordering::Relaxed) != largest {
                        join(&parent, node as u32, *target);
                    }
                }
            } else {
                for target in rest {
                    join(&parent, node as u32, *target);
                }
            }
        }
    })?;
    compress(&parent, run)?;
    Ok(parent.into_iter().map(AtomicU32::into_inner).collect())
}

/// Joins the trees of two nodes; the greater root is hung below the smaller one.
#[inline]
fn join(parent: &[AtomicU32], first: u32, second: u32) {
    let mut a = parent[first as usize].load(Ordering::Relaxed);
    let mut b = parent[second as usize].load(Ordering::Relaxed);
    while a != b {
        let (high, low) = (a.max(b), a.min(b));
        let above = parent[high as usize].load(Ordering::Relaxed);
        if above == low {
            return;
        }
        if above == high
            && parent[high as usize]
                .compare_exchange(high, low, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
        {
            return;
        }
        a = parent[parent[high as usize].load(Ordering::Relaxed) as usize].load(Ordering::Relaxed);
        b = parent[low as usize].load(Ordering::Relaxed);
    }
}

/// Hangs every node directly below its root.
fn compress(parent: &[AtomicU32], run: &Run) -> Result<()> {
    parallel::map(run, &parallel::node_blocks(parent.len()), |block| {
        for node in block {
            let mut above = parent[node].load(Ordering::Relaxed);
            loop {
                let next = parent[above as usize].load(Ordering::Relaxed);
                if next == above {
                    break;
                }
                above = next;
            }
            parent[node].store(above, Ordering::Relaxed);
        }
    })?;
    Ok(())
}

/// The root most of some nodes have.
fn most_frequent(parent: &[AtomicU32]) -> u32 {
    let step = (parent.len() / SAMPLED_NODES).max(1);
    let mut roots: Vec<u32> =
        parent.iter().step_by(step).map(|root| root.load(Ordering::Relaxed)).collect();
    roots.sort_unstable();
    roots.chunk_by(|a, b| a == b).max_by_key(|run| run.len()).map_or(NONE, |run| run[0])
}

/// Numbers components by their smallest nodes, which `root` names.
fn number(root: &[u32], run: &Run) -> Result<Components> {
    let nodes = root.len();
    let mut number = vec![0_u32; nodes];
    let mut smallest = Vec::new();
    for node in 0..nodes {
        if root[node] as usize == node {
            number[node] = smallest.len() as u32;
            smallest.push(node as Node);
        }
    }
    run.check()?;
    let mut component = vec![0_u32; nodes];
    parallel::fill(run, &parallel::node_blocks(nodes), &mut component, |block, component| {
        for (root, component) in root[block].iter().zip(component) {
            *component = number[*root as usize];
        }
    })?;
    Ok(Components { component, smallest })
}

/// Components of nodes that reach each other along the edges.
pub fn scc(graph: &Graph, run: &Run) -> Result<Components> {
    if !graph.is_directed() {
        return wcc(graph, run);
    }
    let _reservation = run.reserve::<u32>("strongly connected components", graph.nodes() * 8)?;
    run.phase("scc", || {
        let root = tarjan(graph.outgoing(), run)?;
        number(&root, run)
    })
}

/// The smallest node of each node's strongly connected component, by Tarjan's algorithm in Pearce's form:
/// one number a node instead of two, and a node leaves the stack when its component is complete.
fn tarjan(out: &Adjacency, run: &Run) -> Result<Vec<u32>> {
    let nodes = out.nodes();
    let mut root = vec![NONE; nodes];
    let mut low = vec![0_u32; nodes];
    let mut visited = 0_u32;
    let mut open: Vec<Node> = Vec::new();
    let mut path: Vec<(Node, usize, u32)> = Vec::new();
    let mut steps = 0_usize;
    for start in 0..nodes as Node {
        if low[start as usize] != 0 {
            continue;
        }
        visited += 1;
        low[start as usize] = visited;
        path.push((start, out.row(start).start, visited));
        while let Some((node, next, order)) = path.last_mut() {
            let end = out.row(*node).end;
            let mut lowest = low[*node as usize];
            let mut deeper = None;
            while *next < end {
                let target = out.targets()[*next];
                *next += 1;
                let seen = low[target as usize];
                if seen == 0 {
                    deeper = Some(target);
                    break;
                }
                // Nodes of finished components have the greatest number.
                lowest = lowest.min(seen);
            }
            low[*node as usize] = lowest;
            steps += 1;
            if steps.is_multiple_of(1 << 14) {
                run.check()?;
            }
            if let Some(target) = deeper {
                visited += 1;
                low[target as usize] = visited;
                path.push((target, out.row(target).start, visited));
                continue;
            }
            let (node, order) = (*node, *order);
            path.pop();
            if lowest == order {
                // A complete component: the node and what is above it on the stack of open nodes.
                let first = open
                    .iter()
                    .rposition(|member| low[*member as usize] < order)
                    .map_or(0, |position| position + 1);
                let mut smallest = node;
                for member in &open[first..] {
                    smallest = smallest.min(*member);
                }
                for member in open.drain(first..).chain([node]) {
                    root[member as usize] = smallest;
                    low[member as usize] = NONE;
                }
            } else {
                open.push(node);
            }
            if let Some((above, ..)) = path.last() {
                let above = *above as usize;
                low[above] = low[above].min(lowest);
            }
        }
    }
    Ok(root)
}
