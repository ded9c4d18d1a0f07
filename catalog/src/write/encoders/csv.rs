//! CSV as DuckDB writes it: NULL and the empty text differ, nested values are texts, timestamps have a
//! space.

use std::collections::HashMap;
use std::fmt::Write;

use arrow::array::{Array, RecordBatch};
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use bytes::Bytes;
use datafusion::common::Result;
use datafusion::datasource::file_format::write::BatchSerializer;

/// Writes batches as lines.
#[derive(Debug)]
pub(crate) struct CsvSerializer {
    header: bool,
    delimiter: char,
    quote: Option<char>,
    escape: Option<char>,
    null: String,
    date_format: Option<String>,
    timestamp_format: String,
    timestamp_tz_format: String,
    /// Names of columns whose values are always quoted; `*` stands for all.
    force_quote: Vec<String>,
}

impl CsvSerializer {
    pub(crate) fn new(options: &HashMap<String, String>) -> Result<Self> {
        let text = |name: &str| options.get(name).cloned();
        let character = |name: &str, default: Option<char>| match options.get(name) {
            Some(text) => text.chars().next(),
            None => default,
        };
        let quote = character("quote", Some('"'));
        let timestamp_format = text("timestampformat");
        Ok(Self {
            header: options.get("header").is_none_or(|value| value == "true"),
            delimiter: character("delimiter", Some(',')).unwrap_or(','),
            quote,
            escape: character("escape", quote),
            null: text("null").unwrap_or_default(),
            date_format: text("dateformat"),
            timestamp_tz_format: timestamp_format
                .clone()
                .unwrap_or_else(|| "%Y-%m-%d %H:%M:%S%.f%:z".into()),
            timestamp_format: timestamp_format.unwrap_or_else(|| "%Y-%m-%d %H:%M:%S%.f".into()),
            force_quote: text("force_quote")
                .map(|names| names.split('\u{1f}').map(str::to_string).collect())
                .unwrap_or_default(),
        })
    }

    fn is_forced(&self, name: &str) -> bool {
        self.force_quote.iter().any(|forced| forced == "*" || forced.eq_ignore_ascii_case(name))
    }

    fn needs_quotes(&self, value: &str) -> bool {
        value.is_empty()
            || value == self.null
            || value.chars().any(|character| {
                character == self.delimiter
                    || Some(character) == self.quote
                    || character == '\n'
                    || character == '\r'
            })
            || value.starts_with([' ', '\t', '#'])
            || value.ends_with([' ', '\t'])
    }

    fn push(&self, out: &mut String, value: &str, quoted: bool) {
        let Some(quote) = self.quote.filter(|_| quoted) else {
            out.push_str(value);
            return;
        };
        out.push(quote);
        for character in value.chars() {
            if character == quote || Some(character) == self.escape {
                out.push(self.escape.unwrap_or(quote));
            }
            out.push(character);
        }
        out.push(quote);
    }
}

/// Whether values of the type are texts of a user, which may hold anything.
fn is_free_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_free_text(values),
        DataType::RunEndEncoded(_, values) => is_free_text(values.data_type()),
        other => other.is_string() || other.is_nested(),
    }
}

impl BatchSerializer for CsvSerializer {
    fn serialize(&self, batch: RecordBatch, initial: bool) -> Result<Bytes> {
        let mut out = String::with_capacity(batch.num_rows() * batch.num_columns() * 8);
        let schema = batch.schema();
        if initial && self.header {
            for (index, field) in schema.fields().iter().enumerate() {
                if index > 0 {
                    out.push(self.delimiter);
                }
                self.push(&mut out, field.name(), self.needs_quotes(field.name()));
            }
            out.push('\n');
        }
        let format = FormatOptions::default()
            .with_date_format(self.date_format.as_deref())
            .with_timestamp_format(Some(&self.timestamp_format))
            .with_timestamp_tz_format(Some(&self.timestamp_tz_format));
        let columns: Vec<Column<'_>> = batch
            .columns()
            .iter()
            .zip(schema.fields())
            .map(|(array, field)| {
                Ok(Column {
                    // A column of nothing but NULL, or of a dictionary, has no bitmap of its own.
                    nulls: array.logical_nulls(),
                    formatter: ArrayFormatter::try_new(array, &format)?,
                    forced: self.is_forced(field.name()),
                    // What the formatter writes for numbers never needs quotes, unless the delimiter
                    // is a part of numbers.
                    checked: is_free_text(field.data_type())
                        || !field.data_type().is_numeric()
                        || "0123456789.-+eENnafi".contains(self.delimiter),
                })
            })
            .collect::<Result<_>>()?;
        let mut value = String::new();
        for row in 0..batch.num_rows() {
            for (index, column) in columns.iter().enumerate() {
                if index > 0 {
                    out.push(self.delimiter);
                }
                if column.is_null(row) {
                    out.push_str(&self.null);
                } else if column.checked || column.forced {
                    value.clear();
                    write!(value, "{}", column.formatter.value(row).try_to_string()?)
                        .map_err(|_| extension::Error::internal("a text could not be written"))?;
                    self.push(&mut out, &value, column.forced || self.needs_quotes(&value));
                } else {
                    column.formatter.value(row).write(&mut out)?;
                }
            }
            // A line of one NULL would be no line at all.
            if columns.len() == 1 && columns[0].is_null(row) && self.null.is_empty() {
                self.push(&mut out, "", self.quote.is_some());
            }
            out.push('\n');
        }
        Ok(Bytes::from(out))
    }
}

struct Column<'a> {
    nulls: Option<NullBuffer>,
    formatter: ArrayFormatter<'a>,
    forced: bool,
    checked: bool,
}

impl Column<'_> {
    fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }
}
