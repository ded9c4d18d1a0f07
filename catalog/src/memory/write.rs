//! The operator that changes a table: it runs its input, works out the edit, checks it and makes it, all
//! of it or none.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DFSchema, DFSchemaRef};
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, SessionState, TaskContext};
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning,
    PhysicalExpr, PlanProperties,
};
use extension::{Change, Error, Result};
use futures::{StreamExt, TryStreamExt};
use parking_lot::Mutex;

use super::apply::{Answer, Plan};
use super::buffers::Buffers;
use super::rules::Rules;
use super::scan::scanned;
use super::table::{MemoryTable, gone};

/// What a statement does with the rows of its input.
#[derive(Debug, Clone)]
pub(crate) enum Operation {
    /// The input is the columns that are written, in the table's order.
    Insert { conflict: Conflict },
    /// The input is the id of a row and the new values of `columns`.
    Update { columns: Vec<usize> },
    /// The input is the id of a row.
    Delete,
    /// The input is an action (see [`super::apply::action`]), the text of an error, the id of a row, and
    /// the columns that are written; an update writes `columns` of them.
    Merge { columns: Vec<usize> },
}

/// What an INSERT does with a row whose key is there already.
#[derive(Debug, Clone)]
pub(crate) enum Conflict {
    Fail,
    /// Leave the row out, if the key is the one or if none is named.
    Skip {
        key: Option<usize>,
    },
    /// Change the row that is there. The expressions see it, and the new one as `excluded`.
    Update {
        key: usize,
        assignments: Vec<(usize, Expr)>,
        condition: Option<Expr>,
        /// The name of the table in the expressions.
        alias: String,
    },
}

impl Operation {
    fn name(&self) -> &'static str {
        match self {
            Self::Insert { .. } => "Insert Into",
            Self::Update { .. } => "Update",
            Self::Delete => "Delete",
            Self::Merge { .. } => "Merge Into",
        }
    }

    /// Whether the input names rows of the table, so that nothing may change between its run and the edit.
    fn reads_rows(&self) -> bool {
        !matches!(self, Self::Insert { .. })
    }
}

/// A statement that changes the rows of a table.
#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) table: Arc<dyn TableProvider>,
    pub(crate) operation: Operation,
    /// The schema of the changed rows, if they are asked for; else the answer is their number.
    pub(crate) returning: Option<SchemaRef>,
}

/// The answer of a statement that returns no rows.
pub(crate) fn count_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("Count", DataType::Int64, false)]))
}

impl Write {
    /// The schema of the plan's node; rows are those of the table `name`.
    pub(crate) fn schema(
        &self,
        name: datafusion::common::TableReference,
    ) -> DataFusionResult<DFSchemaRef> {
        Ok(Arc::new(match &self.returning {
            Some(schema) => DFSchema::try_from_qualified_schema(name, schema)?,
            None => DFSchema::try_from(count_schema())?,
        }))
    }
}

#[async_trait]
impl Change for Write {
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = table_of(&self.table).map(|table| table.name().table.to_string());
        write!(f, "Dml: op=[{}] table=[{}]", self.operation.name(), name.unwrap_or_default())
    }

    async fn physical_plan(
        &self,
        input: Arc<dyn ExecutionPlan>,
        logical_input: &LogicalPlan,
        session: &dyn Session,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let table = Arc::clone(&self.table);
        let returning = self.returning.clone();
        Ok(WriteExec::plan(table, &self.operation, input, logical_input, returning, session)?)
    }
}

/// Our own table behind a provider.
pub(crate) fn table_of(provider: &Arc<dyn TableProvider>) -> Result<&MemoryTable> {
    provider
        .downcast_ref::<MemoryTable>()
        .ok_or_else(|| Error::internal("the table is not one in memory"))
}

/// The operator.
pub(crate) struct WriteExec {
    table: Arc<dyn TableProvider>,
    name: String,
    operation: Operation,
    plan: Arc<Plan>,
    input: Arc<dyn ExecutionPlan>,
    /// What the input was planned from, to plan it again if the table changed in between.
    logical_input: Arc<LogicalPlan>,
    session: Arc<SessionState>,
    properties: Arc<PlanProperties>,
}

impl WriteExec {
    pub(crate) fn plan(
        table: Arc<dyn TableProvider>,
        operation: &Operation,
        input: Arc<dyn ExecutionPlan>,
        logical_input: &LogicalPlan,
        returning: Option<SchemaRef>,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let state = session
            .as_any()
            .downcast_ref::<SessionState>()
            .ok_or_else(|| Error::internal("the session is not one of ours"))?;
        let schema = returning.clone().unwrap_or_else(count_schema);
        let memory = table_of(&table)?;
        let rules = Rules::of(memory, session)?;
        let plan = Plan::new(memory, operation, rules, returning, session)?;
        Ok(Arc::new(Self {
            name: memory.name().table.to_string(),
            table,
            operation: operation.clone(),
            plan: Arc::new(plan),
            input,
            logical_input: Arc::new(logical_input.clone()),
            session: Arc::new(state.clone()),
            properties: properties(schema),
        }))
    }
}

/// The properties of an operator that answers when its input has ended.
pub(crate) fn properties(schema: SchemaRef) -> Arc<PlanProperties> {
    Arc::new(PlanProperties::new(
        EquivalenceProperties::new(schema),
        Partitioning::UnknownPartitioning(1),
        EmissionType::Final,
        Boundedness::Bounded,
    ))
}

/// All rows of a plan, in the order of its partitions, charged to the query.
pub(crate) async fn collect(
    plan: &Arc<dyn ExecutionPlan>,
    context: &Arc<TaskContext>,
    consumer: &str,
) -> Result<(Vec<RecordBatch>, MemoryReservation)> {
    let reservation = MemoryConsumer::new(consumer).register(context.memory_pool());
    let held = Arc::new(Mutex::new((reservation.new_empty(), Buffers::default())));
    let mut tasks = vec![];
    for partition in 0..plan.output_partitioning().partition_count() {
        let mut stream = plan.execute(partition, Arc::clone(context))?;
        let held = Arc::clone(&held);
        tasks.push(SpawnedTask::spawn(async move {
            let mut batches = vec![];
            while let Some(batch) = stream.next().await {
                let batch = batch?;
                let (reservation, buffers) = &mut *held.lock();
                reservation.try_grow(buffers.add(&batch))?;
                batches.push(batch);
            }
            Ok::<_, DataFusionError>(batches)
        }));
    }
    let mut batches = vec![];
    for task in tasks {
        let rows =
            task.join().await.map_err(|_| Error::internal("an operator failed unexpectedly"))??;
        batches.extend(rows);
    }
    let held = held.lock().0.take();
    Ok((batches, held))
}

impl fmt::Debug for WriteExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteExec").field("table", &self.name).finish_non_exhaustive()
    }
}

impl DisplayAs for WriteExec {
    fn fmt_as(&self, t: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match t {
            DisplayFormatType::TreeRender => {
                writeln!(f, "op={}", self.operation.name())?;
                writeln!(f, "table={}", self.name)
            }
            _ => write!(f, "WriteExec: op=[{}], table=[{}]", self.operation.name(), self.name),
        }
    }
}

/// Runs the statement.
async fn run(
    table: Arc<dyn TableProvider>,
    plan: Arc<Plan>,
    reads_rows: bool,
    input: Arc<dyn ExecutionPlan>,
    logical_input: Arc<LogicalPlan>,
    session: Arc<SessionState>,
    context: Arc<TaskContext>,
) -> Result<Answer> {
    let memory = table_of(&table)?;
    let consumer = format!("rows for table {}", memory.name().table);
    let mut lock = None;
    let (rows, reservation) = match reads_rows {
        false => collect(&input, &context, &consumer).await?,
        true => {
            lock = Some(memory.write_lock().await);
            let now = memory.contents();
            let mut read = vec![];
            scanned(&input, memory, &mut read);
            let input = match read.iter().all(|contents| Arc::ptr_eq(contents, &now)) {
                true => input,
                // Another statement was done between the planning of this one and its turn.
                false => {
                    session
                        .query_planner()
                        .create_physical_plan(&logical_input, session.as_ref())
                        .await?
                }
            };
            collect(&input, &context, &consumer).await?
        }
    };
    let lock = match lock {
        Some(lock) => lock,
        None => memory.write_lock().await,
    };
    if !memory.is_current(session.as_ref()).await {
        return Err(gone(&memory.name().table));
    }
    let edited = plan.work_out(memory, &rows)?;
    drop((rows, reservation));
    // The last place at which a cancelled statement leaves the table as it was.
    tokio::task::yield_now().await;
    let answer = edited.commit(memory, &session.runtime_env().memory_pool)?;
    drop(lock);
    Ok(answer)
}

impl ExecutionPlan for WriteExec {
    fn name(&self) -> &'static str {
        "WriteExec"
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

    /// A table keeps its rows in the order of the query that gave them.
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
            return Err(Error::internal("a change has one input").into());
        };
        Ok(Arc::new(Self {
            table: Arc::clone(&self.table),
            name: self.name.clone(),
            operation: self.operation.clone(),
            plan: Arc::clone(&self.plan),
            input,
            logical_input: Arc::clone(&self.logical_input),
            session: Arc::clone(&self.session),
            properties: Arc::clone(&self.properties),
        }))
    }

    fn execute(
        &self,
        _partition: usize,
        context: Arc<TaskContext>,
    ) -> DataFusionResult<SendableRecordBatchStream> {
        let schema = self.schema();
        let work = run(
            Arc::clone(&self.table),
            Arc::clone(&self.plan),
            self.operation.reads_rows(),
            Arc::clone(&self.input),
            Arc::clone(&self.logical_input),
            Arc::clone(&self.session),
            context,
        );
        let counted = Arc::clone(&schema);
        let rows = futures::stream::once(async move {
            let batches = match work.await? {
                Answer::Rows(batches) => batches,
                Answer::Count(count) => {
                    let count = Arc::new(Int64Array::from(vec![count as i64]));
                    vec![RecordBatch::try_new(counted, vec![count])?]
                }
            };
            Ok::<_, DataFusionError>(futures::stream::iter(batches.into_iter().map(Ok)))
        })
        .try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}
