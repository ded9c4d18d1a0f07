//! CSV and TSV, with a sniffer and a reader of our own.
//!
//! The sniffer finds delimiter, quote, header and types in a sample, as DuckDB's does. The reader scans
//! for the bytes that matter sixty-four at a time, decodes only the columns wanted, and reads parts of
//! a large file in parallel. Line breaks inside of quotes make a part's first record hard to find: a
//! guess is checked against the shape of the records that follow it, and afterwards against the place
//! where the part before it ended, so that a wrong guess can never be a wrong answer. When the sample
//! has such line breaks the file is not split at all.
//!
//! A value that does not fit stops the query with its file, line and column. Lines are only counted
//! then.

mod boundaries;
mod columns;
mod locate;
mod options;
mod scan;
mod scanner;
mod sniffer;
pub(crate) mod values;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::DataFusionError;
use datafusion::common::stats::Precision;
use extension::{Arguments, Parameter, Result};
use futures::TryStreamExt;

use self::boundaries::Boundaries;
use self::options::CsvOptions;
use self::scanner::Dialect;
use self::sniffer::{Sniffed, Sniffer};
use self::values::Look;
use super::{
    Batches, Compression, Description, FileHandle, Format, OpenRequest, Reader, ScannedFile, bytes,
};

/// Values between delimiters that are found out.
#[derive(Debug)]
pub(crate) struct Csv;

/// Values between tabs.
#[derive(Debug)]
pub(crate) struct Tsv;

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["csv", "tbl"]
    }

    fn parameters(&self) -> &'static [Parameter] {
        options::PARAMETERS
    }

    fn reader(&self, arguments: &Arguments) -> Result<Arc<dyn Reader>> {
        Ok(Arc::new(CsvReader::new("csv", CsvOptions::from_arguments(arguments, None)?)))
    }
}

impl Format for Tsv {
    fn name(&self) -> &'static str {
        "tsv"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["tsv", "tab"]
    }

    fn parameters(&self) -> &'static [Parameter] {
        options::PARAMETERS
    }

    fn reader(&self, arguments: &Arguments) -> Result<Arc<dyn Reader>> {
        Ok(Arc::new(CsvReader::new("tsv", CsvOptions::from_arguments(arguments, Some(b'\t'))?)))
    }
}

/// What was found out about a file.
#[derive(Debug, Clone)]
pub(crate) struct CsvFile {
    dialect: Dialect,
    /// Where the first record of data starts, in the decompressed file.
    data_start: u64,
    /// The columns' names, in the file's order.
    names: Vec<String>,
    /// Whether the names come from a first line.
    has_header: bool,
    compression: Compression,
    /// Whether a line break inside of quotes was seen.
    breaks_in_quotes: bool,
}

#[derive(Debug)]
struct CsvReader {
    name: &'static str,
    options: Arc<CsvOptions>,
    boundaries: Arc<Boundaries>,
}

impl CsvReader {
    fn new(name: &'static str, options: CsvOptions) -> Self {
        Self { name, options: Arc::new(options), boundaries: Arc::default() }
    }
}

/// The first part of the sample, from which the dialect is found.
const DIALECT_SAMPLE: usize = 1 << 20;

#[async_trait]
impl Reader for CsvReader {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn describe(&self, file: &FileHandle, _state: &dyn Session) -> Result<Description> {
        let options = &self.options;
        let location = &file.meta.location;
        let compression =
            options.compression.unwrap_or_else(|| Compression::by_path(location.as_ref()).0);
        let mut pieces = bytes::content(&file.store, location, file.meta.size, compression).await?;
        let mut sample = Vec::new();
        let mut whole = false;
        while sample.len() < DIALECT_SAMPLE && !whole {
            match pieces.try_next().await? {
                Some(piece) => sample.extend_from_slice(&piece),
                None => whole = true,
            }
        }
        let mut sniffer = Sniffer::start(&sample, whole, options, &file.name)?;
        let mut bytes_seen = 0_u64;
        let mut unread = sample.split_off(sniffer.data_start().min(sample.len()));
        loop {
            let used = sniffer.add(&unread, whole)?;
            bytes_seen += used as u64;
            unread.drain(..used);
            if whole || sniffer.is_done() {
                break;
            }
            match pieces.try_next().await? {
                Some(piece) => unread.extend_from_slice(&piece),
                None => whole = true,
            }
            if unread.len() > options.max_line_size {
                return Err(locate::line_too_long(&file.name, options.max_line_size));
            }
        }
        let rows_seen = sniffer.rows();
        let Sniffed { details, columns, blank } = sniffer.finish(&file.name, compression)?;
        let fields: Vec<Field> = columns
            .into_iter()
            .map(|(name, data_type)| Field::new(name, data_type, true))
            .collect();
        let mut description = Description::new(Arc::new(Schema::new(fields)), file.meta.size);
        if rows_seen > 0 && bytes_seen > 0 {
            // The planner orders joins by this guess; compressed text is taken to shrink to a quarter.
            let growth = if compression == Compression::None { 1.0 } else { 4.0 };
            let rows = file.meta.size as f64 * growth * rows_seen as f64 / bytes_seen as f64;
            let mut statistics = description.statistics.as_ref().clone();
            statistics.num_rows = Precision::Inexact(rows as usize);
            description.statistics = Arc::new(statistics);
        }
        description.blank = blank;
        Ok(description.with_details(details))
    }

    fn splits(&self, file: &ScannedFile) -> bool {
        let options = &self.options;
        // Records that may be short or bad leave nothing to check a guess against.
        options.parallel
            && !options.null_padding
            && !options.ignore_errors
            && options.comment.is_none()
            && file
                .description
                .details::<CsvFile>()
                .is_some_and(|csv| csv.compression == Compression::None && !csv.breaks_in_quotes)
    }

    async fn open(&self, request: OpenRequest) -> Result<Batches, DataFusionError> {
        scan::open(request, Arc::clone(&self.options), Arc::clone(&self.boundaries)).await
    }
}

/// The type of a column whose values look like this.
fn type_of(look: Look) -> DataType {
    match look {
        Look::Null => DataType::Null,
        Look::Boolean => DataType::Boolean,
        Look::Integer => DataType::Int64,
        Look::Float => DataType::Float64,
        Look::Date => DataType::Date32,
        Look::Time => DataType::Time64(TimeUnit::Microsecond),
        Look::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
        Look::TimestampZoned => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Look::Text => DataType::Utf8View,
    }
}
