//! ASOF joins: for each row of the left the nearest row of the right in an order, among those with equal keys.
//!
//! The right side is read once, grouped by its keys and sorted within each group, so that a row of the left
//! finds its match by a binary search. Keys and orders are compared in Arrow's row format, which makes
//! bytes of any type that sort as the values do.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch, UInt32Array};
use datafusion::arrow::compute::{concat_batches, take};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::row::{OwnedRow, RowConverter, SortField};
use datafusion::common::{Column, DFSchema};
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::logical_expr::type_coercion::binary::comparison_coercion;
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{
    BinaryExpr, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Operator, cast, when,
};
use datafusion::physical_expr::PhysicalExprRef;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::sql::sqlparser::ast::{Expr as SqlExpr, JoinConstraint, ObjectName, TableFactor};
use futures::StreamExt;

use super::node::{Operation, OperatorNode};
use super::plan::{finish, joined_schema, unsupported};

/// An equality or an inequality between the two sides.
struct Condition {
    left: Expr,
    right: Expr,
    operator: Operator,
}

/// The node of an ASOF join.
pub(super) fn plan(
    left: TableFactor,
    right: TableFactor,
    constraint: &JoinConstraint,
    keep_left: bool,
    context: &mut dyn RelationPlannerContext,
) -> DataFusionResult<LogicalPlan> {
    let left = context.plan(left)?;
    let right = context.plan(right)?;
    // What must hold of the nearest row besides.
    let mut tolerance: Vec<Expr> = vec![];
    let conditions = match constraint {
        JoinConstraint::On(SqlExpr::Prefixed { value, .. }) => {
            let schema = left.schema().join(right.schema())?;
            let on = context.sql_to_expr(value.as_ref().clone(), &schema)?;
            let mut conditions: Vec<Condition> = vec![];
            for condition in split_conjunction_owned(on) {
                let ordered = conditions.iter().any(|found| found.operator != Operator::Eq);
                match sided(condition.clone(), left.schema(), right.schema()) {
                    Ok(found) if found.operator == Operator::Eq || !ordered => {
                        conditions.push(found);
                    }
                    Ok(_) => tolerance.push(condition),
                    Err(_) if is_of_both(&condition, left.schema(), right.schema()) => {
                        tolerance.push(condition);
                    }
                    Err(error) => return Err(error),
                }
            }
            conditions
        }
        JoinConstraint::Using(names) => using(names, &left, &right, context)?,
        _ => vec![],
    };
    let mut inequalities = conditions.iter().filter(|found| found.operator != Operator::Eq);
    let (Some(order), None) = (inequalities.next(), inequalities.next()) else {
        return Err(unsupported(
            "an ASOF join takes an inequality, such as a.ts >= b.ts, and equalities beside it",
        ));
    };
    let (backward, equal) = match order.operator {
        Operator::GtEq => (true, true),
        Operator::Gt => (true, false),
        Operator::LtEq => (false, true),
        _ => (false, false),
    };
    let mut lefts = vec![];
    let mut rights = vec![];
    let equalities = conditions.iter().filter(|found| found.operator == Operator::Eq);
    for condition in equalities.chain(std::iter::once(order)) {
        let left_type = condition.left.get_type(left.schema())?;
        let right_type = condition.right.get_type(right.schema())?;
        let Some(common) = comparison_coercion(&left_type, &right_type) else {
            return Err(unsupported(format!(
                "an ASOF join cannot compare {left_type} with {right_type}"
            )));
        };
        let as_common = |expr: &Expr, own| match own == &common {
            true => expr.clone(),
            false => cast(expr.clone(), common.clone()),
        };
        lefts.push(as_common(&condition.left, &left_type));
        rights.push(as_common(&condition.right, &right_type));
    }
    lefts.extend(rights);
    let schema = Arc::new(joined_schema(&left, &right, (false, keep_left))?);
    let operation = Operation::Asof { keep_left, backward, equal };
    let columns = left.schema().fields().len();
    let join = finish(OperatorNode { operation, inputs: vec![left, right], exprs: lefts, schema })?;
    match conjunction(tolerance) {
        Some(tolerance) => within(join, tolerance, keep_left, columns),
        None => Ok(join),
    }
}

/// The join without the matches that are too far away: the nearest row or none.
fn within(
    join: LogicalPlan,
    tolerance: Expr,
    keep_left: bool,
    lefts: usize,
) -> DataFusionResult<LogicalPlan> {
    if !keep_left {
        return LogicalPlanBuilder::from(join).filter(tolerance)?.build();
    }
    let exprs = join
        .schema()
        .iter()
        .enumerate()
        .map(|(index, (relation, field))| {
            let column = Expr::Column(Column::new(relation.cloned(), field.name()));
            match index < lefts {
                true => Ok(column),
                false => Ok(when(tolerance.clone(), column)
                    .end()?
                    .alias_qualified(relation.cloned(), field.name())),
            }
        })
        .collect::<DataFusionResult<Vec<_>>>()?;
    LogicalPlanBuilder::from(join).project(exprs)?.build()
}

/// Whether a condition is about columns of both relations.
fn is_of_both(condition: &Expr, left: &DFSchema, right: &DFSchema) -> bool {
    let columns = condition.column_refs();
    let names = |schema: &DFSchema| columns.iter().any(|column| schema.has_column(column));
    names(left) && names(right)
}

/// The last of the columns is the order, as in DuckDB.
fn using(
    names: &[ObjectName],
    left: &LogicalPlan,
    right: &LogicalPlan,
    context: &mut dyn RelationPlannerContext,
) -> DataFusionResult<Vec<Condition>> {
    let names = names.get(1..).unwrap_or_default();
    let last = names.len().saturating_sub(1);
    names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let Some(ident) = name.0.last().and_then(|part| part.as_ident()) else {
                return Err(unsupported("USING takes names of columns"));
            };
            let name = context.normalize_ident(ident.clone());
            let column = |schema: &DFSchema| -> DataFusionResult<Expr> {
                let (relation, field) = schema.qualified_field_with_unqualified_name(&name)?;
                Ok(Expr::Column(Column::new(relation.cloned(), field.name())))
            };
            Ok(Condition {
                left: column(left.schema())?,
                right: column(right.schema())?,
                operator: if index == last { Operator::GtEq } else { Operator::Eq },
            })
        })
        .collect()
}

/// A condition with the left relation on its left.
fn sided(condition: Expr, left: &DFSchema, right: &DFSchema) -> DataFusionResult<Condition> {
    let refused = || {
        unsupported(
            "the condition of an ASOF join compares a column of the left with one of the right by =, <, <=, > or >=",
        )
    };
    let Expr::BinaryExpr(BinaryExpr { left: first, op, right: second }) = condition else {
        return Err(refused());
    };
    let comparable =
        matches!(op, Operator::Eq | Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq);
    let is_of = |expr: &Expr, schema: &DFSchema| {
        let columns = expr.column_refs();
        !columns.is_empty() && columns.iter().all(|column| schema.has_column(column))
    };
    match (comparable, op.swap()) {
        (true, _) if is_of(&first, left) && is_of(&second, right) => {
            Ok(Condition { left: *first, right: *second, operator: op })
        }
        (true, Some(swapped)) if is_of(&first, right) && is_of(&second, left) => {
            Ok(Condition { left: *second, right: *first, operator: swapped })
        }
        _ => Err(refused()),
    }
}

/// How the rows of the right are found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search {
    pub(super) keep_left: bool,
    pub(super) backward: bool,
    pub(super) equal: bool,
}

/// The right side, ready to be searched.
pub(super) struct Index {
    rows: RecordBatch,
    /// The rows of each key, sorted by their order.
    groups: HashMap<OwnedRow, Vec<(OwnedRow, u32)>>,
    /// The memory of both, until the last partition has ended.
    _reservation: MemoryReservation,
}

impl Index {
    /// Reads the right side. `exprs` are its keys and, last, its order.
    pub(super) async fn build(
        mut stream: SendableRecordBatchStream,
        exprs: &[PhysicalExprRef],
        reservation: MemoryReservation,
    ) -> DataFusionResult<Self> {
        // What a key and an order take beside their bytes.
        const OVERHEAD: usize = 96;
        let mut batches = vec![];
        while let Some(batch) = stream.next().await {
            let batch = batch?;
            reservation.try_grow(batch.get_array_memory_size())?;
            batches.push(batch);
        }
        let sizes = batches.iter().map(RecordBatch::get_array_memory_size);
        let size: usize = sizes.sum();
        let count: usize = batches.iter().map(RecordBatch::num_rows).sum();
        // The copy in one piece, and the keys and orders of its rows.
        let encoded_size: usize = exprs.len() * count * 16 + count * OVERHEAD;
        reservation.try_grow(size + encoded_size)?;
        let rows = concat_batches(&stream.schema(), &batches)?;
        drop(batches);
        reservation.shrink(size);
        let (keys, orders, valid) = encoded(&rows, exprs)?;
        let mut groups: HashMap<OwnedRow, Vec<(OwnedRow, u32)>> = HashMap::new();
        for (row, ((key, order), valid)) in keys.into_iter().zip(orders).zip(valid).enumerate() {
            if valid {
                groups.entry(key).or_default().push((order, row as u32));
            }
        }
        // Of equal orders the last one read comes last, and is found first from behind.
        for group in groups.values_mut() {
            group.sort();
        }
        Ok(Self { rows, groups, _reservation: reservation })
    }

    /// The rows of the left with their matches.
    fn join(
        &self,
        batch: &RecordBatch,
        exprs: &[PhysicalExprRef],
        search: Search,
        schema: &SchemaRef,
    ) -> DataFusionResult<RecordBatch> {
        let (keys, orders, valid) = encoded(batch, exprs)?;
        let mut lefts: Vec<u32> = vec![];
        let mut rights: Vec<Option<u32>> = vec![];
        for (row, ((key, order), valid)) in keys.into_iter().zip(orders).zip(valid).enumerate() {
            let found = match valid {
                true => self.groups.get(&key).and_then(|group| nearest(group, &order, search)),
                false => None,
            };
            if found.is_some() || search.keep_left {
                lefts.push(row as u32);
                rights.push(found);
            }
        }
        let lefts = UInt32Array::from(lefts);
        let rights = UInt32Array::from(rights);
        let mut columns: Vec<ArrayRef> = vec![];
        for column in batch.columns() {
            columns.push(take(column, &lefts, None)?);
        }
        for column in self.rows.columns() {
            columns.push(take(column, &rights, None)?);
        }
        Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
    }
}

fn nearest(group: &[(OwnedRow, u32)], order: &OwnedRow, search: Search) -> Option<u32> {
    let at = match (search.backward, search.equal) {
        (true, true) | (false, false) => group.partition_point(|(found, _)| found <= order),
        (true, false) | (false, true) => group.partition_point(|(found, _)| found < order),
    };
    let found = match search.backward {
        true => at.checked_sub(1).and_then(|at| group.get(at)),
        false => group.get(at),
    };
    found.map(|(_, row)| *row)
}

/// The keys and orders of rows, and whether none of them is NULL.
fn encoded(
    batch: &RecordBatch,
    exprs: &[PhysicalExprRef],
) -> DataFusionResult<(Vec<OwnedRow>, Vec<OwnedRow>, Vec<bool>)> {
    let arrays = exprs
        .iter()
        .map(|expr| expr.evaluate(batch)?.into_array(batch.num_rows()))
        .collect::<DataFusionResult<Vec<_>>>()?;
    let (keys, orders) = arrays.split_at(arrays.len().saturating_sub(1));
    let rows = |arrays: &[ArrayRef]| -> DataFusionResult<Vec<OwnedRow>> {
        let fields = arrays.iter().map(|a| SortField::new(a.data_type().clone())).collect();
        let converter = RowConverter::new(fields)?;
        if arrays.is_empty() {
            // One key for all rows: a converter of no columns has no rows.
            let one = RowConverter::new(vec![SortField::new(
                datafusion::arrow::datatypes::DataType::Null,
            )])?;
            let nulls: ArrayRef =
                Arc::new(datafusion::arrow::array::NullArray::new(batch.num_rows()));
            let rows = one.convert_columns(&[nulls])?;
            return Ok(rows.iter().map(|row| row.owned()).collect());
        }
        Ok(converter.convert_columns(arrays)?.iter().map(|row| row.owned()).collect())
    };
    let valid =
        (0..batch.num_rows()).map(|row| arrays.iter().all(|array| array.is_valid(row))).collect();
    Ok((rows(keys)?, rows(orders)?, valid))
}

/// The joined rows, as the left side comes.
pub(super) fn execute(
    schema: SchemaRef,
    left: SendableRecordBatchStream,
    right: impl Future<Output = DataFusionResult<Arc<Index>>> + Send + 'static,
    exprs: Vec<PhysicalExprRef>,
    search: Search,
) -> SendableRecordBatchStream {
    let made = Arc::clone(&schema);
    let joined = futures::stream::once(async move {
        let index = right.await?;
        Ok::<_, datafusion::error::DataFusionError>(
            left.map(move |batch| index.join(&batch?, &exprs, search, &made)),
        )
    });
    let joined = futures::TryStreamExt::try_flatten(joined);
    Box::pin(RecordBatchStreamAdapter::new(schema, joined))
}
