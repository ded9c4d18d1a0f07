//! What a graph function is: a manual, and how a call becomes an algorithm.

use std::fmt;
use std::sync::Arc;

use algorithms::{Graph, Node, Run};
use arrow::datatypes::FieldRef;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::sqlparser::ast::FunctionArg;
use extension::{Error, Parameter, RelationCall, RelationFunction, Result, Signature};

use crate::bind::Binder;
use crate::errors::Failure;
use crate::ids::{Ids, display};
use crate::lists::Collected;
use crate::named::GraphStore;
use crate::output::Output;
use crate::resources::Figures;

/// One function.
pub(crate) struct GraphFunction {
    /// The manual.
    pub(crate) signature: Signature,
    /// Reads the arguments of a call.
    pub(crate) bind: fn(&mut Binder<'_>) -> Result<Algorithm>,
}

impl fmt::Debug for GraphFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GraphFunction").field(&self.signature.name).finish()
    }
}

/// The schema of the functions, as in `graph.pagerank`.
pub(crate) const SCHEMA: &str = "graph";

type Work = dyn Fn(&Context<'_>) -> Result<Output, Failure> + Send + Sync;

/// An algorithm with its options: the columns of its result, and what makes them.
pub(crate) struct Algorithm {
    /// The columns.
    pub(crate) fields: Vec<FieldRef>,
    /// How many of the first columns the rows are sorted by.
    pub(crate) sorted_by: usize,
    pub(crate) work: Box<Work>,
}

impl Algorithm {
    /// An algorithm whose rows are sorted by its first column.
    pub(crate) fn new(
        fields: impl Into<Vec<FieldRef>>,
        work: impl Fn(&Context<'_>) -> Result<Output, Failure> + Send + Sync + 'static,
    ) -> Self {
        Self { fields: fields.into(), sorted_by: 1, work: Box::new(work) }
    }

    /// Sorted by that many of the first columns.
    pub(crate) fn sorted_by(mut self, columns: usize) -> Self {
        self.sorted_by = columns;
        self
    }
}

impl fmt::Debug for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Algorithm").field("fields", &self.fields).finish_non_exhaustive()
    }
}

/// What an algorithm works on.
pub(crate) struct Context<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) ids: &'a Ids,
    pub(crate) run: &'a Run,
    pub(crate) node_values: &'a [Vec<f64>],
    pub(crate) lists: &'a [Collected],
    pub(crate) figures: &'a Figures,
}

/// A list of nodes among the arguments of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct List {
    pub(crate) index: usize,
    pub(crate) parameter: &'static str,
}

impl Context<'_> {
    /// A row for each node.
    pub(crate) fn output(&self) -> Output {
        Output::of_nodes(self.graph.nodes())
    }

    /// The nodes of a list, in its order.
    pub(crate) fn nodes(&self, list: List) -> Result<Vec<Node>, Failure> {
        self.column(list, 0)
    }

    /// The one node of a list.
    pub(crate) fn node(&self, list: List) -> Result<Node, Failure> {
        match self.nodes(list)?.as_slice() {
            [node] => Ok(*node),
            nodes => {
                let message = format!("'{}' must be one node, not {}", list.parameter, nodes.len());
                Err(Error::invalid_input(message).into())
            }
        }
    }

    /// A column of the table of nodes, which must have a value for each node.
    pub(crate) fn node_values(&self, column: usize, parameter: &str) -> Result<&[f64], Failure> {
        let values = self.raw_node_values(column);
        match values.iter().position(|value| !value.is_finite()) {
            None => Ok(values),
            Some(node) => {
                let node = self.ids.display(node as Node);
                Err(Error::invalid_data(format!("node {node} has no {parameter}")).into())
            }
        }
    }

    /// A column of the table of nodes, with NaN where it has no value.
    pub(crate) fn raw_node_values(&self, column: usize) -> &[f64] {
        self.node_values.get(column).map_or(&[], Vec::as_slice)
    }

    /// The pairs of nodes of a list.
    pub(crate) fn pairs(&self, list: List) -> Result<Vec<(Node, Node)>, Failure> {
        Ok(self.column(list, 0)?.into_iter().zip(self.column(list, 1)?).collect())
    }

    /// The nodes of a list with the numbers beside them.
    pub(crate) fn weighted_nodes(&self, list: List) -> Result<Vec<(Node, f64)>, Failure> {
        let nodes = self.column(list, 0)?;
        let values = match self.lists.get(list.index) {
            Some(found) if found.values.len() == nodes.len() => found.values.clone(),
            _ => vec![1.0; nodes.len()],
        };
        Ok(nodes.into_iter().zip(values).collect())
    }

    fn column(&self, list: List, column: usize) -> Result<Vec<Node>, Failure> {
        let Some(ids) = self.lists.get(list.index).and_then(|list| list.ids.get(column)) else {
            return Ok(vec![]);
        };
        let found = self.ids.find(ids)?;
        if let Some(row) = found.iter().position(Option::is_none) {
            return Err(Error::not_found(format!(
                "'{}': node {} is not in the graph",
                list.parameter,
                display(ids, row)
            ))
            .with_hint("nodes without edges are known by nodes => table")
            .into());
        }
        Ok(found.into_iter().flatten().collect())
    }
}

/// The parameters that every function has after its own.
pub(crate) const EDGES: Parameter = Parameter {
    name: "edges",
    type_name: "TABLE",
    default: None,
    description: "the edges: a table, file, query or named graph; ends are the columns named src and dst (or source and target, from and to), else the first two",
};
pub(crate) const NODES: Parameter = Parameter {
    name: "nodes",
    type_name: "TABLE",
    default: Some("the ends of the edges"),
    description: "nodes that may have no edge, by the first column",
};
pub(crate) const SOURCE_COLUMN: Parameter = Parameter {
    name: "source_column",
    type_name: "VARCHAR",
    default: Some("see edges"),
    description: "the column of edges that names where an edge starts",
};
pub(crate) const TARGET_COLUMN: Parameter = Parameter {
    name: "target_column",
    type_name: "VARCHAR",
    default: Some("see edges"),
    description: "the column of edges that names where an edge ends",
};
pub(crate) const DIRECTED: Parameter = Parameter {
    name: "directed",
    type_name: "BOOLEAN",
    default: Some("true"),
    description: "whether an edge leads only one way",
};
pub(crate) const WEIGHT: Parameter = Parameter {
    name: "weight",
    type_name: "VARCHAR",
    default: Some("NULL"),
    description: "the column of edges that says what an edge weighs; without one each weighs 1",
};
pub(crate) const WEIGHT_IF_THERE: Parameter =
    Parameter { default: Some("'weight' if there is such a column"), ..WEIGHT };
pub(crate) const DIRECTION: Parameter = Parameter {
    name: "direction",
    type_name: "VARCHAR",
    default: Some("'out'"),
    description: "which way edges are followed: 'out', 'in' or 'both'",
};
pub(crate) const SEED: Parameter = Parameter {
    name: "seed",
    type_name: "BIGINT",
    default: Some("42"),
    description: "what the random choices come from: the same seed gives the same result",
};

/// Nodes that a function starts from.
pub(crate) const fn nodes_parameter(name: &'static str, description: &'static str) -> Parameter {
    Parameter { name, type_name: "ANY | ANY[] | TABLE", default: None, description }
}

/// A parameter of a function's own.
pub(crate) const fn option(
    name: &'static str,
    type_name: &'static str,
    default: &'static str,
    description: &'static str,
) -> Parameter {
    Parameter { name, type_name, default: Some(default), description }
}

/// The parameters of a function: `edges`, its own, and those that all have.
macro_rules! parameters {
    ($($own:expr),* $(,)?) => {
        &[
            $crate::function::EDGES,
            $($own,)*
            $crate::function::NODES,
            $crate::function::DIRECTED,
            $crate::function::SOURCE_COLUMN,
            $crate::function::TARGET_COLUMN,
        ]
    };
}
pub(crate) use parameters;

/// A function as the planner calls it.
#[derive(Debug)]
pub(crate) struct Callable {
    pub(crate) function: &'static GraphFunction,
    pub(crate) store: Arc<GraphStore>,
}

impl RelationFunction for Callable {
    fn signature(&self) -> &Signature {
        &self.function.signature
    }

    fn schema(&self) -> &'static str {
        SCHEMA
    }

    fn object(&self, name: &str) -> Option<Vec<FunctionArg>> {
        Some(self.store.get(name)?.arguments.clone())
    }

    fn plan(&self, call: &RelationCall<'_>) -> Result<LogicalPlan> {
        let mut binder = Binder::new(self.function, call, &self.store)?;
        let algorithm = (self.function.bind)(&mut binder)?;
        binder.finish(algorithm)
    }
}
