//! Results as JSON: an array of objects, or an object a line.

use std::io::Write;
use std::sync::Arc;

use engine::Result;
use engine::arrow::datatypes::SchemaRef;
use engine::arrow::record_batch::RecordBatch;

use super::Printer;
use crate::json::write_row;

/// Prints objects as they arrive.
pub(super) struct JsonPrinter {
    schema: SchemaRef,
    array: bool,
    empty: bool,
}

impl JsonPrinter {
    pub(super) fn array(schema: &SchemaRef) -> Self {
        Self { schema: Arc::clone(schema), array: true, empty: true }
    }

    pub(super) fn lines(schema: &SchemaRef) -> Self {
        Self { array: false, ..Self::array(schema) }
    }
}

impl Printer for JsonPrinter {
    fn batch(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<()> {
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            if self.array {
                text.push_str(if self.empty { "[" } else { ",\n" });
            }
            self.empty = false;
            write_row(&mut text, &self.schema, batch, row);
            if !self.array {
                text.push('\n');
            }
        }
        Ok(out.write_all(text.as_bytes())?)
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<()> {
        match (self.array, self.empty) {
            (true, true) => out.write_all(b"[]\n")?,
            (true, false) => out.write_all(b"]\n")?,
            (false, _) => {}
        }
        Ok(())
    }
}
