//! Option lists such as `(FORMAT csv, HEADER, PARTITION_BY (a, b))`, as COPY, ATTACH and CREATE SECRET write them.

use crate::{Error, Position, Result, closest};
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

/// One option as written.
#[derive(Clone)]
pub struct OptionEntry {
    /// The name in lower case.
    pub name: String,
    /// The value, if there is one.
    pub value: OptionValue,
    /// Where the name stands.
    pub position: Position,
}

/// The value of an option.
#[derive(Clone, PartialEq)]
pub enum OptionValue {
    /// Just the name, which switches something on.
    None,
    /// A quoted text.
    Text(String),
    /// A bare word, such as `csv` or `true`.
    Word(String),
    /// A number.
    Number(String),
    /// `(a, b)` or `['a', 'b']`.
    List(Vec<String>),
    /// `MAP {'a': 'b'}` or `{'a': 'b'}`.
    Map(Vec<(String, String)>),
}

impl OptionEntry {
    /// An error about this option, at its place.
    pub fn invalid(&self, expected: &str) -> Error {
        let given = match &self.value {
            _ if crate::is_secret_key(&self.name) => "something else".to_string(),
            OptionValue::None => "nothing".to_string(),
            OptionValue::Text(text) => format!("'{text}'"),
            OptionValue::Word(text) | OptionValue::Number(text) => text.clone(),
            OptionValue::List(items) => format!("({})", items.join(", ")),
            OptionValue::Map(_) => "a map".to_string(),
        };
        Error::invalid_input(format!(
            "option {} must be {expected}, not {given}",
            self.name.to_uppercase()
        ))
        .at(self.position)
    }

    /// The value as text.
    pub fn text(&self) -> Result<&str> {
        match &self.value {
            OptionValue::Text(text) | OptionValue::Word(text) | OptionValue::Number(text) => {
                Ok(text)
            }
            _ => Err(self.invalid("a text")),
        }
    }

    /// The value as a truth value; a bare name means true.
    pub fn boolean(&self) -> Result<bool> {
        match &self.value {
            OptionValue::None => Ok(true),
            OptionValue::Text(text) | OptionValue::Word(text) | OptionValue::Number(text) => {
                match text.to_lowercase().as_str() {
                    "true" | "1" | "on" | "yes" => Ok(true),
                    "false" | "0" | "off" | "no" => Ok(false),
                    _ => Err(self.invalid("true or false")),
                }
            }
            _ => Err(self.invalid("true or false")),
        }
    }

    /// The value as a whole number that is not negative.
    pub fn integer(&self) -> Result<u64> {
        self.text()
            .ok()
            .and_then(|text| text.replace('_', "").parse().ok())
            .ok_or_else(|| self.invalid("a whole number"))
    }

    /// The value as a list; a single value is a list of one.
    pub fn list(&self) -> Result<Vec<String>> {
        match &self.value {
            OptionValue::List(items) => Ok(items.clone()),
            _ => self.text().map(|text| vec![text.to_string()]).map_err(|_| self.invalid("a list")),
        }
    }

    /// The value as one character of one byte; `\t` stands for a tab, and empty for none.
    pub fn character(&self) -> Result<Option<char>> {
        let text = match self.text()? {
            "\\t" => "\t",
            text => text,
        };
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (None, _) => Ok(None),
            (Some(character), None) if character.is_ascii() => Ok(Some(character)),
            _ => Err(self.invalid("one character")),
        }
    }
}

/// The error for an option that does not exist here, with the ones that do.
pub fn unknown_option<'a>(
    entry: &OptionEntry,
    place: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Error {
    let list = known.clone().map(str::to_uppercase).collect::<Vec<_>>().join(", ");
    let near = match closest(&entry.name, known) {
        Some(near) => format!("did you mean {}? ", near.to_uppercase()),
        None => String::new(),
    };
    Error::invalid_input(format!("{place} has no option {}", entry.name.to_uppercase()))
        .with_hint(format!("{near}options: {list}"))
        .at(entry.position)
}

/// Reads `(name [=] value, …)`.
pub fn parse(parser: &mut Parser<'_>) -> Result<Vec<OptionEntry>> {
    expect(parser, &Token::LParen, "(")?;
    let mut entries: Vec<OptionEntry> = vec![];
    loop {
        if parser.consume_token(&Token::RParen) {
            return Ok(entries);
        }
        let token = parser.next_token();
        let name = match &token.token {
            Token::Word(word) => word.value.to_lowercase(),
            Token::SingleQuotedString(text) => text.to_lowercase(),
            _ => return Err(expected("the name of an option", &token)),
        };
        let position = position(&token);
        if entries.iter().any(|entry| entry.name == name) {
            return Err(Error::invalid_input(format!(
                "option {} is given twice",
                name.to_uppercase()
            ))
            .at(position));
        }
        let _ = parser.consume_token(&Token::Eq);
        let value = match parser.peek_token().token {
            Token::Comma | Token::RParen => OptionValue::None,
            _ => parse_value(parser)?,
        };
        entries.push(OptionEntry { name, value, position });
        let token = parser.next_token();
        match token.token {
            Token::Comma => {}
            Token::RParen => return Ok(entries),
            _ => return Err(expected("',' or ')'", &token)),
        }
    }
}

fn parse_value(parser: &mut Parser<'_>) -> Result<OptionValue> {
    let token = parser.next_token();
    Ok(match token.token {
        Token::LParen => OptionValue::List(parse_items(parser, &Token::RParen)?),
        Token::LBracket => OptionValue::List(parse_items(parser, &Token::RBracket)?),
        Token::LBrace => OptionValue::Map(parse_map(parser)?),
        Token::Word(ref word)
            if word.value.eq_ignore_ascii_case("map") && parser.consume_token(&Token::LBrace) =>
        {
            OptionValue::Map(parse_map(parser)?)
        }
        Token::Mul => OptionValue::List(vec!["*".into()]),
        Token::Minus => match parser.next_token() {
            TokenWithSpan { token: Token::Number(number, _), .. } => {
                OptionValue::Number(format!("-{number}"))
            }
            other => return Err(expected("a number", &other)),
        },
        _ => parse_scalar(token)?,
    })
}

fn parse_scalar(token: TokenWithSpan) -> Result<OptionValue> {
    Ok(match token.token {
        Token::SingleQuotedString(text) | Token::EscapedStringLiteral(text) => {
            OptionValue::Text(text)
        }
        Token::DollarQuotedString(text) => OptionValue::Text(text.value),
        Token::DoubleQuotedString(text) => OptionValue::Text(text),
        Token::Word(word) if word.quote_style.is_some() => OptionValue::Text(word.value),
        Token::Word(word) => OptionValue::Word(word.value),
        Token::Number(number, _) => OptionValue::Number(number),
        _ => return Err(expected("a value", &token)),
    })
}

fn parse_items(parser: &mut Parser<'_>, end: &Token) -> Result<Vec<String>> {
    let mut items = vec![];
    loop {
        if parser.consume_token(end) {
            return Ok(items);
        }
        let token = parser.next_token();
        items.push(match token.token {
            Token::Mul => "*".to_string(),
            _ => scalar_text(parse_scalar(token)?),
        });
        let token = parser.next_token();
        match &token.token {
            Token::Comma => {}
            token if token == end => return Ok(items),
            _ => return Err(expected(&format!("',' or '{end}'"), &token)),
        }
    }
}

fn parse_map(parser: &mut Parser<'_>) -> Result<Vec<(String, String)>> {
    let mut entries = vec![];
    loop {
        if parser.consume_token(&Token::RBrace) {
            return Ok(entries);
        }
        let key = scalar_text(parse_scalar(parser.next_token())?);
        expect(parser, &Token::Colon, ":")?;
        entries.push((key, scalar_text(parse_scalar(parser.next_token())?)));
        let token = parser.next_token();
        match token.token {
            Token::Comma => {}
            Token::RBrace => return Ok(entries),
            _ => return Err(expected("',' or '}'", &token)),
        }
    }
}

fn scalar_text(value: OptionValue) -> String {
    match value {
        OptionValue::Text(text) | OptionValue::Word(text) | OptionValue::Number(text) => text,
        // `parse_scalar` makes no other values.
        _ => String::new(),
    }
}

/// Consumes `token` or says that it is missing.
pub fn expect(parser: &mut Parser<'_>, token: &Token, text: &str) -> Result<()> {
    match parser.consume_token(token) {
        true => Ok(()),
        false => Err(expected(&format!("'{text}'"), &parser.peek_token())),
    }
}

/// The error for a token that does not fit.
pub fn expected(what: &str, found: &TokenWithSpan) -> Error {
    let error = match found.token {
        Token::EOF => Error::syntax(format!("expected {what}, but the statement ends")),
        // A string may be a secret, so it is not repeated.
        Token::SingleQuotedString(_) => Error::syntax(format!("expected {what}, not a string")),
        _ => Error::syntax(format!("expected {what}, not '{}'", found.token)),
    };
    match found.span.start.line {
        0 => error,
        _ => error.at(position(found)),
    }
}

/// The place of a token.
pub fn position(token: &TokenWithSpan) -> Position {
    Position { line: token.span.start.line, column: token.span.start.column }
}

/// Whether the token `ahead` of the parser is the unquoted word `text`.
pub fn peek_word(parser: &Parser<'_>, ahead: usize, text: &str) -> bool {
    match parser.peek_nth_token(ahead).token {
        Token::Word(word) => word.quote_style.is_none() && word.value.eq_ignore_ascii_case(text),
        _ => false,
    }
}

/// Consumes the word `text` if it comes next.
pub fn take_word(parser: &mut Parser<'_>, text: &str) -> bool {
    let found = peek_word(parser, 0, text);
    if found {
        parser.next_token();
    }
    found
}

/// Fails unless the statement ends here.
pub fn expect_end(parser: &mut Parser<'_>) -> Result<()> {
    match parser.peek_token().token {
        Token::EOF | Token::SemiColon => Ok(()),
        _ => Err(expected("the end of the statement", &parser.peek_token())),
    }
}
