//! Avro files.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Fields, IntervalUnit, Schema, SchemaRef, TimeUnit};
use arrow_avro::compression::CompressionCodec;
use arrow_avro::writer::format::AvroOcfFormat;
use arrow_avro::writer::{Writer, WriterBuilder};
use datafusion::common::{DataFusionError, Result};
use extension::{Error, sql_type_name};
use parking_lot::Mutex;

use super::{Encoding, FileEncoder};
use crate::write::settings::unknown;

/// The encoding with the compression of its blocks.
pub(crate) fn encoding(compression: &str) -> Result<Encoding> {
    let codec = match compression {
        "uncompressed" => None,
        "deflate" => Some(CompressionCodec::Deflate),
        "snappy" => Some(CompressionCodec::Snappy),
        "zstd" => Some(CompressionCodec::ZStandard),
        "bzip2" => Some(CompressionCodec::Bzip2),
        "xz" => Some(CompressionCodec::Xz),
        other => return Err(unknown("compression", other)),
    };
    Ok(Encoding::Files(Arc::new(move |schema| {
        let schema = Arc::new(avro_schema(schema)?);
        let buffer = SharedBuffer::default();
        let writer = WriterBuilder::new(schema.as_ref().clone())
            .with_compression(codec)
            .build::<_, AvroOcfFormat>(buffer.clone())
            .map_err(avro_error)?;
        Ok(Box::new(AvroEncoder { schema, buffer, writer }) as Box<dyn FileEncoder>)
    })))
}

/// The Avro writer keeps its sink to itself, so the bytes are taken out of a shared one.
#[derive(Debug, Clone, Default)]
struct SharedBuffer(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for SharedBuffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct AvroEncoder {
    schema: SchemaRef,
    buffer: SharedBuffer,
    writer: Writer<SharedBuffer, AvroOcfFormat>,
}

impl FileEncoder for AvroEncoder {
    fn encode(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        let columns = batch
            .columns()
            .iter()
            .zip(self.schema.fields())
            .map(|(column, field)| match column.data_type() == field.data_type() {
                true => Ok(Arc::clone(column)),
                false => cast(column, field.data_type()),
            })
            .collect::<Result<_, _>>()?;
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns)?;
        if batch.num_rows() > 0 {
            self.writer.write(&batch).map_err(avro_error)?;
        }
        out.append(&mut self.buffer.0.lock());
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.writer.finish().map_err(avro_error)?;
        out.append(&mut self.buffer.0.lock());
        Ok(())
    }
}

fn avro_error(error: impl std::fmt::Display) -> DataFusionError {
    Error::invalid_data(format!("the rows cannot be written as Avro: {error}")).into()
}

/// The columns as Avro can hold them: names of letters, digits and underscores, and types it has.
pub(crate) fn avro_schema(schema: &Schema) -> Result<Schema> {
    let fields =
        schema.fields().iter().map(|field| avro_field(field)).collect::<Result<Vec<_>>>()?;
    Ok(Schema::new(fields))
}

fn avro_field(field: &Field) -> Result<Field> {
    let name = field.name();
    let begins_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !begins_well || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(Error::invalid_input(format!("'{name}' cannot be the name of an Avro field"))
            .with_hint("rename the column with AS to letters, digits and underscores")
            .into());
    }
    let data_type = avro_type(field.data_type()).map_err(|error| match error {
        None => DataFusionError::from(
            Error::unsupported(format!(
                "column '{name}' of type {} cannot be written as Avro",
                sql_type_name(field.data_type())
            ))
            .with_hint("cast it to VARCHAR"),
        ),
        Some(error) => error,
    })?;
    Ok(Field::new(name, data_type, field.is_nullable()))
}

/// The type that stands for `data_type`, or `None` as the error if there is none.
fn avro_type(data_type: &DataType) -> std::result::Result<DataType, Option<DataFusionError>> {
    use DataType as T;
    let element = |field: &Field| -> std::result::Result<Arc<Field>, Option<DataFusionError>> {
        Ok(Arc::new(Field::new(field.name(), avro_type(field.data_type())?, field.is_nullable())))
    };
    Ok(match data_type {
        T::Int8 | T::Int16 | T::UInt8 | T::UInt16 => T::Int32,
        T::UInt32 => T::Int64,
        // Avro's largest whole number is smaller; a decimal without places holds it.
        T::UInt64 => T::Decimal128(20, 0),
        T::Float16 => T::Float32,
        T::LargeUtf8 | T::Utf8View => T::Utf8,
        T::LargeBinary | T::BinaryView => T::Binary,
        T::Date64 => T::Date32,
        T::Time32(_) => T::Time32(TimeUnit::Millisecond),
        T::Time64(_) => T::Time64(TimeUnit::Microsecond),
        T::Timestamp(TimeUnit::Second, zone) => T::Timestamp(TimeUnit::Millisecond, zone.clone()),
        T::Decimal32(precision, scale) | T::Decimal64(precision, scale) => {
            T::Decimal128(*precision, *scale)
        }
        T::Dictionary(_, values) => avro_type(values)?,
        T::RunEndEncoded(_, values) => avro_type(values.data_type())?,
        T::Interval(_) => T::Interval(IntervalUnit::MonthDayNano),
        T::List(field)
        | T::LargeList(field)
        | T::ListView(field)
        | T::LargeListView(field)
        | T::FixedSizeList(field, _) => T::List(element(field)?),
        T::Struct(fields) => T::Struct(
            fields
                .iter()
                .map(|field| avro_field(field).map(Arc::new).map_err(Some))
                .collect::<std::result::Result<Fields, _>>()?,
        ),
        T::Duration(_) | T::Union(..) => return Err(None),
        other => other.clone(),
    })
}
