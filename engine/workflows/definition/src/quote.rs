//! Names and values as SQL writes them.

use crate::node::{Node, Value};

/// A name in double quotes.
pub fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Names in double quotes, with commas between.
pub(crate) fn identifiers<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    names.into_iter().map(|name| identifier(name.as_ref())).collect::<Vec<_>>().join(", ")
}

/// A text in single quotes.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A scalar of YAML as SQL; `None` for lists and mappings.
pub(crate) fn value(node: &Node) -> Option<String> {
    match &node.value {
        Value::Null => Some("NULL".to_string()),
        Value::Text(text) => Some(literal(text)),
        Value::List(_) | Value::Map(_) => None,
        _ => node.scalar(),
    }
}

/// Any value of YAML as an argument in SQL: lists and mappings become lists and structs.
pub(crate) fn argument(node: &Node) -> String {
    match &node.value {
        Value::List(items) => {
            format!("[{}]", items.iter().map(argument).collect::<Vec<_>>().join(", "))
        }
        Value::Map(entries) => {
            let entry = |(key, node): &(crate::Key, Node)| {
                format!("{}: {}", literal(&key.name), argument(node))
            };
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        _ => value(node).unwrap_or_default(),
    }
}
