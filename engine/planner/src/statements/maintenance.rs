//! `CHECKPOINT`, `ANALYZE` and `VACUUM`: upkeep that tables in memory do not need.

use datafusion::sql::parser::DFParser;
use extension::{Error, ParsedStatement, Result, StatementSyntax};

use super::load::Nothing;
use super::{BuiltIn, Reader, command, syntax_error, take_words};

/// The statements.
#[derive(Debug)]
pub(crate) struct Maintenance;

impl BuiltIn for Maintenance {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "CHECKPOINT",
            syntax: "CHECKPOINT | ANALYZE [table] | VACUUM",
            description: "Accepted for scripts that say it: tables in memory keep no log, know their statistics at all \
                times and hold no dead rows.",
            example: "CHECKPOINT",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        let sql = &mut parser.parser;
        if take_words(sql, &["CHECKPOINT"]) || take_words(sql, &["VACUUM"]) {
            return command(Nothing);
        }
        if !take_words(sql, &["ANALYZE"]) {
            return Ok(None);
        }
        if sql.peek_token_ref().token != datafusion::sql::sqlparser::tokenizer::Token::EOF {
            let name = sql.parse_object_name(false).map_err(syntax_error)?.to_string();
            if !super::table_exists(reader.state, &name) {
                return Err(Error::not_found(format!("table '{name}' does not exist")));
            }
        }
        command(Nothing)
    }
}
