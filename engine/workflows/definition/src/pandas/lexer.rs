//! Python's tokens, as far as queries use them.

use super::QueryError;

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name, or a word such as `and`.
    Name(String),
    /// A name between backticks.
    Quoted(String),
    /// A number, as written.
    Number(String),
    /// A text.
    Text(String),
    /// An operator or a bracket.
    Sign(&'static str),
}

/// Longer ones first.
const SIGNS: [&str; 24] = [
    "==", "!=", "<=", ">=", "**", "//", "<", ">", "+", "-", "*", "/", "%", "(", ")", "[", "]", ",",
    ".", "&", "|", "~", "=", "@",
];

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, QueryError> {
    let mut tokens = vec![];
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first.is_alphabetic() || first == '_' {
            let length =
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(Token::Name(rest[..length].to_string()));
            length
        } else if first.is_ascii_digit() {
            let length = number(rest);
            tokens.push(Token::Number(rest[..length].replace('_', "")));
            length
        } else if first == '`' {
            let Some(end) = rest[1..].find('`') else {
                return Err(QueryError::new("a name in backticks is not closed"));
            };
            tokens.push(Token::Quoted(rest[1..=end].to_string()));
            end + 2
        } else if first == '\'' || first == '"' {
            let (value, length) = string(rest, first)?;
            tokens.push(Token::Text(value));
            length
        } else {
            let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) else {
                return Err(QueryError::new(format!("'{first}' is not understood")));
            };
            tokens.push(Token::Sign(sign));
            sign.len()
        };
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn number(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut end = 0;
    while end < bytes.len() {
        let exponent = end > 0 && matches!(bytes[end - 1], b'e' | b'E');
        match bytes[end] {
            b'0'..=b'9' | b'_' | b'e' | b'E' => end += 1,
            b'.' if bytes.get(end + 1).is_none_or(u8::is_ascii_digit) => end += 1,
            b'+' | b'-' if exponent => end += 1,
            _ => break,
        }
    }
    end
}

fn string(text: &str, quote: char) -> Result<(String, usize), QueryError> {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((index, character)) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((_, c @ ('\\' | '\'' | '"'))) => value.push(c),
                // Python keeps a backslash that escapes nothing, as regular expressions need.
                Some((_, other)) => value.extend(['\\', other]),
                None => break,
            },
            c if c == quote => return Ok((value, index + 1)),
            c => value.push(c),
        }
    }
    Err(QueryError::new("a text is not closed"))
}
