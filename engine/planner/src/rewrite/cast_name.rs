//! `SELECT i::VARCHAR FROM t ORDER BY i` orders by the column, as in DuckDB. DataFusion gives a cast the
//! name of what is cast, under which it then finds two columns; here the cast has the name that it is shown with.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::sqlparser::ast::{Expr, Ident, Query, SelectItem, SetExpr, VisitorMut};
use extension::named;

use super::has_columns_call;
use crate::names::text_of;
use crate::walk::walk;

/// Names the casts in the select lists of queries with ORDER BY.
pub(super) fn rewrite(statement: &mut DataFusionStatement) {
    let _ = walk(statement, &mut Casts);
}

struct Casts;

impl VisitorMut for Casts {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if query.order_by.is_some()
            && let SetExpr::Select(select) = query.body.as_mut()
            && select.distinct.is_none()
        {
            for item in &mut select.projection {
                if let SelectItem::UnnamedExpr(expr) = item
                    && is_cast(expr)
                    && named(expr).is_none()
                    && !has_columns_call(expr)
                {
                    let alias = Ident::with_quote('"', text_of(expr));
                    *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
                }
            }
        }
        ControlFlow::Continue(())
    }
}

fn is_cast(expr: &Expr) -> bool {
    match expr {
        Expr::Cast { .. } => true,
        Expr::Nested(inner) => is_cast(inner),
        _ => false,
    }
}
