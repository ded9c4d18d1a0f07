//! Results as HTML tables.

use std::io::Write;

use engine::Result;
use engine::arrow::datatypes::SchemaRef;
use engine::arrow::record_batch::RecordBatch;

use super::{Printer, Style};
use crate::value::write_value;

/// Prints rows as they arrive.
pub(super) struct HtmlPrinter {
    opening: Option<String>,
    null: String,
}

impl HtmlPrinter {
    pub(super) fn new(schema: &SchemaRef, style: &Style) -> Self {
        let mut opening = "<table>\n".to_string();
        if style.headers {
            opening.push_str("<tr>");
            for field in schema.fields() {
                opening.extend(["<th>", &escape(field.name()), "</th>"]);
            }
            opening.push_str("</tr>\n");
        }
        Self { opening: Some(opening), null: style.null_or("NULL").to_string() }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

impl Printer for HtmlPrinter {
    fn batch(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<()> {
        let mut text = self.opening.take().unwrap_or_default();
        for row in 0..batch.num_rows() {
            text.push_str("<tr>");
            for column in batch.columns() {
                let mut value = String::new();
                write_value(&mut value, column.as_ref(), row, &self.null);
                text.extend(["<td>", &escape(&value), "</td>"]);
            }
            text.push_str("</tr>\n");
        }
        Ok(out.write_all(text.as_bytes())?)
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<()> {
        let mut text = self.opening.take().unwrap_or_default();
        text.push_str("</table>\n");
        Ok(out.write_all(text.as_bytes())?)
    }
}
