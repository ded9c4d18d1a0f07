//! The file formats that can be read: one file each, one list.
//!
//! A [`Format`] is a name with its file endings and options. With checked options it becomes a
//! [`Reader`], which describes a file (schema, rows) and opens it. [`FormatSource`] carries a reader
//! through DataFusion's scan; Parquet brings a source of its own.

mod arrow;
mod avro;
mod blocking;
pub(crate) mod bytes;
mod compression;
pub(crate) mod csv;
mod graphml;
mod json;
mod matrix_market;
mod orc;
pub(crate) mod parquet;
mod source;

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use ::arrow::array::RecordBatch;
use ::arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::{DataFusionError, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileScanConfig, FileSource};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::physical_expr::{LexOrdering, PhysicalExpr};
use extension::{Arguments, Error, Parameter, Result, closest};
use futures::stream::BoxStream;
use object_store::{ObjectMeta, ObjectStore};

pub(crate) use self::compression::Compression;
pub(crate) use self::source::{FormatSource, adapt};

/// Every format, in the order in which help lists them.
pub(crate) const FORMATS: &[&dyn Format] = &[
    &parquet::Parquet,
    &csv::Csv,
    &csv::Tsv,
    &json::Json,
    &json::Ndjson,
    &avro::Avro,
    &orc::Orc,
    &arrow::Arrow,
    &graphml::GraphMl,
    &matrix_market::MatrixMarket,
];

/// A file format by name.
pub(crate) trait Format: Debug + Send + Sync {
    /// The name, in lower case.
    fn name(&self) -> &'static str;

    /// The endings of its files, without the dot and in lower case.
    fn extensions(&self) -> &'static [&'static str];

    /// Whether a file that starts with `head` is of this format.
    fn recognises(&self, _head: &[u8]) -> bool {
        false
    }

    /// The options of its own, besides those every format has.
    fn parameters(&self) -> &'static [Parameter];

    /// The reader for checked options.
    fn reader(&self, arguments: &Arguments) -> Result<Arc<dyn Reader>>;
}

/// A file in a store.
#[derive(Debug, Clone)]
pub(crate) struct FileHandle {
    /// Where it is.
    pub store: Arc<dyn ObjectStore>,
    /// Its path, size and version in the store.
    pub meta: ObjectMeta,
    /// What a person calls it: the path as it was written, or the URL.
    pub name: String,
}

/// What is known of a file before its rows are read.
#[derive(Debug, Clone)]
pub(crate) struct Description {
    /// The columns.
    pub schema: SchemaRef,
    /// Rows and sizes as far as they are known cheaply.
    pub statistics: Arc<Statistics>,
    /// Set when the file holds no row and no column, so that it has no say in the schema.
    pub blank: bool,
    /// What the format's reader found out and needs again when it opens the file.
    pub details: Option<Arc<dyn Any + Send + Sync>>,
}

impl Description {
    /// A description with a schema and the size in bytes.
    pub(crate) fn new(schema: SchemaRef, bytes: u64) -> Self {
        let mut statistics = Statistics::new_unknown(&schema);
        statistics.total_byte_size = datafusion::common::stats::Precision::Inexact(
            usize::try_from(bytes).unwrap_or(usize::MAX),
        );
        Self { schema, statistics: Arc::new(statistics), blank: false, details: None }
    }

    /// Adds what the reader needs again.
    pub(crate) fn with_details<T: Any + Send + Sync>(mut self, details: T) -> Self {
        self.details = Some(Arc::new(details));
        self
    }

    /// What the reader put there.
    pub(crate) fn details<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.details.clone()?.downcast::<T>().ok()
    }
}

/// What a scan carries along with each of its files.
#[derive(Debug, Clone)]
pub(crate) struct ScannedFile {
    /// What was found out before.
    pub description: Arc<Description>,
    /// What a person calls the file.
    pub name: Arc<str>,
}

/// The rows of a file.
pub(crate) type Batches = BoxStream<'static, Result<RecordBatch, DataFusionError>>;

/// A request for rows of a file, or of a byte range of it.
#[derive(Debug)]
pub(crate) struct OpenRequest {
    /// Where it is.
    pub store: Arc<dyn ObjectStore>,
    /// The file and perhaps the range.
    pub file: PartitionedFile,
    /// What is known of it.
    pub scanned: ScannedFile,
    /// The columns wanted, in this order, with the types wanted; the file may lack some.
    pub schema: SchemaRef,
    /// Rows per batch.
    pub batch_size: usize,
    /// Rows that do not meet this are not wanted, but may be given.
    pub predicate: Option<Arc<dyn PhysicalExpr>>,
    /// The scan that the file belongs to.
    pub config: Arc<FileScanConfig>,
}

/// A format with its options.
#[async_trait]
pub(crate) trait Reader: Debug + Send + Sync {
    /// The format's name.
    fn name(&self) -> &'static str;

    /// Finds out the schema of a file.
    async fn describe(&self, file: &FileHandle, state: &dyn Session) -> Result<Description>;

    /// Rows, extremes and order of a file in terms of the table's file columns, if they are better
    /// known than from the description.
    async fn statistics(
        &self,
        _file: &FileHandle,
        _description: &Description,
        _table: &SchemaRef,
        _state: &dyn Session,
    ) -> Result<Option<(Arc<Statistics>, Option<LexOrdering>)>> {
        Ok(None)
    }

    /// Whether columns that some files lack are natural, as JSON's are.
    fn unions_by_name(&self) -> bool {
        false
    }

    /// Whether a file may be read by byte ranges in parallel.
    fn splits(&self, _file: &ScannedFile) -> bool {
        false
    }

    /// Whether a filter can spare it work.
    fn uses_predicate(&self) -> bool {
        false
    }

    /// Opens a file: the batches have exactly the request's schema.
    async fn open(&self, request: OpenRequest) -> Result<Batches, DataFusionError>;

    /// A source of its own instead of [`FormatSource`].
    fn native_source(
        &self,
        _table_schema: TableSchema,
        _store: &Arc<dyn ObjectStore>,
        _state: &dyn Session,
    ) -> Option<Arc<dyn FileSource>> {
        None
    }
}

/// The format called `name`.
pub(crate) fn by_name(name: &str) -> Result<&'static dyn Format> {
    let lower = name.to_ascii_lowercase();
    FORMATS.iter().find(|format| format.name() == lower).copied().ok_or_else(|| {
        let names = || FORMATS.iter().map(|format| format.name());
        let error = Error::invalid_input(format!("'{name}' is not a file format"));
        let known = names().collect::<Vec<_>>().join(", ");
        match closest(&lower, names()) {
            Some(near) => error.with_hint(format!("did you mean '{near}'? formats: {known}")),
            None => error.with_hint(format!("formats: {known}")),
        }
    })
}

/// The format that the ending of a path says, looking through an ending of compression.
pub(crate) fn by_path(path: &str) -> Option<&'static dyn Format> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let (_, name) = Compression::by_path(&name);
    let ending = name.rsplit_once('.')?.1;
    FORMATS.iter().find(|format| format.extensions().contains(&ending)).copied()
}

/// The format that the first bytes of a file say.
pub(crate) fn by_content(head: &[u8]) -> Option<&'static dyn Format> {
    FORMATS.iter().find(|format| format.recognises(head)).copied()
}
