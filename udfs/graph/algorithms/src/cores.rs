//! Core numbers of nodes and truss numbers of edges: how deep in dense parts they lie.

use crate::{Adjacency, Graph, Node, Result, Run};

/// The core number of each node: the largest k for which it is in a subgraph whose nodes all have at least
/// k neighbours. Parallel edges and self-loops do not count.
pub fn k_core(graph: &Graph, run: &Run) -> Result<Vec<u32>> {
    let simple = graph.simple(run)?;
    let _reservation = run.reserve::<u32>("core numbers", graph.nodes() * 3)?;
    run.phase("k_core", || peel(simple, run))
}

/// Takes away the nodes with the fewest neighbours left, again and again. A node's entry is the number of
/// its neighbours left while it is there, and its core number once it is gone.
fn peel(simple: &Adjacency, run: &Run) -> Result<Vec<u32>> {
    let nodes = simple.nodes();
    let mut core: Vec<u32> = (0..nodes).map(|node| simple.degree(node as Node) as u32).collect();
    let mut left: Vec<Node> = (0..nodes as Node).collect();
    let mut leaving: Vec<Node> = Vec::new();
    let mut level = 0;
    let mut edges = 0_usize;
    while !left.is_empty() {
        // The nodes that stay beyond this level; whoever is at it leaves.
        let mut next = u32::MAX;
        left.retain(|node| {
            let count = core[*node as usize];
            if count == level {
                leaving.push(*node);
            } else if count > level {
                next = next.min(count);
            }
            count > level
        });
        let quiet = leaving.is_empty();
        while let Some(node) = leaving.pop() {
            edges += simple.degree(node);
            if edges > 1 << 16 {
                edges = 0;
                run.check()?;
            }
            for target in simple.neighbors(node) {
                let count = &mut core[*target as usize];
                if *count > level {
                    *count -= 1;
                    if *count == level {
                        leaving.push(*target);
                    }
                }
            }
        }
        run.iteration(level, left.len() as f64)?;
        level = if quiet { next.max(level + 1) } else { level + 1 };
    }
    Ok(core)
}

/// The truss number of each edge.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trusses {
    /// The smaller node of each edge.
    pub source: Vec<Node>,
    /// The greater node of each edge.
    pub target: Vec<Node>,
    /// The largest k for which the edge is in a subgraph whose edges are each in k - 2 triangles; at least 2.
    pub truss: Vec<u32>,
}

/// The truss number of each edge of the undirected graph without parallel edges and self-loops.
pub fn k_truss(graph: &Graph, run: &Run) -> Result<Trusses> {
    let simple = graph.simple(run)?;
    let _reservation = run.reserve::<u32>("truss numbers", simple.len() * 4)?;
    run.phase("k_truss", || trusses(simple, run))
}

/// Takes away the edges in the fewest triangles, again and again.
fn trusses(simple: &Adjacency, run: &Run) -> Result<Trusses> {
    let mut trusses = Trusses::default();
    // The number of each edge at both places it stands.
    let mut edge_at = vec![0_u32; simple.len()];
    for node in 0..simple.nodes() as Node {
        for place in simple.row(node) {
            let target = simple.targets()[place];
            if node < target {
                edge_at[place] = trusses.source.len() as u32;
                if let Ok(back) = simple.neighbors(target).binary_search(&node) {
                    edge_at[simple.row(target).start + back] = trusses.source.len() as u32;
                }
                trusses.source.push(node);
                trusses.target.push(target);
            }
        }
    }
    run.check()?;
    // The triangles left with each edge while it is there, and its level once it is gone.
    let mut support = vec![0_u32; trusses.source.len()];
    let mut gone = vec![false; support.len()];
    for (edge, count) in support.iter_mut().enumerate() {
        if edge % 1024 == 0 {
            run.check()?;
        }
        common(simple, trusses.source[edge], trusses.target[edge], |_, _| *count += 1);
    }
    let mut left: Vec<u32> = (0..support.len() as u32).collect();
    let mut leaving: Vec<u32> = Vec::new();
    let mut level = 0;
    let mut steps = 0_usize;
    while !left.is_empty() {
        let mut next = u32::MAX;
        left.retain(|edge| {
            let count = support[*edge as usize];
            let stays = !gone[*edge as usize] && count > level;
            if stays {
                next = next.min(count);
            } else if !gone[*edge as usize] {
                leaving.push(*edge);
            }
            stays
        });
        let quiet = leaving.is_empty();
        while let Some(edge) = leaving.pop() {
            steps += 1;
            if steps.is_multiple_of(1024) {
                run.check()?;
            }
            let edge = edge as usize;
            gone[edge] = true;
            common(simple, trusses.source[edge], trusses.target[edge], |first, second| {
                let sides = [edge_at[first] as usize, edge_at[second] as usize];
                if sides.iter().any(|side| gone[*side]) {
                    return;
                }
                for side in sides {
                    if support[side] > level {
                        support[side] -= 1;
                        if support[side] == level {
                            leaving.push(side as u32);
                        }
                    }
                }
            });
        }
        level = if quiet { next.max(level + 1) } else { level + 1 };
    }
    trusses.truss = support.into_iter().map(|triangles| triangles + 2).collect();
    Ok(trusses)
}

/// Hands the places of each common neighbour of two nodes in their rows to `sink`.
fn common(simple: &Adjacency, first: Node, second: Node, mut sink: impl FnMut(usize, usize)) {
    let (a, b) = (simple.row(first), simple.row(second));
    let (mut i, mut j) = (a.start, b.start);
    let targets = simple.targets();
    while i < a.end && j < b.end {
        match targets[i].cmp(&targets[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                sink(i, j);
                i += 1;
                j += 1;
            }
        }
    }
}
