//! Results as INSERT statements, and values as SQL literals.

use std::fmt::Write as _;
use std::io::Write;

use engine::Result;
use engine::arrow::array::{Array, AsArray};
use engine::arrow::datatypes::{DataType, SchemaRef};
use engine::arrow::record_batch::RecordBatch;

use super::{Printer, Style};
use crate::quote::{identifier, literal};
use crate::value::{Notation, resolve, write_nested, write_value};

/// Prints a statement per row as rows arrive.
pub(super) struct InsertPrinter {
    prefix: String,
}

impl InsertPrinter {
    pub(super) fn new(schema: &SchemaRef, style: &Style) -> Self {
        let names: Vec<String> =
            schema.fields().iter().map(|field| identifier(field.name())).collect();
        Self {
            prefix: format!("INSERT INTO {} ({}) VALUES (", style.insert_table, names.join(", ")),
        }
    }
}

impl Printer for InsertPrinter {
    fn batch(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<()> {
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            text.push_str(&self.prefix);
            for (index, column) in batch.columns().iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                write_literal(&mut text, column.as_ref(), row);
            }
            text.push_str(");\n");
        }
        Ok(out.write_all(text.as_bytes())?)
    }

    fn finish(&mut self, _: &mut dyn Write) -> Result<()> {
        Ok(())
    }
}

/// Appends a value as SQL that evaluates to it.
pub(crate) fn write_literal(out: &mut String, array: &dyn Array, row: usize) {
    use DataType as T;
    let Some((array, row)) = resolve(array, row) else {
        return out.push_str("NULL");
    };
    let mut text = String::new();
    match array.data_type() {
        T::Boolean => write_value(out, array, row, "NULL"),
        float if float.is_floating() => {
            write_value(&mut text, array, row, "NULL");
            match text.ends_with(|c: char| c.is_ascii_digit()) {
                true => out.push_str(&text),
                false => {
                    let _ = write!(out, "CAST('{text}' AS DOUBLE)");
                }
            }
        }
        number if number.is_numeric() => write_value(out, array, row, "NULL"),
        T::Binary => write_hex(out, array.as_binary::<i32>().value(row)),
        T::LargeBinary => write_hex(out, array.as_binary::<i64>().value(row)),
        T::BinaryView => write_hex(out, array.as_binary_view().value(row)),
        T::FixedSizeBinary(_) => write_hex(out, array.as_fixed_size_binary().value(row)),
        _ => {
            if !write_nested::<Literal>(out, array, row) {
                write_value(&mut text, array, row, "NULL");
                out.push_str(&literal(&text));
            }
        }
    }
}

struct Literal;

impl Notation for Literal {
    const SEPARATOR: &str = ", ";
    const MAP: &str = "MAP {";
    const KEY: &str = ": ";

    fn name(out: &mut String, name: &str) {
        out.extend([&literal(name), ": "]);
    }

    fn value(out: &mut String, array: &dyn Array, row: usize) {
        write_literal(out, array, row);
    }
}

fn write_hex(out: &mut String, bytes: &[u8]) {
    out.push_str("X'");
    for byte in bytes {
        let _ = write!(out, "{byte:02X}");
    }
    out.push('\'');
}
