//! Parquet: columns by projection, rows by selection.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use extension::{Error, Result};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryFutureExt, TryStreamExt};
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::{AsyncFileReader, ParquetRecordBatchStreamBuilder};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use super::{Batches, ChunkRequest, adapt, missing};

struct StoredFile {
    store: Arc<dyn ObjectStore>,
    path: object_store::path::Path,
    size: u64,
}

impl AsyncFileReader for StoredFile {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<Bytes>> {
        self.store.get_range(&self.path, range).map_err(ParquetError::from).boxed()
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, ParquetResult<Vec<Bytes>>> {
        async move { Ok(self.store.get_ranges(&self.path, &ranges).await?) }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, ParquetResult<Arc<ParquetMetaData>>> {
        async move {
            let size = self.size;
            let reader = ParquetMetaDataReader::new().with_arrow_reader_options(options);
            Ok(Arc::new(reader.load_and_finish(self, size).await?))
        }
        .boxed()
    }
}

pub(super) async fn open(request: &ChunkRequest) -> Result<Batches> {
    let file = &request.file;
    let meta = file.store.head(&file.path).await.map_err(|error| file.explain(error))?;
    let reader =
        StoredFile { store: Arc::clone(&file.store), path: file.path.clone(), size: meta.size };
    let mut builder = ParquetRecordBatchStreamBuilder::new(reader)
        .await
        .map_err(|error| Error::invalid_data(format!("not a readable Parquet file: {error}")))?;
    let stored = builder.parquet_schema();
    let roots = stored.root_schema().get_fields();
    let mut wanted = vec![];
    for field in request.schema.fields() {
        let index = roots.iter().position(|root| root.name() == field.name());
        wanted.push(index.ok_or_else(|| missing(field.name()))?);
    }
    let mask = ProjectionMask::roots(stored, wanted);
    builder = builder.with_projection(mask).with_batch_size(request.batch_size);
    if let Some(rows) = &request.rows {
        let length = rows.end.saturating_sub(rows.start);
        builder = builder
            .with_offset(usize::try_from(rows.start).unwrap_or(usize::MAX))
            .with_limit(usize::try_from(length).unwrap_or(usize::MAX));
    }
    let schema = Arc::clone(&request.schema);
    let batches = builder
        .build()?
        .map_err(Into::into)
        .and_then(move |batch| futures::future::ready(adapt(&batch, &schema)));
    Ok(batches.boxed())
}
