//! Values as JSON: nested types stay nested, numbers stay numbers, everything else is text.

use std::fmt::Write;

use engine::arrow::array::{Array, AsArray};
use engine::arrow::datatypes::{DataType, SchemaRef};
use engine::arrow::record_batch::RecordBatch;

use crate::value::{Notation, resolve, write_nested, write_value};

/// Appends a row as an object.
pub(crate) fn write_row(out: &mut String, schema: &SchemaRef, batch: &RecordBatch, row: usize) {
    out.push('{');
    for (index, (field, column)) in schema.fields().iter().zip(batch.columns()).enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_string(out, field.name());
        out.push(':');
        write_json(out, column.as_ref(), row);
    }
    out.push('}');
}

/// Appends a value. JSON has no word for infinity and "not a number": they become null.
pub(crate) fn write_json(out: &mut String, array: &dyn Array, row: usize) {
    use DataType as T;
    let Some((array, row)) = resolve(array, row) else {
        return out.push_str("null");
    };
    match array.data_type() {
        T::Boolean
        | T::Decimal32(_, _)
        | T::Decimal64(_, _)
        | T::Decimal128(_, _)
        | T::Decimal256(_, _) => {
            write_value(out, array, row, "null");
        }
        integer if integer.is_integer() => write_value(out, array, row, "null"),
        float if float.is_floating() => {
            let start = out.len();
            write_value(out, array, row, "null");
            if !out.ends_with(|c: char| c.is_ascii_digit()) {
                out.replace_range(start.., "null");
            }
        }
        T::Utf8 => write_string(out, array.as_string::<i32>().value(row)),
        T::LargeUtf8 => write_string(out, array.as_string::<i64>().value(row)),
        T::Utf8View => write_string(out, array.as_string_view().value(row)),
        _ => {
            if !write_nested::<Json>(out, array, row) {
                let mut text = String::new();
                write_value(&mut text, array, row, "null");
                write_string(out, &text);
            }
        }
    }
}

struct Json;

impl Notation for Json {
    const SEPARATOR: &str = ",";
    const MAP: &str = "{";
    const KEY: &str = ":";

    fn name(out: &mut String, name: &str) {
        write_string(out, name);
        out.push(':');
    }

    /// Names of JSON objects are always text.
    fn key(out: &mut String, array: &dyn Array, row: usize) {
        let mut key = String::new();
        write_value(&mut key, array, row, "null");
        write_string(out, &key);
    }

    fn value(out: &mut String, array: &dyn Array, row: usize) {
        write_json(out, array, row);
    }
}

/// Appends a quoted and escaped string.
pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if (control as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", control as u32);
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use engine::arrow::array::{
        ArrayRef, Float64Array, Int64Array, StringArray, TimestampSecondArray,
    };
    use engine::arrow::record_batch::RecordBatch;

    use super::write_row;

    #[test]
    fn rows_are_valid_json() {
        let batch = RecordBatch::try_from_iter([
            ("i", Arc::new(Int64Array::from(vec![Some(1), None])) as ArrayRef),
            ("f", Arc::new(Float64Array::from(vec![1.5, f64::INFINITY])) as ArrayRef),
            ("s \"q\"", Arc::new(StringArray::from(vec!["a\n\u{1}", "é"])) as ArrayRef),
            ("t", Arc::new(TimestampSecondArray::from(vec![0, 1])) as ArrayRef),
        ])
        .unwrap();
        let rows: Vec<String> = (0..2)
            .map(|row| {
                let mut out = String::new();
                write_row(&mut out, &batch.schema(), &batch, row);
                out
            })
            .collect();
        assert_eq!(rows[0], r#"{"i":1,"f":1.5,"s \"q\"":"a\n\u0001","t":"1970-01-01 00:00:00"}"#);
        assert_eq!(rows[1], r#"{"i":null,"f":null,"s \"q\"":"é","t":"1970-01-01 00:00:01"}"#);
    }
}
