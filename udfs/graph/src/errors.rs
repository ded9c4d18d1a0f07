//! Errors of the kernels, which know nodes by number, in the words of the user's identifiers.

use algorithms::{Error as KernelError, Node};
use datafusion::execution::memory_pool::human_readable_size;
use extension::{Error, ErrorKind};

use crate::ids::Ids;
use crate::resources::Account;

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

/// Where an error happened: in which graph, as far as it was known, and in which function.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// Empty while the graph is built.
    pub(crate) function: &'a str,
    /// What the nodes are called, once that is known.
    pub(crate) ids: Option<&'a Ids>,
    /// The edges that were read or are known to come.
    pub(crate) edges: usize,
    /// The memory of the graph, and that of the function.
    pub(crate) accounts: &'a [&'a Account],
}

impl Place<'_> {
    /// The error of a graph for which the memory is not enough: how large it is, what it needs, and what
    /// there is.
    pub(crate) fn too_large(&self, what: &str, bytes: usize) -> Error {
        let edges = self.edges;
        let size = match self.ids {
            Some(ids) => format!("{} nodes and {edges} edges", ids.len()),
            None => format!("{edges} edges"),
        };
        let taken: usize = self.accounts.iter().map(|account| account.size()).sum();
        let needed = human_readable_size(taken.saturating_add(bytes));
        let mut message =
            format!("the graph does not fit into memory: with {what}, {size} need {needed}");
        if let Some(limit) = self.accounts.iter().find_map(|account| account.limit()) {
            message.push_str(&format!(", and the limit is {}", human_readable_size(limit)));
        }
        Error::new(ErrorKind::ResourcesExhausted, message).with_hint(
            "raise the limit, as in SET memory_limit = '8GB', or filter the edges; a graph takes about 24 bytes \
             an edge while it is read",
        )
    }
}

/// The error as the user reads it.
pub(crate) fn explain(error: KernelError, place: &Place<'_>) -> Error {
    let (ids, function) = (place.ids, place.function);
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
        KernelError::Memory { what, bytes, .. } => place.too_large(what, bytes),
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
        .with_hint(match (function, change.is_finite()) {
            ("katz", _) => "a smaller alpha settles: one below the inverse of the greatest eigenvalue",
            (_, true) => "raise max_iter or tol",
            (_, false) => "the scores grow without bounds",
        }),
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
