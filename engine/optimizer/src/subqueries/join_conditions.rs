//! Joins inside a sub-query: which side carries the domain, and where both do, that they agree.

use std::sync::Arc;

use datafusion::common::{Column, JoinType, NullEquality, Result};
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, Join, JoinConstraint, LogicalPlan};

use super::build::{alias, project};
use super::domain::{columns_of, same};
use super::expressions::refers_to;
use super::unnest::{Unnesting, compare};

/// Which input's rows make the output's rows, and so must carry the domain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leader {
    Left,
    Right,
    Both,
}

fn leader(join_type: JoinType) -> Leader {
    match join_type {
        JoinType::Inner
        | JoinType::Left
        | JoinType::LeftSemi
        | JoinType::LeftAnti
        | JoinType::LeftMark => Leader::Left,
        JoinType::Right | JoinType::RightSemi | JoinType::RightAnti | JoinType::RightMark => {
            Leader::Right
        }
        JoinType::Full => Leader::Both,
    }
}

/// The join over all rows of the domain.
pub(super) fn carry(unnesting: &Unnesting, node: Join) -> Result<LogicalPlan> {
    let outer = unnesting.domain.outer();
    // A key that refers outside is no longer of one side alone, and becomes a condition.
    let mut on = vec![];
    let mut conditions = vec![];
    for (left, right) in node.on {
        match refers_to(&left, outer)? || refers_to(&right, outer)? {
            true => conditions.push(compare(
                unnesting.localise(left)?,
                unnesting.localise(right)?,
                node.null_equality,
            )),
            false => on.push((left, right)),
        }
    }
    if let Some(filter) = node.filter {
        conditions.push(unnesting.localise(filter)?);
    }
    let (left, right) = (Arc::unwrap_or_clone(node.left), Arc::unwrap_or_clone(node.right));
    let own_columns = node.schema.columns();
    let mark = own_columns.last().and_then(|mark| Some(mark.relation.as_ref()?.to_string()));

    let depends = (unnesting.depends(&left)?, unnesting.depends(&right)?);
    let (carry_left, carry_right) = match (leader(node.join_type), node.join_type, depends) {
        // Whichever side needs it will do for an inner join.
        (_, JoinType::Inner, (false, true)) => (false, true),
        (_, JoinType::Inner, (left, right)) => (left || !right, right),
        (Leader::Left, _, (_, right)) => (true, right),
        (Leader::Right, _, (left, _)) => (left, true),
        (Leader::Both, ..) => (true, true),
    };
    let mut left = if carry_left { unnesting.carry(left)? } else { left };
    let mut right = if carry_right { unnesting.carry(right)? } else { right };

    // Where both sides carry the domain, one of them does so under other names, and they must agree.
    let mut output: Vec<Expr> = own_columns.into_iter().map(Expr::Column).collect();
    let carried = unnesting.domain.carried();
    if carry_left && carry_right {
        let mut renamed: Vec<Column>;
        if leader(node.join_type) == Leader::Right {
            (left, renamed) = unnesting.domain.renamed(left, unnesting.names)?;
        } else {
            (right, renamed) = unnesting.domain.renamed(right, unnesting.names)?;
            if let (JoinType::LeftMark, Some(mark)) = (node.join_type, &mark) {
                // The mark is named after the relation of all columns on the right.
                right = alias(right, mark)?;
                for column in &mut renamed {
                    column.relation = Some(mark.as_str().into());
                }
            }
        }
        let agree = same(carried, &renamed);
        match node.null_equality {
            NullEquality::NullEqualsNull => on.extend(
                match leader(node.join_type) {
                    Leader::Right => renamed.iter().zip(carried),
                    _ => carried.iter().zip(&renamed),
                }
                .map(|(left, right)| (Expr::Column(left.clone()), Expr::Column(right.clone()))),
            ),
            NullEquality::NullEqualsNothing => conditions.extend(agree),
        }
        match leader(node.join_type) {
            Leader::Both => output.extend(carried.iter().zip(&renamed).map(|(left, right)| {
                let either = vec![Expr::Column(left.clone()), Expr::Column(right.clone())];
                coalesce(either).alias(left.name.clone())
            })),
            _ => output.extend(unnesting.carried()),
        }
    } else {
        output.extend(unnesting.carried());
    }

    let joined = LogicalPlan::Join(Join::try_new(
        Arc::new(left),
        Arc::new(right),
        on,
        conjunction(conditions),
        node.join_type,
        JoinConstraint::On,
        node.null_equality,
        node.null_aware,
    )?);
    debug_assert!(columns_of(&joined).len() >= output.len());
    project(joined, output)
}
