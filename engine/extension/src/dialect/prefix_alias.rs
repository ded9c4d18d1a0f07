//! `SELECT total: a + b`: the alias before its expression.

use datafusion::sql::sqlparser::ast::{Expr, Ident};
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;

use super::Read;

/// Reads `alias:` and its expression, at the start of an item of a select list.
pub(super) fn parse(parser: &mut Parser<'_>) -> Read<Expr> {
    let token = parser.peek_token_ref();
    let alias = match &token.token {
        Token::Word(word) => word.clone().into_ident(token.span),
        _ => return None,
    };
    if parser.peek_nth_token_ref(1).token != Token::Colon || !starts_select_item(parser) {
        return None;
    }
    parser.advance_token();
    parser.advance_token();
    Some(parser.parse_expr().map(|expr| Expr::Named { expr: Box::new(expr), name: alias }))
}

/// The alias and the expression of an item that has the alias before it.
#[must_use]
pub fn named(expr: &Expr) -> Option<(&Ident, &Expr)> {
    match expr {
        Expr::Named { expr, name } => Some((name, expr)),
        _ => None,
    }
}

/// Whether what stands before is `SELECT`, perhaps with items and their commas, and no open bracket: a
/// colon also stands in slices, structs and maps.
fn starts_select_item(parser: &Parser<'_>) -> bool {
    let mut closed = 0usize;
    let mut is_next = true;
    for index in (0..parser.index()).rev() {
        match &parser.token_at(index).token {
            Token::Whitespace(_) => {}
            Token::RParen | Token::RBracket | Token::RBrace => {
                if std::mem::take(&mut is_next) {
                    return false;
                }
                closed += 1;
            }
            Token::LParen | Token::LBracket | Token::LBrace => match closed.checked_sub(1) {
                Some(left) => closed = left,
                None => return false,
            },
            _ if closed > 0 => {}
            Token::Word(word) if word.quote_style.is_none() => {
                match word.value.to_ascii_lowercase().as_str() {
                    "select" => return true,
                    "distinct" | "all" => {}
                    "from" | "where" | "group" | "having" | "order" => return false,
                    _ if is_next => return false,
                    _ => {}
                }
                is_next = false;
            }
            Token::Comma => is_next = false,
            _ if is_next => return false,
            _ => {}
        }
    }
    false
}
