//! Rows as the bytes of a chunk, in the types of GraphAr.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef, Float32Type, Float64Type, Schema, SchemaRef};
use extension::{Error, Result, sql_type_name};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::info::FileType;
use crate::types::stored_type;

/// A column as it is written.
#[derive(Debug, Clone)]
pub(super) struct StoredColumn {
    pub(super) field: FieldRef,
}

impl StoredColumn {
    /// The column for values of a field.
    pub(super) fn new(field: &Field, file_type: FileType) -> Result<Self> {
        let name = field.name();
        let unsupported = || {
            Error::unsupported(format!(
                "column '{name}' of type {} cannot be stored in GraphAr",
                sql_type_name(field.data_type())
            ))
        };
        if name.starts_with("_graphAr") {
            return Err(Error::invalid_input(format!(
                "'{name}' is a name that GraphAr keeps for itself"
            )));
        }
        if ["_id", "_src", "_dst", "_labels"].contains(&name.as_str()) {
            return Err(Error::invalid_input(format!(
                "'{name}' is a column that every graph shows, so no property is called so"
            ))
            .with_hint(format!("SELECT * EXCLUDE ({name}) leaves it out")));
        }
        let (_, data_type) = stored_type(field.data_type())
            .ok_or_else(|| unsupported().with_hint("cast it, for example to VARCHAR or DOUBLE"))?;
        if file_type == FileType::Csv && matches!(data_type, DataType::List(_)) {
            return Err(
                unsupported().with_hint("files of CSV hold no lists; FILE_TYPE parquet does")
            );
        }
        let field = Arc::new(Field::new(name, data_type, true));
        Ok(Self { field })
    }

    /// Values in the column's type. What would lose digits is an error.
    pub(super) fn store(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let options = CastOptions { safe: false, ..CastOptions::default() };
        let name = self.field.name();
        let stored = cast_with_options(values, self.field.data_type(), &options)
            .map_err(|error| Error::invalid_data(format!("column '{name}': {error}")))?;
        if matches!(values.data_type(), DataType::Timestamp(..)) {
            let back = cast(&stored, values.data_type())?;
            if back.to_data() != values.to_data() {
                return Err(Error::invalid_data(format!(
                    "column '{name}' has times finer than milliseconds, which GraphAr cannot store"
                ))
                .with_hint("round them, as in date_trunc('millisecond', …)"));
            }
        }
        Ok(stored)
    }
}

/// The bytes of a chunk.
pub(super) fn encode(columns: Vec<(FieldRef, ArrayRef)>, file_type: FileType) -> Result<Vec<u8>> {
    let fields: Vec<FieldRef> = columns.iter().map(|(field, _)| Arc::clone(field)).collect();
    let arrays: Vec<ArrayRef> = columns.into_iter().map(|(_, array)| array).collect();
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)?;
    let mut bytes = vec![];
    match file_type {
        FileType::Parquet => {
            let properties = WriterProperties::builder()
                .set_compression(Compression::ZSTD(ZstdLevel::default()))
                .build();
            let mut writer = ArrowWriter::try_new(&mut bytes, schema, Some(properties))?;
            writer.write(&batch)?;
            writer.close()?;
        }
        FileType::Csv => {
            batch.columns().iter().zip(schema.fields()).try_for_each(check_csv)?;
            let mut writer = arrow::csv::WriterBuilder::new().with_header(true).build(&mut bytes);
            writer.write(&batch)?;
            drop(writer);
        }
        FileType::Json => {
            batch.columns().iter().zip(schema.fields()).try_for_each(check_json)?;
            let mut writer = arrow::json::LineDelimitedWriter::new(&mut bytes);
            writer.write(&batch)?;
            writer.finish()?;
        }
        FileType::Orc => return Err(Error::unsupported("ORC is read and not written")),
    }
    Ok(bytes)
}

/// CSV has one spelling for NULL and the empty text.
fn check_csv((array, field): (&ArrayRef, &FieldRef)) -> Result<()> {
    let Some(texts) = array.as_string_opt::<i32>() else { return Ok(()) };
    match texts.iter().any(|text| text == Some("")) {
        true => Err(Error::invalid_data(format!(
            "column '{}' has an empty text, which CSV cannot tell from NULL",
            field.name()
        ))
        .with_hint("FILE_TYPE parquet and json can")),
        false => Ok(()),
    }
}

/// JSON has no numbers beyond the finite ones.
fn check_json((array, field): (&ArrayRef, &FieldRef)) -> Result<()> {
    let finite = match array.data_type() {
        DataType::Float32 => {
            let floats = array.as_primitive::<Float32Type>();
            floats.iter().flatten().all(f32::is_finite)
        }
        DataType::Float64 => {
            let floats = array.as_primitive::<Float64Type>();
            floats.iter().flatten().all(f64::is_finite)
        }
        DataType::List(element) => {
            let lists = array.as_list::<i32>();
            return check_json((lists.values(), element));
        }
        _ => true,
    };
    match finite {
        true => Ok(()),
        false => Err(Error::invalid_data(format!(
            "column '{}' has NaN or infinity, which JSON cannot hold",
            field.name()
        ))
        .with_hint("FILE_TYPE parquet can")),
    }
}
