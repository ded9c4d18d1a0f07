//! Breadth-first search: how many edges away each node is.

use std::sync::atomic::{AtomicU64, Ordering};

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
    let _reservation = run.reserve::<u32>("breadth-first search", graph.nodes() * 6)?;
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

/// The mark of a node that was not reached: neither a distance nor a predecessor.
const UNREACHED: u64 = u64::MAX;

struct Search<'a> {
    rows: &'a [&'a Adjacency],
    back: Option<&'a [&'a Adjacency]>,
    run: &'a Run,
    /// The distance of each node above its predecessor: of all ways to reach a node at once the smallest
    /// number is the one to keep, and finding that takes one look at memory.
    reached: Vec<AtomicU64>,
    /// The nodes reached in earlier steps as bits, which fit the nearest cache.
    visited: Vec<u64>,
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
        Self {
            rows,
            back,
            run,
            visited: vec![0; nodes.div_ceil(64)],
            reached: (0..nodes).into_par_iter().map(|_| AtomicU64::new(UNREACHED)).collect(),
            frontier: Vec::new(),
            bits: None,
            found: 0,
            edges_left: rows.iter().map(|rows| rows.len()).sum(),
        }
    }

    fn start(&mut self, sources: &[Node]) {
        for source in sources {
            let start = u64::from(NONE);
            if self.reached[*source as usize].swap(start, Ordering::Relaxed) == UNREACHED {
                self.frontier.push(*source);
                self.visited[*source as usize / 64] |= 1 << (*source % 64);
            }
        }
        self.found = self.frontier.len();
    }

    fn is_done(&self) -> bool {
        self.found == 0
    }

    /// Finds the nodes at distance `depth`.
    fn step(&mut self, depth: u32) -> Result<()> {
        let nodes = self.reached.len();
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
                let way = u64::from(depth) << 32 | u64::from(*node);
                for rows in self.rows {
                    for target in rows.neighbors(*node) {
                        if self.visited[*target as usize / 64] >> (*target % 64) & 1 == 1 {
                            continue;
                        }
                        let reached = &self.reached[*target as usize];
                        if reached.load(Ordering::Relaxed) > way
                            && reached.fetch_min(way, Ordering::Relaxed) == UNREACHED
                        {
                            found.push(*target);
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
        for node in &found {
            self.visited[*node as usize / 64] |= 1 << (*node % 64);
        }
        self.found = found.len();
        self.frontier = found;
        Ok(())
    }

    /// Every unreached node looks for a neighbour in the frontier; the first is the smallest.
    fn step_backwards(&mut self, depth: u32) -> Result<()> {
        let (Some(bits), Some(back)) = (&self.bits, self.back) else { return Ok(()) };
        let in_frontier = |node: &&Node| bits[**node as usize / 64] >> (**node % 64) & 1 == 1;
        let mut next = vec![0_u64; bits.len()];
        let blocks = parallel::node_blocks(self.reached.len());
        let parts = parallel::split(&mut next, blocks.iter().map(|block| block.len().div_ceil(64)));
        let found = blocks
            .into_par_iter()
            .zip(parts)
            .with_max_len(1)
            .map(|(block, next)| {
                self.run.check()?;
                let mut found = 0;
                for node in block.clone() {
                    if self.reached[node].load(Ordering::Relaxed) != UNREACHED {
                        continue;
                    }
                    let nearest = back
                        .iter()
                        .filter_map(|rows| rows.neighbors(node as Node).iter().find(in_frontier))
                        .min();
                    if let Some(predecessor) = nearest {
                        let way = u64::from(depth) << 32 | u64::from(*predecessor);
                        self.reached[node].store(way, Ordering::Relaxed);
                        let place = node - block.start;
                        next[place / 64] |= 1 << (place % 64);
                        found += 1;
                    }
                }
                Ok(found)
            })
            .collect::<Result<Vec<usize>>>()?;
        self.visited.iter_mut().zip(&next).for_each(|(visited, next)| *visited |= next);
        self.found = found.into_iter().sum();
        self.bits = Some(next);
        Ok(())
    }

    fn finish(self) -> Bfs {
        let reached = || self.reached.par_iter().map(|reached| reached.load(Ordering::Relaxed));
        Bfs {
            distance: reached().map(|reached| (reached >> 32) as u32).collect(),
            predecessor: reached().map(|reached| reached as Node).collect(),
        }
    }
}
