//! The logical node of our operators.

use std::fmt;

use datafusion::common::DFSchemaRef;
use datafusion::common::plan_err;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};

/// How rows are chosen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Hash)]
pub(super) enum Method {
    /// Each row by itself, with this chance in a million.
    Bernoulli(u32),
    /// Each batch by itself, with this chance in a million.
    System(u32),
    /// This many rows.
    Rows(usize),
    /// This share of the rows, in millionths.
    Share(u32),
}

/// What an operator does with its inputs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Hash)]
pub(super) enum Operation {
    /// The first row of the left with the first of the right, and so on.
    Positional,
    /// The nearest row of the right for each of the left. The expressions are the keys of the left and
    /// its order, and then the same of the right.
    Asof {
        /// Whether rows of the left without a match stay.
        keep_left: bool,
        /// Whether the nearest is the last one at or before, and not the first one at or after.
        backward: bool,
        /// Whether the order may be equal.
        equal: bool,
    },
    /// Some of the rows.
    Sample { method: Method, seed: Option<u64> },
    /// The first rows. The second input tells how many, and the third how many come before them.
    Limit { is_percent: bool },
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct OperatorNode {
    pub(super) operation: Operation,
    pub(super) inputs: Vec<LogicalPlan>,
    pub(super) exprs: Vec<Expr>,
    pub(super) schema: DFSchemaRef,
}

// The schema has no order, and follows from the rest.
impl PartialOrd for OperatorNode {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        let key = |node: &Self| (node.operation.clone(), node.inputs.clone(), node.exprs.clone());
        key(self).partial_cmp(&key(other)).filter(|order| order.is_ne() || self == other)
    }
}

impl UserDefinedLogicalNodeCore for OperatorNode {
    fn name(&self) -> &str {
        match &self.operation {
            Operation::Positional => "PositionalJoin",
            Operation::Asof { .. } => "AsofJoin",
            Operation::Sample { .. } => "Sample",
            Operation::Limit { .. } => "LimitByQuery",
        }
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        self.inputs.iter().collect()
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        self.exprs.clone()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name())?;
        match &self.operation {
            Operation::Positional => Ok(()),
            Operation::Asof { keep_left, backward, equal } => {
                let (left, right) = self.exprs.split_at(self.exprs.len() / 2);
                let sign = match (backward, equal) {
                    (true, true) => ">=",
                    (true, false) => ">",
                    (false, true) => "<=",
                    (false, false) => "<",
                };
                let kind = if *keep_left { "Left" } else { "Inner" };
                write!(f, ": {kind}")?;
                let last = left.len().saturating_sub(1);
                for (index, (left, right)) in left.iter().zip(right).enumerate() {
                    let sign = if index == last { sign } else { "=" };
                    write!(f, ", {left} {sign} {right}")?;
                }
                Ok(())
            }
            Operation::Sample { method, seed } => {
                write!(f, ": {method:?}")?;
                seed.map_or(Ok(()), |seed| write!(f, ", seed={seed}"))
            }
            Operation::Limit { is_percent } => {
                write!(f, ": {}", if *is_percent { "percent" } else { "rows" })
            }
        }
    }

    fn with_exprs_and_inputs(
        &self,
        exprs: Vec<Expr>,
        inputs: Vec<LogicalPlan>,
    ) -> DataFusionResult<Self> {
        if inputs.len() != self.inputs.len() || exprs.len() != self.exprs.len() {
            return plan_err!("{} has other inputs", self.name());
        }
        let schema = match (&self.operation, inputs.as_slice()) {
            (Operation::Positional | Operation::Asof { .. }, _) => DFSchemaRef::clone(&self.schema),
            (_, [input, ..]) => DFSchemaRef::clone(input.schema()),
            _ => DFSchemaRef::clone(&self.schema),
        };
        Ok(Self { operation: self.operation.clone(), inputs, exprs, schema })
    }
}
