//! `SHOW TABLES`, `SHOW ALL TABLES`, `SHOW DATABASES`, `SHOW SCHEMAS`, `SHOW COLUMNS` and `SHOW table`.
//!
//! They are queries of the information schema. `SHOW ALL`, `SHOW FUNCTIONS` and `SHOW CREATE TABLE` are
//! DataFusion's, and `SHOW setting` is the engine's.

use datafusion::sql::parser::DFParser;
use datafusion::sql::sqlparser::ast::{Query, TableFactor};
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{ParsedStatement, Result, StatementSyntax};

use super::describe::Describe;
use super::{
    BuiltIn, Reader, all_of, at_words, call_on, current, query, query_of, quoted, syntax_error,
    table_exists, take_words,
};

/// The statement.
#[derive(Debug)]
pub(crate) struct Show;

impl BuiltIn for Show {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "SHOW",
            syntax: "SHOW TABLES [FROM [catalog.]schema] [LIKE 'pattern']\n\
                SHOW ALL TABLES | DATABASES | SCHEMAS | FUNCTIONS | ALL\n\
                SHOW COLUMNS FROM table | SHOW table | SHOW CREATE TABLE view | SHOW setting",
            description: "Tables and views of a schema, everything there is, the columns of a table, or the value of a setting.",
            example: "SHOW ALL TABLES",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        match show(&mut parser.parser, reader)? {
            Some(found) => query(found),
            None => Ok(None),
        }
    }
}

fn show(parser: &mut Parser<'_>, reader: &Reader<'_>) -> Result<Option<Box<Query>>> {
    let (catalog, schema) = current(reader.state);
    if take_words(parser, &["SHOW", "ALL", "TABLES"]) {
        return query_of(ALL_TABLES).map(Some);
    }
    if take_words(parser, &["SHOW", "DATABASES"]) {
        return query_of("SELECT name AS database_name FROM system.databases ORDER BY 1").map(Some);
    }
    if take_words(parser, &["SHOW", "SCHEMAS"]) {
        return query_of(&format!(
            "SELECT catalog_name AS database_name, schema_name, \
             catalog_name = {} AND schema_name = {} AS \"current\" \
             FROM information_schema.schemata WHERE schema_name <> 'information_schema' ORDER BY 1, 2",
            quoted(&catalog),
            quoted(&schema)
        ))
        .map(Some);
    }
    if take_words(parser, &["SHOW", "TABLES"]) {
        return tables(parser, catalog, schema).map(Some);
    }
    if take_words(parser, &["SHOW", "COLUMNS", "FROM"])
        || take_words(parser, &["SHOW", "COLUMNS", "IN"])
    {
        return described(parser).map(Some);
    }
    if !at_words(parser, &["SHOW"]) || at_words(parser, &["SHOW", "CREATE"]) {
        return Ok(None);
    }
    // A table, if there is one of the name; else it may be a setting.
    let names_table = match &parser.peek_nth_token_ref(1).token {
        Token::Word(word) if parser.peek_nth_token_ref(2).token == Token::EOF => {
            let name = match word.quote_style {
                Some(_) => word.to_string(),
                None => word.value.to_lowercase(),
            };
            table_exists(reader.state, &name)
        }
        _ => false,
    };
    match names_table {
        true => {
            parser.advance_token();
            described(parser).map(Some)
        }
        false => Ok(None),
    }
}

fn described(parser: &mut Parser<'_>) -> Result<Box<Query>> {
    let factor: TableFactor = parser.parse_table_factor().map_err(syntax_error)?;
    call_on(&Describe, all_of(factor)?)
}

fn tables(parser: &mut Parser<'_>, catalog: String, schema: String) -> Result<Box<Query>> {
    let (mut catalog, mut schema) = (catalog, schema);
    if take_words(parser, &["FROM"]) || take_words(parser, &["IN"]) {
        let name = parser.parse_object_name(false).map_err(syntax_error)?;
        let parts: Vec<String> = name
            .0
            .iter()
            .filter_map(|part| part.as_ident())
            .map(|ident| match ident.quote_style {
                Some(_) => ident.value.clone(),
                None => ident.value.to_lowercase(),
            })
            .collect();
        match parts.as_slice() {
            [one] => schema.clone_from(one),
            [first, second] => {
                catalog.clone_from(first);
                schema.clone_from(second);
            }
            _ => return Err(extension::Error::syntax(format!("'{name}' is no name of a schema"))),
        }
    }
    let like = match take_words(parser, &["LIKE"]) {
        true => {
            let pattern = parser.parse_literal_string().map_err(syntax_error)?;
            format!(" AND table_name LIKE {}", quoted(&pattern))
        }
        false => String::new(),
    };
    query_of(&format!(
        "SELECT table_name AS name FROM information_schema.tables \
         WHERE table_catalog = {} AND table_schema = {}{like} ORDER BY 1",
        quoted(&catalog),
        quoted(&schema),
    ))
}

/// The tables and views of the current schema.
pub(crate) const TABLES_HERE: &str = "SELECT table_name AS name FROM information_schema.tables \
    WHERE table_catalog = current_database() AND table_schema = current_schema() ORDER BY 1";

/// Every table and view but those that describe the others.
const ALL_TABLES: &str = "SELECT table_catalog AS database, table_schema AS schema, table_name AS name, \
    array_agg(column_name ORDER BY ordinal_position) AS column_names, \
    array_agg(data_type ORDER BY ordinal_position) AS column_types, \
    false AS temporary \
    FROM information_schema.columns \
    WHERE table_schema NOT IN ('information_schema', 'system') \
    GROUP BY table_catalog, table_schema, table_name ORDER BY 1, 2, 3";
