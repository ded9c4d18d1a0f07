//! Reading a chunk: some columns of some rows of one file, in the types that the description says.

mod csv;
mod json;
mod orc;
mod parquet;

use std::ops::Range;
use std::sync::Arc;
use std::task::{Poll, ready};

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;
use bytes::Bytes;
use extension::{Error, Result};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectStoreExt;

use crate::info::FileType;
use crate::location::Location;

/// The rows of a file.
pub(crate) type Batches = BoxStream<'static, Result<RecordBatch>>;

/// What is wanted of a file.
#[derive(Debug, Clone)]
pub(crate) struct ChunkRequest {
    pub(crate) file: Location,
    pub(crate) file_type: FileType,
    /// The columns, found in the file by their names.
    pub(crate) schema: SchemaRef,
    /// The rows, or all of them.
    pub(crate) rows: Option<Range<u64>>,
    pub(crate) batch_size: usize,
}

/// Opens a file: the batches have exactly the request's schema. Errors name the file.
pub(crate) async fn open(request: ChunkRequest) -> Result<Batches> {
    let shown = request.file.shown.clone();
    let name = move |error: Error| match error.message().contains(&shown) {
        true => error,
        false => error.context(format_args!("'{shown}'")),
    };
    let opened = match request.file_type {
        FileType::Parquet => parquet::open(&request).await,
        FileType::Csv => csv::open(&request).await.map(|rows| cut(rows, request.rows.clone())),
        FileType::Json => json::open(&request).await.map(|rows| cut(rows, request.rows.clone())),
        FileType::Orc => orc::open(&request).await.map(|rows| cut(rows, request.rows.clone())),
    };
    Ok(opened.map_err(&name)?.map_err(name).boxed())
}

/// The rows of a range alone.
fn cut(batches: Batches, rows: Option<Range<u64>>) -> Batches {
    let Some(rows) = rows else { return batches };
    let wanted = rows.clone();
    batches
        .scan(0_u64, move |seen, batch| {
            let begin = *seen;
            let next = batch.map(|batch| {
                let end = begin + batch.num_rows() as u64;
                *seen = end;
                let from = rows.start.clamp(begin, end) - begin;
                let to = rows.end.clamp(begin, end) - begin;
                (begin, batch.slice(from as usize, to.saturating_sub(from) as usize))
            });
            futures::future::ready(Some(next))
        })
        // What comes behind the range is not read.
        .try_take_while(move |(begin, _)| futures::future::ready(Ok(*begin < wanted.end)))
        .try_filter_map(|(_, batch)| {
            futures::future::ready(Ok((batch.num_rows() > 0).then_some(batch)))
        })
        .boxed()
}

/// The columns of a batch that are wanted, by their names and in their types.
fn adapt(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let columns = schema
        .fields()
        .iter()
        .map(|field| {
            let column = batch.column_by_name(field.name()).ok_or_else(|| missing(field.name()))?;
            if column.data_type() == field.data_type() {
                return Ok(Arc::clone(column));
            }
            // A value that does not fit is an error, not NULL.
            let options = CastOptions { safe: false, ..CastOptions::default() };
            cast_with_options(column, field.data_type(), &options)
                .map_err(|error| Error::invalid_data(format!("column '{}': {error}", field.name())))
        })
        .collect::<Result<Vec<ArrayRef>>>()?;
    // A file may hold NULL where the description says that there is none.
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let nullable: Vec<_> = schema
        .fields()
        .iter()
        .zip(&columns)
        .map(|(field, column)| field.as_ref().clone().with_nullable(column.null_count() > 0))
        .collect();
    for (field, checked) in schema.fields().iter().zip(&nullable) {
        if checked.is_nullable() && !field.is_nullable() {
            return Err(Error::invalid_data(format!(
                "column '{}' holds NULL, which the description rules out",
                field.name()
            )));
        }
    }
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
}

fn missing(column: &str) -> Error {
    Error::invalid_data(format!("there is no column '{column}'"))
}

/// The bytes of a file, as they come.
async fn bytes(file: &Location) -> Result<BoxStream<'static, Result<Bytes>>> {
    let found = file.store.get(&file.path).await.map_err(|error| file.explain(error))?;
    let file = file.clone();
    Ok(found.into_stream().map_err(move |error| file.explain(error)).boxed())
}

/// What makes rows of bytes.
trait Decode: Send + 'static {
    fn decode(&mut self, bytes: &[u8]) -> Result<usize, ArrowError>;

    fn flush(&mut self) -> Result<Option<RecordBatch>, ArrowError>;
}

/// The rows that a decoder makes of bytes as they come.
fn decoded(mut decoder: impl Decode, mut input: BoxStream<'static, Result<Bytes>>) -> Batches {
    let mut buffer = Bytes::new();
    futures::stream::poll_fn(move |context| {
        loop {
            if buffer.is_empty() {
                match ready!(input.poll_next_unpin(context)) {
                    Some(Ok(bytes)) => buffer = bytes,
                    Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                    // No bytes at all tell the decoder that the text ends.
                    None => {}
                }
            }
            match decoder.decode(&buffer) {
                Ok(0) => break,
                Ok(read) => drop(buffer.split_to(read)),
                Err(error) => return Poll::Ready(Some(Err(invalid(error)))),
            }
        }
        Poll::Ready(decoder.flush().map_err(invalid).transpose())
    })
    .boxed()
}

fn invalid(error: ArrowError) -> Error {
    match error {
        ArrowError::CsvError(text) | ArrowError::JsonError(text) | ArrowError::ParseError(text) => {
            Error::invalid_data(text)
        }
        other => other.into(),
    }
}

/// A schema of fields.
pub(crate) fn schema_of<'a>(
    fields: impl IntoIterator<Item = &'a arrow::datatypes::FieldRef>,
) -> SchemaRef {
    Arc::new(Schema::new(fields.into_iter().cloned().collect::<Vec<_>>()))
}
