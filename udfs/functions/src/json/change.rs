//! JSON with something put in, changed or taken out.

use datafusion::arrow::datatypes::DataType;
use extension::{Error, Result};
use serde_json::{Map, Value};

use super::path::Path;
use super::value::parse;
use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar};

/// What becomes of the value at a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    /// It is put there, whether there was one or not.
    Set,
    /// It is put there if there was none.
    Insert,
    /// It takes the place of one.
    Replace,
}

fn changed(call: &Call, change: Change) -> Result<datafusion::arrow::array::ArrayRef> {
    let (texts, paths, values) = (call.text(0)?, call.text(1)?, call.text(2)?);
    call.write_text(|row, out| {
        let (text, path, value) = (texts.get(row)?, paths.get(row)?, values.get(row)?);
        let mut write = || {
            let mut json = parse(text)?;
            put(&mut json, &Path::new(path)?, parse(value)?, change)?;
            out.push_str(&json.to_string());
            Ok(())
        };
        Some(write())
    })
}

fn put(json: &mut Value, path: &Path, value: Value, change: Change) -> Result<()> {
    if path.is_many() {
        return Err(Error::invalid_input("a path with * stands for many values; one is changed"));
    }
    if let Some(place) = path.find_mut(json) {
        if change != Change::Insert {
            *place = value;
        }
        return Ok(());
    }
    if change == Change::Replace {
        return Ok(());
    }
    let Some((above, last)) = path.split_last() else { return Ok(()) };
    // Objects on the way are made.
    if last.key().is_some() && above.find(json).is_none() {
        put(json, &above, Value::Object(Map::new()), Change::Insert)?;
    }
    let Some(parent) = above.find_mut(json) else { return Ok(()) };
    match parent {
        Value::Object(members) => {
            if let Some(key) = last.key() {
                members.insert(key.to_string(), value);
            }
        }
        // A place right behind the last element is a new one.
        Value::Array(elements) if last.is_end_of(elements.len()) => elements.push(value),
        _ => {}
    }
    Ok(())
}

macro_rules! change {
    ($constant:ident, $name:literal, $change:expr, $description:literal, $example:literal, $result:literal) => {
        pub(super) const $constant: Scalar = Scalar {
            names: &[$name],
            manual: Manual {
                usage: concat!($name, "(json, path, value)"),
                description: $description,
                example: $example,
                result: $result,
            },
            takes: &[&[Kind::Text, Kind::Text, Kind::Text]],
            returns: |_| Ok(DataType::Utf8),
            evaluate: |call| changed(call, $change),
        };
    };
}

change!(
    JSON_SET,
    "json_set",
    Change::Set,
    "JSON with a JSON value at a path, whether there was one or not.",
    "SELECT json_set('{\"a\": 1}', '$.b', '[2]')",
    "{\"a\":1,\"b\":[2]}"
);
change!(
    JSON_INSERT,
    "json_insert",
    Change::Insert,
    "JSON with a JSON value at a path where there was none.",
    "SELECT json_insert('{\"a\": 1}', '$.a', '2')",
    "{\"a\":1}"
);
change!(
    JSON_REPLACE,
    "json_replace",
    Change::Replace,
    "JSON with another JSON value at a path where there was one.",
    "SELECT json_replace('{\"a\": 1}', '$.a', '2')",
    "{\"a\":2}"
);

pub(super) const JSON_REMOVE: Scalar = Scalar {
    names: &["json_remove"],
    manual: Manual {
        usage: "json_remove(json, path)",
        description: "JSON without the value at a path.",
        example: "SELECT json_remove('{\"a\": 1, \"b\": [1, 2, 3]}', '$.b[1]')",
        result: "{\"a\":1,\"b\":[1,3]}",
    },
    takes: &[&[Kind::Text, Kind::Text]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let (texts, paths) = (call.text(0)?, call.text(1)?);
        call.write_text(|row, out| {
            let (text, path) = (texts.get(row)?, paths.get(row)?);
            let path = match Path::new(path) {
                Ok(path) => path,
                Err(error) => return Some(Err(error)),
            };
            // Without the whole nothing is left.
            path.split_last()?;
            let mut write = || {
                let mut json = parse(text)?;
                if path.is_many() {
                    return Err(Error::invalid_input(
                        "a path with * stands for many values; one is removed",
                    ));
                }
                if let Some((parent, last)) = path.split_last()
                    && let Some(parent) = parent.find_mut(&mut json)
                {
                    last.remove(parent);
                }
                out.push_str(&json.to_string());
                Ok(())
            };
            Some(write())
        })
    },
};

/// A function of one JSON value.
fn mapped(call: &Call, map: fn(Value) -> Value) -> Result<datafusion::arrow::array::ArrayRef> {
    let texts = call.text(0)?;
    call.write_text(|row, out| {
        let text = texts.get(row)?;
        Some(parse(text).map(|json| out.push_str(&map(json).to_string())))
    })
}

pub(super) const JSON_STRIP_NULLS: Scalar = Scalar {
    names: &["json_strip_nulls"],
    manual: Manual {
        usage: "json_strip_nulls(json)",
        description: "JSON without the members of objects that are null.",
        example: "SELECT json_strip_nulls('{\"a\": null, \"b\": [null, 1]}')",
        result: "{\"b\":[null,1]}",
    },
    takes: &[&[Kind::Text]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| mapped(call, without_nulls),
};

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key, without_nulls(value))).collect())
        }
        Value::Array(elements) => Value::Array(elements.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

pub(super) const JSON_NORMALIZE: Scalar = Scalar {
    names: &["json_normalize"],
    manual: Manual {
        usage: "json_normalize(json)",
        description: "JSON with the members of objects in the order of their keys, so that equal values are equal texts.",
        example: "SELECT json_normalize('{\"b\": 1, \"a\": 2}')",
        result: "{\"a\":2,\"b\":1}",
    },
    takes: &[&[Kind::Text]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| mapped(call, in_order),
};

fn in_order(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> =
                members.into_iter().map(|(key, value)| (key, in_order(value))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(elements) => Value::Array(elements.into_iter().map(in_order).collect()),
        other => other,
    }
}

/// A function of two JSON values.
fn joined(
    call: &Call,
    join: fn(Value, Value) -> Value,
) -> Result<datafusion::arrow::array::ArrayRef> {
    let (first, second) = (call.text(0)?, call.text(1)?);
    call.write_text(|row, out| {
        let (first, second) = (first.get(row)?, second.get(row)?);
        let mut write = || {
            out.push_str(&join(parse(first)?, parse(second)?).to_string());
            Ok(())
        };
        Some(write())
    })
}

pub(super) const JSON_DEEP_MERGE: Scalar = Scalar {
    names: &["json_deep_merge"],
    manual: Manual {
        usage: "json_deep_merge(json1, json2)",
        description: "Two JSON objects as one, member by member and all the way down; what is no object in both is taken from the second, unless it is null there.",
        example: "SELECT json_deep_merge('{\"a\": {\"b\": 1}}', '{\"a\": {\"c\": 2}}')",
        result: "{\"a\":{\"b\":1,\"c\":2}}",
    },
    takes: &[&[Kind::Text, Kind::Text]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| joined(call, deep_merge),
};

fn deep_merge(first: Value, second: Value) -> Value {
    match (first, second) {
        (Value::Object(mut members), Value::Object(more)) => {
            for (key, value) in more {
                let merged = match members.get_mut(&key) {
                    Some(_) if value.is_null() => continue,
                    Some(known) => deep_merge(known.take(), value),
                    None => value,
                };
                members.insert(key, merged);
            }
            Value::Object(members)
        }
        (_, second) => second,
    }
}

pub(super) const JSON_MERGE_PATCH_DIFF: Scalar = Scalar {
    names: &["json_merge_patch_diff"],
    manual: Manual {
        usage: "json_merge_patch_diff(old, new)",
        description: "The patch that makes the new JSON of the old one by json_merge_patch (RFC 7396).",
        example: "SELECT json_merge_patch_diff('{\"a\": 1, \"b\": 2}', '{\"a\": 1, \"c\": 3}')",
        result: "{\"b\":null,\"c\":3}",
    },
    takes: &[&[Kind::Text, Kind::Text]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| joined(call, difference),
};

fn difference(old: Value, new: Value) -> Value {
    match (old, new) {
        (Value::Object(old), Value::Object(mut new)) => {
            let mut patch = Map::new();
            for (key, value) in old {
                match new.shift_remove(&key) {
                    None => {
                        patch.insert(key, Value::Null);
                    }
                    Some(changed) if changed != value => {
                        patch.insert(key, difference(value, changed));
                    }
                    Some(_) => {}
                }
            }
            patch.extend(new);
            Value::Object(patch)
        }
        (_, new) => new,
    }
}
