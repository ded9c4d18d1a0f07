//! Matrix Market coordinate files: each entry of the matrix is an edge from its row to its column.

use std::io::BufRead;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::DataFusionError;
use extension::{Arguments, Error, Parameter, Result};
use futures::TryStreamExt;

use super::blocking::{self, Made};
use super::{
    Batches, Compression, Description, FileHandle, Format, OpenRequest, Reader, adapt, bytes,
    compression,
};

/// The format.
#[derive(Debug)]
pub(crate) struct MatrixMarket;

/// How the first line begins.
const BANNER: &str = "%%MatrixMarket";

impl Format for MatrixMarket {
    fn name(&self) -> &'static str {
        "matrix_market"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["mtx"]
    }

    fn recognises(&self, head: &[u8]) -> bool {
        head.get(..BANNER.len()).is_some_and(|head| head.eq_ignore_ascii_case(BANNER.as_bytes()))
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[compression::PARAMETER]
    }

    fn reader(&self, arguments: &Arguments) -> Result<Arc<dyn Reader>> {
        Ok(Arc::new(MatrixReader { compression: Compression::from_arguments(arguments)? }))
    }
}

/// What an entry has beside its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Values {
    None,
    Integers,
    Reals,
}

/// What an entry says of the one at the mirrored place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Symmetry {
    General,
    Symmetric,
    SkewSymmetric,
}

/// What the first line says.
#[derive(Debug)]
struct Banner {
    values: Values,
    symmetry: Symmetry,
    schema: SchemaRef,
}

fn invalid(line: usize, reason: impl std::fmt::Display) -> Error {
    Error::invalid_data(format!("line {line} is not readable as Matrix Market: {reason}"))
}

impl Banner {
    fn read(line: &str) -> Result<Self> {
        let words: Vec<String> = line.split_whitespace().map(str::to_lowercase).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let [banner, "matrix", layout, values, symmetry] = words[..] else {
            return Err(invalid(1, "it should be '%%MatrixMarket matrix coordinate …'"));
        };
        if !banner.eq_ignore_ascii_case(BANNER) {
            return Err(invalid(1, "it should begin with %%MatrixMarket"));
        }
        let unsupported = |what: &str| {
            Error::unsupported(format!("Matrix Market files that are '{what}' are not supported"))
                .with_hint("coordinate files of pattern, integer or real entries are edges")
        };
        if layout != "coordinate" {
            return Err(unsupported(layout));
        }
        let values = match values {
            "pattern" => Values::None,
            "integer" => Values::Integers,
            "real" | "double" => Values::Reals,
            other => return Err(unsupported(other)),
        };
        let symmetry = match symmetry {
            "general" => Symmetry::General,
            "symmetric" => Symmetry::Symmetric,
            "skew-symmetric" => Symmetry::SkewSymmetric,
            other => return Err(unsupported(other)),
        };
        let end = |name| Field::new(name, DataType::Int64, false);
        let mut fields = vec![end("src"), end("dst")];
        match values {
            Values::None => {}
            Values::Integers => fields.push(end("weight")),
            Values::Reals => fields.push(Field::new("weight", DataType::Float64, false)),
        }
        Ok(Self { values, symmetry, schema: Arc::new(Schema::new(fields)) })
    }
}

#[derive(Debug)]
struct MatrixReader {
    compression: Option<Compression>,
}

impl MatrixReader {
    fn compression(&self, path: &str) -> Compression {
        self.compression.unwrap_or_else(|| Compression::by_path(path).0)
    }
}

#[async_trait]
impl Reader for MatrixReader {
    fn name(&self) -> &'static str {
        "matrix_market"
    }

    async fn describe(&self, file: &FileHandle, _state: &dyn Session) -> Result<Description> {
        let path = &file.meta.location;
        let compression = self.compression(path.as_ref());
        let mut pieces = bytes::content(&file.store, path, file.meta.size, compression).await?;
        let mut head = vec![];
        while let Some(piece) = pieces.try_next().await? {
            head.extend_from_slice(&piece);
            if piece.contains(&b'\n') {
                break;
            }
        }
        let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let banner = Banner::read(&String::from_utf8_lossy(line))?;
        Ok(Description::new(Arc::clone(&banner.schema), file.meta.size).with_details(banner))
    }

    async fn open(&self, request: OpenRequest) -> Result<Batches, DataFusionError> {
        let banner = request
            .scanned
            .description
            .details::<Banner>()
            .ok_or_else(|| Error::internal("the Matrix Market scan lost its description"))?;
        let meta = &request.file.object_meta;
        let compression = self.compression(meta.location.as_ref());
        let pieces = bytes::content(&request.store, &meta.location, meta.size, compression).await?;
        let (schema, batch_size) = (Arc::clone(&banner.schema), request.batch_size);
        let batches =
            blocking::parsed(pieces, move |bytes, made| read(bytes, &banner, batch_size, made));
        adapt(batches, &schema, &request.schema)
    }
}

/// Reads the entries in batches.
fn read(mut bytes: impl BufRead, banner: &Banner, batch_size: usize, made: &Made) -> Result<()> {
    let mut rows = Rows::default();
    // Rows, columns and entries of the matrix.
    let mut size: Option<[usize; 3]> = None;
    let (mut text, mut number, mut entries) = (String::new(), 0, 0);
    loop {
        text.clear();
        number += 1;
        let read = bytes.read_line(&mut text).map_err(|error| invalid(number, error))?;
        if read == 0 {
            break;
        }
        let line = text.trim();
        if line.is_empty() || line.starts_with('%') {
            continue;
        }
        let mut words = line.split_ascii_whitespace();
        let mut whole = |what: &str| {
            let word = words.next().ok_or_else(|| invalid(number, format!("{what} is missing")))?;
            word.parse::<usize>()
                .map_err(|_| invalid(number, format!("{what} is no whole number: {word}")))
        };
        let Some([height, width, expected]) = size else {
            size = Some([whole("the rows")?, whole("the columns")?, whole("the entries")?]);
            continue;
        };
        let (row, column) = (whole("the row")?, whole("the column")?);
        if row == 0 || row > height || column == 0 || column > width {
            let reason =
                format!("({row}, {column}) is outside of {height} rows and {width} columns");
            return Err(invalid(number, reason));
        }
        entries += 1;
        if entries > expected {
            return Err(invalid(number, format!("there are more than the {expected} entries")));
        }
        let value = match banner.values {
            Values::None => "",
            _ => words.next().ok_or_else(|| invalid(number, "the value is missing"))?,
        };
        if let Some(more) = words.next() {
            return Err(invalid(number, format!("'{more}' is too much")));
        }
        let no_number = || invalid(number, format!("'{value}' is no number"));
        match banner.values {
            Values::None => {}
            Values::Integers => rows.integers.push(value.parse().map_err(|_| no_number())?),
            Values::Reals => rows.reals.push(value.parse().map_err(|_| no_number())?),
        }
        rows.sources.push(row as i64);
        rows.targets.push(column as i64);
        if banner.symmetry != Symmetry::General && row != column {
            rows.mirror(banner.symmetry == Symmetry::SkewSymmetric);
        }
        if rows.sources.len() >= batch_size {
            made.push(rows.take(banner)?)?;
        }
    }
    match size {
        None => Err(invalid(number, "the line with the size is missing")),
        Some([_, _, expected]) if expected != entries => {
            Err(invalid(number, format!("the file ends after {entries} of {expected} entries")))
        }
        Some(_) if rows.sources.is_empty() => Ok(()),
        Some(_) => made.push(rows.take(banner)?),
    }
}

/// Entries that wait for their batch.
#[derive(Default)]
struct Rows {
    sources: Vec<i64>,
    targets: Vec<i64>,
    integers: Vec<i64>,
    reals: Vec<f64>,
}

impl Rows {
    /// Adds the last entry at the mirrored place.
    fn mirror(&mut self, negative: bool) {
        if let (Some(row), Some(column)) = (self.sources.last(), self.targets.last()) {
            let (row, column) = (*row, *column);
            self.sources.push(column);
            self.targets.push(row);
        }
        if let Some(value) = self.integers.last().copied() {
            self.integers.push(if negative { value.saturating_neg() } else { value });
        }
        if let Some(value) = self.reals.last().copied() {
            self.reals.push(if negative { -value } else { value });
        }
    }

    fn take(&mut self, banner: &Banner) -> Result<RecordBatch> {
        let rows = std::mem::take(self);
        let integers = |values| Arc::new(Int64Array::from(values)) as ArrayRef;
        let mut columns = vec![integers(rows.sources), integers(rows.targets)];
        match banner.values {
            Values::None => {}
            Values::Integers => columns.push(integers(rows.integers)),
            Values::Reals => columns.push(Arc::new(Float64Array::from(rows.reals))),
        }
        Ok(RecordBatch::try_new(Arc::clone(&banner.schema), columns)?)
    }
}
