//! A condition without columns stays above an aggregate that answers with a row of no rows.
//!
//! DataFusion's rule pushes a condition below an aggregate where all its columns are grouped by, which
//! is so of a condition that has none. An aggregate without groups, or with the empty grouping set,
//! then gets no rows and answers with one all the same. Such a condition is what becomes of
//! `NULL > ANY (SELECT max(x) …)`, and of one that only turns out to be false once it is simplified.

use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan};
use datafusion::optimizer::push_down_filter::PushDownFilter;
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

/// DataFusion's rule, which it takes the place of, but for those aggregates.
#[derive(Debug, Default)]
pub(crate) struct PushDownFilterOverRows {
    theirs: PushDownFilter,
}

impl OptimizerRule for PushDownFilterOverRows {
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
            _ => self.theirs.rewrite(plan, config),
        }
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
