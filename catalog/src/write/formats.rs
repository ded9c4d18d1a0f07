//! DataFusion's formats with our writers beside its own.
//!
//! Each factory takes the place of DataFusion's of the same name. Without options of COPY it makes
//! exactly what DataFusion makes, except that Avro can be written.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::{GetExt, Result, Statistics};
use datafusion::datasource::file_format::arrow::ArrowFormatFactory;
use datafusion::datasource::file_format::avro::AvroFormatFactory;
use datafusion::datasource::file_format::csv::CsvFormatFactory;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::file_format::json::JsonFormatFactory;
use datafusion::datasource::file_format::parquet::ParquetFormatFactory;
use datafusion::datasource::file_format::{FileFormat, FileFormatFactory};
use datafusion::datasource::physical_plan::{
    FileOutputMode, FileScanConfig, FileSinkConfig, FileSource,
};
use datafusion::datasource::sink::DataSinkExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::physical_expr::LexRequirement;
use datafusion::physical_plan::ExecutionPlan;
use object_store::{ObjectMeta, ObjectStore};

use super::commit::CommitExec;
use super::encoders::{self, EncodedSink};
use super::settings::Settings;

/// The factories, one for each format that can be written.
pub(crate) fn factories() -> Vec<Arc<dyn FileFormatFactory>> {
    let own = |name, inner| Arc::new(WritingFactory { name, inner }) as Arc<dyn FileFormatFactory>;
    vec![
        own("parquet", Arc::new(ParquetFormatFactory::new())),
        own("csv", Arc::new(CsvFormatFactory::new())),
        own("json", Arc::new(JsonFormatFactory::new())),
        own("arrow", Arc::new(ArrowFormatFactory::new())),
        own("avro", Arc::new(AvroFormatFactory::new())),
        // DataFusion knows neither; nothing of the format in their place is used.
        own("graphml", Arc::new(CsvFormatFactory::new())),
        own("matrix_market", Arc::new(CsvFormatFactory::new())),
    ]
}

#[derive(Debug)]
struct WritingFactory {
    name: &'static str,
    inner: Arc<dyn FileFormatFactory>,
}

impl GetExt for WritingFactory {
    fn get_ext(&self) -> String {
        match self.name {
            "graphml" | "matrix_market" => self.name.to_string(),
            _ => self.inner.get_ext(),
        }
    }
}

impl FileFormatFactory for WritingFactory {
    fn create(
        &self,
        state: &dyn Session,
        options: &HashMap<String, String>,
    ) -> Result<Arc<dyn FileFormat>> {
        let mut options = options.clone();
        let settings = Settings::take(&mut options)?;
        let inner = self.inner.create(state, &options)?;
        let settings = match (settings, self.name) {
            (Some(settings), _) => settings,
            (None, "avro" | "graphml" | "matrix_market") => Settings::of_insert(),
            (None, _) => return Ok(inner),
        };
        Ok(Arc::new(WritingFormat { name: self.name, inner, settings }))
    }

    fn default(&self) -> Arc<dyn FileFormat> {
        self.inner.default()
    }
}

/// Reads as `inner` does, and writes by our settings.
#[derive(Debug)]
struct WritingFormat {
    name: &'static str,
    inner: Arc<dyn FileFormat>,
    settings: Settings,
}

#[async_trait]
impl FileFormat for WritingFormat {
    fn get_ext(&self) -> String {
        self.inner.get_ext()
    }

    fn get_ext_with_compression(&self, compression: &FileCompressionType) -> Result<String> {
        self.inner.get_ext_with_compression(compression)
    }

    fn compression_type(&self) -> Option<FileCompressionType> {
        self.inner.compression_type()
    }

    async fn infer_schema(
        &self,
        state: &dyn Session,
        store: &Arc<dyn ObjectStore>,
        objects: &[ObjectMeta],
    ) -> Result<SchemaRef> {
        self.inner.infer_schema(state, store, objects).await
    }

    async fn infer_stats(
        &self,
        state: &dyn Session,
        store: &Arc<dyn ObjectStore>,
        table_schema: SchemaRef,
        object: &ObjectMeta,
    ) -> Result<Statistics> {
        self.inner.infer_stats(state, store, table_schema, object).await
    }

    async fn create_physical_plan(
        &self,
        state: &dyn Session,
        config: FileScanConfig,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.inner.create_physical_plan(state, config).await
    }

    async fn create_writer_physical_plan(
        &self,
        input: Arc<dyn ExecutionPlan>,
        state: &dyn Session,
        mut config: FileSinkConfig,
        order: Option<LexRequirement>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        config.file_output_mode = match self.settings.single_file {
            true => FileOutputMode::SingleFile,
            false => config.file_output_mode,
        };
        config.keep_partition_by_columns |= self.settings.keep_partition_columns;
        if self.name == "parquet" {
            let plan = self.inner.create_writer_physical_plan(input, state, config, order).await?;
            return Ok(CommitExec::wrap(plan, self.settings.clone()));
        }
        let (encoding, compression) = encoders::encoding(self.name, &self.settings.writer)?;
        let sink = EncodedSink::new(config, self.name, encoding, compression);
        let plan = Arc::new(DataSinkExec::new(input, Arc::new(sink), order));
        Ok(CommitExec::wrap(plan, self.settings.clone()))
    }

    fn file_source(&self, table_schema: TableSchema) -> Arc<dyn FileSource> {
        self.inner.file_source(table_schema)
    }
}
