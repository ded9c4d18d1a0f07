//! Results as Arrow IPC streams.

use std::io::Write;

use engine::Result;
use engine::arrow::datatypes::SchemaRef;
use engine::arrow::ipc::writer::StreamWriter;
use engine::arrow::record_batch::RecordBatch;

use super::Printer;

/// Encodes batches into memory and hands the bytes on after each.
pub(super) struct ArrowPrinter {
    writer: StreamWriter<Vec<u8>>,
}

impl ArrowPrinter {
    pub(super) fn new(schema: &SchemaRef) -> Result<Self> {
        Ok(Self { writer: StreamWriter::try_new(Vec::new(), schema)? })
    }

    fn hand_on(&mut self, out: &mut dyn Write) -> Result<()> {
        let bytes = self.writer.get_mut();
        out.write_all(bytes)?;
        bytes.clear();
        Ok(())
    }
}

impl Printer for ArrowPrinter {
    fn batch(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<()> {
        self.writer.write(batch)?;
        self.hand_on(out)
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<()> {
        self.writer.finish()?;
        self.hand_on(out)
    }
}
