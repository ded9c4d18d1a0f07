//! Results as Parquet, written as row groups fill up.

use std::io::Write;
use std::sync::Arc;

use engine::arrow::datatypes::SchemaRef;
use engine::arrow::record_batch::RecordBatch;
use engine::datafusion::parquet::arrow::ArrowWriter;
use engine::datafusion::parquet::basic::{Compression, ZstdLevel};
use engine::datafusion::parquet::file::properties::WriterProperties;
use engine::{Error, Result};

use super::Printer;

/// Encodes row groups into memory and hands the bytes on after each.
pub(super) struct ParquetPrinter {
    writer: Option<ArrowWriter<Vec<u8>>>,
}

impl ParquetPrinter {
    pub(super) fn new(schema: &SchemaRef) -> Result<Self> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        let writer = ArrowWriter::try_new(Vec::new(), Arc::clone(schema), Some(properties))?;
        Ok(Self { writer: Some(writer) })
    }
}

impl Printer for ParquetPrinter {
    fn batch(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<()> {
        let Some(writer) = &mut self.writer else {
            return Err(Error::internal("the Parquet file is closed already"));
        };
        writer.write(batch)?;
        // The bytes were counted when they were written, so taking them away moves no offset.
        let bytes = writer.inner_mut();
        out.write_all(bytes)?;
        bytes.clear();
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<()> {
        if let Some(writer) = self.writer.take() {
            out.write_all(&writer.into_inner()?)?;
        }
        Ok(())
    }
}
