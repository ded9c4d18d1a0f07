//! LIKE with an escape character of one's own, and patterns as for files.

use datafusion::arrow::array::{ArrayRef, BooleanArray};
use datafusion::arrow::datatypes::DataType;
use extension::{Error, Result};

use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar};

const THREE_TEXTS: &[&[Kind]] = &[&[Kind::Text, Kind::Text, Kind::Text]];

macro_rules! like {
    ($constant:ident, $name:literal, $usage:literal, $description:literal, $result:literal,
     $insensitive:literal, $negated:literal) => {
        pub(super) const $constant: Scalar = Scalar {
            names: &[$name],
            manual: Manual {
                usage: $usage,
                description: $description,
                example: concat!("SELECT ", $name, "('A%c', 'a$%C', '$')"),
                result: $result,
            },
            takes: THREE_TEXTS,
            returns: |_| Ok(DataType::Boolean),
            evaluate: |call| like(call, $insensitive, $negated),
        };
    };
}

like!(
    LIKE_ESCAPE,
    "like_escape",
    "like_escape(string, pattern, escape)",
    "Whether a text is LIKE a pattern in which a character after the escape character stands for itself.",
    "false",
    false,
    false
);
like!(
    NOT_LIKE_ESCAPE,
    "not_like_escape",
    "not_like_escape(string, pattern, escape)",
    "Whether a text is NOT LIKE a pattern with an escape character.",
    "true",
    false,
    true
);
like!(
    ILIKE_ESCAPE,
    "ilike_escape",
    "ilike_escape(string, pattern, escape)",
    "Whether a text is LIKE a pattern with an escape character, whatever the case of letters.",
    "true",
    true,
    false
);
like!(
    NOT_ILIKE_ESCAPE,
    "not_ilike_escape",
    "not_ilike_escape(string, pattern, escape)",
    "Whether a text is NOT LIKE a pattern with an escape character, whatever the case of letters.",
    "false",
    true,
    true
);

fn like(call: &Call, insensitive: bool, negated: bool) -> Result<ArrayRef> {
    let (texts, patterns, escapes) = (call.text(0)?, call.text(1)?, call.text(2)?);
    let mut compiled: Option<(&str, &str, Vec<Piece>)> = None;
    call.try_map::<BooleanArray, _>(|row| {
        let (text, pattern, escape) = (texts.get(row)?, patterns.get(row)?, escapes.get(row)?);
        if compiled.as_ref().is_none_or(|(p, e, _)| *p != pattern || *e != escape) {
            match pieces(pattern, escape, insensitive) {
                Ok(pieces) => compiled = Some((pattern, escape, pieces)),
                Err(error) => return Some(Err(error)),
            }
        }
        let pieces = compiled.as_ref().map_or(&[][..], |(_, _, pieces)| pieces);
        let found = match insensitive {
            true => matches(&text.to_lowercase().chars().collect::<Vec<_>>(), pieces),
            false => matches(&text.chars().collect::<Vec<_>>(), pieces),
        };
        Some(Ok(found != negated))
    })
}

#[derive(Debug, Clone)]
enum Piece {
    /// `%` or `*`: any characters.
    Many,
    /// `_` or `?`: one character.
    One,
    /// The character itself.
    Char(char),
    /// `[a-z]` or `[!a-z]`: one character of the ranges, or of none of them.
    Class(bool, Vec<(char, char)>),
}

fn pieces(pattern: &str, escape: &str, insensitive: bool) -> Result<Vec<Piece>> {
    let mut escapes = escape.chars();
    let (escape, None) = (escapes.next(), escapes.next()) else {
        return Err(Error::invalid_input("the escape character must be one character or none"));
    };
    let pattern = if insensitive { pattern.to_lowercase() } else { pattern.to_string() };
    let mut chars = pattern.chars();
    let mut pieces = vec![];
    while let Some(char) = chars.next() {
        pieces.push(match char {
            char if Some(char) == escape => Piece::Char(chars.next().ok_or_else(|| {
                Error::invalid_input("a LIKE pattern must not end with its escape character")
            })?),
            '%' => Piece::Many,
            '_' => Piece::One,
            char => Piece::Char(char),
        });
    }
    Ok(pieces)
}

/// Matches from left to right, and from the last `%` on again where it fails.
fn matches(text: &[char], pieces: &[Piece]) -> bool {
    let (mut at, mut piece) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let fits = match pieces.get(piece) {
            Some(Piece::Many) => {
                retry = Some((at, piece));
                piece += 1;
                continue;
            }
            Some(Piece::One) => at < text.len(),
            Some(Piece::Char(char)) => text.get(at) == Some(char),
            Some(Piece::Class(negated, ranges)) => text.get(at).is_some_and(|char| {
                ranges.iter().any(|(from, to)| (from..=to).contains(&char)) != *negated
            }),
            None if at == text.len() => return true,
            None => false,
        };
        if fits {
            at += 1;
            piece += 1;
            continue;
        }
        match &mut retry {
            Some((from, many)) if *from < text.len() => {
                *from += 1;
                (at, piece) = (*from, *many + 1);
            }
            _ => return false,
        }
    }
}

pub(super) const GLOB_MATCH: Scalar = Scalar {
    names: &["glob_match"],
    manual: Manual {
        usage: "glob_match(string, pattern)",
        description: "Whether a text fits a pattern as for files: * any characters, ? one, [a-z] one of these, [!a-z] one of the others. The operator GLOB.",
        example: "SELECT glob_match('best.txt', '*.tx[st]')",
        result: "true",
    },
    takes: &[&[Kind::Text, Kind::Text]],
    returns: |_| Ok(DataType::Boolean),
    evaluate: |call| {
        let (texts, patterns) = (call.text(0)?, call.text(1)?);
        let mut compiled: Option<(&str, Vec<Piece>)> = None;
        call.map::<BooleanArray, _>(|row| {
            let (text, pattern) = (texts.get(row)?, patterns.get(row)?);
            if compiled.as_ref().is_none_or(|(last, _)| *last != pattern) {
                compiled = Some((pattern, glob_pieces(pattern)));
            }
            let pieces = compiled.as_ref().map_or(&[][..], |(_, pieces)| pieces);
            Some(matches(&text.chars().collect::<Vec<_>>(), pieces))
        })
    },
};

fn glob_pieces(pattern: &str) -> Vec<Piece> {
    let chars: Vec<char> = pattern.chars().collect();
    let mut pieces = vec![];
    let mut at = 0;
    while let Some(char) = chars.get(at) {
        at += 1;
        pieces.push(match char {
            '*' => Piece::Many,
            '?' => Piece::One,
            '\\' if at < chars.len() => {
                at += 1;
                Piece::Char(chars[at - 1])
            }
            '[' => match class(&chars[at..]) {
                Some((piece, length)) => {
                    at += length;
                    piece
                }
                None => Piece::Char('['),
            },
            char => Piece::Char(*char),
        });
    }
    pieces
}

/// A class after its `[`, and how many characters it takes; `None` if it has no end.
fn class(chars: &[char]) -> Option<(Piece, usize)> {
    let negated = matches!(chars.first(), Some('!' | '^'));
    let start = usize::from(negated);
    // A bracket that stands first is a member.
    let end = start + 1 + chars.get(start + 1..)?.iter().position(|char| *char == ']')?;
    let mut ranges = vec![];
    let mut at = start;
    while at < end {
        match chars.get(at + 1..at + 3) {
            Some(['-', to]) if at + 2 < end => {
                ranges.push((chars[at], *to));
                at += 3;
            }
            _ => {
                ranges.push((chars[at], chars[at]));
                at += 1;
            }
        }
    }
    Some((Piece::Class(negated, ranges), end + 1))
}
