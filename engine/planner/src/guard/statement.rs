//! Clauses of statements that change tables.

use datafusion::sql::sqlparser::ast::Statement;

use super::{Ignored, first_of};

pub(super) fn check(statement: &Statement) -> Option<Ignored> {
    match statement {
        Statement::Insert(insert) => first_of([
            ("INSERT OVERWRITE PARTITION", insert.partitioned.is_some()),
            ("INSERT IGNORE", insert.ignore),
            ("a priority of INSERT", insert.priority.is_some()),
            ("SETTINGS", insert.settings.is_some()),
            ("FORMAT", insert.format_clause.is_some()),
        ]),
        Statement::Update(update) => first_of([
            ("LIMIT in UPDATE", update.limit.is_some()),
            ("UPDATE OR", update.or.is_some()),
        ]),
        Statement::Delete(delete) => first_of([
            ("ORDER BY in DELETE", !delete.order_by.is_empty()),
            ("LIMIT in DELETE", delete.limit.is_some()),
        ]),
        _ => None,
    }
}
