//! The nodes of a plan in which sub-queries stand.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Column, JoinType, NullEquality, Result, not_impl_err};
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{
    Aggregate, Distinct, DistinctOn, Expr, Filter, Join, JoinConstraint, LogicalPlan, Projection,
    Sort, SubqueryAlias, Window,
};

use super::Names;
use super::build::{filter, join, project, with_columns};
use super::domain::Domain;
use super::expressions::{bound, holds_subquery, named_as, references, subquery_of};
use super::familiar::Place;
use super::predicates::{Outer, refuse_outer_aggregates};
use super::unnest::{compare, unnest};

/// A plan whose sub-queries are resolved, but for those that are DataFusion's and those of a level
/// further out.
pub(super) fn resolve(plan: LogicalPlan, names: &Names) -> Result<LogicalPlan> {
    plan.transform_up(|node| {
        let resolved = match node {
            LogicalPlan::Join(node) => resolve_join(node, names)?,
            node if !node.expressions().iter().any(holds_subquery) => {
                return Ok(Transformed::no(node));
            }
            LogicalPlan::Filter(node) => resolve_filter(node, names)?,
            LogicalPlan::Projection(node) => resolve_projection(node, names)?,
            LogicalPlan::Aggregate(node) => resolve_aggregate(node, names)?,
            LogicalPlan::Sort(node) => resolve_sort(node, names)?,
            LogicalPlan::Window(node) => resolve_window(node, names)?,
            LogicalPlan::Distinct(Distinct::On(node)) => resolve_distinct_on(node, names)?,
            other => return Ok(Transformed::no(other)),
        };
        Ok(Transformed::yes(resolved))
    })
    .data()
}

fn outer(input: Arc<LogicalPlan>, place: Place, names: &Names) -> Outer<'_> {
    Outer { input: Arc::unwrap_or_clone(input), place, names }
}

fn resolve_filter(node: Filter, names: &Names) -> Result<LogicalPlan> {
    let columns = node.input.schema().columns();
    let (with, without): (Vec<_>, Vec<_>) =
        split_conjunction_owned(node.predicate).into_iter().partition(holds_subquery);
    // What is cheap goes first, and makes the domains small.
    let input = filter(Arc::unwrap_or_clone(node.input), without)?;
    let mut outer = outer(Arc::new(input), Place::Filter, names);
    let mut left = vec![];
    for conjunct in with {
        left.extend(outer.require(conjunct)?);
    }
    with_columns(filter(outer.input, left)?, &columns)
}

fn resolve_projection(node: Projection, names: &Names) -> Result<LogicalPlan> {
    let mut outer = outer(node.input, Place::Projection, names);
    let exprs = replace_all(&mut outer, node.expr)?;
    project(outer.input, exprs)
}

fn resolve_aggregate(node: Aggregate, names: &Names) -> Result<LogicalPlan> {
    let mut outer = outer(node.input, Place::Elsewhere, names);
    let groups = replace_all(&mut outer, node.group_expr)?;
    let aggregates = replace_all(&mut outer, node.aggr_expr)?;
    Ok(LogicalPlan::Aggregate(Aggregate::try_new(Arc::new(outer.input), groups, aggregates)?))
}

fn resolve_sort(node: Sort, names: &Names) -> Result<LogicalPlan> {
    let columns = node.input.schema().columns();
    let mut outer = outer(node.input, Place::Elsewhere, names);
    let mut keys = vec![];
    for key in node.expr {
        let expr = outer.replace(key.expr.clone())?;
        keys.push(key.with_expr(expr));
    }
    let sort = Sort { expr: keys, input: Arc::new(outer.input), fetch: node.fetch };
    with_columns(LogicalPlan::Sort(sort), &columns)
}

fn resolve_window(node: Window, names: &Names) -> Result<LogicalPlan> {
    let columns = node.schema.columns();
    let mut outer = outer(node.input, Place::Elsewhere, names);
    let exprs = replace_all(&mut outer, node.window_expr)?;
    let window = Window::try_new(exprs, Arc::new(outer.input))?;
    with_columns(LogicalPlan::Window(window), &columns)
}

fn resolve_distinct_on(node: DistinctOn, names: &Names) -> Result<LogicalPlan> {
    let mut outer = outer(node.input, Place::Elsewhere, names);
    let on = node.on_expr.into_iter().map(|expr| outer.replace(expr)).collect::<Result<_>>()?;
    let selected = replace_all(&mut outer, node.select_expr)?;
    let sort = match node.sort_expr {
        Some(keys) => {
            let mut replaced = vec![];
            for key in keys {
                let expr = outer.replace(key.expr.clone())?;
                replaced.push(key.with_expr(expr));
            }
            Some(replaced)
        }
        None => None,
    };
    let node = DistinctOn::try_new(on, selected, sort, Arc::new(outer.input))?;
    Ok(LogicalPlan::Distinct(Distinct::On(node)))
}

fn replace_all(outer: &mut Outer, exprs: Vec<Expr>) -> Result<Vec<Expr>> {
    let replace = |expr: Expr| {
        let before = expr.clone();
        Ok(named_as(outer.replace(expr)?, &before))
    };
    exprs.into_iter().map(replace).collect()
}

/// Joins with a lateral side, and joins whose condition holds sub-queries.
fn resolve_join(node: Join, names: &Names) -> Result<LogicalPlan> {
    // The columns of a domain are of no use further up.
    let columns = node.schema.columns();
    let lateral = is_lateral(&node.right)
        || (names.unmarked_laterals.get()
            && !bound(&references(&node.right)?, node.left.schema()).is_empty());
    let node = match lateral {
        true => resolve_lateral(node, names)?,
        false => node,
    };
    let on_holds = |(left, right): &(Expr, Expr)| holds_subquery(left) || holds_subquery(right);
    if !node.filter.iter().any(holds_subquery) && !node.on.iter().any(on_holds) {
        return with_columns(LogicalPlan::Join(node), &columns);
    }
    let mut conditions: Vec<Expr> = vec![];
    for (left, right) in node.on {
        conditions.push(compare(left, right, node.null_equality));
    }
    conditions.extend(node.filter.into_iter().flat_map(split_conjunction_owned));
    let (left, right) = (Arc::unwrap_or_clone(node.left), Arc::unwrap_or_clone(node.right));
    if node.join_type == JoinType::Inner {
        let (with, without): (Vec<_>, Vec<_>) = conditions.into_iter().partition(holds_subquery);
        let joined = Arc::new(join(left, right, JoinType::Inner, without)?);
        let predicate = conjunction(with);
        let joined = match predicate {
            Some(predicate) => resolve_filter(Filter::try_new(predicate, joined)?, names)?,
            None => Arc::unwrap_or_clone(joined),
        };
        return with_columns(joined, &columns);
    }
    // An outer join decides for pairs of rows: each sub-query must be about one side of them.
    let mut left = outer(Arc::new(left), Place::Elsewhere, names);
    let mut right = outer(Arc::new(right), Place::Elsewhere, names);
    let mut replaced = vec![];
    for condition in conditions {
        let resolved = condition.transform_down(|expr| {
            let Some(subquery) = subquery_of(&expr) else { return Ok(Transformed::no(expr)) };
            let mut about = references(&subquery.subquery)?;
            about.extend(expr.column_refs().into_iter().cloned());
            let of_left = bound(&about, left.input.schema());
            let of_right = bound(&about, right.input.schema());
            let expr = match (of_left.is_empty(), of_right.is_empty()) {
                (_, true) => left.replace(expr)?,
                (true, false) => right.replace(expr)?,
                (false, false) => {
                    return not_impl_err!(
                        "a sub-query in the ON of an outer join that refers to both of its sides"
                    );
                }
            };
            Ok(Transformed::yes(expr))
        });
        replaced.push(resolved.data()?);
    }
    with_columns(join(left.input, right.input, node.join_type, replaced)?, &columns)
}

fn is_lateral(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Subquery(_) => true,
        LogicalPlan::SubqueryAlias(node) => is_lateral(&node.input),
        _ => false,
    }
}

/// A join whose right side is run for each row of the left one.
fn resolve_lateral(node: Join, names: &Names) -> Result<Join> {
    if !matches!(node.join_type, JoinType::Inner | JoinType::Left) {
        return not_impl_err!("LATERAL on the right side of a {} join", node.join_type);
    }
    let right = Arc::unwrap_or_clone(node.right);
    refuse_outer_aggregates(&right)?;
    let outer: Vec<Column> = bound(&references(&right)?, node.left.schema());
    let mut conditions = vec![];
    let right = match outer.is_empty() {
        // What it refers to, if anything, is a level further out.
        true => without_boundary(right)?,
        false => {
            let domain = Domain::new(&node.left, outer, names)?;
            conditions.extend(domain.matches());
            unnest(right, &domain, names)?
        }
    };
    for (left, right) in node.on {
        conditions.push(compare(left, right, node.null_equality));
    }
    conditions.extend(node.filter);
    Join::try_new(
        node.left,
        Arc::new(right),
        vec![],
        conjunction(conditions),
        node.join_type,
        JoinConstraint::On,
        NullEquality::NullEqualsNothing,
        false,
    )
}

fn without_boundary(plan: LogicalPlan) -> Result<LogicalPlan> {
    match plan {
        LogicalPlan::Subquery(node) => Ok(Arc::unwrap_or_clone(node.subquery)),
        LogicalPlan::SubqueryAlias(node) => {
            let input = without_boundary(Arc::unwrap_or_clone(node.input))?;
            Ok(LogicalPlan::SubqueryAlias(SubqueryAlias::try_new(Arc::new(input), node.alias)?))
        }
        other => Ok(other),
    }
}
