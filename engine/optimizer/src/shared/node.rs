//! A part of a plan that stands in several places, in each of which is one of these nodes.

use std::cmp::Ordering;
use std::fmt;
use std::sync::atomic::{self, AtomicU64};

use datafusion::common::{DFSchemaRef, Result, internal_err};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};

static GROUPS: AtomicU64 = AtomicU64::new(1);

/// A number for the nodes of one part.
pub(super) fn next_group() -> u64 {
    GROUPS.fetch_add(1, atomic::Ordering::Relaxed)
}

/// One of the places of a part.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct SharedNode {
    /// The places with this number have the same input.
    pub(super) group: u64,
    input: LogicalPlan,
}

impl SharedNode {
    pub(super) fn plan(group: u64, input: LogicalPlan) -> LogicalPlan {
        LogicalPlan::Extension(Extension { node: std::sync::Arc::new(Self { group, input }) })
    }
}

impl PartialOrd for SharedNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self.group, &self.input).partial_cmp(&(other.group, &other.input))
    }
}

impl UserDefinedLogicalNodeCore for SharedNode {
    fn name(&self) -> &'static str {
        "Shared"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        vec![]
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }

    fn with_exprs_and_inputs(
        &self,
        _exprs: Vec<Expr>,
        mut inputs: Vec<LogicalPlan>,
    ) -> Result<Self> {
        match (inputs.pop(), inputs.is_empty()) {
            (Some(input), true) => Ok(Self { group: self.group, input }),
            _ => internal_err!("a shared part has one input"),
        }
    }
}
