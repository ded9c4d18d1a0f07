//! Short forms of SQL that DataFusion's planner does not know, spelled out before it sees them.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::parser::{CopyToSource, Statement as DataFusionStatement};
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, OrderBy, OrderByExpr, OrderByKind, Query, Select, SelectFlavor, SelectItem,
    SetExpr, Value, VisitMut, VisitorMut, WildcardAdditionalOptions,
};

/// Spells out all short forms of a statement.
pub(crate) fn spell_out(statement: &mut DataFusionStatement) {
    match statement {
        DataFusionStatement::Statement(statement) => {
            let _ = statement.visit(&mut ShortForms);
        }
        DataFusionStatement::Explain(explain) => spell_out(&mut explain.statement),
        DataFusionStatement::CopyTo(copy) => {
            if let CopyToSource::Query(query) = &mut copy.source {
                let _ = query.visit(&mut ShortForms);
            }
        }
        _ => {}
    }
}

struct ShortForms;

impl VisitorMut for ShortForms {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        order_by_all(query);
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        if select.flavor == SelectFlavor::FromFirstNoSelect {
            select.projection = vec![SelectItem::Wildcard(WildcardAdditionalOptions::default())];
            select.flavor = SelectFlavor::FromFirst;
        }
        distinguish(&mut select.projection);
        ControlFlow::Continue(())
    }
}

/// `ORDER BY ALL` over computed columns is `ORDER BY 1, 2, …`.
fn order_by_all(query: &mut Query) {
    let SetExpr::Select(select) = query.body.as_ref() else { return };
    let Some(OrderBy { kind, .. }) = &mut query.order_by else { return };
    let OrderByKind::All(options) = kind else { return };
    let is_column = |item: &SelectItem| {
        matches!(item, SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. })
    };
    // How many columns a wildcard has only DataFusion knows, which can do those.
    if !select.projection.is_empty() && select.projection.iter().all(is_column) {
        let number = |number: usize| Expr::Value(Value::Number(number.to_string(), false).into());
        let keys = (1..=select.projection.len()).map(|index| OrderByExpr {
            expr: number(index),
            options: *options,
            with_fill: None,
        });
        *kind = OrderByKind::Expressions(keys.collect());
    }
}

/// Gives unnamed columns that DataFusion could not tell apart, such as the second `count(*)` or the
/// second sub-query, names of their own. They are shown under the text of the expression all the same.
fn distinguish(projection: &mut [SelectItem]) {
    let mut seen = BTreeSet::new();
    for (index, item) in projection.iter_mut().enumerate() {
        let SelectItem::UnnamedExpr(expr) = item else { continue };
        let text = match &*expr {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => continue,
            Expr::Subquery(_) => "(<subquery>)".to_string(),
            other => other.to_string(),
        };
        if !seen.insert(text.to_lowercase()) {
            let alias = Ident::with_quote('"', format!("{expr}:{index}"));
            *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
        }
    }
}
