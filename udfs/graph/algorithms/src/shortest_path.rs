//! The shortest path between two nodes, and the next shortest ones after it.

use std::collections::{BTreeSet, BinaryHeap, HashSet};

use crate::sssp::Nearest;
use crate::{Adjacency, Direction, Error, Graph, NONE, Node, Result, Run};

/// Where nodes lie on Earth: an edge between two of them must not be shorter than the great circle.
#[derive(Debug, Clone, PartialEq)]
pub struct Coordinates {
    /// Degrees north of the equator, of each node.
    pub latitude: Vec<f64>,
    /// Degrees east of Greenwich, of each node.
    pub longitude: Vec<f64>,
    /// The radius of Earth in the unit of the weights: 6371.0 for kilometres.
    pub radius: f64,
}

/// Options of [`shortest_path`].
#[derive(Debug, Clone, PartialEq)]
pub struct ShortestPathOptions {
    /// Where the paths start.
    pub source: Node,
    /// Where the paths end.
    pub target: Node,
    /// How many paths to give at most (Yen's algorithm). Default 1.
    pub count: usize,
    /// Searches towards the target (A*). Default `None`.
    pub coordinates: Option<Coordinates>,
    /// Which way edges are followed. Default: out.
    pub direction: Direction,
    /// Adds up the weights, if the graph has any, instead of counting edges. Default true.
    pub weighted: bool,
}

impl Default for ShortestPathOptions {
    fn default() -> Self {
        Self {
            source: 0,
            target: 0,
            count: 1,
            coordinates: None,
            direction: Direction::Out,
            weighted: true,
        }
    }
}

/// A path and what it costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// The nodes from the source to the target.
    pub nodes: Vec<Node>,
    /// The cost from the source to each of the nodes.
    pub costs: Vec<f64>,
}

impl Path {
    /// The cost of the whole path.
    pub fn cost(&self) -> f64 {
        self.costs.last().copied().unwrap_or(0.0)
    }
}

/// The shortest paths without repeated nodes from one node to another, the shortest first, equally short
/// ones in the order of their nodes. None if the target cannot be reached.
pub fn shortest_path(graph: &Graph, options: &ShortestPathOptions, run: &Run) -> Result<Vec<Path>> {
    graph.check_nodes(&[options.source, options.target])?;
    let nodes = graph.nodes();
    if let Some(coordinates) = &options.coordinates {
        check_coordinates(coordinates, nodes)?;
    }
    let rows = graph.rows(options.direction, run)?;
    let weighted = options.weighted && graph.is_weighted();
    if weighted {
        graph.outgoing().check_not_negative(run)?;
    }
    let _reservation = run.reserve::<[u64; 4]>("shortest path", nodes)?;
    run.phase("shortest_path", || {
        let ahead = options
            .coordinates
            .as_ref()
            .map(|coordinates| coordinates.distances_to(options.target));
        let mut search = Search {
            rows: &rows,
            weighted,
            target: options.target,
            ahead,
            distance: vec![f64::INFINITY; nodes],
            predecessor: vec![NONE; nodes],
            settled: vec![false; nodes],
            touched: Vec::new(),
            run,
        };
        yen(&mut search, options.source, options.count)
    })
}

/// The shortest path, and after it the shortest of those that leave one found earlier somewhere (Yen's
/// algorithm, with Lawler's rule that a path leaves only behind the place where it left its own).
fn yen(search: &mut Search<'_>, source: Node, count: usize) -> Result<Vec<Path>> {
    let mut found: Vec<(Path, usize)> = Vec::new();
    let mut candidates: BTreeSet<Candidate> = BTreeSet::new();
    if count > 0
        && let Some(path) = search.find(source, &[], &HashSet::new())?
    {
        candidates.insert(Candidate { path, left_at: 0 });
    }
    while let Some(candidate) = candidates.pop_first() {
        found.push((candidate.path, candidate.left_at));
        if found.len() >= count {
            break;
        }
        let (path, left_at) = &found[found.len() - 1];
        for place in *left_at..path.nodes.len() - 1 {
            search.run.check()?;
            let root = &path.nodes[..=place];
            let taken: HashSet<Node> = found
                .iter()
                .filter(|(path, _)| path.nodes.len() > place + 1 && path.nodes[..=place] == *root)
                .map(|(path, _)| path.nodes[place + 1])
                .collect();
            let Some(rest) = search.find(root[place], &root[..place], &taken)? else { continue };
            let cost = path.costs[place];
            let mut nodes = root.to_vec();
            nodes.extend(&rest.nodes[1..]);
            let mut costs = path.costs[..=place].to_vec();
            costs.extend(rest.costs[1..].iter().map(|rest| cost + rest));
            candidates.insert(Candidate { path: Path { nodes, costs }, left_at: place });
        }
    }
    Ok(found.into_iter().map(|(path, _)| path).collect())
}

/// A path that may be the next one. The same path is found only once, so where it left its own does not
/// matter to its order.
struct Candidate {
    path: Path,
    left_at: usize,
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate {}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.path
            .cost()
            .total_cmp(&other.path.cost())
            .then_with(|| self.path.nodes.cmp(&other.path.nodes))
    }
}

/// Dijkstra's algorithm, or A* when it is known how far ahead the target is at least.
struct Search<'a> {
    rows: &'a [&'a Adjacency],
    weighted: bool,
    target: Node,
    ahead: Option<Vec<f64>>,
    distance: Vec<f64>,
    predecessor: Vec<Node>,
    settled: Vec<bool>,
    touched: Vec<Node>,
    run: &'a Run,
}

impl Search<'_> {
    /// The shortest path from `source` around the nodes `without` whose first step is to none of `taken`.
    fn find(
        &mut self,
        source: Node,
        without: &[Node],
        taken: &HashSet<Node>,
    ) -> Result<Option<Path>> {
        for node in self.touched.drain(..) {
            let node = node as usize;
            self.distance[node] = f64::INFINITY;
            self.predecessor[node] = NONE;
            self.settled[node] = false;
        }
        for node in without {
            self.settled[*node as usize] = true;
        }
        self.touched.extend_from_slice(without);
        let ahead = |node: Node| self.ahead.as_ref().map_or(0.0, |ahead| ahead[node as usize]);
        self.distance[source as usize] = 0.0;
        self.touched.push(source);
        let mut heap = BinaryHeap::from([Nearest(ahead(source), source)]);
        let mut steps = 0_usize;
        while let Some(Nearest(_, node)) = heap.pop() {
            steps += 1;
            if steps.is_multiple_of(1024) {
                self.run.check()?;
            }
            if self.settled[node as usize] {
                continue;
            }
            self.settled[node as usize] = true;
            if node == self.target {
                return Ok(Some(self.path(source)));
            }
            let reached = self.distance[node as usize];
            for rows in self.rows {
                for (target, weight) in rows.weighted_neighbors(node, self.weighted) {
                    let place = target as usize;
                    if self.settled[place] || (node == source && taken.contains(&target)) {
                        continue;
                    }
                    let length = reached + weight;
                    let known = self.distance[place];
                    if length < known {
                        if known == f64::INFINITY {
                            self.touched.push(target);
                        }
                        self.distance[place] = length;
                        self.predecessor[place] = node;
                        heap.push(Nearest(length + ahead(target), target));
                    } else if length == known && node < self.predecessor[place] {
                        self.predecessor[place] = node;
                    }
                }
            }
        }
        Ok(None)
    }

    fn path(&self, source: Node) -> Path {
        let mut nodes = vec![self.target];
        let mut node = self.target;
        while node != source {
            node = self.predecessor[node as usize];
            nodes.push(node);
        }
        nodes.reverse();
        let costs = nodes.iter().map(|node| self.distance[*node as usize]).collect();
        Path { nodes, costs }
    }
}

fn check_coordinates(coordinates: &Coordinates, nodes: usize) -> Result<()> {
    let invalid = |reason: String| Err(Error::InvalidOption { option: "coordinates", reason });
    for degrees in [&coordinates.latitude, &coordinates.longitude] {
        if degrees.len() != nodes {
            return invalid(format!("there are {} of them for {nodes} nodes", degrees.len()));
        }
        if let Some(degrees) = degrees.iter().find(|degrees| !degrees.is_finite()) {
            return invalid(format!("{degrees} is not a finite number"));
        }
    }
    match coordinates.radius > 0.0 && coordinates.radius.is_finite() {
        true => Ok(()),
        false => invalid(format!("the radius {} is not positive", coordinates.radius)),
    }
}

impl Coordinates {
    /// The great-circle distance of each node to `target`, by the haversine formula.
    fn distances_to(&self, target: Node) -> Vec<f64> {
        let place =
            |node: usize| (self.latitude[node].to_radians(), self.longitude[node].to_radians());
        let (to_latitude, to_longitude) = place(target as usize);
        let haversine = |angle: f64| (angle / 2.0).sin().powi(2);
        (0..self.latitude.len())
            .map(|node| {
                let (latitude, longitude) = place(node);
                let part = haversine(to_latitude - latitude)
                    + latitude.cos() * to_latitude.cos() * haversine(to_longitude - longitude);
                2.0 * self.radius * part.sqrt().min(1.0).asin()
            })
            .collect()
    }
}
