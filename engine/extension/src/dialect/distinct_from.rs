//! `a IS DISTINCT FROM b AND c`.
//!
//! sqlparser reads all that follows as the right side, `a IS DISTINCT FROM (b AND c)`, and of truth
//! values that is a wrong answer without a word. The right side ends where that of `=` does not.

use datafusion::sql::sqlparser::ast::Expr;
use datafusion::sql::sqlparser::dialect::{Dialect, GenericDialect, Precedence};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::Parser;

use super::Read;

/// Reads `IS [NOT] DISTINCT FROM` and its right side.
pub(super) fn parse(parser: &mut Parser<'_>, left: &Expr) -> Read<Expr> {
    let not_distinct = [Keyword::IS, Keyword::NOT, Keyword::DISTINCT, Keyword::FROM];
    let distinct = [Keyword::IS, Keyword::DISTINCT, Keyword::FROM];
    let negated = parser.parse_keywords(&not_distinct);
    if !negated && !parser.parse_keywords(&distinct) {
        return None;
    }
    let precedence = GenericDialect {}.prec_value(Precedence::Is);
    Some(parser.parse_subexpr(precedence).map(|right| {
        let (left, right) = (Box::new(left.clone()), Box::new(right));
        match negated {
            true => Expr::IsNotDistinctFrom(left, right),
            false => Expr::IsDistinctFrom(left, right),
        }
    }))
}
