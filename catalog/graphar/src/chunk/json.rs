//! JSON: an object per line.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow::error::ArrowError;
use arrow::json::ReaderBuilder;
use arrow::json::reader::Decoder;
use extension::Result;
use futures::{StreamExt, TryStreamExt};

use super::{Batches, ChunkRequest, Decode, adapt, bytes, decoded};

pub(super) async fn open(request: &ChunkRequest) -> Result<Batches> {
    let stream = bytes(&request.file).await?;
    let fields = request.schema.fields().iter();
    // Keys that an object lacks are NULL; the description says where there is none.
    let nullable: Vec<_> = fields.map(|field| field.as_ref().clone().with_nullable(true)).collect();
    let decoder = ReaderBuilder::new(Arc::new(Schema::new(nullable)))
        .with_batch_size(request.batch_size)
        .build_decoder()?;
    let schema = Arc::clone(&request.schema);
    let batches = decoded(decoder, stream);
    Ok(batches.and_then(move |batch| futures::future::ready(adapt(&batch, &schema))).boxed())
}

impl Decode for Decoder {
    fn decode(&mut self, bytes: &[u8]) -> Result<usize, ArrowError> {
        Decoder::decode(self, bytes)
    }

    fn flush(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        Decoder::flush(self)
    }
}
