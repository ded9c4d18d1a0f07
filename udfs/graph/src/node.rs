//! The logical node of a call: its inputs are ordinary plans, which the optimizer works on.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::common::{DFSchemaRef, plan_err};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};

use crate::build::Shape;
use crate::function::{Algorithm, GraphFunction};
use crate::lists::Source;

/// What is to be done with the inputs.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) function: &'static GraphFunction,
    pub(crate) algorithm: Algorithm,
    pub(crate) shape: Shape,
    pub(crate) lists: Vec<Source>,
    /// The arguments that are no tables, as text. With the function and the inputs it tells calls apart.
    pub(crate) options: String,
    /// The named graph that the edges are of.
    pub(crate) graph: Option<String>,
}

impl Call {
    /// The call as EXPLAIN shows it.
    pub(crate) fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.function.signature.name)?;
        if let Some(graph) = &self.graph {
            write!(f, " of graph {graph}")?;
        }
        match self.options.is_empty() {
            true => Ok(()),
            false => write!(f, ", {}", self.options),
        }
    }
}

/// A call of a graph function. Its inputs are the edges, the nodes if they were given, and the lists that
/// are queries.
#[derive(Debug, Clone)]
pub(crate) struct GraphNode {
    pub(crate) call: Arc<Call>,
    pub(crate) inputs: Vec<LogicalPlan>,
    pub(crate) schema: DFSchemaRef,
}

impl GraphNode {
    fn key(&self) -> (&'static str, &Shape, &str, &[LogicalPlan]) {
        (self.call.function.signature.name, &self.call.shape, &self.call.options, &self.inputs)
    }
}

impl PartialEq for GraphNode {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for GraphNode {}

impl Hash for GraphNode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl PartialOrd for GraphNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let key = |node: &Self| (node.call.function.signature.name, node.call.options.clone());
        let order = key(self).partial_cmp(&key(other))?;
        let order = match order {
            Ordering::Equal => self.inputs.partial_cmp(&other.inputs)?,
            other => other,
        };
        (order.is_ne() || self == other).then_some(order)
    }
}

impl UserDefinedLogicalNodeCore for GraphNode {
    fn name(&self) -> &str {
        "Graph"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        self.inputs.iter().collect()
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        vec![]
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Graph: ")?;
        self.call.describe(f)
    }

    fn with_exprs_and_inputs(
        &self,
        _exprs: Vec<Expr>,
        inputs: Vec<LogicalPlan>,
    ) -> DataFusionResult<Self> {
        if inputs.len() != self.inputs.len() {
            return plan_err!("a graph function has other inputs");
        }
        Ok(Self { call: Arc::clone(&self.call), inputs, schema: Arc::clone(&self.schema) })
    }

    // Every column of an input is one that the operator reads.
    fn necessary_children_exprs(&self, _output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let all = self.inputs.iter().map(|input| (0..input.schema().fields().len()).collect());
        Some(all.collect())
    }
}
