//! Splitting a script into statements by its tokens.

use datafusion::sql::sqlparser::dialect::Dialect;
use datafusion::sql::sqlparser::tokenizer::{
    Location, Span, Token, TokenWithSpan, Tokenizer, TokenizerError, Whitespace,
};
use extension::{Error, FriendlyDialect, Position, Result};

use crate::{respell, tokens};

/// One statement of a script: its text and where it stands.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The text, without the closing `;` and without white space and comments around it.
    pub text: String,
    /// Where the text starts in its script.
    pub position: Position,
}

impl Statement {
    /// The tokens under `dialect`, with positions in the script; if it is `ours`, rewritten to what its
    /// grammar reads.
    pub(crate) fn tokens(&self, dialect: &dyn Dialect, ours: bool) -> Result<Vec<TokenWithSpan>> {
        let mut tokens = tokenize(dialect, &self.text)?;
        for token in &mut tokens {
            token.span.start = self.shift(token.span.start);
            token.span.end = self.shift(token.span.end);
        }
        // Another dialect is read as it is: what is rewritten here are forms of ours.
        match ours {
            true => tokens::rewrite(respell::respell(tokens)),
            false => Ok(tokens),
        }
    }

    fn shift(&self, location: Location) -> Location {
        let Position { line, column } = self.position;
        match location {
            Location { line: 0, .. } => location,
            Location { line: 1, column: within } => Location { line, column: column + within - 1 },
            Location { line: below, column } => Location { line: line + below - 1, column },
        }
    }
}

/// Where a token stands, as errors say it.
pub(crate) fn position(location: Location) -> Position {
    Position { line: location.line, column: location.column }
}

/// Errors at the start of a span, if it is known: made nodes have none.
pub(crate) trait AtSpan {
    fn at_span(self, span: Span) -> Self;
}

impl AtSpan for Error {
    fn at_span(self, span: Span) -> Self {
        match span.start.line {
            0 => self,
            _ => self.at(position(span.start)),
        }
    }
}

/// Splits a script at `;` and drops statements with nothing but comments.
///
/// ```
/// let statements = parquetframe_planner::split("SELECT ';'; -- done\nSELECT 2").unwrap();
/// assert_eq!(statements[0].text, "SELECT ';'");
/// assert_eq!(statements[1].text, "SELECT 2");
/// assert_eq!(statements[1].position.line, 2);
/// ```
///
/// # Errors
/// A string, quoted name or comment that is not closed, with the place where it starts.
pub fn split(script: &str) -> Result<Vec<Statement>> {
    let tokens = tokenize(&FriendlyDialect, script)?;
    let offsets = Offsets::new(script);
    let mut statements = vec![];
    for part in tokens.split(|token| token.token == Token::SemiColon) {
        let mut words = part.iter().filter(|token| !matches!(token.token, Token::Whitespace(_)));
        let Some(first) = words.next() else { continue };
        let last = words.next_back().unwrap_or(first);
        let start = offsets.of(first.span.start);
        let end = offsets.of(last.span.end).max(start);
        statements.push(Statement {
            text: script[start..end].to_string(),
            position: position(first.span.start),
        });
    }
    Ok(statements)
}

/// Whether a shell should run the text: its last statement is closed by `;`, and no string, comment
/// or quoted name is open.
///
/// ```
/// use parquetframe_planner::is_complete;
/// assert!(is_complete("SELECT 1; -- done"));
/// assert!(!is_complete("SELECT 1"));
/// assert!(!is_complete("SELECT ';"));
/// ```
pub fn is_complete(text: &str) -> bool {
    let Ok(tokens) = tokenize(&FriendlyDialect, text) else {
        return false;
    };
    tokens
        .iter()
        .rev()
        .find(|token| !matches!(token.token, Token::Whitespace(_)))
        .is_none_or(|last| last.token == Token::SemiColon)
}

fn tokenize(dialect: &dyn Dialect, text: &str) -> Result<Vec<TokenWithSpan>> {
    let mut tokens = vec![];
    Tokenizer::new(dialect, text).tokenize_with_location_into_buf(&mut tokens).map_err(
        |TokenizerError { message, location }| {
            Error::syntax(message.to_lowercase()).at(position(location))
        },
    )?;
    // A line comment at the very end has no line break to close it; the parser does not mind.
    if let Some(TokenWithSpan { token: Token::Whitespace(Whitespace::Newline), .. }) = tokens.last()
    {
        tokens.pop();
    }
    Ok(tokens)
}

/// Byte offsets of lines, to turn the tokenizer's lines and columns (in characters) into slices.
struct Offsets<'a> {
    text: &'a str,
    lines: Vec<usize>,
}

impl<'a> Offsets<'a> {
    fn new(text: &'a str) -> Self {
        let breaks = text.match_indices('\n').map(|(index, _)| index + 1);
        Self { text, lines: std::iter::once(0).chain(breaks).collect() }
    }

    fn of(&self, location: Location) -> usize {
        let start = match self.lines.get((location.line as usize).saturating_sub(1)) {
            Some(start) => *start,
            None => return self.text.len(),
        };
        self.text[start..]
            .char_indices()
            .nth((location.column as usize).saturating_sub(1))
            .map_or(self.text.len(), |(index, _)| start + index)
    }
}
