//! Positional joins: rows side by side in the order in which they come.

use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, new_null_array};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::LogicalPlan;
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::sql::sqlparser::ast::TableFactor;
use futures::TryStreamExt;

use super::node::{Operation, OperatorNode};
use super::plan::{finish, joined_schema};

/// The node of a positional join.
pub(super) fn plan(
    left: TableFactor,
    right: TableFactor,
    context: &mut dyn RelationPlannerContext,
) -> DataFusionResult<LogicalPlan> {
    let left = context.plan(left)?;
    let right = context.plan(right)?;
    let schema = Arc::new(joined_schema(&left, &right, (true, true))?);
    let inputs = vec![left, right];
    finish(OperatorNode { operation: Operation::Positional, inputs, exprs: vec![], schema })
}

/// Two streams side by side; the shorter one ends in NULLs.
pub(super) fn execute(
    schema: SchemaRef,
    left: SendableRecordBatchStream,
    right: SendableRecordBatchStream,
) -> SendableRecordBatchStream {
    let made = Arc::clone(&schema);
    let sides = (Side::new(left), Side::new(right));
    let batches = futures::stream::try_unfold(sides, move |(mut left, mut right)| {
        let schema = Arc::clone(&made);
        async move {
            left.fill().await?;
            right.fill().await?;
            let rows = match (left.rows(), right.rows()) {
                (0, 0) => return Ok(None),
                (0, rows) | (rows, 0) => rows,
                (left, right) => left.min(right),
            };
            let mut columns = left.take(rows);
            columns.extend(right.take(rows));
            let batch = RecordBatch::try_new(schema, columns)?;
            Ok(Some((batch, (left, right))))
        }
    });
    Box::pin(datafusion::physical_plan::stream::RecordBatchStreamAdapter::new(schema, batches))
}

/// One input: what was read and not handed on yet.
struct Side {
    stream: SendableRecordBatchStream,
    schema: SchemaRef,
    rest: Option<RecordBatch>,
    ended: bool,
}

impl Side {
    fn new(stream: SendableRecordBatchStream) -> Self {
        Self { schema: stream.schema(), stream, rest: None, ended: false }
    }

    async fn fill(&mut self) -> DataFusionResult<()> {
        while !self.ended && self.rows() == 0 {
            match self.stream.try_next().await? {
                Some(batch) => self.rest = Some(batch),
                None => self.ended = true,
            }
        }
        Ok(())
    }

    fn rows(&self) -> usize {
        self.rest.as_ref().map_or(0, RecordBatch::num_rows)
    }

    /// The next rows, or NULLs behind the end.
    fn take(&mut self, rows: usize) -> Vec<datafusion::arrow::array::ArrayRef> {
        match self.rest.take() {
            Some(batch) if batch.num_rows() > 0 => {
                let columns = batch.slice(0, rows).columns().to_vec();
                self.rest = Some(batch.slice(rows, batch.num_rows() - rows));
                columns
            }
            _ => self
                .schema
                .fields()
                .iter()
                .map(|field| new_null_array(field.data_type(), rows))
                .collect(),
        }
    }
}

/// All batches of a stream as one.
pub(super) async fn whole(stream: SendableRecordBatchStream) -> DataFusionResult<RecordBatch> {
    let schema = stream.schema();
    let batches: Vec<RecordBatch> = stream.try_collect().await?;
    Ok(concat_batches(&schema, &batches)?)
}
