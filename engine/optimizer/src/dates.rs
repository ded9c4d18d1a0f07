//! A date compared with a moment that is known is compared with a date.
//!
//! `d <= DATE '1998-12-01' - INTERVAL '90 days'` compares moments, since a date and an interval make one.
//! Written with a date on both sides it can prune what is read, and costs no conversion of a column.

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, ExprSchemable, LogicalPlan, Operator, lit};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

use crate::arithmetic::input_schema;

/// The rule.
#[derive(Debug, Default)]
pub(crate) struct PlainDates;

impl OptimizerRule for PlainDates {
    fn name(&self) -> &str {
        "plain_dates"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _config: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        // Most nodes have no such cast, and building a schema costs more than looking.
        let mut found = false;
        plan.apply_expressions(|expr| {
            found |= expr.exists(|expr| Ok(as_moment(expr).is_some()))?;
            Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })?;
        if !found {
            return Ok(Transformed::no(plan));
        }
        let schema = input_schema(&plan)?;
        let names = NamePreserver::new(&plan);
        plan.map_expressions(|expr| {
            let name = names.save(&expr);
            let changed = expr.transform_up(|expr| Ok(plain(expr, &schema)))?;
            Ok(match changed.transformed {
                true => changed.update_data(|expr| name.restore(expr)),
                false => changed,
            })
        })
    }
}

fn plain(expr: Expr, schema: &DFSchema) -> Transformed<Expr> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = expr else {
        return Transformed::no(expr);
    };
    let found = match (date(&left, schema), moment(&right)) {
        (Some(date), Some(micros)) => against(date.clone(), op, micros),
        _ => match (date(&right, schema), moment(&left), op.swap()) {
            (Some(date), Some(micros), Some(op)) => against(date.clone(), op, micros),
            _ => None,
        },
    };
    match found {
        Some(expr) => Transformed::yes(expr),
        None => Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right })),
    }
}

/// The date that becomes a moment of microseconds.
fn date<'a>(expr: &'a Expr, schema: &DFSchema) -> Option<&'a Expr> {
    as_moment(expr).filter(|inner| matches!(inner.get_type(schema), Ok(DataType::Date32)))
}

fn as_moment(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::Cast(Cast { expr, field })
            if field.data_type() == &DataType::Timestamp(TimeUnit::Microsecond, None) =>
        {
            Some(expr)
        }
        _ => None,
    }
}

fn moment(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Literal(ScalarValue::TimestampMicrosecond(micros, None), _) => *micros,
        _ => None,
    }
}

fn against(date: Expr, op: Operator, micros: i64) -> Option<Expr> {
    const DAY: i64 = 86_400_000_000;
    let days = i32::try_from(micros.div_euclid(DAY)).ok()?;
    let is_midnight = micros.rem_euclid(DAY) == 0;
    let op = match (op, is_midnight) {
        (
            Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq,
            true,
        ) => op,
        // A date before noon of a day is that day or one before.
        (Operator::Lt | Operator::LtEq, false) => Operator::LtEq,
        (Operator::Gt | Operator::GtEq, false) => Operator::Gt,
        _ => return None,
    };
    let day = lit(ScalarValue::Date32(Some(days)));
    Some(Expr::BinaryExpr(BinaryExpr { left: Box::new(date), op, right: Box::new(day) }))
}
