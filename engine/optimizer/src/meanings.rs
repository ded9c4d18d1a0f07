//! Expressions that DataFusion gives another meaning than SQL, in a form that it gives the right one.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, IntervalUnit};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{DFSchema, Result};
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::logical_expr::expr::{AggregateFunction, InList, NullTreatment};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    Aggregate, Between, BinaryExpr, Distinct, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder,
    Operator, SortExpr,
};
use datafusion::optimizer::AnalyzerRule;

use crate::intervals::{canonical, length};
use crate::nested;

/// The rule.
#[derive(Debug, Default)]
pub(crate) struct Meanings;

impl AnalyzerRule for Meanings {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(|node| {
            let schema = merge_schema(&node.inputs());
            let names = NamePreserver::new(&node);
            let node = distinct_lengths(node)?;
            let changed = node.map_expressions(|expr| {
                let name = names.save(&expr);
                let changed = expr.transform_up(|expr| right(expr, &schema))?;
                Ok(match changed.transformed {
                    true => changed.update_data(|expr| name.restore(expr)),
                    false => changed,
                })
            })?;
            match changed.data {
                LogicalPlan::Distinct(Distinct::On(mut on)) if on.sort_expr.is_some() => {
                    on.sort_expr = on.sort_expr.map(without_repeats);
                    Ok(Transformed::yes(LogicalPlan::Distinct(Distinct::On(on))))
                }
                LogicalPlan::Sort(mut sort)
                    if sort.expr.iter().any(|key| are_intervals(&[&key.expr], &schema)) =>
                {
                    let input = Arc::clone(sort.input.schema());
                    sort.expr = by_length(sort.expr, &input);
                    Ok(Transformed::yes(LogicalPlan::Sort(sort)))
                }
                LogicalPlan::Aggregate(aggregate)
                    if aggregate.group_expr.iter().any(|key| are_intervals(&[key], &schema)) =>
                {
                    let Aggregate { input, group_expr, aggr_expr, .. } = aggregate;
                    let keys = group_expr.into_iter().map(|key| one_of_a_length(key, &schema));
                    let keys = keys.collect::<Result<Vec<_>>>()?;
                    let aggregate = Aggregate::try_new(input, keys, aggr_expr)?;
                    Ok(Transformed::yes(LogicalPlan::Aggregate(aggregate)))
                }
                data => Ok(Transformed { data, ..changed }),
            }
        })
        .data()
    }

    fn name(&self) -> &str {
        "meanings"
    }
}

fn right(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    Ok(match expr {
        // DataFusion forgets the order.
        Expr::AggregateFunction(AggregateFunction { func, mut params })
            if func.name() == "any_value" && !params.order_by.is_empty() =>
        {
            params.null_treatment = Some(NullTreatment::IgnoreNulls);
            let func = first_value_udaf();
            Transformed::yes(Expr::AggregateFunction(AggregateFunction { func, params }))
        }
        // DataFusion drops the repeated key in one place and counts it in another.
        Expr::AggregateFunction(mut call) if repeats(&call.params.order_by) => {
            call.params.order_by = without_repeats(call.params.order_by);
            Transformed::yes(Expr::AggregateFunction(call))
        }
        // Intervals compare by how long they are, with months of 30 days and days of 24 hours.
        Expr::BinaryExpr(BinaryExpr { left, op, right })
            if is_comparison(op) && are_intervals(&[&left, &right], schema) =>
        {
            let (left, right) = (Box::new(length(*left)), Box::new(length(*right)));
            Transformed::yes(Expr::BinaryExpr(BinaryExpr { left, op, right }))
        }
        // Arrow takes NULL within them for less than any value.
        Expr::BinaryExpr(BinaryExpr { left, op, right })
            if nested::orders(&left, op, &right, schema) =>
        {
            Transformed::yes(nested::ordered(*left, op, *right))
        }
        Expr::Between(Between { expr, negated, low, high })
            if are_intervals(&[&expr, &low, &high], schema) =>
        {
            Transformed::yes(Expr::Between(Between {
                expr: Box::new(length(*expr)),
                negated,
                low: Box::new(length(*low)),
                high: Box::new(length(*high)),
            }))
        }
        Expr::InList(InList { expr, list, negated }) if are_intervals(&[&expr], schema) => {
            Transformed::yes(Expr::InList(InList {
                expr: Box::new(length(*expr)),
                list: list.into_iter().map(length).collect(),
                negated,
            }))
        }
        Expr::AggregateFunction(AggregateFunction { func, mut params })
            if matches!(func.name(), "min" | "max")
                && params.args.len() == 1
                && are_intervals(&[&params.args[0]], schema) =>
        {
            let order = length(params.args[0].clone()).sort(func.name() == "min", false);
            params.order_by = vec![order];
            params.distinct = false;
            params.null_treatment = Some(NullTreatment::IgnoreNulls);
            let func = first_value_udaf();
            Transformed::yes(Expr::AggregateFunction(AggregateFunction { func, params }))
        }
        Expr::AggregateFunction(AggregateFunction { func, mut params })
            if func.name() == "count"
                && params.distinct
                && params.args.iter().any(|arg| are_intervals(&[arg], schema)) =>
        {
            let args = params.args.into_iter().map(|arg| match are_intervals(&[&arg], schema) {
                true => length(arg),
                false => arg,
            });
            params.args = args.collect();
            Transformed::yes(Expr::AggregateFunction(AggregateFunction { func, params }))
        }
        Expr::WindowFunction(mut window)
            if window.params.order_by.iter().any(|key| are_intervals(&[&key.expr], schema)) =>
        {
            let sorts = std::mem::take(&mut window.params.order_by);
            window.params.order_by = by_length(sorts, schema);
            Transformed::yes(Expr::WindowFunction(window))
        }
        other => Transformed::no(other),
    })
}

fn repeats(sorts: &[SortExpr]) -> bool {
    sorts.iter().enumerate().any(|(index, sort)| is_among(sort, &sorts[..index]))
}

fn is_among(sort: &SortExpr, before: &[SortExpr]) -> bool {
    before.iter().any(|other| other.expr == sort.expr)
}

/// The order without keys that come again, which decide nothing.
fn without_repeats(sorts: Vec<SortExpr>) -> Vec<SortExpr> {
    sorts.into_iter().fold(vec![], |mut kept, sort| {
        if !is_among(&sort, &kept) {
            kept.push(sort);
        }
        kept
    })
}

fn is_comparison(op: Operator) -> bool {
    matches!(
        op,
        Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
            | Operator::IsDistinctFrom
            | Operator::IsNotDistinctFrom
    )
}

fn are_intervals(exprs: &[&Expr], schema: &DFSchema) -> bool {
    exprs.iter().all(|expr| {
        let data_type = expr.get_type(schema);
        matches!(data_type, Ok(DataType::Interval(IntervalUnit::MonthDayNano)))
    })
}

/// A key of a group, which is the same for all intervals of one length.
fn one_of_a_length(key: Expr, schema: &DFSchema) -> Result<Expr> {
    match are_intervals(&[&key], schema) {
        true => {
            let (relation, name) = key.qualified_name();
            Ok(canonical(key.unalias()).alias_qualified(relation, name))
        }
        false => Ok(key),
    }
}

/// DISTINCT keeps one interval of each length.
fn distinct_lengths(plan: LogicalPlan) -> Result<LogicalPlan> {
    let LogicalPlan::Distinct(Distinct::All(input)) = plan else { return Ok(plan) };
    let schema = Arc::clone(input.schema());
    let columns: Vec<Expr> = schema.columns().into_iter().map(Expr::Column).collect();
    if !columns.iter().any(|column| are_intervals(&[column], &schema)) {
        return Ok(LogicalPlan::Distinct(Distinct::All(input)));
    }
    let columns = columns.into_iter().map(|column| one_of_a_length(column, &schema));
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let input = LogicalPlanBuilder::from(Arc::unwrap_or_clone(input)).project(columns)?.build()?;
    Ok(LogicalPlan::Distinct(Distinct::All(Arc::new(input))))
}

fn by_length(sorts: Vec<SortExpr>, schema: &DFSchema) -> Vec<SortExpr> {
    let by_length = |sort: SortExpr| match are_intervals(&[&sort.expr], schema) {
        true => SortExpr { expr: length(sort.expr), ..sort },
        false => sort,
    };
    sorts.into_iter().map(by_length).collect()
}
