//! What the beginning of a GraphML file declares: the keys of data, and with them the columns.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use extension::{Error, Result};
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    Edge,
    Node,
}

impl Element {
    /// The name in the file.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Edge => "edge",
            Self::Node => "node",
        }
    }

    /// The attributes that every row has, with the names of their columns.
    pub(super) fn ends(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Edge => &[("source", "src"), ("target", "dst")],
            Self::Node => &[("id", "id")],
        }
    }
}

/// A key of data that rows have, each a column behind those of the ends.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) id: String,
    /// The value of rows that have none.
    pub(super) default: Option<String>,
}

/// What is declared.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) element: Element,
    pub(super) keys: Vec<Key>,
    pub(super) schema: SchemaRef,
}

/// The error of a file that is no GraphML.
pub(super) fn invalid(place: u64, reason: impl std::fmt::Display) -> Error {
    Error::invalid_data(format!("not readable as GraphML at byte {place}: {reason}"))
}

/// An attribute of an element.
pub(super) fn attribute(
    element: &BytesStart<'_>,
    name: &str,
    place: u64,
) -> Result<Option<String>> {
    let found = element.try_get_attribute(name).map_err(|error| invalid(place, error))?;
    let Some(found) = found else { return Ok(None) };
    let value = found.unescape_value().map_err(|error| invalid(place, error))?;
    Ok(Some(value.into_owned()))
}

/// The text that an entity stands for.
pub(super) fn resolved(entity: &BytesRef<'_>, place: u64) -> Result<String> {
    if let Some(character) = entity.resolve_char_ref().map_err(|error| invalid(place, error))? {
        return Ok(character.to_string());
    }
    let name = entity.decode().map_err(|error| invalid(place, error))?;
    match resolve_predefined_entity(&name) {
        Some(text) => Ok(text.to_string()),
        None => Err(invalid(place, format!("the entity &{name}; is not known"))),
    }
}

impl Head {
    /// Reads the keys up to the graph.
    pub(super) fn read(bytes: &[u8], element: Element) -> Result<Self> {
        let mut reader = Reader::from_reader(bytes);
        let mut keys: Vec<Key> = vec![];
        let mut fields: Vec<Field> = element
            .ends()
            .iter()
            .map(|(_, column)| Field::new(*column, DataType::Utf8, false))
            .collect();
        let (mut in_key, mut default) = (false, None);
        loop {
            let place = reader.buffer_position();
            let event = reader.read_event().map_err(|error| invalid(place, error))?;
            match &event {
                Event::Start(tag) | Event::Empty(tag) => match tag.local_name().as_ref() {
                    b"graph" => break,
                    b"key" => {
                        let wanted = declare(tag, element, place, &mut keys, &mut fields)?;
                        in_key = wanted && matches!(event, Event::Start(_));
                    }
                    b"default" if in_key && matches!(event, Event::Start(_)) => {
                        default = Some(String::new());
                    }
                    _ => {}
                },
                Event::Text(text) => {
                    if let Some(default) = &mut default {
                        default.push_str(&text.decode().map_err(|error| invalid(place, error))?);
                    }
                }
                Event::GeneralRef(entity) => {
                    if let Some(default) = &mut default {
                        default.push_str(&resolved(entity, place)?);
                    }
                }
                Event::End(tag) => match tag.local_name().as_ref() {
                    b"default" => {
                        if let (Some(key), Some(text)) = (keys.last_mut(), default.take()) {
                            key.default = Some(text);
                        }
                    }
                    b"key" => in_key = false,
                    _ => {}
                },
                Event::Eof => return Err(invalid(place, "there is no <graph>")),
                _ => {}
            }
        }
        Ok(Self { element, keys, schema: Arc::new(Schema::new(fields)) })
    }
}

/// Adds the column of a key, if rows of the element have it.
fn declare(
    tag: &BytesStart<'_>,
    element: Element,
    place: u64,
    keys: &mut Vec<Key>,
    fields: &mut Vec<Field>,
) -> Result<bool> {
    let of = attribute(tag, "for", place)?;
    if !matches!(of.as_deref(), None | Some("all")) && of.as_deref() != Some(element.name()) {
        return Ok(false);
    }
    let id = attribute(tag, "id", place)?.ok_or_else(|| invalid(place, "a <key> has no id"))?;
    let name = attribute(tag, "attr.name", place)?.unwrap_or_else(|| id.clone());
    let data_type = match attribute(tag, "attr.type", place)?.as_deref() {
        None | Some("string") => DataType::Utf8,
        Some("boolean") => DataType::Boolean,
        Some("int") => DataType::Int32,
        Some("long") => DataType::Int64,
        Some("float") => DataType::Float32,
        Some("double") => DataType::Float64,
        Some(other) => {
            return Err(invalid(place, format!("the key '{id}' has the unknown type '{other}'")));
        }
    };
    let taken = |name: &str| fields.iter().any(|field| field.name().eq_ignore_ascii_case(name));
    let column = match taken(&name) {
        false => name,
        // Several keys may share a name, which columns cannot.
        true => (1..)
            .map(|number| format!("{name}_{number}"))
            .find(|name| !taken(name))
            .unwrap_or(id.clone()),
    };
    fields.push(Field::new(column, data_type, true));
    keys.push(Key { id, default: None });
    Ok(true)
}
