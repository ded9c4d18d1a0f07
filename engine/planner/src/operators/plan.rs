//! From a nested join that names an operator to its logical node.

use std::sync::Arc;

use datafusion::common::{DFSchema, plan_datafusion_err};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{Extension, LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::sqlparser::ast::{
    Expr as SqlExpr, FunctionArg, FunctionArgExpr, Join, JoinOperator, TableFactor, TableWithJoins,
    Value, ValueWithSpan,
};
use extension::Error;

use super::node::{Method, Operation, OperatorNode};
use super::{asof, lateral, positional, using};
use crate::markers::{self, LIMIT_PERCENT, LIMIT_ROWS, USING_SAMPLE};
use crate::rewrite::is_asof;

/// Plans the relations that name an operator.
#[derive(Debug)]
pub(crate) struct OperatorRelations;

impl RelationPlanner for OperatorRelations {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> DataFusionResult<RelationPlanning> {
        let TableFactor::NestedJoin { table_with_joins, alias } = relation else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let TableWithJoins { relation: left, joins } = *table_with_joins;
        let plan = match joins.as_slice() {
            [Join { relation, join_operator: JoinOperator::OuterApply, .. }] => {
                unary(&left, relation, context)?
            }
            [Join { relation, join_operator: JoinOperator::CrossApply, .. }] => {
                Some(positional::plan(left.clone(), relation.clone(), context)?)
            }
            [Join { relation, join_operator: JoinOperator::ArrayJoin, .. }] => {
                Some(lateral::plan(left.clone(), relation, false, context)?)
            }
            [Join { relation, join_operator: JoinOperator::LeftArrayJoin, .. }] => {
                Some(lateral::plan(left.clone(), relation, true, context)?)
            }
            [Join { relation, join_operator, .. }] => match join_operator {
                JoinOperator::Join(on) | JoinOperator::Inner(on) if is_asof(on) => {
                    Some(asof::plan(left.clone(), relation.clone(), on, false, context)?)
                }
                JoinOperator::Left(on) | JoinOperator::LeftOuter(on) if is_asof(on) => {
                    Some(asof::plan(left.clone(), relation.clone(), on, true, context)?)
                }
                other => match using::needs_key(other) {
                    Some(kind) => Some(using::plan(left.clone(), relation.clone(), kind, context)?),
                    None => None,
                },
            },
            _ => None,
        };
        match plan {
            Some(plan) => {
                Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, alias))))
            }
            None => Ok(RelationPlanning::Original(Box::new(TableFactor::NestedJoin {
                table_with_joins: Box::new(TableWithJoins { relation: left, joins }),
                alias,
            }))),
        }
    }
}

/// The node as a plan. The planner drops the order of a relation unless a limit needs it; the empty limit
/// on top, which the optimizer removes, keeps it.
pub(super) fn finish(node: OperatorNode) -> DataFusionResult<LogicalPlan> {
    let plan = LogicalPlan::Extension(Extension { node: Arc::new(node) });
    LogicalPlanBuilder::from(plan).limit(0, None)?.build()
}

/// Operators over one relation, with arguments.
fn unary(
    input: &TableFactor,
    operator: &TableFactor,
    context: &mut dyn RelationPlannerContext,
) -> DataFusionResult<Option<LogicalPlan>> {
    let TableFactor::Function { name, args, .. } = operator else { return Ok(None) };
    let arguments: Vec<&SqlExpr> = args
        .iter()
        .filter_map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
            _ => None,
        })
        .collect();
    let is_percent = markers::is(name, LIMIT_PERCENT);
    if is_percent || markers::is(name, LIMIT_ROWS) {
        let mut inputs = vec![context.plan(input.clone())?];
        for argument in arguments {
            let SqlExpr::Subquery(query) = argument else { return Ok(None) };
            inputs.push(context.plan(TableFactor::Derived {
                lateral: false,
                subquery: query.clone(),
                alias: None,
                sample: None,
            })?);
        }
        let schema = Arc::clone(inputs[0].schema());
        let operation = Operation::Limit { is_percent };
        return finish(OperatorNode { operation, inputs, exprs: vec![], schema }).map(Some);
    }
    if markers::is(name, USING_SAMPLE) {
        let operation = sample(&arguments)?;
        let input = context.plan(input.clone())?;
        let schema = Arc::clone(input.schema());
        let inputs = vec![input];
        return finish(OperatorNode { operation, inputs, exprs: vec![], schema }).map(Some);
    }
    Ok(None)
}

/// `method, amount, unit[, seed]`.
fn sample(arguments: &[&SqlExpr]) -> DataFusionResult<Operation> {
    let texts: Vec<String> = arguments
        .iter()
        .map(|argument| match argument {
            SqlExpr::Value(ValueWithSpan {
                value: Value::SingleQuotedString(text) | Value::Number(text, _),
                ..
            }) => text.replace('_', ""),
            other => other.to_string(),
        })
        .collect();
    let invalid = |text: &str| plan_datafusion_err!("'{text}' is no size of a sample");
    let [method, amount, unit, seed @ ..] = texts.as_slice() else {
        return Err(invalid("nothing"));
    };
    let number: f64 = amount.parse().map_err(|_| invalid(amount))?;
    let millionths = (number.clamp(0.0, 100.0) * 10_000.0).round() as u32;
    let method = match (method.as_str(), unit.as_str()) {
        ("bernoulli", _) => Method::Bernoulli(millionths),
        ("system", "percent") => Method::System(millionths),
        (_, "percent") => Method::Share(millionths),
        _ => Method::Rows(number as usize),
    };
    let seed = match seed.first() {
        None => None,
        Some(seed) => Some(seed.parse().map_err(|_| {
            plan_datafusion_err!("the seed '{seed}' of a sample is no whole number")
        })?),
    };
    Ok(Operation::Sample { method, seed })
}

/// The columns of two relations beside each other.
pub(super) fn joined_schema(
    left: &LogicalPlan,
    right: &LogicalPlan,
    nullable: (bool, bool),
) -> DataFusionResult<DFSchema> {
    let fields = |plan: &LogicalPlan, nullable: bool| {
        plan.schema()
            .iter()
            .map(|(relation, field)| {
                let field = match nullable {
                    true => Arc::new(field.as_ref().clone().with_nullable(true)),
                    false => Arc::clone(field),
                };
                (relation.cloned(), field)
            })
            .collect::<Vec<_>>()
    };
    let mut all = fields(left, nullable.0);
    all.extend(fields(right, nullable.1));
    DFSchema::new_with_metadata(all, left.schema().metadata().clone())
}

pub(super) fn unsupported(message: impl Into<String>) -> datafusion::error::DataFusionError {
    Error::unsupported(message).into()
}
