//! Where the undirected graph falls apart: bridges, articulation points, biconnected components.

use crate::{Error, Graph, Node, Result, Run};

/// Edges whose removal disconnects their ends, by their smaller and then their greater node. Of two
/// parallel edges neither is a bridge.
pub fn bridges(graph: &Graph, run: &Run) -> Result<Vec<(Node, Node)>> {
    run.check()?;
    let _ = graph;
    Err(Error::WrongKind { algorithm: "bridges", needs: "an implementation" })
}

/// Nodes whose removal disconnects some of their neighbours, in order.
pub fn articulation_points(graph: &Graph, run: &Run) -> Result<Vec<Node>> {
    run.check()?;
    let _ = graph;
    Err(Error::WrongKind { algorithm: "articulation_points", needs: "an implementation" })
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
    run.check()?;
    let _ = graph;
    Err(Error::WrongKind { algorithm: "biconnected_components", needs: "an implementation" })
}
