//! Syntax that stands for functions of ours: operators, parts of dates, arguments left out.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::Result;
use datafusion::functions_nested::concat::array_concat;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::planner::{
    ExprPlanner, PlannerResult, RawAggregateExpr, RawBinaryExpr,
};
use datafusion::logical_expr::{Expr, ExprSchemable, ScalarUDF, lit, when};
use datafusion::sql::sqlparser::ast::BinaryOperator;
use extension::Error;

use crate::{aggregates, dates, json, strings};

/// Plans what needs our functions, and leaves the rest to DataFusion.
#[derive(Debug)]
pub(crate) struct FunctionPlanner {
    json_extract: Arc<ScalarUDF>,
    json_extract_string: Arc<ScalarUDF>,
    date_part: Arc<ScalarUDF>,
    starts_with: Arc<ScalarUDF>,
    substring: Arc<ScalarUDF>,
}

impl FunctionPlanner {
    pub(crate) fn new() -> Self {
        Self {
            json_extract: json::JSON_EXTRACT.tagged_udf("json", Some("JSON")),
            json_extract_string: json::JSON_EXTRACT_STRING.udf("json"),
            date_part: dates::DATE_PART.udf("dates"),
            starts_with: datafusion::functions::string::starts_with(),
            substring: strings::SUBSTRING.udf("strings"),
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
    /// `json -> path`, `json ->> path`, `text ^@ start` and `list || list`.
    fn plan_binary_op(
        &self,
        expr: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        let function = match expr.op {
            BinaryOperator::StringConcat => return concatenated(expr, schema),
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

    /// `substring(text FROM start FOR length)`.
    fn plan_substring(&self, args: Vec<Expr>) -> Result<PlannerResult<Vec<Expr>>> {
        Ok(PlannerResult::Planned(self.substring.call(args)))
    }

    /// `string_agg(x)` puts commas between the texts, `max(x, n)` is another function than `max(x)`, and
    /// the order of a quantile says from which end it counts.
    fn plan_aggregate(
        &self,
        mut expr: RawAggregateExpr,
    ) -> Result<PlannerResult<RawAggregateExpr>> {
        if matches!(expr.func.name(), "string_agg" | "group_concat") && expr.args.len() == 1 {
            expr.args.push(lit(","));
        }
        if let Some(many) = aggregates::of_many(expr.func.name(), expr.args.len()) {
            let RawAggregateExpr { args, distinct, filter, order_by, null_treatment, .. } = expr;
            let many = many.udf("aggregates");
            return Ok(PlannerResult::Planned(Expr::AggregateFunction(
                AggregateFunction::new_udf(many, args, distinct, filter, order_by, null_treatment),
            )));
        }
        if matches!(expr.func.name(), "quantile_cont" | "quantile_disc") {
            count_from_the_order(&mut expr)?;
        }
        Ok(PlannerResult::Original(expr))
    }
}

/// `list || list` is NULL if either is, other than `list_concat`.
fn concatenated(expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
    let (left, right) = (expr.left.get_type(schema)?, expr.right.get_type(schema)?);
    let of_list = match (&left, &right) {
        (DataType::Null, DataType::Null) => DataType::Utf8View,
        (DataType::Null, list) | (list, DataType::Null) if list.is_list() => list.clone(),
        (left, right) if left.is_list() && right.is_list() => {
            let RawBinaryExpr { left, right, .. } = expr;
            let mut given = vec![];
            for side in [&left, &right] {
                if side.nullable(schema)? {
                    given.push(side.clone().is_not_null());
                }
            }
            let both = array_concat(vec![left, right]);
            let planned = match given.into_iter().reduce(Expr::and) {
                Some(given) => when(given, both).end()?,
                None => both,
            };
            return Ok(PlannerResult::Planned(planned));
        }
        _ => return Ok(PlannerResult::Original(expr)),
    };
    Ok(PlannerResult::Planned(lit(ScalarValue::try_new_null(&of_list)?)))
}

/// `quantile_cont(x, 0.25 ORDER BY x DESC)` counts from the greatest, as a negative fraction does.
fn count_from_the_order(quantile: &mut RawAggregateExpr) -> extension::Result<()> {
    let function = quantile.func.name();
    let order = match quantile.order_by.as_slice() {
        [] => return Ok(()),
        [order] => order.clone(),
        _ => return Err(Error::unsupported(format!("{function} has one value to order by"))),
    };
    if quantile.args.len() == 1 {
        quantile.args.insert(0, order.expr.clone());
    }
    if quantile.args.first() != Some(&order.expr) {
        return Err(Error::unsupported(format!("{function} is ordered by its own value alone")));
    }
    if !order.asc {
        let fraction = match quantile.args.get(1) {
            Some(Expr::Literal(fraction, _)) => fraction.cast_to(&DataType::Float64)?,
            _ => ScalarValue::Null,
        };
        let ScalarValue::Float64(Some(fraction)) = fraction else {
            return Err(Error::unsupported(format!(
                "{function} takes one constant fraction with ORDER BY … DESC"
            )));
        };
        quantile.args[1] = lit(-fraction);
    }
    quantile.order_by.clear();
    Ok(())
}
