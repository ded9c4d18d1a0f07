//! CSV: a header with the columns' names, commas, and nothing for NULL.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::csv::ReaderBuilder;
use arrow::csv::reader::{Decoder, Format};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use bytes::BytesMut;
use extension::{Error, Result};
use futures::{StreamExt, TryStreamExt};

use super::{Batches, ChunkRequest, Decode, adapt, bytes, decoded, missing};

/// How many bytes the names of the columns may take.
const LONGEST_HEADER: usize = 1 << 20;

pub(super) async fn open(request: &ChunkRequest) -> Result<Batches> {
    let mut stream = bytes(&request.file).await?;
    let mut head = BytesMut::new();
    while !head.contains(&b'\n') && head.len() < LONGEST_HEADER {
        match stream.try_next().await? {
            Some(more) => head.extend_from_slice(&more),
            None => break,
        }
    }
    let head = head.freeze();
    let format = Format::default().with_header(true);
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let (names, _) = format.infer_schema(line, Some(0))?;
    let mut fields = vec![];
    for name in names.fields() {
        let wanted = request.schema.column_with_name(name.name());
        fields.push(match wanted {
            Some((_, field)) if !is_csv_type(field.data_type()) => {
                return Err(Error::unsupported(format!(
                    "column '{}' of type {} cannot be read from CSV",
                    field.name(),
                    extension::sql_type_name(field.data_type())
                )));
            }
            Some((_, field)) => field.clone().with_nullable(true),
            None => Field::new(name.name(), DataType::Utf8, true),
        });
    }
    let mut wanted = vec![];
    for field in request.schema.fields() {
        let index = fields.iter().position(|found| found.name() == field.name());
        wanted.push(index.ok_or_else(|| missing(field.name()))?);
    }
    let decoder = ReaderBuilder::new(Arc::new(Schema::new(fields)))
        .with_header(true)
        .with_batch_size(request.batch_size)
        .with_projection(wanted)
        .build_decoder();
    let stream = futures::stream::once(async { Ok(head) }).chain(stream).boxed();
    let schema = Arc::clone(&request.schema);
    let batches = decoded(decoder, stream);
    Ok(batches.and_then(move |batch| futures::future::ready(adapt(&batch, &schema))).boxed())
}

/// Whether values of a type are texts in CSV.
fn is_csv_type(data_type: &DataType) -> bool {
    !matches!(data_type, DataType::List(_))
}

impl Decode for Decoder {
    fn decode(&mut self, bytes: &[u8]) -> Result<usize, ArrowError> {
        Decoder::decode(self, bytes)
    }

    fn flush(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        Decoder::flush(self)
    }
}
