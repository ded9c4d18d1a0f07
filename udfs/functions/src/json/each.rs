//! The values inside JSON, one a row: what `json_each` and `json_tree` unnest.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanBufferBuilder, ListArray, StringBuilder, StructArray, UInt64Builder,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use extension::{Error, Result, SQL_TYPE_KEY};
use serde_json::Value;

use super::describe::type_name;
use super::path::Path;
use super::value::parse;
use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar};

fn fields() -> Fields {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let number = |name: &str| Field::new(name, DataType::UInt64, true);
    let json = |name: &str| {
        let metadata = HashMap::from([(SQL_TYPE_KEY.to_string(), "JSON".to_string())]);
        text(name).with_metadata(metadata)
    };
    Fields::from(vec![
        text("key"),
        json("value"),
        text("type"),
        json("atom"),
        number("id"),
        number("parent"),
        text("fullkey"),
        text("path"),
    ])
}

fn returned() -> DataType {
    DataType::new_list(DataType::Struct(fields()), true)
}

#[derive(Default)]
struct Rows {
    key: StringBuilder,
    value: StringBuilder,
    kind: StringBuilder,
    atom: StringBuilder,
    id: UInt64Builder,
    parent: UInt64Builder,
    fullkey: StringBuilder,
    path: StringBuilder,
    count: usize,
}

/// A value on the way through a document.
struct At<'a> {
    value: &'a Value,
    key: Option<&'a str>,
    parent: Option<u64>,
    fullkey: String,
    path: &'a str,
}

impl Rows {
    fn append(&mut self, at: &At<'_>, id: u64) {
        self.key.append_option(at.key);
        let text = at.value.to_string();
        let nested = at.value.is_object() || at.value.is_array();
        self.atom.append_option((!nested).then_some(&text));
        self.value.append_value(text);
        self.kind.append_value(type_name(at.value));
        self.id.append_value(id);
        self.parent.append_option(at.parent);
        self.fullkey.append_value(&at.fullkey);
        self.path.append_value(at.path);
        self.count += 1;
    }

    fn finish(mut self, lengths: Vec<usize>, valid: NullBuffer) -> Result<ArrayRef> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.key.finish()),
            Arc::new(self.value.finish()),
            Arc::new(self.kind.finish()),
            Arc::new(self.atom.finish()),
            Arc::new(self.id.finish()),
            Arc::new(self.parent.finish()),
            Arc::new(self.fullkey.finish()),
            Arc::new(self.path.finish()),
        ];
        let values = StructArray::try_new(fields(), columns, None)?;
        let element = Arc::new(Field::new_list_field(DataType::Struct(fields()), true));
        let offsets = OffsetBuffer::from_lengths(lengths);
        Ok(Arc::new(ListArray::try_new(element, offsets, Arc::new(values), Some(valid))?))
    }
}

/// Which values become rows.
struct Walk<'a> {
    /// Where the rows begin.
    root: &'a Value,
    /// Whether all values below are rows, or the members of the root alone.
    whole: bool,
    /// Values and keys are counted in the order in which they are written.
    next: u64,
}

impl Walk<'_> {
    /// `depth` counts from the root; nothing is one before it.
    fn visit(&mut self, at: At<'_>, depth: Option<usize>, rows: &mut Rows) {
        let id = self.next;
        self.next += 1;
        let depth = match depth {
            Some(depth) => Some(depth + 1),
            None => std::ptr::eq(at.value, self.root).then_some(0),
        };
        let nested = at.value.is_object() || at.value.is_array();
        let wanted = match depth {
            None => false,
            Some(0) => self.whole || !nested,
            Some(1) => true,
            Some(_) => self.whole,
        };
        if wanted {
            rows.append(&at, id);
        }
        let parent = depth.map(|_| id).filter(|_| self.whole);
        match at.value {
            Value::Object(members) => {
                for (key, value) in members {
                    self.next += 1;
                    let fullkey = match key.chars().all(|c| c.is_alphanumeric() || c == '_') {
                        true => format!("{}.{key}", at.fullkey),
                        false => format!("{}.\"{key}\"", at.fullkey),
                    };
                    let path = &at.fullkey;
                    self.visit(At { value, key: Some(key), parent, fullkey, path }, depth, rows);
                }
            }
            Value::Array(elements) => {
                for (index, value) in elements.iter().enumerate() {
                    let fullkey = format!("{}[{index}]", at.fullkey);
                    let (key, path) = (index.to_string(), &at.fullkey);
                    self.visit(At { value, key: Some(&key), parent, fullkey, path }, depth, rows);
                }
            }
            _ => {}
        }
    }
}

fn evaluate(call: &Call, whole: bool) -> Result<ArrayRef> {
    let (texts, paths) = (call.text(0)?, call.optional_text(1)?);
    let mut rows = Rows::default();
    let mut lengths = Vec::with_capacity(call.rows);
    let mut valid = BooleanBufferBuilder::new(call.rows);
    for row in 0..call.rows {
        let before = rows.count;
        let path = paths.as_ref().map(|paths| paths.get(row));
        let text = texts.get(row).filter(|_| path != Some(None));
        valid.append(text.is_some());
        if let Some(text) = text {
            let json = parse(text)?;
            let root = match path.flatten() {
                Some(path) => {
                    let path = Path::new(path)?;
                    if path.is_many() {
                        return Err(Error::invalid_input("a path with * stands for many values"));
                    }
                    path.find(&json)
                }
                None => Some(&json),
            };
            if let Some(root) = root {
                let at = At {
                    value: &json,
                    key: None,
                    parent: None,
                    fullkey: "$".to_string(),
                    path: "$",
                };
                Walk { root, whole, next: 0 }.visit(at, None, &mut rows);
            }
        }
        lengths.push(rows.count - before);
    }
    rows.finish(lengths, NullBuffer::new(valid.finish()))
}

macro_rules! rows {
    ($constant:ident, $name:literal, $whole:literal, $description:literal, $result:literal) => {
        pub(super) const $constant: Scalar = Scalar {
            names: &[$name],
            manual: Manual {
                usage: concat!($name, "(json [, path])"),
                description: $description,
                example: concat!("SELECT len(", $name, "('{\"a\": [1, 2]}'))"),
                result: $result,
            },
            takes: &[&[Kind::Text], &[Kind::Text, Kind::Text]],
            returns: |_| Ok(returned()),
            evaluate: |call| evaluate(call, $whole),
        };
    };
}

rows!(
    JSON_EACH_ROWS,
    "json_each_rows",
    false,
    "The members of an object or the elements of an array, as the list of rows that json_each unnests.",
    "1"
);
rows!(
    JSON_TREE_ROWS,
    "json_tree_rows",
    true,
    "All values in JSON, as the list of rows that json_tree unnests.",
    "4"
);
