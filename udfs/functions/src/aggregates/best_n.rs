//! The greatest or least values of a group: `max(x, n)`, `arg_max(x, y, n)` and their kin.
//!
//! The calls with a number are planned as functions of their own names.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, ListArray, UInt64Array};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{SortOptions, sort_to_indices, take};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::ScalarValue;
use extension::{Error, Result};

use super::definition::{Aggregate, Engine};
use super::store::Groups;
use crate::manual::Manual;
use crate::scalar::Kind;

/// More values than this are a mistake, as in DuckDB.
const MOST: i64 = 1_000_000;

macro_rules! best {
    ($constant:ident, $name:literal, $usage:literal, $description:literal, $example:literal, $result:literal, $takes:expr, $columns:literal, $greatest:literal) => {
        pub(super) const $constant: Aggregate = Aggregate {
            names: &[$name],
            manual: Manual {
                usage: $usage,
                description: $description,
                example: $example,
                result: $result,
            },
            takes: $takes,
            returns: |types| Ok(DataType::new_list(types[0].clone(), true)),
            engine: Engine::Collected($columns, |groups| best(groups, $columns, $greatest)),
        };
    };
}

best!(
    MAX_N,
    "max_n",
    "max_n(x, n)",
    "The n greatest values as a list, greatest first; max(x, n) is the same.",
    "SELECT max(x, 2) FROM (VALUES (1), (3), (2)) t(x)",
    "[3, 2]",
    &[&[Kind::Any, Kind::Integer]],
    1,
    true
);
best!(
    MIN_N,
    "min_n",
    "min_n(x, n)",
    "The n least values as a list, least first; min(x, n) is the same.",
    "SELECT min(x, 2) FROM (VALUES (1), (3), (2)) t(x)",
    "[1, 2]",
    &[&[Kind::Any, Kind::Integer]],
    1,
    false
);
best!(
    ARG_MAX_N,
    "arg_max_n",
    "arg_max_n(x, y, n)",
    "The x of the n rows with the greatest y as a list, greatest first; arg_max(x, y, n) is the same. Rows in which either is NULL do not count.",
    "SELECT arg_max(name, age, 2) FROM (VALUES ('Ann', 31), ('Bob', 42), ('Cyd', 20)) t(name, age)",
    "[Bob, Ann]",
    &[&[Kind::Any, Kind::Any, Kind::Integer]],
    2,
    true
);
best!(
    ARG_MIN_N,
    "arg_min_n",
    "arg_min_n(x, y, n)",
    "The x of the n rows with the least y as a list, least first; arg_min(x, y, n) is the same. Rows in which either is NULL do not count.",
    "SELECT arg_min(name, age, 2) FROM (VALUES ('Ann', 31), ('Bob', 42), ('Cyd', 20)) t(name, age)",
    "[Cyd, Ann]",
    &[&[Kind::Any, Kind::Any, Kind::Integer]],
    2,
    false
);

fn best(groups: &Groups, columns: usize, greatest: bool) -> Result<ArrayRef> {
    let count = match groups.constants.first() {
        Some(ScalarValue::Int64(Some(count))) if (1..MOST).contains(count) => *count as usize,
        Some(ScalarValue::Int64(Some(_))) => {
            return Err(Error::invalid_input(format!(
                "the number of values must be from 1 to {}",
                MOST - 1
            )));
        }
        _ => return Err(Error::invalid_input("the number of values must be a constant, not NULL")),
    };
    let (values, order) = (&groups.columns[0], &groups.columns[columns - 1]);
    let options = SortOptions { descending: greatest, nulls_first: false };
    let (mut places, mut lengths, mut valid) = (vec![], vec![], vec![]);
    for range in groups.ranges() {
        let of_group = order.slice(range.start, range.len());
        let found = sort_to_indices(&of_group, Some(options), Some(count))?;
        places.extend(found.values().iter().map(|at| range.start as u64 + u64::from(*at)));
        lengths.push(found.len());
        valid.push(!found.is_empty());
    }
    Ok(Arc::new(ListArray::try_new(
        Arc::new(Field::new_list_field(values.data_type().clone(), true)),
        OffsetBuffer::from_lengths(lengths),
        take(values, &UInt64Array::from(places), None)?,
        Some(NullBuffer::from(valid)),
    )?))
}
