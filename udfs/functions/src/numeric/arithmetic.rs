//! The operators by name, and division in other ways.

use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use extension::{Error, Result};

use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar};

const WHOLE_OR_NOT: &[&[Kind]] = &[&[Kind::Integer, Kind::Integer], &[Kind::Double, Kind::Double]];
const TWO_NUMBERS: &[&[Kind]] = &[&[Kind::Double, Kind::Double]];

/// Whole numbers give whole numbers.
fn calculate(
    call: &Call,
    whole: fn(i64, i64) -> Option<i64>,
    decimal: fn(f64, f64) -> f64,
) -> Result<ArrayRef> {
    if call.raw(0)?.data_type() == &DataType::Int64 {
        let (left, right) = (call.primitive::<Int64Type>(0)?, call.primitive::<Int64Type>(1)?);
        return call.try_map::<Int64Array, _>(|row| {
            let (left, right) = (left.get(row)?, right.get(row)?);
            Some(whole(left, right).ok_or_else(|| match right {
                0 => Error::invalid_data("division by zero"),
                _ => Error::invalid_data(format!(
                    "the result for {left} and {right} is out of range"
                )),
            }))
        });
    }
    let (left, right) = (call.primitive::<Float64Type>(0)?, call.primitive::<Float64Type>(1)?);
    call.map::<Float64Array, _>(|row| Some(decimal(left.get(row)?, right.get(row)?)))
}

macro_rules! operator {
    ($constant:ident, $names:expr, $usage:literal, $description:literal, $example:literal, $result:literal, $whole:expr, $decimal:expr) => {
        pub(super) const $constant: Scalar = Scalar {
            names: $names,
            manual: Manual {
                usage: $usage,
                description: $description,
                example: $example,
                result: $result,
            },
            takes: WHOLE_OR_NOT,
            returns: |given| Ok(given[0].clone()),
            evaluate: |call| calculate(call, $whole, $decimal),
        };
    };
}

operator!(
    ADD,
    &["add"],
    "add(a, b)",
    "The sum of two numbers; an error where it is out of range.",
    "SELECT add(2, 3)",
    "5",
    i64::checked_add,
    |a, b| a + b
);
operator!(
    SUBTRACT,
    &["subtract"],
    "subtract(a, b)",
    "The difference of two numbers; an error where it is out of range.",
    "SELECT subtract(2, 3)",
    "-1",
    i64::checked_sub,
    |a, b| a - b
);
operator!(
    MULTIPLY,
    &["multiply"],
    "multiply(a, b)",
    "The product of two numbers; an error where it is out of range.",
    "SELECT multiply(2, 3)",
    "6",
    i64::checked_mul,
    |a, b| a * b
);
operator!(
    DIVIDE,
    &["divide"],
    "divide(a, b)",
    "The quotient of two whole numbers without its decimals, as the operator //; of others with them.",
    "SELECT divide(7, 2)",
    "3",
    i64::checked_div,
    |a, b| a / b
);
operator!(
    MOD,
    &["mod"],
    "mod(a, b)",
    "What remains of a when it is divided by b, with the sign of a.",
    "SELECT mod(-7, 3)",
    "-1",
    |a, b| match b {
        0 => None,
        b => Some(a.wrapping_rem(b)),
    },
    |a, b| a % b
);

pub(super) const FDIV: Scalar = Scalar {
    names: &["fdiv"],
    manual: Manual {
        usage: "fdiv(a, b)",
        description: "The quotient rounded down.",
        example: "SELECT fdiv(-7, 2)",
        result: "-4.0",
    },
    takes: TWO_NUMBERS,
    returns: |_| Ok(DataType::Float64),
    evaluate: |call| calculate(call, i64::checked_div, |a, b| (a / b).floor()),
};

pub(super) const FMOD: Scalar = Scalar {
    names: &["fmod"],
    manual: Manual {
        usage: "fmod(a, b)",
        description: "What remains after the quotient is rounded down, with the sign of b.",
        example: "SELECT fmod(-7, 3)",
        result: "2.0",
    },
    takes: TWO_NUMBERS,
    returns: |_| Ok(DataType::Float64),
    evaluate: |call| calculate(call, i64::checked_rem, |a, b| a - b * (a / b).floor()),
};
