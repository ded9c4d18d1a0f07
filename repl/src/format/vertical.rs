//! Results with one value a line, for rows with many columns.

use std::io::Write;

use engine::Result;
use engine::arrow::datatypes::SchemaRef;
use engine::arrow::record_batch::RecordBatch;

use super::layout::{escape, width};
use super::{Printer, Style};
use crate::value::write_value;

/// Prints rows as they arrive.
pub(super) struct VerticalPrinter {
    labels: Vec<String>,
    null: String,
    first: bool,
}

impl VerticalPrinter {
    pub(super) fn new(schema: &SchemaRef, style: &Style) -> Self {
        let names: Vec<String> = schema.fields().iter().map(|field| escape(field.name())).collect();
        let widest = names.iter().map(|name| width(name)).max().unwrap_or_default();
        let labels = names
            .iter()
            .map(|name| format!("{}{name} = ", " ".repeat(widest - width(name))))
            .collect();
        Self { labels, null: style.null_or("NULL").to_string(), first: true }
    }
}

impl Printer for VerticalPrinter {
    fn batch(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<()> {
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            if !std::mem::take(&mut self.first) {
                text.push('\n');
            }
            for (label, column) in self.labels.iter().zip(batch.columns()) {
                text.push_str(label);
                write_value(&mut text, column.as_ref(), row, &self.null);
                text.push('\n');
            }
        }
        Ok(out.write_all(text.as_bytes())?)
    }

    fn finish(&mut self, _: &mut dyn Write) -> Result<()> {
        Ok(())
    }
}
