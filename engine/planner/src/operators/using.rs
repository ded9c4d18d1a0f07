//! RIGHT and FULL joins by USING or NATURAL, whose key is a value of the side that has the row.
//!
//! DataFusion takes an unqualified key from the left relation, which is right where each row has a left
//! one. Here the key is made: of the right for RIGHT, of whichever has it for FULL. It stands where the
//! left's key stood and is of no relation that a query can name, or of the right's, so that a name that
//! asks for the key of the other relation finds none instead of another value.

use datafusion::common::{Column, JoinType, TableReference, plan_datafusion_err};
use datafusion::error::Result as DataFusionResult;
use datafusion::functions::core::coalesce;
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::sqlparser::ast::{JoinConstraint, JoinOperator, TableFactor};

use super::plan::unsupported;

/// The kind of join and its constraint, if the key has to be made.
pub(crate) fn needs_key(operator: &JoinOperator) -> Option<(JoinType, &JoinConstraint)> {
    let (join_type, constraint) = match operator {
        JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) => {
            (JoinType::Right, constraint)
        }
        JoinOperator::FullOuter(constraint) => (JoinType::Full, constraint),
        _ => return None,
    };
    match constraint {
        JoinConstraint::Using(_) | JoinConstraint::Natural => Some((join_type, constraint)),
        _ => None,
    }
}

pub(super) fn plan(
    left: TableFactor,
    right: TableFactor,
    (join_type, constraint): (JoinType, &JoinConstraint),
    context: &mut dyn RelationPlannerContext,
) -> DataFusionResult<LogicalPlan> {
    let left = context.plan(left)?;
    let right = context.plan(right)?;
    let names = match constraint {
        JoinConstraint::Using(names) => names
            .iter()
            .map(|name| match name.0.last().and_then(|part| part.as_ident()) {
                Some(ident) => Ok(context.normalize_ident(ident.clone())),
                None => Err(unsupported("USING takes names of columns")),
            })
            .collect::<DataFusionResult<Vec<_>>>()?,
        _ => common_names(&left, &right)?,
    };
    let keys = names
        .into_iter()
        .map(|name| {
            let (left, hidden) = column(&left, &name, "left")?;
            let (right, also_hidden) = column(&right, &name, "right")?;
            Ok(Key { name, left, right, hidden: [hidden, also_hidden].concat() })
        })
        .collect::<DataFusionResult<Vec<_>>>()?;
    let columns = columns(&left, &right, &keys, join_type);
    let on = keys.into_iter().map(|key| (key.left, key.right)).unzip::<_, _, Vec<_>, Vec<_>>();
    LogicalPlanBuilder::from(left).join(right, join_type, on, None)?.project(columns)?.build()
}

struct Key {
    name: String,
    left: Column,
    right: Column,
    /// The keys of joins below that the left or the right key stands for.
    hidden: Vec<Column>,
}

/// The left's columns with the keys in their places, then the right's other ones.
fn columns(
    left: &LogicalPlan,
    right: &LogicalPlan,
    keys: &[Key],
    join_type: JoinType,
) -> Vec<Expr> {
    let made = |key: &Key| match join_type {
        JoinType::Right => Expr::Column(key.right.clone()),
        _ => {
            let either = vec![Expr::Column(key.left.clone()), Expr::Column(key.right.clone())];
            // No relation that a query can name, and another for each join.
            let relation = |column: &Column| column.relation.as_ref().map(ToString::to_string);
            let both = [relation(&key.left), relation(&key.right)];
            let both = both.into_iter().flatten().collect::<Vec<_>>().join(" and ");
            coalesce()
                .call(either)
                .alias_qualified(Some(TableReference::bare(both)), key.name.clone())
        }
    };
    let is_hidden = |column: &Column| keys.iter().any(|key| key.hidden.contains(column));
    let lefts = left.schema().columns().into_iter().filter(|column| !is_hidden(column));
    let lefts = lefts.map(|column| match keys.iter().find(|key| key.left == column) {
        Some(key) => made(key),
        None => Expr::Column(column),
    });
    let is_key = |column: &Column| keys.iter().any(|key| key.right == *column);
    let rights = right.schema().columns().into_iter();
    let rights = rights.filter(|column| !is_key(column) && !is_hidden(column));
    lefts.chain(rights.map(Expr::Column)).collect()
}

/// The column of the name, and those that a join below took for the same.
fn column(plan: &LogicalPlan, name: &str, side: &str) -> DataFusionResult<(Column, Vec<Column>)> {
    let mut found = plan.schema().columns_with_unqualified_name(name);
    let is_one = match found.len() {
        0 => false,
        1 => true,
        _ => plan
            .using_columns()?
            .iter()
            .any(|same| found.iter().all(|column| same.contains(column))),
    };
    if !is_one {
        return Err(plan_datafusion_err!(
            "column '{name}' of USING is not one column of the {side} relation"
        ));
    }
    let hidden = found.split_off(1);
    Ok((found.remove(0), hidden))
}

fn common_names(left: &LogicalPlan, right: &LogicalPlan) -> DataFusionResult<Vec<String>> {
    let rights: Vec<&String> = right.schema().fields().iter().map(|field| field.name()).collect();
    let names: Vec<String> = left
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .filter(|name| rights.contains(&name))
        .collect();
    match names.is_empty() {
        true => {
            Err(plan_datafusion_err!("the relations of a NATURAL JOIN have no column in common"))
        }
        false => Ok(names),
    }
}
