//! `DESCRIBE table | query`: one row a column, with the names that types have in SQL.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray, new_null_array};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::parser::DFParser;
use extension::{ParsedStatement, Result, StatementSyntax, TableDescribers, sql_field_type_name};

use super::{
    BuiltIn, Reader, StatementRelation, call_on, facts_of, query, query_or_table, take_words,
};
use crate::names;

/// The statement and the relation.
#[derive(Debug)]
pub(crate) struct Describe;

impl BuiltIn for Describe {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "DESCRIBE",
            syntax: "DESCRIBE | DESC | SHOW table | query",
            description: "The columns of a table, file or query, one a row, with their keys and defaults. In FROM it goes in parentheses.",
            example: "DESCRIBE 'tests/data/people.csv'",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        _reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        let sql = &mut parser.parser;
        if !take_words(sql, &["DESCRIBE"]) && !take_words(sql, &["DESC"]) {
            return Ok(None);
        }
        let _ = take_words(sql, &["TABLE"]);
        // The columns of a summary can be asked for too.
        let mut described = match take_words(sql, &["SUMMARIZE"]) {
            true => call_on(&super::summarize::Summarize, query_or_table(sql)?)?,
            false => query_or_table(sql)?,
        };
        names::alias(&mut described);
        query(call_on(self, described)?)
    }
}

impl StatementRelation for Describe {
    fn name(&self) -> &'static str {
        "describe"
    }

    /// One row a column: the columns of DuckDB's `DESCRIBE`.
    fn plan(&self, input: LogicalPlan, describers: &TableDescribers) -> Result<LogicalPlan> {
        let fields = input.schema().fields();
        let facts = facts_of(&input, describers).unwrap_or_default();
        let key = |index: usize| match (facts.is_primary(index), facts.is_unique(index)) {
            (true, _) => Some("PRI"),
            (false, true) => Some("UNI"),
            (false, false) => None,
        };
        let default = |index: usize| facts.columns.get(index)?.default.clone();
        let text = |name, nullable| Field::new(name, DataType::Utf8, nullable);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(fields.iter().map(|field| field.name()))),
            Arc::new(StringArray::from_iter_values(
                fields.iter().map(|field| sql_field_type_name(field)),
            )),
            Arc::new(StringArray::from_iter_values(
                fields.iter().map(|field| if field.is_nullable() { "YES" } else { "NO" }),
            )),
            Arc::new(StringArray::from_iter((0..fields.len()).map(key))),
            Arc::new(StringArray::from_iter((0..fields.len()).map(default))),
            new_null_array(&DataType::Utf8, fields.len()),
        ];
        let schema = Schema::new(vec![
            text("column_name", false),
            text("column_type", false),
            text("null", false),
            text("key", true),
            text("default", true),
            text("extra", true),
        ]);
        table(self.name(), schema, columns)
    }
}

/// A plan that answers with given rows.
pub(super) fn table(name: &str, schema: Schema, columns: Vec<ArrayRef>) -> Result<LogicalPlan> {
    let schema = Arc::new(schema);
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;
    let table = MemTable::try_new(schema, vec![vec![batch]])?;
    Ok(LogicalPlanBuilder::scan(name, provider_as_source(Arc::new(table)), None)?.build()?)
}
