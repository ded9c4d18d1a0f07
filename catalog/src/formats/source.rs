//! The one DataFusion file source for every format that does not bring its own.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::datatypes::SchemaRef;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{
    FileOpenFuture, FileOpener, FileScanConfig, FileSource,
};
use datafusion::datasource::projection::{ProjectionOpener, SplitProjection};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::physical_expr::utils::{collect_columns, conjunction};
use datafusion::physical_expr::{PhysicalExpr, projection::ProjectionExprs};
use datafusion::physical_expr_adapter::BatchAdapterFactory;
use datafusion::physical_plan::filter_pushdown::{FilterPushdownPropagation, PushedDown};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::{DisplayFormatType, apply_expression_roots};
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectStore;

use super::{Batches, OpenRequest, Reader, ScannedFile};

/// A reader in DataFusion's scan.
#[derive(Clone)]
pub(crate) struct FormatSource {
    reader: Arc<dyn Reader>,
    table_schema: TableSchema,
    projection: SplitProjection,
    predicate: Option<Arc<dyn PhysicalExpr>>,
    batch_size: usize,
    /// The column of the file schema that counts the rows of each file.
    row_number: Option<usize>,
    /// False when one of the files must be read from its start.
    splits: bool,
    metrics: ExecutionPlanMetricsSet,
}

impl FormatSource {
    /// A source over all columns.
    pub(crate) fn new(
        reader: Arc<dyn Reader>,
        table_schema: TableSchema,
        row_number: Option<usize>,
        splits: bool,
    ) -> Self {
        Self {
            reader,
            projection: SplitProjection::unprojected(&table_schema),
            table_schema,
            predicate: None,
            batch_size: 8192,
            row_number,
            splits: splits && row_number.is_none(),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }
}

impl FileSource for FormatSource {
    fn create_file_opener(
        &self,
        store: Arc<dyn ObjectStore>,
        config: &FileScanConfig,
        _partition: usize,
    ) -> Result<Arc<dyn FileOpener>> {
        let file_schema = self.table_schema.file_schema();
        let opener = Opener {
            reader: Arc::clone(&self.reader),
            store,
            schema: Arc::new(file_schema.project(&self.projection.file_indices)?),
            row_number: self.row_number.and_then(|wanted| {
                self.projection.file_indices.iter().position(|index| *index == wanted)
            }),
            batch_size: config.batch_size.unwrap_or(self.batch_size),
            predicate: self.predicate.clone(),
            config: Arc::new(config.clone()),
        };
        ProjectionOpener::try_new(self.projection.clone(), Arc::new(opener), file_schema)
    }

    fn table_schema(&self) -> &TableSchema {
        &self.table_schema
    }

    fn with_batch_size(&self, batch_size: usize) -> Arc<dyn FileSource> {
        Arc::new(Self { batch_size, ..self.clone() })
    }

    fn filter(&self) -> Option<Arc<dyn PhysicalExpr>> {
        self.predicate.clone()
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        Some(&self.projection.source)
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        &self.metrics
    }

    fn file_type(&self) -> &str {
        self.reader.name()
    }

    fn supports_repartitioning(&self) -> bool {
        self.splits
    }

    fn try_pushdown_filters(
        &self,
        filters: Vec<Arc<dyn PhysicalExpr>>,
        _config: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn FileSource>>> {
        // The reader only skips what cannot match, so every filter stays above the scan as well. Rows
        // that are numbered must all be seen.
        let answer = FilterPushdownPropagation::with_parent_pushdown_result(vec![
            PushedDown::No;
            filters.len()
        ]);
        // A column of the folders may have the name of one that is stored.
        let stored = self.table_schema.file_schema().fields().len();
        let filters: Vec<_> = filters
            .into_iter()
            .filter(|filter| collect_columns(filter).iter().all(|column| column.index() < stored))
            .collect();
        if !self.reader.uses_predicate() || self.row_number.is_some() || filters.is_empty() {
            return Ok(answer);
        }
        let predicate = conjunction(self.predicate.iter().cloned().chain(filters));
        Ok(answer.with_updated_node(Arc::new(Self { predicate: Some(predicate), ..self.clone() })))
    }

    fn try_pushdown_projection(
        &self,
        projection: &ProjectionExprs,
    ) -> Result<Option<Arc<dyn FileSource>>> {
        let merged = self.projection.source.try_merge(projection)?;
        let projection = SplitProjection::new(self.table_schema.file_schema(), &merged);
        Ok(Some(Arc::new(Self { projection, ..self.clone() })))
    }

    fn fmt_extra(&self, style: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.predicate, style) {
            (Some(predicate), DisplayFormatType::Default | DisplayFormatType::Verbose) => {
                write!(f, ", predicate={predicate}")
            }
            (Some(predicate), DisplayFormatType::TreeRender) => {
                writeln!(f, "predicate={predicate}")
            }
            (None, _) => Ok(()),
        }
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        apply_expression_roots(self.projection.source.iter(), visit)
    }
}

struct Opener {
    reader: Arc<dyn Reader>,
    store: Arc<dyn ObjectStore>,
    /// The columns of the file schema that are wanted.
    schema: SchemaRef,
    /// Which of them counts rows.
    row_number: Option<usize>,
    batch_size: usize,
    predicate: Option<Arc<dyn PhysicalExpr>>,
    config: Arc<FileScanConfig>,
}

impl FileOpener for Opener {
    fn open(&self, file: PartitionedFile) -> Result<FileOpenFuture> {
        let Some(scanned) = file.extension::<ScannedFile>().cloned() else {
            return Err(extension::Error::internal(format!(
                "the scan of '{}' lost its description",
                file.object_meta.location
            ))
            .into());
        };
        let name = Arc::clone(&scanned.name);
        let row_number = self.row_number;
        let stored = match row_number {
            Some(number) => {
                let others: Vec<usize> =
                    (0..self.schema.fields().len()).filter(|index| *index != number).collect();
                Arc::new(self.schema.project(&others)?)
            }
            None => Arc::clone(&self.schema),
        };
        let request = OpenRequest {
            store: Arc::clone(&self.store),
            file,
            scanned,
            schema: stored,
            batch_size: self.batch_size,
            predicate: self.predicate.clone(),
            config: Arc::clone(&self.config),
        };
        let reader = Arc::clone(&self.reader);
        let schema = Arc::clone(&self.schema);
        Ok(Box::pin(async move {
            let opened = reader.open(request).await.map_err(|error| name_file(error, &name))?;
            let batches = opened.map_err(move |error| name_file(error, &name));
            Ok(match row_number {
                Some(column) => number_rows(batches.boxed(), schema, column),
                None => batches.boxed(),
            })
        }))
    }
}

/// Puts the file's name before an error's message unless it is there.
pub(crate) fn name_file(error: DataFusionError, name: &str) -> DataFusionError {
    let error = extension::Error::from(error);
    match error.message().contains(name) {
        true => error.into(),
        false => error.context(format_args!("'{name}'")).into(),
    }
}

/// Adds a column that counts from zero, which the file as a whole must be read for.
fn number_rows(batches: Batches, schema: SchemaRef, column: usize) -> Batches {
    let mut next = 0_i64;
    batches
        .map(move |batch| {
            let batch = batch?;
            let rows = i64::try_from(batch.num_rows()).unwrap_or(i64::MAX);
            let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(next..next + rows));
            next += rows;
            let mut columns = batch.columns().to_vec();
            columns.insert(column, numbers);
            Ok(RecordBatch::try_new(Arc::clone(&schema), columns)?)
        })
        .boxed()
}

/// Brings batches of a file's own schema to the schema wanted: by name, with casts, NULL for columns
/// that are not there.
pub(crate) fn adapt(batches: Batches, from: &SchemaRef, to: &SchemaRef) -> Result<Batches> {
    if from.fields() == to.fields() {
        return Ok(batches);
    }
    let adapter = BatchAdapterFactory::new(Arc::clone(to)).make_adapter(from)?;
    Ok(batches.map(move |batch| adapter.adapt_batch(&batch?)).boxed())
}
