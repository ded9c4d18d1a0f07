//! Query plans, printed as the text they are and not squeezed into the cells of a table.

use std::io::Write;

use engine::Result;
use engine::arrow::datatypes::SchemaRef;
use engine::arrow::record_batch::RecordBatch;

use super::Printer;
use crate::value::write_value;

/// Whether the columns are those of EXPLAIN.
pub(super) fn is_plan(schema: &SchemaRef) -> bool {
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    names == ["plan_type", "plan"]
}

/// Prints each plan under its name.
pub(super) struct ExplainPrinter;

impl Printer for ExplainPrinter {
    fn batch(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<()> {
        for row in 0..batch.num_rows() {
            let (mut name, mut plan) = (String::new(), String::new());
            write_value(&mut name, batch.column(0).as_ref(), row, "");
            write_value(&mut plan, batch.column(1).as_ref(), row, "");
            writeln!(out, "{name}:")?;
            for line in plan.lines() {
                writeln!(out, "  {line}")?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, _: &mut dyn Write) -> Result<()> {
        Ok(())
    }
}
