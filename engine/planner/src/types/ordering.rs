//! Values of an ENUM are ordered as their type lists them, and not by their letters.
//!
//! They are texts underneath. So sorting and comparing is done on their places in the list, also within
//! aggregates and windows, and what would compare the texts otherwise is refused.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result as DataFusionResult, ScalarValue, internal_err};
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::logical_expr::expr::{AggregateFunction, NullTreatment};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable, LogicalPlan, Operator, ScalarFunctionArgs,
    ScalarUDF, ScalarUDFImpl, Signature, SortExpr, Volatility,
};
use extension::{Error, SQL_TYPE_KEY};

use super::casts::members;

/// Rewrites what orders values of an ENUM in the expressions of a plan.
pub(super) fn rewrite_plan(
    plan: LogicalPlan,
    schema: &DFSchema,
) -> DataFusionResult<Transformed<LogicalPlan>> {
    let is_sort = matches!(plan, LogicalPlan::Sort(_));
    let names = NamePreserver::new(&plan);
    plan.map_expressions(|expr| {
        let name = names.save(&expr);
        let compared = expr.transform_up(|expr| compare(expr, schema))?;
        let compared = match compared.transformed {
            true => compared.update_data(|expr| name.restore(expr)),
            false => compared,
        };
        match (is_sort, enumeration(&compared.data, schema)) {
            (true, Some(members)) => {
                let place = place_in(members).call(vec![compared.data]);
                Ok(Transformed::yes(place))
            }
            _ => Ok(compared),
        }
    })
}

fn compare(expr: Expr, schema: &DFSchema) -> DataFusionResult<Transformed<Expr>> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right })
            if matches!(op, Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq) =>
        {
            let members = enumeration(&left, schema).or_else(|| enumeration(&right, schema));
            Ok(match members {
                Some(members) => {
                    let place = |expr: Expr| place_in(members.clone()).call(vec![expr]);
                    let (left, right) = (Box::new(place(*left)), Box::new(place(*right)));
                    Transformed::yes(Expr::BinaryExpr(BinaryExpr { left, op, right }))
                }
                None => Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right })),
            })
        }
        // The least value is the first one by its place.
        Expr::AggregateFunction(AggregateFunction { func, mut params })
            if matches!(func.name(), "min" | "max")
                && params.args.first().is_some_and(|arg| enumeration(arg, schema).is_some()) =>
        {
            let order = params.args[0].clone().sort(func.name() == "min", false);
            params.order_by = by_place(vec![order], schema);
            params.distinct = false;
            params.null_treatment = Some(NullTreatment::IgnoreNulls);
            let func = first_value_udaf();
            Ok(Transformed::yes(Expr::AggregateFunction(AggregateFunction { func, params })))
        }
        Expr::AggregateFunction(mut call) if any_enumeration(&call.params.order_by, schema) => {
            call.params.order_by = by_place(call.params.order_by, schema);
            Ok(Transformed::yes(Expr::AggregateFunction(call)))
        }
        Expr::WindowFunction(mut call) => {
            if matches!(call.fun.name(), "min" | "max")
                && call.params.args.first().is_some_and(|arg| enumeration(arg, schema).is_some())
            {
                return Err(Error::unsupported(format!(
                    "{} of an ENUM is not supported over a window",
                    call.fun.name()
                ))
                .with_hint("cast it to VARCHAR to order it by its letters")
                .into());
            }
            if !any_enumeration(&call.params.order_by, schema) {
                return Ok(Transformed::no(Expr::WindowFunction(call)));
            }
            call.params.order_by = by_place(call.params.order_by, schema);
            Ok(Transformed::yes(Expr::WindowFunction(call)))
        }
        other => Ok(Transformed::no(other)),
    }
}

fn any_enumeration(order: &[SortExpr], schema: &DFSchema) -> bool {
    order.iter().any(|sort| enumeration(&sort.expr, schema).is_some())
}

/// The order by the places of values.
fn by_place(order: Vec<SortExpr>, schema: &DFSchema) -> Vec<SortExpr> {
    let by_place = |sort: SortExpr| match enumeration(&sort.expr, schema) {
        Some(members) => SortExpr { expr: place_in(members).call(vec![sort.expr]), ..sort },
        None => sort,
    };
    order.into_iter().map(by_place).collect()
}

/// The values of an expression's type, if it is an ENUM.
fn enumeration(expr: &Expr, schema: &DFSchema) -> Option<Vec<String>> {
    let (_, field) = expr.to_field(schema).ok()?;
    let name = field.metadata().get(SQL_TYPE_KEY)?;
    name.starts_with("ENUM(").then(|| members(name))
}

/// The function from a value to its place.
fn place_in(members: Vec<String>) -> ScalarUDF {
    ScalarUDF::from(Place { members, signature: Signature::any(1, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq)]
struct Place {
    members: Vec<String>,
    signature: Signature,
}

impl Hash for Place {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.members.hash(state);
    }
}

impl ScalarUDFImpl for Place {
    fn name(&self) -> &str {
        "enum_place"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> DataFusionResult<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let [value] = arguments.args.as_slice() else {
            return internal_err!("the place of a value takes one argument");
        };
        let is_scalar = matches!(value, ColumnarValue::Scalar(_));
        let values = value.to_array(if is_scalar { 1 } else { arguments.number_rows })?;
        let texts = cast(&values, &DataType::Utf8)?;
        let place = |text: &str| -> DataFusionResult<i64> {
            let found = self.members.iter().position(|member| member == text);
            found.map(|place| place as i64).ok_or_else(|| {
                Error::invalid_data(format!("'{text}' is no value of the ENUM")).into()
            })
        };
        let places = texts
            .as_string::<i32>()
            .iter()
            .map(|text| text.map(place).transpose())
            .collect::<DataFusionResult<Int64Array>>()?;
        Ok(match is_scalar {
            true => ColumnarValue::Scalar(ScalarValue::try_from_array(&places, 0)?),
            false => ColumnarValue::Array(Arc::new(places) as ArrayRef),
        })
    }
}
