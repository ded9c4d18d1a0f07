//! `ORDER BY ALL` is `ORDER BY 1, 2, …`.

use datafusion::sql::sqlparser::ast::{
    OrderBy, OrderByExpr, OrderByKind, Query, SelectItem, SetExpr,
};
use extension::Result;

use super::build::{alone, derived, number, query};
use super::walk::{Rewriter, Scope, SelectScope};

pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, scope: &mut SelectScope<'_>) -> Result<()> {
    if !scope.order_by.as_deref().is_some_and(is_all) {
        return Ok(());
    }
    let mut count = 0;
    let items = scope.select.projection.clone();
    for item in &items {
        count += match item {
            SelectItem::Wildcard(_) => scope.columns(rewriter)?.len(),
            SelectItem::QualifiedWildcard(kind, _) => {
                let columns = scope.columns(rewriter)?;
                match kind {
                    datafusion::sql::sqlparser::ast::SelectItemQualifiedWildcardKind::ObjectName(
                        name,
                    ) => columns.iter().filter(|column| column.is_of(name)).count(),
                    _ => 1,
                }
            }
            _ => 1,
        };
    }
    if let Some(order_by) = scope.order_by.as_deref_mut() {
        spell_out(order_by, count);
    }
    Ok(())
}

/// `ORDER BY ALL` behind a UNION and its kin.
pub(super) fn rewrite_set_operation(
    rewriter: &mut Rewriter<'_>,
    whole: &mut Query,
    scope: &Scope,
) -> Result<()> {
    if !whole.order_by.as_ref().is_some_and(is_all) {
        return Ok(());
    }
    let rows = query(SetExpr::clone(&whole.body));
    let from = [alone(derived(rows, None))];
    let count = rewriter.columns(&from, scope)?.len();
    if let Some(order_by) = &mut whole.order_by {
        spell_out(order_by, count);
    }
    Ok(())
}

fn is_all(order_by: &OrderBy) -> bool {
    matches!(order_by.kind, OrderByKind::All(_))
}

fn spell_out(order_by: &mut OrderBy, count: usize) {
    let OrderByKind::All(options) = &order_by.kind else { return };
    let options = *options;
    let keys = (1..=count)
        .map(|index| OrderByExpr { expr: number(index), options, with_fill: None })
        .collect();
    order_by.kind = OrderByKind::Expressions(keys);
}
