//! JSON from the rows of a group.

use std::sync::Arc;

use datafusion::arrow::array::StringBuilder;
use datafusion::arrow::datatypes::{DataType, Field};
use extension::Error;
use serde_json::{Map, Value};

use super::value::Writer;
use crate::aggregates::{Aggregate, Engine, Groups};
use crate::manual::Manual;
use crate::scalar::{Kind, tagged};

/// The writer of a column of values, whose SQL types stand among the constants.
fn writer(groups: &Groups, column: usize) -> Result<Writer, Error> {
    let values = &groups.columns[column];
    let sql_type = groups.constants.get(column).and_then(|name| name.try_as_str().flatten());
    let field = Field::new("", values.data_type().clone(), true);
    Writer::new(values, Some(&tagged(field, sql_type)))
}

pub(super) const JSON_GROUP_ARRAY: Aggregate = Aggregate {
    names: &["json_group_array"],
    manual: Manual {
        usage: "json_group_array(x)",
        description: "A JSON array of the values of a group.",
        example: "SELECT json_group_array(x) FROM (VALUES (1), (NULL), (3)) t(x)",
        result: "[1,null,3]",
    },
    takes: &[&[Kind::Any]],
    returns: |_| Ok(DataType::Utf8),
    engine: Engine::WithNulls(1, |groups| {
        let values = writer(groups, 0)?;
        let mut texts = StringBuilder::new();
        for range in groups.ranges() {
            if range.is_empty() {
                texts.append_null();
                continue;
            }
            let elements = range.map(|row| values.value(row)).collect::<Result<_, Error>>()?;
            texts.append_value(Value::Array(elements).to_string());
        }
        Ok(Arc::new(texts.finish()))
    }),
};

pub(super) const JSON_GROUP_OBJECT: Aggregate = Aggregate {
    names: &["json_group_object"],
    manual: Manual {
        usage: "json_group_object(key, value)",
        description: "A JSON object of the keys and values of a group.",
        example: "SELECT json_group_object(k, v) FROM (VALUES ('a', 1), ('b', NULL)) t(k, v)",
        result: "{\"a\":1,\"b\":null}",
    },
    takes: &[&[Kind::Any, Kind::Any]],
    returns: |_| Ok(DataType::Utf8),
    engine: Engine::WithNulls(2, |groups| {
        let (keys, values) = (writer(groups, 0)?, writer(groups, 1)?);
        let mut texts = StringBuilder::new();
        for range in groups.ranges() {
            if range.is_empty() {
                texts.append_null();
                continue;
            }
            let mut members = Map::new();
            for row in range {
                let key = match keys.value(row)? {
                    Value::String(key) => key,
                    Value::Null => return Err(Error::invalid_data("a key must not be NULL")),
                    other => other.to_string(),
                };
                members.insert(key, values.value(row)?);
            }
            texts.append_value(Value::Object(members).to_string());
        }
        Ok(Arc::new(texts.finish()))
    }),
};
