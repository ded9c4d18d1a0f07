//! Between SQL values and JSON.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{
    DataType, Field, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use extension::{Error, Result, SQL_TYPE_KEY};
use serde_json::{Map, Number, Value};

/// Reads a text, naming it in the error.
pub(super) fn parse(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| {
        let shown: String = text.chars().take(60).collect();
        Error::invalid_data(format!("'{shown}' is not JSON: {error}"))
    })
}

fn is_json(field: &Field) -> bool {
    field.metadata().get(SQL_TYPE_KEY).is_some_and(|name| name == "JSON")
}

/// The rows of a column, ready to be written as JSON.
pub(super) enum Writer {
    Null,
    Boolean(ArrayRef),
    Whole(ArrayRef),
    Decimal(ArrayRef),
    Text(ArrayRef),
    /// Texts that are JSON already.
    Json(ArrayRef),
    List(ArrayRef, Box<Writer>),
    Struct(ArrayRef, Vec<(String, Writer)>),
    Map(ArrayRef, ArrayRef, Box<Writer>),
    Display(ArrayRef),
}

impl Writer {
    /// The writer of a column. Values of its field that are JSON stay as they are.
    pub(super) fn new(array: &ArrayRef, field: Option<&Field>) -> Result<Self> {
        use datafusion::arrow::compute::cast;
        Ok(match array.data_type() {
            DataType::Null => Writer::Null,
            data_type if data_type.is_string() && field.is_some_and(is_json) => {
                Writer::Json(cast(array, &DataType::LargeUtf8)?)
            }
            DataType::Boolean => Writer::Boolean(array.clone()),
            data_type if data_type.is_integer() => Writer::Whole(array.clone()),
            data_type if data_type.is_numeric() => {
                Writer::Decimal(cast(array, &DataType::Float64)?)
            }
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
                Writer::Text(cast(array, &DataType::LargeUtf8)?)
            }
            DataType::Dictionary(_, values) => Writer::new(&cast(array, values)?, field)?,
            DataType::FixedSizeList(element, _) | DataType::LargeList(element) => {
                Writer::new(&cast(array, &DataType::List(element.clone()))?, None)?
            }
            DataType::List(element) => {
                let values = array.as_list::<i32>().values();
                // A field may know of its elements what the array has forgotten.
                let element = match field.map(Field::data_type) {
                    Some(DataType::List(element)) => element,
                    _ => element,
                };
                Writer::List(array.clone(), Box::new(Writer::new(values, Some(element))?))
            }
            DataType::Struct(fields) => {
                let columns = array.as_struct().columns();
                let fields = fields.iter().zip(columns).map(|(field, column)| {
                    Ok((field.name().clone(), Writer::new(column, Some(field.as_ref()))?))
                });
                Writer::Struct(array.clone(), fields.collect::<Result<_>>()?)
            }
            DataType::Map(entries, _) => {
                let entry = match entries.data_type() {
                    DataType::Struct(fields) => fields.get(1).map(AsRef::as_ref),
                    _ => None,
                };
                let map = array.as_map();
                let keys = cast(map.keys(), &DataType::LargeUtf8)?;
                Writer::Map(array.clone(), keys, Box::new(Writer::new(map.values(), entry)?))
            }
            _ => Writer::Display(array.clone()),
        })
    }

    /// The value of a row.
    pub(super) fn value(&self, row: usize) -> Result<Value> {
        let array = match self {
            Writer::Null => return Ok(Value::Null),
            Writer::Boolean(array)
            | Writer::Whole(array)
            | Writer::Decimal(array)
            | Writer::Text(array)
            | Writer::Json(array)
            | Writer::List(array, _)
            | Writer::Struct(array, _)
            | Writer::Map(array, _, _)
            | Writer::Display(array) => array,
        };
        if array.is_null(row) {
            return Ok(Value::Null);
        }
        Ok(match self {
            Writer::Null => Value::Null,
            Writer::Boolean(array) => Value::Bool(array.as_boolean().value(row)),
            Writer::Whole(array) => Value::Number(whole(array, row)?),
            Writer::Decimal(array) => {
                let value = array.as_primitive::<Float64Type>().value(row);
                // JSON knows neither infinity nor NaN.
                Number::from_f64(value).map_or(Value::Null, Value::Number)
            }
            Writer::Text(array) => Value::String(array.as_string::<i64>().value(row).to_string()),
            Writer::Json(array) => parse(array.as_string::<i64>().value(row))?,
            Writer::List(array, elements) => {
                let offsets = array.as_list::<i32>().value_offsets();
                let range = offsets[row] as usize..offsets[row + 1] as usize;
                Value::Array(range.map(|at| elements.value(at)).collect::<Result<_>>()?)
            }
            Writer::Struct(_, fields) => {
                let members = fields
                    .iter()
                    .map(|(name, values)| Ok((name.clone(), values.value(row)?)))
                    .collect::<Result<Map<_, _>>>()?;
                Value::Object(members)
            }
            Writer::Map(array, keys, values) => {
                let offsets = array.as_map().value_offsets();
                let keys = keys.as_string::<i64>();
                let members = (offsets[row] as usize..offsets[row + 1] as usize)
                    .map(|at| Ok((keys.value(at).to_string(), values.value(at)?)))
                    .collect::<Result<Map<_, _>>>()?;
                Value::Object(members)
            }
            Writer::Display(array) => {
                let options = FormatOptions::new();
                let formatter = ArrayFormatter::try_new(array.as_ref(), &options)?;
                let text = formatter.value(row).to_string();
                let time = matches!(array.data_type(), DataType::Timestamp(_, _));
                Value::String(if time { text.replacen('T', " ", 1) } else { text })
            }
        })
    }
}

fn whole(array: &ArrayRef, row: usize) -> Result<Number> {
    Ok(match array.data_type() {
        DataType::Int8 => array.as_primitive::<Int8Type>().value(row).into(),
        DataType::Int16 => array.as_primitive::<Int16Type>().value(row).into(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).into(),
        DataType::UInt8 => array.as_primitive::<UInt8Type>().value(row).into(),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().value(row).into(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).into(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).into(),
        other => return Err(Error::internal(format!("{other} is no whole number"))),
    })
}
