//! Closeness and harmonic centrality: how near a node is to the others.

use crate::{Direction, Error, Graph, Result, Run};

/// Options of [`closeness`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosenessOptions {
    /// Scales by the share of the nodes that are reached (Wasserman and Faust). Default true.
    pub wf_improved: bool,
    /// `In`: the distances from the other nodes, as NetworkX does. Default: in.
    pub direction: Direction,
    /// Adds up the weights, if the graph has any, instead of counting edges. Default true.
    pub weighted: bool,
}

impl Default for ClosenessOptions {
    fn default() -> Self {
        Self { wf_improved: true, direction: Direction::In, weighted: true }
    }
}

/// The inverse of the mean distance of each node.
pub fn closeness(graph: &Graph, options: &ClosenessOptions, run: &Run) -> Result<Vec<f64>> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "closeness", needs: "an implementation" })
}

/// Options of [`harmonic`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HarmonicOptions {
    /// `In`: the distances from the other nodes, as NetworkX does. Default: in.
    pub direction: Direction,
    /// Divides by the number of other nodes. Default false.
    pub normalized: bool,
    /// Adds up the weights, if the graph has any, instead of counting edges. Default true.
    pub weighted: bool,
}

impl Default for HarmonicOptions {
    fn default() -> Self {
        Self { direction: Direction::In, normalized: false, weighted: true }
    }
}

/// The sum of the inverses of the distances of each node.
pub fn harmonic(graph: &Graph, options: &HarmonicOptions, run: &Run) -> Result<Vec<f64>> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "harmonic", needs: "an implementation" })
}
