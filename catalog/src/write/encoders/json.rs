//! JSON: one object a line, or one array.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::json::writer::{LineDelimited, WriterBuilder};
use bytes::Bytes;
use datafusion::common::Result;
use datafusion::datasource::file_format::write::BatchSerializer;

use super::{Encoding, FileEncoder};

/// How values are written; NULL fields are written as `null`, so that every row has every column.
#[derive(Debug, Clone)]
struct Style {
    date_format: Option<String>,
    timestamp_format: Option<String>,
}

impl Style {
    fn new(options: &HashMap<String, String>) -> Self {
        Self {
            date_format: options.get("dateformat").cloned(),
            timestamp_format: options.get("timestampformat").cloned(),
        }
    }

    /// The rows as lines.
    fn lines(&self, batch: &RecordBatch) -> Result<Vec<u8>> {
        let timestamp = self.timestamp_format.as_deref();
        let mut builder = WriterBuilder::new()
            .with_explicit_nulls(true)
            .with_timestamp_format(timestamp.unwrap_or("%Y-%m-%d %H:%M:%S%.f").to_string())
            .with_timestamp_tz_format(timestamp.unwrap_or("%Y-%m-%d %H:%M:%S%.f%:z").to_string());
        if let Some(format) = &self.date_format {
            builder = builder.with_date_format(format.clone());
        }
        let mut writer = builder.build::<_, LineDelimited>(Vec::with_capacity(4096));
        writer.write(batch)?;
        Ok(writer.into_inner())
    }
}

/// Writes batches as lines.
#[derive(Debug)]
pub(crate) struct LineSerializer {
    style: Style,
}

impl LineSerializer {
    pub(crate) fn new(options: &HashMap<String, String>) -> Self {
        Self { style: Style::new(options) }
    }
}

impl BatchSerializer for LineSerializer {
    fn serialize(&self, batch: RecordBatch, _initial: bool) -> Result<Bytes> {
        Ok(Bytes::from(self.style.lines(&batch)?))
    }
}

/// The encoding of one array.
pub(crate) fn array(options: &HashMap<String, String>) -> Encoding {
    let style = Style::new(options);
    Encoding::Files(Arc::new(move |_| {
        Ok(Box::new(ArrayEncoder { style: style.clone(), rows: 0 }) as Box<dyn FileEncoder>)
    }))
}

struct ArrayEncoder {
    style: Style,
    rows: usize,
}

impl FileEncoder for ArrayEncoder {
    fn encode(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        let lines = self.style.lines(batch)?;
        // A line feed inside a text is written as \n, so each line is a row.
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            out.extend_from_slice(if self.rows == 0 { b"[\n\t" } else { b",\n\t" });
            out.extend_from_slice(line);
            self.rows += 1;
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(if self.rows == 0 { b"[]\n" } else { b"\n]\n" });
        Ok(())
    }
}
