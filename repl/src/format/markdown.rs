//! Results as Markdown tables, rows as they arrive.

use std::io::Write;

use engine::Result;
use engine::arrow::datatypes::SchemaRef;
use engine::arrow::record_batch::RecordBatch;

use super::layout::width;
use super::{Printer, Style};
use crate::value::{is_numeric, write_value};

/// Lines up the first rows; later ones may be wider, which Markdown does not mind.
pub(super) struct MarkdownPrinter {
    names: Vec<String>,
    right: Vec<bool>,
    null: String,
    widths: Option<Vec<usize>>,
}

impl MarkdownPrinter {
    pub(super) fn new(schema: &SchemaRef, style: &Style) -> Self {
        Self {
            names: schema.fields().iter().map(|field| cell(field.name())).collect(),
            right: schema.fields().iter().map(|field| is_numeric(field.data_type())).collect(),
            null: style.null_or("NULL").to_string(),
            widths: None,
        }
    }

    fn line(&self, out: &mut String, cells: &[String], widths: &[usize]) {
        out.push('|');
        for ((text, column), right) in cells.iter().zip(widths).zip(&self.right) {
            let gap = " ".repeat(column.saturating_sub(width(text)));
            match right {
                true => out.extend([" ", &gap, text, " |"]),
                false => out.extend([" ", text, &gap, " |"]),
            }
        }
        out.push('\n');
    }

    fn rows(&mut self, rows: &[Vec<String>], out: &mut dyn Write) -> Result<()> {
        let mut text = String::new();
        let widths = match self.widths.take() {
            Some(widths) => widths,
            None => {
                let widest = |(index, name): (usize, &String)| {
                    rows.iter()
                        .map(|row| width(&row[index]))
                        .chain([width(name), 3])
                        .max()
                        .unwrap_or(3)
                };
                let widths: Vec<usize> = self.names.iter().enumerate().map(widest).collect();
                self.line(&mut text, &self.names, &widths);
                text.push('|');
                for (column, right) in widths.iter().zip(&self.right) {
                    match right {
                        true => text.extend([&"-".repeat(column + 1), ":|"]),
                        false => text.extend([&"-".repeat(column + 2), "|"]),
                    }
                }
                text.push('\n');
                widths
            }
        };
        for row in rows {
            self.line(&mut text, row, &widths);
        }
        self.widths = Some(widths);
        Ok(out.write_all(text.as_bytes())?)
    }
}

/// A bar would end the cell and a line break the table.
fn cell(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('|', "\\|")
        .replace("\r\n", "<br>")
        .replace(['\n', '\r'], "<br>")
}

impl Printer for MarkdownPrinter {
    fn batch(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<()> {
        let rows: Vec<Vec<String>> = (0..batch.num_rows())
            .map(|row| {
                let text = |column: &engine::arrow::array::ArrayRef| {
                    let mut text = String::new();
                    write_value(&mut text, column.as_ref(), row, &self.null);
                    cell(&text)
                };
                batch.columns().iter().map(text).collect()
            })
            .collect();
        self.rows(&rows, out)
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<()> {
        match self.widths {
            Some(_) => Ok(()),
            None => self.rows(&[], out),
        }
    }
}
