//! Parquet: DataFusion's own source, with the statistics of the footer.

mod named;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::{DataFusionError, Statistics};
use datafusion::config::TableParquetOptions;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileSource, ParquetSource};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::physical_expr::LexOrdering;
use extension::{Arguments, Parameter, Result};
use object_store::ObjectStore;

use super::{Batches, Description, FileHandle, Format, OpenRequest, Reader};

/// The format.
#[derive(Debug)]
pub(crate) struct Parquet;

impl Format for Parquet {
    fn name(&self) -> &'static str {
        "parquet"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["parquet", "pq", "pqt", "parq"]
    }

    fn recognises(&self, head: &[u8]) -> bool {
        head.starts_with(b"PAR1")
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter {
            name: "binary_as_string",
            type_name: "BOOLEAN",
            default: Some("false"),
            description: "read BLOB columns that old writers meant as text as VARCHAR",
        }]
    }

    fn reader(&self, arguments: &Arguments) -> Result<Arc<dyn Reader>> {
        Ok(Arc::new(ParquetReader { binary_as_string: arguments.boolean("binary_as_string")? }))
    }
}

#[derive(Debug)]
struct ParquetReader {
    binary_as_string: Option<bool>,
}

impl ParquetReader {
    /// The session's Parquet options with those of the call.
    fn options(&self, state: &dyn Session) -> TableParquetOptions {
        let mut options = state.default_table_options().parquet;
        if let Some(choice) = self.binary_as_string {
            options.global.binary_as_string = choice;
        }
        options
    }

    fn format(&self, state: &dyn Session) -> ParquetFormat {
        ParquetFormat::new().with_options(self.options(state))
    }
}

#[async_trait]
impl Reader for ParquetReader {
    fn name(&self) -> &'static str {
        "parquet"
    }

    async fn describe(&self, file: &FileHandle, state: &dyn Session) -> Result<Description> {
        let schema = self
            .format(state)
            .infer_schema(state, &file.store, std::slice::from_ref(&file.meta))
            .await?;
        Ok(Description::new(schema, file.meta.size))
    }

    async fn statistics(
        &self,
        file: &FileHandle,
        _description: &Description,
        table: &::arrow::datatypes::SchemaRef,
        state: &dyn Session,
    ) -> Result<Option<(Arc<Statistics>, Option<LexOrdering>)>> {
        if !state.config().collect_statistics() {
            return Ok(None);
        }
        let found = self
            .format(state)
            .infer_stats_and_ordering(state, &file.store, Arc::clone(table), &file.meta)
            .await?;
        Ok(Some((Arc::new(found.statistics), found.ordering)))
    }

    async fn open(&self, _request: OpenRequest) -> Result<Batches, DataFusionError> {
        Err(extension::Error::internal("Parquet files are opened by their own source").into())
    }

    fn native_source(
        &self,
        table_schema: TableSchema,
        store: &Arc<dyn ObjectStore>,
        state: &dyn Session,
    ) -> Option<Arc<dyn FileSource>> {
        let cache = state.runtime_env().cache_manager.get_file_metadata_cache();
        let factory = CachedParquetFileReaderFactory::new(Arc::clone(store), cache);
        let mut source = ParquetSource::new(table_schema)
            .with_table_parquet_options(self.options(state))
            .with_parquet_file_reader_factory(Arc::new(factory));
        if let Some(hint) = self.format(state).metadata_size_hint() {
            source = source.with_metadata_size_hint(hint);
        }
        Some(Arc::new(named::NamedSource(Arc::new(source))))
    }
}
