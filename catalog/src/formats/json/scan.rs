//! The rows of a JSON file or of a byte range of one.

use std::sync::Arc;

use ::bytes::{Buf, Bytes};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::json::ReaderBuilder;
use arrow::json::reader::Decoder;
use datafusion::common::{DataFusionError, Result};
use futures::{StreamExt, TryStreamExt, stream};

use super::records::{ArrayBlanker, Layout};
use super::{JsonFile, locate};
use crate::formats::bytes::{self, Pieces};
use crate::formats::{Batches, OpenRequest};

/// Opens the file or range.
pub(crate) async fn open(request: OpenRequest, ignore_errors: bool) -> Result<Batches> {
    let details = request
        .scanned
        .description
        .details::<JsonFile>()
        .ok_or_else(|| extension::Error::internal("the JSON scan lost its description"))?;
    let meta = &request.file.object_meta;
    let pieces = match &request.file.range {
        Some(range) => lines_of_range(&request, range.start, range.end).await?,
        None => {
            bytes::content(&request.store, &meta.location, meta.size, details.compression).await?
        }
    };
    let pieces = match details.layout {
        Layout::Array => {
            let mut blanker = ArrayBlanker::default();
            pieces
                .map_ok(move |piece| {
                    let mut piece = Vec::from(piece);
                    blanker.blank(&mut piece);
                    Bytes::from(piece)
                })
                .boxed()
        }
        Layout::Lines if ignore_errors => only_json(pieces),
        Layout::Lines | Layout::Sequence => pieces,
    };
    let starts_file = request.file.range.as_ref().is_none_or(|range| range.start == 0);
    let decoder = decoder(&request.schema, request.batch_size, ignore_errors)?;
    let reading = Reading {
        pieces: if starts_file { without_mark(pieces) } else { pieces },
        decoder,
        current: Bytes::new(),
        ended: false,
    };
    let batches = stream::try_unfold(reading, |mut reading| async move {
        let batch = reading.next().await?;
        Ok::<_, DataFusionError>(batch.map(|batch| (batch, reading)))
    });
    let request = Arc::new(request);
    Ok(batches
        .or_else(move |error| {
            let request = Arc::clone(&request);
            async move { Err(locate::explain(error, &request, ignore_errors).await) }
        })
        .boxed())
}

/// The decoder for a schema.
pub(super) fn decoder(
    schema: &SchemaRef,
    batch_size: usize,
    ignore_errors: bool,
) -> Result<Decoder, ArrowError> {
    ReaderBuilder::new(Arc::clone(schema))
        .with_batch_size(batch_size)
        .with_coerce_primitive(true)
        .with_ignore_type_conflicts(ignore_errors)
        .build_decoder()
}

struct Reading {
    pieces: Pieces,
    decoder: Decoder,
    current: Bytes,
    ended: bool,
}

impl Reading {
    async fn next(&mut self) -> Result<Option<arrow::array::RecordBatch>> {
        loop {
            if self.current.is_empty() && !self.ended {
                match self.pieces.try_next().await? {
                    Some(piece) => self.current = piece,
                    None => self.ended = true,
                }
            }
            if self.ended {
                if self.decoder.has_partial_record() {
                    return Err(ArrowError::JsonError("the last record is cut short".into()).into());
                }
                return Ok(self.decoder.flush()?);
            }
            let used = self.decoder.decode(&self.current)?;
            self.current.advance(used);
            // Bytes are left over only when the batch is full.
            if !self.current.is_empty()
                && let Some(batch) = self.decoder.flush()?
            {
                return Ok(Some(batch));
            }
        }
    }
}

/// The lines that start in a byte range: from the first line break at or after its start, up to the
/// first one at or after its end.
async fn lines_of_range(request: &OpenRequest, start: i64, end: i64) -> Result<Pieces> {
    let meta = &request.file.object_meta;
    let start = u64::try_from(start).unwrap_or(0);
    let end = u64::try_from(end).unwrap_or(meta.size);
    // One byte early: when it is a line break, the range starts with a line.
    let from = start.saturating_sub(1);
    let pieces = bytes::stored(&request.store, &meta.location, from..meta.size).await?;
    let state = (pieces, from, start == 0, false);
    Ok(stream::try_unfold(state, move |(mut pieces, mut offset, mut started, done)| async move {
        if done {
            return Ok(None);
        }
        loop {
            let Some(mut piece) = pieces.try_next().await? else {
                return Ok(None);
            };
            let piece_start = offset;
            offset += piece.len() as u64;
            let mut first = piece_start;
            if !started {
                match piece.iter().position(|byte| *byte == b'\n') {
                    Some(position) => {
                        piece.advance(position + 1);
                        first += position as u64 + 1;
                        started = true;
                        if first >= end {
                            return Ok(None);
                        }
                    }
                    None => {
                        if offset >= end {
                            return Ok(None);
                        }
                        continue;
                    }
                }
            }
            // The line that holds the last byte of the range belongs to it.
            let mut done = false;
            if offset >= end {
                let last = usize::try_from(end.saturating_sub(1).max(first) - first).unwrap_or(0);
                if let Some(position) =
                    piece.get(last..).and_then(|rest| rest.iter().position(|byte| *byte == b'\n'))
                {
                    piece.truncate(last + position + 1);
                    done = true;
                }
            }
            return Ok::<_, DataFusionError>(Some((piece, (pieces, offset, started, done))));
        }
    })
    .boxed())
}

/// Leaves out lines that are not JSON.
fn only_json(pieces: Pieces) -> Pieces {
    let state = (pieces, Vec::new(), false);
    stream::try_unfold(state, |(mut pieces, mut rest, ended)| async move {
        if ended {
            return Ok(None);
        }
        let mut good = Vec::new();
        let mut keep = |line: &[u8]| {
            if serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok()
                && line.trim_ascii_start().first() == Some(&b'{')
            {
                good.extend_from_slice(line);
                good.push(b'\n');
            }
        };
        let ended = match pieces.try_next().await? {
            Some(piece) => {
                rest.extend_from_slice(&piece);
                let end = rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
                rest[..end].split(|byte| *byte == b'\n').for_each(&mut keep);
                rest.drain(..end);
                false
            }
            None => {
                keep(&rest);
                true
            }
        };
        Ok::<_, DataFusionError>(Some((Bytes::from(good), (pieces, rest, ended))))
    })
    .boxed()
}

/// Drops a byte order mark.
fn without_mark(pieces: Pieces) -> Pieces {
    let mut first = true;
    pieces
        .map_ok(move |mut piece| {
            if first && !piece.is_empty() {
                first = false;
                if piece.starts_with(b"\xef\xbb\xbf") {
                    piece.advance(3);
                }
            }
            piece
        })
        .boxed()
}
