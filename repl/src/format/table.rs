//! Results as tables with lines around: the box for people, and plain ASCII.

use std::io::Write;
use std::sync::Arc;

use engine::arrow::datatypes::SchemaRef;
use engine::arrow::record_batch::RecordBatch;
use engine::{Result, sql_type_name};

use super::collected::Collected;
use super::layout::{ASCII, BOX, Cells, Look, draw, escape};
use super::{Printer, Style};
use crate::value::{is_numeric, write_value};

/// No cell of a table is longer than this, however wide the table may be.
const LONGEST_CELL: usize = 10_000;

/// Draws the table when all rows are there.
pub(super) struct TablePrinter {
    schema: SchemaRef,
    rows: Collected,
    types: bool,
    null: String,
    look: Look,
}

impl TablePrinter {
    /// The box with types, which leaves out what does not fit.
    pub(super) fn boxed(schema: &SchemaRef, style: &Style) -> Self {
        Self {
            schema: Arc::clone(schema),
            rows: Collected::new(style.max_rows),
            types: true,
            null: style.null_or("NULL").to_string(),
            look: Look { headers: style.headers, width: style.width, ..BOX },
        }
    }

    /// The plain table with all rows and columns.
    pub(super) fn ascii(schema: &SchemaRef, style: &Style) -> Self {
        Self {
            rows: Collected::new(0),
            types: false,
            look: Look { headers: style.headers, ..ASCII },
            ..Self::boxed(schema, style)
        }
    }

    fn cells(&self, batches: &[RecordBatch]) -> Vec<Vec<String>> {
        let mut rows = vec![];
        for batch in batches {
            for row in 0..batch.num_rows() {
                let cell = |column: &engine::arrow::array::ArrayRef| {
                    let mut text = String::new();
                    write_value(&mut text, column.as_ref(), row, &self.null);
                    if let (true, Some((end, _))) =
                        (self.types, text.char_indices().nth(LONGEST_CELL))
                    {
                        text.truncate(end);
                        text.push('…');
                    }
                    escape(&text)
                };
                rows.push(batch.columns().iter().map(cell).collect());
            }
        }
        rows
    }
}

impl Printer for TablePrinter {
    fn batch(&mut self, batch: &RecordBatch, _: &mut dyn Write) -> Result<()> {
        self.rows.push(batch);
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<()> {
        let fields = self.schema.fields();
        let (head, tail) = self.rows.ends();
        let cells = Cells {
            names: fields.iter().map(|field| escape(field.name())).collect(),
            types: match self.types {
                true => fields.iter().map(|field| sql_type_name(field.data_type())).collect(),
                false => vec![],
            },
            right: fields.iter().map(|field| is_numeric(field.data_type())).collect(),
            head: self.cells(&head),
            tail: self.cells(&tail),
            total: self.rows.total(),
        };
        Ok(out.write_all(draw(&cells, &self.look).as_bytes())?)
    }
}
