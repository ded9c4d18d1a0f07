//! Words that the token rewrites leave for the syntax tree, where the grammar has no place for what was
//! written.

use datafusion::sql::sqlparser::ast::Expr;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;

use super::Read;

/// Stands before the condition of an ASOF join in DuckDB's form, which the grammar knows under
/// another word only. It is a quoted name with white space in it, which no user means by accident.
pub const ASOF_MARKER: &str = "asof condition";

const MARKER_QUOTE: char = '"';

/// The token for a marker.
#[must_use]
pub fn marked(marker: &str) -> Token {
    Token::make_word(marker, Some(MARKER_QUOTE))
}

/// Reads a marker and the expression behind it.
pub(super) fn parse(parser: &mut Parser<'_>) -> Read<Expr> {
    let token = parser.peek_token_ref();
    let Token::Word(word) = &token.token else { return None };
    if word.quote_style != Some(MARKER_QUOTE) || word.value != ASOF_MARKER {
        return None;
    }
    let prefix = word.clone().into_ident(token.span);
    parser.advance_token();
    Some(parser.parse_expr().map(|value| Expr::Prefixed { prefix, value: Box::new(value) }))
}
