//! `INSTALL extension` and `LOAD extension`: what DuckDB loads is built in here, or is not there.

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::DFParser;
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{Command, Error, ParsedStatement, Result, StatementSyntax};

use super::{BuiltIn, Reader, command, take_words};

/// The statements.
#[derive(Debug)]
pub(crate) struct Load;

/// DuckDB's extensions whose work is done by parts of ours.
const BUILT_IN: [&str; 11] = [
    "parquet",
    "json",
    "icu",
    "httpfs",
    "aws",
    "azure",
    "autocomplete",
    "core_functions",
    "avro",
    "tpcds",
    "tpch",
];

impl BuiltIn for Load {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "LOAD",
            syntax: "INSTALL extension | LOAD extension",
            description: "Does nothing for DuckDB's extensions whose work is built in, and refuses the others.",
            example: "LOAD parquet",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        _reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        let sql = &mut parser.parser;
        if !take_words(sql, &["INSTALL"]) && !take_words(sql, &["LOAD"]) {
            return Ok(None);
        }
        let name = match sql.next_token().token {
            Token::Word(word) => word.value,
            Token::SingleQuotedString(text) => text,
            other => return Err(Error::syntax(format!("'{other}' is no name of an extension"))),
        };
        if take_words(sql, &["FROM"]) {
            return Err(Error::unsupported("extensions are built in and come from nowhere else"));
        }
        match BUILT_IN.contains(&name.to_lowercase().as_str()) {
            true => command(Nothing),
            false => Err(Error::unsupported(format!("there is no extension '{name}'"))
                .with_hint(format!("built in: {}", BUILT_IN.join(", ")))),
        }
    }
}

/// A statement that has nothing to do.
#[derive(Debug)]
pub(super) struct Nothing;

#[async_trait]
impl Command for Nothing {
    fn writes(&self) -> bool {
        false
    }

    async fn run(&self, _context: &SessionContext) -> Result<Option<RecordBatch>> {
        Ok(None)
    }
}
