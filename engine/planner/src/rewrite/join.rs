//! `SEMI JOIN`, `ANTI JOIN`, and the joins that we plan: positional and ASOF joins and those with a key of
//! both sides are set apart as relations of their own, which the planner of [`crate::operators`] sees.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Ident, Join, JoinConstraint, JoinOperator, Select, TableFactor,
    TableWithJoins,
};
use extension::{ASOF_MARKER, Error, Result};

use super::build::nested;
use super::walk::{Rewriter, Scope};
use crate::operators::needs_key;

pub(super) fn rewrite(
    _rewriter: &mut Rewriter<'_>,
    select: &mut Select,
    _scope: &Scope,
) -> Result<()> {
    select.from.iter_mut().try_for_each(rewrite_joins)
}

fn rewrite_joins(table: &mut TableWithJoins) -> Result<()> {
    if let TableFactor::NestedJoin { table_with_joins, .. } = &mut table.relation {
        rewrite_joins(table_with_joins)?;
    }
    for mut join in std::mem::take(&mut table.joins) {
        if let TableFactor::NestedJoin { table_with_joins, .. } = &mut join.relation {
            rewrite_joins(table_with_joins)?;
        }
        join.join_operator = match join.join_operator {
            JoinOperator::Semi(on) => JoinOperator::LeftSemi(on),
            JoinOperator::Anti(on) => JoinOperator::LeftAnti(on),
            JoinOperator::AsOf { match_condition, constraint } => {
                asof_with_condition(match_condition, constraint)?
            }
            JoinOperator::ArrayJoin
            | JoinOperator::LeftArrayJoin
            | JoinOperator::InnerArrayJoin => {
                return Err(Error::unsupported("ARRAY JOIN is not supported")
                    .with_hint("CROSS JOIN unnest(list) does the same"));
            }
            other => other,
        };
        if join.global {
            return Err(Error::unsupported("GLOBAL before JOIN is not supported"));
        }
        match is_own(&join.join_operator) {
            false => table.joins.push(join),
            true => set_apart(table, join),
        }
    }
    Ok(())
}

/// Makes one relation of all that was joined so far and `join`.
pub(super) fn set_apart(table: &mut TableWithJoins, join: Join) {
    let relation = std::mem::replace(&mut table.relation, nothing().relation);
    let left = match table.joins.is_empty() {
        true => relation,
        false => TableFactor::NestedJoin {
            table_with_joins: Box::new(TableWithJoins {
                relation,
                joins: std::mem::take(&mut table.joins),
            }),
            alias: None,
        },
    };
    table.relation = TableFactor::NestedJoin {
        table_with_joins: Box::new(TableWithJoins { relation: left, joins: vec![join] }),
        alias: None,
    };
}

/// A place holder that is replaced at once.
pub(super) fn nothing() -> TableWithJoins {
    let relation = TableFactor::UNNEST {
        alias: None,
        array_exprs: vec![],
        with_offset: false,
        with_offset_alias: None,
        with_ordinality: false,
    };
    TableWithJoins { relation, joins: vec![] }
}

fn is_own(operator: &JoinOperator) -> bool {
    match operator {
        JoinOperator::CrossApply => true,
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint) => is_asof(constraint),
        other => needs_key(other).is_some(),
    }
}

/// Whether a join's condition begins with the marker of an ASOF join.
pub(crate) fn is_asof(constraint: &JoinConstraint) -> bool {
    match constraint {
        JoinConstraint::On(Expr::Prefixed { prefix, .. }) => prefix.value == ASOF_MARKER,
        JoinConstraint::Using(names) => names.first().is_some_and(|name| {
            name.0
                .first()
                .and_then(|part| part.as_ident())
                .is_some_and(|ident| ident.value == ASOF_MARKER)
        }),
        _ => false,
    }
}

/// The form of Snowflake, in which every row of the left stays.
fn asof_with_condition(condition: Expr, constraint: JoinConstraint) -> Result<JoinOperator> {
    let condition = match constraint {
        JoinConstraint::None => condition,
        JoinConstraint::On(on) => Expr::BinaryOp {
            left: Box::new(nested(condition)),
            op: BinaryOperator::And,
            right: Box::new(nested(on)),
        },
        JoinConstraint::Using(_) | JoinConstraint::Natural => {
            return Err(Error::unsupported("an ASOF join with MATCH_CONDITION takes ON"));
        }
    };
    let marked = Expr::Prefixed { prefix: Ident::new(ASOF_MARKER), value: Box::new(condition) };
    Ok(JoinOperator::LeftOuter(JoinConstraint::On(marked)))
}
