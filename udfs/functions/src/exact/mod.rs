//! `sum` and `avg` that do not wrap around.
//!
//! They take the place of DataFusion's functions of the same names. Sums of whole numbers are kept in
//! 128 bits and are `DECIMAL(38,0)`, wide enough for any table; sums of decimals fail when they pass 38
//! digits; averages of whole numbers divide the exact sum. All else is DataFusion's.

mod avg;
mod decimals;
mod sum;
mod whole;

use std::sync::Arc;

use datafusion::logical_expr::AggregateUDF;

/// The functions.
pub(crate) fn functions() -> Vec<Arc<AggregateUDF>> {
    vec![
        Arc::new(AggregateUDF::from(sum::Sum::default())),
        Arc::new(AggregateUDF::from(avg::Avg::default())),
    ]
}
