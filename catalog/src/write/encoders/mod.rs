//! Our own writers: CSV and line-wise JSON, whose batches are written independently, and Avro, Arrow,
//! JSON arrays, GraphML and Matrix Market, whose files have a beginning and an end. Parquet is DataFusion's.

mod arrow_file;
mod avro;
mod csv;
mod graphml;
mod json;
mod matrix_market;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::common::parsers::CompressionTypeVariant;
use datafusion::common::runtime::{JoinSet, SpawnedTask};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::file_format::write::demux::DemuxedStreamReceiver;
use datafusion::datasource::file_format::write::{BatchSerializer, ObjectWriterBuilder};
use datafusion::datasource::physical_plan::{FileSink, FileSinkConfig};
use datafusion::datasource::sink::DataSink;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::{DisplayAs, DisplayFormatType};
use futures::StreamExt;
use object_store::ObjectStore;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::Receiver;

use super::partition::file_schema;

/// How many bytes are gathered before they go to the store.
const FLUSH_BYTES: usize = 1 << 20;

/// Writes one file from its beginning to its end.
pub(crate) trait FileEncoder: Send {
    /// Appends the rows' bytes to `out`.
    fn encode(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()>;
    /// Appends what ends the file.
    fn finish(&mut self, out: &mut Vec<u8>) -> Result<()>;
}

/// Makes the encoder of a file with these columns.
type MakeEncoder = dyn Fn(&SchemaRef) -> Result<Box<dyn FileEncoder>> + Send + Sync;

/// How a format is written.
#[derive(Clone)]
pub(crate) enum Encoding {
    /// Each batch for itself, in parallel.
    Batches(Arc<dyn BatchSerializer>),
    /// A file as a whole; files in parallel.
    Files(Arc<MakeEncoder>),
}

/// The compression of a file as a whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compression {
    pub(crate) codec: CompressionTypeVariant,
    pub(crate) level: Option<u32>,
}

/// The encoding of `format` with the options that COPY has checked.
pub(crate) fn encoding(
    format: &str,
    options: &HashMap<String, String>,
) -> Result<(Encoding, Compression)> {
    let option = |name: &str| options.get(name).map(String::as_str);
    let mut compression = Compression {
        codec: CompressionTypeVariant::UNCOMPRESSED,
        level: option("compression_level").and_then(|level| level.parse().ok()),
    };
    let encoding = match format {
        "csv" => Encoding::Batches(Arc::new(csv::CsvSerializer::new(options)?)),
        "json" if option("array") == Some("true") => json::array(options),
        "json" => Encoding::Batches(Arc::new(json::LineSerializer::new(options))),
        "graphml" => graphml::encoding(option("directed") != Some("false")),
        "matrix_market" => matrix_market::encoding(),
        "avro" => avro::encoding(option("compression").unwrap_or("snappy"))?,
        _ => arrow_file::encoding(option("compression").unwrap_or("lz4"))?,
    };
    if matches!(format, "csv" | "json" | "graphml" | "matrix_market") {
        compression.codec = option("compression").unwrap_or_default().parse()?;
    }
    Ok((encoding, compression))
}

type FileWriter = Box<dyn AsyncWrite + Send + Unpin>;

/// Writes a file whose batches are written independently, `threads` of them at a time.
async fn write_batches(
    serializer: Arc<dyn BatchSerializer>,
    batches: Receiver<RecordBatch>,
    mut writer: FileWriter,
    threads: usize,
) -> Result<u64> {
    let batches = futures::stream::unfold((batches, true), |(mut batches, initial)| async move {
        let batch = batches.recv().await?;
        Some(((batch, initial), (batches, false)))
    });
    let texts = batches.map(|(batch, initial)| {
        let serializer = Arc::clone(&serializer);
        let rows = batch.num_rows() as u64;
        let task = SpawnedTask::spawn(async move { serializer.serialize(batch, initial) });
        async move {
            let text = task
                .join_unwind()
                .await
                .map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))??;
            Ok::<_, DataFusionError>((rows, text))
        }
    });
    let mut texts = std::pin::pin!(texts.buffered(threads.max(1)));
    let mut rows = 0;
    while let Some((count, text)) = texts.next().await.transpose()? {
        rows += count;
        writer.write_all(&text).await?;
    }
    writer.shutdown().await?;
    Ok(rows)
}

/// Writes a file from its beginning to its end.
async fn write_file(
    mut encoder: Box<dyn FileEncoder>,
    mut batches: Receiver<RecordBatch>,
    mut writer: FileWriter,
) -> Result<u64> {
    let mut rows = 0;
    let mut buffer = vec![];
    while let Some(batch) = batches.recv().await {
        rows += batch.num_rows() as u64;
        encoder.encode(&batch, &mut buffer)?;
        if buffer.len() >= FLUSH_BYTES {
            writer.write_all(&buffer).await?;
            buffer.clear();
        }
    }
    encoder.finish(&mut buffer)?;
    writer.write_all(&buffer).await?;
    writer.shutdown().await?;
    Ok(rows)
}

/// A sink of one of our encodings.
pub(crate) struct EncodedSink {
    config: FileSinkConfig,
    format: &'static str,
    encoding: Encoding,
    compression: Compression,
}

impl EncodedSink {
    pub(crate) fn new(
        config: FileSinkConfig,
        format: &'static str,
        encoding: Encoding,
        compression: Compression,
    ) -> Self {
        Self { config, format, encoding, compression }
    }
}

impl fmt::Debug for EncodedSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncodedSink").field("format", &self.format).finish_non_exhaustive()
    }
}

impl DisplayAs for EncodedSink {
    fn fmt_as(&self, t: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match t {
            DisplayFormatType::Default | DisplayFormatType::Verbose => {
                write!(f, "FileSink(format={}, to={})", self.format, self.config.original_url)
            }
            DisplayFormatType::TreeRender => {
                writeln!(f, "format: {}", self.format)?;
                write!(f, "file={}", self.config.original_url)
            }
        }
    }
}

#[async_trait]
impl DataSink for EncodedSink {
    fn schema(&self) -> &SchemaRef {
        self.config.output_schema()
    }

    async fn write_all(
        &self,
        data: SendableRecordBatchStream,
        context: &Arc<TaskContext>,
    ) -> Result<u64> {
        FileSink::write_all(self, data, context).await
    }
}

#[async_trait]
impl FileSink for EncodedSink {
    fn config(&self) -> &FileSinkConfig {
        &self.config
    }

    async fn spawn_writer_tasks_and_join(
        &self,
        context: &Arc<TaskContext>,
        demux_task: SpawnedTask<Result<()>>,
        mut files: DemuxedStreamReceiver,
        store: Arc<dyn ObjectStore>,
    ) -> Result<u64> {
        let partition_by: Vec<String> =
            self.config.table_partition_cols.iter().map(|(name, _)| name.clone()).collect();
        let schema = file_schema(
            self.config.output_schema(),
            &partition_by,
            self.config.keep_partition_by_columns,
        );
        let buffer_size =
            context.session_config().options().execution.objectstore_writer_buffer_size;
        let mut tasks: JoinSet<Result<u64>> = JoinSet::new();
        let threads = context.session_config().target_partitions();
        while let Some((path, batches)) = files.recv().await {
            let mut builder = ObjectWriterBuilder::new(
                FileCompressionType::from(self.compression.codec),
                &path,
                Arc::clone(&store),
            );
            builder.set_buffer_size(Some(buffer_size));
            builder.set_compression_level(self.compression.level);
            let writer = builder.build()?;
            match &self.encoding {
                Encoding::Batches(serializer) => {
                    tasks.spawn(write_batches(Arc::clone(serializer), batches, writer, threads))
                }
                Encoding::Files(make) => tasks.spawn(write_file(make(&schema)?, batches, writer)),
            };
        }
        let mut rows = 0;
        let mut failure = None;
        while let Some(result) = tasks.join_next().await {
            match result {
                Ok(Ok(count)) => rows += count,
                Ok(Err(error)) => failure = failure.or(Some(error)),
                Err(error) => {
                    failure = failure.or(Some(DataFusionError::ExecutionJoin(Box::new(error))))
                }
            }
        }
        // A failed writer makes the distributor fail too, and then its own error says more.
        if let Some(error) = failure {
            return Err(error);
        }
        demux_task
            .join_unwind()
            .await
            .map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))??;
        Ok(rows)
    }
}
