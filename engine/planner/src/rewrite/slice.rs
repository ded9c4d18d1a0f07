//! `l[2:]`, `l[:-1]` and `l[1:4:2]`: bounds that are left out are the ends of the list.

use datafusion::sql::sqlparser::ast::{AccessExpr, Expr, Subscript, UnaryOperator};
use extension::Result;

use super::build::number;

pub(super) fn rewrite(expr: &mut Expr) -> Result<()> {
    let Expr::CompoundFieldAccess { access_chain, .. } = expr else { return Ok(()) };
    for access in access_chain {
        let AccessExpr::Subscript(Subscript::Slice { lower_bound, upper_bound, .. }) = access
        else {
            continue;
        };
        lower_bound.get_or_insert_with(|| number(1));
        upper_bound.get_or_insert_with(|| Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr: Box::new(number(1)),
        });
    }
    Ok(())
}
