//! SQL text as tokens, for what the shell needs while a statement is being typed: where it ends,
//! which words are coloured, what can be completed, and whether it holds a secret.
//!
//! The planner has the real tokenizer; this one never fails, and can stop inside a string at the end
//! of a line and go on with the next.

use std::ops::Range;

/// What a piece of SQL is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword or a name without quotes.
    Word,
    /// A name in double quotes or backticks.
    QuotedName,
    /// A text in single quotes or between dollar signs.
    Text,
    /// A number.
    Number,
    /// A comment.
    Comment,
    /// White space.
    Space,
    /// A sign of punctuation.
    Sign,
}

/// What is still open at the end of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Open {
    /// Nothing.
    #[default]
    Nothing,
    /// A text in single quotes; with backslash escapes if `true`.
    Text(bool),
    /// A text that ends with this tag.
    Dollar(String),
    /// A name that ends with this quote.
    Name(char),
    /// So many comments in each other.
    Comment(usize),
}

/// A piece of SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: Kind,
    /// Where it stands.
    pub(crate) range: Range<usize>,
}

/// The tokens of `text`, which begins where a text with `open` at its end stopped.
pub(crate) fn tokens(text: &str, mut open: Open) -> (Vec<Token>, Open) {
    let mut tokens = vec![];
    let mut start = 0;
    while start < text.len() {
        let rest = &text[start..];
        let (kind, length) = match &open {
            Open::Nothing => {
                let (kind, opened, length) = begin(rest);
                open = opened;
                match open {
                    Open::Nothing => (kind, length),
                    _ => {
                        let (inner, still_open) = close(&rest[length..], &open);
                        open = still_open;
                        (kind, length + inner)
                    }
                }
            }
            going_on => {
                let kind = match going_on {
                    Open::Comment(_) => Kind::Comment,
                    Open::Name(_) => Kind::QuotedName,
                    _ => Kind::Text,
                };
                let (length, still_open) = close(rest, going_on);
                open = still_open;
                (kind, length)
            }
        };
        tokens.push(Token { kind, range: start..start + length });
        start += length;
    }
    (tokens, open)
}

/// The kind of the first token, what it opens, and the length of the token or of its opening quote.
fn begin(text: &str) -> (Kind, Open, usize) {
    let run = |accept: fn(char) -> bool| text.find(|c| !accept(c)).unwrap_or(text.len());
    let Some(first) = text.chars().next() else {
        return (Kind::Space, Open::Nothing, 0);
    };
    match first {
        c if c.is_whitespace() => (Kind::Space, Open::Nothing, run(char::is_whitespace)),
        '-' if text.starts_with("--") => {
            (Kind::Comment, Open::Nothing, text.find('\n').unwrap_or(text.len()))
        }
        '/' if text.starts_with("/*") => (Kind::Comment, Open::Comment(1), 2),
        '\'' => (Kind::Text, Open::Text(false), 1),
        'e' | 'E' if text[1..].starts_with('\'') => (Kind::Text, Open::Text(true), 2),
        '"' | '`' => (Kind::QuotedName, Open::Name(first), 1),
        '$' => {
            let tag = text[1..].find(|c: char| !is_word(c)).map(|end| &text[..end + 1]);
            match tag {
                Some(tag)
                    if text[tag.len()..].starts_with('$')
                        && !tag[1..].starts_with(|c: char| c.is_ascii_digit()) =>
                {
                    (Kind::Text, Open::Dollar(format!("{tag}$")), tag.len() + 1)
                }
                _ => (Kind::Sign, Open::Nothing, 1),
            }
        }
        c if c.is_ascii_digit() => (
            Kind::Number,
            Open::Nothing,
            run(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_'),
        ),
        c if is_word(c) => (Kind::Word, Open::Nothing, run(is_word)),
        c => (Kind::Sign, Open::Nothing, c.len_utf8()),
    }
}

/// How far what is open goes, and what is open after it.
fn close(text: &str, open: &Open) -> (usize, Open) {
    match open {
        Open::Nothing => (0, Open::Nothing),
        Open::Dollar(tag) => match text.find(tag.as_str()) {
            Some(start) => (start + tag.len(), Open::Nothing),
            None => (text.len(), open.clone()),
        },
        Open::Text(escapes) => close_quote(text, '\'', *escapes, open),
        Open::Name(quote) => close_quote(text, *quote, false, open),
        Open::Comment(depth) => {
            let mut depth = *depth;
            let mut at = 0;
            while let Some(found) = text[at..].find(['*', '/']).map(|found| found + at) {
                if text[found..].starts_with("*/") {
                    depth -= 1;
                    at = found + 2;
                    if depth == 0 {
                        return (at, Open::Nothing);
                    }
                } else if text[found..].starts_with("/*") {
                    depth += 1;
                    at = found + 2;
                } else {
                    at = found + 1;
                }
            }
            (text.len(), Open::Comment(depth))
        }
    }
}

fn close_quote(text: &str, quote: char, escapes: bool, open: &Open) -> (usize, Open) {
    let mut characters = text.char_indices().peekable();
    while let Some((index, character)) = characters.next() {
        if escapes && character == '\\' {
            characters.next();
        } else if character == quote {
            // A doubled quote stands for itself.
            match characters.peek() {
                Some((_, next)) if *next == quote => {
                    characters.next();
                }
                _ => return (index + 1, Open::Nothing),
            }
        }
    }
    (text.len(), open.clone())
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::{Kind, Open, tokens};

    #[track_caller]
    fn check(text: &str, expected: &[(Kind, &str)], open: Open) {
        let (tokens, end) = tokens(text, Open::Nothing);
        let found: Vec<(Kind, &str)> = tokens
            .iter()
            .filter(|token| token.kind != Kind::Space)
            .map(|token| (token.kind, &text[token.range.clone()]))
            .collect();
        assert_eq!(found, expected);
        assert_eq!(end, open);
    }

    #[test]
    fn words_numbers_and_signs() {
        check(
            "SELECT a1, 1.5e3 -- x\n;",
            &[
                (Kind::Word, "SELECT"),
                (Kind::Word, "a1"),
                (Kind::Sign, ","),
                (Kind::Number, "1.5e3"),
                (Kind::Comment, "-- x"),
                (Kind::Sign, ";"),
            ],
            Open::Nothing,
        );
    }

    #[test]
    fn quotes_of_all_kinds() {
        check("'it''s;'", &[(Kind::Text, "'it''s;'")], Open::Nothing);
        check(r"E'a\';'", &[(Kind::Text, r"E'a\';'")], Open::Nothing);
        check("$tag$ ' $tag$", &[(Kind::Text, "$tag$ ' $tag$")], Open::Nothing);
        check("$1", &[(Kind::Sign, "$"), (Kind::Number, "1")], Open::Nothing);
        check("\"a\"\"b\"", &[(Kind::QuotedName, "\"a\"\"b\"")], Open::Nothing);
        check("/* a /* b */ c */", &[(Kind::Comment, "/* a /* b */ c */")], Open::Nothing);
    }

    #[test]
    fn what_is_open_goes_on() {
        check("'a", &[(Kind::Text, "'a")], Open::Text(false));
        check("/* /*", &[(Kind::Comment, "/* /*")], Open::Comment(2));
        let (found, open) = tokens("b' c", Open::Text(false));
        assert_eq!((found[0].kind, found[0].range.clone()), (Kind::Text, 0..2));
        assert_eq!(open, Open::Nothing);
    }
}
