//! Where one record ends and the next begins.

/// How objects follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// `[{…}, {…}]`
    Array,
    /// An object per line.
    Lines,
    /// Objects one after the other, over as many lines as they like.
    Sequence,
}

/// A record in a sample.
#[derive(Debug, PartialEq)]
pub(crate) struct Record<'a> {
    /// The line it starts on, from 1.
    pub line: usize,
    /// Its text.
    pub text: &'a [u8],
}

impl Layout {
    /// What the start of a file looks like.
    pub(crate) fn of(sample: &[u8]) -> Self {
        let text = sample.trim_ascii_start();
        if text.first() == Some(&b'[') {
            return Self::Array;
        }
        let first = text.split(|byte| *byte == b'\n').next().unwrap_or(text).trim_ascii();
        let is_object =
            serde_json::from_slice::<serde_json::Value>(first).is_ok_and(|v| v.is_object());
        // A first line that is not JSON at all belongs to a file of lines with a bad line.
        let starts_object = first.first() == Some(&b'{') && !first.ends_with(b"}");
        match is_object || !starts_object {
            true => Self::Lines,
            false => Self::Sequence,
        }
    }
}

/// Follows braces and strings through text.
#[derive(Debug, Default, Clone)]
pub(crate) struct Nesting {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Nesting {
    /// Takes a byte and says how deep it stands; the brackets of a value count as inside of it.
    pub(crate) fn step(&mut self, byte: u8) -> usize {
        if self.in_string {
            match (self.escaped, byte) {
                (true, _) => self.escaped = false,
                (false, b'\\') => self.escaped = true,
                (false, b'"') => self.in_string = false,
                _ => {}
            }
            return self.depth.max(1);
        }
        match byte {
            b'"' => {
                self.in_string = true;
                self.depth.max(1)
            }
            b'{' | b'[' => {
                self.depth += 1;
                self.depth
            }
            b'}' | b']' => {
                let depth = self.depth;
                self.depth = self.depth.saturating_sub(1);
                depth
            }
            _ => self.depth,
        }
    }
}

/// Splits a sample into records; without `whole` an unfinished last record is left out.
pub(crate) fn split_records(sample: &[u8], layout: Layout, whole: bool) -> Vec<Record<'_>> {
    match layout {
        Layout::Lines => split_lines(sample, whole),
        Layout::Array | Layout::Sequence => split_values(sample, layout, whole),
    }
}

fn split_lines(sample: &[u8], whole: bool) -> Vec<Record<'_>> {
    let end = match whole {
        true => sample.len(),
        false => sample.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1),
    };
    sample[..end]
        .split(|byte| *byte == b'\n')
        .enumerate()
        .map(|(index, text)| Record { line: index + 1, text: text.trim_ascii() })
        .filter(|record| !record.text.is_empty())
        .collect()
}

fn split_values(sample: &[u8], layout: Layout, whole: bool) -> Vec<Record<'_>> {
    // Inside the array's brackets values stand one level deeper.
    let base = usize::from(layout == Layout::Array);
    let mut nesting = Nesting::default();
    let mut records = vec![];
    let mut line = 1;
    let mut open: Option<(usize, usize)> = None;
    for (index, byte) in sample.iter().enumerate() {
        let depth = nesting.step(*byte);
        let outside = depth < base + 1
            || (layout == Layout::Array && depth == base && matches!(byte, b'[' | b']'));
        let between = outside && (byte.is_ascii_whitespace() || matches!(byte, b',' | b'[' | b']'));
        match (between, open) {
            (false, None) => open = Some((index, line)),
            (true, Some((start, line))) => {
                records.push(Record { line, text: &sample[start..index] });
                open = None;
            }
            _ => {}
        }
        // A closing brace ends a value even when the next follows at once.
        if !between
            && matches!(byte, b'}' | b']')
            && depth == base + 1
            && nesting.depth == base
            && let Some((start, line)) = open.take()
        {
            records.push(Record { line, text: &sample[start..=index] });
        }
        line += usize::from(*byte == b'\n');
    }
    if whole && let Some((start, line)) = open {
        records.push(Record { line, text: sample[start..].trim_ascii() });
    }
    records
}

/// Blanks out the brackets and commas of the outermost array, in place and piece by piece.
#[derive(Debug, Default)]
pub(crate) struct ArrayBlanker {
    nesting: Nesting,
}

impl ArrayBlanker {
    pub(crate) fn blank(&mut self, piece: &mut [u8]) {
        for byte in piece {
            let depth = self.nesting.step(*byte);
            let outermost = match byte {
                b'[' | b']' => depth == 1 && !self.nesting.in_string,
                b',' => depth == 1 && !self.nesting.in_string,
                _ => false,
            };
            if outermost {
                *byte = b' ';
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn texts(sample: &str, layout: Layout, whole: bool) -> Vec<(usize, String)> {
        split_records(sample.as_bytes(), layout, whole)
            .into_iter()
            .map(|record| (record.line, String::from_utf8(record.text.to_vec()).unwrap()))
            .collect()
    }

    #[test]
    fn layouts() {
        for (sample, layout) in [
            ("[{\"a\":1}]", Layout::Array),
            ("  \n [", Layout::Array),
            ("{\"a\":1}\n{\"a\":2}\n", Layout::Lines),
            ("{\n  \"a\": 1\n}\n", Layout::Sequence),
            ("", Layout::Lines),
            ("garbage\n{}", Layout::Lines),
        ] {
            assert_eq!(Layout::of(sample.as_bytes()), layout, "{sample}");
        }
    }

    #[test]
    fn records() {
        let array = "[\n {\"a\": \"],{\"},\n{\"b\": [1, 2]} ,{}]\n";
        assert_eq!(
            texts(array, Layout::Array, true),
            [(2, "{\"a\": \"],{\"}".into()), (3, "{\"b\": [1, 2]}".into()), (3, "{}".into())]
        );
        assert_eq!(
            texts("[1, \"x\"]", Layout::Array, true),
            [(1, "1".into()), (1, "\"x\"".into())]
        );
        assert_eq!(
            texts("{\n\"a\":1}{}\n{\"cut", Layout::Sequence, false),
            [(1, "{\n\"a\":1}".into()), (2, "{}".into())]
        );
        assert_eq!(
            texts("{}\n\n{}\ncut", Layout::Lines, false),
            [(1, "{}".into()), (3, "{}".into())]
        );
        assert_eq!(texts("[]", Layout::Array, true), []);
    }

    #[test]
    fn blanks_only_the_outermost_array() {
        let mut text = b"[{\"a,\": [1,2]},{\"b\":\"]\"}]".to_vec();
        let mut blanker = ArrayBlanker::default();
        let (left, right) = text.split_at_mut(7);
        blanker.blank(left);
        blanker.blank(right);
        assert_eq!(String::from_utf8(text).unwrap(), " {\"a,\": [1,2]} {\"b\":\"]\"} ");
    }
}
