//! What can go wrong in a kernel. Nodes are named by number; whoever knows the original identifiers makes
//! the message the user reads.

use crate::Node;

/// The result of everything here that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an algorithm gave no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Whoever started the run asked it to stop.
    #[error("the graph algorithm was cancelled")]
    Cancelled,
    /// The memory account refused to grow.
    #[error("not enough memory for {what} ({bytes} bytes): {reason}")]
    Memory {
        /// What the bytes were for.
        what: &'static str,
        /// How many bytes were asked for.
        bytes: usize,
        /// What the account said.
        reason: String,
    },
    /// An edge's end is not below the number of nodes, or an option names such a node.
    #[error("node {node} is not in the graph, which has {nodes} nodes")]
    MissingNode {
        /// The number that was given.
        node: Node,
        /// The number of nodes.
        nodes: usize,
    },
    /// The columns of an edge list differ in length.
    #[error("the edge list has {sources} sources, {targets} targets and {weights} weights")]
    UnequalColumns {
        /// Length of the source column.
        sources: usize,
        /// Length of the target column.
        targets: usize,
        /// Length of the weight column.
        weights: usize,
    },
    /// There are more nodes than a node number can name.
    #[error("a graph may have at most 4294967294 nodes, not {nodes}")]
    TooManyNodes {
        /// The number of nodes that was given.
        nodes: usize,
    },
    /// Ready-made offsets do not describe the targets they came with.
    #[error("the adjacency arrays do not fit together: {reason}")]
    InvalidAdjacency {
        /// What does not fit.
        reason: String,
    },
    /// A weight is not a number, or infinite.
    #[error(
        "the edge from node {source_node} to node {target} has the weight {weight}, which is not a finite number"
    )]
    InvalidWeight {
        /// Where the edge starts.
        source_node: Node,
        /// Where the edge ends.
        target: Node,
        /// The weight.
        weight: f64,
    },
    /// A weight is negative where the algorithm needs none to be.
    #[error("the edge from node {source_node} to node {target} has the negative weight {weight}")]
    NegativeWeight {
        /// Where the edge starts.
        source_node: Node,
        /// Where the edge ends.
        target: Node,
        /// The weight.
        weight: f64,
    },
    /// A cycle of negative total weight can be reached, so there is no shortest path.
    #[error("the graph has a cycle of negative weight through {nodes:?}")]
    NegativeCycle {
        /// The nodes of the cycle in order, each once.
        nodes: Vec<Node>,
    },
    /// The graph has a cycle where the algorithm needs none.
    #[error("the graph has a cycle through {nodes:?}")]
    Cycle {
        /// The nodes of the cycle in order, each once.
        nodes: Vec<Node>,
    },
    /// The iteration did not reach the tolerance. Only kernels asked to insist say so.
    #[error(
        "no convergence after {iterations} iterations: the last changed the result by {change}, more than the tolerance {tolerance}"
    )]
    NotConverged {
        /// How many iterations were made.
        iterations: u32,
        /// The change of the last one.
        change: f64,
        /// The change that would have been small enough.
        tolerance: f64,
    },
    /// An option has a value outside its range.
    #[error("invalid {option}: {reason}")]
    InvalidOption {
        /// The option, by the name of its field.
        option: &'static str,
        /// What is wrong with the value.
        reason: String,
    },
    /// The algorithm is not defined on this kind of graph.
    #[error("{algorithm} needs {needs}")]
    WrongKind {
        /// The algorithm.
        algorithm: &'static str,
        /// The kind of graph it needs.
        needs: &'static str,
    },
}
