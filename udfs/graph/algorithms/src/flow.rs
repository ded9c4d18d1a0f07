//! The greatest flow from a source to a sink, and the cut that limits it.

use crate::{Error, Graph, NONE, Node, Pairs, Result, Run};

/// Options of [`max_flow`] and [`min_cut`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowOptions {
    /// Where the flow starts.
    pub source: Node,
    /// Where the flow ends.
    pub sink: Node,
    /// The weights, if the graph has any, are the capacities, else each edge has the capacity 1. Default true.
    pub weighted: bool,
}

impl Default for FlowOptions {
    fn default() -> Self {
        Self { source: 0, sink: 0, weighted: true }
    }
}

/// A flow.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// How much leaves the source and arrives at the sink.
    pub value: f64,
    /// The edges in use, parallel ones together, and how much flows along each.
    pub edges: Pairs,
}

/// The greatest flow along edges of limited capacity.
pub fn max_flow(graph: &Graph, options: &FlowOptions, run: &Run) -> Result<Flow> {
    let network = solve(graph, options, run)?;
    let mut edges = Pairs::default();
    network.each_edge(|from, to, capacity, left| {
        if capacity > left {
            edges.push(from, to, capacity - left);
        }
    });
    Ok(Flow { value: network.value, edges })
}

/// Edges, each with one the other way, and how much each can still take (Dinitz' algorithm).
struct Network {
    /// Where the arcs of each node start.
    offsets: Vec<usize>,
    targets: Vec<Node>,
    /// The place of the arc the other way.
    reverse: Vec<usize>,
    capacity: Vec<f64>,
    left: Vec<f64>,
    level: Vec<u32>,
    value: f64,
}

fn solve(graph: &Graph, options: &FlowOptions, run: &Run) -> Result<Network> {
    graph.check_nodes(&[options.source, options.sink])?;
    if options.source == options.sink {
        return Err(Error::InvalidOption {
            option: "sink",
            reason: "must be another node than the source".to_owned(),
        });
    }
    if options.weighted {
        graph.outgoing().check_not_negative(run)?;
    }
    let arcs = graph.outgoing().len() * 2;
    let _reservation = run.reserve::<[u64; 4]>("flow", arcs + graph.nodes())?;
    run.phase("max_flow", || {
        let mut network = Network::new(graph, options.weighted);
        let mut next = Vec::new();
        let mut round = 0;
        while network.find_levels(options.source, options.sink, run)? {
            round += 1;
            run.iteration(round, network.value)?;
            next.clear();
            next.extend_from_slice(&network.offsets[..graph.nodes()]);
            network.augment(options.source, options.sink, &mut next, run)?;
        }
        Ok(network)
    })
}

impl Network {
    fn new(graph: &Graph, weighted: bool) -> Self {
        let nodes = graph.nodes();
        // Parallel edges are one of their capacities together; self-loops carry nothing anywhere.
        let mut edges: Vec<(Node, Node, f64)> = Vec::new();
        for node in 0..nodes as Node {
            let mut first = edges.len();
            for (target, weight) in graph.outgoing().weighted_neighbors(node, weighted) {
                if target == node || (!graph.is_directed() && target < node) {
                    continue;
                }
                match edges.get_mut(first) {
                    Some(last) if last.1 == target => last.2 += weight,
                    _ => {
                        first = edges.len();
                        edges.push((node, target, weight));
                    }
                }
            }
        }
        let mut offsets = vec![0; nodes + 1];
        for (from, to, _) in &edges {
            offsets[*from as usize + 1] += 1;
            offsets[*to as usize + 1] += 1;
        }
        for node in 0..nodes {
            offsets[node + 1] += offsets[node];
        }
        let arcs = edges.len() * 2;
        let mut next = offsets.clone();
        let (mut targets, mut reverse) = (vec![0; arcs], vec![0; arcs]);
        let mut capacity = vec![0.0; arcs];
        for (from, to, weight) in edges {
            let (there, back) = (next[from as usize], next[to as usize]);
            next[from as usize] += 1;
            next[to as usize] += 1;
            (targets[there], targets[back]) = (to, from);
            (reverse[there], reverse[back]) = (back, there);
            capacity[there] = weight;
            if !graph.is_directed() {
                capacity[back] = weight;
            }
        }
        let left = capacity.clone();
        Self { offsets, targets, reverse, capacity, left, level: vec![NONE; nodes], value: 0.0 }
    }

    /// How far each node is from the source along arcs that can take more; whether the sink is reached.
    fn find_levels(&mut self, source: Node, sink: Node, run: &Run) -> Result<bool> {
        self.level.fill(NONE);
        self.level[source as usize] = 0;
        let mut queue = vec![source];
        let mut next = 0;
        while next < queue.len() {
            if next.is_multiple_of(1024) {
                run.check()?;
            }
            let node = queue[next] as usize;
            next += 1;
            for arc in self.offsets[node]..self.offsets[node + 1] {
                let target = self.targets[arc];
                if self.left[arc] > 0.0 && self.level[target as usize] == NONE {
                    self.level[target as usize] = self.level[node] + 1;
                    queue.push(target);
                }
            }
        }
        Ok(self.level[sink as usize] != NONE)
    }

    /// Sends as much as the levels let through. `next` is the arc each node tries next.
    fn augment(&mut self, source: Node, sink: Node, next: &mut [usize], run: &Run) -> Result<()> {
        let mut path: Vec<usize> = Vec::new();
        let mut node = source;
        let mut steps = 0_usize;
        loop {
            steps += 1;
            if steps.is_multiple_of(1 << 12) {
                run.check()?;
            }
            if node == sink {
                let amount = path.iter().map(|arc| self.left[*arc]).fold(f64::INFINITY, f64::min);
                self.value += amount;
                for arc in &path {
                    self.left[*arc] -= amount;
                    self.left[self.reverse[*arc]] += amount;
                }
                // Goes on from before the first arc that can take no more.
                let full = path.iter().position(|arc| self.left[*arc] <= 0.0).unwrap_or(0);
                node = self.targets[self.reverse[path[full]]];
                path.truncate(full);
                continue;
            }
            let place = node as usize;
            let arcs = next[place]..self.offsets[place + 1];
            let usable = arcs.clone().find(|arc| {
                let target = self.targets[*arc] as usize;
                self.left[*arc] > 0.0 && self.level[target] == self.level[place] + 1
            });
            next[place] = usable.unwrap_or(arcs.end);
            match (usable, path.pop()) {
                (Some(arc), above) => {
                    path.extend(above);
                    path.push(arc);
                    node = self.targets[arc];
                }
                (None, Some(arc)) => {
                    node = self.targets[self.reverse[arc]];
                    next[node as usize] += 1;
                }
                (None, None) => return Ok(()),
            }
        }
    }

    /// Hands every arc with a capacity to `sink`: its ends, its capacity and what is left of it.
    fn each_edge(&self, mut sink: impl FnMut(Node, Node, f64, f64)) {
        for node in 0..self.level.len() {
            let mut arcs: Vec<usize> = (self.offsets[node]..self.offsets[node + 1])
                .filter(|arc| self.capacity[*arc] > 0.0)
                .collect();
            arcs.sort_unstable_by_key(|arc| self.targets[*arc]);
            for arc in arcs {
                sink(node as Node, self.targets[arc], self.capacity[arc], self.left[arc]);
            }
        }
    }
}

/// A cut.
#[derive(Debug, Clone, PartialEq)]
pub struct Cut {
    /// The capacity of the edges cut.
    pub value: f64,
    /// Whether each node is on the side of the source.
    pub source_side: Vec<bool>,
    /// The edges cut, parallel ones together, with their capacities.
    pub edges: Pairs,
}

/// The edges of least capacity without which nothing flows.
pub fn min_cut(graph: &Graph, options: &FlowOptions, run: &Run) -> Result<Cut> {
    let network = solve(graph, options, run)?;
    // The last search reached what no full edge cuts off.
    let source_side: Vec<bool> = network.level.iter().map(|level| *level != NONE).collect();
    let mut cut = Cut { value: 0.0, source_side, edges: Pairs::default() };
    network.each_edge(|from, to, capacity, _| {
        if cut.source_side[from as usize] && !cut.source_side[to as usize] {
            cut.value += capacity;
            cut.edges.push(from, to, capacity);
        }
    });
    Ok(cut)
}
