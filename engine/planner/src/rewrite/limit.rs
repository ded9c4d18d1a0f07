//! `LIMIT 10%`, `LIMIT (SELECT …)`, `OFFSET (SELECT …)` and `FETCH FIRST n ROWS ONLY | WITH TIES`.
//!
//! A limit that only the rows or another query tell is an operator, over the query without it.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, Ident, Join, JoinOperator, LimitClause, ObjectName, Offset,
    OffsetRows, OrderByKind, Query, SetExpr, TableFactor, TableWithJoins, Value, WindowSpec,
    WindowType,
};
use extension::{Error, Result};

use super::build::{self, alone, argument, arguments_of, number, star};
use super::contains;
use super::join::set_apart;
use super::walk::{Rewriter, Scope};
use crate::markers::{self, LIMIT_PERCENT, LIMIT_ROWS, QUOTE};

pub(super) fn rewrite(
    _rewriter: &mut Rewriter<'_>,
    query: &mut Query,
    _scope: &Scope,
) -> Result<()> {
    fetch_first(query)?;
    let (limit, offset) = match &query.limit_clause {
        Some(LimitClause::LimitOffset { limit, offset, limit_by }) if limit_by.is_empty() => {
            (limit.clone(), offset.as_ref().map(|offset| offset.value.clone()))
        }
        Some(LimitClause::OffsetCommaLimit { offset, limit }) => {
            (Some(limit.clone()), Some(offset.clone()))
        }
        _ => return Ok(()),
    };
    let is_query = |expr: &Expr| matches!(expr, Expr::Subquery(_));
    let percent = limit.as_ref().and_then(|limit| match limit {
        Expr::Function(call) if markers::is(&call.name, LIMIT_PERCENT) => {
            arguments_of(call)?.first().map(|share| (*share).clone())
        }
        _ => None,
    });
    let needs = percent.is_some() || contains(&limit, &is_query) || contains(&offset, &is_query);
    if !needs {
        return Ok(());
    }
    let none = || Expr::Value(Value::Null.into());
    let name = if percent.is_some() { LIMIT_PERCENT } else { LIMIT_ROWS };
    let amount = percent.or(limit).unwrap_or_else(none);
    let arguments =
        vec![argument(as_query(amount)), argument(as_query(offset.unwrap_or_else(none)))];
    apply(query, name, arguments);
    Ok(())
}

/// A scalar sub-query, whatever the expression.
fn as_query(expr: Expr) -> Expr {
    match expr {
        Expr::Subquery(_) => expr,
        Expr::Nested(inner) => as_query(*inner),
        other => {
            let item = datafusion::sql::sqlparser::ast::SelectItem::UnnamedExpr(other);
            let select = build::select(vec![item], vec![]);
            Expr::Subquery(Box::new(build::query(SetExpr::Select(Box::new(select)))))
        }
    }
}

/// Makes the query one over the operator `name`, which reads the query as it was, without its limit.
fn apply(query: &mut Query, name: &str, args: Vec<FunctionArg>) {
    let with = query.with.take();
    // An OFFSET keeps the planner from dropping the order of a sub-query.
    query.limit_clause = Some(LimitClause::LimitOffset {
        limit: None,
        offset: Some(Offset { value: number(0), rows: OffsetRows::None }),
        limit_by: vec![],
    });
    let inner = std::mem::replace(
        query,
        build::query(SetExpr::Values(datafusion::sql::sqlparser::ast::Values {
            explicit_row: false,
            value_keyword: false,
            rows: vec![],
        })),
    );
    let mut table: TableWithJoins = alone(build::derived(inner, None));
    set_apart(
        &mut table,
        Join {
            relation: TableFactor::Function {
                lateral: false,
                name: ObjectName::from(vec![Ident::with_quote(QUOTE, name)]),
                args,
                with_ordinality: false,
                alias: None,
            },
            global: false,
            join_operator: JoinOperator::OuterApply,
        },
    );
    let select = build::select(vec![star()], vec![table]);
    *query = build::query(SetExpr::Select(Box::new(select)));
    query.with = with;
}

/// `FETCH FIRST n ROWS WITH TIES` keeps the rows that rank among the first n. The select list is not yet
/// rewritten, so that the keys may be names that it gives.
pub(super) fn with_ties(query: &mut Query) -> Result<()> {
    let Some(fetch) = query.fetch.take_if(|fetch| fetch.with_ties) else { return Ok(()) };
    let (rows, percent) = (fetch.quantity.unwrap_or_else(|| number(1)), fetch.percent);
    let keys = match query.order_by.as_ref().map(|order_by| &order_by.kind) {
        Some(OrderByKind::Expressions(keys)) => keys.clone(),
        _ => return Err(Error::syntax("WITH TIES needs an ORDER BY that names its keys")),
    };
    let refused = |what: &str| Err(Error::unsupported(format!("WITH TIES {what}")));
    if percent {
        return refused("after PERCENT is not supported");
    }
    let offset = match &query.limit_clause {
        None => None,
        Some(LimitClause::LimitOffset { limit: None, offset, .. }) => {
            offset.as_ref().map(|offset| offset.value.clone())
        }
        Some(_) => return Err(Error::syntax("a query has either LIMIT or FETCH")),
    };
    let SetExpr::Select(select) = query.body.as_mut() else {
        return refused("after a set operation is not supported; put it into a sub-query");
    };
    if select.distinct.is_some() {
        return refused("after DISTINCT is not supported; put it into a sub-query");
    }
    if keys.iter().any(|key| matches!(key.expr, Expr::Value(_))) {
        return refused("with a position in ORDER BY is not supported; name the column");
    }
    let mut rank = build::function(ObjectName::from(vec![Ident::new("rank")]), vec![]);
    rank.over = Some(WindowType::WindowSpec(WindowSpec {
        window_name: None,
        partition_by: vec![],
        order_by: keys,
        window_frame: None,
    }));
    let last = match offset {
        None => rows,
        Some(offset) => binary(build::nested(rows), BinaryOperator::Plus, build::nested(offset)),
    };
    let among = binary(Expr::Function(rank), BinaryOperator::LtEq, build::nested(last));
    select.qualify = Some(match select.qualify.take() {
        None => among,
        Some(condition) => binary(build::nested(condition), BinaryOperator::And, among),
    });
    Ok(())
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }
}

/// `FETCH FIRST n ROWS ONLY` is `LIMIT n`.
fn fetch_first(query: &mut Query) -> Result<()> {
    let Some(fetch) = query.fetch.take() else { return Ok(()) };
    let rows = fetch.quantity.unwrap_or_else(|| number(1));
    let rows = match fetch.percent {
        false => rows,
        true => {
            let name = ObjectName::from(vec![Ident::with_quote(QUOTE, LIMIT_PERCENT)]);
            Expr::Function(build::function(name, vec![argument(rows)]))
        }
    };
    match &mut query.limit_clause {
        None => {
            query.limit_clause = Some(LimitClause::LimitOffset {
                limit: Some(rows),
                offset: None,
                limit_by: vec![],
            });
            Ok(())
        }
        Some(LimitClause::LimitOffset { limit: limit @ None, .. }) => {
            *limit = Some(rows);
            Ok(())
        }
        Some(_) => Err(Error::syntax("a query has either LIMIT or FETCH")),
    }
}
