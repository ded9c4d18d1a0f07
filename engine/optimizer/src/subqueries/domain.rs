//! The domain of a sub-query: the distinct values of the outer columns that it refers to.

use datafusion::common::{Column, Result};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Operator, binary_expr};

use super::Names;

/// The outer columns of a sub-query, the relation of their distinct values, and the names under which
/// the sub-query carries these values.
#[derive(Debug)]
pub(super) struct Domain {
    outer: Vec<Column>,
    carried: Vec<Column>,
    relation: LogicalPlan,
}

impl Domain {
    /// The domain of the columns `outer` of `input`.
    pub(super) fn new(input: &LogicalPlan, outer: Vec<Column>, names: &Names) -> Result<Self> {
        let carried: Vec<Column> =
            outer.iter().map(|_| Column::new_unqualified(names.fresh("outer"))).collect();
        let columns = outer
            .iter()
            .zip(&carried)
            .map(|(outer, carried)| Expr::Column(outer.clone()).alias(carried.name.clone()));
        let relation = match outer.is_empty() {
            true => LogicalPlanBuilder::empty(true).build()?,
            false => LogicalPlanBuilder::from(input.clone())
                .project(columns.collect::<Vec<_>>())?
                .distinct()?
                .build()?,
        };
        Ok(Self { outer, carried, relation })
    }

    /// The outer columns.
    pub(super) fn outer(&self) -> &[Column] {
        &self.outer
    }

    /// The columns that stand for the outer ones in the sub-query.
    pub(super) fn carried(&self) -> &[Column] {
        &self.carried
    }

    /// One row for each combination of values.
    pub(super) fn relation(&self) -> LogicalPlan {
        self.relation.clone()
    }

    /// The column that stands for an outer one.
    pub(super) fn of(&self, outer: &Column) -> Option<Expr> {
        let index = self.outer.iter().position(|column| column == outer)?;
        Some(Expr::Column(self.carried[index].clone()))
    }

    /// The condition under which a row of the sub-query belongs to a row outside.
    pub(super) fn matches(&self) -> Vec<Expr> {
        same(&self.outer, &self.carried)
    }

    /// The columns of `plan` again under new names, for a join of two plans that both carry them.
    pub(super) fn renamed(
        &self,
        plan: LogicalPlan,
        names: &Names,
    ) -> Result<(LogicalPlan, Vec<Column>)> {
        let renamed: Vec<Column> =
            self.carried.iter().map(|_| Column::new_unqualified(names.fresh("outer"))).collect();
        let columns = columns_of(&plan).into_iter().map(|column| {
            match self.carried.iter().position(|carried| *carried == column) {
                Some(index) => Expr::Column(column).alias(renamed[index].name.clone()),
                None => Expr::Column(column),
            }
        });
        let columns: Vec<Expr> = columns.collect();
        Ok((LogicalPlanBuilder::from(plan).project(columns)?.build()?, renamed))
    }
}

/// The columns of a plan's output.
pub(super) fn columns_of(plan: &LogicalPlan) -> Vec<Column> {
    plan.schema().columns()
}

/// Equality of columns two by two, by which NULL is NULL.
pub(super) fn same(left: &[Column], right: &[Column]) -> Vec<Expr> {
    left.iter()
        .zip(right)
        .map(|(left, right)| {
            let (left, right) = (Expr::Column(left.clone()), Expr::Column(right.clone()));
            binary_expr(left, Operator::IsNotDistinctFrom, right)
        })
        .collect()
}
