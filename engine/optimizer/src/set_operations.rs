//! `INTERSECT ALL` and `EXCEPT ALL` count rows.
//!
//! DataFusion plans both as semi and anti joins over all columns, in which one row on the right is
//! enough for, or against, any number of equal rows on the left. Here the equal rows of each side are
//! numbered first, and the join is on the number as well: the n-th of the left side meets the n-th of
//! the right. Joins of this form come from set operations alone; those without ALL have a DISTINCT on
//! the left, for which counting changes nothing.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::common::{Column, JoinType, NullEquality, Result};
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::{
    Distinct, Expr, ExprFunctionExt, Join, JoinConstraint, LogicalPlan, Projection, Window,
};
use datafusion::optimizer::AnalyzerRule;

/// The name of the number that rows get.
const NUMBER: &str = "__set_operation_row";

/// Makes the set operations with ALL count.
#[derive(Debug, Default)]
pub(crate) struct CountedSetOperations;

impl AnalyzerRule for CountedSetOperations {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(|node| match node {
            LogicalPlan::Join(join) if is_counted(&join) => count(join).map(Transformed::yes),
            other => Ok(Transformed::no(other)),
        })
        .data()
    }

    fn name(&self) -> &str {
        "counted_set_operations"
    }
}

fn is_counted(join: &Join) -> bool {
    let width = join.left.schema().fields().len();
    matches!(join.join_type, JoinType::LeftSemi | JoinType::LeftAnti)
        && join.null_equality == NullEquality::NullEqualsNull
        && join.filter.is_none()
        && join.on.len() == width
        && join.right.schema().fields().len() == width
        && !is_distinct(&join.left)
}

fn is_distinct(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Distinct(Distinct::All(_)) => true,
        LogicalPlan::SubqueryAlias(node) => is_distinct(&node.input),
        _ => false,
    }
}

fn count(join: Join) -> Result<LogicalPlan> {
    let Join { left, right, mut on, join_type, .. } = join;
    let columns: Vec<Expr> = left.schema().columns().into_iter().map(Expr::Column).collect();
    let keys: (Vec<Expr>, Vec<Expr>) = on.iter().cloned().unzip();
    let (left_number, right_number) = (format!("{NUMBER}_left"), format!("{NUMBER}_right"));
    let left = numbered(left, keys.0, &left_number)?;
    let right = numbered(right, keys.1, &right_number)?;
    let number = |name: String| Expr::Column(Column::new_unqualified(name));
    on.push((number(left_number), number(right_number)));
    let joined = Join::try_new(
        Arc::new(left),
        Arc::new(right),
        on,
        None,
        join_type,
        JoinConstraint::On,
        NullEquality::NullEqualsNull,
        false,
    )?;
    let joined = Arc::new(LogicalPlan::Join(joined));
    Ok(LogicalPlan::Projection(Projection::try_new(columns, joined)?))
}

fn numbered(plan: Arc<LogicalPlan>, keys: Vec<Expr>, name: &str) -> Result<LogicalPlan> {
    let number = row_number().partition_by(keys).build()?.alias(name);
    Ok(LogicalPlan::Window(Window::try_new(vec![number], plan)?))
}
