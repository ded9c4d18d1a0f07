//! The nodes or edges of a GraphML file, one after the other.

use std::io::BufRead;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::compute::{CastOptions, cast_with_options};
use extension::{Error, Result, sql_type_name};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::keys::{Head, attribute, invalid, resolved};
use crate::formats::blocking::Made;

/// Reads the rows in batches.
pub(super) fn read(bytes: impl BufRead, head: &Head, batch_size: usize, made: &Made) -> Result<()> {
    let mut reader = Reader::from_reader(bytes);
    let mut rows = Rows::new(head);
    let mut buffer = vec![];
    // The place in the row of the data that is being read, and whether we are within a row.
    let (mut within, mut data) = (false, None);
    loop {
        buffer.clear();
        let place = reader.buffer_position();
        let event = reader.read_event_into(&mut buffer).map_err(|error| invalid(place, error))?;
        match &event {
            Event::Start(tag) | Event::Empty(tag) => {
                let opens = matches!(event, Event::Start(_));
                match tag.local_name().as_ref() {
                    name if name == head.element.name().as_bytes() => {
                        rows.begin(tag, place)?;
                        within = opens;
                    }
                    b"hyperedge" => {
                        return Err(Error::unsupported("GraphML with hyperedges is not supported"));
                    }
                    b"data" if within && opens => {
                        data = rows.place_of(tag, place)?;
                        if let Some(value) = data.and_then(|place| rows.last(place)) {
                            *value = Some(String::new());
                        }
                    }
                    _ => {}
                }
            }
            Event::End(tag) => match tag.local_name().as_ref() {
                b"data" => data = None,
                name if name == head.element.name().as_bytes() => within = false,
                _ => {}
            },
            Event::Eof => break,
            other => {
                let Some(value) = data.and_then(|place| rows.last(place)) else { continue };
                let value = value.get_or_insert_default();
                match other {
                    Event::Text(text) => {
                        value.push_str(&text.xml_content().map_err(|error| invalid(place, error))?);
                    }
                    Event::CData(text) => {
                        value.push_str(&text.decode().map_err(|error| invalid(place, error))?);
                    }
                    Event::GeneralRef(entity) => value.push_str(&resolved(entity, place)?),
                    _ => {}
                }
            }
        }
        if !within && rows.length >= batch_size {
            made.push(rows.take()?)?;
        }
    }
    match rows.length {
        0 => Ok(()),
        _ => made.push(rows.take()?),
    }
}

/// Rows as text, column by column.
struct Rows<'a> {
    head: &'a Head,
    columns: Vec<Vec<Option<String>>>,
    length: usize,
}

impl<'a> Rows<'a> {
    fn new(head: &'a Head) -> Self {
        Self { head, columns: vec![vec![]; head.schema.fields().len()], length: 0 }
    }

    fn begin(&mut self, tag: &BytesStart<'_>, place: u64) -> Result<()> {
        let ends = self.head.element.ends();
        for (column, (name, _)) in self.columns.iter_mut().zip(ends) {
            let value = attribute(tag, name, place)?.ok_or_else(|| {
                invalid(place, format!("a <{}> has no {name}", self.head.element.name()))
            })?;
            column.push(Some(value));
        }
        for (column, key) in self.columns.iter_mut().skip(ends.len()).zip(&self.head.keys) {
            column.push(key.default.clone());
        }
        self.length += 1;
        Ok(())
    }

    /// The column of data; none for a key that is no column.
    fn place_of(&self, tag: &BytesStart<'_>, place: u64) -> Result<Option<usize>> {
        let key =
            attribute(tag, "key", place)?.ok_or_else(|| invalid(place, "a <data> has no key"))?;
        let found = self.head.keys.iter().position(|known| known.id == key);
        match found {
            Some(index) => Ok(Some(index + self.head.element.ends().len())),
            None => Err(invalid(place, format!("the key '{key}' is not declared"))),
        }
    }

    /// The value of the last row.
    fn last(&mut self, column: usize) -> Option<&mut Option<String>> {
        self.columns.get_mut(column)?.last_mut()
    }

    fn take(&mut self) -> Result<RecordBatch> {
        self.length = 0;
        let options = CastOptions { safe: false, ..CastOptions::default() };
        let columns = self
            .columns
            .iter_mut()
            .zip(self.head.schema.fields())
            .map(|(column, field)| {
                let is_text = field.data_type().is_string();
                let texts = std::mem::take(column).into_iter().map(|value| match is_text {
                    true => value,
                    false => {
                        value.map(|text| text.trim().to_string()).filter(|text| !text.is_empty())
                    }
                });
                let texts: ArrayRef = Arc::new(texts.collect::<StringArray>());
                cast_with_options(&texts, field.data_type(), &options).map_err(|error| {
                    let (name, kind) = (field.name(), sql_type_name(field.data_type()));
                    Error::invalid_data(format!("a value of '{name}' is no {kind}: {error}"))
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(RecordBatch::try_new(Arc::clone(&self.head.schema), columns)?)
    }
}
