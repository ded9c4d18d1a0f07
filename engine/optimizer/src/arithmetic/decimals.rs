//! Sums, differences and products of decimals of 38 digits, which fail when they need more.
//!
//! Arrow fails where a result leaves 128 bits, which have room for a little more than 38 digits.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Datum};
use datafusion::arrow::compute::kernels::numeric;
use datafusion::arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Decimal128Type};
use datafusion::common::{Result, ScalarValue, exec_err, internal_err};
use datafusion::logical_expr::{ColumnarValue, Operator};

/// Whether a result of the type has to be checked.
pub(super) fn is_widest(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Decimal128(DECIMAL128_MAX_PRECISION, _))
}

/// One more than the greatest number of 38 digits.
const LIMIT: i128 = 10_i128.pow(38);

pub(super) fn apply(
    operator: Operator,
    left: &ColumnarValue,
    right: &ColumnarValue,
) -> Result<ColumnarValue> {
    let both_constant =
        matches!((left, right), (ColumnarValue::Scalar(_), ColumnarValue::Scalar(_)));
    let (left, right) = (datum(left)?, datum(right)?);
    let computed: ArrayRef = match operator {
        Operator::Plus => numeric::add(left.as_ref(), right.as_ref())?,
        Operator::Minus => numeric::sub(left.as_ref(), right.as_ref())?,
        Operator::Multiply => numeric::mul(left.as_ref(), right.as_ref())?,
        other => return internal_err!("{other} of decimals is not checked"),
    };
    let decimals = computed.as_primitive::<Decimal128Type>();
    // The loop over all slots is the fast one; a slot of NULL may hold anything.
    let beyond = |value: &i128| *value <= -LIMIT || *value >= LIMIT;
    if decimals.values().iter().any(beyond) && decimals.iter().flatten().any(|value| beyond(&value))
    {
        return exec_err!("out of range: overflow in DECIMAL: more than 38 digits");
    }
    Ok(match both_constant {
        true => ColumnarValue::Scalar(ScalarValue::try_from_array(&computed, 0)?),
        false => ColumnarValue::Array(computed),
    })
}

fn datum(value: &ColumnarValue) -> Result<Box<dyn Datum>> {
    Ok(match value {
        ColumnarValue::Array(array) => Box::new(Arc::clone(array)),
        ColumnarValue::Scalar(scalar) => Box::new(scalar.to_scalar()?),
    })
}
