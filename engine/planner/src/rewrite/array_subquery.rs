//! `ARRAY(SELECT …)` is the list of a sub-query's values, empty where there are none.

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArgumentClause, FunctionArguments, Ident, OrderByKind, SelectItem, SetExpr,
    TableAlias, TableAliasColumnDef,
};
use datafusion::sql::sqlparser::tokenizer::Span;
use extension::Result;

use super::build::{self, alone, call, derived, is_word, quoted};

const VALUE: &str = "value of array";

pub(super) fn rewrite(expr: &mut Expr) -> Result<()> {
    let Expr::Function(array) = expr else { return Ok(()) };
    let FunctionArguments::Subquery(query) = &mut array.args else { return Ok(()) };
    if !is_word(&array.name, "array") {
        return Ok(());
    }
    let mut query = query.as_ref().clone();
    let value = || Expr::Identifier(quoted(VALUE, Span::empty()));
    // The order of a sub-query is no order of its rows, so the aggregate repeats it where it can.
    let order = match (&query.limit_clause, query.body.as_mut(), &query.order_by) {
        (None, SetExpr::Select(select), Some(order_by)) => {
            match (&order_by.kind, select.projection.as_slice()) {
                (
                    OrderByKind::Expressions(keys),
                    [
                        SelectItem::UnnamedExpr(item)
                        | SelectItem::ExprWithAlias { expr: item, .. },
                    ],
                ) => Some((item.clone(), keys.clone())),
                _ => None,
            }
        }
        _ => None,
    };
    if let (Some((item, keys)), SetExpr::Select(select)) = (order, query.body.as_mut())
        && select.distinct.is_none()
        && matches!(&select.group_by, datafusion::sql::sqlparser::ast::GroupByExpr::Expressions(keys, _) if keys.is_empty())
    {
        query.order_by = None;
        let mut aggregate =
            build::function(vec![Ident::new("array_agg")].into(), vec![build::argument(item)]);
        if let FunctionArguments::List(list) = &mut aggregate.args {
            list.clauses.push(FunctionArgumentClause::OrderBy(keys));
        }
        select.projection = vec![SelectItem::UnnamedExpr(or_empty(Expr::Function(aggregate)))];
        *expr = Expr::Subquery(Box::new(query));
        return Ok(());
    }
    let alias = TableAlias {
        explicit: true,
        name: quoted("rows of array", Span::empty()),
        columns: vec![TableAliasColumnDef { name: quoted(VALUE, Span::empty()), data_type: None }],
        at: None,
    };
    let list = or_empty(call("array_agg", vec![value()]));
    let select = build::select(
        vec![SelectItem::UnnamedExpr(list)],
        vec![alone(derived(query, Some(alias)))],
    );
    *expr = Expr::Subquery(Box::new(build::query(SetExpr::Select(Box::new(select)))));
    Ok(())
}

fn or_empty(list: Expr) -> Expr {
    call("coalesce", vec![list, call("make_array", vec![])])
}
