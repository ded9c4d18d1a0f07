//! Clauses of a query after its select lists.

use datafusion::sql::sqlparser::ast::{GroupByExpr, OrderByKind, Query, SetExpr};

use super::{Ignored, first_of, ignored};

pub(super) fn check(query: &Query) -> Option<Ignored> {
    if !query.locks.is_empty() {
        return ignored("FOR UPDATE or FOR SHARE", "rows are never locked: leave the clause out");
    }
    if let SetExpr::Select(select) = query.body.as_ref()
        && matches!(&select.group_by, GroupByExpr::All(modifiers) if !modifiers.is_empty())
    {
        return first_of([("a modifier of GROUP BY ALL", true)]);
    }
    let order_by = query.order_by.as_ref();
    let with_fill = order_by.is_some_and(|order_by| {
        order_by.interpolate.is_some()
            || matches!(&order_by.kind, OrderByKind::Expressions(keys)
                if keys.iter().any(|key| key.with_fill.is_some()))
    });
    first_of([
        ("FOR XML, FOR JSON or FOR BROWSE", query.for_clause.is_some()),
        ("SETTINGS", query.settings.is_some()),
        ("FORMAT", query.format_clause.is_some()),
        ("WITH FILL", with_fill),
    ])
}
