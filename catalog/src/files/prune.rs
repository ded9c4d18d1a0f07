//! Files that a filter over file names and partition columns rules out are not opened.

use std::sync::Arc;

use arrow::array::{Array, BooleanArray, RecordBatch};
use arrow::datatypes::{FieldRef, Schema};
use datafusion::catalog::Session;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::datasource::listing::helpers::expr_applicable_for_cols;
use datafusion::logical_expr::Expr;

/// Whether a filter can be decided from the partition columns alone.
pub(crate) fn decides(filter: &Expr, columns: &[FieldRef]) -> bool {
    let names: Vec<&str> = columns.iter().map(|column| column.name().as_str()).collect();
    !filter.column_refs().is_empty() && expr_applicable_for_cols(&names, filter)
}

/// Which files the filters leave, given each file's values of the partition columns.
pub(crate) fn kept(
    values: &[Vec<ScalarValue>],
    columns: &[FieldRef],
    filters: &[Expr],
    state: &dyn Session,
) -> Result<Vec<bool>> {
    let mut kept = vec![true; values.len()];
    let filters: Vec<&Expr> = filters.iter().filter(|filter| decides(filter, columns)).collect();
    if filters.is_empty() || values.is_empty() {
        return Ok(kept);
    }
    let schema = Arc::new(Schema::new(columns.to_vec()));
    let arrays = (0..columns.len())
        .map(|index| ScalarValue::iter_to_array(values.iter().map(|values| values[index].clone())))
        .collect::<Result<Vec<_>>>()?;
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)?;
    let schema = DFSchema::try_from(schema)?;
    for filter in filters {
        let condition = state.create_physical_expr(filter.clone(), &schema)?;
        let outcome = condition.evaluate(&batch)?.into_array(batch.num_rows())?;
        let Some(outcome) = outcome.as_any().downcast_ref::<BooleanArray>() else {
            continue;
        };
        for (index, kept) in kept.iter_mut().enumerate() {
            // NULL leaves a row out as false does.
            *kept &= outcome.is_valid(index) && outcome.value(index);
        }
    }
    Ok(kept)
}
