//! Equalities of a join's condition become its keys.
//!
//! It takes the place of DataFusion's rule of the same name, which makes keys of `IS NOT DISTINCT FROM`
//! by letting NULL equal NULL in the whole join: a plain `=` that a later rule moves into the join then
//! matches NULLs as well, and where inner joins are reordered the flag of one becomes that of another.
//! Here such a condition becomes two keys for which NULL needs no rule: whether the value is NULL, and
//! the value with a default in the place of NULL.

use datafusion::common::tree_node::Transformed;
use datafusion::common::{NullEquality, Result, ScalarValue};
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::logical_expr::utils::{
    can_hash, conjunction, find_valid_equijoin_key_pair, split_conjunction_owned,
};
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, Join, LogicalPlan, Operator, lit};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

/// Finds the keys of joins.
#[derive(Debug, Default)]
pub(crate) struct Equijoins;

impl OptimizerRule for Equijoins {
    fn name(&self) -> &str {
        "extract_equijoin_predicate"
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
        match plan {
            LogicalPlan::Join(join) if join.filter.is_some() => extract(join),
            other => Ok(Transformed::no(other)),
        }
    }
}

fn extract(mut join: Join) -> Result<Transformed<LogicalPlan>> {
    let before = join.on.len();
    let mut rest = vec![];
    for condition in join.filter.take().into_iter().flat_map(split_conjunction_owned) {
        match keys(&condition, &join)? {
            Some((mut keys, remaining)) => {
                join.on.append(&mut keys);
                rest.extend(remaining);
            }
            None => rest.push(condition),
        }
    }
    join.filter = conjunction(rest);
    match join.on.len() == before {
        true => Ok(Transformed::no(LogicalPlan::Join(join))),
        false => Ok(Transformed::yes(LogicalPlan::Join(join))),
    }
}

type Keys = Vec<(Expr, Expr)>;

/// The keys that a condition is, and what of it they do not say.
fn keys(condition: &Expr, join: &Join) -> Result<Option<(Keys, Option<Expr>)>> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = condition else { return Ok(None) };
    if !matches!(op, Operator::Eq | Operator::IsNotDistinctFrom) {
        return Ok(None);
    }
    let (left_schema, right_schema) = (join.left.schema(), join.right.schema());
    let Some((left, right)) = find_valid_equijoin_key_pair(left, right, left_schema, right_schema)?
    else {
        return Ok(None);
    };
    let (left_type, right_type) = (left.get_type(left_schema)?, right.get_type(right_schema)?);
    if !can_hash(&left_type) || !can_hash(&right_type) {
        return Ok(None);
    }
    let nullable = left.nullable(left_schema)? && right.nullable(right_schema)?;
    let null_is_null = join.null_equality == NullEquality::NullEqualsNull;
    Ok(match op {
        // Where NULL equals NULL for the keys that are there, it must not for this one.
        Operator::Eq if null_is_null && nullable => {
            let present = left.clone().is_not_null();
            Some((vec![(left, right)], Some(present)))
        }
        Operator::Eq => Some((vec![(left, right)], None)),
        _ if null_is_null || !nullable => Some((vec![(left, right)], None)),
        _ if join.null_aware || left_type != right_type => None,
        _ => ScalarValue::new_default(&left_type).ok().map(|default| {
            let or_default = |expr: Expr| coalesce(vec![expr, lit(default.clone())]);
            let nulls = (left.clone().is_null(), right.clone().is_null());
            (vec![(or_default(left), or_default(right)), nulls], None)
        }),
    })
}
