//! Characters as people see them, which may be several of Unicode's.

use datafusion::arrow::array::{Int32Array, Int64Array};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use crate::manual::Manual;
use crate::scalar::{Kind, Scalar};

pub(super) const LEFT_GRAPHEME: Scalar = Scalar {
    names: &["left_grapheme"],
    manual: Manual {
        usage: "left_grapheme(string, count)",
        description: "The first visible characters of a text; all but the last ones if the count is negative.",
        example: "SELECT left_grapheme('🤦🏼‍♂️🤦🏽‍♀️', 1)",
        result: "🤦🏼‍♂️",
    },
    takes: &[&[Kind::Text, Kind::Integer]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let (texts, counts) = (call.text(0)?, call.primitive::<Int64Type>(1)?);
        call.write_text(|row, out| {
            let (text, count) = (texts.get(row)?, counts.get(row)?);
            let end = match usize::try_from(count) {
                Ok(count) => text.grapheme_indices(true).nth(count).map_or(text.len(), |g| g.0),
                Err(_) => from_the_end(text, count.unsigned_abs()),
            };
            out.push_str(&text[..end]);
            Some(Ok(()))
        })
    },
};

pub(super) const RIGHT_GRAPHEME: Scalar = Scalar {
    names: &["right_grapheme"],
    manual: Manual {
        usage: "right_grapheme(string, count)",
        description: "The last visible characters of a text; all but the first ones if the count is negative.",
        example: "SELECT right_grapheme('🤦🏼‍♂️🤦🏽‍♀️', 1)",
        result: "🤦🏽‍♀️",
    },
    takes: &[&[Kind::Text, Kind::Integer]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let (texts, counts) = (call.text(0)?, call.primitive::<Int64Type>(1)?);
        call.write_text(|row, out| {
            let (text, count) = (texts.get(row)?, counts.get(row)?);
            let start = match u64::try_from(count) {
                Ok(count) => from_the_end(text, count),
                Err(_) => {
                    let skipped = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
                    text.grapheme_indices(true).nth(skipped).map_or(text.len(), |g| g.0)
                }
            };
            out.push_str(&text[start..]);
            Some(Ok(()))
        })
    },
};

/// Where the last `count` visible characters begin.
fn from_the_end(text: &str, count: u64) -> usize {
    match usize::try_from(count) {
        Ok(0) => text.len(),
        Ok(count) => text.grapheme_indices(true).rev().nth(count - 1).map_or(0, |g| g.0),
        Err(_) => 0,
    }
}

pub(super) const SUBSTRING_GRAPHEME: Scalar = Scalar {
    names: &["substring_grapheme"],
    manual: Manual {
        usage: "substring_grapheme(string, start [, length])",
        description: "The visible characters of a text from a position on, which counts from 1, or from the end if it is negative.",
        example: "SELECT substring_grapheme('🦆🤦🏼‍♂️🤦🏽‍♀️🦆', 3, 2)",
        result: "🤦🏽‍♀️🦆",
    },
    takes: &[&[Kind::Text, Kind::Integer], &[Kind::Text, Kind::Integer, Kind::Integer]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let (texts, starts) = (call.text(0)?, call.primitive::<Int64Type>(1)?);
        let lengths = (call.len() > 2).then(|| call.primitive::<Int64Type>(2)).transpose()?;
        call.write_text(|row, out| {
            let (text, start) = (texts.get(row)?, starts.get(row)?);
            let length = match &lengths {
                Some(lengths) => lengths.get(row)?,
                None => i64::MAX,
            };
            let count = text.graphemes(true).count() as i64;
            let from = if start < 0 { (count + start).max(0) } else { start - 1 };
            let (from, to) = match length < 0 {
                true => (from.saturating_add(length), from),
                false => (from, from.saturating_add(length)),
            };
            let (from, to) = (from.max(0) as usize, to.max(0) as usize);
            text.graphemes(true)
                .skip(from)
                .take(to.saturating_sub(from))
                .for_each(|grapheme| out.push_str(grapheme));
            Some(Ok(()))
        })
    },
};

pub(super) const LENGTH_GRAPHEME: Scalar = Scalar {
    names: &["length_grapheme"],
    manual: Manual {
        usage: "length_grapheme(string)",
        description: "How many visible characters a text has.",
        example: "SELECT length_grapheme('🤦🏼‍♂️🤦🏽‍♀️')",
        result: "2",
    },
    takes: &[&[Kind::Text]],
    returns: |_| Ok(DataType::Int64),
    evaluate: |call| {
        let texts = call.text(0)?;
        call.map::<Int64Array, _>(|row| Some(texts.get(row)?.graphemes(true).count() as i64))
    },
};

pub(super) const STRIP_ACCENTS: Scalar = Scalar {
    names: &["strip_accents"],
    manual: Manual {
        usage: "strip_accents(string)",
        description: "A text without the accents of its letters.",
        example: "SELECT strip_accents('mühleisen')",
        result: "muhleisen",
    },
    takes: &[&[Kind::Text]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let texts = call.text(0)?;
        call.write_text(|row, out| {
            let text = texts.get(row)?;
            match text.is_ascii() {
                true => out.push_str(text),
                false => out.extend(text.nfd().filter(|char| !is_combining_mark(*char)).nfc()),
            }
            Some(Ok(()))
        })
    },
};

pub(super) const NFC_NORMALIZE: Scalar = Scalar {
    names: &["nfc_normalize"],
    manual: Manual {
        usage: "nfc_normalize(string)",
        description: "A text in Unicode's normal form C, so that texts that look the same are the same.",
        example: "SELECT nfc_normalize('arde\u{300}ch') = 'ardèch'",
        result: "true",
    },
    takes: &[&[Kind::Text]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let texts = call.text(0)?;
        call.write_text(|row, out| {
            let text = texts.get(row)?;
            match text.is_ascii() {
                true => out.push_str(text),
                false => out.extend(text.nfc()),
            }
            Some(Ok(()))
        })
    },
};

pub(super) const UNICODE: Scalar = Scalar {
    names: &["unicode", "ord"],
    manual: Manual {
        usage: "unicode(string)",
        description: "The number of a text's first character in Unicode; -1 for an empty text.",
        example: "SELECT unicode('ü')",
        result: "252",
    },
    takes: &[&[Kind::Text]],
    returns: |_| Ok(DataType::Int32),
    evaluate: |call| {
        let texts = call.text(0)?;
        call.map::<Int32Array, _>(|row| {
            Some(texts.get(row)?.chars().next().map_or(-1, |char| char as i32))
        })
    },
};
