//! Tables and views.

use extension::ConstraintKind;

use super::cells::Cell;
use super::snapshot::Relation;
use super::{Kind, Listing};

pub(super) const TABLES: Listing = Listing {
    name: "duckdb_tables",
    description: "The tables of the session, one a row, with the columns of DuckDB's function.",
    columns: &[
        ("database_name", Kind::Text),
        ("database_oid", Kind::Number),
        ("schema_name", Kind::Text),
        ("schema_oid", Kind::Number),
        ("table_name", Kind::Text),
        ("table_oid", Kind::Number),
        ("comment", Kind::Text),
        ("tags", Kind::Tags),
        ("internal", Kind::Truth),
        ("temporary", Kind::Truth),
        ("has_primary_key", Kind::Truth),
        ("estimated_size", Kind::Number),
        ("column_count", Kind::Number),
        ("index_count", Kind::Number),
        ("check_constraint_count", Kind::Number),
        ("sql", Kind::Text),
    ],
    rows: |session| {
        let row = |table: &Relation| {
            let rules = &table.facts.constraints;
            let of_kind = |kind| rules.iter().filter(|rule| rule.kind == kind).count();
            let mut row = place(table);
            row.extend([
                table.temporary.into(),
                (of_kind(ConstraintKind::PrimaryKey) > 0).into(),
                table.facts.rows.map(|rows| rows as i64).into(),
                table.table.schema().fields().len().into(),
                0_i64.into(),
                of_kind(ConstraintKind::Check).into(),
                table.table.get_table_definition().into(),
            ]);
            row
        };
        session.tables().map(row).collect()
    },
    example: "CREATE OR REPLACE TABLE numbers (i INTEGER PRIMARY KEY); \
        SELECT table_name, has_primary_key, sql FROM duckdb_tables()",
};

pub(super) const VIEWS: Listing = Listing {
    name: "duckdb_views",
    description: "The views of the session, one a row, with the columns of DuckDB's function. The engine's own tables are internal ones.",
    columns: &[
        ("database_name", Kind::Text),
        ("database_oid", Kind::Number),
        ("schema_name", Kind::Text),
        ("schema_oid", Kind::Number),
        ("view_name", Kind::Text),
        ("view_oid", Kind::Number),
        ("comment", Kind::Text),
        ("tags", Kind::Tags),
        ("internal", Kind::Truth),
        ("temporary", Kind::Truth),
        ("column_count", Kind::Number),
        ("sql", Kind::Text),
    ],
    rows: |session| {
        let row = |view: &Relation| {
            let mut row = place(view);
            row.extend([
                view.temporary.into(),
                view.table.schema().fields().len().into(),
                view.table.get_table_definition().into(),
            ]);
            row
        };
        session.views().map(row).collect()
    },
    example: "CREATE OR REPLACE VIEW answers AS SELECT 42 AS answer; \
        SELECT view_name, sql FROM duckdb_views() WHERE NOT internal",
};

pub(super) const INDEXES: Listing = Listing {
    name: "duckdb_indexes",
    description: "The indexes of the session, with the columns of DuckDB's function. There are none: keys are checked without.",
    columns: &[
        ("database_name", Kind::Text),
        ("database_oid", Kind::Number),
        ("schema_name", Kind::Text),
        ("schema_oid", Kind::Number),
        ("index_name", Kind::Text),
        ("index_oid", Kind::Number),
        ("table_name", Kind::Text),
        ("table_oid", Kind::Number),
        ("comment", Kind::Text),
        ("tags", Kind::Tags),
        ("is_unique", Kind::Truth),
        ("is_primary", Kind::Truth),
        ("expressions", Kind::Text),
        ("sql", Kind::Text),
    ],
    rows: |_| vec![],
    example: "SELECT count(*) FROM duckdb_indexes()",
};

/// The columns that tables and views begin with.
fn place(relation: &Relation) -> Vec<Cell> {
    vec![
        relation.database.as_str().into(),
        relation.database_oid.into(),
        relation.schema.as_str().into(),
        relation.schema_oid.into(),
        relation.name.as_str().into(),
        relation.oid.into(),
        relation.comment.clone().into(),
        Cell::None,
        relation.internal.into(),
    ]
}
