//! Depth-first search, and the cycle such a search meets.

use crate::{Adjacency, Direction, Graph, NONE, Node, Result, Run};

/// Options of [`dfs`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DfsOptions {
    /// Where the search starts; the later ones only if the earlier ones did not reach them.
    pub sources: Vec<Node>,
    /// Goes no deeper than this many edges. Default: no limit.
    pub max_depth: Option<u32>,
    /// Which way edges are followed. Default: out.
    pub direction: Direction,
}

/// What a depth-first search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dfs {
    /// When each node was first seen, from 0; [`NONE`](crate::NONE) for a node that was not reached.
    pub order: Vec<u32>,
    /// The number of edges of the search tree above each node, [`NONE`](crate::NONE) if not reached.
    pub depth: Vec<u32>,
    /// The node above each node in the search tree, [`NONE`](crate::NONE) for a source or if not reached.
    pub predecessor: Vec<Node>,
}

/// Searches depth first, smaller neighbours first.
pub fn dfs(graph: &Graph, options: &DfsOptions, run: &Run) -> Result<Dfs> {
    graph.check_nodes(&options.sources)?;
    let rows = graph.rows(options.direction, run)?;
    let nodes = graph.nodes();
    let _reservation = run.reserve::<u32>("depth-first search", nodes * 9)?;
    run.phase("dfs", || {
        let mut search = Dfs {
            order: vec![NONE; nodes],
            depth: vec![NONE; nodes],
            predecessor: vec![NONE; nodes],
        };
        let limit = options.max_depth.unwrap_or(u32::MAX);
        let mut seen = 0;
        let mut path: Vec<(Node, Neighbors<'_>)> = Vec::new();
        let mut steps = 0_usize;
        for source in &options.sources {
            if search.order[*source as usize] != NONE {
                continue;
            }
            search.order[*source as usize] = seen;
            search.depth[*source as usize] = 0;
            seen += 1;
            path.push((*source, Neighbors::new(&rows, *source)));
            while let Some((node, neighbors)) = path.last_mut() {
                steps += 1;
                if steps.is_multiple_of(1 << 14) {
                    run.check()?;
                }
                let node = *node;
                let depth = search.depth[node as usize];
                let next = match depth < limit {
                    true => neighbors.find(|target| search.order[*target as usize] == NONE),
                    false => None,
                };
                let Some(target) = next else {
                    path.pop();
                    continue;
                };
                search.order[target as usize] = seen;
                search.depth[target as usize] = depth + 1;
                search.predecessor[target as usize] = node;
                seen += 1;
                path.push((target, Neighbors::new(&rows, target)));
            }
        }
        Ok(search)
    })
}

/// The neighbours of a node in one row or two, the smaller ones first.
struct Neighbors<'a>(&'a [Node], &'a [Node]);

impl<'a> Neighbors<'a> {
    fn new(rows: &[&'a Adjacency], node: Node) -> Self {
        let row = |index: usize| rows.get(index).map_or(&[][..], |rows| rows.neighbors(node));
        Self(row(0), row(1))
    }
}

impl Iterator for Neighbors<'_> {
    type Item = Node;

    fn next(&mut self) -> Option<Node> {
        match (self.0, self.1) {
            ([first, rest @ ..], second) if second.first().is_none_or(|other| first <= other) => {
                self.0 = rest;
                Some(*first)
            }
            (_, [first, rest @ ..]) => {
                self.1 = rest;
                Some(*first)
            }
            _ => None,
        }
    }
}

/// The nodes of a cycle in order, each once, or `None` if there is none. A self-loop is a cycle of one
/// node; in an undirected graph, two parallel edges are a cycle of two.
pub fn find_cycle(graph: &Graph, run: &Run) -> Result<Option<Vec<Node>>> {
    let nodes = graph.nodes();
    let _reservation = run.reserve::<u32>("search for a cycle", nodes * 5)?;
    run.phase("find_cycle", || {
        let out = graph.outgoing();
        // The place of each node on the path to it; beyond the path, nodes that were left behind.
        const UNSEEN: u32 = NONE;
        const LEFT: u32 = NONE - 1;
        let mut place = vec![UNSEEN; nodes];
        let mut path: Vec<(Node, usize)> = Vec::new();
        let mut steps = 0_usize;
        for start in 0..nodes as Node {
            if place[start as usize] != UNSEEN {
                continue;
            }
            place[start as usize] = 0;
            path.push((start, out.row(start).start));
            while let Some(depth) = path.len().checked_sub(1) {
                let (node, next) = path[depth];
                steps += 1;
                if steps.is_multiple_of(1 << 14) {
                    run.check()?;
                }
                let row = out.row(node);
                if next == row.end {
                    place[node as usize] = LEFT;
                    path.pop();
                    continue;
                }
                path[depth].1 += 1;
                let target = out.targets()[next];
                // The edge the search came by does not lead back, but a parallel one does.
                let came_by = !graph.is_directed()
                    && depth > 0
                    && path[depth - 1].0 == target
                    && (next == row.start || out.targets()[next - 1] != target);
                if came_by {
                    continue;
                }
                match place[target as usize] {
                    UNSEEN => {
                        place[target as usize] = path.len() as u32;
                        path.push((target, out.row(target).start));
                    }
                    LEFT => {}
                    on_path => {
                        let cycle = path[on_path as usize..].iter().map(|(node, _)| *node);
                        return Ok(Some(cycle.collect()));
                    }
                }
            }
        }
        Ok(None)
    })
}
