//! Lists side by side.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, StructArray, UInt64Array};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use extension::{Error, Result, sql_type_name};

use crate::manual::Manual;
use crate::scalar::{Given, Kind, Scalar};

/// How many of the arguments are lists; a truth value after them says whether the shortest one ends all.
fn lists(types: &[DataType]) -> Result<usize> {
    let count = match types {
        [lists @ .., DataType::Boolean] if !lists.is_empty() => lists.len(),
        lists => lists.len(),
    };
    for given in &types[..count] {
        if !matches!(given, DataType::List(_) | DataType::Null) {
            return Err(Error::invalid_input(format!(
                "list_zip takes lists, not {}",
                sql_type_name(given)
            )));
        }
    }
    Ok(count)
}

fn fields(given: &[DataType]) -> Result<Fields> {
    let element = |(index, given): (usize, &DataType)| {
        let element = match given {
            DataType::List(element) => element.data_type().clone(),
            _ => DataType::Null,
        };
        Field::new(format!("{}", index + 1), element, true)
    };
    Ok(given[..lists(given)?].iter().enumerate().map(element).collect())
}

pub(super) const LIST_ZIP: Scalar = Scalar {
    names: &["list_zip", "array_zip", "arrays_zip"],
    manual: Manual {
        usage: "list_zip(lists... [, truncate])",
        description: "A list of structs of the first elements of all lists, the second ones, and so on: as long as the longest list, with NULL where others end, or as the shortest if truncate is true.",
        example: "SELECT length(list_zip([1, 2, 3], ['a', 'b'], true))",
        result: "2",
    },
    takes: &[&[Kind::Any, Kind::More]],
    returns: |given: &Given| Ok(DataType::new_list(DataType::Struct(fields(given)?), true)),
    evaluate: |call| {
        let mut types = vec![];
        for index in 0..call.len() {
            types.push(call.raw(index)?.data_type().clone());
        }
        let count = lists(&types)?;
        let truncate = (count < call.len()).then(|| call.boolean(count)).transpose()?;
        let arrays = (0..count).map(|index| call.array(index)).collect::<Result<Vec<_>>>()?;
        let given: Vec<Option<&ListArray>> =
            arrays.iter().map(|array| array.as_list_opt::<i32>()).collect();
        let mut places: Vec<Vec<Option<u64>>> = vec![vec![]; count];
        let mut lengths = Vec::with_capacity(call.rows);
        for row in 0..call.rows {
            let range = |list: &Option<&ListArray>| match list {
                Some(list) if list.is_valid(row) => {
                    let offsets = list.value_offsets();
                    offsets[row] as usize..offsets[row + 1] as usize
                }
                _ => 0..0,
            };
            let ranges: Vec<std::ops::Range<usize>> = given.iter().map(range).collect();
            let shortest = truncate.as_ref().and_then(|flags| flags.get(row)) == Some(true);
            let all = ranges.iter().map(ExactSizeIterator::len);
            let length = if shortest { all.min() } else { all.max() }.unwrap_or(0);
            for (places, range) in places.iter_mut().zip(ranges) {
                let place = |at: usize| (at < range.len()).then(|| (range.start + at) as u64);
                places.extend((0..length).map(place));
            }
            lengths.push(length);
        }
        let mut columns: Vec<ArrayRef> = vec![];
        for (list, places) in given.iter().zip(places) {
            columns.push(match list {
                Some(list) => take(list.values(), &UInt64Array::from(places), None)?,
                None => datafusion::arrow::array::new_null_array(&DataType::Null, places.len()),
            });
        }
        let DataType::List(element) = &call.returns else {
            return Err(Error::internal("the result is a list"));
        };
        let rows = StructArray::try_new(fields(&types)?, columns, None)?;
        Ok(Arc::new(ListArray::try_new(
            Arc::clone(element),
            OffsetBuffer::from_lengths(lengths),
            Arc::new(rows),
            None::<NullBuffer>,
        )?))
    },
};
