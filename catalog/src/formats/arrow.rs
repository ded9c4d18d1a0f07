//! Arrow IPC, as a file with a footer or as a stream.

use std::io::Cursor;
use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::Schema;
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::reader::{StreamReader, read_footer_length};
use arrow::ipc::root_as_footer;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::DataFusionError;
use datafusion::datasource::physical_plan::{ArrowSource, FileSource};
use datafusion::physical_expr::projection::ProjectionExprs;
use extension::{Arguments, Error, Parameter, Result};
use futures::TryStreamExt;

use super::{
    Batches, Description, FileHandle, Format, OpenRequest, Reader, ScannedFile, adapt, bytes,
};

/// The format.
#[derive(Debug)]
pub(crate) struct Arrow;

const MAGIC: &[u8] = b"ARROW1";

impl Format for Arrow {
    fn name(&self) -> &'static str {
        "arrow"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["arrow", "arrows", "ipc", "feather"]
    }

    fn recognises(&self, head: &[u8]) -> bool {
        head.starts_with(MAGIC)
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[]
    }

    fn reader(&self, _arguments: &Arguments) -> Result<Arc<dyn Reader>> {
        Ok(Arc::new(ArrowReader))
    }
}

#[derive(Debug)]
struct ArrowReader;

/// Whether the file has a footer, so that it can be read in parts.
struct HasFooter(bool);

/// The schema is fetched with so many bytes; a larger one costs a second look.
const HEADER: u64 = 1 << 16;

async fn part(file: &FileHandle, range: Range<u64>) -> Result<Vec<u8>> {
    let pieces: Vec<_> =
        bytes::stored(&file.store, &file.meta.location, range).await?.try_collect().await?;
    Ok(pieces.concat())
}

fn cut_short() -> Error {
    Error::invalid_data("neither an Arrow file nor an Arrow stream, or cut short")
}

/// The footer holds the schema, and ends in its length and the magic number.
async fn schema_of_footer(file: &FileHandle) -> Result<Schema> {
    const TRAILER: u64 = 10;
    let size = file.meta.size;
    let end = size.checked_sub(TRAILER).ok_or_else(cut_short)?;
    let trailer = part(file, end..size).await?;
    let trailer: [u8; 10] = trailer.try_into().map_err(|_| cut_short())?;
    let length = read_footer_length(trailer).map_err(|_| cut_short())?;
    let start = end.checked_sub(length as u64).ok_or_else(cut_short)?;
    let footer = part(file, start..end).await?;
    let footer = root_as_footer(&footer).map_err(|_| cut_short())?;
    Ok(fb_to_schema(footer.schema().ok_or_else(cut_short)?))
}

async fn schema_of_stream(file: &FileHandle) -> Result<Schema> {
    let size = file.meta.size;
    let mut end = size.min(HEADER);
    loop {
        let head = part(file, 0..end).await?;
        match StreamReader::try_new(Cursor::new(head), None) {
            Ok(reader) => return Ok(reader.schema().as_ref().clone()),
            Err(_) if end < size => end = size,
            Err(_) => return Err(cut_short()),
        }
    }
}

#[async_trait]
impl Reader for ArrowReader {
    fn name(&self) -> &'static str {
        "arrow"
    }

    async fn describe(&self, file: &FileHandle, _state: &dyn Session) -> Result<Description> {
        let size = file.meta.size;
        let head = part(file, 0..size.min(MAGIC.len() as u64)).await?;
        let has_footer = head == MAGIC;
        let schema = match has_footer {
            true => schema_of_footer(file).await?,
            false => schema_of_stream(file).await?,
        };
        Ok(Description::new(Arc::new(schema), size).with_details(HasFooter(has_footer)))
    }

    fn splits(&self, file: &ScannedFile) -> bool {
        file.description.details::<HasFooter>().is_some_and(|footer| footer.0)
    }

    async fn open(&self, request: OpenRequest) -> Result<Batches, DataFusionError> {
        let from = &request.scanned.description.schema;
        let indices: Vec<usize> = request
            .schema
            .fields()
            .iter()
            .filter_map(|field| from.index_of(field.name()).ok())
            .collect();
        let projected = Arc::new(Schema::new(from.project(&indices)?.fields().clone()));
        let source = match self.splits(&request.scanned) {
            true => ArrowSource::new_file_source(from),
            false => ArrowSource::new_stream_file_source(from),
        };
        let projection = ProjectionExprs::from_indices(&indices, from);
        let source = source
            .try_pushdown_projection(&projection)?
            .ok_or_else(|| Error::internal("the Arrow reader takes no projection"))?;
        let opener = source.create_file_opener(Arc::clone(&request.store), &request.config, 0)?;
        let batches = opener.open(request.file)?.await?;
        adapt(batches, &projected, &request.schema)
    }
}
