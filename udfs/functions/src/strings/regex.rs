//! Regular expressions, with the options and results of DuckDB.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use ::regex::{Regex, RegexBuilder};
use datafusion::arrow::array::{ArrayRef, BooleanArray};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use extension::{Error, Result};

use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar, Text, text_list};

const TWO_OR_OPTIONS: &[&[Kind]] =
    &[&[Kind::Text, Kind::Text], &[Kind::Text, Kind::Text, Kind::Text]];

/// A compiled regular expression and whether it is applied to all matches.
pub(super) struct Pattern {
    pub(super) regex: Regex,
    global: bool,
}

impl Pattern {
    /// Options are those of DuckDB: `c` case-sensitive, `i` not, `l` literal, `s` `.` matches line
    /// ends and `m` `n` `p` it does not, `g` all matches.
    fn new(pattern: &str, options: &str, whole: bool) -> Result<Self> {
        let (mut insensitive, mut literal, mut dot_all) = (false, false, false);
        let mut global = false;
        for option in options.chars() {
            match option {
                'c' => insensitive = false,
                'i' => insensitive = true,
                'l' => literal = true,
                'm' | 'n' | 'p' => dot_all = false,
                's' => dot_all = true,
                'g' => global = true,
                ' ' | '\t' => {}
                other => {
                    return Err(Error::invalid_input(format!(
                        "'{other}' is no option of a regular expression"
                    ))
                    .with_hint("options are c, i, l, m, n, p, s and g"));
                }
            }
        }
        let mut text = match literal {
            true => Cow::Owned(::regex::escape(pattern)),
            false => Cow::Borrowed(pattern),
        };
        if whole {
            text = Cow::Owned(format!("^(?:{text})$"));
        }
        let regex = RegexBuilder::new(&text)
            .case_insensitive(insensitive)
            .dot_matches_new_line(dot_all)
            .build()
            .map_err(|error| {
                Error::invalid_input(format!("'{pattern}' is no regular expression: {error}"))
            })?;
        Ok(Self { regex, global })
    }
}

/// The patterns of a call, each compiled once.
pub(super) struct Patterns<'a> {
    patterns: Text<'a>,
    options: Option<Text<'a>>,
    whole: bool,
    compiled: HashMap<(&'a str, &'a str), Rc<Pattern>>,
    last: Option<(&'a str, &'a str, Rc<Pattern>)>,
}

impl<'a> Patterns<'a> {
    pub(super) fn new(call: &'a Call, pattern: usize, options: usize) -> Result<Self> {
        Ok(Self {
            patterns: call.text(pattern)?,
            options: call.optional_text(options)?,
            whole: false,
            compiled: HashMap::new(),
            last: None,
        })
    }

    /// Matches must span the whole text.
    fn whole(mut self) -> Self {
        self.whole = true;
        self
    }

    /// The pattern of a row, unless it or its options are NULL.
    pub(super) fn get(&mut self, row: usize) -> Option<Result<Rc<Pattern>>> {
        let pattern = self.patterns.get(row)?;
        let options = match &self.options {
            Some(options) => options.get(row)?,
            None => "",
        };
        // Nearly always all rows have the same pattern, often the very same text.
        if let Some((last, with, compiled)) = &self.last
            && *last == pattern
            && *with == options
        {
            return Some(Ok(Rc::clone(compiled)));
        }
        let compiled = match self.compiled.get(&(pattern, options)) {
            Some(compiled) => Rc::clone(compiled),
            None => match Pattern::new(pattern, options, self.whole) {
                Ok(compiled) => {
                    let compiled = Rc::new(compiled);
                    self.compiled.insert((pattern, options), Rc::clone(&compiled));
                    compiled
                }
                Err(error) => return Some(Err(error)),
            },
        };
        self.last = Some((pattern, options, Rc::clone(&compiled)));
        Some(Ok(compiled))
    }
}

pub(super) const REGEXP_MATCHES: Scalar = Scalar {
    names: &["regexp_matches"],
    manual: Manual {
        usage: "regexp_matches(string, pattern [, options])",
        description: "Whether a regular expression matches somewhere in a text. Option i ignores case, s lets . match line ends, l takes the pattern literally.",
        example: "SELECT regexp_matches('Anabelle', 'ABEL', 'i')",
        result: "true",
    },
    takes: TWO_OR_OPTIONS,
    returns: |_| Ok(DataType::Boolean),
    evaluate: |call| matches(call, Patterns::new(call, 1, 2)?),
};

pub(super) const REGEXP_FULL_MATCH: Scalar = Scalar {
    names: &["regexp_full_match"],
    manual: Manual {
        usage: "regexp_full_match(string, pattern [, options])",
        description: "Whether a regular expression matches a whole text.",
        example: "SELECT regexp_full_match('anabanana', '(an)*')",
        result: "false",
    },
    takes: TWO_OR_OPTIONS,
    returns: |_| Ok(DataType::Boolean),
    evaluate: |call| matches(call, Patterns::new(call, 1, 2)?.whole()),
};

fn matches(call: &Call, mut patterns: Patterns<'_>) -> Result<ArrayRef> {
    let texts = call.text(0)?;
    call.try_map::<BooleanArray, _>(|row| {
        let text = texts.get(row)?;
        Some(patterns.get(row)?.map(|pattern| pattern.regex.is_match(text)))
    })
}

pub(super) const REGEXP_EXTRACT: Scalar = Scalar {
    names: &["regexp_extract"],
    manual: Manual {
        usage: "regexp_extract(string, pattern [, group [, options]])",
        description: "The first match of a regular expression, or of its group with the number; an empty text if there is none.",
        example: "SELECT regexp_extract('ID-42 (beta)', '([A-Z]+)-(\\d+)', 2)",
        result: "42",
    },
    takes: &[
        &[Kind::Text, Kind::Text],
        &[Kind::Text, Kind::Text, Kind::Integer],
        &[Kind::Text, Kind::Text, Kind::Integer, Kind::Text],
    ],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let texts = call.text(0)?;
        let mut patterns = Patterns::new(call, 1, 3)?;
        let groups = Groups::new(call)?;
        call.write_text(|row, out| {
            let text = texts.get(row)?;
            let group = groups.get(row)?;
            Some(patterns.get(row)?.map(|pattern| {
                let group = usize::try_from(group).unwrap_or(usize::MAX);
                let found = match group {
                    0 => pattern.regex.find(text),
                    _ => pattern.regex.captures(text).and_then(|captures| captures.get(group)),
                };
                out.push_str(found.map_or("", |found| found.as_str()));
            }))
        })
    },
};

/// The number of the group, 0 where it is left out.
struct Groups<'a>(
    Option<crate::scalar::Values<'a, datafusion::arrow::array::PrimitiveArray<Int64Type>>>,
);

impl<'a> Groups<'a> {
    fn new(call: &'a Call) -> Result<Self> {
        Ok(Self((call.len() > 2).then(|| call.primitive::<Int64Type>(2)).transpose()?))
    }

    fn get(&self, row: usize) -> Option<i64> {
        self.0.as_ref().map_or(Some(0), |groups| groups.get(row))
    }
}

fn in_range(group: i64, regex: &Regex) -> Result<usize> {
    usize::try_from(group).ok().filter(|group| *group < regex.captures_len()).ok_or_else(|| {
        Error::invalid_input(format!(
            "'{regex}' has no group {group}; it has {}",
            regex.captures_len() - 1
        ))
    })
}

pub(super) const REGEXP_EXTRACT_ALL: Scalar = Scalar {
    names: &["regexp_extract_all"],
    manual: Manual {
        usage: "regexp_extract_all(string, pattern [, group [, options]])",
        description: "All matches of a regular expression, or of its group with the number, as a list. A group that takes no part in a match is NULL.",
        example: "SELECT regexp_extract_all('Peter: 33, Paul:14', '(\\w+):\\s*(\\d+)', 2)",
        result: "[33, 14]",
    },
    takes: &[
        &[Kind::Text, Kind::Text],
        &[Kind::Text, Kind::Text, Kind::Integer],
        &[Kind::Text, Kind::Text, Kind::Integer, Kind::Text],
    ],
    returns: |_| Ok(DataType::new_list(DataType::Utf8, true)),
    evaluate: |call| {
        let texts = call.text(0)?;
        let mut patterns = Patterns::new(call, 1, 3)?;
        let groups = Groups::new(call)?;
        text_list(call.rows, |row, found| {
            let text = texts.get(row)?;
            let group = groups.get(row)?;
            Some(patterns.get(row)?.and_then(|pattern| {
                match in_range(group, &pattern.regex)? {
                    0 => pattern.regex.find_iter(text).for_each(|m| found.append_value(m.as_str())),
                    group => pattern
                        .regex
                        .captures_iter(text)
                        .for_each(|m| found.append_option(m.get(group).map(|m| m.as_str()))),
                }
                Ok(())
            }))
        })
    },
};

pub(super) const REGEXP_REPLACE: Scalar = Scalar {
    names: &["regexp_replace"],
    manual: Manual {
        usage: "regexp_replace(string, pattern, replacement [, options])",
        description: "A text with the first match of a regular expression replaced, or all with option g. In the replacement \\1 to \\9 are the groups and \\0 or \\& the match.",
        example: "SELECT regexp_replace('hello', '[lo]', '-', 'g')",
        result: "he---",
    },
    takes: &[
        &[Kind::Text, Kind::Text, Kind::Text],
        &[Kind::Text, Kind::Text, Kind::Text, Kind::Text],
    ],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let (texts, replacements) = (call.text(0)?, call.text(2)?);
        let mut patterns = Patterns::new(call, 1, 3)?;
        let mut last: Option<(&str, Vec<Piece>)> = None;
        call.write_text(|row, out| {
            let (text, replacement) = (texts.get(row)?, replacements.get(row)?);
            if last.as_ref().is_none_or(|(last, _)| *last != replacement) {
                last = Some((replacement, pieces(replacement)));
            }
            let pieces = last.as_ref().map_or(&[][..], |(_, pieces)| pieces);
            Some(patterns.get(row)?.map(|pattern| replace(text, &pattern, pieces, out)))
        })
    },
};

/// A piece of a replacement.
enum Piece {
    Literal(String),
    Group(usize),
}

fn pieces(replacement: &str) -> Vec<Piece> {
    let mut pieces = vec![];
    let mut literal = String::new();
    let mut chars = replacement.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            literal.push(char);
            continue;
        }
        let group = match chars.next() {
            Some(digit @ '0'..='9') => digit as usize - '0' as usize,
            Some('&') => 0,
            Some('\\') | None => {
                literal.push('\\');
                continue;
            }
            Some(other) => {
                literal.push('\\');
                literal.push(other);
                continue;
            }
        };
        pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        pieces.push(Piece::Group(group));
    }
    pieces.push(Piece::Literal(literal));
    pieces
}

fn replace(text: &str, pattern: &Pattern, pieces: &[Piece], out: &mut String) {
    let mut end = 0;
    let plain = matches!(pieces, [Piece::Literal(_)]);
    let limit = if pattern.global { usize::MAX } else { 1 };
    if plain {
        for found in pattern.regex.find_iter(text).take(limit) {
            out.push_str(&text[end..found.start()]);
            if let [Piece::Literal(literal)] = pieces {
                out.push_str(literal);
            }
            end = found.end();
        }
    } else {
        for captures in pattern.regex.captures_iter(text).take(limit) {
            let Some(found) = captures.get(0) else { continue };
            out.push_str(&text[end..found.start()]);
            for piece in pieces {
                match piece {
                    Piece::Literal(literal) => out.push_str(literal),
                    Piece::Group(group) => {
                        out.push_str(captures.get(*group).map_or("", |m| m.as_str()));
                    }
                }
            }
            end = found.end();
        }
    }
    out.push_str(&text[end..]);
}

pub(super) const REGEXP_ESCAPE: Scalar = Scalar {
    names: &["regexp_escape"],
    manual: Manual {
        usage: "regexp_escape(string)",
        description: "A regular expression that matches just the text.",
        example: "SELECT regexp_escape('a.b')",
        result: "a\\.b",
    },
    takes: &[&[Kind::Text]],
    returns: |_| Ok(DataType::Utf8),
    evaluate: |call| {
        let texts = call.text(0)?;
        call.write_text(|row, out| {
            for char in texts.get(row)?.chars() {
                // As DuckDB: everything but letters, digits and the underscore.
                if char.is_ascii() && !char.is_ascii_alphanumeric() && char != '_' {
                    out.push('\\');
                }
                out.push(char);
            }
            Some(Ok(()))
        })
    },
};
