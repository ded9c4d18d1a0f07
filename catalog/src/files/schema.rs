//! One schema for many files.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use extension::{Error, Result, closest, sql_type_name};

/// Brings the schemas of files together. Columns are matched by name; their types are widened to what
/// holds the values of all files.
pub(crate) fn unify<'a>(
    files: impl Iterator<Item = (&'a str, &'a SchemaRef)>,
    by_name: bool,
) -> Result<Vec<Field>> {
    let mut columns: Vec<Field> = vec![];
    let mut first = None;
    for (file, schema) in files {
        let Some(first) = first else {
            first = Some(file);
            columns = schema.fields().iter().map(|field| nullable(field)).collect();
            continue;
        };
        if !by_name {
            check(file, schema, first, &columns)?;
        }
        for field in schema.fields() {
            match columns.iter_mut().find(|column| column.name() == field.name()) {
                Some(column) => {
                    let Some(wider) = widen(column.data_type(), field.data_type()) else {
                        return Err(Error::invalid_data(format!(
                            "column '{}' is {} in '{first}' and {} in '{file}', which no type holds",
                            field.name(),
                            sql_type_name(column.data_type()),
                            sql_type_name(field.data_type())
                        )));
                    };
                    *column = column.clone().with_data_type(wider);
                }
                None if by_name => columns.push(nullable(field)),
                // The first file says what the columns are, as in DuckDB.
                None => {}
            }
        }
    }
    Ok(columns)
}

/// A file's column in the table: of a type that columns may have, and NULL somewhere for all we know.
fn nullable(field: &Field) -> Field {
    Field::new(field.name(), field.data_type().clone(), true)
}

/// Columns that only ever were NULL are VARCHAR.
pub(crate) fn settle(columns: Vec<Field>) -> Vec<Field> {
    columns
        .into_iter()
        .map(|column| match column.data_type() {
            DataType::Null => column.with_data_type(DataType::Utf8View),
            _ => column,
        })
        .collect()
}

/// Whether a file has the columns that the table has from its first file. More of them do no harm.
pub(crate) fn check(file: &str, schema: &Schema, first: &str, columns: &[Field]) -> Result<()> {
    const HINT: &str = "union_by_name => true takes the columns of all files together";
    let names = || schema.fields().iter().map(|field| field.name().as_str());
    for column in columns {
        if !names().any(|name| name == column.name()) {
            let error = Error::invalid_data(format!(
                "'{file}' has no column '{}', which '{first}' has",
                column.name()
            ));
            return Err(match closest(column.name(), names()) {
                Some(near) => error.with_hint(format!("it has '{near}'; {HINT}")),
                None => error.with_hint(HINT),
            });
        }
    }
    Ok(())
}

/// The narrowest type that holds the values of both, if there is one.
pub(crate) fn widen(a: &DataType, b: &DataType) -> Option<DataType> {
    use DataType as T;
    if a == b {
        return Some(a.clone());
    }
    Some(match (a, b) {
        (T::Null, other) | (other, T::Null) => other.clone(),
        (T::Dictionary(_, a), b) => widen(a, b)?,
        (a, T::Dictionary(_, b)) => widen(a, b)?,
        (a, b) if a.is_integer() && b.is_integer() => integers(a, b),
        (a, b) if a.is_decimal() && b.is_decimal() => decimals(a, b)?,
        (a, b) if a.is_decimal() && b.is_integer() => decimals(a, &T::Decimal128(20, 0))?,
        (a, b) if a.is_integer() && b.is_decimal() => decimals(&T::Decimal128(20, 0), b)?,
        (T::Float16 | T::Float32, T::Float16 | T::Float32) => T::Float32,
        (a, b) if a.is_numeric() && b.is_numeric() => T::Float64,
        (T::Date32 | T::Date64, T::Date32 | T::Date64) => T::Date32,
        (T::Date32 | T::Date64, stamp @ T::Timestamp(..))
        | (stamp @ T::Timestamp(..), T::Date32 | T::Date64) => stamp.clone(),
        (T::Timestamp(a, a_zone), T::Timestamp(b, b_zone)) => {
            T::Timestamp(finer(*a, *b), a_zone.clone().or_else(|| b_zone.clone()))
        }
        (T::Time32(_) | T::Time64(_), T::Time32(_) | T::Time64(_)) => {
            T::Time64(TimeUnit::Microsecond)
        }
        (a, b) if a.is_string() && b.is_string() => T::Utf8View,
        (a, b) if is_binary(a) && is_binary(b) => T::BinaryView,
        (T::Struct(a), T::Struct(b)) => T::Struct(structs(a, b)?),
        (
            T::List(a) | T::LargeList(a) | T::FixedSizeList(a, _),
            T::List(b) | T::LargeList(b) | T::FixedSizeList(b, _),
        ) => T::List(Arc::new(Field::new_list_field(widen(a.data_type(), b.data_type())?, true))),
        (a, b) if is_plain(a) && is_plain(b) => T::Utf8View,
        _ => return None,
    })
}

fn is_binary(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_)
    )
}

/// Whether values can be written as text.
fn is_plain(data_type: &DataType) -> bool {
    !data_type.is_nested() && !is_binary(data_type)
}

fn integers(a: &DataType, b: &DataType) -> DataType {
    let bits = |data_type: &DataType| data_type.primitive_width().unwrap_or(8) * 8;
    let signed = a.is_signed_integer() || b.is_signed_integer();
    // An unsigned number needs one more bit when it is to be signed.
    let needed = |data_type: &DataType| {
        bits(data_type) + usize::from(signed && data_type.is_unsigned_integer()) * bits(data_type)
    };
    match (signed, needed(a).max(needed(b))) {
        (true, 0..=8) => DataType::Int8,
        (true, 9..=16) => DataType::Int16,
        (true, 17..=32) => DataType::Int32,
        (true, 33..=64) => DataType::Int64,
        (true, _) => DataType::Decimal128(20, 0),
        (false, 0..=8) => DataType::UInt8,
        (false, 9..=16) => DataType::UInt16,
        (false, 17..=32) => DataType::UInt32,
        (false, _) => DataType::UInt64,
    }
}

fn decimals(a: &DataType, b: &DataType) -> Option<DataType> {
    let parts = |data_type: &DataType| match data_type {
        DataType::Decimal32(p, s)
        | DataType::Decimal64(p, s)
        | DataType::Decimal128(p, s)
        | DataType::Decimal256(p, s) => Some((i16::from(*p), i16::from(*s))),
        _ => None,
    };
    let ((a_precision, a_scale), (b_precision, b_scale)) = (parts(a)?, parts(b)?);
    let scale = a_scale.max(b_scale);
    let whole = (a_precision - a_scale).max(b_precision - b_scale);
    let precision = u8::try_from(whole + scale).ok()?;
    let scale = i8::try_from(scale).ok()?;
    Some(match precision {
        0..=38 => DataType::Decimal128(precision, scale),
        39..=76 => DataType::Decimal256(precision, scale),
        _ => DataType::Float64,
    })
}

fn finer(a: TimeUnit, b: TimeUnit) -> TimeUnit {
    let rank = |unit| match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 1,
        TimeUnit::Microsecond => 2,
        TimeUnit::Nanosecond => 3,
    };
    if rank(a) >= rank(b) { a } else { b }
}

fn structs(a: &Fields, b: &Fields) -> Option<Fields> {
    let mut fields: Vec<Field> = a.iter().map(|field| nullable(field)).collect();
    for field in b {
        match fields.iter_mut().find(|known| known.name() == field.name()) {
            Some(known) => {
                let wider = widen(known.data_type(), field.data_type())?;
                *known = known.clone().with_data_type(wider);
            }
            None => fields.push(nullable(field)),
        }
    }
    Some(fields.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use extension::parse_sql_type;

    #[test]
    fn widening() {
        for (a, b, expected) in [
            ("BIGINT", "BIGINT", "BIGINT"),
            ("INTEGER", "BIGINT", "BIGINT"),
            ("INTEGER", "UINTEGER", "BIGINT"),
            ("BIGINT", "UBIGINT", "DECIMAL(20,0)"),
            ("UTINYINT", "USMALLINT", "USMALLINT"),
            ("BIGINT", "DOUBLE", "DOUBLE"),
            ("DECIMAL(10,2)", "DECIMAL(12,4)", "DECIMAL(12,4)"),
            ("DECIMAL(10,2)", "BIGINT", "DECIMAL(22,2)"),
            ("DATE", "TIMESTAMP", "TIMESTAMP"),
            ("TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_NS"),
            ("BIGINT", "VARCHAR", "VARCHAR"),
            ("BOOLEAN", "BIGINT", "VARCHAR"),
            ("DATE", "BIGINT", "VARCHAR"),
            ("INTEGER[]", "BIGINT[]", "BIGINT[]"),
        ] {
            for (a, b) in [(a, b), (b, a)] {
                let wider = widen(&parse_sql_type(a).unwrap(), &parse_sql_type(b).unwrap());
                assert_eq!(sql_type_name(&wider.unwrap()), expected, "{a} and {b}");
            }
        }
        assert_eq!(widen(&parse_sql_type("BIGINT[]").unwrap(), &DataType::Int64), None);
    }

    #[test]
    fn files_must_agree_unless_told_otherwise() {
        let schema = |names: &[&str]| -> SchemaRef {
            let fields: Vec<Field> =
                names.iter().map(|name| Field::new(*name, DataType::Int64, true)).collect();
            Arc::new(Schema::new(fields))
        };
        let (ab, ba, a, abc) =
            (schema(&["a", "b"]), schema(&["b", "a"]), schema(&["a"]), schema(&["a", "b", "c"]));
        let names = |columns: Vec<Field>| -> Vec<String> {
            columns.iter().map(|column| column.name().clone()).collect()
        };
        let both = |second: &SchemaRef, by_name| {
            unify([("1.csv", &ab), ("2.csv", second)].into_iter(), by_name).map(names)
        };
        assert_eq!(both(&ba, false).unwrap(), ["a", "b"]);
        assert!(both(&a, false).unwrap_err().message().contains("'2.csv' has no column 'b'"));
        assert_eq!(both(&abc, false).unwrap(), ["a", "b"]);
        assert_eq!(both(&abc, true).unwrap(), ["a", "b", "c"]);
        assert_eq!(both(&a, true).unwrap(), ["a", "b"]);
    }
}
