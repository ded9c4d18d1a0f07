//! Lists of numbers as vectors.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, Float64Builder, ListArray};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type};
use extension::{Error, Result};

use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar};

const TWO_VECTORS: &[&[Kind]] = &[&[Kind::Vector, Kind::Vector]];

/// A number for each pair of vectors of the same length.
fn measure(call: &Call, of: fn(&[f64], &[f64]) -> Option<f64>) -> Result<ArrayRef> {
    let (left, right) = (call.list(0)?, call.list(1)?);
    let lefts = left.array.values().as_primitive::<Float64Type>();
    let rights = right.array.values().as_primitive::<Float64Type>();
    let mut results = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        let (Some(a), Some(b)) = (left.range(row), right.range(row)) else {
            results.push(None);
            continue;
        };
        if a.len() != b.len() {
            return Err(Error::invalid_input(format!(
                "the vectors must be of the same length, not {} and {}",
                a.len(),
                b.len()
            )));
        }
        let has_null = |array: &Float64Array, range: &std::ops::Range<usize>| {
            array.null_count() > 0 && range.clone().any(|at| array.is_null(at))
        };
        if has_null(lefts, &a) || has_null(rights, &b) {
            return Err(Error::invalid_input("a vector must not hold NULL"));
        }
        results.push(of(&lefts.values()[a], &rights.values()[b]));
    }
    Ok(Arc::new(Float64Array::from(results)))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    // The sum of nothing is 0 here, and -0 in the standard library.
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
}

fn cosine(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.is_empty() {
        return None;
    }
    Some((dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()).clamp(-1.0, 1.0))
}

macro_rules! measure {
    ($constant:ident, $names:expr, $usage:literal, $description:literal, $example:literal, $result:literal, $of:expr) => {
        pub(super) const $constant: Scalar = Scalar {
            names: $names,
            manual: Manual {
                usage: $usage,
                description: $description,
                example: $example,
                result: $result,
            },
            takes: TWO_VECTORS,
            returns: |_| Ok(DataType::Float64),
            evaluate: |call| measure(call, $of),
        };
    };
}

measure!(
    COSINE_SIMILARITY,
    &["list_cosine_similarity", "array_cosine_similarity"],
    "list_cosine_similarity(a, b)",
    "The cosine of the angle between two vectors, from -1 to 1.",
    "SELECT round(list_cosine_similarity([1, 2], [2, 3]), 4)",
    "0.9923",
    cosine
);
measure!(
    COSINE_DISTANCE,
    &["list_cosine_distance", "array_cosine_distance"],
    "list_cosine_distance(a, b)",
    "One less the cosine of the angle between two vectors, from 0 to 2.",
    "SELECT round(list_cosine_distance([1, 2], [2, 3]), 4)",
    "0.0077",
    |a, b| Some(1.0 - cosine(a, b)?)
);
measure!(
    INNER_PRODUCT,
    &["list_inner_product", "array_inner_product", "list_dot_product", "array_dot_product"],
    "list_inner_product(a, b)",
    "The sum of the products of the elements of two vectors.",
    "SELECT list_inner_product([1, 2], [2, 3])",
    "8.0",
    |a, b| Some(dot(a, b))
);
measure!(
    NEGATIVE_INNER_PRODUCT,
    &[
        "list_negative_inner_product",
        "array_negative_inner_product",
        "list_negative_dot_product",
        "array_negative_dot_product",
    ],
    "list_negative_inner_product(a, b)",
    "The inner product of two vectors with its sign turned, so that the nearest is the least.",
    "SELECT list_negative_inner_product([1, 2], [2, 3])",
    "-8.0",
    |a, b| Some(-dot(a, b))
);

pub(super) const CROSS_PRODUCT: Scalar = Scalar {
    names: &["array_cross_product"],
    manual: Manual {
        usage: "array_cross_product(a, b)",
        description: "The cross product of two vectors of three numbers.",
        example: "SELECT array_cross_product([1, 2, 3], [2, 3, 4])",
        result: "[-1.0, 2.0, -1.0]",
    },
    takes: TWO_VECTORS,
    returns: |_| Ok(DataType::new_list(DataType::Float64, true)),
    evaluate: |call| {
        let (left, right) = (call.list(0)?, call.list(1)?);
        let lefts = left.array.values().as_primitive::<Float64Type>().values();
        let rights = right.array.values().as_primitive::<Float64Type>().values();
        let mut values = Float64Builder::new();
        let (mut lengths, mut valid) = (vec![], vec![]);
        for row in 0..call.rows {
            let (Some(a), Some(b)) = (left.range(row), right.range(row)) else {
                lengths.push(0);
                valid.push(false);
                continue;
            };
            let (&[a1, a2, a3], &[b1, b2, b3]) = (&lefts[a], &rights[b]) else {
                return Err(Error::invalid_input("a cross product takes vectors of three numbers"));
            };
            values.append_slice(&[a2 * b3 - a3 * b2, a3 * b1 - a1 * b3, a1 * b2 - a2 * b1]);
            lengths.push(3);
            valid.push(true);
        }
        Ok(Arc::new(ListArray::try_new(
            Arc::new(Field::new_list_field(DataType::Float64, true)),
            OffsetBuffer::from_lengths(lengths),
            Arc::new(values.finish()),
            Some(NullBuffer::from(valid)),
        )?))
    },
};
