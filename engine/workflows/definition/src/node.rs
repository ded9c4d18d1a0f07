//! The tree of a YAML file, with the place of every key and value.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use crate::problem::{Position, Problem};

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it begins.
    pub position: Position,
}

/// A value of YAML.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The key.
    pub name: String,
    /// Where it stands.
    pub position: Position,
}

impl Node {
    /// Reads a file of one document.
    ///
    /// # Errors
    /// Text that is not YAML, a key that repeats, and documents that grow without bounds by aliases.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        serde_saphyr::from_str::<Spanned<Value>>(text).map(Self::from).map_err(|error| {
            let position = error.location().map(position).unwrap_or_default();
            let message = error.without_snippet().to_string();
            let first = message.lines().next().unwrap_or_default();
            // The library puts the place into the text; ours stands before it.
            let first = first.split_once(" at line ").map_or(first, |(before, _)| before);
            Problem::new(
                position,
                format!("not valid YAML: {}", first.trim_end_matches(['.', ':'])),
            )
        })
    }

    /// What kind of value it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Int(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// A scalar as text; `None` for lists, mappings and nothing.
    pub fn scalar(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) => Some(text.clone()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Int(value) => Some(value.to_string()),
            Value::Float(value) => Some(format!("{value:?}")),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The entry of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(entries) => {
                entries.iter().find(|(name, _)| name.name == key).map(|(_, node)| node)
            }
            _ => None,
        }
    }

    /// The entries of a mapping.
    pub fn entries(&self) -> &[(Key, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list, or the value itself as the only one.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            Value::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// The same as JSON, for history and templates.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Int(value) => (*value).into(),
            Value::Float(value) => (*value).into(),
            Value::Text(text) => text.clone().into(),
            Value::List(items) => items.iter().map(Node::to_json).collect(),
            Value::Map(entries) => serde_json::Value::Object(
                entries.iter().map(|(key, node)| (key.name.clone(), node.to_json())).collect(),
            ),
        }
    }
}

impl From<Spanned<Value>> for Node {
    fn from(spanned: Spanned<Value>) -> Self {
        Self { value: spanned.value, position: position(spanned.referenced) }
    }
}

fn position(location: Location) -> Position {
    Position { line: location.line(), column: location.column() }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of YAML")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or_else(|_| Value::Text(value.to_string()), Value::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = vec![];
        while let Some(item) = items.next_element::<Spanned<Value>>()? {
            list.push(Node::from(item));
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = vec![];
        while let Some(key) = entries.next_key::<Spanned<String>>()? {
            let value = entries.next_value::<Spanned<Value>>()?;
            let key = Key { position: position(key.referenced), name: key.value };
            map.push((key, Node::from(value)));
        }
        Ok(Value::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_file() {
        let node = Node::parse("a: 1\nb:\n  - x: 'é'\n    y: [1.5, ~]\n").unwrap();
        let b = node.get("b").unwrap();
        let first = &b.items()[0];
        assert_eq!(first.get("x").unwrap().value, Value::Text("é".into()));
        assert_eq!(first.get("y").unwrap().position, Position { line: 4, column: 8 });
        assert_eq!(first.get("y").unwrap().items()[1].value, Value::Null);
        assert_eq!(first.entries()[1].0.position, Position { line: 4, column: 5 });
        assert_eq!(node.get("a").unwrap().value, Value::Int(1));
    }

    #[test]
    fn what_is_not_yaml_says_where() {
        let problem = Node::parse("a: 1\nb: [1, 2\nc: 3\n").unwrap_err();
        assert!(problem.position.line >= 2, "{problem}");
        let problem = Node::parse("a: 1\na: 2\n").unwrap_err();
        assert_eq!(problem.position.line, 2, "{problem}");
        assert!(problem.message.contains("duplicate"), "{problem}");
    }

    #[test]
    fn quoted_numbers_stay_text_and_merges_are_followed() {
        let node = Node::parse("d: &d {n: '1'}\ne: {<<: *d, m: 2}\n").unwrap();
        let e = node.get("e").unwrap();
        assert_eq!(e.get("n").unwrap().value, Value::Text("1".into()));
        assert_eq!(e.get("m").unwrap().value, Value::Int(2));
    }
}
