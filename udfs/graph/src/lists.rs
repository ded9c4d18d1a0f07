//! Nodes among the arguments of a call, such as where a search starts: values, or the rows of a query.

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::Float64Type;
use extension::{Error, Result};

use arrow::record_batch::RecordBatch;

use crate::ingest::column;

/// Where the nodes come from.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// Values in the call.
    Values(Collected),
    /// A query, which is this input of the operator; its first columns are identifiers.
    Input { index: usize, ids: usize },
}

/// The nodes of a list, by identifier.
#[derive(Debug, Clone, Default)]
pub(crate) struct Collected {
    /// Columns of identifiers of the graph's type.
    pub(crate) ids: Vec<ArrayRef>,
    /// Numbers beside them, where there are some.
    pub(crate) values: Vec<f64>,
}

impl Collected {
    /// The rows of a query. NULLs are an error: a search cannot start nowhere.
    pub(crate) fn of(batches: &[RecordBatch], ids: usize) -> Result<Self> {
        let mut collected = Self::default();
        for index in 0..ids {
            let Some(array) = column(batches, index)? else { return Ok(Self::default()) };
            if array.null_count() > 0 {
                return Err(Error::invalid_data("a NULL stands in the place of a node")
                    .with_hint("leave it out, as in (SELECT … WHERE id IS NOT NULL)"));
            }
            collected.ids.push(array);
        }
        if let Some(values) = column(batches, ids)?
            && let Some(values) = values.as_primitive_opt::<Float64Type>()
        {
            collected.values = values.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
            if collected.values.iter().any(|value| !value.is_finite()) {
                return Err(Error::invalid_data("the weight of a node is NULL or not finite"));
            }
        }
        Ok(collected)
    }
}
