//! JSON: an array of objects, objects one per line, or objects one after the other.
//!
//! The layout and the types are found in a sample. Files with one object per line are read by byte
//! ranges in parallel; when a value does not fit, the file is read once more to name the line.

mod infer;
mod locate;
mod records;
mod scan;

use std::sync::Arc;

use arrow::datatypes::{Field, Schema};
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::DataFusionError;
use extension::{Arguments, Error, Parameter, Result, parse_sql_type};
use futures::TryStreamExt;

use self::infer::Kind;
use self::records::{Layout, split_records};
use super::compression;
use super::{
    Batches, Compression, Description, FileHandle, Format, OpenRequest, Reader, ScannedFile, bytes,
};

/// JSON whose layout is found out.
#[derive(Debug)]
pub(crate) struct Json;

/// JSON with one object per line.
#[derive(Debug)]
pub(crate) struct Ndjson;

const LAYOUT: Parameter = Parameter {
    name: "format",
    type_name: "VARCHAR",
    default: Some("'auto'"),
    description: "auto, array (one array of objects), newline_delimited (an object per line) or unstructured (objects one after the other)",
};

const COLUMNS: Parameter = Parameter {
    name: "columns",
    type_name: "STRUCT",
    default: Some("NULL"),
    description: "the columns to read with their types, such as {'id': 'BIGINT', 'at': 'TIMESTAMP'}; nothing is inferred then",
};

const SAMPLE_SIZE: Parameter = Parameter {
    name: "sample_size",
    type_name: "BIGINT",
    default: Some("20480"),
    description: "how many records the types are inferred from; -1 for all",
};

const IGNORE_ERRORS: Parameter = Parameter {
    name: "ignore_errors",
    type_name: "BOOLEAN",
    default: Some("false"),
    description: "skip lines that are not JSON and read values of another type as NULL",
};

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["json", "geojson"]
    }

    fn recognises(&self, head: &[u8]) -> bool {
        matches!(head.trim_ascii_start().first(), Some(b'{' | b'['))
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[LAYOUT, COLUMNS, SAMPLE_SIZE, IGNORE_ERRORS, compression::PARAMETER]
    }

    fn reader(&self, arguments: &Arguments) -> Result<Arc<dyn Reader>> {
        JsonReader::from_arguments(arguments, None)
    }
}

impl Format for Ndjson {
    fn name(&self) -> &'static str {
        "ndjson"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["ndjson", "jsonl"]
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[COLUMNS, SAMPLE_SIZE, IGNORE_ERRORS, compression::PARAMETER]
    }

    fn reader(&self, arguments: &Arguments) -> Result<Arc<dyn Reader>> {
        JsonReader::from_arguments(arguments, Some(Layout::Lines))
    }
}

#[derive(Debug)]
struct JsonReader {
    layout: Option<Layout>,
    columns: Option<Arc<Schema>>,
    /// `None` for all.
    sample_size: Option<usize>,
    ignore_errors: bool,
    compression: Option<Compression>,
}

/// What was found out about a file.
#[derive(Debug)]
pub(crate) struct JsonFile {
    layout: Layout,
    compression: Compression,
}

/// No sample is larger than this, however wide the records.
const MOST_SAMPLE_BYTES: usize = 32 << 20;

impl JsonReader {
    fn from_arguments(arguments: &Arguments, layout: Option<Layout>) -> Result<Arc<dyn Reader>> {
        let layout = match arguments.string("format")? {
            None => layout,
            Some(name) => match name.to_ascii_lowercase().as_str() {
                "auto" => layout,
                "array" => Some(Layout::Array),
                "newline_delimited" | "nd" => Some(Layout::Lines),
                "unstructured" => Some(Layout::Sequence),
                _ => {
                    let expected = "auto, array, newline_delimited or unstructured";
                    return Err(arguments.invalid("format", expected, format!("'{name}'")));
                }
            },
        };
        let columns = arguments
            .string_fields("columns")?
            .map(|columns| {
                let fields = columns.iter().map(|(name, type_name)| {
                    Ok(Field::new(name, parse_sql_type(type_name)?, true))
                });
                Ok::<_, Error>(Arc::new(Schema::new(fields.collect::<Result<Vec<_>>>()?)))
            })
            .transpose()?;
        Ok(Arc::new(Self {
            layout,
            columns,
            sample_size: sample_size(arguments)?,
            ignore_errors: arguments.boolean("ignore_errors")?.unwrap_or(false),
            compression: Compression::from_arguments(arguments)?,
        }))
    }
}

/// The number of records to look at, `None` for all.
pub(crate) fn sample_size(arguments: &Arguments) -> Result<Option<usize>> {
    match arguments.integer("sample_size")? {
        None => Ok(Some(20_480)),
        Some(-1) => Ok(None),
        Some(number) => match usize::try_from(number) {
            Ok(number) if number > 0 => Ok(Some(number)),
            _ => Err(arguments.invalid("sample_size", "-1 or a positive number", number)),
        },
    }
}

#[async_trait]
impl Reader for JsonReader {
    fn name(&self) -> &'static str {
        "json"
    }

    fn unions_by_name(&self) -> bool {
        true
    }

    async fn describe(&self, file: &FileHandle, _state: &dyn Session) -> Result<Description> {
        let compression =
            self.compression.unwrap_or_else(|| Compression::by_path(file.meta.location.as_ref()).0);
        let mut pieces =
            bytes::content(&file.store, &file.meta.location, file.meta.size, compression).await?;
        let mut sample = Vec::new();
        let mut kind = Kind::Null;
        let mut whole = false;
        // The sample grows until it holds enough records or the file ends.
        let (layout, records) = loop {
            match pieces.try_next().await? {
                Some(piece) => sample.extend_from_slice(&piece),
                None => whole = true,
            }
            if sample.starts_with(b"\xef\xbb\xbf") {
                sample.drain(..3);
            }
            let layout = self.layout.unwrap_or_else(|| Layout::of(&sample));
            if self.columns.is_some() && (whole || !sample.is_empty()) {
                break (layout, vec![]);
            }
            let records = split_records(&sample, layout, whole);
            let enough = self.sample_size.is_some_and(|size| records.len() >= size)
                || (self.sample_size.is_some() && sample.len() >= MOST_SAMPLE_BYTES);
            if whole || enough {
                break (layout, records);
            }
        };
        let blank = whole && sample.trim_ascii().is_empty();
        let details = JsonFile { layout, compression };
        if let Some(columns) = &self.columns {
            return Ok(Description::new(Arc::clone(columns), file.meta.size).with_details(details));
        }
        for record in records.iter().take(self.sample_size.unwrap_or(usize::MAX)) {
            match serde_json::from_slice::<serde_json::Value>(record.text) {
                Ok(serde_json::Value::Object(object)) => kind.add_object(&object),
                Ok(_) => {
                    return Err(Error::invalid_data(format!(
                        "'{}', line {}: expected an object, not {}",
                        file.name,
                        record.line,
                        shorten(record.text)
                    )));
                }
                Err(_) if self.ignore_errors => {}
                Err(error) => {
                    // The library counts lines from the record's start.
                    let text = error.to_string();
                    let reason = text.split(" at line ").next().unwrap_or(&text);
                    return Err(Error::invalid_data(format!(
                        "'{}', line {}: not JSON: {reason}",
                        file.name,
                        record.line + error.line().saturating_sub(1)
                    ))
                    .with_hint("ignore_errors => true skips such lines"));
                }
            }
        }
        let schema = Arc::new(Schema::new(kind.into_fields(&file.name)?));
        let mut description = Description::new(schema, file.meta.size).with_details(details);
        description.blank = blank;
        Ok(description)
    }

    fn splits(&self, file: &ScannedFile) -> bool {
        file.description.details::<JsonFile>().is_some_and(|json| {
            json.layout == Layout::Lines && json.compression == Compression::None
        })
    }

    async fn open(&self, request: OpenRequest) -> Result<Batches, DataFusionError> {
        scan::open(request, self.ignore_errors).await
    }
}

/// A value fit for a message.
pub(crate) fn shorten(text: &[u8]) -> String {
    const MOST: usize = 60;
    let text = String::from_utf8_lossy(text);
    let text = text.trim();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}
