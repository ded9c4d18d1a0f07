//! What a CSV file looks like: delimiter, quotes, header, names and types, found in a sample.

use std::collections::HashMap;
use std::ops::ControlFlow;

use arrow::datatypes::DataType;
use extension::{Error, Result, closest};

use super::columns::{Converter, with_point};
use super::options::{CsvOptions, Types};
use super::scanner::{Dialect, Flaw, Flawed, Record, Sink, scan};
use super::values::Look;
use super::{CsvFile, type_of};
use crate::formats::Compression;

/// Delimiters, the likeliest first.
const DELIMITERS: &[u8] = b",;\t|";

/// Quotes and escapes, the likeliest first.
const QUOTES: &[(u8, u8)] = &[(b'"', b'"'), (b'"', b'\\'), (b'\'', b'\'')];

/// The part of the sample in which delimiters are tried.
const TRIED: usize = 256 << 10;

/// Looks at a file from its start.
pub(crate) struct Sniffer<'a> {
    options: &'a CsvOptions,
    dialect: Dialect,
    /// Where the first record starts.
    start: usize,
    /// Bytes looked at since.
    seen: usize,
    head: Option<Head>,
    looks: Vec<Look>,
    rows: usize,
    widest: usize,
    breaks_in_quotes: bool,
}

/// What was found out.
pub(crate) struct Sniffed {
    /// What the scan needs.
    pub details: CsvFile,
    /// The columns.
    pub columns: Vec<(String, DataType)>,
    /// Whether the file is empty.
    pub blank: bool,
}

/// The first record, which may be names or data.
struct Head {
    texts: Vec<Option<String>>,
    looks: Vec<Look>,
    /// Where it ends, from the start of the sample.
    end: usize,
}

impl<'a> Sniffer<'a> {
    /// Finds the dialect in the start of a file.
    pub(crate) fn start(
        sample: &[u8],
        whole: bool,
        options: &'a CsvOptions,
        name: &str,
    ) -> Result<Self> {
        if sample.starts_with(b"\xff\xfe") || sample.starts_with(b"\xfe\xff") {
            return Err(Error::unsupported(format!("'{name}' is encoded in UTF-16"))
                .with_hint("convert it to UTF-8, with iconv for one"));
        }
        let mut start = if sample.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let line_end =
            if sample.contains(&b'\n') || !sample.contains(&b'\r') { b'\n' } else { b'\r' };
        for _ in 0..options.skip {
            match sample[start..].iter().position(|byte| *byte == line_end) {
                Some(position) => start += position + 1,
                None => start = sample.len(),
            }
        }
        let tried = &sample[start..sample.len().min(start + TRIED)];
        let dialect = find_dialect(tried, whole && tried.len() < TRIED, line_end, options);
        Ok(Self {
            options,
            dialect,
            start,
            seen: 0,
            head: None,
            looks: vec![],
            rows: 0,
            widest: 0,
            breaks_in_quotes: false,
        })
    }

    /// Where the first record starts, from which on bytes are to be added.
    pub(crate) fn data_start(&self) -> usize {
        self.start
    }

    /// Records seen after the first.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Whether enough was seen.
    pub(crate) fn is_done(&self) -> bool {
        self.options.sample_size.is_some_and(|size| self.rows >= size)
    }

    /// Looks at more records and says how many bytes are done with.
    pub(crate) fn add(&mut self, buffer: &[u8], last: bool) -> Result<usize> {
        let dialect = self.dialect;
        let mut looking =
            Looking { sniffer: self, buffer, scratch: vec![], texts: vec![], looks: vec![] };
        // A flawed record is for the scan to complain about, which knows its line.
        let used = scan(&dialect, buffer, last, &mut looking).unwrap_or(buffer.len());
        self.seen += used;
        Ok(used)
    }

    /// The conclusions.
    pub(crate) fn finish(self, file: &str, compression: Compression) -> Result<Sniffed> {
        let options = self.options;
        let blank = self.head.is_none() && options.columns.is_none() && options.names.is_empty();
        let head = self.head.unwrap_or(Head { texts: vec![], looks: vec![], end: self.start });
        let mut width = head.texts.len();
        if options.null_padding {
            width = width.max(self.widest);
        }
        if let Some(columns) = &options.columns
            && (head.texts.is_empty() || options.null_padding)
        {
            width = width.max(columns.len());
        }
        if head.texts.is_empty() {
            width = width.max(options.names.len());
        }
        let mut body = self.looks;
        body.resize(width, Look::Null);
        let has_header = options.header.unwrap_or_else(|| match &options.columns {
            Some(columns) => is_header_of(&head, columns),
            None => is_header(&head, &body, self.rows),
        }) && !head.texts.is_empty();
        if !has_header {
            for (look, first) in body.iter_mut().zip(&head.looks) {
                *look = look.join(*first);
            }
        }
        let (names, types) = match &options.columns {
            Some(columns) if columns.len() != width => {
                return Err(Error::invalid_input(format!(
                    "'{file}' has {width} columns, but 'columns' names {}",
                    columns.len()
                )));
            }
            Some(columns) => columns.iter().cloned().unzip(),
            None => {
                let found = if has_header { head.texts.as_slice() } else { &[] };
                let names = names(found, width, options, file)?;
                let types = types(&names, &body, options, file)?;
                (names, types)
            }
        };
        let details = CsvFile {
            dialect: self.dialect,
            data_start: if has_header { head.end } else { self.start } as u64,
            names: names.clone(),
            has_header,
            compression,
            breaks_in_quotes: self.breaks_in_quotes,
        };
        Ok(Sniffed { details, columns: names.into_iter().zip(types).collect(), blank })
    }
}

struct Looking<'s, 'a, 'b> {
    sniffer: &'s mut Sniffer<'a>,
    buffer: &'b [u8],
    scratch: Vec<u8>,
    /// The texts of the first record.
    texts: Vec<Option<String>>,
    looks: Vec<Look>,
}

impl Sink for Looking<'_, '_, '_> {
    fn field(&mut self, index: usize, start: usize, end: usize) {
        if index == 0 {
            self.looks.clear();
        }
        let sniffer = &mut *self.sniffer;
        let raw = &self.buffer[start..end];
        let converter = Converter { dialect: sniffer.dialect, options: sniffer.options };
        if raw.contains(&sniffer.dialect.line_end) {
            sniffer.breaks_in_quotes = true;
        }
        if sniffer.head.is_none() {
            let text = converter.text(raw, true, &mut self.scratch);
            self.texts.push(text.map(|text| String::from_utf8_lossy(text).trim().to_string()));
        }
        let look = converter.text(raw, true, &mut self.scratch);
        self.looks.push(look.map_or(Look::Null, |text| look_of(text, sniffer.options, &converter)));
    }

    fn record(&mut self, record: Record) -> ControlFlow<()> {
        let sniffer = &mut *self.sniffer;
        let fields = record.fields;
        match &sniffer.head {
            // Empty lines before the first record.
            None if record.is_empty() => self.texts.clear(),
            None => {
                sniffer.widest = fields;
                sniffer.head = Some(Head {
                    texts: std::mem::take(&mut self.texts),
                    looks: self.looks.clone(),
                    end: sniffer.start + sniffer.seen + record.next,
                });
            }
            Some(head) => {
                if record.is_empty() && head.texts.len() > 1 {
                    return ControlFlow::Continue(());
                }
                sniffer.rows += 1;
                sniffer.widest = sniffer.widest.max(fields);
                if fields == head.texts.len() || sniffer.options.null_padding {
                    if sniffer.looks.len() < fields {
                        sniffer.looks.resize(fields, Look::Null);
                    }
                    for (known, look) in sniffer.looks.iter_mut().zip(&self.looks) {
                        *known = known.join(*look);
                    }
                }
            }
        }
        match sniffer.is_done() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn flawed(&mut self, _flawed: Flawed) -> ControlFlow<()> {
        self.texts.clear();
        ControlFlow::Continue(())
    }
}

/// What a text looks like under the options.
fn look_of(text: &[u8], options: &CsvOptions, converter: &Converter<'_>) -> Look {
    let trimmed = text.trim_ascii();
    if options.timestamp_format.is_some() && converter.formatted_timestamp(trimmed).is_some() {
        return Look::Timestamp;
    }
    if options.date_format.is_some() && converter.formatted_date(trimmed).is_some() {
        return Look::Date;
    }
    if options.decimal_comma && text.contains(&b',') {
        let look = Look::of(&with_point(text));
        return if look == Look::Float { look } else { Look::Text };
    }
    match Look::of(text) {
        // With a format of one's own, only that counts.
        Look::Date if options.date_format.is_some() => Look::Text,
        Look::Timestamp | Look::TimestampZoned if options.timestamp_format.is_some() => Look::Text,
        look => look,
    }
}

/// Whether the first record names the columns: it does when a column of numbers, dates and so on starts
/// with something else, or when everything is text.
fn is_header(head: &Head, body: &[Look], rows: usize) -> bool {
    let is_plain_text = |look: &Look| matches!(look, Look::Text | Look::Null);
    if rows == 0 {
        return head.looks.iter().all(is_plain_text) && head.looks.contains(&Look::Text);
    }
    let contrast = head
        .looks
        .iter()
        .zip(body)
        .any(|(first, rest)| *first == Look::Text && !is_plain_text(rest));
    contrast || (head.looks.iter().all(is_plain_text) && body.iter().all(is_plain_text))
}

/// Whether the first record is not data of columns whose types are given.
fn is_header_of(head: &Head, columns: &[(String, DataType)]) -> bool {
    let same_names = head.texts.len() == columns.len()
        && head.texts.iter().zip(columns).all(|(text, (name, _))| {
            text.as_ref().is_some_and(|text| text.eq_ignore_ascii_case(name))
        });
    same_names
        || head.looks.iter().zip(columns).any(|(look, (_, data_type))| {
            *look == Look::Text && !data_type.is_string() && !matches!(data_type, DataType::Binary)
        })
}

/// A name per column, none twice.
fn names(
    found: &[Option<String>],
    width: usize,
    options: &CsvOptions,
    file: &str,
) -> Result<Vec<String>> {
    if options.names.len() > width {
        return Err(Error::invalid_input(format!(
            "'{file}' has {width} columns, but 'names' has {}",
            options.names.len()
        )));
    }
    let digits = width.saturating_sub(1).to_string().len();
    let mut taken: HashMap<String, usize> = HashMap::new();
    Ok((0..width)
        .map(|index| {
            let given = options.names.get(index).or_else(|| found.get(index)?.as_ref());
            let mut name = match given.filter(|name| !name.is_empty()) {
                Some(name) => name.clone(),
                None => format!("column{index:0digits$}"),
            };
            while let Some(times) = taken.get_mut(&name.to_lowercase()) {
                name = format!("{name}_{times}");
                *times += 1;
            }
            taken.insert(name.to_lowercase(), 1);
            name
        })
        .collect())
}

fn types(
    names: &[String],
    body: &[Look],
    options: &CsvOptions,
    file: &str,
) -> Result<Vec<DataType>> {
    let mut types: Vec<DataType> = body
        .iter()
        .map(|look| if options.all_varchar { DataType::Utf8View } else { type_of(*look) })
        .collect();
    match &options.types {
        Types::Found => {}
        Types::InOrder(given) => {
            if given.len() > types.len() {
                return Err(Error::invalid_input(format!(
                    "'{file}' has {} columns, but 'types' has {}",
                    types.len(),
                    given.len()
                )));
            }
            types[..given.len()].clone_from_slice(given);
        }
        Types::ByName(given) => {
            for (name, data_type) in given {
                let position = names.iter().position(|known| known.eq_ignore_ascii_case(name));
                let Some(position) = position else {
                    let error = Error::invalid_input(format!(
                        "'types' names the column '{name}', which '{file}' does not have"
                    ));
                    return Err(match closest(name, names.iter().map(String::as_str)) {
                        Some(near) => error.with_hint(format!("did you mean '{near}'?")),
                        None => error.with_hint(format!("columns: {}", names.join(", "))),
                    });
                };
                types[position] = data_type.clone();
            }
        }
    }
    Ok(types)
}

/// How regular a sample is under a dialect.
#[derive(Debug)]
struct Shape {
    records: usize,
    first: usize,
    /// The commonest number of fields, and how many records have it.
    usual: usize,
    usual_records: usize,
    flawed: bool,
}

impl Shape {
    /// Larger is better: is it regular, with how many columns, how much of it.
    fn score(&self) -> (bool, usize, usize) {
        if self.records == 0 {
            return (false, 0, 0);
        }
        let share = self.usual_records * 1000 / self.records;
        let rest_agrees = self.usual_records + 1 == self.records && self.usual_records >= 2;
        // A table with a few bad records is still a table; one regular after its first line has a bad
        // first line.
        let is_table =
            self.usual > 1 && ((self.first == self.usual && share >= 500) || rest_agrees);
        match (is_table, self.flawed) {
            (true, flawed) => {
                (true, if share >= 900 && !flawed { self.usual + 1000 } else { 0 }, share)
            }
            (false, _) => {
                (false, usize::from(!self.flawed), if self.usual == 1 { share } else { 0 })
            }
        }
    }
}

fn find_dialect(sample: &[u8], whole: bool, line_end: u8, options: &CsvOptions) -> Dialect {
    let delimiters = match &options.delimiter {
        Some(delimiter) => std::slice::from_ref(delimiter),
        None => DELIMITERS,
    };
    let quotes: Vec<(Option<u8>, Option<u8>)> = match (options.quote, options.escape) {
        (Some(None), _) => vec![(None, None)],
        (Some(Some(quote)), Some(escape)) => vec![(Some(quote), escape)],
        (Some(Some(quote)), None) => vec![(Some(quote), Some(quote)), (Some(quote), Some(b'\\'))],
        (None, Some(escape)) => vec![(Some(b'"'), escape)],
        (None, None) => {
            QUOTES.iter().map(|(quote, escape)| (Some(*quote), Some(*escape))).collect()
        }
    };
    let mut best: Option<(Dialect, (bool, usize, usize))> = None;
    for (quote, escape) in quotes {
        for delimiter in delimiters {
            if Some(*delimiter) == quote {
                continue;
            }
            let dialect = Dialect {
                delimiter: *delimiter,
                quote,
                escape,
                comment: options.comment,
                line_end,
            };
            let score = shape(sample, whole, &dialect).score();
            if best.as_ref().is_none_or(|(_, known)| score > *known) {
                best = Some((dialect, score));
            }
        }
    }
    best.map_or(
        Dialect { line_end, comment: options.comment, ..Dialect::default() },
        |(dialect, _)| dialect,
    )
}

fn shape(sample: &[u8], whole: bool, dialect: &Dialect) -> Shape {
    struct Counting {
        widths: Vec<usize>,
        flawed: bool,
    }
    impl Sink for Counting {
        fn field(&mut self, _index: usize, _start: usize, _end: usize) {}

        fn record(&mut self, record: Record) -> ControlFlow<()> {
            if !record.is_empty() {
                self.widths.push(record.fields);
            }
            ControlFlow::Continue(())
        }

        fn flawed(&mut self, flawed: Flawed) -> ControlFlow<()> {
            self.flawed = true;
            match flawed.flaw {
                Flaw::UnclosedQuote => ControlFlow::Break(()),
                Flaw::TextAfterQuote => ControlFlow::Continue(()),
            }
        }
    }
    let mut counting = Counting { widths: vec![], flawed: false };
    let _ = scan(dialect, sample, whole, &mut counting);
    let mut counts: HashMap<usize, usize> = HashMap::new();
    for width in &counting.widths {
        *counts.entry(*width).or_default() += 1;
    }
    let (usual, usual_records) =
        counts.into_iter().max_by_key(|(width, count)| (*count, *width)).unwrap_or((0, 0));
    Shape {
        records: counting.widths.len(),
        first: counting.widths.first().copied().unwrap_or(0),
        usual,
        usual_records,
        flawed: counting.flawed,
    }
}

#[cfg(test)]
#[path = "sniffer_tests.rs"]
mod tests;
