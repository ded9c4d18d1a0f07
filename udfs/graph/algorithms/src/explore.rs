//! The search from one source on one thread that all-pairs distances and weighted centralities repeat from
//! many sources at once.

use std::collections::BinaryHeap;

use crate::sssp::Nearest;
use crate::{Adjacency, Node, Result, Run};

/// What a search found, and the arrays it works in, which the next search uses again.
#[derive(Debug)]
pub(crate) struct Exploration {
    /// The distance of each node, infinite for one that was not reached.
    pub(crate) distance: Vec<f64>,
    /// The nodes reached, the nearest first.
    pub(crate) order: Vec<Node>,
}

impl Exploration {
    pub(crate) fn new(nodes: usize) -> Self {
        Self { distance: vec![f64::INFINITY; nodes], order: Vec::new() }
    }

    /// Searches from `source` as far as `cutoff`. Weights must not be negative.
    pub(crate) fn explore(
        &mut self,
        rows: &[&Adjacency],
        weighted: bool,
        source: Node,
        cutoff: f64,
        run: &Run,
    ) -> Result<()> {
        for node in self.order.drain(..) {
            self.distance[node as usize] = f64::INFINITY;
        }
        match weighted && rows[0].weights().is_some() {
            true => self.by_weight(rows, source, cutoff, run),
            false => self.by_edges(rows, source, cutoff, run),
        }
    }

    fn by_edges(
        &mut self,
        rows: &[&Adjacency],
        source: Node,
        cutoff: f64,
        run: &Run,
    ) -> Result<()> {
        self.distance[source as usize] = 0.0;
        self.order.push(source);
        let mut next = 0;
        while next < self.order.len() {
            if next.is_multiple_of(1024) {
                run.check()?;
            }
            let node = self.order[next];
            next += 1;
            let length = self.distance[node as usize] + 1.0;
            if length > cutoff {
                break;
            }
            for rows in rows {
                for target in rows.neighbors(node) {
                    let distance = &mut self.distance[*target as usize];
                    if *distance == f64::INFINITY {
                        *distance = length;
                        self.order.push(*target);
                    }
                }
            }
        }
        Ok(())
    }

    fn by_weight(
        &mut self,
        rows: &[&Adjacency],
        source: Node,
        cutoff: f64,
        run: &Run,
    ) -> Result<()> {
        let mut heap = BinaryHeap::from([Nearest(0.0, source)]);
        self.distance[source as usize] = 0.0;
        while let Some(Nearest(reached, node)) = heap.pop() {
            if self.order.len().is_multiple_of(1024) {
                run.check()?;
            }
            // A node that was settled before has a place in the order already.
            if reached > self.distance[node as usize] {
                continue;
            }
            self.order.push(node);
            for rows in rows {
                for (target, weight) in rows.weighted_neighbors(node, true) {
                    let length = reached + weight;
                    if length < self.distance[target as usize] && length <= cutoff {
                        self.distance[target as usize] = length;
                        heap.push(Nearest(length, target));
                    }
                }
            }
        }
        Ok(())
    }
}
