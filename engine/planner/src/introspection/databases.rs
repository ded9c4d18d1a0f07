//! Databases and schemas.

use super::{Kind, Listing};
use crate::introspection::cells::Cell;

pub(super) const DATABASES: Listing = Listing {
    name: "duckdb_databases",
    description: "The databases of the session, one a row, with the columns of DuckDB's function.",
    columns: &[
        ("database_name", Kind::Text),
        ("database_oid", Kind::Number),
        ("path", Kind::Text),
        ("comment", Kind::Text),
        ("tags", Kind::Tags),
        ("internal", Kind::Truth),
        ("type", Kind::Text),
        ("readonly", Kind::Truth),
    ],
    rows: |session| {
        let row = |database: &super::snapshot::Database| {
            vec![
                database.name.as_str().into(),
                database.oid.into(),
                Cell::None,
                Cell::None,
                Cell::None,
                false.into(),
                "parquetframe".into(),
                false.into(),
            ]
        };
        session.databases.iter().map(row).collect()
    },
    example: "SELECT database_name FROM duckdb_databases()",
};

pub(super) const SCHEMAS: Listing = Listing {
    name: "duckdb_schemas",
    description: "The schemas of the session, one a row, with the columns of DuckDB's function.",
    columns: &[
        ("oid", Kind::Number),
        ("database_name", Kind::Text),
        ("database_oid", Kind::Number),
        ("schema_name", Kind::Text),
        ("comment", Kind::Text),
        ("tags", Kind::Tags),
        ("internal", Kind::Truth),
        ("sql", Kind::Text),
    ],
    rows: |session| {
        let row = |schema: &super::snapshot::SchemaEntry| {
            vec![
                schema.oid.into(),
                schema.database.as_str().into(),
                schema.database_oid.into(),
                schema.name.as_str().into(),
                Cell::None,
                Cell::None,
                schema.internal.into(),
                Cell::None,
            ]
        };
        session.schemas.iter().map(row).collect()
    },
    example: "SELECT schema_name FROM duckdb_schemas() WHERE NOT internal",
};
