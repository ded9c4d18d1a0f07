//! JSON from values.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use extension::{Error, Result};
use serde_json::{Map, Value};

use super::value::{Writer, parse};
use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar};

const ANY_NUMBER: &[&[Kind]] = &[&[], &[Kind::Any, Kind::More]];

/// The arguments, ready to be written, and whether each is a constant.
fn writers(call: &Call) -> Result<Vec<(Writer, bool)>> {
    (0..call.len())
        .map(|index| {
            let writer = Writer::new(call.raw(index)?, call.field(index))?;
            Ok((writer, call.is_constant(index)))
        })
        .collect()
}

fn value((writer, constant): &(Writer, bool), row: usize) -> Result<Value> {
    writer.value(if *constant { 0 } else { row })
}

pub(super) const JSON_OBJECT: Scalar = Scalar {
    names: &["json_object"],
    manual: Manual {
        usage: "json_object(key, value, ...)",
        description: "A JSON object of keys and values in turn.",
        example: "SELECT json_object('duck', 42, 'goose', NULL)",
        result: "{\"duck\":42,\"goose\":null}",
    },
    takes: ANY_NUMBER,
    returns: |given| match given.len() % 2 {
        0 => Ok(DataType::Utf8),
        _ => Err(Error::invalid_input("json_object: each key needs a value")),
    },
    evaluate: |call| {
        let writers = writers(call)?;
        call.write_text(|row, out| {
            let mut write = || {
                let mut members = Map::new();
                for pair in writers.chunks(2) {
                    let key = match value(&pair[0], row)? {
                        Value::String(key) => key,
                        Value::Null => return Err(Error::invalid_data("a key must not be NULL")),
                        other => other.to_string(),
                    };
                    members.insert(key, value(&pair[1], row)?);
                }
                out.push_str(&Value::Object(members).to_string());
                Ok(())
            };
            Some(write())
        })
    },
};

pub(super) const JSON_ARRAY: Scalar = Scalar {
    names: &["json_array"],
    manual: Manual {
        usage: "json_array(values...)",
        description: "A JSON array of the values.",
        example: "SELECT json_array(42, 'goose', NULL)",
        result: "[42,\"goose\",null]",
    },
    takes: ANY_NUMBER,
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let writers = writers(call)?;
        call.write_text(|row, out| {
            let elements = writers.iter().map(|writer| value(writer, row)).collect::<Result<_>>();
            Some(elements.map(|elements| out.push_str(&Value::Array(elements).to_string())))
        })
    },
};

pub(super) const TO_JSON: Scalar = Scalar {
    names: &["to_json", "json_quote", "array_to_json", "row_to_json"],
    manual: Manual {
        usage: "to_json(value)",
        description: "A value as JSON: lists are arrays, structs and maps objects, dates texts.",
        example: "SELECT to_json({'duck': 42, 'list': [1, NULL]})",
        result: "{\"duck\":42,\"list\":[1,null]}",
    },
    takes: &[&[Kind::Any]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let writers = writers(call)?;
        call.write_text(|row, out| match value(writers.first()?, row) {
            Ok(Value::Null) => None,
            Ok(value) => {
                out.push_str(&value.to_string());
                Some(Ok(()))
            }
            Err(error) => Some(Err(error)),
        })
    },
};

/// The JSON of a text, written by `write`.
fn rewritten(call: &Call, write: fn(&Value, &mut String)) -> Result<ArrayRef> {
    let texts = call.text(0)?;
    call.write_text(|row, out| Some(parse(texts.get(row)?).map(|value| write(&value, out))))
}

pub(super) const JSON: Scalar = Scalar {
    names: &["json"],
    manual: Manual {
        usage: "json(text)",
        description: "JSON without needless white space; an error if the text is not JSON.",
        example: "SELECT json('{ \"a\" : 1 }')",
        result: "{\"a\":1}",
    },
    takes: &[&[Kind::Text]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| rewritten(call, |value, out| out.push_str(&value.to_string())),
};

pub(super) const JSON_PRETTY: Scalar = Scalar {
    names: &["json_pretty"],
    manual: Manual {
        usage: "json_pretty(json)",
        description: "JSON over several lines, indented by four spaces.",
        example: "SELECT length(json_pretty('{\"a\":1}'))",
        result: "14",
    },
    takes: &[&[Kind::Text]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| rewritten(call, |value, out| pretty(value, 0, out)),
};

fn pretty(value: &Value, depth: usize, out: &mut String) {
    let indent = |depth: usize, out: &mut String| {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', depth * 4));
    };
    match value {
        Value::Array(elements) if !elements.is_empty() => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                indent(depth + 1, out);
                pretty(element, depth + 1, out);
            }
            indent(depth, out);
            out.push(']');
        }
        Value::Object(members) if !members.is_empty() => {
            out.push('{');
            for (index, (key, member)) in members.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                indent(depth + 1, out);
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push_str(": ");
                pretty(member, depth + 1, out);
            }
            indent(depth, out);
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

pub(super) const JSON_MERGE_PATCH: Scalar = Scalar {
    names: &["json_merge_patch"],
    manual: Manual {
        usage: "json_merge_patch(json, patches...)",
        description: "JSON changed by patches: members are replaced or added, and taken out where the patch has null (RFC 7396).",
        example: "SELECT json_merge_patch('{\"a\": 1, \"b\": 2}', '{\"b\": null, \"c\": 3}')",
        result: "{\"a\":1,\"c\":3}",
    },
    takes: &[&[Kind::Text, Kind::Text, Kind::More]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let texts = (0..call.len()).map(|index| call.text(index)).collect::<Result<Vec<_>>>()?;
        call.write_text(|row, out| {
            let texts = texts.iter().map(|texts| texts.get(row)).collect::<Option<Vec<_>>>()?;
            let merged = texts.into_iter().map(parse).reduce(|merged, patch| {
                let (merged, patch) = (merged?, patch?);
                Ok(merge(merged, patch))
            })?;
            Some(merged.map(|merged| out.push_str(&merged.to_string())))
        })
    },
};

fn merge(target: Value, patch: Value) -> Value {
    let Value::Object(patch) = patch else { return patch };
    let mut members = match target {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    for (key, change) in patch {
        if change.is_null() {
            members.shift_remove(&key);
            continue;
        }
        match members.get_mut(&key) {
            Some(member) => *member = merge(member.take(), change),
            None => {
                members.insert(key, merge(Value::Null, change));
            }
        }
    }
    Value::Object(members)
}
