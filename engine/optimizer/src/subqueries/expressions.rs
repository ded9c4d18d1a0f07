//! Finding sub-queries and outer references in expressions and plans.

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, Result};
use datafusion::logical_expr::expr::{Exists, InSubquery, SetComparison};
use datafusion::logical_expr::{Expr, LogicalPlan, Subquery};

/// The sub-query of an expression that is one.
pub(super) fn subquery_of(expr: &Expr) -> Option<&Subquery> {
    match expr {
        Expr::ScalarSubquery(subquery)
        | Expr::Exists(Exists { subquery, .. })
        | Expr::InSubquery(InSubquery { subquery, .. })
        | Expr::SetComparison(SetComparison { subquery, .. }) => Some(subquery),
        _ => None,
    }
}

/// Whether an expression is or holds a sub-query.
pub(super) fn holds_subquery(expr: &Expr) -> bool {
    let found = expr.exists(|expr| Ok(subquery_of(expr).is_some()));
    found.unwrap_or(true)
}

/// Whether a plan holds a sub-query or a lateral relation anywhere.
pub(super) fn has_subqueries(plan: &LogicalPlan) -> Result<bool> {
    plan.exists(|node| {
        Ok(matches!(node, LogicalPlan::Subquery(_))
            || node.expressions().iter().any(holds_subquery))
    })
}

/// The outer columns that a plan refers to, each once and in the order of their appearance. What the
/// sub-queries inside it refer to is theirs: those that are left are complete at their own level.
pub(super) fn references(plan: &LogicalPlan) -> Result<Vec<Column>> {
    let mut found: Vec<Column> = vec![];
    plan.apply(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                if let Expr::OuterReferenceColumn(_, column) = expr
                    && !found.contains(column)
                {
                    found.push(column.clone());
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(found)
}

/// The columns of `references` that `schema` has.
pub(super) fn bound(references: &[Column], schema: &DFSchema) -> Vec<Column> {
    references.iter().filter(|column| schema.has_column(column)).cloned().collect()
}

/// Whether an expression refers to one of `columns` outside.
pub(super) fn refers_to(expr: &Expr, columns: &[Column]) -> Result<bool> {
    expr.exists(|expr| {
        Ok(matches!(expr, Expr::OuterReferenceColumn(_, column) if columns.contains(column)))
    })
}

/// Replaces outer references for which `replacement` knows better.
pub(super) fn replace_references(
    expr: Expr,
    replacement: impl Fn(&Column) -> Option<Expr>,
) -> Result<Expr> {
    expr.transform(|expr| match &expr {
        Expr::OuterReferenceColumn(_, column) => Ok(match replacement(column) {
            Some(column) => Transformed::yes(column),
            None => Transformed::no(expr),
        }),
        _ => Ok(Transformed::no(expr)),
    })
    .data()
}

/// Replaces the expressions of a node, each under its old name.
pub(super) fn named_as(expr: Expr, before: &Expr) -> Expr {
    let name = before.schema_name().to_string();
    let now = expr.schema_name().to_string();
    match now == name {
        true => expr,
        false => expr.alias(name),
    }
}
