//! GraphAr's names of types, and Arrow's types for them.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, TimeUnit};
use extension::{Error, Result, closest};

/// The plain types. The first of two names for a type is the one that is written.
const TYPES: &[(&str, DataType)] = &[
    ("bool", DataType::Boolean),
    ("int32", DataType::Int32),
    ("int64", DataType::Int64),
    ("float", DataType::Float32),
    ("double", DataType::Float64),
    ("string", DataType::Utf8View),
    ("date", DataType::Date32),
    ("timestamp", DataType::Timestamp(TimeUnit::Microsecond, None)),
];

/// The type of a property.
pub(crate) fn arrow_type(name: &str, cardinality: Option<&str>) -> Result<DataType> {
    let plain = plain_type(name)?;
    match cardinality.map(str::to_lowercase).as_deref() {
        None | Some("single") => Ok(plain),
        Some("list" | "set") => Ok(list_of(plain)),
        Some(other) => {
            Err(Error::invalid_data(format!("'{other}' is no cardinality of a property"))
                .with_hint("cardinalities: single, list, set"))
        }
    }
}

fn plain_type(name: &str) -> Result<DataType> {
    let text = name.trim().to_lowercase();
    if let Some(inner) = text.strip_prefix("list<").and_then(|rest| rest.strip_suffix('>')) {
        return Ok(list_of(plain_type(inner)?));
    }
    let found = TYPES.iter().find(|(known, _)| *known == text);
    found.map(|(_, data_type)| data_type.clone()).ok_or_else(|| {
        let names = || TYPES.iter().map(|(known, _)| *known);
        let error = Error::invalid_data(format!("'{name}' is no type of GraphAr"));
        match closest(&text, names()) {
            Some(near) => error.with_hint(format!("did you mean {near}?")),
            None => error
                .with_hint(format!("types: {}, list<…>", names().collect::<Vec<_>>().join(", "))),
        }
    })
}

fn list_of(element: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("element", element, true)))
}

/// The type in which values of an Arrow type are written, and its name, if GraphAr has one that holds
/// all of them.
pub(crate) fn stored_type(data_type: &DataType) -> Option<(String, DataType)> {
    let stored = match data_type {
        DataType::Boolean => DataType::Boolean,
        DataType::Int8 | DataType::Int16 | DataType::UInt8 | DataType::UInt16 => DataType::Int32,
        DataType::Int32 => DataType::Int32,
        DataType::UInt32 | DataType::Int64 => DataType::Int64,
        DataType::Float16 | DataType::Float32 => DataType::Float32,
        DataType::Float64 => DataType::Float64,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::Date32 => DataType::Date32,
        // The format counts milliseconds; a cast that loses digits is refused where values are.
        DataType::Timestamp(_, None) => DataType::Timestamp(TimeUnit::Millisecond, None),
        DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
            let (name, element) = stored_type(field.data_type())?;
            if matches!(element, DataType::List(_) | DataType::Timestamp(..)) {
                return None;
            }
            return Some((format!("list<{name}>"), list_of(element)));
        }
        _ => return None,
    };
    let name = match &stored {
        DataType::Utf8 => "string",
        DataType::Timestamp(..) => "timestamp",
        other => TYPES.iter().find(|(_, known)| known == other)?.0,
    };
    Some((name.to_string(), stored))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_by_name() {
        assert_eq!(arrow_type("int64", None).ok(), Some(DataType::Int64));
        assert_eq!(arrow_type("INT32", Some("single")).ok(), Some(DataType::Int32));
        let floats = list_of(DataType::Float32);
        assert_eq!(arrow_type("list<float>", None).ok(), Some(floats.clone()));
        assert_eq!(arrow_type("float", Some("list")).ok(), Some(floats));
        let error = arrow_type("integer", None).expect_err("there is no such type");
        assert!(error.to_string().contains("'integer' is no type"), "{error}");
    }

    #[test]
    fn types_that_are_written_are_read_back() {
        for (name, data_type) in TYPES {
            let (written, _) = stored_type(data_type).expect("every type can be written");
            assert_eq!(written, *name);
        }
        assert!(stored_type(&DataType::Decimal128(10, 2)).is_none());
        assert!(stored_type(&DataType::UInt64).is_none());
    }
}
