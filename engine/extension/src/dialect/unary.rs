//! A sign binds tighter than any arithmetic: `-2 ** 2` is 4, as in DuckDB and PostgreSQL.

use datafusion::sql::sqlparser::ast::{Expr, UnaryOperator};
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;

use super::Read;
use super::operator::POWER_PRECEDENCE;

/// Reads `-` and its operand.
pub(super) fn parse(parser: &mut Parser<'_>) -> Read<Expr> {
    if parser.peek_token_ref().token != Token::Minus {
        return None;
    }
    parser.advance_token();
    let operand = parser.parse_subexpr(POWER_PRECEDENCE);
    Some(operand.map(|expr| Expr::UnaryOp { op: UnaryOperator::Minus, expr: Box::new(expr) }))
}
