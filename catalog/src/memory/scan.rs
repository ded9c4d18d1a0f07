//! Reading a table: DataFusion's memory source over the contents that the statement started with.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics};
use datafusion::datasource::memory::{DataSourceExec, MemorySourceConfig};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr::{EquivalenceProperties, LexOrdering, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::SchedulingType;
use datafusion::physical_plan::{DisplayFormatType, ExecutionPlan};
use datafusion_datasource::source::DataSource;

use super::contents::Contents;
use super::table::MemoryTable;

/// The scan of a table's contents at one moment.
#[derive(Debug, Clone)]
pub(crate) struct TableScan {
    source: MemorySourceConfig,
    /// What is read, by which a change finds out that it was planned over contents of the past.
    contents: Arc<Contents>,
    /// Whose contents they are.
    token: Arc<tokio::sync::Mutex<()>>,
}

impl TableScan {
    /// The operator over batches of the contents.
    pub(crate) fn plan(
        table: &MemoryTable,
        contents: &Arc<Contents>,
        batches: Vec<RecordBatch>,
        schema: SchemaRef,
        projection: Option<Vec<usize>>,
        show_sizes: bool,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let source = MemorySourceConfig::try_new(&[batches], schema, projection)?
            .with_show_sizes(show_sizes);
        let token = Arc::clone(table.token());
        let scan = Self { source, contents: Arc::clone(contents), token };
        Ok(DataSourceExec::from_data_source(scan))
    }

    fn with_source(&self, source: &Arc<dyn DataSource>) -> Option<Arc<dyn DataSource>> {
        let source = source.downcast_ref::<MemorySourceConfig>()?.clone();
        Some(Arc::new(Self {
            source,
            contents: Arc::clone(&self.contents),
            token: Arc::clone(&self.token),
        }))
    }
}

/// The contents that the scans of a table in a plan read.
pub(crate) fn scanned(
    plan: &Arc<dyn ExecutionPlan>,
    table: &MemoryTable,
    found: &mut Vec<Arc<Contents>>,
) {
    if let Some(scan) = plan
        .downcast_ref::<DataSourceExec>()
        .and_then(|exec| exec.data_source().downcast_ref::<TableScan>())
        && Arc::ptr_eq(&scan.token, table.token())
    {
        found.push(Arc::clone(&scan.contents));
    }
    for child in plan.children() {
        scanned(child, table, found);
    }
}

impl DataSource for TableScan {
    fn open(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        self.source.open(partition, context)
    }

    fn fmt_as(&self, t: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt_as(t, f)
    }

    fn repartitioned(
        &self,
        target_partitions: usize,
        repartition_file_min_size: usize,
        output_ordering: Option<LexOrdering>,
    ) -> Result<Option<Arc<dyn DataSource>>> {
        let source = self.source.repartitioned(
            target_partitions,
            repartition_file_min_size,
            output_ordering,
        )?;
        Ok(source.and_then(|source| self.with_source(&source)))
    }

    fn output_partitioning(&self) -> Partitioning {
        self.source.output_partitioning()
    }

    fn eq_properties(&self) -> EquivalenceProperties {
        self.source.eq_properties()
    }

    fn scheduling_type(&self) -> SchedulingType {
        self.source.scheduling_type()
    }

    fn partition_statistics(&self, partition: Option<usize>) -> Result<Arc<Statistics>> {
        self.source.partition_statistics(partition)
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn DataSource>> {
        self.with_source(&self.source.with_fetch(limit)?)
    }

    fn fetch(&self) -> Option<usize> {
        self.source.fetch()
    }

    fn try_swapping_with_projection(
        &self,
        projection: &ProjectionExprs,
    ) -> Result<Option<Arc<dyn DataSource>>> {
        let source = self.source.try_swapping_with_projection(projection)?;
        Ok(source.and_then(|source| self.with_source(&source)))
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.source.apply_expressions(f)
    }
}
