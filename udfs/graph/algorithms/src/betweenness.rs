//! Betweenness centrality: on how many shortest paths each node lies.

use std::collections::{BinaryHeap, HashSet};

use rayon::prelude::*;

use crate::parallel::{self, Scratch};
use crate::random::Random;
use crate::sssp::Nearest;
use crate::{Adjacency, Error, Graph, NONE, Node, Result, Run};

/// Options of [`betweenness`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BetweennessOptions {
    /// Estimates from paths that start at this many nodes, chosen at random. Default: all nodes.
    pub samples: Option<usize>,
    /// Divides by the number of pairs of other nodes. Default true.
    pub normalized: bool,
    /// Counts the ends of a path as nodes on it. Default false.
    pub endpoints: bool,
    /// Adds up the weights, if the graph has any, instead of counting edges. Default true.
    pub weighted: bool,
    /// The random choice of sources. Default 42.
    pub seed: u64,
}

impl Default for BetweennessOptions {
    fn default() -> Self {
        Self { samples: None, normalized: true, endpoints: false, weighted: true, seed: 42 }
    }
}

/// The betweenness centrality of each node, as NetworkX defines it; parallel edges make no further paths.
pub fn betweenness(graph: &Graph, options: &BetweennessOptions, run: &Run) -> Result<Vec<f64>> {
    let nodes = graph.nodes();
    let weighted = options.weighted && graph.is_weighted();
    if weighted {
        graph.outgoing().check_not_negative(run)?;
    }
    let sampled = match options.samples {
        Some(0) if nodes > 0 => {
            return Err(Error::InvalidOption {
                option: "samples",
                reason: "at least one node must be sampled".to_owned(),
            });
        }
        Some(samples) if samples < nodes => Some(sample(nodes, samples, options.seed)),
        _ => None,
    };
    let sources = match &sampled {
        Some(sampled) => sampled.clone(),
        None => (0..nodes as Node).collect(),
    };
    let _reservation = run.reserve::<f64>("betweenness", nodes)?;
    run.phase("betweenness", || {
        let rows = graph.outgoing();
        let scratch = Scratch::new(|| {
            let reservation = run.reserve::<[f64; 4]>("betweenness of a source", nodes)?;
            Ok((Brandes::new(nodes), reservation))
        });
        let mut scores = vec![0.0; nodes];
        // As many sources at once as there are threads: their scores are added in the order of the
        // sources, so that it does not matter how many.
        let together = rayon::current_num_threads();
        let _reservation = run.reserve::<f64>("betweenness of sources", nodes * together)?;
        for sources in sources.chunks(together) {
            let parts: Vec<Vec<f64>> = sources
                .par_iter()
                .with_max_len(1)
                .map(|source| {
                    scratch.with(|(brandes, _)| {
                        match weighted {
                            true => brandes.by_weight(rows, *source, run)?,
                            false => brandes.by_edges(rows, *source, run)?,
                        }
                        Ok(brandes.dependencies(*source, options.endpoints))
                    })?
                })
                .collect::<Result<_>>()?;
            parallel::fill(run, &parallel::node_blocks(nodes), &mut scores, |block, scores| {
                for part in &parts {
                    scores
                        .iter_mut()
                        .zip(&part[block.clone()])
                        .for_each(|(sum, part)| *sum += part);
                }
            })?;
        }
        rescale(&mut scores, graph, options, sampled.as_deref());
        Ok(scores)
    })
}

/// Different nodes chosen at random, in order.
fn sample(nodes: usize, count: usize, seed: u64) -> Vec<Node> {
    let mut random = Random::new(seed, 0);
    let mut chosen = HashSet::with_capacity(count);
    // Floyd's sampling: every set of that many nodes is equally likely.
    for last in nodes - count..nodes {
        let node = random.below(last + 1) as Node;
        if !chosen.insert(node) {
            chosen.insert(last as Node);
        }
    }
    let mut chosen: Vec<Node> = chosen.into_iter().collect();
    chosen.sort_unstable();
    chosen
}

/// Scales scores as NetworkX does, which takes into account that a node sampled as a source cannot be
/// between its own paths.
fn rescale(
    scores: &mut [f64],
    graph: &Graph,
    options: &BetweennessOptions,
    sampled: Option<&[Node]>,
) {
    let ends = graph.nodes() as f64 - if options.endpoints { 0.0 } else { 1.0 };
    if ends < 2.0 {
        return;
    }
    let scale = |sources: f64| match (options.normalized, graph.is_directed()) {
        (true, _) => 1.0 / (sources * (ends - 1.0)),
        (false, true) => ends / sources,
        // An undirected pair was counted once from each of its ends.
        (false, false) => ends / (sources * 2.0),
    };
    let sources = sampled.map_or(ends, |sampled| sampled.len() as f64);
    scores.iter_mut().for_each(|score| *score *= scale(sources));
    if let (Some(sampled), false) = (sampled, options.endpoints) {
        for node in sampled {
            let score = &mut scores[*node as usize];
            // With one sample nothing is known about it.
            *score = if sources > 1.0 {
                *score / scale(sources) * scale(sources - 1.0)
            } else {
                f64::NAN
            };
        }
    }
}

/// The arrays of Brandes' algorithm for one source (A Faster Algorithm for Betweenness Centrality).
struct Brandes {
    level: Vec<u32>,
    /// The number of shortest paths from the source.
    paths: Vec<f64>,
    /// The share of a path to the node that goes on from it, for nodes of the level just left.
    share: Vec<f64>,
    dependency: Vec<f64>,
    /// The nodes reached, the nearest first.
    order: Vec<Node>,
    distance: Vec<f64>,
}

impl Brandes {
    fn new(nodes: usize) -> Self {
        Self {
            level: vec![NONE; nodes],
            paths: vec![0.0; nodes],
            share: vec![0.0; nodes],
            dependency: vec![0.0; nodes],
            order: Vec::new(),
            distance: Vec::new(),
        }
    }

    fn clear(&mut self) {
        for node in self.order.drain(..) {
            let node = node as usize;
            self.level[node] = NONE;
            self.paths[node] = 0.0;
            self.share[node] = 0.0;
            self.dependency[node] = 0.0;
        }
    }

    fn by_edges(&mut self, rows: &Adjacency, source: Node, run: &Run) -> Result<()> {
        self.clear();
        self.level[source as usize] = 0;
        self.paths[source as usize] = 1.0;
        self.order.push(source);
        let mut next = 0;
        // Where each level starts in the order.
        let mut starts = vec![0];
        let mut edges = 0_usize;
        while next < self.order.len() {
            let node = self.order[next];
            let level = self.level[node as usize] + 1;
            if starts.len() < level as usize + 1 {
                starts.push(self.order.len());
            }
            next += 1;
            edges += rows.degree(node);
            if edges > 1 << 16 {
                edges = 0;
                run.check()?;
            }
            let paths = self.paths[node as usize];
            let mut last = NONE;
            for target in rows.neighbors(node) {
                // Parallel edges are one path.
                if *target == last {
                    continue;
                }
                last = *target;
                let place = *target as usize;
                if self.level[place] == NONE {
                    self.level[place] = level;
                    self.paths[place] = paths;
                    self.order.push(*target);
                } else if self.level[place] == level {
                    self.paths[place] += paths;
                }
            }
        }
        starts.retain(|start| *start < self.order.len());
        starts.push(self.order.len());
        // Backwards level by level: only nodes of the level just left have a share, so what leads anywhere
        // else adds nothing.
        for level in (0..starts.len() - 1).rev() {
            run.check()?;
            let nodes = starts[level]..starts[level + 1];
            for node in &self.order[nodes.clone()] {
                let mut sum = 0.0;
                let mut last = NONE;
                for target in rows.neighbors(*node) {
                    if *target != last {
                        sum += self.share[*target as usize];
                        last = *target;
                    }
                }
                self.dependency[*node as usize] = sum * self.paths[*node as usize];
            }
            if let Some(end) = starts.get(level + 2) {
                for node in &self.order[starts[level + 1]..*end] {
                    self.share[*node as usize] = 0.0;
                }
            }
            for node in &self.order[nodes] {
                let node = *node as usize;
                self.share[node] = (1.0 + self.dependency[node]) / self.paths[node];
            }
        }
        Ok(())
    }

    fn by_weight(&mut self, rows: &Adjacency, source: Node, run: &Run) -> Result<()> {
        self.clear();
        self.distance.clear();
        self.distance.resize(rows.nodes(), f64::INFINITY);
        self.distance[source as usize] = 0.0;
        self.paths[source as usize] = 1.0;
        let mut heap = BinaryHeap::from([Nearest(0.0, source)]);
        // Every last edge of a shortest path, from the node settled first on.
        let mut before: Vec<(Node, Node)> = Vec::new();
        while let Some(Nearest(reached, node)) = heap.pop() {
            if self.order.len().is_multiple_of(1024) {
                run.check()?;
            }
            if self.level[node as usize] != NONE {
                continue;
            }
            self.level[node as usize] = self.order.len() as u32;
            self.order.push(node);
            let paths = self.paths[node as usize];
            let row = rows.row(node);
            let mut place = row.start;
            while place < row.end {
                // Parallel edges are one path, by the lightest of them, which comes first.
                let target = rows.targets()[place];
                let length = reached + rows.weights().map_or(1.0, |weights| weights[place]);
                while place < row.end && rows.targets()[place] == target {
                    place += 1;
                }
                let known = &mut self.distance[target as usize];
                if self.level[target as usize] != NONE || length > *known {
                    continue;
                }
                if length < *known {
                    *known = length;
                    self.paths[target as usize] = 0.0;
                    heap.push(Nearest(length, target));
                }
                self.paths[target as usize] += paths;
                before.push((node, target));
            }
        }
        // An edge that was found to be no shortest path after all is longer than the distance.
        let mut end = before.len();
        for node in self.order.iter().rev() {
            let dependency = |brandes: &Self, target: Node| {
                (1.0 + brandes.dependency[target as usize]) / brandes.paths[target as usize]
            };
            let mut sum = 0.0;
            while end > 0 && before[end - 1].0 == *node {
                end -= 1;
                let target = before[end].1;
                if self.is_last_edge(rows, *node, target) {
                    sum += dependency(self, target);
                }
            }
            self.share[*node as usize] = sum;
            self.dependency[*node as usize] = sum * self.paths[*node as usize];
        }
        Ok(())
    }

    /// Whether the lightest edge from `node` to `target` is on a shortest path.
    fn is_last_edge(&self, rows: &Adjacency, node: Node, target: Node) -> bool {
        let row = rows.row(node);
        let place = rows.neighbors(node).partition_point(|other| *other < target) + row.start;
        let weight = rows.weights().map_or(1.0, |weights| weights[place]);
        self.distance[node as usize] + weight == self.distance[target as usize]
    }

    /// What paths from `source` add to the score of each node.
    fn dependencies(&self, source: Node, endpoints: bool) -> Vec<f64> {
        let mut scores = self.dependency.clone();
        scores[source as usize] = 0.0;
        if endpoints {
            for node in &self.order {
                scores[*node as usize] += 1.0;
            }
            scores[source as usize] = self.order.len() as f64 - 1.0;
        }
        scores
    }
}
