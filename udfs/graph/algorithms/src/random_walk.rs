//! Random walks, plain or with the two factors of node2vec.

use rayon::prelude::*;

use crate::random::Random;
use crate::{Adjacency, Direction, Error, Graph, Node, Result, Run};

/// Options of [`random_walk`].
#[derive(Debug, Clone, PartialEq)]
pub struct RandomWalkOptions {
    /// Where walks start. Default: at all nodes.
    pub sources: Option<Vec<Node>>,
    /// The number of nodes of a walk, unless it ends where no edge leads on. Default 80.
    pub walk_length: usize,
    /// The number of walks from each source. Default 10.
    pub walks_per_node: usize,
    /// More keeps the walk near where it was (node2vec's q). Default 1.
    pub in_out_factor: f64,
    /// More keeps the walk from going straight back (node2vec's p). Default 1.
    pub return_factor: f64,
    /// Which way edges are followed. Default: out.
    pub direction: Direction,
    /// Follows edges in proportion to their weights, if the graph has any. Default true.
    pub weighted: bool,
    /// The random choices. Default 42.
    pub seed: u64,
}

impl Default for RandomWalkOptions {
    fn default() -> Self {
        Self {
            sources: None,
            walk_length: 80,
            walks_per_node: 10,
            in_out_factor: 1.0,
            return_factor: 1.0,
            direction: Direction::Out,
            weighted: true,
            seed: 42,
        }
    }
}

/// Walks, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walks {
    /// Where each walk starts in `nodes`, and where the last one ends.
    pub offsets: Vec<usize>,
    /// The nodes of all walks.
    pub nodes: Vec<Node>,
}

/// Walks from each source in turn, the walks of one source one after the other.
pub fn random_walk(graph: &Graph, options: &RandomWalkOptions, run: &Run) -> Result<Walks> {
    for (option, factor) in
        [("in_out_factor", options.in_out_factor), ("return_factor", options.return_factor)]
    {
        if !(factor > 0.0 && factor.is_finite()) {
            return Err(Error::InvalidOption {
                option,
                reason: format!("{factor} is not a positive number"),
            });
        }
    }
    let rows = graph.rows(options.direction, run)?;
    let weighted = options.weighted && graph.is_weighted();
    if weighted {
        graph.outgoing().check_not_negative(run)?;
    }
    let all: Vec<Node>;
    let sources = match &options.sources {
        Some(sources) => sources,
        None => {
            all = (0..graph.nodes() as Node).collect();
            &all
        }
    };
    graph.check_nodes(sources)?;
    let count = sources.len().saturating_mul(options.walks_per_node);
    let _reservation =
        run.reserve::<Node>("walks", count.saturating_mul(options.walk_length.saturating_add(2)))?;
    run.phase("random_walk", || {
        let walker = Walker { rows: &rows, weighted, options };
        let parts: Vec<Vec<Vec<Node>>> = (0..count.div_ceil(256))
            .into_par_iter()
            .map(|part| {
                let walks = part * 256..count.min((part + 1) * 256);
                walks
                    .map(|walk| {
                        run.check()?;
                        let source = sources[walk / options.walks_per_node];
                        Ok(walker.walk(source, &mut Random::new(options.seed, walk as u64)))
                    })
                    .collect()
            })
            .collect::<Result<_>>()?;
        let mut walks = Walks { offsets: vec![0], nodes: Vec::new() };
        for walk in parts.into_iter().flatten() {
            walks.nodes.extend(walk);
            walks.offsets.push(walks.nodes.len());
        }
        Ok(walks)
    })
}

struct Walker<'a> {
    rows: &'a [&'a Adjacency],
    weighted: bool,
    options: &'a RandomWalkOptions,
}

impl Walker<'_> {
    fn walk(&self, source: Node, random: &mut Random) -> Vec<Node> {
        let mut walk = Vec::with_capacity(self.options.walk_length);
        let plain = self.options.in_out_factor == 1.0 && self.options.return_factor == 1.0;
        let mut node = source;
        if self.options.walk_length > 0 {
            walk.push(node);
        }
        while walk.len() < self.options.walk_length {
            let before = walk.len().checked_sub(2).map(|place| walk[place]);
            let next = match before {
                Some(before) if !plain => self.biased_step(before, node, random),
                _ => self.step(node, random),
            };
            let Some(next) = next else { break };
            walk.push(next);
            node = next;
        }
        walk
    }

    fn step(&self, node: Node, random: &mut Random) -> Option<Node> {
        if self.weighted {
            return self.draw(node, |_| 1.0, random);
        }
        let degree: usize = self.rows.iter().map(|rows| rows.degree(node)).sum();
        if degree == 0 {
            return None;
        }
        let mut place = random.below(degree);
        for rows in self.rows {
            match rows.neighbors(node).get(place) {
                Some(target) => return Some(*target),
                None => place -= rows.degree(node),
            }
        }
        None
    }

    /// A step of node2vec (Grover and Leskovec): back, around, or away from the node before.
    fn biased_step(&self, before: Node, node: Node, random: &mut Random) -> Option<Node> {
        let (back, away) = (1.0 / self.options.return_factor, 1.0 / self.options.in_out_factor);
        let factor = |target: Node| {
            if target == before {
                back
            } else if self.is_edge(before, target) {
                1.0
            } else {
                away
            }
        };
        if self.weighted {
            return self.draw(node, factor, random);
        }
        // Steps are drawn evenly and accepted in proportion to their factors, which saves looking at all
        // neighbours; should that fail for long, they are looked at.
        let greatest = back.max(away).max(1.0);
        for _ in 0..32 {
            let target = self.step(node, random)?;
            if random.unit() * greatest < factor(target) {
                return Some(target);
            }
        }
        self.draw(node, factor, random)
    }

    fn is_edge(&self, from: Node, to: Node) -> bool {
        self.rows.iter().any(|rows| rows.neighbors(from).binary_search(&to).is_ok())
    }

    /// A neighbour in proportion to the weight of the edge times `factor`.
    fn draw(&self, node: Node, factor: impl Fn(Node) -> f64, random: &mut Random) -> Option<Node> {
        let targets =
            || self.rows.iter().flat_map(|rows| rows.weighted_neighbors(node, self.weighted));
        let total: f64 = targets().map(|(target, weight)| weight * factor(target)).sum();
        let mut drawn = random.unit() * total;
        let mut last = None;
        for (target, weight) in targets() {
            let share = weight * factor(target);
            if share > 0.0 {
                last = Some(target);
            }
            drawn -= share;
            if drawn < 0.0 {
                return last;
            }
        }
        last
    }
}
