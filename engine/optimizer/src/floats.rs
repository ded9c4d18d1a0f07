//! Zero is zero and NaN is NaN, whatever their signs, wherever DataFusion goes by the bits of floats.
//!
//! `=`, `<`, joins and groups take `0.0` and `-0.0` for equal; sorting, ranks, DISTINCT aggregates, `CASE x
//! WHEN` and `nullif` do not. There the values lose their signs first. A NaN that a division makes has
//! another sign than a written one and would be less than all numbers; it loses it at once.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Float32Type, Float64Type};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result, exec_err};
use datafusion::logical_expr::expr::{AggregateFunctionParams, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, LogicalPlan, Operator, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, SortExpr, Volatility,
};
use datafusion::optimizer::AnalyzerRule;

use crate::arithmetic::input_schema;

/// The rule.
#[derive(Debug, Default)]
pub(crate) struct UnsignedZeros;

impl AnalyzerRule for UnsignedZeros {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(rewrite).data()
    }

    fn name(&self) -> &str {
        "unsigned_zeros"
    }
}

fn rewrite(node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let mut found = matches!(node, LogicalPlan::Sort(_));
    node.apply_expressions(|expr| {
        found = found || expr.exists(|expr| Ok(goes_by_bits(expr)))?;
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    if !found {
        return Ok(Transformed::no(node));
    }
    let schema = input_schema(&node)?;
    let names = NamePreserver::new(&node);
    let is_sort = matches!(node, LogicalPlan::Sort(_));
    node.map_expressions(|expr| {
        if is_sort && is_float(&expr, &schema) {
            return Ok(Transformed::yes(unsigned(expr)));
        }
        let name = names.save(&expr);
        let changed = expr.transform_up(|expr| Ok(without_signs(expr, &schema)))?;
        Ok(match changed.transformed {
            true => changed.update_data(|expr| name.restore(expr)),
            false => changed,
        })
    })
}

fn goes_by_bits(expr: &Expr) -> bool {
    match expr {
        Expr::AggregateFunction(call) => is_sorted_or_distinct(&call.params),
        Expr::WindowFunction(call) => {
            !call.params.order_by.is_empty() || !call.params.partition_by.is_empty()
        }
        Expr::Case(case) => case.expr.is_some(),
        Expr::ScalarFunction(call) if call.name() == "nullif" => true,
        other => is_quotient(other),
    }
}

/// Whether it makes NaN of a division by zero, or of the infinity that such a division gave.
fn is_quotient(expr: &Expr) -> bool {
    match expr {
        Expr::BinaryExpr(binary) => match binary.op {
            Operator::Divide | Operator::Modulo => true,
            Operator::Plus | Operator::Minus | Operator::Multiply => {
                let divides = |expr: &Expr| expr.exists(|expr| Ok(is_division(expr)));
                divides(binary.left.as_ref()).unwrap_or(true)
                    || divides(binary.right.as_ref()).unwrap_or(true)
            }
            _ => false,
        },
        Expr::ScalarFunction(call) => call.name() == "fmod",
        _ => false,
    }
}

fn is_division(expr: &Expr) -> bool {
    matches!(expr, Expr::BinaryExpr(binary)
        if matches!(binary.op, Operator::Divide | Operator::Modulo))
}

fn is_sorted_or_distinct(call: &AggregateFunctionParams) -> bool {
    call.distinct || !call.order_by.is_empty()
}

fn without_signs(expr: Expr, schema: &DFSchema) -> Transformed<Expr> {
    match expr {
        Expr::AggregateFunction(mut call) if is_sorted_or_distinct(&call.params) => {
            let ordered = call.params.order_by.iter().map(|key| &key.expr);
            if !call.params.args.iter().chain(ordered).any(|expr| is_float(expr, schema)) {
                return Transformed::no(Expr::AggregateFunction(call));
            }
            // An argument that is its own order, as `list(DISTINCT x ORDER BY x)` has it, stays so.
            if call.params.distinct {
                call.params.args = all(std::mem::take(&mut call.params.args), schema);
            }
            call.params.order_by = keys(std::mem::take(&mut call.params.order_by), schema);
            Transformed::yes(Expr::AggregateFunction(call))
        }
        Expr::WindowFunction(mut call) => {
            let ordered = call.params.order_by.iter().map(|key| &key.expr);
            if !call.params.partition_by.iter().chain(ordered).any(|expr| is_float(expr, schema)) {
                return Transformed::no(Expr::WindowFunction(call));
            }
            call.params.partition_by = all(std::mem::take(&mut call.params.partition_by), schema);
            call.params.order_by = keys(std::mem::take(&mut call.params.order_by), schema);
            Transformed::yes(Expr::WindowFunction(call))
        }
        Expr::Case(mut case) if case.expr.as_ref().is_some_and(|expr| is_float(expr, schema)) => {
            case.expr = case.expr.map(|expr| Box::new(unsigned(*expr)));
            for (when, _) in &mut case.when_then_expr {
                if is_float(when, schema) {
                    **when = unsigned(std::mem::take(when.as_mut()));
                }
            }
            Transformed::yes(Expr::Case(case))
        }
        Expr::ScalarFunction(ScalarFunction { func, args })
            if func.name() == "nullif" && args.iter().any(|expr| is_float(expr, schema)) =>
        {
            let args = all(args, schema);
            Transformed::yes(Expr::ScalarFunction(ScalarFunction { func, args }))
        }
        quotient if is_quotient(&quotient) && is_float(&quotient, schema) => {
            Transformed::yes(ScalarUDF::from(Unsigned::new(Of::Nan)).call(vec![quotient]))
        }
        other => Transformed::no(other),
    }
}

fn is_float(expr: &Expr, schema: &DFSchema) -> bool {
    matches!(expr.get_type(schema), Ok(DataType::Float32 | DataType::Float64))
}

fn all(exprs: Vec<Expr>, schema: &DFSchema) -> Vec<Expr> {
    let one = |expr: Expr| if is_float(&expr, schema) { unsigned(expr) } else { expr };
    exprs.into_iter().map(one).collect()
}

fn keys(sorts: Vec<SortExpr>, schema: &DFSchema) -> Vec<SortExpr> {
    let one = |sort: SortExpr| match is_float(&sort.expr, schema) {
        true => SortExpr { expr: unsigned(sort.expr), ..sort },
        false => sort,
    };
    sorts.into_iter().map(one).collect()
}

fn unsigned(expr: Expr) -> Expr {
    ScalarUDF::from(Unsigned::new(Of::NanAndZero)).call(vec![expr])
}

/// What loses its sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Of {
    Nan,
    NanAndZero,
}

/// A float without the sign of NaN, and of a zero.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Unsigned {
    of: Of,
    signature: Signature,
}

impl Unsigned {
    fn new(of: Of) -> Self {
        Self { of, signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Unsigned {
    fn name(&self) -> &str {
        match self.of {
            Of::Nan => "unsigned_nan",
            Of::NanAndZero => "unsigned_nan_and_zero",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        Ok(arguments[0].clone())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let value = &arguments.args[0];
        let is_scalar = matches!(value, ColumnarValue::Scalar(_));
        let floats = value.to_array(if is_scalar { 1 } else { arguments.number_rows })?;
        let result: ArrayRef = match floats.data_type() {
            DataType::Float64 => {
                let floats = floats.as_primitive::<Float64Type>();
                // Adding zero takes the sign of a zero and leaves all else, as adding the other does not.
                let zero = if self.of == Of::Nan { -0.0 } else { 0.0 };
                let of = |value: f64| if value.is_nan() { f64::NAN } else { value + zero };
                Arc::new(floats.unary::<_, Float64Type>(of))
            }
            DataType::Float32 => {
                let floats = floats.as_primitive::<Float32Type>();
                let zero = if self.of == Of::Nan { -0.0 } else { 0.0 };
                let of = |value: f32| if value.is_nan() { f32::NAN } else { value + zero };
                Arc::new(floats.unary::<_, Float32Type>(of))
            }
            other => return exec_err!("{} takes a float, not {other}", self.name()),
        };
        Ok(match is_scalar {
            true => {
                ColumnarValue::Scalar(datafusion::common::ScalarValue::try_from_array(&result, 0)?)
            }
            false => ColumnarValue::Array(result),
        })
    }
}
