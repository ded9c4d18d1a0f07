//! Arithmetic of whole numbers and of the widest decimals that fails when its result does not fit.
//!
//! DataFusion's `+ - * <<` wrap around. They become functions that check ([`function`]), in two steps:
//! an analyzer rule takes those without columns, before constants are folded, and an optimizer rule at
//! the end of each pass takes all others, so that the rules before it see plain operators. A constant
//! that does not fit stays a call, which fails when it runs and only then: `CASE` may skip it.

mod decimals;
mod function;
mod kernels;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, LogicalPlan, Operator, cast, lit};
use datafusion::optimizer::{AnalyzerRule, ApplyOrder, OptimizerConfig, OptimizerRule};

use function::checked;

/// Checks the arithmetic of constants.
#[derive(Debug, Default)]
pub(crate) struct CheckedConstants;

impl AnalyzerRule for CheckedConstants {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(|node| check_node(node, Which::Constants)).data()
    }

    fn name(&self) -> &str {
        "checked_constants"
    }
}

/// Checks all arithmetic.
#[derive(Debug, Default)]
pub(crate) struct CheckedArithmetic;

impl OptimizerRule for CheckedArithmetic {
    fn name(&self) -> &str {
        "checked_arithmetic"
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
        check_node(plan, Which::All)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Constants,
    All,
}

fn check_node(node: LogicalPlan, which: Which) -> Result<Transformed<LogicalPlan>> {
    // Most nodes have no such operator, and building a schema costs more than looking.
    let mut found = false;
    node.apply_expressions(|expr| {
        found |= expr.exists(|expr| Ok(is_candidate(expr)))?;
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    if !found {
        return Ok(Transformed::no(node));
    }
    let schema = input_schema(&node)?;
    let names = NamePreserver::new(&node);
    let changed = node.map_expressions(|expr| {
        let name = names.save(&expr);
        let changed = expr.transform_up(|expr| match is_candidate(&expr) {
            true => check(expr, &schema, which),
            false => Ok(Transformed::no(expr)),
        })?;
        Ok(match changed.transformed {
            true => changed.update_data(|expr| name.restore(expr)),
            false => changed,
        })
    })?;
    match changed.transformed {
        // The type of a result may be known better than before, never worse.
        true => changed.map_data(LogicalPlan::recompute_schema),
        false => Ok(changed),
    }
}

/// What the expressions of a node can name.
pub(crate) fn input_schema(node: &LogicalPlan) -> Result<DFSchema> {
    match node {
        LogicalPlan::TableScan(scan) => DFSchema::try_from_qualified_schema(
            scan.table_name.clone(),
            scan.source.schema().as_ref(),
        ),
        node => Ok(merge_schema(&node.inputs())),
    }
}

fn is_candidate(expr: &Expr) -> bool {
    match expr {
        Expr::BinaryExpr(BinaryExpr { op, .. }) => function::name(*op).is_some(),
        Expr::Negative(_) => true,
        _ => false,
    }
}

fn is_constant(expr: &Expr) -> Result<bool> {
    let varies = expr.exists(|expr| {
        Ok(matches!(
            expr,
            Expr::Column(_)
                | Expr::OuterReferenceColumn(..)
                | Expr::ScalarSubquery(_)
                | Expr::Placeholder(_)
                | Expr::AggregateFunction(_)
                | Expr::WindowFunction(_)
        ))
    })?;
    Ok(!varies)
}

fn check(expr: Expr, schema: &DFSchema, which: Which) -> Result<Transformed<Expr>> {
    if which == Which::Constants && !is_constant(&expr)? {
        return Ok(Transformed::no(expr));
    }
    let Ok(result) = expr.get_type(schema) else { return Ok(Transformed::no(expr)) };
    if decimals::is_widest(&result) {
        return Ok(check_decimals(expr, schema));
    }
    if !result.is_integer() {
        return Ok(Transformed::no(expr));
    }
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let shift = op == Operator::BitwiseShiftLeft || op == Operator::BitwiseShiftRight;
            let left = of_type(*left, &result, schema)?;
            let right = match shift {
                true => of_type(*right, &left.get_type(schema)?, schema)?,
                false => of_type(*right, &result, schema)?,
            };
            match function::name(op) {
                Some(_) => Ok(Transformed::yes(checked(op, left, right))),
                None => Ok(Transformed::no(Expr::BinaryExpr(BinaryExpr::new(
                    Box::new(left),
                    op,
                    Box::new(right),
                )))),
            }
        }
        // Only the least number has no opposite; literals are folded as they are.
        Expr::Negative(inner) if !result.is_unsigned_integer() => {
            let zero = ScalarValue::new_zero(&result)?;
            Ok(Transformed::yes(checked(Operator::Minus, lit(zero), *inner)))
        }
        other => Ok(Transformed::no(other)),
    }
}

fn check_decimals(expr: Expr, schema: &DFSchema) -> Transformed<Expr> {
    let is_decimal = |expr: &Expr| matches!(expr.get_type(schema), Ok(DataType::Decimal128(..)));
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right })
            if matches!(op, Operator::Plus | Operator::Minus | Operator::Multiply)
                && is_decimal(&left)
                && is_decimal(&right) =>
        {
            Transformed::yes(checked(op, *left, *right))
        }
        other => Transformed::no(other),
    }
}

fn of_type(expr: Expr, wanted: &DataType, schema: &DFSchema) -> Result<Expr> {
    match expr.get_type(schema)? == *wanted {
        true => Ok(expr),
        false => Ok(cast(expr, wanted.clone())),
    }
}
