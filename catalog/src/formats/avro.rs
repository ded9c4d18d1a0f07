//! Avro object container files. Only the projected columns are decoded.

use std::io::{BufReader, Cursor};
use std::sync::Arc;

use arrow_avro::reader::ReaderBuilder;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::DataFusionError;
use extension::{Arguments, Parameter, Result};
use futures::{StreamExt, TryStreamExt};
use object_store::{GetResultPayload, ObjectStore, ObjectStoreExt, path::Path};

use super::{Batches, Description, FileHandle, Format, OpenRequest, Reader, adapt, bytes};

/// The format.
#[derive(Debug)]
pub(crate) struct Avro;

impl Format for Avro {
    fn name(&self) -> &'static str {
        "avro"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["avro"]
    }

    fn recognises(&self, head: &[u8]) -> bool {
        head.starts_with(b"Obj\x01")
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[]
    }

    fn reader(&self, _arguments: &Arguments) -> Result<Arc<dyn Reader>> {
        Ok(Arc::new(AvroReader))
    }
}

#[derive(Debug)]
struct AvroReader;

/// The part of a file that is fetched first for its header; a larger header is fetched whole.
const HEADER: u64 = 1 << 20;

#[async_trait]
impl Reader for AvroReader {
    fn name(&self) -> &'static str {
        "avro"
    }

    async fn describe(&self, file: &FileHandle, _state: &dyn Session) -> Result<Description> {
        let size = file.meta.size;
        let mut end = size.min(HEADER);
        loop {
            let head: Vec<_> = bytes::stored(&file.store, &file.meta.location, 0..end)
                .await?
                .try_collect()
                .await?;
            match ReaderBuilder::new().build(Cursor::new(head.concat())) {
                Ok(reader) => return Ok(Description::new(reader.schema(), size)),
                Err(_) if end < size => end = size,
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn open(&self, request: OpenRequest) -> Result<Batches, DataFusionError> {
        let from = Arc::clone(&request.scanned.description.schema);
        let projection: Vec<usize> = request
            .schema
            .fields()
            .iter()
            .filter_map(|field| from.index_of(field.name()).ok())
            .collect();
        // Rows can only be counted on some column.
        let projection = if projection.is_empty() { vec![0] } else { projection };
        // Not with views of text, which in arrow-avro 59 lose what is NULL.
        let builder =
            ReaderBuilder::new().with_batch_size(request.batch_size).with_projection(projection);
        let path: &Path = &request.file.object_meta.location;
        let store: &Arc<dyn ObjectStore> = &request.store;
        let fetched = store.get(path).await?;
        let (schema, batches) = match fetched.payload {
            GetResultPayload::File(file, _) => {
                let reader = builder.build(BufReader::with_capacity(1 << 18, file))?;
                (
                    reader.schema(),
                    futures::stream::iter(reader).map_err(DataFusionError::from).boxed(),
                )
            }
            GetResultPayload::Stream(_) => {
                let reader = builder.build(Cursor::new(fetched.bytes().await?))?;
                (
                    reader.schema(),
                    futures::stream::iter(reader).map_err(DataFusionError::from).boxed(),
                )
            }
        };
        adapt(batches, &schema, &request.schema)
    }
}
