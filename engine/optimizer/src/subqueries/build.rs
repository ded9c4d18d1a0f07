//! Plan nodes over expressions that are already resolved.
//!
//! DataFusion's builder resolves names once more, which trips over names that two levels share.

use std::sync::Arc;

use datafusion::common::{Column, JoinType, NullEquality, Result};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{
    Expr, Filter, Join, JoinConstraint, LogicalPlan, Projection, SubqueryAlias, lit,
};

pub(super) fn project(input: LogicalPlan, exprs: Vec<Expr>) -> Result<LogicalPlan> {
    Ok(LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(input))?))
}

pub(super) fn filter(input: LogicalPlan, predicates: Vec<Expr>) -> Result<LogicalPlan> {
    match conjunction(predicates) {
        Some(predicate) => Ok(LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(input))?)),
        None => Ok(input),
    }
}

/// A join on a conjunction, in which NULL equals nothing.
pub(super) fn join(
    left: LogicalPlan,
    right: LogicalPlan,
    join_type: JoinType,
    conditions: Vec<Expr>,
) -> Result<LogicalPlan> {
    // An inner join may be a cross join; the others want a condition.
    let condition = match (conjunction(conditions), join_type) {
        (None, JoinType::Inner) => None,
        (condition, _) => Some(condition.unwrap_or_else(|| lit(true))),
    };
    Ok(LogicalPlan::Join(Join::try_new(
        Arc::new(left),
        Arc::new(right),
        vec![],
        condition,
        join_type,
        JoinConstraint::On,
        NullEquality::NullEqualsNothing,
        false,
    )?))
}

pub(super) fn alias(input: LogicalPlan, name: &str) -> Result<LogicalPlan> {
    Ok(LogicalPlan::SubqueryAlias(SubqueryAlias::try_new(Arc::new(input), name)?))
}

/// `plan` with exactly these columns, in this order.
pub(super) fn with_columns(plan: LogicalPlan, columns: &[Column]) -> Result<LogicalPlan> {
    match plan.schema().columns() == columns {
        true => Ok(plan),
        false => project(plan, columns.iter().cloned().map(Expr::Column).collect()),
    }
}
