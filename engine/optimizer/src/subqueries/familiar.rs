//! The sub-queries that DataFusion turns into joins well, and rightly.

use std::collections::BTreeSet;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{JoinType, Result};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{
    BinaryExpr, Cast, Expr, ExprSchemable, LogicalPlan, Operator, Subquery,
};

use super::expressions::{holds_subquery, references};

/// Where an expression with sub-queries stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A part of a WHERE that must be true.
    Conjunct,
    /// Somewhere in a WHERE.
    Filter,
    /// In a part of a WHERE that has no columns.
    Columnless,
    /// A select list.
    Projection,
    /// Anywhere else.
    Elsewhere,
}

/// Whether all that a sub-query refers to outside is the input's.
fn is_bound(subquery: &Subquery, input: &LogicalPlan) -> Result<bool> {
    let schema = input.schema();
    Ok(references(&subquery.subquery)?.iter().all(|column| schema.has_column(column)))
}

fn is_correlated(subquery: &Subquery) -> Result<bool> {
    Ok(!references(&subquery.subquery)?.is_empty())
}

/// A value: not correlated, or one aggregate without groups over equalities with outer columns.
pub(super) fn is_scalar(subquery: &Subquery, input: &LogicalPlan, place: Place) -> Result<bool> {
    if !is_correlated(subquery)? {
        // DataFusion takes the value of a column that is never NULL for one that is never NULL, though
        // there may be no row.
        let may_be_null = subquery.subquery.schema().field(0).is_nullable();
        return Ok(
            place != Place::Columnless && (may_be_null || exactly_one_row(&subquery.subquery))
        );
    }
    if !is_bound(subquery, input)? || matches!(place, Place::Elsewhere | Place::Columnless) {
        return Ok(false);
    }
    let mut plan = subquery.subquery.as_ref();
    loop {
        match plan {
            LogicalPlan::Projection(node)
                if !node.expr.iter().any(|e| e.contains_outer() || holds_subquery(e)) =>
            {
                plan = &node.input;
            }
            LogicalPlan::SubqueryAlias(node) => plan = &node.input,
            LogicalPlan::Aggregate(node) => {
                return Ok(node.group_expr.is_empty()
                    && !node.aggr_expr.iter().any(|e| e.contains_outer() || holds_subquery(e))
                    && filters_only(&node.input, &subquery.subquery, &is_equality)?);
            }
            _ => return Ok(false),
        }
    }
}

fn exactly_one_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Projection(node) => exactly_one_row(&node.input),
        LogicalPlan::SubqueryAlias(node) => exactly_one_row(&node.input),
        LogicalPlan::Aggregate(node) => node.group_expr.is_empty(),
        LogicalPlan::EmptyRelation(node) => node.produce_one_row,
        _ => false,
    }
}

/// `EXISTS` in a WHERE over conditions with outer columns.
pub(super) fn is_exists(subquery: &Subquery, input: &LogicalPlan, place: Place) -> Result<bool> {
    let in_filter = matches!(place, Place::Conjunct | Place::Filter);
    Ok(in_filter
        && is_bound(subquery, input)?
        && (!is_correlated(subquery)?
            || filters_only(&subquery.subquery, &subquery.subquery, &|_| true)?))
}

/// `IN` as a condition of a WHERE; `NOT IN` only where there is no NULL or one plain join tells.
pub(super) fn is_membership(
    expr: &Expr,
    subquery: &Subquery,
    negated: bool,
    input: &LogicalPlan,
) -> Result<bool> {
    if !is_bound(subquery, input)? {
        return Ok(false);
    }
    let correlated = is_correlated(subquery)?;
    let simple = !correlated || filters_only(&subquery.subquery, &subquery.subquery, &|_| true)?;
    if !negated || !simple {
        return Ok(simple);
    }
    let value_nullable = subquery.subquery.schema().field(0).is_nullable();
    let nullable = value_nullable || expr.nullable(input.schema())?;
    Ok(!nullable || (!correlated && matches!(expr, Expr::Column(_))))
}

/// Whether the outer references of a plan are all in conditions over plain joins, and of a form that
/// `accepts`. The columns of such conditions join those of the sub-query's `output`, where DataFusion
/// knows them by name alone.
fn filters_only(
    plan: &LogicalPlan,
    output: &LogicalPlan,
    accepts: &dyn Fn(&Expr) -> bool,
) -> Result<bool> {
    let mut only = true;
    let mut columns = output.schema().columns();
    plan.apply(|node| {
        let carries = refers_outside(node)?;
        let fine = match node {
            // Below here nothing refers outside.
            _ if references(node)?.is_empty() => return Ok(TreeNodeRecursion::Jump),
            LogicalPlan::Filter(filter) => {
                let correlated = || {
                    split_conjunction(&filter.predicate).into_iter().filter(|p| p.contains_outer())
                };
                for column in correlated().flat_map(|predicate| predicate.column_refs()) {
                    if !columns.contains(column) {
                        columns.push(column.clone());
                    }
                }
                correlated().all(|predicate| !holds_subquery(predicate) && accepts(predicate))
            }
            LogicalPlan::Join(join) => join.join_type == JoinType::Inner && !carries,
            LogicalPlan::Projection(_) | LogicalPlan::SubqueryAlias(_) => !carries,
            _ => false,
        };
        only &= fine;
        Ok(if fine { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    })?;
    let names: BTreeSet<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    Ok(only && names.len() == columns.len())
}

/// Whether an expression of the node itself refers outside.
fn refers_outside(node: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    node.apply_expressions(|expr| {
        found |= expr.contains_outer();
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

/// `inner column = expression of outer columns`.
fn is_equality(predicate: &Expr) -> bool {
    let is_column = |expr: &Expr| match expr {
        Expr::Column(_) => true,
        Expr::Cast(Cast { expr, .. }) => matches!(expr.as_ref(), Expr::Column(_)),
        _ => false,
    };
    let is_outer = |expr: &Expr| expr.contains_outer() && !expr.any_column_refs();
    match predicate {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            (is_column(left) && is_outer(right)) || (is_outer(left) && is_column(right))
        }
        _ => false,
    }
}
