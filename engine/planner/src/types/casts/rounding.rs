//! Fractions to whole numbers round; Arrow cuts.
//!
//! As in DuckDB, a DECIMAL rounds half away from zero and a DOUBLE half to even.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Field, Float32Type, Float64Type};
use extension::Result;

use super::{CastRule, arrow_cast};

#[derive(Debug)]
pub(super) struct ToInteger;

impl CastRule for ToInteger {
    fn claims(&self, from: &Field, to: &Field) -> bool {
        let fraction = match from.data_type() {
            DataType::Float32 | DataType::Float64 => true,
            DataType::Decimal32(_, scale)
            | DataType::Decimal64(_, scale)
            | DataType::Decimal128(_, scale)
            | DataType::Decimal256(_, scale) => *scale > 0,
            _ => false,
        };
        let whole =
            matches!(to.data_type(), DataType::Decimal128(_, 0)) && from.data_type().is_floating();
        fraction && (to.data_type().is_integer() || whole)
    }

    fn cast(&self, values: &ArrayRef, _from: &Field, to: &Field, safe: bool) -> Result<ArrayRef> {
        arrow_cast(&rounded(values)?, to.data_type(), safe)
    }
}

/// The numbers without their fractions.
pub(super) fn rounded(values: &ArrayRef) -> Result<ArrayRef> {
    Ok(match values.data_type() {
        DataType::Float32 => Arc::new(
            values.as_primitive::<Float32Type>().unary::<_, Float32Type>(f32::round_ties_even),
        ),
        DataType::Float64 => Arc::new(
            values.as_primitive::<Float64Type>().unary::<_, Float64Type>(f64::round_ties_even),
        ),
        DataType::Decimal32(precision, scale) if *scale > 0 => {
            arrow_cast(values, &DataType::Decimal32(*precision, 0), false)?
        }
        DataType::Decimal64(precision, scale) if *scale > 0 => {
            arrow_cast(values, &DataType::Decimal64(*precision, 0), false)?
        }
        DataType::Decimal128(precision, scale) if *scale > 0 => {
            arrow_cast(values, &DataType::Decimal128(*precision, 0), false)?
        }
        DataType::Decimal256(precision, scale) if *scale > 0 => {
            arrow_cast(values, &DataType::Decimal256(*precision, 0), false)?
        }
        _ => Arc::clone(values),
    })
}
