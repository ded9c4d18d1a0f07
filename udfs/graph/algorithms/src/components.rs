//! Weakly and strongly connected components.

use crate::{Error, Graph, Node, Result, Run};

/// Which component each node is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Components {
    /// The component of each node; components are numbered by their smallest nodes.
    pub component: Vec<u32>,
    /// The smallest node of each component.
    pub smallest: Vec<Node>,
}

/// Components of nodes that reach each other when edges are followed both ways.
pub fn wcc(graph: &Graph, run: &Run) -> Result<Components> {
    run.check()?;
    let _ = graph;
    Err(Error::WrongKind { algorithm: "wcc", needs: "an implementation" })
}

/// Components of nodes that reach each other along the edges.
pub fn scc(graph: &Graph, run: &Run) -> Result<Components> {
    run.check()?;
    let _ = graph;
    Err(Error::WrongKind { algorithm: "scc", needs: "an implementation" })
}
