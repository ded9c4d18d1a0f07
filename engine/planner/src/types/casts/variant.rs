//! VARIANT: a value of any type that JSON can say, kept as JSON. Types that JSON would not give back as they
//! were, such as dates, are refused.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Int64Type, UInt64Type};
use extension::{Error, Result, sql_field_type_name};
use serde_json::{Map, Number, Value};

use super::{CastRule, convert, is_text, sql_type};

const NAME: &str = "VARIANT";

/// Digits of a decimal that a number of JSON gives back.
const EXACT_DIGITS: u8 = 15;

#[derive(Debug)]
pub(super) struct ToVariant;

impl CastRule for ToVariant {
    fn claims(&self, from: &Field, to: &Field) -> bool {
        sql_type(to) == Some(NAME) && sql_type(from) != Some(NAME)
    }

    fn cast(&self, values: &ArrayRef, from: &Field, to: &Field, _safe: bool) -> Result<ArrayRef> {
        let mut texts = StringBuilder::new();
        let values = plain(values)?;
        for row in 0..values.len() {
            match json(&values, from, row)? {
                Value::Null => texts.append_null(),
                value => texts.append_value(value.to_string()),
            }
        }
        Ok(cast(&texts.finish(), to.data_type())?)
    }
}

/// The values in one of the layouts that [`json`] reads.
fn plain(values: &ArrayRef) -> Result<ArrayRef> {
    let to = match values.data_type() {
        DataType::Int8 | DataType::Int16 | DataType::Int32 => DataType::Int64,
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => DataType::UInt64,
        DataType::Float16 | DataType::Float32 => DataType::Float64,
        DataType::Decimal128(precision, _) if *precision <= EXACT_DIGITS => DataType::Float64,
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::Dictionary(_, inner) => return plain(&cast(values, inner)?),
        DataType::LargeList(element) | DataType::FixedSizeList(element, _) => {
            DataType::List(Arc::clone(element))
        }
        _ => return Ok(Arc::clone(values)),
    };
    Ok(cast(values, &to)?)
}

fn json(values: &ArrayRef, field: &Field, row: usize) -> Result<Value> {
    if values.data_type().is_null() || values.is_null(row) {
        return Ok(Value::Null);
    }
    Ok(match values.data_type() {
        DataType::Boolean => Value::Bool(values.as_boolean().value(row)),
        DataType::Int64 => values.as_primitive::<Int64Type>().value(row).into(),
        DataType::UInt64 => values.as_primitive::<UInt64Type>().value(row).into(),
        DataType::Float64 => {
            let number = values.as_primitive::<Float64Type>().value(row);
            Value::Number(
                Number::from_f64(number).ok_or_else(|| {
                    Error::unsupported(format!("a VARIANT does not keep {number}"))
                })?,
            )
        }
        DataType::Utf8 => {
            let text = values.as_string::<i32>().value(row);
            match sql_type(field) {
                Some("JSON") => serde_json::from_str(text).map_err(|error| {
                    Error::invalid_data(format!("'{text}' is not JSON: {error}"))
                })?,
                None => Value::String(text.to_string()),
                Some(_) => return Err(refused(field)),
            }
        }
        DataType::List(element) => {
            let elements = plain(&values.as_list::<i32>().value(row))?;
            let elements = (0..elements.len()).map(|at| json(&elements, element, at));
            Value::Array(elements.collect::<Result<_>>()?)
        }
        DataType::Struct(fields) => {
            let mut members = Map::new();
            for (field, column) in fields.iter().zip(values.as_struct().columns()) {
                let value = json(&plain(&column.slice(row, 1))?, field, 0)?;
                members.insert(field.name().clone(), value);
            }
            Value::Object(members)
        }
        _ => return Err(refused(field)),
    })
}

fn refused(field: &Field) -> Error {
    let name = sql_field_type_name(field);
    Error::unsupported(format!("a VARIANT does not keep values of type {name}"))
        .with_hint("cast them to VARCHAR first; a VARIANT holds what JSON can say")
}

#[derive(Debug)]
pub(super) struct FromVariant;

impl CastRule for FromVariant {
    fn claims(&self, from: &Field, to: &Field) -> bool {
        sql_type(from) == Some(NAME) && sql_type(to) != Some(NAME)
    }

    fn cast(&self, values: &ArrayRef, _from: &Field, to: &Field, safe: bool) -> Result<ArrayRef> {
        let values = cast(values, &DataType::Utf8)?;
        if sql_type(to) == Some("JSON") {
            return Ok(cast(&values, to.data_type())?);
        }
        // A text is itself, and everything else is read as it is written.
        let mut texts = StringBuilder::new();
        for text in values.as_string::<i32>() {
            texts.append_option(match text.map(serde_json::from_str::<Value>) {
                Some(Ok(Value::String(text))) => Some(text),
                Some(Ok(other)) => Some(other.to_string()),
                _ => text.map(ToString::to_string),
            });
        }
        let texts: ArrayRef = Arc::new(texts.finish());
        match is_text(to.data_type()) && sql_type(to).is_none() {
            true => Ok(cast(&texts, to.data_type())?),
            false => convert(&texts, &Field::new("text", DataType::Utf8, true), to, safe),
        }
    }
}
