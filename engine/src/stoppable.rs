//! Filters of nested-loop joins that end with their query.
//!
//! A nested-loop join compares every row of one side with every row of the other, and yields only for
//! the next batch of an input or a full batch of its output. Where its filter rejects all pairs it would
//! keep its thread for hours, deaf to cancellation. So the filter asks, once for each chunk of pairs,
//! whether anybody still wants the answer.

use std::fmt::{self, Display};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema};
use arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{NestedLoopJoinExec, NestedLoopJoinExecBuilder};
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};
use tokio_util::sync::CancellationToken;

use crate::query::interrupted;

/// The join, whose filter fails once `stopped` is cancelled.
pub(crate) fn stoppable(
    join: &NestedLoopJoinExec,
    stopped: &CancellationToken,
) -> Result<Arc<dyn ExecutionPlan>> {
    let filter = join.filter().map(|filter| {
        let expression =
            Stoppable { filter: Arc::clone(filter.expression()), stopped: stopped.clone() };
        JoinFilter::new(
            Arc::new(expression),
            filter.column_indices().to_vec(),
            Arc::clone(filter.schema()),
        )
    });
    Ok(Arc::new(NestedLoopJoinExecBuilder::from(join).with_filter(filter).build()?))
}

/// A filter, and what says that its answers are no longer wanted.
#[derive(Debug, Clone)]
struct Stoppable {
    filter: Arc<dyn PhysicalExpr>,
    stopped: CancellationToken,
}

impl PartialEq for Stoppable {
    fn eq(&self, other: &Self) -> bool {
        self.filter.eq(&other.filter)
    }
}

impl Eq for Stoppable {}

impl Hash for Stoppable {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.filter.hash(state);
    }
}

impl Display for Stoppable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.filter.fmt(f)
    }
}

impl PhysicalExpr for Stoppable {
    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        match self.stopped.is_cancelled() {
            true => Err(interrupted().into()),
            false => self.filter.evaluate(batch),
        }
    }

    fn return_field(&self, input_schema: &Schema) -> Result<FieldRef> {
        self.filter.return_field(input_schema)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.filter]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let filter = children.pop().unwrap_or_else(|| Arc::clone(&self.filter));
        Ok(Arc::new(Self { filter, stopped: self.stopped.clone() }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.filter.fmt_sql(f)
    }
}
