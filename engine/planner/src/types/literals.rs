//! Sums, differences and products of written numbers are exact: `0.1 + 0.2` is `0.3`.
//!
//! A number with a point is a DOUBLE, since DataFusion makes DECIMAL of every DOUBLE that meets one. So
//! that constants mean what they say all the same, arithmetic between them is done in decimals here.

use std::sync::Arc;

use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{Expr, lit};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use crate::SessionObjects;

/// The planner of the operators.
#[derive(Debug)]
pub(crate) struct ExactLiterals {
    pub(crate) objects: Arc<SessionObjects>,
}

impl ExprPlanner for ExactLiterals {
    fn plan_binary_op(
        &self,
        expr: RawBinaryExpr,
        _schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        if self.objects.semantics.is_datafusion() {
            return Ok(PlannerResult::Original(expr));
        }
        let value = match (written(&expr.left), written(&expr.right)) {
            (Some(left), Some(right)) => compute(&expr.op, left, right),
            _ => None,
        };
        Ok(match value {
            Some(value) => PlannerResult::Planned(lit(value)),
            None => PlannerResult::Original(expr),
        })
    }
}

fn written(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::Literal(ScalarValue::Float64(Some(value)), _) => Some(*value),
        _ => None,
    }
}

/// The result in decimals, where it can be had exactly.
fn compute(op: &BinaryOperator, left: f64, right: f64) -> Option<f64> {
    let (left, right) = (decimal(left)?, decimal(right)?);
    let scale = left.1.max(right.1);
    let scaled = |(digits, own): (i128, u32)| digits.checked_mul(10_i128.checked_pow(scale - own)?);
    let (digits, scale) = match op {
        BinaryOperator::Plus => (scaled(left)?.checked_add(scaled(right)?)?, scale),
        BinaryOperator::Minus => (scaled(left)?.checked_sub(scaled(right)?)?, scale),
        BinaryOperator::Multiply => (left.0.checked_mul(right.0)?, left.1 + right.1),
        _ => return None,
    };
    format!("{digits}e-{scale}").parse().ok()
}

/// The shortest decimal that is read as the number: its digits, and how many stand behind the point.
fn decimal(value: f64) -> Option<(i128, u32)> {
    let text = value.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    Some((format!("{whole}{fraction}").parse().ok()?, fraction.len() as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_add_up_as_they_are_written() {
        assert_eq!(compute(&BinaryOperator::Plus, 0.1, 0.2), Some(0.3));
        assert_eq!(compute(&BinaryOperator::Minus, 0.06, 0.01), Some(0.05));
        assert_eq!(compute(&BinaryOperator::Multiply, 1.1, 1.1), Some(1.21));
        assert_eq!(compute(&BinaryOperator::Plus, 1e300, 1.0), None);
        assert_eq!(compute(&BinaryOperator::Divide, 1.0, 3.0), None);
    }
}
