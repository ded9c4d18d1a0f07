//! The rules of tables.

use extension::{ConstraintFacts, ConstraintKind};

use super::cells::Cell;
use super::snapshot::Relation;
use super::{Kind, Listing};

pub(super) const CONSTRAINTS: Listing = Listing {
    name: "duckdb_constraints",
    description: "The rules of tables, one a row, with the columns of DuckDB's function.",
    columns: &[
        ("database_name", Kind::Text),
        ("database_oid", Kind::Number),
        ("schema_name", Kind::Text),
        ("schema_oid", Kind::Number),
        ("table_name", Kind::Text),
        ("table_oid", Kind::Number),
        ("constraint_index", Kind::Number),
        ("constraint_type", Kind::Text),
        ("constraint_text", Kind::Text),
        ("expression", Kind::Text),
        ("constraint_column_indexes", Kind::Numbers),
        ("constraint_column_names", Kind::Texts),
        ("constraint_name", Kind::Text),
        ("referenced_table", Kind::Text),
        ("referenced_column_names", Kind::Texts),
    ],
    rows: |session| {
        let mut rows = vec![];
        for table in session.tables() {
            for (index, rule) in table.facts.constraints.iter().enumerate() {
                rows.push(row(table, index, rule));
            }
        }
        rows
    },
    example: "CREATE OR REPLACE TABLE numbers (i INTEGER CHECK (i > 0)); \
        SELECT table_name, constraint_text FROM duckdb_constraints()",
};

fn row(table: &Relation, index: usize, rule: &ConstraintFacts) -> Vec<Cell> {
    let schema = table.table.schema();
    let columns: Vec<String> =
        rule.columns.iter().map(|column| schema.field(*column).name().clone()).collect();
    let text = match (rule.kind, &rule.expression) {
        (ConstraintKind::Check, Some(expression)) => format!("CHECK({expression})"),
        (ConstraintKind::NotNull, _) => "NOT NULL".to_string(),
        (kind, _) => format!("{}({})", kind.name(), columns.join(", ")),
    };
    let ending = match rule.kind {
        ConstraintKind::PrimaryKey => "pkey",
        ConstraintKind::Unique => "key",
        ConstraintKind::Check => "check",
        ConstraintKind::NotNull => "not_null",
        ConstraintKind::ForeignKey => "fkey",
    };
    let (referenced, referenced_columns) = rule.references.clone().unzip();
    let name = rule.name.clone().unwrap_or_else(|| {
        let parts: Vec<&str> = std::iter::once(table.name.as_str())
            .chain(columns.iter().map(String::as_str))
            .chain([ending])
            .collect();
        parts.join("_")
    });
    vec![
        table.database.as_str().into(),
        table.database_oid.into(),
        table.schema.as_str().into(),
        table.schema_oid.into(),
        table.name.as_str().into(),
        table.oid.into(),
        index.into(),
        rule.kind.name().into(),
        text.into(),
        rule.expression.clone().into(),
        rule.columns.iter().map(|column| *column as i64).collect::<Vec<_>>().into(),
        columns.into(),
        name.into(),
        referenced.into(),
        referenced_columns.unwrap_or_default().into(),
    ]
}
