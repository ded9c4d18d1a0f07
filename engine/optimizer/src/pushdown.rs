//! DataFusion's rule that pushes filters down, without two mistakes of it.
//!
//! A condition without columns stays above an aggregate that answers with a row of no rows.
//! DataFusion's rule pushes a condition below an aggregate where all its columns are grouped by, which
//! is so of a condition that has none. An aggregate without groups, or with the empty grouping set,
//! then gets no rows and answers with one all the same. Such a condition is what becomes of
//! `NULL > ANY (SELECT max(x) …)`, and of one that only turns out to be false once it is simplified.
//!
//! A constant stands on the right of a comparison before the conditions on a column are made fewer. Their
//! rule takes `i = 5 AND 5 = i` for never true, and `i >= 5 AND 5 < i` for `i >= 5`.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::logical_expr::{Aggregate, BinaryExpr, Expr, LogicalPlan, Operator};
use datafusion::optimizer::push_down_filter::PushDownFilter;
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

/// DataFusion's rule, which it takes the place of, but for those aggregates.
#[derive(Debug, Default)]
pub(crate) struct PushDownFilters {
    theirs: PushDownFilter,
}

impl OptimizerRule for PushDownFilters {
    fn name(&self) -> &str {
        self.theirs.name()
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        self.theirs.apply_order()
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        config: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        // The grouped columns of grouping sets are no columns that their rule would push either.
        match below_filters(&plan) {
            Some(aggregate) if answers_without_rows(aggregate) => Ok(Transformed::no(plan)),
            _ => self.theirs.rewrite(constants_last(plan)?, config),
        }
    }
}

/// The plan with the constants of its topmost filters on the right.
fn constants_last(plan: LogicalPlan) -> Result<LogicalPlan> {
    let LogicalPlan::Filter(mut filter) = plan else { return Ok(plan) };
    filter.predicate = filter.predicate.transform_up(|expr| Ok(constant_last(expr))).data()?;
    if matches!(filter.input.as_ref(), LogicalPlan::Filter(_)) {
        filter.input = Arc::new(constants_last(Arc::unwrap_or_clone(filter.input))?);
    }
    Ok(LogicalPlan::Filter(filter))
}

fn constant_last(expr: Expr) -> Transformed<Expr> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right })
            if matches!(left.as_ref(), Expr::Literal(..))
                && !matches!(right.as_ref(), Expr::Literal(..)) =>
        {
            let swapped = match op {
                Operator::Eq | Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq => {
                    op.swap()
                }
                _ => None,
            };
            match swapped {
                Some(op) => {
                    let (left, right) = (right, left);
                    Transformed::yes(Expr::BinaryExpr(BinaryExpr { left, op, right }))
                }
                None => Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right })),
            }
        }
        other => Transformed::no(other),
    }
}

/// The aggregate below one or more filters; their rule joins filters before it pushes them.
fn below_filters(plan: &LogicalPlan) -> Option<&Aggregate> {
    let LogicalPlan::Filter(filter) = plan else { return None };
    match filter.input.as_ref() {
        LogicalPlan::Aggregate(aggregate) => Some(aggregate),
        input => below_filters(input),
    }
}

fn answers_without_rows(aggregate: &Aggregate) -> bool {
    let grouping_set = |expr: &Expr| matches!(expr, Expr::GroupingSet(_));
    aggregate.group_expr.is_empty() || aggregate.group_expr.iter().any(grouping_set)
}
