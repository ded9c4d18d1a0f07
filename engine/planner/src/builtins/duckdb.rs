//! The views of DuckDB and SQLite that leave out what the engine brings itself.

use super::View;

const fn view(name: &'static str, sql: &'static str) -> View {
    View { schema: "main", name, sql }
}

pub(super) const VIEWS: &[View] = &[
    view("duckdb_tables", "SELECT * FROM duckdb_tables() WHERE NOT internal"),
    view("duckdb_views", "SELECT * FROM duckdb_views() WHERE NOT internal"),
    view("duckdb_columns", "SELECT * FROM duckdb_columns() WHERE NOT internal"),
    view("duckdb_schemas", "SELECT * FROM duckdb_schemas() WHERE NOT internal"),
    view("duckdb_databases", "SELECT * FROM duckdb_databases() WHERE NOT internal"),
    view("duckdb_types", "SELECT * FROM duckdb_types()"),
    view("duckdb_constraints", "SELECT * FROM duckdb_constraints()"),
    view("duckdb_indexes", "SELECT * FROM duckdb_indexes()"),
    view(
        "pragma_database_list",
        "SELECT database_oid AS seq, database_name AS name, path AS file FROM duckdb_databases() \
         WHERE NOT internal ORDER BY 1",
    ),
    view("sqlite_master", MASTER),
    view("sqlite_schema", MASTER),
];

const MASTER: &str = "SELECT 'table' AS type, table_name AS name, table_name AS tbl_name, 0 AS rootpage, sql \
     FROM duckdb_tables() WHERE NOT internal \
     UNION ALL SELECT 'view', view_name, view_name, 0, sql FROM duckdb_views() WHERE NOT internal";
