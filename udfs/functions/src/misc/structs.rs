//! Structs with other fields, and what structs hold.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int32Array, StructArray};
use datafusion::arrow::compute::{cast, kernels::cmp::not_distinct};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::logical_expr::type_coercion::binary::comparison_coercion;
use extension::{Error, Result};

use crate::manual::Manual;
use crate::scalar::{Call, Given, Kind, Scalar};

const STRUCT_AND_PAIRS: &[&[Kind]] = &[&[Kind::Struct, Kind::Any, Kind::More]];

/// The names and positions of the values in `struct_insert(s, 'name', value, …)`, which the syntax
/// `name := value` stands for.
fn pairs(given: &Given, function: &str) -> Result<Vec<(String, usize)>> {
    let usage = || {
        Error::invalid_input(format!("{function} takes a struct and fields"))
            .with_hint(format!("usage: {function}(struct, name := value, …)"))
    };
    if given.len() < 3 || given.len().is_multiple_of(2) {
        return Err(usage());
    }
    (1..given.len())
        .step_by(2)
        .map(|index| Ok((given.text(index).ok_or_else(usage)?.to_string(), index + 1)))
        .collect()
}

fn fields(of: &DataType) -> Result<&Fields> {
    match of {
        DataType::Struct(fields) => Ok(fields),
        other => Err(Error::invalid_input(format!(
            "a struct is expected, and not {}",
            extension::sql_type_name(other)
        ))),
    }
}

/// The struct with its fields and those that the call adds.
fn with_fields(call: &Call) -> Result<ArrayRef> {
    let structs = call.array(0)?;
    let structs = structs.as_struct();
    let DataType::Struct(wanted) = &call.returns else {
        return Err(Error::internal("the result is a struct"));
    };
    let mut columns: Vec<Option<ArrayRef>> = vec![None; wanted.len()];
    for (field, column) in structs.fields().iter().zip(structs.columns()) {
        if let Some(index) = wanted.iter().position(|other| other.name() == field.name()) {
            columns[index] = Some(Arc::clone(column));
        }
    }
    for index in (1..call.len()).step_by(2) {
        let names = call.text(index)?;
        let name = names.get(0).unwrap_or_default();
        if let Some(at) = wanted.iter().position(|other| other.name().eq_ignore_ascii_case(name)) {
            columns[at] = Some(call.array(index + 1)?);
        }
    }
    let columns = columns
        .into_iter()
        .map(|column| column.ok_or_else(|| Error::internal("a field of the struct is missing")))
        .collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(StructArray::try_new(wanted.clone(), columns, structs.nulls().cloned())?))
}

pub(super) const STRUCT_INSERT: Scalar = Scalar {
    names: &["struct_insert"],
    manual: Manual {
        usage: "struct_insert(struct, name := value, ...)",
        description: "The struct with more fields at its end.",
        example: "SELECT struct_insert({'a': 1}, b := 2)",
        result: "{'a': 1, 'b': 2}",
    },
    takes: STRUCT_AND_PAIRS,
    returns: |given| {
        let mut all: Vec<FieldRef> = fields(&given[0])?.iter().cloned().collect();
        for (name, value) in pairs(given, "struct_insert")? {
            if all.iter().any(|field| field.name().eq_ignore_ascii_case(&name)) {
                return Err(Error::invalid_input(format!(
                    "the struct has a field '{name}' already"
                ))
                .with_hint("struct_update changes a field"));
            }
            all.push(Arc::new(Field::new(name, given[value].clone(), true)));
        }
        Ok(DataType::Struct(all.into()))
    },
    evaluate: with_fields,
};

pub(super) const STRUCT_UPDATE: Scalar = Scalar {
    names: &["struct_update"],
    manual: Manual {
        usage: "struct_update(struct, name := value, ...)",
        description: "The struct with other values in some of its fields, and with those that it lacks at its end.",
        example: "SELECT struct_update({'a': 1, 'b': 2}, a := 'x')",
        result: "{'a': x, 'b': 2}",
    },
    takes: STRUCT_AND_PAIRS,
    returns: |given| {
        let mut all: Vec<FieldRef> = fields(&given[0])?.iter().cloned().collect();
        for (name, value) in pairs(given, "struct_update")? {
            let data_type = given[value].clone();
            match all.iter_mut().find(|field| field.name().eq_ignore_ascii_case(&name)) {
                Some(field) => *field = Arc::new(Field::new(field.name(), data_type, true)),
                None => all.push(Arc::new(Field::new(name, data_type, true))),
            }
        }
        Ok(DataType::Struct(all.into()))
    },
    evaluate: with_fields,
};

/// Where a value stands among the fields of each struct, counted from 1; 0 where it is in none.
fn positions(call: &Call) -> Result<Vec<Option<i32>>> {
    let (structs, value) = (call.array(0)?, call.array(1)?);
    if structs.data_type().is_null() {
        return Ok(vec![None; call.rows]);
    }
    let structs = structs.as_struct();
    let mut found: Vec<Option<i32>> =
        (0..call.rows).map(|row| structs.is_valid(row).then_some(0)).collect();
    for (index, column) in structs.columns().iter().enumerate() {
        let Some(common) = comparison_coercion(column.data_type(), value.data_type()) else {
            continue;
        };
        let same = not_distinct(&cast(column, &common)?, &cast(&value, &common)?)?;
        for (row, place) in found.iter_mut().enumerate() {
            if *place == Some(0) && same.value(row) {
                *place = Some(index as i32 + 1);
            }
        }
    }
    Ok(found)
}

pub(super) const STRUCT_CONTAINS: Scalar = Scalar {
    names: &["struct_contains", "struct_has"],
    manual: Manual {
        usage: "struct_contains(struct, value)",
        description: "Whether a field of the struct has the value.",
        example: "SELECT struct_contains({'a': 3, 'b': 3, 'c': 0}, 0)",
        result: "true",
    },
    takes: &[&[Kind::Struct, Kind::Any]],
    returns: |_| Ok(DataType::Boolean),
    evaluate: |call| {
        let found = positions(call)?;
        Ok(Arc::new(
            found.into_iter().map(|place| place.map(|place| place > 0)).collect::<BooleanArray>(),
        ))
    },
};

pub(super) const STRUCT_POSITION: Scalar = Scalar {
    names: &["struct_position", "struct_indexof"],
    manual: Manual {
        usage: "struct_position(struct, value)",
        description: "The place of the first field with the value, counted from 1; NULL if there is none.",
        example: "SELECT struct_position({'a': 3, 'b': 3, 'c': 0}, 0)",
        result: "3",
    },
    takes: &[&[Kind::Struct, Kind::Any]],
    returns: |_| Ok(DataType::Int32),
    evaluate: |call| {
        let found = positions(call)?;
        Ok(Arc::new(
            found.into_iter().map(|place| place.filter(|place| *place > 0)).collect::<Int32Array>(),
        ))
    },
};
