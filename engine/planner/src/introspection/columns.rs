//! Columns of tables and views.

use datafusion::arrow::datatypes::DataType;
use extension::sql_field_type_name;

use super::cells::Cell;
use super::types::type_id;
use super::{Kind, Listing};
use crate::information::precision;

pub(super) const COLUMNS: Listing = Listing {
    name: "duckdb_columns",
    description: "The columns of tables and views, one a row, with the columns of DuckDB's function.",
    columns: &[
        ("database_name", Kind::Text),
        ("database_oid", Kind::Number),
        ("schema_name", Kind::Text),
        ("schema_oid", Kind::Number),
        ("table_name", Kind::Text),
        ("table_oid", Kind::Number),
        ("column_name", Kind::Text),
        ("column_index", Kind::Small),
        ("comment", Kind::Text),
        ("internal", Kind::Truth),
        ("column_default", Kind::Text),
        ("is_nullable", Kind::Truth),
        ("data_type", Kind::Text),
        ("data_type_id", Kind::Number),
        ("character_maximum_length", Kind::Small),
        ("numeric_precision", Kind::Small),
        ("numeric_precision_radix", Kind::Small),
        ("numeric_scale", Kind::Small),
        ("tags", Kind::Tags),
        ("is_generated", Kind::Truth),
        ("generation_expression", Kind::Text),
    ],
    rows: |session| {
        let mut rows = vec![];
        for relation in &session.relations {
            let schema = relation.table.schema();
            for (index, field) in schema.fields().iter().enumerate() {
                let facts = relation.facts.columns.get(index);
                let generated = facts.and_then(|facts| facts.generated.clone());
                let default = facts.and_then(|facts| facts.default.clone());
                let numeric = precision(field.data_type());
                let number = |pick: fn((u64, u64, u64)) -> u64| -> Cell {
                    numeric.map(|numbers| pick(numbers) as i64).into()
                };
                rows.push(vec![
                    relation.database.as_str().into(),
                    relation.database_oid.into(),
                    relation.schema.as_str().into(),
                    relation.schema_oid.into(),
                    relation.name.as_str().into(),
                    relation.oid.into(),
                    field.name().as_str().into(),
                    (index + 1).into(),
                    relation.column_comments.get(index).cloned().flatten().into(),
                    relation.internal.into(),
                    default.or_else(|| generated.clone()).into(),
                    field.is_nullable().into(),
                    sql_field_type_name(field).into(),
                    type_id(data_type(field.data_type())).into(),
                    Cell::None,
                    number(|numbers| numbers.0),
                    number(|numbers| numbers.1),
                    number(|numbers| numbers.2),
                    Cell::None,
                    generated.is_some().into(),
                    generated.into(),
                ]);
            }
        }
        rows
    },
    example: "CREATE OR REPLACE TABLE numbers (i INTEGER DEFAULT 7); \
        SELECT column_name, data_type, column_default FROM duckdb_columns() WHERE NOT internal",
};

fn data_type(of: &DataType) -> &DataType {
    match of {
        DataType::Dictionary(_, values) => values,
        other => other,
    }
}
