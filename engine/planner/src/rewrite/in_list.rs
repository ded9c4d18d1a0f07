//! `x IN l`, where `l` is a value that is a list: `list_contains`, which a NULL among the elements does
//! not make NULL, as in DuckDB.

use datafusion::sql::sqlparser::ast::{Expr, UnaryOperator};
use extension::Result;

use super::build::{call, nested};

pub(super) fn rewrite(expr: &mut Expr) -> Result<()> {
    if let Expr::InUnnest { expr: value, array_expr, negated } = expr {
        let contains = call("array_has", vec![array_expr.as_ref().clone(), value.as_ref().clone()]);
        *expr = match negated {
            false => contains,
            true => Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(nested(contains)) },
        };
    }
    Ok(())
}
