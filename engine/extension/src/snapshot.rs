//! A table whose rows are made anew at each scan, for the `system` schema.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use crate::Result;

type Snapshot = dyn Fn(&dyn Session) -> Result<RecordBatch> + Send + Sync;

/// A read-only table over a function that looks at the session.
pub struct SnapshotTable {
    schema: SchemaRef,
    snapshot: Arc<Snapshot>,
}

impl SnapshotTable {
    /// A table of `schema` whose rows `snapshot` makes.
    pub fn new(
        schema: SchemaRef,
        snapshot: impl Fn(&dyn Session) -> Result<RecordBatch> + Send + Sync + 'static,
    ) -> Self {
        Self { schema, snapshot: Arc::new(snapshot) }
    }
}

impl fmt::Debug for SnapshotTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnapshotTable").field("schema", &self.schema).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for SnapshotTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let batch = (self.snapshot)(state)?;
        Ok(MemorySourceConfig::try_new_exec(&[vec![batch]], self.schema(), projection.cloned())?)
    }
}
