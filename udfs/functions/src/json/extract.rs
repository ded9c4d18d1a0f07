//! Values out of JSON by a path.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use extension::Result;
use serde_json::Value;

use super::path::Path;
use super::value::parse;
use crate::manual::Manual;
use crate::scalar::{Call, Given, Kind, Scalar, Text, text_list};

const TEXT_AND_PATH: &[&[Kind]] =
    &[&[Kind::Text, Kind::Text], &[Kind::Text, Kind::Integer], &[Kind::Text, Kind::Texts]];

/// How a value is handed out.
type Show = fn(&Value, &mut String) -> Option<()>;

/// As JSON.
fn as_json(value: &Value, out: &mut String) -> Option<()> {
    out.push_str(&value.to_string());
    Some(())
}

/// Texts without quotes, null as NULL.
fn as_text(value: &Value, out: &mut String) -> Option<()> {
    match value {
        Value::Null => return None,
        Value::String(text) => out.push_str(text),
        other => out.push_str(&other.to_string()),
    }
    Some(())
}

/// As text if it is neither an object nor an array.
fn as_scalar(value: &Value, out: &mut String) -> Option<()> {
    match value {
        Value::Object(_) | Value::Array(_) => None,
        other => as_text(other, out),
    }
}

/// A constant path that stands for several values, and a list of paths, give a list.
fn returns(given: &Given) -> Result<DataType> {
    let many = match &given[1] {
        DataType::List(_) => true,
        _ => match given.text(1) {
            Some(path) => Path::new(path)?.is_many(),
            None => false,
        },
    };
    Ok(if many { DataType::new_list(DataType::Utf8, true) } else { DataType::Utf8 })
}

/// The last text that was read, as rows often hold the same one.
struct Last<'a> {
    path: Option<(&'a str, Path)>,
}

impl<'a> Last<'a> {
    fn path(&mut self, text: &'a str) -> Result<&Path> {
        if self.path.as_ref().is_none_or(|(known, _)| *known != text) {
            self.path = Some((text, Path::new(text)?));
        }
        match &self.path {
            Some((_, path)) => Ok(path),
            None => Err(extension::Error::internal("a path was just read")),
        }
    }
}

fn extract(call: &Call, show: Show) -> Result<ArrayRef> {
    let texts = call.text(0)?;
    match call.raw(1)?.data_type() {
        DataType::Int64 => {
            let indexes = call.primitive::<Int64Type>(1)?;
            call.write_text(|row, out| {
                let (text, index) = (texts.get(row)?, indexes.get(row)?);
                match parse(text) {
                    Ok(value) => show(Path::of_index(index).find(&value)?, out).map(Ok),
                    Err(error) => Some(Err(error)),
                }
            })
        }
        DataType::List(_) => paths(call, &texts, show),
        _ => {
            let names = call.text(1)?;
            let mut last = Last { path: None };
            if matches!(call.returns, DataType::List(_)) {
                let mut buffer = String::new();
                return text_list(call.rows, |row, found| {
                    let (text, name) = (texts.get(row)?, names.get(row)?);
                    let mut append = || {
                        let value = parse(text)?;
                        for value in last.path(name)?.find_all(&value) {
                            buffer.clear();
                            match show(value, &mut buffer) {
                                Some(()) => found.append_value(&buffer),
                                None => found.append_null(),
                            }
                        }
                        Ok(())
                    };
                    Some(append())
                });
            }
            call.write_text(|row, out| {
                let (text, name) = (texts.get(row)?, names.get(row)?);
                let value = match parse(text) {
                    Ok(value) => value,
                    Err(error) => return Some(Err(error)),
                };
                match last.path(name) {
                    Ok(path) => show(path.find(&value)?, out).map(Ok),
                    Err(error) => Some(Err(error)),
                }
            })
        }
    }
}

/// One value for each path of a list.
fn paths(call: &Call, texts: &Text<'_>, show: Show) -> Result<ArrayRef> {
    let lists = call.list(1)?;
    let names = lists.array.values().as_string::<i32>();
    let mut buffer = String::new();
    text_list(call.rows, |row, found| {
        let (text, range) = (texts.get(row)?, lists.range(row)?);
        let mut append = || {
            let value = parse(text)?;
            for at in range.clone() {
                buffer.clear();
                let shown = match names.is_valid(at) {
                    true => {
                        let path = Path::new(names.value(at))?;
                        path.find(&value).and_then(|value| show(value, &mut buffer))
                    }
                    false => None,
                };
                match shown {
                    Some(()) => found.append_value(&buffer),
                    None => found.append_null(),
                }
            }
            Ok(())
        };
        Some(append())
    })
}

pub(crate) const JSON_EXTRACT: Scalar = Scalar {
    names: &["json_extract", "json_extract_path"],
    manual: Manual {
        usage: "json_extract(json, path)",
        description: "The part of JSON at a path, as JSON: '$.a[0]', '/a/0', a key or a position; a list where the path has a * or is a list. The operator ->.",
        example: "SELECT json_extract('{\"a\": [1, {\"b\": \"x\"}]}', '$.a[1].b')",
        result: "\"x\"",
    },
    takes: TEXT_AND_PATH,
    returns,
    evaluate: |call| extract(call, as_json),
};

pub(crate) const JSON_EXTRACT_STRING: Scalar = Scalar {
    names: &["json_extract_string", "json_extract_path_text"],
    manual: Manual {
        usage: "json_extract_string(json, path)",
        description: "The part of JSON at a path, as text without quotes. The operator ->>.",
        example: "SELECT json_extract_string('{\"a\": [1, {\"b\": \"x\"}]}', '$.a[1].b')",
        result: "x",
    },
    takes: TEXT_AND_PATH,
    returns,
    evaluate: |call| extract(call, as_text),
};

pub(super) const JSON_VALUE: Scalar = Scalar {
    names: &["json_value"],
    manual: Manual {
        usage: "json_value(json, path)",
        description: "The part of JSON at a path as text, or NULL if it is an object or an array.",
        example: "SELECT json_value('{\"a\": 5}', '$.a')",
        result: "5",
    },
    takes: TEXT_AND_PATH,
    returns,
    evaluate: |call| extract(call, as_scalar),
};

pub(super) const JSON_EXISTS: Scalar = Scalar {
    names: &["json_exists"],
    manual: Manual {
        usage: "json_exists(json, path)",
        description: "Whether there is something at a path, be it null.",
        example: "SELECT json_exists('{\"a\": null}', '$.a')",
        result: "true",
    },
    takes: &[&[Kind::Text, Kind::Text]],
    returns: |_| Ok(DataType::Boolean),
    evaluate: |call| {
        let (texts, names) = (call.text(0)?, call.text(1)?);
        let mut last = Last { path: None };
        call.try_map::<BooleanArray, _>(|row| {
            let (text, name) = (texts.get(row)?, names.get(row)?);
            let mut exists = || Ok(!last.path(name)?.find_all(&parse(text)?).is_empty());
            Some(exists())
        })
    },
};
