//! Where the undirected graph falls apart: bridges, articulation points, biconnected components.

use crate::{Adjacency, Graph, NONE, Node, Result, Run};

/// Edges whose removal disconnects their ends, by their smaller and then their greater node. Of two
/// parallel edges neither is a bridge.
pub fn bridges(graph: &Graph, run: &Run) -> Result<Vec<(Node, Node)>> {
    let simple = graph.simple(run)?;
    let mut bridges = run.phase("bridges", || {
        let mut bridges = Vec::new();
        search(simple, run, |event| {
            if let Event::Bridge(above, below) = event {
                bridges.push((above.min(below), above.max(below)));
            }
        })?;
        Ok(bridges)
    })?;
    bridges.sort_unstable();
    // Between two nodes of a directed graph there may be an edge each way.
    let parallel = |from: Node, to: Node| {
        let row = graph.outgoing().neighbors(from);
        row.partition_point(|target| *target <= to) - row.partition_point(|target| *target < to)
    };
    bridges.retain(|(first, second)| {
        let edges = match graph.is_directed() {
            true => parallel(*first, *second) + parallel(*second, *first),
            false => parallel(*first, *second),
        };
        edges == 1
    });
    Ok(bridges)
}

/// What the search reports.
enum Event {
    /// An edge without which its ends are not connected.
    Bridge(Node, Node),
    /// A node without which the part below one of its neighbours is cut off.
    Articulation(Node),
    /// An edge, by the place of its first sighting.
    Edge(Node, Node),
    /// The edges since the one from the first to the second node are a biconnected component.
    Component(Node, Node),
}

/// Hopcroft and Tarjan's depth-first search over a graph without parallel edges.
fn search(simple: &Adjacency, run: &Run, mut report: impl FnMut(Event)) -> Result<()> {
    let nodes = simple.nodes();
    let _reservation = run.reserve::<u32>("depth-first search", nodes * 7)?;
    let mut order = vec![NONE; nodes];
    // The earliest node an edge leads back to from below each node.
    let mut low = vec![NONE; nodes];
    let mut seen = 0;
    let mut path: Vec<(Node, usize)> = Vec::new();
    let mut steps = 0_usize;
    for root in 0..nodes as Node {
        if order[root as usize] != NONE {
            continue;
        }
        order[root as usize] = seen;
        low[root as usize] = seen;
        seen += 1;
        path.push((root, simple.row(root).start));
        let mut children = 0;
        while let Some(depth) = path.len().checked_sub(1) {
            steps += 1;
            if steps.is_multiple_of(1 << 14) {
                run.check()?;
            }
            let (node, next) = path[depth];
            let above = depth.checked_sub(1).map(|above| path[above].0);
            if next < simple.row(node).end {
                path[depth].1 += 1;
                let target = simple.targets()[next];
                if Some(target) == above {
                    continue;
                }
                let met = order[target as usize];
                if met == NONE {
                    report(Event::Edge(node, target));
                    order[target as usize] = seen;
                    low[target as usize] = seen;
                    seen += 1;
                    path.push((target, simple.row(target).start));
                    children += u32::from(depth == 0);
                } else if met < order[node as usize] {
                    report(Event::Edge(node, target));
                    low[node as usize] = low[node as usize].min(met);
                }
                continue;
            }
            path.pop();
            let Some(above) = above else { continue };
            let lowest = low[node as usize];
            low[above as usize] = low[above as usize].min(lowest);
            if lowest >= order[above as usize] {
                report(Event::Component(above, node));
                if above != root {
                    report(Event::Articulation(above));
                }
            }
            if lowest > order[above as usize] {
                report(Event::Bridge(above, node));
            }
        }
        if children > 1 {
            report(Event::Articulation(root));
        }
    }
    Ok(())
}

/// Nodes whose removal disconnects some of their neighbours, in order.
pub fn articulation_points(graph: &Graph, run: &Run) -> Result<Vec<Node>> {
    let simple = graph.simple(run)?;
    run.phase("articulation_points", || {
        let mut points = Vec::new();
        search(simple, run, |event| {
            if let Event::Articulation(node) = event {
                points.push(node);
            }
        })?;
        points.sort_unstable();
        points.dedup();
        Ok(points)
    })
}

/// The biconnected component of each edge.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BiconnectedComponents {
    /// The smaller node of each edge.
    pub source: Vec<Node>,
    /// The greater node of each edge.
    pub target: Vec<Node>,
    /// The component of each edge; components are numbered by their first edges.
    pub component: Vec<u32>,
}

/// Which edges lie on a common cycle, by their smaller and then their greater node.
pub fn biconnected_components(graph: &Graph, run: &Run) -> Result<BiconnectedComponents> {
    let simple = graph.simple(run)?;
    let _reservation = run.reserve::<u32>("biconnected components", simple.len() * 4)?;
    run.phase("biconnected_components", || {
        let mut open: Vec<(Node, Node)> = Vec::new();
        let mut edges: Vec<(Node, Node, u32)> = Vec::with_capacity(simple.len() / 2);
        let mut count = 0;
        search(simple, run, |event| match event {
            Event::Edge(from, to) => open.push((from, to)),
            Event::Component(from, to) => {
                while let Some(edge) = open.pop() {
                    edges.push((edge.0.min(edge.1), edge.0.max(edge.1), count));
                    if edge == (from, to) {
                        break;
                    }
                }
                count += 1;
            }
            Event::Bridge(..) | Event::Articulation(_) => {}
        })?;
        edges.sort_unstable();
        let mut number = vec![NONE; count as usize];
        let mut next = 0;
        let mut result = BiconnectedComponents::default();
        for (source, target, component) in edges {
            let number = &mut number[component as usize];
            if *number == NONE {
                *number = next;
                next += 1;
            }
            result.source.push(source);
            result.target.push(target);
            result.component.push(*number);
        }
        Ok(result)
    })
}
