//! No output, to see how long a query takes by itself.

use std::io::Write;

use engine::Result;
use engine::arrow::record_batch::RecordBatch;

use super::Printer;

/// Drops every row.
pub(super) struct TrashPrinter;

impl Printer for TrashPrinter {
    fn batch(&mut self, _: &RecordBatch, _: &mut dyn Write) -> Result<()> {
        Ok(())
    }

    fn finish(&mut self, _: &mut dyn Write) -> Result<()> {
        Ok(())
    }
}
