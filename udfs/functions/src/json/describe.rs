//! What JSON holds.

use datafusion::arrow::array::{BooleanArray, UInt64Array};
use datafusion::arrow::datatypes::DataType;
use extension::Result;
use serde_json::{Map, Value};

use super::path::Path;
use super::value::parse;
use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar, text_list};

const TEXT_OR_PATH: &[&[Kind]] = &[&[Kind::Text], &[Kind::Text, Kind::Text]];

/// The name of a value's type.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL",
        Value::Bool(_) => "BOOLEAN",
        Value::Number(number) if number.is_u64() => "UBIGINT",
        Value::Number(number) if number.is_i64() => "BIGINT",
        Value::Number(_) => "DOUBLE",
        Value::String(_) => "VARCHAR",
        Value::Array(_) => "ARRAY",
        Value::Object(_) => "OBJECT",
    }
}

/// The value of a row, at the path if there is one; `None` for NULL.
fn at<'a>(
    texts: &crate::scalar::Text<'a>,
    paths: &Option<crate::scalar::Text<'a>>,
    row: usize,
) -> Option<Result<Option<Value>>> {
    let text = texts.get(row)?;
    let path = match paths {
        Some(paths) => Some(paths.get(row)?),
        None => None,
    };
    let find = || {
        let value = parse(text)?;
        Ok(match path {
            Some(path) => Path::new(path)?.find(&value).cloned(),
            None => Some(value),
        })
    };
    Some(find())
}

pub(super) const JSON_TYPE: Scalar = Scalar {
    names: &["json_type"],
    manual: Manual {
        usage: "json_type(json [, path])",
        description: "What JSON is, at a path: ARRAY, BIGINT, BOOLEAN, DOUBLE, OBJECT, UBIGINT, VARCHAR or NULL.",
        example: "SELECT json_type('{\"a\": [1]}', '$.a')",
        result: "ARRAY",
    },
    takes: TEXT_OR_PATH,
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let (texts, paths) = (call.text(0)?, call.optional_text(1)?);
        call.write_text(|row, out| match at(&texts, &paths, row)? {
            Ok(value) => {
                out.push_str(type_name(&value?));
                Some(Ok(()))
            }
            Err(error) => Some(Err(error)),
        })
    },
};

pub(super) const JSON_KEYS: Scalar = Scalar {
    names: &["json_keys"],
    manual: Manual {
        usage: "json_keys(json [, path])",
        description: "The keys of an object, in their order.",
        example: "SELECT json_keys('{\"duck\": 1, \"goose\": 2}')",
        result: "[duck, goose]",
    },
    takes: TEXT_OR_PATH,
    returns: |_| Ok(DataType::new_list(DataType::Utf8, true)),
    evaluate: |call| {
        let (texts, paths) = (call.text(0)?, call.optional_text(1)?);
        text_list(call.rows, |row, keys| match at(&texts, &paths, row)? {
            Ok(value) => {
                if let Value::Object(members) = value? {
                    members.keys().for_each(|key| keys.append_value(key));
                }
                Some(Ok(()))
            }
            Err(error) => Some(Err(error)),
        })
    },
};

pub(super) const JSON_ARRAY_LENGTH: Scalar = Scalar {
    names: &["json_array_length"],
    manual: Manual {
        usage: "json_array_length(json [, path])",
        description: "How many elements an array has; 0 for what is none.",
        example: "SELECT json_array_length('[1, 2, 3]')",
        result: "3",
    },
    takes: TEXT_OR_PATH,
    returns: |_| Ok(DataType::UInt64),
    evaluate: |call| {
        let (texts, paths) = (call.text(0)?, call.optional_text(1)?);
        call.try_map::<UInt64Array, _>(|row| match at(&texts, &paths, row)? {
            Ok(value) => Some(Ok(value?.as_array().map_or(0, |elements| elements.len() as u64))),
            Err(error) => Some(Err(error)),
        })
    },
};

pub(super) const JSON_CONTAINS: Scalar = Scalar {
    names: &["json_contains"],
    manual: Manual {
        usage: "json_contains(haystack, needle)",
        description: "Whether JSON holds other JSON somewhere: an equal value, or an object with at least these members.",
        example: "SELECT json_contains('{\"a\": [1, {\"b\": 2}]}', '{\"b\": 2}')",
        result: "true",
    },
    takes: &[&[Kind::Text, Kind::Text]],
    returns: |_| Ok(DataType::Boolean),
    evaluate: |call| {
        let (haystacks, needles) = (call.text(0)?, call.text(1)?);
        call.try_map::<BooleanArray, _>(|row| {
            let (haystack, needle) = (haystacks.get(row)?, needles.get(row)?);
            let found = || Ok(contains(&parse(haystack)?, &parse(needle)?));
            Some(found())
        })
    },
};

/// Whether a value is, has, or has somewhere below, the other.
fn contains(haystack: &Value, needle: &Value) -> bool {
    let here = match (haystack, needle) {
        (Value::Object(haystack), Value::Object(needle)) => needle
            .iter()
            .all(|(key, needle)| haystack.get(key).is_some_and(|value| contains(value, needle))),
        (Value::Array(haystack), Value::Array(needle)) => {
            needle.iter().all(|needle| haystack.iter().any(|value| contains(value, needle)))
        }
        (haystack, needle) => haystack == needle,
    };
    here || match haystack {
        Value::Object(members) => members.values().any(|value| contains(value, needle)),
        Value::Array(elements) => elements.iter().any(|value| contains(value, needle)),
        _ => false,
    }
}

pub(super) const JSON_STRUCTURE: Scalar = Scalar {
    names: &["json_structure"],
    manual: Manual {
        usage: "json_structure(json)",
        description: "The types of the values in JSON, as JSON of the same shape; an array shows one type for all its elements.",
        example: "SELECT json_structure('{\"a\": [1, 2.5], \"b\": \"x\"}')",
        result: "{\"a\":[\"DOUBLE\"],\"b\":\"VARCHAR\"}",
    },
    takes: &[&[Kind::Text]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let texts = call.text(0)?;
        call.write_text(|row, out| {
            let value = parse(texts.get(row)?);
            Some(value.map(|value| out.push_str(&structure(&value).to_string())))
        })
    },
};

fn structure(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members.iter().map(|(key, value)| (key.clone(), structure(value))).collect(),
        ),
        Value::Array(elements) => {
            let common = elements.iter().map(structure).reduce(common);
            Value::Array(vec![common.unwrap_or_else(|| Value::from("NULL"))])
        }
        other => Value::from(type_name(other)),
    }
}

/// The structure that fits two values.
fn common(left: Value, right: Value) -> Value {
    match (left, right) {
        (left, right) if left == right => left,
        (Value::String(name), other) | (other, Value::String(name)) if name == "NULL" => other,
        (Value::Object(left), Value::Object(right)) => {
            let mut members: Map<String, Value> = left;
            for (key, value) in right {
                let merged = match members.remove(&key) {
                    Some(known) => common(known, value),
                    None => value,
                };
                members.insert(key, merged);
            }
            Value::Object(members)
        }
        (Value::Array(left), Value::Array(right)) => {
            let common = left.into_iter().chain(right).reduce(common);
            Value::Array(common.into_iter().collect())
        }
        (Value::String(left), Value::String(right)) => {
            let rank = |name: &str| ["UBIGINT", "BIGINT", "DOUBLE"].iter().position(|n| *n == name);
            match (rank(&left), rank(&right)) {
                (Some(a), Some(b)) => Value::from(if a > b { left } else { right }),
                _ => Value::from("JSON"),
            }
        }
        _ => Value::from("JSON"),
    }
}

pub(super) const JSON_VALID: Scalar = Scalar {
    names: &["json_valid"],
    manual: Manual {
        usage: "json_valid(text)",
        description: "Whether a text is JSON.",
        example: "SELECT json_valid('{\"a\": }')",
        result: "false",
    },
    takes: &[&[Kind::Text]],
    returns: |_| Ok(DataType::Boolean),
    evaluate: |call: &Call| {
        let texts = call.text(0)?;
        call.map::<BooleanArray, _>(|row| {
            let text = texts.get(row)?;
            Some(serde_json::from_str::<Value>(text).is_ok())
        })
    },
};
