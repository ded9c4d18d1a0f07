//! What is known of tables in memory beyond the types of their columns.

use datafusion::catalog::TableProvider;
use extension::{ColumnFacts, ConstraintFacts, ConstraintKind, DescribeTable, TableFacts};

use super::table::MemoryTable;

/// Tells it.
#[derive(Debug)]
pub(super) struct MemoryTables;

impl DescribeTable for MemoryTables {
    fn facts(&self, table: &dyn TableProvider) -> Option<TableFacts> {
        let table = table.downcast_ref::<MemoryTable>()?;
        let definition = table.definition();
        let rule = |kind, columns: Vec<usize>| ConstraintFacts {
            kind,
            name: None,
            columns,
            expression: None,
            references: None,
        };
        let mut constraints: Vec<ConstraintFacts> = definition
            .keys
            .iter()
            .map(|key| {
                let kind = match key.primary {
                    true => ConstraintKind::PrimaryKey,
                    false => ConstraintKind::Unique,
                };
                rule(kind, key.columns.clone())
            })
            .collect();
        for ((text, expr), check) in table.checks().iter().zip(&definition.checks) {
            let columns = expr.column_refs();
            let of = |index: &usize| {
                let name = definition.columns[*index].field.name();
                columns.iter().any(|column| column.name == *name)
            };
            constraints.push(ConstraintFacts {
                name: check.name.as_ref().map(|name| name.value.clone()),
                expression: Some(text.clone()),
                ..rule(ConstraintKind::Check, (0..definition.columns.len()).filter(of).collect())
            });
        }
        for (index, column) in definition.columns.iter().enumerate() {
            if !column.field.is_nullable() {
                constraints.push(rule(ConstraintKind::NotNull, vec![index]));
            }
        }
        let text = |expr: &Option<_>| expr.as_ref().map(ToString::to_string);
        let columns = definition.columns.iter();
        Some(TableFacts {
            columns: columns
                .map(|column: &super::definition::Column| ColumnFacts {
                    default: text(&column.default),
                    generated: text(&column.generated),
                })
                .collect(),
            constraints,
            rows: Some(table.contents().row_count() as u64),
        })
    }
}
