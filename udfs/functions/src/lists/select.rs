//! Elements of lists by position or by a mask, and lengths.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray, UInt64Array};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use extension::{Error, Result};

use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar};

/// Lists of the elements at places; `None` stands for NULL.
fn elements(
    call: &Call,
    places: Vec<Option<u64>>,
    lengths: Vec<usize>,
    valid: Vec<bool>,
) -> Result<ArrayRef> {
    let DataType::List(element) = &call.returns else {
        return Err(Error::internal("the result is a list"));
    };
    Ok(Arc::new(ListArray::try_new(
        Arc::clone(element),
        OffsetBuffer::from_lengths(lengths),
        take(call.list(0)?.array.values(), &UInt64Array::from(places), None)?,
        Some(NullBuffer::from(valid)),
    )?))
}

pub(super) const LENGTH: Scalar = Scalar {
    names: &["length", "len"],
    manual: Manual {
        usage: "length(x)",
        description: "How many characters a text has, or how many elements a list.",
        example: "SELECT length('Hello🦆') + len([1, 2, 3])",
        result: "9",
    },
    takes: &[&[Kind::Text], &[Kind::List]],
    returns: |_| Ok(DataType::Int64),
    evaluate: |call| match call.raw(0)?.data_type() {
        DataType::List(_) => {
            let lists = call.list(0)?;
            call.map::<Int64Array, _>(|row| Some(lists.range(row)?.len() as i64))
        }
        _ => {
            let texts = call.text(0)?;
            call.map::<Int64Array, _>(|row| {
                let text = texts.get(row)?;
                Some(if text.is_ascii() { text.len() } else { text.chars().count() } as i64)
            })
        }
    },
};

pub(super) const LIST_SELECT: Scalar = Scalar {
    names: &["list_select", "array_select"],
    manual: Manual {
        usage: "list_select(list, positions)",
        description: "The elements at the positions, which count from 1; NULL where there is none.",
        example: "SELECT list_select([10, 20, 30, 40], [1, 4])",
        result: "[10, 40]",
    },
    takes: &[&[Kind::List, Kind::Integers]],
    returns: |given| Ok(given[0].clone()),
    evaluate: |call| {
        let (lists, positions) = (call.list(0)?, call.list(1)?);
        let numbers = positions.array.values().as_primitive::<Int64Type>();
        let (mut places, mut lengths, mut valid) = (vec![], vec![], vec![]);
        for row in 0..call.rows {
            let (list, wanted) = (lists.range(row), positions.range(row));
            valid.push(list.is_some() && wanted.is_some());
            let (list, wanted) = (list.unwrap_or(0..0), wanted.unwrap_or(0..0));
            lengths.push(wanted.len());
            for at in wanted {
                let position = numbers.is_valid(at).then(|| numbers.value(at));
                let position = position.and_then(|position| match position {
                    1.. => usize::try_from(position - 1).ok(),
                    _ => list.len().checked_sub(usize::try_from(position.unsigned_abs()).ok()?),
                });
                let position = position.filter(|position| *position < list.len());
                places.push(position.map(|position| (list.start + position) as u64));
            }
        }
        elements(call, places, lengths, valid)
    },
};

pub(super) const LIST_WHERE: Scalar = Scalar {
    names: &["list_where", "array_where"],
    manual: Manual {
        usage: "list_where(list, mask)",
        description: "The elements for which the mask, a list of truth values, is true.",
        example: "SELECT list_where([10, 20, 30, 40], [true, false, false, true])",
        result: "[10, 40]",
    },
    takes: &[&[Kind::List, Kind::Booleans]],
    returns: |given| Ok(given[0].clone()),
    evaluate: |call| {
        let (lists, masks) = (call.list(0)?, call.list(1)?);
        let flags = masks.array.values().as_boolean();
        let (mut places, mut lengths, mut valid) = (vec![], vec![], vec![]);
        for row in 0..call.rows {
            let (list, mask) = (lists.range(row), masks.range(row));
            valid.push(list.is_some() && mask.is_some());
            let (list, mask) = (list.unwrap_or(0..0), mask.unwrap_or(0..0));
            let before = places.len();
            for (offset, at) in mask.enumerate() {
                if flags.is_null(at) {
                    return Err(Error::invalid_input("a mask must not hold NULL"));
                }
                if flags.value(at) {
                    places.push((offset < list.len()).then(|| (list.start + offset) as u64));
                }
            }
            lengths.push(places.len() - before);
        }
        elements(call, places, lengths, valid)
    },
};
