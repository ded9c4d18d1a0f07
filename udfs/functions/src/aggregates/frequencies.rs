//! Functions of how often each value occurs.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, AsArray, Float64Array, ListArray, MapArray, StructArray, UInt64Array,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{SortOptions, sort_to_indices, take};
use datafusion::arrow::datatypes::{DataType, Field, Fields, UInt64Type};
use extension::{Error, Result};

use super::definition::{Aggregate, Engine};
use super::store::Groups;
use crate::manual::Manual;
use crate::scalar::Kind;

pub(super) const MODE: Aggregate = Aggregate {
    names: &["mode"],
    manual: Manual {
        usage: "mode(x)",
        description: "The value that occurs most often, NULL left out; of several, the one that came first.",
        example: "SELECT mode(x) FROM (VALUES (1), (2), (2), (NULL)) t(x)",
        result: "2",
    },
    takes: &[&[Kind::Any]],
    returns: |types| Ok(types[0].clone()),
    engine: Engine::Counted(|groups| {
        let counts = groups.columns[1].as_primitive::<UInt64Type>();
        let best = groups.ranges().map(|range| {
            // The first of the greatest, so later ones must be greater.
            let mut best: Option<usize> = None;
            for row in range {
                if best.is_none_or(|best| counts.value(row) > counts.value(best)) {
                    best = Some(row);
                }
            }
            best.map(|row| row as u64)
        });
        Ok(take(&groups.columns[0], &best.collect::<UInt64Array>(), None)?)
    }),
};

/// The type of a histogram.
fn histogram_type(value: &DataType) -> DataType {
    let entries = Fields::from(vec![
        Field::new("key", value.clone(), false),
        Field::new("value", DataType::UInt64, true),
    ]);
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries), false)), false)
}

pub(super) const HISTOGRAM: Aggregate = Aggregate {
    names: &["histogram"],
    manual: Manual {
        usage: "histogram(x)",
        description: "A map of the values, in order, to how often each occurs.",
        example: "SELECT histogram(x) FROM (VALUES (2), (1), (2), (NULL)) t(x)",
        result: "{1: 1, 2: 2}",
    },
    takes: &[&[Kind::Any]],
    returns: |types| Ok(histogram_type(&types[0])),
    engine: Engine::Counted(|groups| {
        let mut order = Vec::with_capacity(groups.columns[0].len());
        let mut ends = vec![0i32];
        let mut valid = vec![];
        for range in groups.ranges() {
            let keys = groups.columns[0].slice(range.start, range.len());
            let sorted = sort_to_indices(&keys, None, None)?;
            order.extend(sorted.values().iter().map(|row| range.start as u64 + u64::from(*row)));
            let end = i32::try_from(order.len());
            ends.push(end.map_err(|_| Error::resources_exhausted("too many values for a map"))?);
            valid.push(!range.is_empty());
        }
        let order = UInt64Array::from(order);
        let DataType::Map(entries, sorted) = groups.returns else {
            return Err(Error::internal("a histogram is a map"));
        };
        let DataType::Struct(fields) = entries.data_type() else {
            return Err(Error::internal("the entries of a map are a struct"));
        };
        let columns =
            vec![take(&groups.columns[0], &order, None)?, take(&groups.columns[1], &order, None)?];
        Ok(Arc::new(MapArray::try_new(
            Arc::clone(entries),
            OffsetBuffer::new(ends.into()),
            StructArray::try_new(fields.clone(), columns, None)?,
            Some(NullBuffer::from(valid)),
            *sorted,
        )?))
    }),
};

pub(super) const ENTROPY: Aggregate = Aggregate {
    names: &["entropy"],
    manual: Manual {
        usage: "entropy(x)",
        description: "The entropy of the values in bits: 0 where all are the same.",
        example: "SELECT entropy(x) FROM (VALUES ('a'), ('b'), ('a'), ('b')) t(x)",
        result: "1.0",
    },
    takes: &[&[Kind::Any]],
    returns: |_| Ok(DataType::Float64),
    engine: Engine::Counted(|groups| {
        let counts = groups.columns[1].as_primitive::<UInt64Type>().values();
        let entropies = groups.ranges().map(|range| {
            let counts = &counts[range];
            let total: u64 = counts.iter().sum();
            let part = |count: &u64| {
                let share = *count as f64 / total as f64;
                -share * share.log2()
            };
            // The entropy of one value is 0, not -0.
            Some(counts.iter().map(part).sum::<f64>() + 0.0)
        });
        Ok(Arc::new(entropies.collect::<Float64Array>()))
    }),
};

pub(super) const APPROX_TOP_K: Aggregate = Aggregate {
    names: &["approx_top_k"],
    manual: Manual {
        usage: "approx_top_k(x, k)",
        description: "A list of the k values that occur most often, the most frequent first. It is exact here.",
        example: "SELECT approx_top_k(x, 2) FROM (VALUES (1), (2), (2), (3), (3), (3)) t(x)",
        result: "[3, 2]",
    },
    takes: &[&[Kind::Any, Kind::Integer]],
    returns: |types| Ok(DataType::new_list(types[0].clone(), true)),
    engine: Engine::Counted(|groups| {
        let k = match groups.constants.first() {
            Some(datafusion::common::ScalarValue::Int64(Some(k))) if (1..1_000_000).contains(k) => {
                *k as usize
            }
            _ => {
                return Err(Error::invalid_input(
                    "approx_top_k: k must be a constant from 1 to 999999",
                ));
            }
        };
        let mut order = vec![];
        let mut ends = vec![0usize];
        for range in groups.ranges() {
            let counts = groups.columns[1].slice(range.start, range.len());
            let options = SortOptions { descending: true, nulls_first: false };
            let sorted = sort_to_indices(&counts, Some(options), None)?;
            // The sort is not stable, and the first seen stands first among equals.
            let counts = counts.as_primitive::<UInt64Type>();
            let mut sorted: Vec<u32> = sorted.values().to_vec();
            sorted.sort_by_key(|row| (std::cmp::Reverse(counts.value(*row as usize)), *row));
            order.extend(sorted.iter().take(k).map(|row| range.start as u64 + u64::from(*row)));
            ends.push(order.len());
        }
        list(&groups.columns[0], order, &ends, groups)
    }),
};

/// Lists of the values at `order`; a group without values is NULL.
pub(super) fn list(
    values: &ArrayRef,
    order: Vec<u64>,
    ends: &[usize],
    groups: &Groups,
) -> Result<ArrayRef> {
    let DataType::List(element) = groups.returns else {
        return Err(Error::internal("the result is a list"));
    };
    let lengths = ends.windows(2).map(|ends| ends[1] - ends[0]);
    let valid: Vec<bool> = groups.ranges().map(|range| !range.is_empty()).collect();
    Ok(Arc::new(ListArray::try_new(
        Arc::clone(element),
        OffsetBuffer::from_lengths(lengths),
        take(values, &UInt64Array::from(order), None)?,
        Some(NullBuffer::from(valid)),
    )?))
}
