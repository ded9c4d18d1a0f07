//! Small random graphs with everything that goes wrong: self-loops, parallel edges, isolated nodes, none.
#![allow(clippy::needless_range_loop, reason = "nodes are numbers here, as in the kernels")]
#![allow(dead_code, reason = "each test uses some of it")]

use algorithms::{Edges, Graph, Node, Run};

pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }
}

/// A graph and the edges it was made of.
pub(crate) struct Sample {
    pub(crate) graph: Graph,
    pub(crate) nodes: usize,
    pub(crate) directed: bool,
    pub(crate) edges: Vec<(usize, usize, f64)>,
}

impl Sample {
    pub(crate) fn new(
        nodes: usize,
        directed: bool,
        weighted: bool,
        edges: Vec<(usize, usize, f64)>,
    ) -> Self {
        let columns = Edges {
            source: edges.iter().map(|edge| edge.0 as Node).collect(),
            target: edges.iter().map(|edge| edge.1 as Node).collect(),
            weight: weighted.then(|| edges.iter().map(|edge| edge.2).collect()),
        };
        let graph = Graph::build(columns, nodes, directed, &Run::default()).unwrap();
        Self { graph, nodes, directed, edges }
    }

    /// A random graph with weights from `weights`, or without when there are none.
    pub(crate) fn random(seed: u64, directed: bool, weights: &[f64]) -> Self {
        let mut random = Random::new(seed);
        let nodes = random.below(9);
        let count = if nodes == 0 { 0 } else { random.below(22) };
        let edges = (0..count)
            .map(|_| {
                let weight = match weights.len() {
                    0 => 1.0,
                    length => weights[random.below(length)],
                };
                (random.below(nodes), random.below(nodes), weight)
            })
            .collect();
        Self::new(nodes, directed, !weights.is_empty(), edges)
    }

    /// The edges each way they lead.
    pub(crate) fn arcs(&self) -> Vec<(usize, usize, f64)> {
        let mut arcs = self.edges.clone();
        if !self.directed {
            let back = self.edges.iter().filter(|edge| edge.0 != edge.1);
            arcs.extend(back.map(|edge| (edge.1, edge.0, edge.2)));
        }
        arcs
    }

    /// Whether there is an edge between two different nodes, in either direction.
    pub(crate) fn adjacent(&self) -> Vec<Vec<bool>> {
        let mut adjacent = vec![vec![false; self.nodes]; self.nodes];
        for (a, b, _) in &self.edges {
            if a != b {
                adjacent[*a][*b] = true;
                adjacent[*b][*a] = true;
            }
        }
        adjacent
    }

    /// Floyd and Warshall's distances.
    pub(crate) fn distances(&self, weighted: bool) -> Vec<Vec<f64>> {
        let mut distance = vec![vec![f64::INFINITY; self.nodes]; self.nodes];
        for (node, row) in distance.iter_mut().enumerate() {
            row[node] = 0.0;
        }
        for (a, b, weight) in self.arcs() {
            let weight = if weighted { weight } else { 1.0 };
            distance[a][b] = distance[a][b].min(weight);
        }
        for over in 0..self.nodes {
            for a in 0..self.nodes {
                for b in 0..self.nodes {
                    let around = distance[a][over] + distance[over][b];
                    distance[a][b] = distance[a][b].min(around);
                }
            }
        }
        distance
    }
}

/// Random graphs of both kinds.
pub(crate) fn samples(weights: &'static [f64]) -> impl Iterator<Item = Sample> {
    (0..600).map(|seed| Sample::random(seed, seed % 2 == 0, weights))
}

/// Weights, some of them zero.
pub(crate) const WEIGHTS: &[f64] = &[0.0, 0.5, 1.0, 1.0, 2.0, 3.0];
/// Weights without zero.
pub(crate) const POSITIVE: &[f64] = &[0.5, 1.0, 2.0, 3.0];

pub(crate) fn run() -> Run {
    Run::default()
}

/// Whether two numbers are the same but for rounding.
pub(crate) fn close(first: f64, second: f64) -> bool {
    first == second || (first - second).abs() <= 1e-9 * (1.0 + first.abs())
}

#[track_caller]
pub(crate) fn all_close(first: &[f64], second: &[f64], what: &str) {
    assert_eq!(first.len(), second.len(), "{what}");
    assert!(first.iter().zip(second).all(|(a, b)| close(*a, *b)), "{what}: {first:?} {second:?}");
}
