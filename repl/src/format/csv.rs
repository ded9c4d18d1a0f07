//! Results with separators between values: CSV and TSV (RFC 4180 quotes), and lists without quotes.

use std::io::Write;

use engine::Result;
use engine::arrow::datatypes::SchemaRef;
use engine::arrow::record_batch::RecordBatch;

use super::{Printer, Style};
use crate::value::{resolve, write_value};

/// Prints rows as they arrive.
pub(super) struct CsvPrinter {
    header: Option<Vec<String>>,
    separator: String,
    line_end: String,
    null: String,
    quotes: bool,
}

impl CsvPrinter {
    pub(super) fn new(schema: &SchemaRef, style: &Style, separator: &str, quotes: bool) -> Self {
        let names = || schema.fields().iter().map(|field| field.name().clone()).collect();
        Self {
            header: style.headers.then(names),
            separator: style.column_separator.clone().unwrap_or_else(|| separator.to_string()),
            line_end: style.row_separator.clone().unwrap_or_else(|| "\n".to_string()),
            null: style.null_or(if quotes { "" } else { "NULL" }).to_string(),
            quotes,
        }
    }

    fn put(&self, out: &mut String, text: &str) {
        let quoted = self.quotes
            && (text.contains(['"', '\n', '\r'])
                || text.contains(&self.separator)
                || text.contains(&self.line_end)
                || text == self.null);
        match quoted {
            true => {
                out.push('"');
                out.push_str(&text.replace('"', "\"\""));
                out.push('"');
            }
            false => out.push_str(text),
        }
    }

    fn put_header(&mut self, out: &mut String) {
        if let Some(names) = self.header.take() {
            for (index, name) in names.iter().enumerate() {
                if index > 0 {
                    out.push_str(&self.separator);
                }
                self.put(out, name);
            }
            out.push_str(&self.line_end);
        }
    }
}

impl Printer for CsvPrinter {
    fn batch(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<()> {
        let mut text = String::new();
        self.put_header(&mut text);
        let mut value = String::new();
        for row in 0..batch.num_rows() {
            for (index, column) in batch.columns().iter().enumerate() {
                if index > 0 {
                    text.push_str(&self.separator);
                }
                // NULL is never quoted and a value that looks like it is, which tells them apart.
                match resolve(column.as_ref(), row) {
                    None => text.push_str(&self.null),
                    Some((column, row)) => {
                        value.clear();
                        write_value(&mut value, column, row, "");
                        self.put(&mut text, &value);
                    }
                }
            }
            text.push_str(&self.line_end);
        }
        Ok(out.write_all(text.as_bytes())?)
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<()> {
        let mut text = String::new();
        self.put_header(&mut text);
        Ok(out.write_all(text.as_bytes())?)
    }
}
