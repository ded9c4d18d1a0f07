//! Texts to lists of their parts.

use datafusion::arrow::datatypes::DataType;

use super::regex::Patterns;
use crate::manual::Manual;
use crate::scalar::{Kind, Scalar, text_list};

pub(super) const STRING_SPLIT: Scalar = Scalar {
    names: &["string_split", "str_split", "split"],
    manual: Manual {
        usage: "string_split(string, separator)",
        description: "The parts of a text between separators, as a list. An empty separator splits between characters.",
        example: "SELECT string_split('hello world', ' ')",
        result: "[hello, world]",
    },
    takes: &[&[Kind::Text, Kind::Text]],
    returns: |_| Ok(DataType::new_list(DataType::Utf8, true)),
    evaluate: |call| {
        let (texts, separators) = (call.text(0)?, call.text(1)?);
        text_list(call.rows, |row, parts| {
            let (text, separator) = (texts.get(row)?, separators.get(row)?);
            match separator {
                "" if text.is_empty() => parts.append_value(""),
                "" => {
                    let mut buffer = [0; 4];
                    text.chars().for_each(|char| parts.append_value(char.encode_utf8(&mut buffer)));
                }
                _ => text.split(separator).for_each(|part| parts.append_value(part)),
            }
            Some(Ok(()))
        })
    },
};

pub(super) const STRING_SPLIT_REGEX: Scalar = Scalar {
    names: &["string_split_regex", "str_split_regex", "regexp_split_to_array"],
    manual: Manual {
        usage: "string_split_regex(string, pattern [, options])",
        description: "The parts of a text between matches of a regular expression, as a list.",
        example: "SELECT string_split_regex('a1b22c', '\\d+')",
        result: "[a, b, c]",
    },
    takes: &[&[Kind::Text, Kind::Text], &[Kind::Text, Kind::Text, Kind::Text]],
    returns: |_| Ok(DataType::new_list(DataType::Utf8, true)),
    evaluate: |call| {
        let texts = call.text(0)?;
        let mut patterns = Patterns::new(call, 1, 2)?;
        text_list(call.rows, |row, parts| {
            let text = texts.get(row)?;
            let pattern = match patterns.get(row)? {
                Ok(pattern) => pattern,
                Err(error) => return Some(Err(error)),
            };
            // A match of nothing separates characters, but stands not before the first or after the last.
            let mut start = 0;
            for found in pattern.regex.find_iter(text) {
                if found.is_empty() && (found.start() == 0 || found.start() == text.len()) {
                    continue;
                }
                parts.append_value(&text[start..found.start()]);
                start = found.end();
            }
            parts.append_value(&text[start..]);
            Some(Ok(()))
        })
    },
};
