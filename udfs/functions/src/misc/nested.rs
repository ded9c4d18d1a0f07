//! Parts of structs and maps.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, MapArray, StructArray, UInt64Array,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{cast, kernels::cmp::not_distinct, take};
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use extension::{Error, Result, closest};

use crate::manual::Manual;
use crate::scalar::{Call, Given, Kind, Scalar, text_list};

fn fields(of: &DataType) -> Result<&Fields> {
    match of {
        DataType::Struct(fields) => Ok(fields),
        other => Err(Error::internal(format!("a struct is expected, not {other}"))),
    }
}

/// Which field a call of `struct_extract` means, by name or by position from 1.
fn field(fields: &Fields, constant: Option<&datafusion::common::ScalarValue>) -> Result<usize> {
    use datafusion::common::ScalarValue;
    let Some(constant) = constant else {
        return Err(Error::invalid_input("the field of a struct must be a constant"));
    };
    if let ScalarValue::Int64(Some(position)) = constant {
        let index = usize::try_from(*position).ok().and_then(|position| position.checked_sub(1));
        return index.filter(|index| *index < fields.len()).ok_or_else(|| {
            Error::invalid_input(format!(
                "there is no field {position}; the struct has {}",
                fields.len()
            ))
        });
    }
    let name = constant.try_as_str().flatten().unwrap_or_default();
    let exact = fields.iter().position(|field| field.name() == name);
    let found =
        exact.or_else(|| fields.iter().position(|field| field.name().eq_ignore_ascii_case(name)));
    found.ok_or_else(|| {
        let names = fields.iter().map(|field| field.name().as_str());
        let error = Error::not_found(format!("the struct has no field '{name}'"));
        match closest(name, names.clone()) {
            Some(near) => error.with_hint(format!("did you mean '{near}'?")),
            None => {
                let known: Vec<&str> = names.collect();
                error.with_hint(format!("fields: {}", known.join(", ")))
            }
        }
    })
}

pub(super) const STRUCT_EXTRACT: Scalar = Scalar {
    names: &["struct_extract", "struct_extract_at"],
    manual: Manual {
        usage: "struct_extract(struct, field)",
        description: "A field of a struct, by its constant name or its position from 1.",
        example: "SELECT struct_extract({'a': 1, 'b': 2}, 'b')",
        result: "2",
    },
    takes: &[&[Kind::Struct, Kind::Text], &[Kind::Struct, Kind::Integer]],
    returns: |given: &Given| {
        if given[0].is_null() {
            return Ok(DataType::Null);
        }
        let fields = fields(&given[0])?;
        Ok(fields[field(fields, given.constant(1))?].data_type().clone())
    },
    evaluate: |call| {
        let structs = call.array(0)?;
        if structs.data_type().is_null() {
            return Ok(structs);
        }
        let constant = datafusion::common::ScalarValue::try_from_array(call.raw(1)?, 0)?;
        let index = field(fields(structs.data_type())?, Some(&constant))?;
        let structs = structs.as_struct();
        let column = structs.column(index);
        match structs.nulls().filter(|nulls| nulls.null_count() > 0) {
            None => Ok(Arc::clone(column)),
            Some(nulls) => {
                let missing = BooleanArray::new(!nulls.inner(), None);
                Ok(datafusion::arrow::compute::nullif(column, &missing)?)
            }
        }
    },
};

pub(super) const STRUCT_KEYS: Scalar = Scalar {
    names: &["struct_keys"],
    manual: Manual {
        usage: "struct_keys(struct)",
        description: "The names of the fields of a struct.",
        example: "SELECT struct_keys({'a': 1, 'b': 2})",
        result: "[a, b]",
    },
    takes: &[&[Kind::Struct]],
    returns: |_| Ok(DataType::new_list(DataType::Utf8, true)),
    evaluate: |call| {
        let structs = call.array(0)?;
        let fields = fields(structs.data_type())?;
        text_list(call.rows, |row, names| {
            if structs.is_null(row) {
                return None;
            }
            fields.iter().for_each(|field| names.append_value(field.name()));
            Some(Ok(()))
        })
    },
};

pub(super) const STRUCT_CONCAT: Scalar = Scalar {
    names: &["struct_concat"],
    manual: Manual {
        usage: "struct_concat(structs...)",
        description: "A struct of the fields of all structs; a name must not occur twice.",
        example: "SELECT struct_concat({'a': 1}, {'b': 2})",
        result: "{a: 1, b: 2}",
    },
    takes: &[&[Kind::Struct, Kind::More]],
    returns: |given: &Given| {
        let mut all: Vec<Field> = vec![];
        for given in given.iter() {
            for field in fields(given)? {
                if all.iter().any(|known| known.name().eq_ignore_ascii_case(field.name())) {
                    return Err(Error::invalid_input(format!(
                        "two structs have a field '{}'",
                        field.name()
                    )));
                }
                all.push(field.as_ref().clone().with_nullable(true));
            }
        }
        Ok(DataType::Struct(all.into()))
    },
    evaluate: |call| {
        let mut columns: Vec<ArrayRef> = vec![];
        for index in 0..call.len() {
            columns.extend(call.array(index)?.as_struct().columns().iter().cloned());
        }
        Ok(Arc::new(StructArray::try_new(fields(&call.returns)?.clone(), columns, None)?))
    },
};

/// The maps, and where the entry with each row's key stands.
fn find(call: &Call) -> Result<(MapArray, Vec<Option<usize>>)> {
    let mut maps = call.array(0)?;
    if maps.data_type().is_null() {
        let untyped = map_type(call.raw(1)?.data_type().clone(), DataType::Null);
        maps = datafusion::arrow::array::new_null_array(&untyped, call.rows);
    }
    let maps = maps
        .as_map_opt()
        .ok_or_else(|| Error::invalid_input("the first argument must be a map"))?
        .clone();
    let wanted = cast(&call.array(1)?, maps.keys().data_type())?;
    // Each key beside the key that its row looks for.
    let mut rows = vec![0u64; maps.keys().len()];
    let offsets = maps.value_offsets();
    for row in 0..maps.len() {
        rows[offsets[row] as usize..offsets[row + 1] as usize].fill(row as u64);
    }
    let wanted = take(&wanted, &UInt64Array::from(rows), None)?;
    let equal = not_distinct(maps.keys(), &wanted)?;
    let found = (0..maps.len()).map(|row| {
        let range = offsets[row] as usize..offsets[row + 1] as usize;
        maps.is_valid(row).then_some(range)?.into_iter().find(|at| equal.value(*at))
    });
    let found = found.collect();
    Ok((maps, found))
}

/// The key and the value of a map.
fn entries(of: &DataType) -> Result<&Fields> {
    match of {
        DataType::Map(entries, _) => fields(entries.data_type()),
        other => Err(Error::invalid_input(format!("a map is expected, not {other}"))),
    }
}

pub(super) const MAP_CONTAINS: Scalar = Scalar {
    names: &["map_contains"],
    manual: Manual {
        usage: "map_contains(map, key)",
        description: "Whether a map has an entry of the key.",
        example: "SELECT map_contains(MAP {'a': 1}, 'a')",
        result: "true",
    },
    takes: &[&[Kind::Map, Kind::Any]],
    returns: |_| Ok(DataType::Boolean),
    evaluate: |call| {
        let (maps, found) = find(call)?;
        call.map::<BooleanArray, _>(|row| maps.is_valid(row).then(|| found[row].is_some()))
    },
};

pub(super) const MAP_EXTRACT_VALUE: Scalar = Scalar {
    names: &["map_extract_value"],
    manual: Manual {
        usage: "map_extract_value(map, key)",
        description: "The value of a key, or NULL if the map has none.",
        example: "SELECT map_extract_value(MAP {'a': 1}, 'a')",
        result: "1",
    },
    takes: &[&[Kind::Map, Kind::Any]],
    returns: |given: &Given| match &given[0] {
        DataType::Null => Ok(DataType::Null),
        map => Ok(entries(map)?[1].data_type().clone()),
    },
    evaluate: |call| {
        let (maps, found) = find(call)?;
        let places: UInt64Array = found.into_iter().map(|at| at.map(|at| at as u64)).collect();
        Ok(take(maps.values(), &places, None)?)
    },
};

fn map_type(key: DataType, value: DataType) -> DataType {
    let entries =
        Fields::from(vec![Field::new("key", key, false), Field::new("value", value, true)]);
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries), false)), false)
}

fn map(
    returns: &DataType,
    keys: ArrayRef,
    values: ArrayRef,
    offsets: OffsetBuffer<i32>,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef> {
    let DataType::Map(field, sorted) = returns else {
        return Err(Error::internal("the result is a map"));
    };
    let columns = entries(returns)?;
    let keys = cast(&keys, columns[0].data_type())?;
    let values = cast(&values, columns[1].data_type())?;
    let entries = StructArray::try_new(columns.clone(), vec![keys, values], None)?;
    Ok(Arc::new(MapArray::try_new(Arc::clone(field), offsets, entries, nulls, *sorted)?))
}

pub(super) const MAP_FROM_ENTRIES: Scalar = Scalar {
    names: &["map_from_entries"],
    manual: Manual {
        usage: "map_from_entries(list)",
        description: "A map of a list of structs of a key and a value.",
        example: "SELECT map_from_entries([{'k': 1, 'v': 'a'}])",
        result: "{1: a}",
    },
    takes: &[&[Kind::List]],
    returns: |given: &Given| match &given[0] {
        DataType::List(element) => match element.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => {
                Ok(map_type(fields[0].data_type().clone(), fields[1].data_type().clone()))
            }
            _ => Err(Error::invalid_input(
                "the elements of the list must be structs of a key and a value",
            )),
        },
        other => Err(Error::internal(format!("a list is expected, not {other}"))),
    },
    evaluate: |call| {
        let lists = call.array(0)?;
        let lists = lists.as_list::<i32>();
        let entries = lists.values().as_struct();
        if entries.null_count() > 0 || entries.column(0).null_count() > 0 {
            return Err(Error::invalid_data("a key of a map must not be NULL"));
        }
        let (keys, values) = (Arc::clone(entries.column(0)), Arc::clone(entries.column(1)));
        map(&call.returns, keys, values, lists.offsets().clone(), lists.nulls().cloned())
    },
};

pub(super) const MAP_CONCAT: Scalar = Scalar {
    names: &["map_concat"],
    manual: Manual {
        usage: "map_concat(maps...)",
        description: "A map of the entries of all maps; of the same key the last one counts.",
        example: "SELECT map_concat(MAP {'a': 1, 'b': 2}, MAP {'b': 3})",
        result: "{a: 1, b: 3}",
    },
    takes: &[&[Kind::Map, Kind::More]],
    returns: |given: &Given| {
        let first = entries(&given[0])?;
        Ok(map_type(first[0].data_type().clone(), first[1].data_type().clone()))
    },
    evaluate: |call| {
        use datafusion::arrow::row::{RowConverter, SortField};
        let columns = entries(&call.returns)?.clone();
        let arrays = (0..call.len()).map(|index| call.array(index)).collect::<Result<Vec<_>>>()?;
        let mut keys: Vec<ArrayRef> = vec![];
        let mut values: Vec<ArrayRef> = vec![];
        let mut starts = vec![0usize];
        for array in &arrays {
            let map =
                array.as_map_opt().ok_or_else(|| Error::invalid_input("maps are expected"))?;
            keys.push(cast(map.keys(), columns[0].data_type())?);
            values.push(cast(map.values(), columns[1].data_type())?);
            starts.push(starts[starts.len() - 1] + map.keys().len());
        }
        let concat = |arrays: &[ArrayRef]| {
            let parts: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
            datafusion::arrow::compute::concat(&parts)
        };
        let (keys, values) = (concat(&keys)?, concat(&values)?);
        let converter = RowConverter::new(vec![SortField::new(keys.data_type().clone())])?;
        let rows = converter.convert_columns(&[Arc::clone(&keys)])?;
        let (mut places, mut lengths) = (vec![], vec![]);
        for row in 0..call.rows {
            let mut entries: Vec<(usize, usize)> = vec![];
            for (array, start) in arrays.iter().zip(&starts) {
                let map = array.as_map();
                if map.is_null(row) {
                    continue;
                }
                let offsets = map.value_offsets();
                for at in offsets[row] as usize..offsets[row + 1] as usize {
                    let at = start + at;
                    let same = |(key, _): &&mut (usize, usize)| rows.row(*key) == rows.row(at);
                    match entries.iter_mut().find(same) {
                        Some((_, value)) => *value = at,
                        None => entries.push((at, at)),
                    }
                }
            }
            lengths.push(entries.len());
            places.extend(entries);
        }
        let taken = |array: &ArrayRef, which: fn(&(usize, usize)) -> usize| {
            let places = places.iter().map(|place| which(place) as u64);
            take(array, &UInt64Array::from_iter_values(places), None)
        };
        let (keys, values) = (taken(&keys, |p| p.0)?, taken(&values, |p| p.1)?);
        map(&call.returns, keys, values, OffsetBuffer::from_lengths(lengths), None)
    },
};
