//! Clauses of a select list and what follows it.

use datafusion::sql::sqlparser::ast::{Expr, GroupByExpr, Select};

use super::{Ignored, first_of, ignored};
use crate::markers;

pub(super) fn check(select: &Select) -> Option<Ignored> {
    if select.top.is_some() {
        return ignored("TOP", "LIMIT n does the same");
    }
    let is_sample = |condition: &Expr| matches!(condition, Expr::Function(call) if markers::is(&call.name, markers::USING_SAMPLE));
    if select.prewhere.as_ref().is_some_and(|condition| !is_sample(condition)) {
        return ignored("PREWHERE", "use WHERE");
    }
    let modifiers = matches!(&select.group_by, GroupByExpr::Expressions(_, with) | GroupByExpr::All(with)
        if !with.is_empty());
    first_of([
        ("CONNECT BY", !select.connect_by.is_empty()),
        ("a modifier of SELECT", select.select_modifiers.is_some()),
        ("EXCLUDE after the select list", select.exclude.is_some()),
        ("SELECT AS VALUE or AS STRUCT", select.value_table_mode.is_some()),
        ("LATERAL VIEW", !select.lateral_views.is_empty()),
        ("CLUSTER BY", !select.cluster_by.is_empty()),
        ("DISTRIBUTE BY", !select.distribute_by.is_empty()),
        ("SORT BY", !select.sort_by.is_empty()),
        ("a modifier of GROUP BY", modifiers),
    ])
}
