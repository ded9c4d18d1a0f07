//! `PRAGMA`: the few that answer with something, in the words of DuckDB and SQLite.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Int32Array, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::DFParser;
use datafusion::sql::sqlparser::ast::Query;
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{
    Error, ErrorKind, ParsedStatement, Result, StatementSyntax, TableDescribers, closest,
    sql_field_type_name,
};

use super::describe::table;
use super::{
    BuiltIn, Reader, StatementRelation, TABLES_HERE, call_on, facts_of, query, query_of, quoted,
    syntax_error, take_words,
};

/// The statement.
#[derive(Debug)]
pub(crate) struct Pragma;

impl BuiltIn for Pragma {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "PRAGMA",
            syntax: "PRAGMA table_info('table') | show_tables | database_list | version",
            description: "What SQLite and DuckDB tell by pragmas. Settings are set by SET.",
            example: "PRAGMA database_list",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        _reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        let sql = &mut parser.parser;
        if !take_words(sql, &["PRAGMA"]) {
            return Ok(None);
        }
        let name = sql.parse_identifier().map_err(syntax_error)?.value;
        if sql.peek_token_ref().token == Token::Eq {
            return Err(Error::unsupported(format!("PRAGMA {name} = … sets nothing"))
                .with_hint(format!("settings are set by SET {name} = …")));
        }
        let argument = match sql.consume_token(&Token::LParen) {
            true => {
                let argument = match &sql.peek_token_ref().token {
                    Token::SingleQuotedString(_) => {
                        sql.parse_literal_string().map_err(syntax_error)?
                    }
                    _ => sql.parse_object_name(false).map_err(syntax_error)?.to_string(),
                };
                sql.expect_token(&Token::RParen).map_err(syntax_error)?;
                Some(argument)
            }
            false => None,
        };
        query(answer(&name, argument)?)
    }
}

const KNOWN: [&str; 4] = ["table_info", "show_tables", "database_list", "version"];

fn answer(name: &str, argument: Option<String>) -> Result<Box<Query>> {
    let name = name.to_lowercase();
    match (name.as_str(), argument) {
        ("table_info", Some(table)) => {
            call_on(&TableInfo, query_of(&format!("SELECT * FROM {table}"))?)
        }
        ("show_tables", None) => query_of(TABLES_HERE),
        ("database_list", None) => query_of(
            "SELECT row_number() OVER (ORDER BY name) AS seq, name, target AS file \
             FROM system.databases ORDER BY name",
        ),
        ("version", None) => query_of(&format!(
            "SELECT {} AS library_version, {} AS source_id, CAST(NULL AS VARCHAR) AS codename",
            quoted(concat!("v", env!("CARGO_PKG_VERSION"))),
            quoted(datafusion::DATAFUSION_VERSION),
        )),
        (known, _) if KNOWN.contains(&known) => Err(Error::syntax(match known {
            "table_info" => {
                "PRAGMA table_info takes the name of a table, as in table_info('t')".to_string()
            }
            other => format!("PRAGMA {other} takes no argument"),
        })),
        (unknown, _) => {
            let error =
                Error::new(ErrorKind::NotFound, format!("pragma '{unknown}' does not exist"));
            Err(match closest(unknown, KNOWN) {
                Some(near) => error.with_hint(format!("did you mean '{near}'?")),
                None => error
                    .with_hint(format!("pragmas: {}; settings are set by SET", KNOWN.join(", "))),
            })
        }
    }
}

/// The columns of a table in the words of SQLite.
#[derive(Debug)]
pub(crate) struct TableInfo;

impl StatementRelation for TableInfo {
    fn name(&self) -> &'static str {
        "pragma_table_info"
    }

    fn plan(&self, input: LogicalPlan, describers: &TableDescribers) -> Result<LogicalPlan> {
        let fields = input.schema().fields();
        let field = |name, data_type| Field::new(name, data_type, true);
        let facts = facts_of(&input, describers).unwrap_or_default();
        let default = |index: usize| {
            let facts = facts.columns.get(index)?;
            facts.default.clone().or_else(|| facts.generated.clone())
        };
        let primary = (0..fields.len()).map(|index| Some(facts.is_primary(index)));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int32Array::from_iter_values(0..fields.len() as i32)),
            Arc::new(StringArray::from_iter_values(fields.iter().map(|field| field.name()))),
            Arc::new(StringArray::from_iter_values(
                fields.iter().map(|field| sql_field_type_name(field)),
            )),
            Arc::new(BooleanArray::from_iter(
                fields.iter().map(|field| Some(!field.is_nullable())),
            )),
            Arc::new(StringArray::from_iter((0..fields.len()).map(default))),
            Arc::new(BooleanArray::from_iter(primary)),
        ];
        let schema = Schema::new(vec![
            field("cid", DataType::Int32),
            field("name", DataType::Utf8),
            field("type", DataType::Utf8),
            field("notnull", DataType::Boolean),
            field("dflt_value", DataType::Utf8),
            field("pk", DataType::Boolean),
        ]);
        table(self.name(), schema, columns)
    }
}
