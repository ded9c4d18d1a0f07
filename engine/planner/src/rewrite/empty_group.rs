//! `GROUP BY ()` is one group of all rows, and of none.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, GroupByExpr, Ident,
};
use extension::Result;

use super::build::{function, nested, number};
use super::walk::{Rewriter, SelectScope};

pub(super) fn rewrite(_rewriter: &mut Rewriter<'_>, scope: &mut SelectScope<'_>) -> Result<()> {
    let GroupByExpr::Expressions(keys, _) = &mut scope.select.group_by else { return Ok(()) };
    let is_empty = |key: &Expr| matches!(key, Expr::Tuple(parts) if parts.is_empty());
    let found = keys.iter().any(is_empty);
    keys.retain(|key| !is_empty(key));
    if found && keys.is_empty() {
        // An aggregate that holds for every group makes the query an aggregate.
        let all = FunctionArg::Unnamed(FunctionArgExpr::Wildcard);
        let count = Expr::Function(function(vec![Ident::new("count")].into(), vec![all]));
        let holds = Expr::BinaryOp {
            left: Box::new(count),
            op: BinaryOperator::GtEq,
            right: Box::new(number(0)),
        };
        scope.select.having = Some(match scope.select.having.take() {
            None => holds,
            Some(having) => Expr::BinaryOp {
                left: Box::new(nested(having)),
                op: BinaryOperator::And,
                right: Box::new(holds),
            },
        });
    }
    Ok(())
}
