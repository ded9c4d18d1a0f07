//! Syntax that stands for functions of ours: operators, parts of dates, arguments left out.

use std::sync::Arc;

use datafusion::common::DFSchema;
use datafusion::error::Result;
use datafusion::logical_expr::planner::{
    ExprPlanner, PlannerResult, RawAggregateExpr, RawBinaryExpr,
};
use datafusion::logical_expr::{Expr, ScalarUDF, lit};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use crate::{dates, json};

/// Plans what needs our functions, and leaves the rest to DataFusion.
#[derive(Debug)]
pub(crate) struct FunctionPlanner {
    json_extract: Arc<ScalarUDF>,
    json_extract_string: Arc<ScalarUDF>,
    date_part: Arc<ScalarUDF>,
    starts_with: Arc<ScalarUDF>,
}

impl FunctionPlanner {
    pub(crate) fn new() -> Self {
        Self {
            json_extract: json::JSON_EXTRACT.udf("json"),
            json_extract_string: json::JSON_EXTRACT_STRING.udf("json"),
            date_part: dates::DATE_PART.udf("dates"),
            starts_with: datafusion::functions::string::starts_with(),
        }
    }
}

/// The parts that DataFusion reads itself, and can turn into ranges of the column.
const THEIR_PARTS: &[&str] = &[
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "hour",
    "minute",
    "second",
    "millisecond",
    "microsecond",
    "nanosecond",
    "doy",
    "dow",
    "isodow",
    "isoyear",
    "epoch",
    "qtr",
    "years",
    "months",
    "weeks",
    "days",
    "hours",
    "minutes",
    "seconds",
    "milliseconds",
    "microseconds",
    "nanoseconds",
];

impl ExprPlanner for FunctionPlanner {
    /// `json -> path`, `json ->> path` and `text ^@ start`.
    fn plan_binary_op(
        &self,
        expr: RawBinaryExpr,
        _schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        let function = match expr.op {
            BinaryOperator::Arrow => &self.json_extract,
            BinaryOperator::LongArrow => &self.json_extract_string,
            BinaryOperator::PGStartsWith => &self.starts_with,
            _ => return Ok(PlannerResult::Original(expr)),
        };
        Ok(PlannerResult::Planned(function.call(vec![expr.left, expr.right])))
    }

    /// `EXTRACT(century FROM date)`.
    fn plan_extract(&self, args: Vec<Expr>) -> Result<PlannerResult<Vec<Expr>>> {
        let theirs = match args.first() {
            Some(Expr::Literal(part, _)) => part.try_as_str().flatten().is_none_or(|part| {
                let part = part.trim_matches(['\'', '"']).to_lowercase();
                THEIR_PARTS.contains(&part.as_str())
            }),
            _ => true,
        };
        match theirs {
            true => Ok(PlannerResult::Original(args)),
            false => Ok(PlannerResult::Planned(self.date_part.call(args))),
        }
    }

    /// `string_agg(x)` puts commas between the texts.
    fn plan_aggregate(
        &self,
        mut expr: RawAggregateExpr,
    ) -> Result<PlannerResult<RawAggregateExpr>> {
        if matches!(expr.func.name(), "string_agg" | "group_concat") && expr.args.len() == 1 {
            expr.args.push(lit(","));
        }
        Ok(PlannerResult::Original(expr))
    }
}
