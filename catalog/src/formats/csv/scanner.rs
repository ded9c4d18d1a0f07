//! Where fields and records begin and end.
//!
//! Sixty-four bytes at a time are turned into a bit mask of the bytes that matter (delimiter, quote,
//! line break), and only those are looked at. The comparison loop is written so that the compiler uses
//! the machine's wide registers.

use std::ops::ControlFlow;

/// How fields and lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// Between fields.
    pub delimiter: u8,
    /// Around fields that hold special characters.
    pub quote: Option<u8>,
    /// Before a quote inside of quotes; often the quote itself.
    pub escape: Option<u8>,
    /// Starts a line to be left out.
    pub comment: Option<u8>,
    /// The last byte of a line: `\n`, or `\r` in very old files.
    pub line_end: u8,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            delimiter: b',',
            quote: Some(b'"'),
            escape: Some(b'"'),
            comment: None,
            line_end: b'\n',
        }
    }
}

/// What is wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// A quote is never closed.
    UnclosedQuote,
    /// Text follows the closing quote.
    TextAfterQuote,
}

/// A flaw and the record that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flawed {
    /// Where the record starts in the buffer.
    pub record: usize,
    /// What is wrong.
    pub flaw: Flaw,
}

/// A record that was scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record {
    /// Its first byte.
    pub start: usize,
    /// The byte after its last, which is not the line break.
    pub end: usize,
    /// Where the next line starts.
    pub next: usize,
    /// How many fields it has.
    pub fields: usize,
}

impl Record {
    /// Whether it is an empty line.
    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end && self.fields == 1
    }
}

/// Takes what the scanner finds.
pub(crate) trait Sink {
    /// The bytes of a field, with its quotes.
    fn field(&mut self, index: usize, start: usize, end: usize);

    /// A record ended; an empty line is one empty field.
    fn record(&mut self, record: Record) -> ControlFlow<()>;

    /// A record is flawed; `Break` ends the scan with an error, `Continue` skips the line.
    fn flawed(&mut self, flawed: Flawed) -> ControlFlow<()>;
}

/// Scans the records in `buffer`, which starts with a record, and says how many bytes are done with.
/// Without `last` an unfinished record at the end is left for the next call.
pub(crate) fn scan<S: Sink>(
    dialect: &Dialect,
    buffer: &[u8],
    last: bool,
    sink: &mut S,
) -> Result<usize, Flawed> {
    let mut start = 0;
    loop {
        match scan_from(dialect, buffer, start, last, sink)? {
            Outcome::Done(used) => return Ok(used),
            Outcome::Skip(record) => {
                // Go on after the line on which the flawed record starts.
                let rest = &buffer[record..];
                match rest.iter().position(|byte| *byte == dialect.line_end) {
                    Some(position) => start = record + position + 1,
                    None => return Ok(if last { buffer.len() } else { record }),
                }
            }
        }
    }
}

enum Outcome {
    Done(usize),
    Skip(usize),
}

fn scan_from<S: Sink>(
    dialect: &Dialect,
    buffer: &[u8],
    start: usize,
    last: bool,
    sink: &mut S,
) -> Result<Outcome, Flawed> {
    let line_end = dialect.line_end;
    let delimiter = dialect.delimiter;
    // Needles that are not wanted repeat another one.
    let quote = dialect.quote.unwrap_or(delimiter);
    let escape = dialect.escape.unwrap_or(delimiter);
    let quoting = dialect.quote.is_some();
    let own_escape = quoting && dialect.escape.is_some() && dialect.escape != dialect.quote;
    let doubled = dialect.escape == dialect.quote;

    let mut record = start;
    let mut field = start;
    let mut fields = 0;
    let mut in_quotes = false;
    // The position after the closing quote of the current field, 0 if it is not quoted.
    let mut closed = 0;
    // Bytes before this position are escaped.
    let mut skip = 0;
    let mut in_comment = dialect.comment.is_some() && buffer.get(start).copied() == dialect.comment;

    let flaw = |sink: &mut S, flawed: Flawed| match sink.flawed(flawed) {
        ControlFlow::Break(()) => Err(flawed),
        ControlFlow::Continue(()) => Ok(Outcome::Skip(flawed.record)),
    };

    let mut block_start = start;
    while block_start < buffer.len() {
        let mut mask = match buffer[block_start..].first_chunk::<64>() {
            Some(block) => mask_of(block, delimiter, line_end, quote, escape),
            None => {
                let rest = &buffer[block_start..];
                let mut block = [0_u8; 64];
                block[..rest.len()].copy_from_slice(rest);
                let mask = mask_of(&block, delimiter, line_end, quote, escape);
                // The padding may look like a needle.
                mask & ((1_u64 << rest.len()) - 1)
            }
        };
        while mask != 0 {
            let position = block_start + mask.trailing_zeros() as usize;
            mask &= mask - 1;
            let byte = buffer[position];
            if in_quotes {
                if position < skip {
                    continue;
                }
                if own_escape && byte == escape {
                    skip = position + 2;
                } else if byte == quote {
                    if doubled {
                        match buffer.get(position + 1) {
                            Some(next) if *next == quote => {
                                skip = position + 2;
                                continue;
                            }
                            None if !last => return Ok(Outcome::Done(record)),
                            _ => {}
                        }
                    }
                    in_quotes = false;
                    closed = position + 1;
                }
                continue;
            }
            if byte == line_end {
                if !in_comment {
                    let mut end = position;
                    if line_end == b'\n' && end > field && buffer[end - 1] == b'\r' {
                        end -= 1;
                    }
                    if closed != 0 && !is_blank(&buffer[closed..end]) {
                        return flaw(sink, Flawed { record, flaw: Flaw::TextAfterQuote });
                    }
                    sink.field(fields, field, end);
                    if sink
                        .record(Record {
                            start: record,
                            end,
                            next: position + 1,
                            fields: fields + 1,
                        })
                        .is_break()
                    {
                        return Ok(Outcome::Done(position + 1));
                    }
                }
                record = position + 1;
                field = record;
                fields = 0;
                closed = 0;
                in_comment =
                    dialect.comment.is_some() && buffer.get(record).copied() == dialect.comment;
            } else if in_comment {
                // Nothing counts until the line ends.
            } else if byte == delimiter {
                if closed != 0 && !is_blank(&buffer[closed..position]) {
                    return flaw(sink, Flawed { record, flaw: Flaw::TextAfterQuote });
                }
                sink.field(fields, field, position);
                fields += 1;
                field = position + 1;
                closed = 0;
            } else if quoting && byte == quote && closed == 0 && is_blank(&buffer[field..position])
            {
                in_quotes = true;
            }
        }
        block_start += 64;
    }
    if !last || record == buffer.len() || in_comment {
        let used = if last && in_comment { buffer.len() } else { record };
        return Ok(Outcome::Done(used));
    }
    if in_quotes {
        return flaw(sink, Flawed { record, flaw: Flaw::UnclosedQuote });
    }
    let mut end = buffer.len();
    if line_end == b'\n' && end > field && buffer[end - 1] == b'\r' {
        end -= 1;
    }
    if closed != 0 && !is_blank(&buffer[closed..end]) {
        return flaw(sink, Flawed { record, flaw: Flaw::TextAfterQuote });
    }
    sink.field(fields, field, end);
    let _ = sink.record(Record { start: record, end, next: buffer.len(), fields: fields + 1 });
    Ok(Outcome::Done(buffer.len()))
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == b' ')
}

/// A bit per byte that equals one of the four.
#[inline]
fn mask_of(block: &[u8; 64], a: u8, b: u8, c: u8, d: u8) -> u64 {
    let mut flags = [0_u8; 64];
    for (flag, byte) in flags.iter_mut().zip(block) {
        *flag = u8::from(*byte == a)
            | u8::from(*byte == b)
            | u8::from(*byte == c)
            | u8::from(*byte == d);
    }
    let mut mask = 0_u64;
    for (index, chunk) in flags.as_chunks::<8>().0.iter().enumerate() {
        // Gathers the lowest bit of each of eight bytes into one byte.
        let gathered = u64::from_le_bytes(*chunk).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= gathered << (index * 8);
    }
    mask
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    #[derive(Default)]
    struct Collect {
        lenient: bool,
        text: Vec<u8>,
        current: Vec<String>,
        records: Vec<Vec<String>>,
    }

    impl Sink for Collect {
        fn field(&mut self, index: usize, start: usize, end: usize) {
            if index == 0 {
                self.current.clear();
            }
            self.current.push(String::from_utf8_lossy(&self.text[start..end]).into_owned());
        }

        fn record(&mut self, record: Record) -> ControlFlow<()> {
            assert_eq!(self.current.len(), record.fields);
            self.records.push(self.current.clone());
            ControlFlow::Continue(())
        }

        fn flawed(&mut self, _flawed: Flawed) -> ControlFlow<()> {
            match self.lenient {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        }
    }

    fn collect(dialect: &Dialect, text: &str, lenient: bool) -> Result<Vec<String>, Flawed> {
        let mut sink = Collect { lenient, text: text.as_bytes().to_vec(), ..Default::default() };
        scan(dialect, text.as_bytes(), true, &mut sink)?;
        Ok(sink.records.iter().map(|record| record.join("¦")).collect())
    }

    #[test]
    fn fields() {
        let long = "x".repeat(200);
        for (text, expected) in [
            ("a,b\n1,2\n", vec!["a¦b", "1¦2"]),
            ("a,b\r\n1,2\r\n", vec!["a¦b", "1¦2"]),
            ("a,b\n1,2", vec!["a¦b", "1¦2"]),
            ("\"a,\"\"\n\",b\n", vec!["\"a,\"\"\n\"¦b"]),
            ("a, \"b,c\" \n", vec!["a¦ \"b,c\" "]),
            ("a\"b,c\n", vec!["a\"b¦c"]),
            (",\n\n,", vec!["¦", "", "¦"]),
            ("", vec![]),
            ("\"\"\n", vec!["\"\""]),
            (
                &format!("{long},1\n\"{long}\",2\n"),
                vec![&format!("{long}¦1"), &format!("\"{long}\"¦2")],
            ),
        ] {
            assert_eq!(collect(&Dialect::default(), text, false).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn other_dialects() {
        let escape = Dialect { escape: Some(b'\\'), ..Default::default() };
        assert_eq!(collect(&escape, "\"a\\\"b,\\\\\",c\n", false).unwrap(), ["\"a\\\"b,\\\\\"¦c"]);
        let comment = Dialect { comment: Some(b'#'), ..Default::default() };
        assert_eq!(collect(&comment, "#x,\"\na,#b\n# end", false).unwrap(), ["a¦#b"]);
        let old = Dialect { line_end: b'\r', ..Default::default() };
        assert_eq!(collect(&old, "a,b\r1,2\r", false).unwrap(), ["a¦b", "1¦2"]);
        let plain = Dialect { quote: None, escape: None, ..Default::default() };
        assert_eq!(collect(&plain, "\"a,b\"\n", false).unwrap(), ["\"a¦b\""]);
    }

    #[test]
    fn flaws() {
        let dialect = Dialect::default();
        assert_eq!(
            collect(&dialect, "a\n\"b\"c\nd\n", false),
            Err(Flawed { record: 2, flaw: Flaw::TextAfterQuote })
        );
        assert_eq!(collect(&dialect, "a\n\"b\"c\nd\n", true).unwrap(), ["a", "d"]);
        assert_eq!(
            collect(&dialect, "a\n\"b\nc\n", false),
            Err(Flawed { record: 2, flaw: Flaw::UnclosedQuote })
        );
        assert_eq!(collect(&dialect, "a\n\"b\nc\n", true).unwrap(), ["a", "c"]);
    }

    #[test]
    fn any_cut_gives_the_same_records() {
        let text = "id,text\n1,\"a\"\"b,\nc\"\r\n2,plain\n\n3,\"\"\n";
        let whole = collect(&Dialect::default(), text, false).unwrap();
        for cut in 0..text.len() {
            let mut sink = Collect { text: text.as_bytes()[..cut].to_vec(), ..Default::default() };
            let used =
                scan(&Dialect::default(), &text.as_bytes()[..cut], false, &mut sink).unwrap();
            let mut records = sink.records;
            let rest = &text.as_bytes()[used..];
            let mut sink = Collect { text: rest.to_vec(), ..Default::default() };
            scan(&Dialect::default(), rest, true, &mut sink).unwrap();
            records.append(&mut sink.records);
            let records: Vec<String> = records.iter().map(|record| record.join("¦")).collect();
            assert_eq!(records, whole, "cut at {cut}");
        }
    }
}
