//! JSON as values of SQL types: `json_transform(json, structure)`.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanBuilder, ListArray, MapArray, StringArray, StringBuilder, StructArray,
    new_null_array,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use extension::{Error, Result, parse_sql_type};
use serde_json::Value;

use super::value::parse;
use crate::manual::Manual;
use crate::scalar::{Call, Given, Kind, Scalar};

/// The type that a structure describes: the name of a type, a list with one, or an object of them.
fn type_of(structure: &Value) -> Result<DataType> {
    match structure {
        Value::String(name) => named(name),
        Value::Array(elements) => match elements.as_slice() {
            [element] => Ok(DataType::new_list(type_of(element)?, true)),
            _ => Err(Error::invalid_input("a list in a JSON structure has one element: its type")),
        },
        Value::Object(members) => {
            let fields: Vec<Field> = members
                .iter()
                .map(|(name, structure)| Ok(Field::new(name, type_of(structure)?, true)))
                .collect::<Result<_>>()?;
            match fields.is_empty() {
                true => Err(Error::invalid_input("an object in a JSON structure is empty")),
                false => Ok(DataType::Struct(fields.into())),
            }
        }
        other => Err(Error::invalid_input(format!("'{other}' is no JSON structure"))
            .with_hint("write the name of a type, [\"type\"], or {\"key\": \"type\"}")),
    }
}

fn named(name: &str) -> Result<DataType> {
    let upper = name.trim().to_ascii_uppercase();
    if upper == "JSON" {
        return Ok(DataType::Utf8);
    }
    if let Some(inner) = upper.strip_prefix("MAP(").and_then(|rest| rest.strip_suffix(')'))
        && let Some((key, value)) = inner.split_once(',')
    {
        if !matches!(parse_sql_type(key)?, DataType::Utf8View) {
            return Err(Error::unsupported("the keys of a JSON object are VARCHAR"));
        }
        let entries = Fields::from(vec![
            Field::new("key", DataType::Utf8, false),
            Field::new("value", named(value)?, true),
        ]);
        let entries = Field::new("entries", DataType::Struct(entries), false);
        return Ok(DataType::Map(Arc::new(entries), false));
    }
    Ok(match parse_sql_type(name)? {
        DataType::Utf8View => DataType::Utf8,
        other => other,
    })
}

fn returned(given: &Given) -> Result<DataType> {
    match given.text(1) {
        Some(structure) => type_of(&parse(structure)?),
        None => Err(Error::invalid_input("the structure of JSON must be a constant text")),
    }
}

/// Values as an array of the type. What does not fit is NULL, or an error if `strict`.
fn array(values: &[Option<&Value>], data_type: &DataType, strict: bool) -> Result<ArrayRef> {
    let misfit = |value: &Value, what: &str| {
        Error::invalid_data(format!("expected {what}, but got {value}"))
    };
    let present = |value: &Option<&Value>| value.is_some_and(|value| !value.is_null());
    Ok(match data_type {
        DataType::Struct(fields) => {
            let is_object = |value: &Option<&Value>| value.is_some_and(Value::is_object);
            if let (true, Some(Some(value))) =
                (strict, values.iter().find(|value| present(value) && !is_object(value)))
            {
                return Err(misfit(value, "OBJECT"));
            }
            let mut columns = vec![];
            for field in fields {
                let members: Vec<Option<&Value>> = values
                    .iter()
                    .map(|value| value.and_then(|value| value.get(field.name())))
                    .collect();
                if strict
                    && let Some((value, _)) = values
                        .iter()
                        .zip(&members)
                        .find(|(value, member)| is_object(value) && member.is_none())
                {
                    return Err(Error::invalid_data(format!(
                        "object {} does not have key \"{}\"",
                        value.unwrap_or(&Value::Null),
                        field.name()
                    )));
                }
                columns.push(array(&members, field.data_type(), strict)?);
            }
            let valid = NullBuffer::from_iter(values.iter().map(is_object));
            Arc::new(StructArray::try_new(fields.clone(), columns, Some(valid))?)
        }
        DataType::List(element) => {
            let (mut elements, mut lengths, mut valid) = (vec![], vec![], vec![]);
            for value in values {
                let list = value.and_then(|value| value.as_array());
                if let (true, None, Some(value)) = (strict && present(value), list, value) {
                    return Err(misfit(value, "ARRAY"));
                }
                elements.extend(list.into_iter().flatten().map(Some));
                lengths.push(list.map_or(0, Vec::len));
                valid.push(list.is_some());
            }
            let elements = array(&elements, element.data_type(), strict)?;
            let offsets = OffsetBuffer::from_lengths(lengths);
            let valid = Some(NullBuffer::from(valid));
            Arc::new(ListArray::try_new(Arc::clone(element), offsets, elements, valid)?)
        }
        DataType::Map(entries, _) => {
            let DataType::Struct(fields) = entries.data_type() else {
                return Err(Error::internal("the entries of a map are structs"));
            };
            let (mut keys, mut members, mut lengths, mut valid) = (vec![], vec![], vec![], vec![]);
            for value in values {
                let object = value.and_then(|value| value.as_object());
                if let (true, None, Some(value)) = (strict && present(value), object, value) {
                    return Err(misfit(value, "OBJECT"));
                }
                for (key, member) in object.into_iter().flatten() {
                    keys.push(key.as_str());
                    members.push(Some(member));
                }
                lengths.push(object.map_or(0, serde_json::Map::len));
                valid.push(object.is_some());
            }
            let keys: ArrayRef = Arc::new(StringArray::from(keys));
            let members = array(&members, fields[1].data_type(), strict)?;
            let structs = StructArray::try_new(fields.clone(), vec![keys, members], None)?;
            let offsets = OffsetBuffer::from_lengths(lengths);
            let valid = Some(NullBuffer::from(valid));
            Arc::new(MapArray::try_new(Arc::clone(entries), offsets, structs, valid, false)?)
        }
        DataType::Null => new_null_array(data_type, values.len()),
        DataType::Boolean => {
            let mut booleans = BooleanBuilder::with_capacity(values.len());
            for value in values {
                match value {
                    Some(Value::Bool(truth)) => booleans.append_value(*truth),
                    Some(Value::Number(number)) => {
                        booleans.append_value(number.as_f64() != Some(0.0));
                    }
                    Some(value @ Value::String(text)) => match text.to_lowercase().as_str() {
                        "true" | "t" | "1" => booleans.append_value(true),
                        "false" | "f" | "0" => booleans.append_value(false),
                        _ if strict => return Err(misfit(value, "BOOLEAN")),
                        _ => booleans.append_null(),
                    },
                    Some(value) if strict && !value.is_null() => {
                        return Err(misfit(value, "BOOLEAN"));
                    }
                    _ => booleans.append_null(),
                }
            }
            Arc::new(booleans.finish())
        }
        other => scalars(values, other, strict)?,
    })
}

/// Values of a type that a text can say.
fn scalars(values: &[Option<&Value>], data_type: &DataType, strict: bool) -> Result<ArrayRef> {
    let mut texts = StringBuilder::new();
    for value in values {
        match value {
            None | Some(Value::Null) => texts.append_null(),
            Some(Value::String(text)) => texts.append_value(text),
            Some(Value::Bool(truth)) if data_type.is_numeric() => {
                texts.append_value(if *truth { "1" } else { "0" });
            }
            Some(Value::Number(number)) if data_type.is_integer() && number.is_f64() => {
                // Halves are rounded to the even number.
                let rounded = number.as_f64().map(f64::round_ties_even);
                texts.append_option(rounded.map(|number| format!("{number:.0}")));
            }
            Some(value) => texts.append_value(value.to_string()),
        }
    }
    let texts: ArrayRef = Arc::new(texts.finish());
    if *data_type == DataType::Utf8 {
        return Ok(texts);
    }
    let options = CastOptions { safe: true, ..Default::default() };
    let converted = cast_with_options(&texts, data_type, &options)?;
    if strict
        && let Some(row) =
            (0..texts.len()).find(|row| texts.is_valid(*row) && converted.is_null(*row))
    {
        let value = values[row].unwrap_or(&Value::Null);
        return Err(Error::invalid_data(format!(
            "failed to cast value to {}: {value}",
            extension::sql_type_name(data_type)
        )));
    }
    Ok(converted)
}

fn transformed(call: &Call, strict: bool) -> Result<ArrayRef> {
    let texts = call.text(0)?;
    let values = (0..call.rows)
        .map(|row| texts.get(row).map(parse).transpose())
        .collect::<Result<Vec<Option<Value>>>>()?;
    let values: Vec<Option<&Value>> = values.iter().map(Option::as_ref).collect();
    array(&values, &call.returns, strict)
}

pub(super) const JSON_TRANSFORM: Scalar = Scalar {
    names: &["json_transform", "from_json"],
    manual: Manual {
        usage: "json_transform(json, structure)",
        description: "JSON as a value of the type that the constant structure describes: the name of a type, a list with one, \
            or an object of them. What is missing or does not fit is NULL.",
        example: "SELECT json_transform('{\"a\": 1, \"b\": [\"x\"]}', '{\"a\": \"INTEGER\", \"b\": [\"VARCHAR\"]}')",
        result: "{'a': 1, 'b': [x]}",
    },
    takes: &[&[Kind::Text, Kind::Text]],
    returns: returned,
    evaluate: |call| transformed(call, false),
};

pub(super) const JSON_TRANSFORM_STRICT: Scalar = Scalar {
    names: &["json_transform_strict", "from_json_strict"],
    manual: Manual {
        usage: "json_transform_strict(json, structure)",
        description: "JSON as a value of the type that the constant structure describes. What is missing or does not fit is an error.",
        example: "SELECT json_transform_strict('[1, 2]', '[\"DOUBLE\"]')",
        result: "[1.0, 2.0]",
    },
    takes: &[&[Kind::Text, Kind::Text]],
    returns: returned,
    evaluate: |call| transformed(call, true),
};
