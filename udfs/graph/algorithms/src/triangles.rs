//! Triangles, and how close to a clique the neighbourhood of each node is.

use rayon::prelude::*;

use crate::parallel::{self, Scratch};
use crate::{Adjacency, Graph, Node, Result, Run};

/// Options of [`triangle_count`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TriangleOptions {
    /// Leaves out nodes with more neighbours than this. Default `None`.
    pub max_degree: Option<usize>,
}

/// How many triangles there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Triangles {
    /// The triangles each node is in.
    pub triangles: Vec<u64>,
    /// All triangles, each once.
    pub total: u64,
}

/// Counts the triangles of the undirected graph without parallel edges and self-loops.
pub fn triangle_count(graph: &Graph, options: &TriangleOptions, run: &Run) -> Result<Triangles> {
    let simple = graph.simple(run)?;
    let _reservation = run.reserve::<u64>("triangles", graph.nodes() * 3 + simple.len() / 4)?;
    run.phase("triangle_count", || {
        let max_degree = options.max_degree.unwrap_or(usize::MAX);
        let oriented = Oriented::new(simple, None, max_degree, run)?;
        let triangles = oriented.count::<false>(run)?;
        // Each triangle was counted at its three corners.
        let total = triangles.iter().sum::<u64>() / 3;
        Ok(Triangles { triangles, total })
    })
}

/// Options of [`local_clustering_coefficient`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClusteringOptions {
    /// Counts edges between neighbours each way (LDBC Graphalytics). Default: if the graph is directed.
    pub directed: Option<bool>,
}

/// For each node, the share of the possible edges between its neighbours that exist: neighbours are those
/// by edges of either direction; 0 with fewer than two neighbours.
pub fn local_clustering_coefficient(
    graph: &Graph,
    options: &ClusteringOptions,
    run: &Run,
) -> Result<Vec<f64>> {
    let simple = graph.simple(run)?;
    let directed = options.directed.unwrap_or(true) && graph.is_directed();
    let both_ways = match directed {
        true => Some((graph.outgoing(), graph.incoming(run)?)),
        false => None,
    };
    let _reservation = run.reserve::<u64>("triangles", graph.nodes() * 4 + simple.len() / 3)?;
    run.phase("local_clustering_coefficient", || {
        let oriented = Oriented::new(simple, both_ways, usize::MAX, run)?;
        let edges = match directed {
            true => oriented.count::<true>(run)?,
            false => oriented.count::<false>(run)?,
        };
        // Without direction a triangle is one edge between neighbours, which counts for both directions.
        let factor = if directed { 1.0 } else { 2.0 };
        Ok(edges
            .into_par_iter()
            .enumerate()
            .map(|(node, edges)| {
                let degree = simple.degree(node as Node) as f64;
                if degree < 2.0 { 0.0 } else { factor * edges as f64 / (degree * (degree - 1.0)) }
            })
            .collect())
    })
}

/// The graph with its nodes renumbered from the one with most neighbours on, and every edge kept only in
/// the row of the greater number. Rows are short then, and what they point to is mostly in the cache.
struct Oriented {
    /// The node of each rank.
    order: Vec<Node>,
    offsets: Vec<usize>,
    targets: Vec<u32>,
    /// How many directions each edge has, when that matters.
    directions: Vec<u8>,
}

/// Edges of a block: each stands for as many steps as the row of its target is long.
const BLOCK_EDGES: usize = 1 << 13;

impl Oriented {
    fn new(
        simple: &Adjacency,
        both_ways: Option<(&Adjacency, &Adjacency)>,
        max_degree: usize,
        run: &Run,
    ) -> Result<Self> {
        let nodes = simple.nodes();
        let mut order: Vec<Node> = (0..nodes as Node).collect();
        order.par_sort_unstable_by_key(|node| (usize::MAX - simple.degree(*node), *node));
        run.check()?;
        let mut rank = vec![0_u32; nodes];
        for (place, node) in order.iter().enumerate() {
            rank[*node as usize] = place as u32;
        }
        let excluded = order.partition_point(|node| simple.degree(*node) > max_degree) as u32;
        let keeps = |place: u32, target: &Node| {
            let target = rank[*target as usize];
            target < place && target >= excluded
        };
        let mut offsets = vec![0_usize; nodes + 1];
        let blocks = parallel::node_blocks(nodes);
        parallel::fill(run, &blocks, &mut offsets[..nodes], |block, counts| {
            for (place, count) in block.zip(counts) {
                let row = simple.neighbors(order[place]);
                *count = row.iter().filter(|target| keeps(place as u32, target)).count();
            }
        })?;
        let mut total = 0;
        for offset in &mut offsets {
            total += *offset;
            *offset = total - *offset;
        }
        let mut targets = vec![0_u32; total];
        let mut directions = vec![0_u8; if both_ways.is_some() { total } else { 0 }];
        let lengths = || blocks.iter().map(|block| offsets[block.end] - offsets[block.start]);
        let direction_parts = match both_ways {
            Some(_) => parallel::split(&mut directions, lengths()),
            None => blocks.iter().map(|_| Default::default()).collect(),
        };
        parallel::split(&mut targets, lengths())
            .into_par_iter()
            .zip(direction_parts)
            .zip(&blocks)
            .with_max_len(1)
            .try_for_each(|((targets, directions), block)| {
                run.check()?;
                let mut row: Vec<(u32, u8)> = Vec::new();
                let mut next = 0;
                for place in block.clone() {
                    let node = order[place];
                    let (mut out, mut back) = match both_ways {
                        Some((out, back)) => (out.neighbors(node), back.neighbors(node)),
                        None => (&[][..], &[][..]),
                    };
                    row.clear();
                    for target in simple.neighbors(node) {
                        let count = u8::from(skip_to(&mut out, *target))
                            + u8::from(skip_to(&mut back, *target));
                        if keeps(place as u32, target) {
                            row.push((rank[*target as usize], count));
                        }
                    }
                    row.sort_unstable();
                    for (target, count) in &row {
                        targets[next] = *target;
                        if both_ways.is_some() {
                            directions[next] = *count;
                        }
                        next += 1;
                    }
                }
                Ok(())
            })?;
        Ok(Self { order, offsets, targets, directions })
    }

    /// For each node the triangles it is in; with `DIRECTED`, the directed edges opposite to it in them.
    fn count<const DIRECTED: bool>(&self, run: &Run) -> Result<Vec<u64>> {
        let nodes = self.order.len();
        let scratch = Scratch::new(|| {
            let reservation = run.reserve::<[u64; 2]>("triangles of a thread", nodes)?;
            Ok((vec![0_u8; nodes], vec![0_u64; nodes], reservation))
        });
        let mut blocks = Vec::new();
        let mut start = 0;
        while start < nodes {
            let limit = self.offsets[start] + BLOCK_EDGES;
            let end = self.offsets.partition_point(|offset| *offset <= limit);
            let end = (end.max(start + 2) - 1).min(nodes);
            blocks.push(start..end);
            start = end;
        }
        let counted: Vec<Result<()>> = parallel::map(run, &blocks, |block| {
            scratch.with(|(mark, counts, _)| {
                for place in block {
                    self.count_from::<DIRECTED>(place, mark, counts);
                }
            })
        })?;
        counted.into_iter().collect::<Result<()>>()?;
        let mut triangles = vec![0_u64; nodes];
        for (_, counts, _) in scratch.into_inner() {
            for (node, count) in self.order.iter().zip(counts) {
                triangles[*node as usize] += count;
            }
        }
        Ok(triangles)
    }

    /// Counts the triangles whose node with fewest neighbours has the rank `place`.
    #[inline]
    fn count_from<const DIRECTED: bool>(&self, place: usize, mark: &mut [u8], counts: &mut [u64]) {
        let row = self.offsets[place]..self.offsets[place + 1];
        if row.len() < 2 {
            return;
        }
        for edge in row.clone() {
            mark[self.targets[edge] as usize] = if DIRECTED { self.directions[edge] } else { 1 };
        }
        let mut here = 0;
        for edge in row.clone() {
            let middle = self.targets[edge] as usize;
            let across = self.offsets[middle]..self.offsets[middle + 1];
            let mut there = 0;
            if DIRECTED {
                let this = u64::from(self.directions[edge]);
                let directions = &self.directions[across.clone()];
                for (target, count) in self.targets[across].iter().zip(directions) {
                    let marked = mark[*target as usize];
                    let hit = u64::from(marked != 0);
                    here += hit * u64::from(*count);
                    there += u64::from(marked);
                    counts[*target as usize] += hit * this;
                }
            } else {
                for target in &self.targets[across] {
                    let marked = u64::from(mark[*target as usize]);
                    there += marked;
                    counts[*target as usize] += marked;
                }
                here += there;
            }
            counts[middle] += there;
        }
        counts[place] += here;
        for edge in row {
            mark[self.targets[edge] as usize] = 0;
        }
    }
}

/// Drops what is smaller than `target` from the front of a sorted row; whether `target` comes next.
fn skip_to(row: &mut &[Node], target: Node) -> bool {
    while let [first, rest @ ..] = row {
        if *first >= target {
            return *first == target;
        }
        *row = rest;
    }
    false
}
