//! Errors with the line of the file. Lines are only counted when there is something to complain about.

use arrow::datatypes::DataType;
use datafusion::common::DataFusionError;
use extension::{Error, sql_type_name};
use futures::TryStreamExt;

use super::scanner::Flaw;
use super::{CsvFile, CsvOptions};
use crate::formats::{OpenRequest, bytes, json};

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Complaint {
    /// It has another number of fields.
    Width { expected: usize, found: usize },
    /// Its quotes are broken.
    Quotes(Flaw),
    /// It is longer than allowed.
    TooLong,
    /// A field is not a value of its column's type.
    Value { column: String, data_type: DataType, text: Vec<u8> },
}

/// A complaint about the record that starts at an offset of the decompressed file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Complained {
    pub offset: u64,
    pub complaint: Complaint,
}

/// The error for a record without end.
pub(crate) fn line_too_long(file: &str, most: usize) -> Error {
    Error::invalid_data(format!("'{file}' has a record longer than {most} bytes")).with_hint(
        "perhaps a quote is never closed; max_line_size => … allows longer records, quote => '' reads quotes as text",
    )
}

/// The complaint as a person should read it.
pub(super) async fn explain(
    complained: Complained,
    request: &OpenRequest,
    file: &CsvFile,
    options: &CsvOptions,
) -> DataFusionError {
    let name = &request.scanned.name;
    let place = match line_of(complained.offset, request, file).await {
        Ok(line) => format!("'{name}', line {line}"),
        Err(_) => format!("'{name}', byte {}", complained.offset),
    };
    let error = match complained.complaint {
        Complaint::TooLong => return line_too_long(name, options.max_line_size).into(),
        Complaint::Width { expected, found } => {
            let why = if file.has_header { "the header names" } else { "the first record has" };
            Error::invalid_data(format!("{place}: {found} columns, but {why} {expected}")).with_hint(
                match found < expected {
                    true => "null_padding => true fills short records up, ignore_errors => true leaves them out, skip => n passes over lines before the header",
                    false => "ignore_errors => true leaves such records out, skip => n passes over lines before the header, delim and quote say how fields are written",
                },
            )
        }
        Complaint::Quotes(Flaw::UnclosedQuote) => {
            Error::invalid_data(format!("{place}: a quote is never closed"))
                .with_hint("quote => '' reads quotes as text, ignore_errors => true leaves such records out")
        }
        Complaint::Quotes(Flaw::TextAfterQuote) => {
            Error::invalid_data(format!("{place}: text follows a closing quote"))
                .with_hint("quote => '' reads quotes as text, escape => '\\' takes \\\" for a quote, ignore_errors => true leaves such records out")
        }
        Complaint::Value { column, data_type, text } => {
            let sql = sql_type_name(&data_type);
            match std::str::from_utf8(&text).is_err() {
                true => Error::invalid_data(format!(
                    "{place}: column '{column}': '{}' is not valid UTF-8",
                    json::shorten(&text)
                ))
                .with_hint("convert the file to UTF-8, or leave such records out with ignore_errors => true"),
                false => Error::invalid_data(format!(
                    "{place}: column '{column}': '{}' is not a {sql}",
                    json::shorten(&text)
                ))
                .with_hint(format!(
                    "types => {{'{column}': 'VARCHAR'}} reads the column as text, sample_size => -1 finds the types from all records, ignore_errors => true leaves such records out"
                )),
            }
        }
    };
    error.into()
}

/// The line, from 1, on which the byte at `offset` of the decompressed file stands.
async fn line_of(
    offset: u64,
    request: &OpenRequest,
    file: &CsvFile,
) -> Result<u64, DataFusionError> {
    let meta = &request.file.object_meta;
    let mut pieces =
        bytes::content(&request.store, &meta.location, meta.size, file.compression).await?;
    let mut rest = offset;
    let mut line = 1;
    while rest > 0 {
        let Some(piece) = pieces.try_next().await? else { break };
        let counted = usize::try_from(rest).unwrap_or(usize::MAX).min(piece.len());
        line +=
            piece[..counted].iter().filter(|byte| **byte == file.dialect.line_end).count() as u64;
        rest -= counted as u64;
    }
    Ok(line)
}
