//! The bytes of a file, or of a part of it, in large pieces.

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::common::{DataFusionError, Result};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, GetResultPayload, ObjectStore};

use super::Compression;

/// Pieces of a local file: large enough for the system calls not to matter, small enough for a cache.
const PIECE: usize = 1 << 20;

/// Pieces of a file.
pub(crate) type Pieces = BoxStream<'static, Result<Bytes>>;

/// The bytes of `range` as they are stored.
pub(crate) async fn stored(
    store: &Arc<dyn ObjectStore>,
    path: &Path,
    range: Range<u64>,
) -> Result<Pieces> {
    if range.is_empty() {
        return Ok(stream::empty().boxed());
    }
    let options =
        GetOptions { range: Some(GetRange::Bounded(range.clone())), ..Default::default() };
    let result = store.get_opts(path, options).await?;
    match result.payload {
        GetResultPayload::File(mut file, _) => {
            file.seek(SeekFrom::Start(range.start))?;
            let rest = range.end - range.start;
            Ok(stream::try_unfold((file, rest), |(mut file, rest)| async move {
                if rest == 0 {
                    return Ok(None);
                }
                let wanted = usize::try_from(rest).unwrap_or(PIECE).min(PIECE);
                let mut piece = Vec::with_capacity(wanted);
                let read = (&mut file).take(wanted as u64).read_to_end(&mut piece)?;
                // A file that shrank under our hands just ends.
                let rest = if read == 0 { 0 } else { rest - read as u64 };
                Ok::<_, DataFusionError>((read > 0).then(|| (Bytes::from(piece), (file, rest))))
            })
            .boxed())
        }
        GetResultPayload::Stream(pieces) => Ok(pieces.map_err(DataFusionError::from).boxed()),
    }
}

/// The bytes of a whole file, decompressed.
pub(crate) async fn content(
    store: &Arc<dyn ObjectStore>,
    path: &Path,
    size: u64,
    compression: Compression,
) -> Result<Pieces> {
    let pieces = stored(store, path, 0..size).await?;
    match compression {
        Compression::None => Ok(pieces),
        _ => compression.to_datafusion().convert_stream(pieces),
    }
}
