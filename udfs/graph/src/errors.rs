//! Errors of the kernels, which know nodes by number, in the words of the user's identifiers.

use algorithms::{Error as KernelError, Node};
use extension::{Error, ErrorKind};

use crate::ids::Ids;
use crate::ingest::human;

/// Why an algorithm gave no result.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The kernel said so.
    Kernel(KernelError),
    /// What is around it did.
    Engine(Error),
}

impl From<KernelError> for Failure {
    fn from(error: KernelError) -> Self {
        Self::Kernel(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

/// The error as the user reads it.
pub(crate) fn explain(error: KernelError, ids: Option<&Ids>, function: &str) -> Error {
    let name = |node: Node| match ids {
        Some(ids) if (node as usize) < ids.len() => ids.display(node),
        _ => format!("number {node}"),
    };
    let path = |nodes: &[Node]| {
        const MOST: usize = 12;
        let mut names: Vec<String> = nodes.iter().take(MOST).map(|node| name(*node)).collect();
        if nodes.len() > MOST {
            names.push(format!("… ({} nodes in all)", nodes.len()));
        } else {
            names.extend(nodes.first().map(|node| name(*node)));
        }
        names.join(" → ")
    };
    let error = match error {
        KernelError::Cancelled => return Error::cancelled("the query was cancelled"),
        KernelError::Memory { what, bytes, reason } => Error::new(
            ErrorKind::ResourcesExhausted,
            format!("the graph does not fit into memory: {what} would take another {}", human(bytes)),
        )
        .with_hint(format!(
            "raise the limit, as in SET memory_limit = '8GB', or filter the edges ({reason})"
        )),
        KernelError::MissingNode { node, .. } => {
            Error::invalid_input(format!("node {} is not in the graph", name(node)))
        }
        KernelError::TooManyNodes { nodes } => {
            Error::unsupported(format!("a graph may have at most 4294967294 nodes, not {nodes}"))
        }
        KernelError::InvalidWeight { source_node, target, weight } => {
            Error::invalid_data(format!(
                "the edge from {} to {} has the weight {weight}",
                name(source_node),
                name(target)
            ))
            .with_hint("weights are finite numbers")
        }
        KernelError::NegativeWeight { source_node, target, weight } => {
            let error = Error::invalid_data(format!(
                "the edge from {} to {} has the negative weight {weight}",
                name(source_node),
                name(target)
            ));
            match function {
                "sssp" => error.with_hint("algorithm => 'bellman_ford' allows negative weights"),
                _ => error,
            }
        }
        KernelError::NegativeCycle { nodes } => Error::invalid_data(format!(
            "the graph has a cycle of negative weight, so there is no shortest path: {}",
            path(&nodes)
        )),
        KernelError::Cycle { nodes } => {
            Error::invalid_data(format!("the graph has a cycle: {}", path(&nodes)))
        }
        KernelError::NotConverged { iterations, change, tolerance } => Error::new(
            ErrorKind::InvalidData,
            format!(
                "no convergence after {iterations} iterations: the last changed the result by {change:e}, more than {tolerance:e}"
            ),
        )
        .with_hint("raise max_iter or tol"),
        KernelError::InvalidOption { option, reason } => {
            Error::invalid_input(format!("parameter '{}' {reason}", parameter(option)))
        }
        KernelError::WrongKind { algorithm, needs } => {
            Error::invalid_input(format!("{algorithm} needs {needs}"))
        }
        other => Error::internal(other.to_string()),
    };
    match function {
        "" => error,
        function => error.context(function),
    }
}

/// The parameter behind a kernel's option, where the two are not called the same.
fn parameter(option: &str) -> &str {
    match option {
        "max_iterations" => "max_iter",
        "tolerance" => "tol",
        "samples" => "k",
        "count" => "k",
        "sink" => "target",
        other => other,
    }
}
