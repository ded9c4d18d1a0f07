//! Text to lists, arrays, structs and maps: `'[1, 2]'::INT[]`, `'{a: 1}'::STRUCT(a INT)`, `'{k=1}'::MAP(…)`.
//!
//! Each level is split at its commas, for all rows at once, and what stands between them is cast to the
//! type of the elements, down to plain values.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, AsArray, FixedSizeListArray, ListArray, MapArray, StringArray, StructArray,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields};
use extension::{Error, Result};

use super::{CastRule, as_strings, convert, is_text, misfit};

#[derive(Debug)]
pub(super) struct TextToNested;

impl CastRule for TextToNested {
    fn claims(&self, from: &Field, to: &Field) -> bool {
        is_text(from.data_type())
            && matches!(
                to.data_type(),
                DataType::List(_)
                    | DataType::FixedSizeList(..)
                    | DataType::Struct(_)
                    | DataType::Map(..)
            )
    }

    fn cast(&self, values: &ArrayRef, _from: &Field, to: &Field, safe: bool) -> Result<ArrayRef> {
        let texts = as_strings(values)?;
        let texts = texts.as_string::<i32>().iter().map(|text| text.map(str::to_string)).collect();
        parse(texts, to, safe)
    }
}

type Texts = Vec<Option<String>>;

fn parse(texts: Texts, to: &Field, safe: bool) -> Result<ArrayRef> {
    match to.data_type() {
        DataType::List(element) => {
            let (children, lengths, valid) = split_rows(&texts, to, safe, '[', ']')?;
            let children = parse(children, element, safe)?;
            Ok(Arc::new(ListArray::try_new(
                Arc::clone(element),
                OffsetBuffer::from_lengths(lengths),
                children,
                Some(NullBuffer::from(valid)),
            )?))
        }
        DataType::FixedSizeList(element, size) => fixed(&texts, to, element, *size, safe),
        DataType::Struct(fields) => structure(&texts, to, fields, safe),
        DataType::Map(entries, sorted) => map(&texts, to, entries, *sorted, safe),
        _ => {
            let plain: StringArray = texts.into_iter().map(|text| text.map(unquote)).collect();
            let plain: ArrayRef = Arc::new(plain);
            convert(&plain, &Field::new("", DataType::Utf8, true), to, safe)
        }
    }
}

/// The elements of all rows, the number of them in each row, and which rows are lists.
fn split_rows(
    texts: &Texts,
    to: &Field,
    safe: bool,
    open: char,
    close: char,
) -> Result<(Texts, Vec<usize>, Vec<bool>)> {
    let (mut children, mut lengths, mut valid) = (vec![], vec![], vec![]);
    for text in texts {
        let elements = match text {
            None => None,
            Some(text) => match split(text, open, close) {
                None if !safe => return Err(misfit(text, to)),
                elements => elements,
            },
        };
        lengths.push(elements.as_ref().map_or(0, Vec::len));
        valid.push(elements.is_some());
        children.extend(elements.into_iter().flatten().map(element));
    }
    Ok((children, lengths, valid))
}

fn fixed(texts: &Texts, to: &Field, element: &FieldRef, size: i32, safe: bool) -> Result<ArrayRef> {
    let (mut children, mut valid) = (vec![], vec![]);
    for text in texts {
        let elements = text.as_ref().and_then(|text| split(text, '[', ']'));
        let elements = elements.filter(|elements| elements.len() == size as usize);
        if let (Some(text), None, false) = (text, &elements, safe) {
            return Err(misfit(text, to));
        }
        valid.push(elements.is_some());
        match elements {
            Some(elements) => children.extend(elements.into_iter().map(self::element)),
            None => children.extend((0..size).map(|_| None)),
        }
    }
    let children = parse(children, element, safe)?;
    let nulls = Some(NullBuffer::from(valid));
    Ok(Arc::new(FixedSizeListArray::try_new(Arc::clone(element), size, children, nulls)?))
}

fn structure(texts: &Texts, to: &Field, fields: &Fields, safe: bool) -> Result<ArrayRef> {
    let mut columns: Vec<Texts> = vec![Vec::with_capacity(texts.len()); fields.len()];
    let mut valid = vec![];
    for text in texts {
        let parsed = match text {
            None => None,
            Some(text) => match pairs(text, ':') {
                Some(pairs) => match arrange(pairs, fields) {
                    Ok(row) => Some(row),
                    Err(_) if safe => None,
                    Err(error) => {
                        return Err(error.context(format_args!("'{text}'")));
                    }
                },
                None if safe => None,
                None => return Err(misfit(text, to)),
            },
        };
        valid.push(parsed.is_some());
        let row = parsed.unwrap_or_else(|| vec![None; fields.len()]);
        columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
    }
    let columns = columns
        .into_iter()
        .zip(fields)
        .map(|(column, field)| parse(column, field, safe))
        .collect::<Result<Vec<_>>>()?;
    let nulls = Some(NullBuffer::from(valid));
    Ok(Arc::new(StructArray::try_new_with_length(fields.clone(), columns, nulls, texts.len())?))
}

/// The values of a struct in the order of its fields; one that is not named is NULL.
fn arrange(pairs: Vec<(String, Option<String>)>, fields: &Fields) -> Result<Vec<Option<String>>> {
    let mut row = vec![None; fields.len()];
    for (name, value) in pairs {
        let index = fields.iter().position(|field| field.name().eq_ignore_ascii_case(&name));
        let slot = index.and_then(|index| row.get_mut(index));
        *slot.ok_or_else(|| Error::invalid_data(format!("the struct has no field '{name}'")))? =
            value;
    }
    Ok(row)
}

fn map(
    texts: &Texts,
    to: &Field,
    entries: &FieldRef,
    sorted: bool,
    safe: bool,
) -> Result<ArrayRef> {
    let DataType::Struct(fields) = entries.data_type() else {
        return Err(Error::internal("a map's entries are no structs"));
    };
    let (mut keys, mut values) = (vec![], vec![]);
    let (mut lengths, mut valid) = (vec![], vec![]);
    for text in texts {
        let row = text.as_ref().and_then(|text| pairs(text, '='));
        if let (Some(text), None, false) = (text, &row, safe) {
            return Err(misfit(text, to));
        }
        valid.push(row.is_some());
        lengths.push(row.as_ref().map_or(0, Vec::len));
        for (key, value) in row.into_iter().flatten() {
            keys.push(Some(key));
            values.push(value);
        }
    }
    let columns = match fields.as_ref() {
        [key, value] => vec![parse(keys, key, false)?, parse(values, value, safe)?],
        _ => return Err(Error::internal("a map's entries are no pairs")),
    };
    let pairs = StructArray::try_new(fields.clone(), columns, None)?;
    Ok(Arc::new(MapArray::try_new(
        Arc::clone(entries),
        OffsetBuffer::from_lengths(lengths),
        pairs,
        Some(NullBuffer::from(valid)),
        sorted,
    )?))
}

/// `{name: value, …}` or `{key=value, …}` as pairs.
fn pairs(text: &str, between: char) -> Option<Vec<(String, Option<String>)>> {
    split(text, '{', '}')?
        .into_iter()
        .map(|pair| {
            let at =
                Scanner::new(pair).find(|found| found.depth == 0 && found.character == between)?;
            let (name, value) = (&pair[..at.offset], &pair[at.offset + between.len_utf8()..]);
            Some((unquote(name.trim().to_string()), element(value)))
        })
        .collect()
}

/// What stands between the commas of `[a, b]`; nothing if the text is not of that form.
fn split(text: &str, open: char, close: char) -> Option<Vec<&str>> {
    let inner = text.trim().strip_prefix(open)?.strip_suffix(close)?;
    let mut scanner = Scanner::new(inner);
    let mut elements = vec![];
    let mut start = 0;
    for found in scanner.by_ref() {
        if found.depth == 0 && found.character == ',' {
            elements.push(&inner[start..found.offset]);
            start = found.offset + 1;
        }
    }
    if !scanner.is_closed() {
        return None;
    }
    if !(elements.is_empty() && inner.trim().is_empty()) {
        elements.push(&inner[start..]);
    }
    let empty = elements.iter().any(|element| element.trim().is_empty());
    (!empty).then_some(elements)
}

/// An element as it is read further: NULL, or its text with its quotes.
fn element(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.eq_ignore_ascii_case("null")).then(|| text.to_string())
}

/// The text of a plain value: what is in its quotes, if it has some.
fn unquote(text: String) -> String {
    let quote = match text.chars().next() {
        Some(quote @ ('\'' | '"')) if text.len() > 1 && text.ends_with(quote) => quote,
        _ => return text,
    };
    let mut plain = String::with_capacity(text.len());
    let mut characters = text[1..text.len() - 1].chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next()),
            found if found == quote => {
                characters.next_if_eq(&quote);
                plain.push(quote);
            }
            other => plain.push(other),
        }
    }
    plain
}

/// The characters outside of quotes, with how deep in brackets they stand.
struct Scanner<'a> {
    characters: std::str::CharIndices<'a>,
    brackets: Vec<char>,
    quote: Option<char>,
    broken: bool,
}

struct Found {
    offset: usize,
    character: char,
    depth: usize,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Self {
        Self { characters: text.char_indices(), brackets: vec![], quote: None, broken: false }
    }

    /// Whether every bracket and quote was closed.
    fn is_closed(&self) -> bool {
        self.brackets.is_empty() && self.quote.is_none() && !self.broken
    }
}

impl Iterator for Scanner<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            let (offset, character) = self.characters.next()?;
            match (self.quote, character) {
                (_, '\\') => {
                    self.characters.next();
                }
                (Some(quote), found) if found == quote => self.quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"') => self.quote = Some(character),
                (None, '[' | '{' | '(') => self.brackets.push(character),
                (None, ']' | '}' | ')') => {
                    let expected = match character {
                        ']' => '[',
                        '}' => '{',
                        _ => '(',
                    };
                    self.broken |= self.brackets.pop() != Some(expected);
                }
                (None, character) => {
                    return Some(Found { offset, character, depth: self.brackets.len() });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn commas_within_quotes_and_brackets_do_not_split() {
        assert_eq!(split("[1, [2, 3], 'a,b']", '[', ']'), Some(vec!["1", " [2, 3]", " 'a,b'"]));
        assert_eq!(split("[]", '[', ']'), Some(vec![]));
        assert_eq!(split("[1", '[', ']'), None);
        assert_eq!(split("[1, ]", '[', ']'), None);
        assert_eq!(split("[[1]", '[', ']'), None);
    }
}
