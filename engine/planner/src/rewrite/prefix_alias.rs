//! `SELECT total: a + b` is `SELECT a + b AS total`.

use datafusion::sql::sqlparser::ast::SelectItem;
use extension::{Result, named};

use super::walk::{Rewriter, SelectScope};

pub(super) fn rewrite(_rewriter: &mut Rewriter<'_>, scope: &mut SelectScope<'_>) -> Result<()> {
    for item in &mut scope.select.projection {
        if let SelectItem::UnnamedExpr(expr) = item
            && let Some((alias, expr)) = named(expr)
        {
            *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias: alias.clone() };
        }
    }
    Ok(())
}
