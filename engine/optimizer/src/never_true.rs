//! A condition that is never true leaves no rows.
//!
//! It takes the place of DataFusion's rule of the same name, which looks at whole conditions only.
//! What is left, `a IS NULL AND NULL`, is torn apart later; the part without columns moves below an
//! aggregate without groups, which answers with a row even where it gets none.

use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::utils::{conjunction, split_conjunction, split_conjunction_owned};
use datafusion::logical_expr::{EmptyRelation, Expr, Filter, LogicalPlan};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

/// Removes filters that are always or never true.
#[derive(Debug, Default)]
pub(crate) struct NeverTrue;

impl OptimizerRule for NeverTrue {
    fn name(&self) -> &str {
        "eliminate_filter"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _config: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Filter(filter) = plan else { return Ok(Transformed::no(plan)) };
        let conjuncts = split_conjunction(&filter.predicate);
        if conjuncts.iter().any(|conjunct| is_never_true(conjunct)) {
            return Ok(Transformed::yes(LogicalPlan::EmptyRelation(EmptyRelation {
                produce_one_row: false,
                schema: Arc::clone(filter.input.schema()),
            })));
        }
        if !conjuncts.iter().any(|conjunct| is_true(conjunct)) {
            return Ok(Transformed::no(LogicalPlan::Filter(filter)));
        }
        let left = split_conjunction_owned(filter.predicate);
        let left = conjunction(left.into_iter().filter(|conjunct| !is_true(conjunct)));
        Ok(Transformed::yes(match left {
            Some(predicate) => LogicalPlan::Filter(Filter::try_new(predicate, filter.input)?),
            None => Arc::unwrap_or_clone(filter.input),
        }))
    }
}

fn is_true(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(ScalarValue::Boolean(Some(true)), _))
}

fn is_never_true(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(ScalarValue::Boolean(Some(truth)), _) => !truth,
        Expr::Literal(value, _) => value.is_null(),
        _ => false,
    }
}
