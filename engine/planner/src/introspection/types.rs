//! The types that a column may have.

use datafusion::arrow::datatypes::DataType;
use extension::sql_type_name;

use super::cells::Cell;
use super::{Kind, Listing};
use crate::objects::UserType;

/// A type: its name, its number in PostgreSQL, the bytes of a value, what it is called in full, and what
/// it is of.
type Known = (&'static str, i64, i64, &'static str, Option<&'static str>);

const KNOWN: &[Known] = &[
    ("bigint", 20, 8, "BIGINT", Some("NUMERIC")),
    ("bit", 1560, 16, "BIT", None),
    ("blob", 17, 16, "BLOB", None),
    ("boolean", 16, 1, "BOOLEAN", Some("BOOLEAN")),
    ("date", 1082, 4, "DATE", Some("DATETIME")),
    ("decimal", 1700, 16, "DECIMAL", Some("NUMERIC")),
    ("double", 701, 8, "DOUBLE", Some("NUMERIC")),
    ("enum", 3500, 16, "ENUM", None),
    ("float", 700, 4, "FLOAT", Some("NUMERIC")),
    ("hugeint", 9001, 16, "HUGEINT", Some("NUMERIC")),
    ("integer", 23, 4, "INTEGER", Some("NUMERIC")),
    ("interval", 1186, 16, "INTERVAL", Some("DATETIME")),
    ("json", 114, 16, "JSON", Some("STRING")),
    ("list", 2277, 16, "LIST", Some("COMPOSITE")),
    ("map", 9002, 16, "MAP", Some("COMPOSITE")),
    ("smallint", 21, 2, "SMALLINT", Some("NUMERIC")),
    ("struct", 2249, 0, "STRUCT", Some("COMPOSITE")),
    ("time", 1083, 8, "TIME", Some("DATETIME")),
    ("timestamp", 1114, 8, "TIMESTAMP", Some("DATETIME")),
    ("timestamp_ms", 9003, 8, "TIMESTAMP_MS", Some("DATETIME")),
    ("timestamp_ns", 9004, 8, "TIMESTAMP_NS", Some("DATETIME")),
    ("timestamp_s", 9005, 8, "TIMESTAMP_S", Some("DATETIME")),
    ("timestamptz", 1184, 8, "TIMESTAMP WITH TIME ZONE", Some("DATETIME")),
    ("tinyint", 9006, 1, "TINYINT", Some("NUMERIC")),
    ("ubigint", 9007, 8, "UBIGINT", Some("NUMERIC")),
    ("uhugeint", 9008, 16, "UHUGEINT", Some("NUMERIC")),
    ("uinteger", 9009, 4, "UINTEGER", Some("NUMERIC")),
    ("usmallint", 9010, 2, "USMALLINT", Some("NUMERIC")),
    ("utinyint", 9011, 1, "UTINYINT", Some("NUMERIC")),
    ("uuid", 2950, 16, "UUID", None),
    ("varchar", 1043, 16, "VARCHAR", Some("STRING")),
];

/// The number of a type, as PostgreSQL gives it where it has the type.
pub(super) fn type_id(data_type: &DataType) -> i64 {
    let name = match data_type {
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::FixedSizeList(..) => "LIST".to_string(),
        other => sql_type_name(other),
    };
    let name = name.split('(').next().unwrap_or_default();
    KNOWN.iter().find(|known| known.3 == name).map_or(0, |known| known.1)
}

pub(super) const TYPES: Listing = Listing {
    name: "duckdb_types",
    description: "The types that there are, one a row, with the columns of DuckDB's function. Numbers of types are those of PostgreSQL where it has the type.",
    columns: &[
        ("database_name", Kind::Text),
        ("database_oid", Kind::Number),
        ("schema_name", Kind::Text),
        ("schema_oid", Kind::Number),
        ("type_oid", Kind::Number),
        ("type_name", Kind::Text),
        ("type_size", Kind::Number),
        ("logical_type", Kind::Text),
        ("type_category", Kind::Text),
        ("comment", Kind::Text),
        ("tags", Kind::Tags),
        ("internal", Kind::Truth),
        ("extension_name", Kind::Text),
        ("labels", Kind::Texts),
    ],
    rows: |session| {
        let place = || -> Vec<Cell> {
            vec![
                session.default_catalog.as_str().into(),
                session.default_oids.0.into(),
                session.default_schema.as_str().into(),
                session.default_oids.1.into(),
            ]
        };
        let mut rows = vec![];
        for (name, oid, size, logical_type, category) in KNOWN {
            let mut row = place();
            row.extend([
                Cell::from(*oid),
                (*name).into(),
                (*size).into(),
                (*logical_type).into(),
                category.map(ToString::to_string).into(),
                Cell::None,
                Cell::None,
                true.into(),
            ]);
            rows.push(row);
        }
        for (name, made) in session.objects.types.read().iter() {
            let (logical_type, labels) = match made {
                UserType::Alias(meant) => (meant.to_string().to_uppercase(), None),
                UserType::Enum(values) => ("ENUM".to_string(), Some(values.clone())),
            };
            let mut row = place();
            row.extend([
                Cell::from(session.oid("type", name)),
                name.as_str().into(),
                16_i64.into(),
                logical_type.into(),
                Cell::None,
                session.objects.comment("type", name).into(),
                Cell::None,
                false.into(),
                Cell::None,
                labels.into(),
            ]);
            rows.push(row);
        }
        rows
    },
    example: "SELECT type_name, type_size FROM duckdb_types() WHERE type_name = 'bigint'",
};
