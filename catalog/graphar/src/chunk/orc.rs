//! ORC: columns by projection.

use std::sync::Arc;

use bytes::Bytes;
use extension::{Error, Result};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryFutureExt, TryStreamExt};
use object_store::{ObjectStore, ObjectStoreExt};
use orc_rust::ArrowReaderBuilder;
use orc_rust::projection::ProjectionMask;
use orc_rust::reader::AsyncChunkReader;

use super::{Batches, ChunkRequest, adapt, missing};

struct StoredFile {
    store: Arc<dyn ObjectStore>,
    path: object_store::path::Path,
    size: u64,
}

impl AsyncChunkReader for StoredFile {
    fn len(&mut self) -> BoxFuture<'_, std::io::Result<u64>> {
        futures::future::ready(Ok(self.size)).boxed()
    }

    fn get_bytes(&mut self, start: u64, length: u64) -> BoxFuture<'_, std::io::Result<Bytes>> {
        self.store
            .get_range(&self.path, start..start + length)
            .map_err(std::io::Error::from)
            .boxed()
    }
}

pub(super) async fn open(request: &ChunkRequest) -> Result<Batches> {
    let file = &request.file;
    let meta = file.store.head(&file.path).await.map_err(|error| file.explain(error))?;
    if meta.size < 4 {
        return Err(Error::invalid_data("too short for an ORC file"));
    }
    let reader =
        StoredFile { store: Arc::clone(&file.store), path: file.path.clone(), size: meta.size };
    let builder = ArrowReaderBuilder::try_new_async(reader)
        .await
        .map_err(|error| Error::invalid_data(format!("not a readable ORC file: {error}")))?;
    let root = builder.file_metadata().root_data_type();
    let mut wanted = vec![];
    for field in request.schema.fields() {
        let column = root.children().iter().find(|column| column.name() == field.name());
        let column = column.ok_or_else(|| missing(field.name()))?;
        wanted.push(column.data_type().column_index());
    }
    let mask = ProjectionMask::roots(root, wanted);
    let batches = builder.with_batch_size(request.batch_size).with_projection(mask).build_async();
    let schema = Arc::clone(&request.schema);
    let batches = batches
        .map_err(Error::from)
        .and_then(move |batch| futures::future::ready(adapt(&batch, &schema)));
    Ok(batches.boxed())
}
