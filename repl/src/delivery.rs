//! The way of a statement's rows: to the printer of the format, or into memory for the shell itself.

use std::io::Write;

use engine::Result;
use engine::arrow::datatypes::SchemaRef;
use engine::arrow::record_batch::RecordBatch;

use crate::format::{Format, Printer, Style};
use crate::output::Output;
use crate::progress::Bar;

/// Takes the rows of one statement.
pub(crate) struct Delivery<'a> {
    pub(crate) output: &'a mut Output,
    pub(crate) format: &'static Format,
    pub(crate) style: Style,
    pub(crate) bar: Bar,
    /// Whether rows should be seen as soon as they are there.
    pub(crate) on_terminal: bool,
    /// Whether rows may appear where the bar is.
    pub(crate) on_screen: bool,
    /// Made when the columns are known.
    pub(crate) printer: Option<Box<dyn Printer>>,
    /// Where rows are kept instead of being printed.
    pub(crate) kept: Option<&'a mut Vec<RecordBatch>>,
}

impl Delivery<'_> {
    /// Gets ready for rows with these columns. Statements without columns have nothing to show.
    pub(crate) fn start(&mut self, schema: &SchemaRef) -> Result<()> {
        if self.kept.is_none() && !schema.fields().is_empty() {
            if self.format.binary {
                self.output.check_binary(self.format.name)?;
            }
            self.printer = Some(self.format.printer(schema, &self.style)?);
        }
        Ok(())
    }

    /// Prints or keeps rows.
    pub(crate) fn rows(&mut self, batch: RecordBatch) -> Result<()> {
        if let Some(kept) = &mut self.kept {
            kept.push(batch);
        } else if let Some(printer) = &mut self.printer {
            if self.on_screen && !self.format.waits() {
                self.bar.end();
            }
            printer.batch(&batch, self.output)?;
            if self.on_terminal {
                self.output.flush()?;
            }
        }
        Ok(())
    }

    /// Prints what comes after the rows.
    pub(crate) fn finish(&mut self) -> Result<()> {
        match &mut self.printer {
            Some(printer) => printer.finish(self.output),
            None => Ok(()),
        }
    }
}
