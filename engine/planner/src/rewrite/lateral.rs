//! Relations that read the columns of those before them: `FROM t, unnest(t.l)`, `FROM t, range(t.n)` and
//! `LATERAL (SELECT t.a + 1 AS b)`. Each is a projection over what stands before it, perhaps unnested, so
//! an operator does it in one pass. Others are left to DataFusion, which makes joins of them.

use datafusion::sql::sqlparser::ast::{
    Expr, GroupByExpr, Join, JoinConstraint, JoinOperator, Query, Select, SelectItem, SetExpr,
    TableFactor, TableWithJoins, Value, ValueWithSpan,
};
use extension::Result;

use super::build::{is_word, last_ident, name_of};
use super::distinct_name::table_names;
use super::walk::{Rewriter, Scope};
use super::{contains, join};

pub(super) fn rewrite(
    rewriter: &mut Rewriter<'_>,
    select: &mut Select,
    _scope: &Scope,
) -> Result<()> {
    let mut from: Vec<TableWithJoins> = vec![];
    let mut names: Vec<String> = vec![];
    for table in std::mem::take(&mut select.from) {
        let TableWithJoins { mut relation, joins } = table;
        mark(&mut relation, &names);
        names.extend(table_names(&relation));
        names.extend(joins.iter().flat_map(|join| table_names(&join.relation)));
        if !from.is_empty() && is_own(rewriter, &relation, true) {
            let mut before = joined(std::mem::take(&mut from));
            let join_operator = JoinOperator::ArrayJoin;
            join::set_apart(&mut before, Join { relation, global: false, join_operator });
            from.push(before);
        } else {
            from.push(TableWithJoins { relation, joins: vec![] });
        }
        for next in joins {
            let Some(table) = from.last_mut() else { break };
            let is_left = match &next.join_operator {
                JoinOperator::CrossJoin(JoinConstraint::None) => Some(false),
                JoinOperator::Join(on) | JoinOperator::Inner(on) if is_true(on) => Some(false),
                JoinOperator::Left(on) | JoinOperator::LeftOuter(on) if is_true(on) => Some(true),
                _ => None,
            };
            match is_left {
                Some(is_left) if is_own(rewriter, &next.relation, !is_left) => {
                    let join_operator = match is_left {
                        true => JoinOperator::LeftArrayJoin,
                        false => JoinOperator::ArrayJoin,
                    };
                    join::set_apart(table, Join { join_operator, ..next });
                }
                _ => table.joins.push(next),
            }
        }
    }
    select.from = from;
    Ok(())
}

/// `FROM t, (SELECT unnest(t.l))` is lateral without the word.
fn mark(relation: &mut TableFactor, before: &[String]) {
    let TableFactor::Derived { lateral: lateral @ false, subquery, .. } = relation else { return };
    if let SetExpr::Select(select) = subquery.body.as_ref()
        && select.from.is_empty()
    {
        let reads = |expr: &Expr| match expr {
            Expr::CompoundIdentifier(parts) => {
                parts.first().is_some_and(|part| before.contains(&name_of(part).to_lowercase()))
            }
            _ => false,
        };
        *lateral = contains(&select.projection, &reads);
    }
}

/// All items of a FROM clause as one.
pub(super) fn joined(from: Vec<TableWithJoins>) -> TableWithJoins {
    let mut items = from.into_iter();
    let mut whole = items.next().unwrap_or_else(join::nothing);
    for item in items {
        let relation = match item.joins.is_empty() {
            true => item.relation,
            false => TableFactor::NestedJoin { table_with_joins: Box::new(item), alias: None },
        };
        let join_operator = JoinOperator::CrossJoin(JoinConstraint::None);
        whole.joins.push(Join { relation, global: false, join_operator });
    }
    whole
}

/// Whether a join's condition holds always.
fn is_true(on: &JoinConstraint) -> bool {
    matches!(
        on,
        JoinConstraint::None
            | JoinConstraint::On(Expr::Value(ValueWithSpan { value: Value::Boolean(true), .. }))
    )
}

/// Whether our operator plans this relation over those before it.
fn is_own(rewriter: &Rewriter<'_>, relation: &TableFactor, may_filter: bool) -> bool {
    match relation {
        TableFactor::Derived { lateral: true, subquery, sample: None, .. } => {
            is_simple(rewriter, subquery, may_filter)
        }
        other => is_list(other) && contains(other, &is_column),
    }
}

/// Whether a relation is the elements of a list.
pub(crate) fn is_list(relation: &TableFactor) -> bool {
    match relation {
        TableFactor::UNNEST { with_offset: false, with_ordinality: false, .. } => true,
        TableFactor::Table { name, args: Some(_), sample: None, .. }
        | TableFactor::Function { name, .. } => {
            is_word(name, "generate_series") || is_word(name, "range") || is_word(name, "unnest")
        }
        _ => false,
    }
}

fn is_column(expr: &Expr) -> bool {
    matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
}

/// A sub-query that computes from one row, or unnests lists of it.
fn is_simple(rewriter: &Rewriter<'_>, query: &Query, may_filter: bool) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else { return false };
    let whole = query.with.is_none()
        && query.order_by.is_none()
        && query.limit_clause.is_none()
        && query.fetch.is_none()
        && query.pipe_operators.is_empty();
    let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty())
        || select.having.is_some()
        || select.qualify.is_some()
        || select.distinct.is_some()
        || select.prewhere.is_some();
    let lists = select.from.iter().all(|table| table.joins.is_empty() && is_list(&table.relation));
    let items = select.projection.iter().all(|item| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
            !contains(expr, &|expr| is_no_scalar(rewriter, expr))
        }
        _ => false,
    });
    whole
        && !grouped
        && lists
        && items
        && (may_filter || (select.from.is_empty() && select.selection.is_none()))
}

/// Whether an expression is an aggregate, a window or a sub-query.
fn is_no_scalar(rewriter: &Rewriter<'_>, expr: &Expr) -> bool {
    match expr {
        Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => true,
        Expr::Function(call) => {
            call.over.is_some()
                || last_ident(&call.name).is_some_and(|name| {
                    let name = name.value.to_lowercase();
                    rewriter.context.state().aggregate_functions().contains_key(&name)
                })
        }
        _ => false,
    }
}
