//! After an error, the file is read once more, slowly, to say which line it is on.

use datafusion::common::DataFusionError;
use extension::{Error, with_sql_type_names};
use futures::TryStreamExt;

use super::records::{Layout, split_records};
use super::{JsonFile, scan, shorten};
use crate::formats::{OpenRequest, bytes};

/// Records that are decoded together before one of them is suspected.
const TOGETHER: usize = 1024;

/// The error with the line, if it can be found.
pub(super) async fn explain(
    error: DataFusionError,
    request: &OpenRequest,
    ignore_errors: bool,
) -> DataFusionError {
    match error {
        DataFusionError::ArrowError(..) => {}
        other => return other,
    }
    match find(request, ignore_errors).await {
        Ok(Some(found)) => found.into(),
        _ => Error::from(error).into(),
    }
}

async fn find(
    request: &OpenRequest,
    ignore_errors: bool,
) -> Result<Option<Error>, DataFusionError> {
    let Some(details) = request.scanned.description.details::<JsonFile>() else {
        return Ok(None);
    };
    let meta = &request.file.object_meta;
    let mut pieces =
        bytes::content(&request.store, &meta.location, meta.size, details.compression).await?;
    let mut text = Vec::new();
    let mut lines_before = 0;
    loop {
        let piece = pieces.try_next().await?;
        let whole = piece.is_none() || details.layout != Layout::Lines;
        match piece {
            Some(piece) => text.extend_from_slice(&piece),
            None if text.is_empty() => return Ok(None),
            None => {}
        }
        if details.layout != Layout::Lines {
            // Records that span lines are only told apart from the start of the file.
            while let Some(piece) = pieces.try_next().await? {
                text.extend_from_slice(&piece);
            }
        }
        let used = match whole {
            true => text.len(),
            false => text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1),
        };
        let start = if lines_before == 0 && text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let records = split_records(&text[start..used], details.layout, true);
        for together in records.chunks(TOGETHER) {
            if decode(request, ignore_errors, together.iter().map(|record| record.text)).is_ok() {
                continue;
            }
            for record in together {
                if let Err(error) = decode(request, ignore_errors, [record.text].into_iter()) {
                    return Ok(Some(at_line(
                        request,
                        lines_before + record.line,
                        record.text,
                        &error,
                    )));
                }
            }
        }
        if whole {
            return Ok(None);
        }
        lines_before += text[..used].iter().filter(|byte| **byte == b'\n').count();
        text.drain(..used);
    }
}

fn decode<'a>(
    request: &OpenRequest,
    ignore_errors: bool,
    records: impl Iterator<Item = &'a [u8]>,
) -> Result<(), String> {
    let mut decoder =
        scan::decoder(&request.schema, TOGETHER + 1, ignore_errors).map_err(|e| e.to_string())?;
    for record in records {
        decoder.decode(record).map_err(|e| e.to_string())?;
        decoder.decode(b"\n").map_err(|e| e.to_string())?;
        if decoder.has_partial_record() {
            return Err("the record is cut short".into());
        }
    }
    decoder.flush().map_err(|e| e.to_string())?;
    Ok(())
}

fn at_line(request: &OpenRequest, line: usize, record: &[u8], error: &str) -> Error {
    let reason = error.strip_prefix("Json error: ").unwrap_or(error);
    Error::invalid_data(format!(
        "'{}', line {line}: {}, in {}",
        request.scanned.name,
        with_sql_type_names(reason),
        shorten(record)
    ))
    .with_hint("infer the types from all records with sample_size => -1, name them with columns => {…}, or skip bad ones with ignore_errors => true")
}
