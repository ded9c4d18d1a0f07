//! Closeness and harmonic centrality: how near a node is to the others.

use rayon::prelude::*;

use crate::explore::Exploration;
use crate::parallel::Scratch;
use crate::{Adjacency, Direction, Graph, Node, Result, Run};

/// Options of [`closeness`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosenessOptions {
    /// Scales by the share of the nodes that are reached (Wasserman and Faust). Default true.
    pub wf_improved: bool,
    /// `In`: the distances from the other nodes, as NetworkX does. Default: in.
    pub direction: Direction,
    /// Adds up the weights, if the graph has any, instead of counting edges. Default true.
    pub weighted: bool,
}

impl Default for ClosenessOptions {
    fn default() -> Self {
        Self { wf_improved: true, direction: Direction::In, weighted: true }
    }
}

/// The inverse of the mean distance of each node.
pub fn closeness(graph: &Graph, options: &ClosenessOptions, run: &Run) -> Result<Vec<f64>> {
    let nodes = graph.nodes() as f64;
    let wf_improved = options.wf_improved;
    from_each(graph, options.direction, options.weighted, run, |reached| {
        let (mut count, mut sum) = (0.0, 0.0);
        for (distance, nodes) in reached {
            count += nodes;
            sum += distance * nodes;
        }
        // The node itself is reached too, at no distance.
        let others = count - 1.0;
        let closeness = if sum > 0.0 { others / sum } else { 0.0 };
        if wf_improved && nodes > 1.0 { closeness * others / (nodes - 1.0) } else { closeness }
    })
}

/// Options of [`harmonic`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HarmonicOptions {
    /// `In`: the distances from the other nodes, as NetworkX does. Default: in.
    pub direction: Direction,
    /// Divides by the number of other nodes. Default false.
    pub normalized: bool,
    /// Adds up the weights, if the graph has any, instead of counting edges. Default true.
    pub weighted: bool,
}

impl Default for HarmonicOptions {
    fn default() -> Self {
        Self { direction: Direction::In, normalized: false, weighted: true }
    }
}

/// The sum of the inverses of the distances of each node.
pub fn harmonic(graph: &Graph, options: &HarmonicOptions, run: &Run) -> Result<Vec<f64>> {
    let others = match options.normalized && graph.nodes() > 1 {
        true => graph.nodes() as f64 - 1.0,
        false => 1.0,
    };
    from_each(graph, options.direction, options.weighted, run, |reached| {
        let mut sum = 0.0;
        for (distance, nodes) in reached {
            if *distance > 0.0 {
                sum += nodes / distance;
            }
        }
        sum / others
    })
}

/// For each node, what `score` makes of the distances at which others are and how many are at each.
fn from_each(
    graph: &Graph,
    direction: Direction,
    weighted: bool,
    run: &Run,
    score: impl Fn(&[(f64, f64)]) -> f64 + Sync,
) -> Result<Vec<f64>> {
    let rows = graph.rows(direction, run)?;
    let nodes = graph.nodes();
    let weighted = weighted && graph.is_weighted();
    if weighted {
        graph.outgoing().check_not_negative(run)?;
    }
    let _reservation = run.reserve::<f64>("scores", nodes)?;
    let mut scores = vec![0.0; nodes];
    run.phase("distances", || {
        if weighted {
            let scratch = Scratch::new(|| {
                let reservation = run.reserve::<[f64; 2]>("distances", nodes)?;
                Ok((Exploration::new(nodes), Vec::new(), reservation))
            });
            scores.par_iter_mut().enumerate().with_max_len(1).try_for_each(|(node, place)| {
                scratch.with(|(exploration, reached, _)| {
                    exploration.explore(&rows, true, node as Node, f64::INFINITY, run)?;
                    reached.clear();
                    let distance = |node: &Node| (exploration.distance[*node as usize], 1.0);
                    reached.extend(exploration.order.iter().map(distance));
                    *place = score(reached);
                    Ok(())
                })?
            })
        } else {
            let scratch = Scratch::new(|| {
                let reservation = run.reserve::<[u64; 3]>("searches", nodes)?;
                Ok((Together::new(nodes), reservation))
            });
            scores.par_chunks_mut(64).enumerate().with_max_len(1).try_for_each(|(group, places)| {
                scratch.with(|(together, _)| {
                    together.search(&rows, group * 64, places.len(), run)?;
                    for (place, reached) in places.iter_mut().zip(&together.reached) {
                        *place = score(reached);
                    }
                    Ok(())
                })?
            })
        }
    })?;
    Ok(scores)
}

/// Breadth-first searches from 64 nodes together, each a bit (Then and others: The More the Merrier:
/// Efficient Multi-Source Graph Traversal).
struct Together {
    seen: Vec<u64>,
    frontier: Vec<u64>,
    next: Vec<u64>,
    /// For each search the distances and how many nodes are at each.
    reached: Vec<Vec<(f64, f64)>>,
}

impl Together {
    fn new(nodes: usize) -> Self {
        let zeros = || vec![0_u64; nodes];
        Self { seen: zeros(), frontier: zeros(), next: zeros(), reached: vec![Vec::new(); 64] }
    }

    fn search(&mut self, rows: &[&Adjacency], first: usize, count: usize, run: &Run) -> Result<()> {
        self.seen.fill(0);
        self.frontier.fill(0);
        self.next.fill(0);
        self.reached.iter_mut().for_each(Vec::clear);
        for search in 0..count {
            self.seen[first + search] |= 1 << search;
            self.frontier[first + search] |= 1 << search;
            self.reached[search].push((0.0, 1.0));
        }
        let mut distance = 0.0;
        loop {
            distance += 1.0;
            for node in 0..self.frontier.len() {
                if node % 1024 == 0 {
                    run.check()?;
                }
                let searches = self.frontier[node];
                if searches != 0 {
                    for rows in rows {
                        for target in rows.neighbors(node as Node) {
                            self.next[*target as usize] |= searches;
                        }
                    }
                }
            }
            let mut counts = [0_u32; 64];
            for node in 0..self.next.len() {
                let new = self.next[node] & !self.seen[node];
                self.next[node] = 0;
                self.frontier[node] = new;
                self.seen[node] |= new;
                let mut rest = new;
                while rest != 0 {
                    counts[rest.trailing_zeros() as usize] += 1;
                    rest &= rest - 1;
                }
            }
            let mut done = true;
            for (reached, count) in self.reached.iter_mut().zip(counts) {
                if count > 0 {
                    reached.push((distance, f64::from(count)));
                    done = false;
                }
            }
            if done {
                return Ok(());
            }
        }
    }
}
