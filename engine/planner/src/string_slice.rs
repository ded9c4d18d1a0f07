//! `s[1]`, `s[2:4]` and `s[-3:]` of texts, by the rules of lists: places count from 1, and negative ones from
//! the end.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::error::Result as DataFusionResult;
use datafusion::functions::unicode::expr_fn::{character_length, substring};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawFieldAccessExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, GetFieldAccess, cast, lit, when};
use datafusion::scalar::ScalarValue;
use extension::Error;

/// Plans places in texts. It comes before DataFusion's own planner, which takes all values for lists.
#[derive(Debug)]
pub(crate) struct StringSlices;

impl ExprPlanner for StringSlices {
    fn plan_field_access(
        &self,
        access: RawFieldAccessExpr,
        schema: &DFSchema,
    ) -> DataFusionResult<PlannerResult<RawFieldAccessExpr>> {
        if !access.expr.get_type(schema).is_ok_and(|data_type| data_type.is_string()) {
            return Ok(PlannerResult::Original(access));
        }
        let text = access.expr.clone();
        let planned = match &access.field_access {
            GetFieldAccess::ListIndex { key } => {
                let place = from_start(&text, key)?;
                // No character stands before the first: `s[0]` is empty, and that of NULL is NULL.
                let nothing = substring(text.clone(), lit(1_i64), lit(0_i64));
                when(place.clone().lt(lit(1_i64)), nothing).otherwise(substring(
                    text,
                    place,
                    lit(1_i64),
                ))?
            }
            GetFieldAccess::ListRange { start, stop, stride } => {
                if !matches!(stride.as_ref(), Expr::Literal(ScalarValue::Int64(Some(1)), _)) {
                    return Err(Error::unsupported("a slice of a text has no step").into());
                }
                let first = from_start(&text, start)?;
                let first = when(first.clone().lt(lit(1_i64)), lit(1_i64)).otherwise(first)?;
                let last = from_start(&text, stop)?;
                let length = last - first.clone() + lit(1_i64);
                let length = when(length.clone().lt(lit(0_i64)), lit(0_i64)).otherwise(length)?;
                substring(text, first, length)
            }
            GetFieldAccess::NamedStructField { .. } => {
                return Ok(PlannerResult::Original(access));
            }
        };
        Ok(PlannerResult::Planned(planned))
    }
}

/// A place counted from the start of the text.
fn from_start(text: &Expr, place: &Expr) -> DataFusionResult<Expr> {
    let place = cast(place.clone(), DataType::Int64);
    let length = cast(character_length(text.clone()), DataType::Int64);
    when(place.clone().lt(lit(0_i64)), length + place.clone() + lit(1_i64)).otherwise(place)
}
