//! The operator of a statement that only acts, such as CREATE TABLE: it runs its input, does its work and
//! answers with nothing, or with the number of rows that it took.

use std::fmt;
use std::sync::Arc;

use arrow::array::Int64Array;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DFSchema, DFSchemaRef};
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::{SendableRecordBatchStream, SessionState, TaskContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties,
};
use extension::{Change, ChangeNode, Error, Result};
use futures::TryStreamExt;

use super::write::{collect, count_schema, properties};

/// What such a statement does.
#[async_trait]
pub(crate) trait Task: fmt::Debug + Send + Sync {
    /// How EXPLAIN shows it.
    fn describe(&self) -> String;

    /// Whether there is work at all; if not, the input is not run.
    async fn is_needed(&self, _state: &SessionState) -> Result<bool> {
        Ok(true)
    }

    /// Whether the answer is the number of rows of the input, as that of CREATE TABLE … AS is.
    fn counts(&self) -> bool {
        false
    }

    /// Does it, with the rows of the input.
    async fn run(&self, rows: Vec<RecordBatch>, state: &SessionState) -> Result<()>;
}

/// The plan of a task over a query.
pub(crate) fn plan(task: impl Task + 'static, input: LogicalPlan) -> Result<LogicalPlan> {
    let schema: DFSchemaRef = Arc::new(DFSchema::try_from(answer(&task))?);
    Ok(ChangeNode::plan(Arc::new(TaskChange(Arc::new(task))), input, schema))
}

/// The columns of the task's answer.
fn answer(task: &dyn Task) -> SchemaRef {
    match task.counts() {
        true => count_schema(),
        false => Arc::new(Schema::empty()),
    }
}

#[derive(Debug)]
struct TaskChange(Arc<dyn Task>);

#[async_trait]
impl Change for TaskChange {
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.describe())
    }

    async fn physical_plan(
        &self,
        input: Arc<dyn ExecutionPlan>,
        _logical_input: &LogicalPlan,
        session: &dyn Session,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let Some(state) = session.as_any().downcast_ref::<SessionState>() else {
            return Err(Error::internal("the session is not one of ours").into());
        };
        Ok(Arc::new(TaskExec {
            properties: properties(answer(self.0.as_ref())),
            task: Arc::clone(&self.0),
            input,
            state: Arc::new(state.clone()),
        }))
    }
}

#[derive(Debug)]
struct TaskExec {
    task: Arc<dyn Task>,
    input: Arc<dyn ExecutionPlan>,
    state: Arc<SessionState>,
    properties: Arc<PlanProperties>,
}

impl DisplayAs for TaskExec {
    fn fmt_as(&self, t: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match t {
            DisplayFormatType::TreeRender => writeln!(f, "{}", self.task.describe()),
            _ => write!(f, "TaskExec: {}", self.task.describe()),
        }
    }
}

impl ExecutionPlan for TaskExec {
    fn name(&self) -> &'static str {
        "TaskExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    /// A table keeps its rows in the order of the query that made it.
    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DataFusionResult<TreeNodeRecursion>,
    ) -> DataFusionResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let Some(input) = children.pop() else {
            return Err(Error::internal("a task has one input").into());
        };
        Ok(Arc::new(Self {
            task: Arc::clone(&self.task),
            input,
            state: Arc::clone(&self.state),
            properties: Arc::clone(&self.properties),
        }))
    }

    fn execute(
        &self,
        _partition: usize,
        context: Arc<TaskContext>,
    ) -> DataFusionResult<SendableRecordBatchStream> {
        let (task, input, state) =
            (Arc::clone(&self.task), Arc::clone(&self.input), Arc::clone(&self.state));
        let rows = futures::stream::once(async move {
            let mut answers = vec![];
            if task.is_needed(&state).await? {
                let (rows, held) = collect(&input, &context, "rows of a new table").await?;
                // The table claims the memory itself.
                drop(held);
                let count: usize = rows.iter().map(RecordBatch::num_rows).sum();
                task.run(rows, &state).await?;
                if task.counts() {
                    let count = Arc::new(Int64Array::from(vec![count as i64]));
                    answers.push(Ok(RecordBatch::try_new(count_schema(), vec![count])?));
                }
            }
            Ok::<_, DataFusionError>(futures::stream::iter(answers))
        })
        .try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows)))
    }
}
