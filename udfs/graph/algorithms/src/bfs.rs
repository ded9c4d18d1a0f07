//! Breadth-first search: how many edges away each node is.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use crate::{Adjacency, Direction, Graph, NONE, Node, Result, Run, parallel};

/// Options of [`bfs`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BfsOptions {
    /// Where the search starts, all at distance 0.
    pub sources: Vec<Node>,
    /// Goes no further than this many edges. Default: no limit.
    pub max_depth: Option<u32>,
    /// Which way edges are followed. Default: out.
    pub direction: Direction,
}

/// What a breadth-first search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bfs {
    /// The number of edges from the nearest source, [`NONE`](crate::NONE) for a node that was not reached.
    pub distance: Vec<u32>,
    /// The smallest node one edge nearer, [`NONE`](crate::NONE) for a source or a node that was not reached.
    pub predecessor: Vec<Node>,
}

/// Searches breadth first.
pub fn bfs(graph: &Graph, options: &BfsOptions, run: &Run) -> Result<Bfs> {
    graph.check_nodes(&options.sources)?;
    let rows = graph.rows(options.direction, run)?;
    let back = graph.rows_back_if_made(options.direction);
    let _reservation = run.reserve::<u32>("breadth-first search", graph.nodes() * 4)?;
    run.phase("bfs", || {
        let mut search = Search::new(graph.nodes(), &rows, back.as_deref(), run);
        search.start(&options.sources);
        let mut depth = 0;
        while !search.is_done() && options.max_depth.is_none_or(|limit| depth < limit) {
            depth += 1;
            search.step(depth)?;
            run.iteration(depth, search.found as f64)?;
        }
        Ok(search.finish())
    })
}

/// When the frontier has more edges than this share of those left to look at, unreached nodes look for the
/// frontier instead (Beamer, Asanović and Patterson: Direction-Optimizing Breadth-First Search).
const SHARE_OF_EDGES: usize = 15;
/// When the frontier has fewer nodes than this share of all, it looks for unreached nodes again.
const SHARE_OF_NODES: usize = 18;
/// Fewer edges than this are not worth waking other threads for.
const SERIAL_EDGES: usize = 1 << 12;

struct Search<'a> {
    rows: &'a [&'a Adjacency],
    back: Option<&'a [&'a Adjacency]>,
    run: &'a Run,
    distance: Vec<AtomicU32>,
    predecessor: Vec<AtomicU32>,
    frontier: Vec<Node>,
    /// The frontier as bits, while unreached nodes look for it.
    bits: Option<Vec<u64>>,
    found: usize,
    edges_left: usize,
}

impl<'a> Search<'a> {
    fn new(
        nodes: usize,
        rows: &'a [&'a Adjacency],
        back: Option<&'a [&'a Adjacency]>,
        run: &'a Run,
    ) -> Self {
        let none = || (0..nodes).into_par_iter().map(|_| AtomicU32::new(NONE)).collect();
        Self {
            rows,
            back,
            run,
            distance: none(),
            predecessor: none(),
            frontier: Vec::new(),
            bits: None,
            found: 0,
            edges_left: rows.iter().map(|rows| rows.len()).sum(),
        }
    }

    fn start(&mut self, sources: &[Node]) {
        for source in sources {
            if self.distance[*source as usize].swap(0, Ordering::Relaxed) == NONE {
                self.frontier.push(*source);
            }
        }
        self.found = self.frontier.len();
    }

    fn is_done(&self) -> bool {
        self.found == 0
    }

    /// Finds the nodes at distance `depth`.
    fn step(&mut self, depth: u32) -> Result<()> {
        let nodes = self.distance.len();
        match &self.bits {
            None => {
                let edges = self.edges_of_frontier();
                self.edges_left = self.edges_left.saturating_sub(edges);
                let worth = self.back.is_some() && edges > self.edges_left / SHARE_OF_EDGES;
                if !worth || edges < SERIAL_EDGES {
                    return self.step_forwards(depth, edges);
                }
                let mut bits = vec![0_u64; nodes.div_ceil(64)];
                for node in &self.frontier {
                    bits[*node as usize / 64] |= 1 << (*node % 64);
                }
                self.bits = Some(bits);
                self.step_backwards(depth)
            }
            Some(bits) if self.found < nodes / SHARE_OF_NODES => {
                self.frontier.clear();
                for (word, bits) in bits.iter().enumerate() {
                    let mut rest = *bits;
                    while rest != 0 {
                        self.frontier.push((word * 64) as Node + rest.trailing_zeros());
                        rest &= rest - 1;
                    }
                }
                self.bits = None;
                let edges = self.edges_of_frontier();
                self.step_forwards(depth, edges)
            }
            Some(_) => self.step_backwards(depth),
        }
    }

    fn edges_of_frontier(&self) -> usize {
        let degree = |node: &Node| self.rows.iter().map(|rows| rows.degree(*node)).sum::<usize>();
        self.frontier.iter().map(degree).sum()
    }

    /// Every node of the frontier looks for unreached nodes. Of several the smallest becomes the
    /// predecessor, whichever comes first.
    fn step_forwards(&mut self, depth: u32, edges: usize) -> Result<()> {
        let look = |nodes: &[Node]| {
            self.run.check()?;
            let mut found = Vec::new();
            for node in nodes {
                for rows in self.rows {
                    for target in rows.neighbors(*node) {
                        let distance = &self.distance[*target as usize];
                        let mut known = distance.load(Ordering::Relaxed);
                        if known == NONE {
                            let claim = distance.compare_exchange(
                                NONE,
                                depth,
                                Ordering::Relaxed,
                                Ordering::Relaxed,
                            );
                            known = depth;
                            if claim.is_ok() {
                                found.push(*target);
                            }
                        }
                        if known == depth {
                            let predecessor = &self.predecessor[*target as usize];
                            if predecessor.load(Ordering::Relaxed) > *node {
                                predecessor.fetch_min(*node, Ordering::Relaxed);
                            }
                        }
                    }
                }
            }
            Ok(found)
        };
        let found = if edges < SERIAL_EDGES {
            look(&self.frontier)?
        } else {
            let parts = self.frontier.par_chunks(256).map(look).collect::<Result<Vec<_>>>()?;
            parts.concat()
        };
        self.found = found.len();
        self.frontier = found;
        Ok(())
    }

    /// Every unreached node looks for a neighbour in the frontier; the first is the smallest.
    fn step_backwards(&mut self, depth: u32) -> Result<()> {
        let (Some(bits), Some(back)) = (&self.bits, self.back) else { return Ok(()) };
        let in_frontier = |node: &&Node| bits[**node as usize / 64] >> (**node % 64) & 1 == 1;
        let mut next = vec![0_u64; bits.len()];
        let blocks = parallel::node_blocks(self.distance.len());
        let parts = parallel::split(&mut next, blocks.iter().map(|block| block.len().div_ceil(64)));
        let found = blocks
            .into_par_iter()
            .zip(parts)
            .with_max_len(1)
            .map(|(block, next)| {
                self.run.check()?;
                let mut found = 0;
                for node in block.clone() {
                    if self.distance[node].load(Ordering::Relaxed) != NONE {
                        continue;
                    }
                    let nearest = back
                        .iter()
                        .filter_map(|rows| rows.neighbors(node as Node).iter().find(in_frontier))
                        .min();
                    if let Some(predecessor) = nearest {
                        self.distance[node].store(depth, Ordering::Relaxed);
                        self.predecessor[node].store(*predecessor, Ordering::Relaxed);
                        let place = node - block.start;
                        next[place / 64] |= 1 << (place % 64);
                        found += 1;
                    }
                }
                Ok(found)
            })
            .collect::<Result<Vec<usize>>>()?;
        self.found = found.into_iter().sum();
        self.bits = Some(next);
        Ok(())
    }

    fn finish(self) -> Bfs {
        let plain =
            |values: Vec<AtomicU32>| values.into_iter().map(AtomicU32::into_inner).collect();
        Bfs { distance: plain(self.distance), predecessor: plain(self.predecessor) }
    }
}
