//! The types of a sample of JSON values.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, TimeUnit};
use extension::{Error, Result};
use serde_json::{Map, Value};

use crate::formats::csv::values;

/// What the values seen in one place have in common.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// Nothing but null.
    Null,
    Boolean,
    Integer,
    Float,
    Date,
    Timestamp,
    Text,
    List(Box<Kind>),
    Object(Vec<(String, Kind)>),
    /// Objects or lists among other things, which no column can hold.
    Mixed,
}

impl Kind {
    /// Takes a record in.
    pub(crate) fn add_object(&mut self, object: &Map<String, Value>) {
        if *self == Kind::Null {
            *self = Kind::Object(vec![]);
        }
        let Kind::Object(fields) = self else {
            *self = Kind::Mixed;
            return;
        };
        for (index, (name, value)) in object.iter().enumerate() {
            // Records mostly have the same keys in the same order.
            let position = match fields.get(index) {
                Some((known, _)) if known == name => Some(index),
                _ => fields.iter().position(|(known, _)| known == name),
            };
            match position {
                Some(position) => fields[position].1.add(value),
                None => {
                    let mut kind = Kind::Null;
                    kind.add(value);
                    fields.push((name.clone(), kind));
                }
            }
        }
    }

    fn add(&mut self, value: &Value) {
        match value {
            Value::Null => {}
            Value::Object(object) => match self {
                Kind::Null | Kind::Object(_) => self.add_object(object),
                _ => *self = Kind::Mixed,
            },
            Value::Array(values) => {
                if *self == Kind::Null {
                    *self = Kind::List(Box::new(Kind::Null));
                }
                match self {
                    Kind::List(element) => values.iter().for_each(|value| element.add(value)),
                    other => *other = Kind::Mixed,
                }
            }
            Value::Bool(_) => self.widen(Kind::Boolean),
            Value::Number(number) if number.is_i64() => self.widen(Kind::Integer),
            Value::Number(_) => self.widen(Kind::Float),
            Value::String(text) => match self {
                Kind::Text => {}
                Kind::Null | Kind::Date if values::is_date(text.as_bytes()) => *self = Kind::Date,
                Kind::Null | Kind::Timestamp if values::is_timestamp(text.as_bytes()) => {
                    *self = Kind::Timestamp;
                }
                _ => self.widen(Kind::Text),
            },
        }
    }

    fn widen(&mut self, other: Kind) {
        *self = match (&*self, other) {
            (Kind::Null, other) => other,
            (Kind::Integer, Kind::Float) | (Kind::Float, Kind::Integer) => Kind::Float,
            (Kind::List(_) | Kind::Object(_) | Kind::Mixed, _) => Kind::Mixed,
            (same, other) if *same == other => return,
            _ => Kind::Text,
        };
    }

    /// The columns of records of this kind.
    pub(crate) fn into_fields(self, file: &str) -> Result<Fields> {
        match self {
            Kind::Object(fields) => fields
                .into_iter()
                .map(|(name, kind)| {
                    let data_type = kind.into_type(file, &name, true)?;
                    Ok(Field::new(name, data_type, true))
                })
                .collect(),
            _ => Ok(Fields::empty()),
        }
    }

    fn into_type(self, file: &str, path: &str, top: bool) -> Result<DataType> {
        Ok(match self {
            Kind::Null if top => DataType::Null,
            Kind::Null => DataType::Utf8,
            Kind::Boolean => DataType::Boolean,
            Kind::Integer => DataType::Int64,
            Kind::Float => DataType::Float64,
            Kind::Date => DataType::Date32,
            Kind::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Kind::Text if top => DataType::Utf8View,
            Kind::Text => DataType::Utf8,
            Kind::List(element) => {
                let element = element.into_type(file, &format!("{path}[]"), false)?;
                DataType::List(Arc::new(Field::new_list_field(element, true)))
            }
            Kind::Object(fields) => {
                let fields = fields.into_iter().map(|(name, kind)| {
                    let data_type = kind.into_type(file, &format!("{path}.{name}"), false)?;
                    Ok(Field::new(name, data_type, true))
                });
                DataType::Struct(fields.collect::<Result<Fields>>()?)
            }
            Kind::Mixed => {
                return Err(Error::invalid_data(format!(
                    "'{file}': '{path}' holds objects or lists in some records and other values in others"
                ))
                .with_hint("columns => {…} reads only the columns it names"));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use extension::sql_type_name;

    fn infer(records: &[&str]) -> Result<String> {
        let mut kind = Kind::Null;
        for record in records {
            match serde_json::from_str(record).unwrap() {
                Value::Object(object) => kind.add_object(&object),
                _ => panic!("not an object"),
            }
        }
        let fields = kind.into_fields("f")?;
        Ok(fields
            .iter()
            .map(|field| format!("{} {}", field.name(), sql_type_name(field.data_type())))
            .collect::<Vec<_>>()
            .join(", "))
    }

    #[test]
    fn types() {
        for (records, expected) in [
            (
                &["{\"a\":1,\"b\":\"x\"}", "{\"b\":\"y\",\"c\":true}"][..],
                "a BIGINT, b VARCHAR, c BOOLEAN",
            ),
            (&["{\"a\":1}", "{\"a\":1.5}"], "a DOUBLE"),
            (&["{\"a\":1}", "{\"a\":\"x\"}"], "a VARCHAR"),
            (&["{\"a\":18446744073709551615}"], "a DOUBLE"),
            (&["{\"a\":null}", "{\"a\":[]}", "{\"a\":[1,null,2.5]}"], "a DOUBLE[]"),
            (&["{\"a\":{\"x\":1}}", "{\"a\":{\"y\":\"z\"}}"], "a STRUCT(x BIGINT, y VARCHAR)"),
            (&["{\"a\":null}"], "a NULL"),
            (&["{\"a\":\"2024-01-02\"}", "{\"a\":null}"], "a DATE"),
            (&["{\"a\":\"2024-01-02 10:00:00\"}"], "a TIMESTAMP"),
            (&["{\"a\":\"2024-01-02\"}", "{\"a\":\"soon\"}"], "a VARCHAR"),
            (&["{}"], ""),
        ] {
            assert_eq!(infer(records).unwrap(), expected, "{records:?}");
        }
    }

    #[test]
    fn what_fits_no_column() {
        let error = infer(&["{\"a\":{\"b\":1}}", "{\"a\":2}"]).unwrap_err();
        assert!(error.message().contains("'a' holds objects"), "{error}");
    }
}
