//! Division as in DuckDB: `/` of whole numbers or decimals is a DOUBLE, `//` of whole numbers is whole.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, Operator, binary_expr, cast};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use crate::SessionObjects;

/// The planner of the operators.
#[derive(Debug)]
pub(crate) struct Division {
    pub(crate) objects: Arc<SessionObjects>,
}

impl ExprPlanner for Division {
    fn plan_binary_op(
        &self,
        expr: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        let semantics = &self.objects.semantics;
        let whole = matches!(expr.op, BinaryOperator::DuckIntegerDivide);
        if semantics.is_datafusion() || !whole && !matches!(expr.op, BinaryOperator::Divide) {
            return Ok(PlannerResult::Original(expr));
        }
        // A parameter has no type yet.
        let (Ok(left), Ok(right)) = (expr.left.get_type(schema), expr.right.get_type(schema))
        else {
            return Ok(PlannerResult::Original(expr));
        };
        let both_whole = left.is_integer() && right.is_integer();
        let exact = |data_type: &DataType| data_type.is_integer() || data_type.is_decimal();
        let RawBinaryExpr { op, left: dividend, right: divisor } = expr;
        if whole {
            let quotient = binary_expr(dividend, Operator::Divide, divisor);
            return Ok(PlannerResult::Planned(match both_whole {
                true => quotient,
                false => datafusion::functions::expr_fn::trunc(vec![quotient]),
            }));
        }
        let to_double = match both_whole {
            true => !semantics.integer_division(),
            false => exact(&left) && exact(&right),
        };
        if !to_double {
            return Ok(PlannerResult::Original(RawBinaryExpr {
                op,
                left: dividend,
                right: divisor,
            }));
        }
        let double = |expr: Expr| cast(expr, DataType::Float64);
        Ok(PlannerResult::Planned(binary_expr(double(dividend), Operator::Divide, double(divisor))))
    }
}
