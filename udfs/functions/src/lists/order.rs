//! The order of the elements of lists.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, Int64Array, ListArray, UInt64Array};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{SortOptions, sort_to_indices, take};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::physical_plan::aggregates::group_values::new_group_values;
use datafusion::physical_plan::aggregates::order::GroupOrdering;
use extension::{Error, Result};

use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar};

/// How a call wants its elements sorted. NULL stands last unless it is said otherwise.
fn options(call: &Call, descending: bool) -> Result<SortOptions> {
    let word = |index: usize| -> Result<Option<String>> {
        match call.optional_text(index)? {
            None => Ok(None),
            Some(_) if !call.is_constant(index) => {
                Err(Error::unsupported("the order of a sort must be a constant"))
            }
            Some(texts) => Ok(texts.get(0).map(|text| text.trim().to_uppercase())),
        }
    };
    let descending = match word(1)?.as_deref() {
        None => descending,
        Some("ASC" | "ASCENDING") => descending,
        Some("DESC" | "DESCENDING") => !descending,
        Some(other) => {
            return Err(Error::invalid_input(format!("the order is ASC or DESC, not '{other}'")));
        }
    };
    let nulls_first = match word(2)?.as_deref() {
        None | Some("NULLS LAST") => false,
        Some("NULLS FIRST") => true,
        Some(other) => {
            return Err(Error::invalid_input(format!(
                "NULLs stand NULLS FIRST or NULLS LAST, not '{other}'"
            )));
        }
    };
    Ok(SortOptions { descending, nulls_first })
}

/// The places of the elements of all lists, each list in order, and where each list ends.
fn sorted(call: &Call, options: SortOptions) -> Result<(Vec<u64>, Vec<usize>, NullBuffer)> {
    let lists = call.list(0)?;
    let values = lists.array.values();
    let mut order = Vec::with_capacity(values.len());
    let mut lengths = Vec::with_capacity(call.rows);
    let mut valid = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        let range = lists.range(row);
        valid.push(range.is_some());
        let range = range.unwrap_or(0..0);
        lengths.push(range.len());
        if values.data_type().is_null() {
            order.extend(range.map(|at| at as u64));
            continue;
        }
        let sorted = sort_to_indices(&values.slice(range.start, range.len()), Some(options), None)?;
        order.extend(sorted.values().iter().map(|at| range.start as u64 + u64::from(*at)));
    }
    Ok((order, lengths, NullBuffer::from(valid)))
}

fn sort(call: &Call, descending: bool) -> Result<ArrayRef> {
    let (order, lengths, nulls) = sorted(call, options(call, descending)?)?;
    let lists = call.list(0)?;
    let DataType::List(element) = &call.returns else {
        return Err(Error::internal("the result is a list"));
    };
    Ok(Arc::new(ListArray::try_new(
        Arc::clone(element),
        OffsetBuffer::from_lengths(lengths),
        take(lists.array.values(), &UInt64Array::from(order), None)?,
        Some(nulls),
    )?))
}

const LIST_AND_ORDER: &[&[Kind]] =
    &[&[Kind::List], &[Kind::List, Kind::Text], &[Kind::List, Kind::Text, Kind::Text]];

pub(super) const LIST_SORT: Scalar = Scalar {
    names: &["list_sort"],
    manual: Manual {
        usage: "list_sort(list [, order [, nulls]])",
        description: "The elements in order: 'ASC' unless 'DESC' is said, 'NULLS LAST' unless 'NULLS FIRST' is.",
        example: "SELECT list_sort([3, 1, NULL, 2], 'DESC')",
        result: "[3, 2, 1, NULL]",
    },
    takes: LIST_AND_ORDER,
    returns: |given| Ok(given[0].clone()),
    evaluate: |call| sort(call, false),
};

pub(super) const LIST_REVERSE_SORT: Scalar = Scalar {
    names: &["list_reverse_sort", "array_reverse_sort"],
    manual: Manual {
        usage: "list_reverse_sort(list [, order [, nulls]])",
        description: "The elements from the greatest to the least.",
        example: "SELECT list_reverse_sort([3, 1, NULL, 2])",
        result: "[3, 2, 1, NULL]",
    },
    takes: LIST_AND_ORDER,
    returns: |given| Ok(given[0].clone()),
    evaluate: |call| sort(call, true),
};

pub(super) const LIST_GRADE_UP: Scalar = Scalar {
    names: &["list_grade_up", "array_grade_up", "grade_up"],
    manual: Manual {
        usage: "list_grade_up(list [, order [, nulls]])",
        description: "The positions of the elements in the order in which a sort would put them.",
        example: "SELECT list_grade_up([30, 10, 40, 20])",
        result: "[2, 4, 1, 3]",
    },
    takes: LIST_AND_ORDER,
    returns: |_| Ok(DataType::new_list(DataType::Int64, true)),
    evaluate: |call| {
        let (order, lengths, nulls) = sorted(call, options(call, false)?)?;
        let lists = call.list(0)?;
        let mut places = order.into_iter();
        let mut positions = Vec::with_capacity(places.len());
        for (row, length) in lengths.iter().enumerate() {
            let start = lists.range(row).unwrap_or(0..0).start as i64;
            positions.extend(places.by_ref().take(*length).map(|at| at as i64 - start + 1));
        }
        let DataType::List(element) = &call.returns else {
            return Err(Error::internal("the result is a list"));
        };
        Ok(Arc::new(ListArray::try_new(
            Arc::clone(element),
            OffsetBuffer::from_lengths(lengths),
            Arc::new(Int64Array::from(positions)),
            Some(nulls),
        )?))
    },
};

pub(super) const LIST_UNIQUE: Scalar = Scalar {
    names: &["list_unique", "array_unique"],
    manual: Manual {
        usage: "list_unique(list)",
        description: "How many different elements a list has, NULL left out.",
        example: "SELECT list_unique([1, 1, NULL, -3, 1, 5])",
        result: "3",
    },
    takes: &[&[Kind::List]],
    returns: |_| Ok(DataType::UInt64),
    evaluate: |call| {
        let lists = call.list(0)?;
        let mut counts = vec![0u64; call.rows];
        first_places(call)?.into_iter().for_each(|(row, _)| counts[row as usize] += 1);
        call.map::<UInt64Array, _>(|row| lists.range(row).map(|_| counts[row]))
    },
};

pub(super) const LIST_DISTINCT: Scalar = Scalar {
    names: &["list_distinct"],
    manual: Manual {
        usage: "list_distinct(list)",
        description: "The different elements of a list in the order in which they first come, NULL left out.",
        example: "SELECT list_distinct([1, 1, NULL, -3, 1, 5])",
        result: "[1, -3, 5]",
    },
    takes: &[&[Kind::List]],
    returns: |given| Ok(given[0].clone()),
    evaluate: |call| {
        let lists = call.list(0)?;
        let mut lengths = vec![0; call.rows];
        let mut places = vec![];
        for (row, place) in first_places(call)? {
            lengths[row as usize] += 1;
            places.push(place);
        }
        let valid: Vec<bool> = (0..call.rows).map(|row| lists.range(row).is_some()).collect();
        let DataType::List(element) = &call.returns else {
            return Err(Error::internal("the result is a list"));
        };
        Ok(Arc::new(ListArray::try_new(
            Arc::clone(element),
            OffsetBuffer::from_lengths(lengths),
            take(lists.array.values(), &UInt64Array::from(places), None)?,
            Some(NullBuffer::from(valid)),
        )?))
    },
};

/// The row and the place of each element that is not NULL and not in its list before.
fn first_places(call: &Call) -> Result<Vec<(u64, u64)>> {
    let lists = call.list(0)?;
    let values = lists.array.values();
    let schema = Arc::new(Schema::new(vec![
        Field::new("list", DataType::UInt64, false),
        Field::new("value", lists.array.value_type(), true),
    ]));
    let mut pairs = new_group_values(schema, &GroupOrdering::None)?;
    let (mut rows, mut places) = (vec![], vec![]);
    for row in 0..call.rows {
        for at in lists.range(row).unwrap_or(0..0).filter(|at| values.is_valid(*at)) {
            rows.push(row as u64);
            places.push(at as u64);
        }
    }
    let of: ArrayRef = Arc::new(UInt64Array::from(rows.clone()));
    let mut ids = vec![];
    pairs.intern(&[of, take(values, &UInt64Array::from(places.clone()), None)?], &mut ids)?;
    let mut seen = 0;
    let mut first = vec![];
    for ((row, place), id) in rows.into_iter().zip(places).zip(ids) {
        // A pair that is new gets the next number.
        if id == seen {
            seen += 1;
            first.push((row, place));
        }
    }
    Ok(first)
}
