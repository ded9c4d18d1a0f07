//! The shortest paths from one or several sources to all nodes.

use std::cmp::Ordering as Order;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use rayon::prelude::*;

use crate::{Adjacency, Direction, Error, Graph, NONE, Node, Result, Run, parallel};

/// How shortest paths are searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ShortestPathAlgorithm {
    /// Bellman-Ford if there are negative weights, Dijkstra for a single target, else delta stepping.
    #[default]
    Auto,
    /// Nearest node first, on one thread.
    Dijkstra,
    /// Nodes of about the same distance at a time, on all threads.
    DeltaStepping,
    /// All edges again and again: negative weights are allowed.
    BellmanFord,
}

/// Options of [`sssp`].
#[derive(Debug, Clone, PartialEq)]
pub struct SsspOptions {
    /// Where paths start, all at distance 0.
    pub sources: Vec<Node>,
    /// Stops when the distance of this node is known; the distances of nodes further away are not given.
    /// Default `None`.
    pub target: Option<Node>,
    /// Gives no distance greater than this. Default `None`.
    pub cutoff: Option<f64>,
    /// The width of a step of delta stepping. Default: chosen from the weights.
    pub delta: Option<f64>,
    /// How to search. Default: chosen from the weights.
    pub algorithm: ShortestPathAlgorithm,
    /// Which way edges are followed. Default: out.
    pub direction: Direction,
    /// Adds up the weights, if the graph has any, instead of counting edges. Default true.
    pub weighted: bool,
}

impl Default for SsspOptions {
    fn default() -> Self {
        Self {
            sources: Vec::new(),
            target: None,
            cutoff: None,
            delta: None,
            algorithm: ShortestPathAlgorithm::Auto,
            direction: Direction::Out,
            weighted: true,
        }
    }
}

/// Distances from the nearest source and the paths there.
#[derive(Debug, Clone, PartialEq)]
pub struct ShortestPaths {
    /// The length of the shortest path, infinite for a node that was not reached.
    pub distance: Vec<f64>,
    /// The node before each node on its path, [`NONE`](crate::NONE) for a source or if not reached.
    pub predecessor: Vec<Node>,
}

/// The shortest paths to all nodes.
pub fn sssp(graph: &Graph, options: &SsspOptions, run: &Run) -> Result<ShortestPaths> {
    let distance = sssp_distances(graph, options, run)?;
    let rows = graph.rows(options.direction, run)?;
    let weighted = options.weighted && graph.is_weighted();
    let _reservation = run.reserve::<u64>("shortest paths", graph.nodes() * 2)?;
    run.phase("predecessors", || {
        let predecessor = predecessors(&rows, weighted, &options.sources, &distance, run)?;
        Ok(ShortestPaths { distance, predecessor })
    })
}

/// The lengths of the shortest paths to all nodes, infinite for a node that was not reached: as [`sssp`]
/// without another look at all edges for the predecessors.
pub fn sssp_distances(graph: &Graph, options: &SsspOptions, run: &Run) -> Result<Vec<f64>> {
    graph.check_nodes(&options.sources)?;
    if let Some(target) = options.target {
        graph.check_node(target)?;
    }
    check_options(options)?;
    let rows = graph.rows(options.direction, run)?;
    let weighted = options.weighted && graph.is_weighted();
    let algorithm = choose(graph, options, weighted, run)?;
    let _reservation = run.reserve::<u64>("shortest paths", graph.nodes() * 3)?;
    run.phase("sssp", || {
        let mut distance = match algorithm {
            ShortestPathAlgorithm::BellmanFord => bellman_ford(&rows, weighted, options, run)?,
            ShortestPathAlgorithm::Dijkstra => dijkstra(&rows, weighted, options, run)?,
            _ => delta_stepping(&rows, weighted, options, run)?,
        };
        let limit = options.cutoff.unwrap_or(f64::INFINITY);
        let limit = match options.target {
            Some(target) => limit.min(distance[target as usize]),
            None => limit,
        };
        if limit < f64::INFINITY {
            for distance in &mut distance {
                if *distance > limit {
                    *distance = f64::INFINITY;
                }
            }
        }
        Ok(distance)
    })
}

fn check_options(options: &SsspOptions) -> Result<()> {
    let invalid = |option, value: f64, reason: &str| {
        Err(Error::InvalidOption { option, reason: format!("{value} {reason}") })
    };
    match (options.delta, options.cutoff) {
        (Some(delta), _) if delta.is_nan() || delta <= 0.0 => {
            invalid("delta", delta, "is not a positive number")
        }
        (_, Some(cutoff)) if cutoff.is_nan() => invalid("cutoff", cutoff, "is not a number"),
        _ => Ok(()),
    }
}

fn choose(
    graph: &Graph,
    options: &SsspOptions,
    weighted: bool,
    run: &Run,
) -> Result<ShortestPathAlgorithm> {
    use ShortestPathAlgorithm::{Auto, BellmanFord, DeltaStepping, Dijkstra};
    if options.algorithm == BellmanFord {
        return Ok(BellmanFord);
    }
    let negative = match weighted {
        true => graph.outgoing().check_not_negative(run),
        false => Ok(()),
    };
    match (options.algorithm, negative) {
        (Auto, Err(Error::NegativeWeight { .. })) => Ok(BellmanFord),
        (_, Err(error)) => Err(error),
        (Auto, Ok(())) if options.target.is_some() => Ok(Dijkstra),
        (Auto, Ok(())) => Ok(DeltaStepping),
        (algorithm, Ok(())) => Ok(algorithm),
    }
}

/// A node and its distance, the nearest of which is the greatest.
#[derive(PartialEq)]
pub(crate) struct Nearest(pub(crate) f64, pub(crate) Node);

impl Eq for Nearest {}

impl PartialOrd for Nearest {
    fn partial_cmp(&self, other: &Self) -> Option<Order> {
        Some(self.cmp(other))
    }
}

impl Ord for Nearest {
    fn cmp(&self, other: &Self) -> Order {
        other.0.total_cmp(&self.0).then_with(|| other.1.cmp(&self.1))
    }
}

fn dijkstra(
    rows: &[&Adjacency],
    weighted: bool,
    options: &SsspOptions,
    run: &Run,
) -> Result<Vec<f64>> {
    let mut distance = vec![f64::INFINITY; rows[0].nodes()];
    let mut heap = BinaryHeap::new();
    for source in &options.sources {
        distance[*source as usize] = 0.0;
        heap.push(Nearest(0.0, *source));
    }
    let limit = options.cutoff.unwrap_or(f64::INFINITY);
    let mut steps = 0_usize;
    while let Some(Nearest(reached, node)) = heap.pop() {
        steps += 1;
        if steps.is_multiple_of(1 << 12) {
            run.check()?;
        }
        if reached > distance[node as usize] {
            continue;
        }
        if options.target == Some(node) || reached > limit {
            break;
        }
        for rows in rows {
            for (target, weight) in rows.weighted_neighbors(node, weighted) {
                let length = reached + weight;
                if length < distance[target as usize] {
                    distance[target as usize] = length;
                    heap.push(Nearest(length, target));
                }
            }
        }
    }
    // What was seen but not settled is further away than the target, or than the cutoff.
    Ok(distance)
}

fn bellman_ford(
    rows: &[&Adjacency],
    weighted: bool,
    options: &SsspOptions,
    run: &Run,
) -> Result<Vec<f64>> {
    let nodes = rows[0].nodes();
    let mut distance = vec![f64::INFINITY; nodes];
    let mut above = vec![NONE; nodes];
    let mut waiting = vec![false; nodes];
    let mut current = Vec::new();
    for source in &options.sources {
        distance[*source as usize] = 0.0;
        current.push(*source);
    }
    current.sort_unstable();
    current.dedup();
    let mut round = 0;
    while !current.is_empty() {
        run.iteration(round, current.len() as f64)?;
        let mut next = Vec::new();
        let mut edges = 0_usize;
        for node in &current {
            waiting[*node as usize] = false;
            let reached = distance[*node as usize];
            for rows in rows {
                edges += rows.degree(*node);
                for (target, weight) in rows.weighted_neighbors(*node, weighted) {
                    let length = reached + weight;
                    if length < distance[target as usize] {
                        distance[target as usize] = length;
                        above[target as usize] = *node;
                        if !waiting[target as usize] {
                            waiting[target as usize] = true;
                            next.push(target);
                        }
                    }
                }
            }
            if edges > 1 << 16 {
                edges = 0;
                run.check()?;
            }
        }
        round += 1;
        if round as usize > nodes {
            return Err(Error::NegativeCycle { nodes: cycle_above(&above, next[0]) });
        }
        next.sort_unstable();
        current = next;
    }
    Ok(distance)
}

/// The cycle that following `above` from `start` leads into, in the order of its edges.
fn cycle_above(above: &[Node], start: Node) -> Vec<Node> {
    let mut node = start;
    for _ in 0..above.len() {
        match above[node as usize] {
            NONE => break,
            next => node = next,
        }
    }
    let first = node;
    let mut cycle = vec![first];
    loop {
        node = above[node as usize];
        if node == first || node == NONE {
            break;
        }
        cycle.push(node);
    }
    cycle.reverse();
    cycle
}

/// Distances that threads lower at once: the bits of floating-point numbers that are not negative are in
/// their order.
struct Distances(Vec<AtomicU64>);

impl Distances {
    #[inline]
    fn get(&self, node: Node) -> f64 {
        f64::from_bits(self.0[node as usize].load(Ordering::Relaxed))
    }

    /// Whether `length` is shorter than what was known.
    #[inline]
    fn lower(&self, node: Node, length: f64) -> bool {
        let place = &self.0[node as usize];
        let bits = length.to_bits();
        let mut known = place.load(Ordering::Relaxed);
        while bits < known {
            match place.compare_exchange_weak(known, bits, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => known = now,
            }
        }
        false
    }
}

/// How many steps ahead nodes are sorted; those further away wait in one heap.
const STEPS_AHEAD: usize = 64;
/// Nodes a thread takes at a time.
const NODES_AT_ONCE: usize = 64;

/// Delta stepping (Meyer and Sanders): all nodes whose distance is within a step of the nearest are relaxed
/// together, again and again until none of them changes.
fn delta_stepping(
    rows: &[&Adjacency],
    weighted: bool,
    options: &SsspOptions,
    run: &Run,
) -> Result<Vec<f64>> {
    let nodes = rows[0].nodes();
    let distances = Distances(
        (0..nodes).into_par_iter().map(|_| AtomicU64::new(f64::INFINITY.to_bits())).collect(),
    );
    let weighted = weighted && rows[0].weights().is_some();
    let delta = match options.delta {
        Some(delta) => delta,
        None => step_width(rows[0], weighted, run)?,
    };
    let limit = options.cutoff.unwrap_or(f64::INFINITY);
    let step_of = |distance: f64| (distance / delta) as u64;
    let mut bins: Vec<Vec<Node>> = vec![Vec::new(); STEPS_AHEAD];
    let mut later: Vec<Node> = Vec::new();
    for source in &options.sources {
        if distances.lower(*source, 0.0) {
            bins[0].push(*source);
        }
    }
    // The distance with which each node was last relaxed: a node that got nearer several times before its
    // turn waits in several places, and is relaxed in one.
    let relaxed: Vec<AtomicU64> =
        (0..nodes).into_par_iter().map(|_| AtomicU64::new(f64::INFINITY.to_bits())).collect();
    let mut step = 0_u64;
    let mut rounds = 0;
    loop {
        let frontier = std::mem::take(&mut bins[(step % STEPS_AHEAD as u64) as usize]);
        if frontier.is_empty() {
            // The next step that has nodes; when none of those sorted has any, sort those that wait.
            let ahead = (1..STEPS_AHEAD as u64)
                .find(|ahead| !bins[((step + ahead) % STEPS_AHEAD as u64) as usize].is_empty());
            if let Some(ahead) = ahead {
                step += ahead;
                continue;
            }
            later.retain(|node| step_of(distances.get(*node)) > step);
            let Some(nearest) = later.iter().map(|node| step_of(distances.get(*node))).min() else {
                break;
            };
            step = nearest;
            later.retain(|node| {
                let ahead = step_of(distances.get(*node)) - step;
                let near = ahead < STEPS_AHEAD as u64;
                if near {
                    bins[((step + ahead) % STEPS_AHEAD as u64) as usize].push(*node);
                }
                !near
            });
            continue;
        }
        rounds += 1;
        run.iteration(rounds, frontier.len() as f64)?;
        let relax = |nodes: &[Node]| {
            run.check()?;
            let mut reached: Vec<Node> = Vec::new();
            for node in nodes {
                let from = distances.get(*node);
                // A node that got nearer since was relaxed in an earlier step.
                if step_of(from) < step
                    || relaxed[*node as usize].swap(from.to_bits(), Ordering::Relaxed)
                        == from.to_bits()
                {
                    continue;
                }
                for rows in rows {
                    for (target, weight) in rows.weighted_neighbors(*node, weighted) {
                        let length = from + weight;
                        if length <= limit && distances.lower(target, length) {
                            reached.push(target);
                        }
                    }
                }
            }
            Ok(reached)
        };
        let parts = if frontier.len() <= NODES_AT_ONCE {
            vec![relax(&frontier)?]
        } else {
            frontier.par_chunks(NODES_AT_ONCE).map(relax).collect::<Result<Vec<_>>>()?
        };
        for node in parts.into_iter().flatten() {
            let ahead = step_of(distances.get(node)).saturating_sub(step);
            match ahead < STEPS_AHEAD as u64 {
                true => bins[((step + ahead) % STEPS_AHEAD as u64) as usize].push(node),
                false => later.push(node),
            }
        }
    }
    Ok(distances.0.into_iter().map(|bits| f64::from_bits(bits.into_inner())).collect())
}

/// A step as wide as the lightest of a node's edges is long, if weights are spread evenly (Meyer and
/// Sanders): little of it is done again. No path within a step has two edges if none is shorter.
fn step_width(rows: &Adjacency, weighted: bool, run: &Run) -> Result<f64> {
    let weights = match rows.weights() {
        Some(weights) if weighted && !weights.is_empty() => weights,
        _ => return Ok(1.0),
    };
    let blocks = parallel::even_blocks(weights.len(), 1 << 16);
    let sums = parallel::map(run, &blocks, |block| {
        let sum = weights[block.clone()].iter().sum::<f64>();
        (sum, weights[block].iter().copied().fold(f64::INFINITY, f64::min))
    })?;
    let mean = sums.iter().map(|sums| sums.0).sum::<f64>() / weights.len() as f64;
    let least = sums.iter().map(|sums| sums.1).fold(f64::INFINITY, f64::min);
    let degree = (weights.len() as f64 / rows.nodes() as f64).max(1.0);
    let width = (mean / degree).max(least);
    Ok(if width > 0.0 && width.is_finite() { width } else { 1.0 })
}

/// For each node the smallest one before it on a shortest path. Edges that add nothing to the distance
/// could lead in a circle: they count only for nodes that no other edge explains, from those explained
/// onwards.
pub(crate) fn predecessors(
    rows: &[&Adjacency],
    weighted: bool,
    sources: &[Node],
    distance: &[f64],
    run: &Run,
) -> Result<Vec<Node>> {
    let nodes = distance.len();
    let predecessor: Vec<AtomicU32> =
        (0..nodes).into_par_iter().map(|_| AtomicU32::new(NONE)).collect();
    let blocks = parallel::blocks(rows[0].offsets());
    let flat = parallel::map(run, &blocks, |block| {
        let mut flat = false;
        for node in block {
            let from = distance[node];
            if from == f64::INFINITY {
                continue;
            }
            let node = node as Node;
            for rows in rows {
                for (target, weight) in rows.weighted_neighbors(node, weighted) {
                    let to = distance[target as usize];
                    if from + weight == to {
                        if from < to {
                            let known = &predecessor[target as usize];
                            if known.load(Ordering::Relaxed) > node {
                                known.fetch_min(node, Ordering::Relaxed);
                            }
                        } else {
                            flat = true;
                        }
                    }
                }
            }
        }
        flat
    })?;
    let mut predecessor: Vec<Node> = predecessor.into_iter().map(AtomicU32::into_inner).collect();
    let mut explained = vec![false; nodes];
    for source in sources {
        explained[*source as usize] = true;
        if distance[*source as usize] == 0.0 {
            predecessor[*source as usize] = NONE;
        }
    }
    if !flat.contains(&true) {
        return Ok(predecessor);
    }
    for (node, before) in predecessor.iter().enumerate() {
        explained[node] |= *before != NONE;
    }
    let mut frontier: Vec<Node> =
        (0..nodes as Node).filter(|node| explained[*node as usize]).collect();
    while !frontier.is_empty() {
        run.check()?;
        let mut next = Vec::new();
        for node in &frontier {
            let from = distance[*node as usize];
            for rows in rows {
                for (target, weight) in rows.weighted_neighbors(*node, weighted) {
                    let to = distance[target as usize];
                    if !explained[target as usize] && from + weight == to && from < f64::INFINITY {
                        explained[target as usize] = true;
                        predecessor[target as usize] = *node;
                        next.push(target);
                    }
                }
            }
        }
        next.sort_unstable();
        frontier = next;
    }
    Ok(predecessor)
}
