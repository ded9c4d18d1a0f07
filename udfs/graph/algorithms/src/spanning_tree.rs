//! The lightest edges that connect what the graph connects.

use rayon::prelude::*;

use crate::{Graph, Node, Pairs, Result, Run, parallel};

/// Options of [`minimum_spanning_tree`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanningTreeOptions {
    /// The heaviest edges instead. Default false.
    pub maximum: bool,
    /// Weighs the edges, if they have weights. Default true.
    pub weighted: bool,
}

impl Default for SpanningTreeOptions {
    fn default() -> Self {
        Self { maximum: false, weighted: true }
    }
}

/// The edges of a minimum spanning tree of each component of the undirected graph, by their smaller and
/// then their greater node.
pub fn minimum_spanning_tree(
    graph: &Graph,
    options: &SpanningTreeOptions,
    run: &Run,
) -> Result<Pairs> {
    let nodes = graph.nodes();
    let out = graph.outgoing();
    let _reservation = run.reserve::<u64>("spanning tree", nodes * 2 + out.len() * 2)?;
    run.phase("minimum_spanning_tree", || {
        let weights = match options.weighted {
            true => out.weights(),
            false => None,
        };
        // Weights as integers of the same order, or of the opposite one.
        let key = |weight: f64| {
            let bits = weight.to_bits() as i64;
            let ascending = (bits ^ ((bits >> 63) as u64 >> 1) as i64) as u64 ^ (1 << 63);
            if options.maximum { !ascending } else { ascending }
        };
        let blocks = parallel::blocks(out.offsets());
        let parts = parallel::map(run, &blocks, |block| {
            let mut edges =
                Vec::with_capacity(out.offsets()[block.end] - out.offsets()[block.start]);
            for node in block {
                let node = node as Node;
                for place in out.row(node) {
                    let target = out.targets()[place];
                    if target == node || (!graph.is_directed() && target < node) {
                        continue;
                    }
                    let weight = weights.map_or(0, |weights| key(weights[place]));
                    edges.push(Edge { weight, ends: (node.min(target), node.max(target)) });
                }
            }
            edges
        })?;
        let edges = parts.concat();
        let mut forest = Forest { parent: (0..nodes as u32).collect(), edges: Vec::new() };
        if weights.is_some() {
            forest.add(edges, run)?;
        } else {
            // All weigh the same: the order of the ends decides.
            let mut edges = edges;
            edges.par_sort_unstable();
            forest.add_sorted(&edges, run)?;
        }
        let weigh = |key: u64| {
            let ascending = (if options.maximum { !key } else { key }) ^ (1 << 63);
            let bits = ascending as i64;
            f64::from_bits((bits ^ ((bits >> 63) as u64 >> 1) as i64) as u64)
        };
        forest.edges.sort_unstable_by_key(|edge| edge.ends);
        let mut tree = Pairs::default();
        for edge in &forest.edges {
            let weight = if weights.is_some() { weigh(edge.weight) } else { 1.0 };
            tree.push(edge.ends.0, edge.ends.1, weight);
        }
        Ok(tree)
    })
}

/// An edge, ordered by weight and then by its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    weight: u64,
    ends: (Node, Node),
}

/// Fewer edges than this are sorted at once.
const FEW_EDGES: usize = 1 << 14;

/// A forest that grows by the lightest edges.
struct Forest {
    parent: Vec<u32>,
    edges: Vec<Edge>,
}

impl Forest {
    fn root(&mut self, node: Node) -> u32 {
        let mut node = node as usize;
        loop {
            let above = self.parent[node] as usize;
            let over = self.parent[above];
            if over as usize == above {
                return over;
            }
            self.parent[node] = over;
            node = above;
        }
    }

    /// Adds those of `edges` that connect something, the lightest first: the lighter half, and then what
    /// is not yet connected of the heavier half (Osipov, Sanders and Singler: The Filter-Kruskal Minimum
    /// Spanning Tree Algorithm).
    fn add(&mut self, mut edges: Vec<Edge>, run: &Run) -> Result<()> {
        run.check()?;
        if edges.len() <= FEW_EDGES {
            edges.par_sort_unstable();
            return self.add_sorted(&edges, run);
        }
        let mut sample: Vec<Edge> = edges.iter().step_by(edges.len() / 64).copied().collect();
        sample.sort_unstable();
        let pivot = sample[sample.len() / 4];
        let (light, mut heavy): (Vec<Edge>, Vec<Edge>) =
            edges.par_iter().partition(|edge| **edge <= pivot);
        if light.len() == edges.len() {
            // Nothing but copies of one edge.
            edges.dedup();
            edges.par_sort_unstable();
            return self.add_sorted(&edges, run);
        }
        drop(edges);
        self.add(light, run)?;
        run.check()?;
        self.flatten();
        let parent = &self.parent;
        heavy = heavy
            .into_par_iter()
            .filter(|edge| parent[edge.ends.0 as usize] != parent[edge.ends.1 as usize])
            .collect();
        self.add(heavy, run)
    }

    fn add_sorted(&mut self, edges: &[Edge], run: &Run) -> Result<()> {
        for edges in edges.chunks(1 << 14) {
            run.check()?;
            for edge in edges {
                let (a, b) = (self.root(edge.ends.0), self.root(edge.ends.1));
                if a != b {
                    self.parent[a.max(b) as usize] = a.min(b);
                    self.edges.push(*edge);
                }
            }
        }
        Ok(())
    }

    /// Hangs every node directly below its root: parents are smaller, so they come first.
    fn flatten(&mut self) {
        for node in 0..self.parent.len() {
            self.parent[node] = self.parent[self.parent[node] as usize];
        }
    }
}
