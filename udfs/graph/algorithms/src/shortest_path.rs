//! The shortest path between two nodes, and the next shortest ones after it.

use crate::{Direction, Error, Graph, Node, Result, Run};

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
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "shortest_path", needs: "an implementation" })
}
