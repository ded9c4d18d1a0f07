//! Rows of a step that are computed once for all steps that read them: in memory as long as the pool
//! grants it, then on disk.
//!
//! A spool is filled to its end before anybody reads it, so readers never wait for each other.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::spill_file::SpillFile;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, SpillMetrics};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{ExecutionPlan, SpillManager};
use extension::{Error, Result};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use parking_lot::Mutex;

/// The rows of a step, as a table.
pub(crate) struct Spool {
    schema: SchemaRef,
    /// Whether the rows stay in one sequence, because a sort put them into it.
    ordered: bool,
    content: Mutex<Option<Arc<Content>>>,
    /// What the rows were computed from, once that is known.
    fingerprint: Mutex<Option<String>>,
}

/// What a filled spool holds.
struct Content {
    memory: Vec<RecordBatch>,
    spilled: Option<(SpillManager, Arc<dyn SpillFile>)>,
    /// Given back with the rows.
    _reservation: MemoryReservation,
}

impl Spool {
    pub(crate) fn new(schema: SchemaRef, ordered: bool) -> Self {
        Self { schema, ordered, content: Mutex::default(), fingerprint: Mutex::default() }
    }

    /// Takes the rows; those that memory has no room for go to disk. Returns how many there are.
    pub(crate) async fn fill(
        &self,
        mut rows: BoxStream<'static, Result<RecordBatch>>,
        runtime: Arc<RuntimeEnv>,
    ) -> Result<u64> {
        let consumer = MemoryConsumer::new("WorkflowStep").with_can_spill(true);
        let reservation = consumer.register(&runtime.memory_pool);
        let metrics = SpillMetrics::new(&ExecutionPlanMetricsSet::new(), 0);
        let manager = SpillManager::new(runtime, metrics, Arc::clone(&self.schema));
        let mut memory = vec![];
        let mut file = None;
        let mut count = 0;
        while let Some(batch) = rows.next().await {
            let batch = batch?;
            if batch.num_rows() == 0 {
                continue;
            }
            count += batch.num_rows() as u64;
            let batch = RecordBatch::try_new(Arc::clone(&self.schema), batch.columns().to_vec())?;
            if file.is_none() && reservation.try_grow(batch.get_array_memory_size()).is_ok() {
                memory.push(batch);
                continue;
            }
            let file = match &mut file {
                Some(file) => file,
                None => file.insert(manager.create_in_progress_file("rows of a workflow step")?),
            };
            file.append_batch(&batch)?;
        }
        let spilled = match file {
            Some(mut file) => file.finish()?.map(|file| (manager, file)),
            None => None,
        };
        let content = Content { memory, spilled, _reservation: reservation };
        *self.content.lock() = Some(Arc::new(content));
        Ok(count)
    }

    /// Gives memory and disk back.
    pub(crate) fn clear(&self) {
        *self.content.lock() = None;
    }

    pub(crate) fn set_fingerprint(&self, fingerprint: Option<String>) {
        *self.fingerprint.lock() = fingerprint;
    }

    pub(crate) fn fingerprint(&self) -> Option<String> {
        self.fingerprint.lock().clone()
    }
}

impl fmt::Debug for Spool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spool").field("schema", &self.schema).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for Spool {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let content = self.content.lock().clone();
        let Some(content) = content else {
            // What is planned but not run, such as EXPLAIN, reads nothing.
            return Ok(MemorySourceConfig::try_new_exec(
                &[vec![]],
                self.schema(),
                projection.cloned(),
            )?);
        };
        let count = match self.ordered {
            true => 1,
            false => session.config().target_partitions().clamp(1, content.memory.len().max(1)),
        };
        if content.spilled.is_none() {
            let mut parts = vec![vec![]; count];
            for (index, batch) in content.memory.iter().enumerate() {
                parts[index % count].push(batch.clone());
            }
            return Ok(MemorySourceConfig::try_new_exec(
                &parts,
                self.schema(),
                projection.cloned(),
            )?);
        }
        let part = Part { schema: self.schema(), content };
        Ok(Arc::new(StreamingTableExec::try_new(
            self.schema(),
            vec![Arc::new(part)],
            projection,
            None,
            false,
            limit,
        )?))
    }
}

/// All rows of a spool that is partly on disk.
struct Part {
    schema: SchemaRef,
    content: Arc<Content>,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WorkflowStep")
    }
}

impl PartitionStream for Part {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let content = Arc::clone(&self.content);
        let memory = futures::stream::iter(content.memory.clone().into_iter().map(Ok));
        let spilled = match &content.spilled {
            None => Err(Error::internal("a spool lost its file").into()),
            Some((manager, file)) => manager.read_spill_as_stream(Arc::clone(file), None),
        };
        let spilled = futures::stream::once(async move { spilled }).try_flatten();
        // The rows are in the pool's account until the last reader is done.
        let rows = memory.chain(spilled).inspect(move |_| {
            let _ = &content;
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), rows))
    }
}
