//! Communities by label propagation: each node takes the label most of its neighbours have.

use crate::{Error, Graph, Result, Run};

/// When a node sees the new labels of its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LabelPropagationMode {
    /// In the next iteration; of equally frequent labels the smallest is taken (LDBC Graphalytics).
    #[default]
    Synchronous,
    /// At once; nodes come in a random order.
    Asynchronous,
}

/// Options of [`label_propagation`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelPropagationOptions {
    /// The most iterations to make. Default 10.
    pub max_iterations: u32,
    /// When a node sees the new labels of its neighbours. Default: in the next iteration.
    pub mode: LabelPropagationMode,
    /// The label each node begins with. Default: its number.
    pub labels: Option<Vec<u32>>,
    /// Neighbours count by the weight of the edge, if the graph has any. Default true.
    pub weighted: bool,
    /// The random order of the asynchronous mode. Default 42.
    pub seed: u64,
}

impl Default for LabelPropagationOptions {
    fn default() -> Self {
        Self {
            max_iterations: 10,
            mode: LabelPropagationMode::Synchronous,
            labels: None,
            weighted: true,
            seed: 42,
        }
    }
}

/// The label of each node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// The label of each node: the number of a node, or one of the labels given.
    pub label: Vec<u32>,
    /// How many iterations were made.
    pub iterations: u32,
    /// Whether the last iteration changed no label.
    pub converged: bool,
}

/// Spreads labels along the edges, both ways; an edge there and back counts twice.
pub fn label_propagation(
    graph: &Graph,
    options: &LabelPropagationOptions,
    run: &Run,
) -> Result<Labels> {
    run.check()?;
    let _ = (graph, options);
    Err(Error::WrongKind { algorithm: "label_propagation", needs: "an implementation" })
}
