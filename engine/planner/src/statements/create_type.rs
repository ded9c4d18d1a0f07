//! `CREATE TYPE` and `DROP TYPE`: another name of a type, or a list of the texts that a value may be.

use datafusion::sql::parser::DFParser;
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{Error, ParsedStatement, Result, StatementSyntax};

use super::{BuiltIn, Reader, command, is_word, syntax_error, take_words};
use crate::SessionObjects;
use crate::objects::{UserType, add, remove};
use crate::statements::variable::Change;

/// `CREATE TYPE`.
#[derive(Debug)]
pub(crate) struct CreateType;

impl BuiltIn for CreateType {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "CREATE TYPE",
            syntax: "CREATE [OR REPLACE] TYPE [IF NOT EXISTS] name AS type | ENUM ('text', …)",
            description: "Names a type, or a list of the texts that a value may be, until the session ends. A cast of any \
                other text to an ENUM is an error.",
            example: "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); SELECT 'ok'::mood",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        _reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        let sql = &mut parser.parser;
        let or_replace = is_word(sql, 1, "OR") && is_word(sql, 2, "REPLACE");
        let words: &[&str] =
            if or_replace { &["CREATE", "OR", "REPLACE", "TYPE"] } else { &["CREATE", "TYPE"] };
        if !take_words(sql, words) {
            return Ok(None);
        }
        let if_not_exists = take_words(sql, &["IF", "NOT", "EXISTS"]);
        let name = sql.parse_identifier().map_err(syntax_error)?.value;
        if !take_words(sql, &["AS"]) {
            return Err(Error::syntax(format!("expected AS after CREATE TYPE {name}")));
        }
        let made = match is_word(sql, 0, "ENUM") && sql.peek_nth_token_ref(1).token == Token::LParen
        {
            true => {
                sql.advance_token();
                sql.advance_token();
                let values = sql
                    .parse_comma_separated0(|parser| parser.parse_literal_string(), Token::RParen)
                    .map_err(syntax_error)?;
                sql.expect_token(&Token::RParen).map_err(syntax_error)?;
                for (index, value) in values.iter().enumerate() {
                    if values[..index].contains(value) {
                        return Err(Error::invalid_input(format!("the ENUM has '{value}' twice")));
                    }
                }
                UserType::Enum(values)
            }
            false => UserType::Alias(sql.parse_data_type().map_err(syntax_error)?),
        };
        command(Change::new("CREATE TYPE", move |objects: &SessionObjects| {
            if if_not_exists && objects.types.read().contains_key(&name.to_lowercase()) {
                return Ok(());
            }
            if let UserType::Alias(data_type) = &made {
                crate::types::plan(data_type, objects)?;
            }
            add(&objects.types, "type", &name, made.clone(), or_replace)
        }))
    }
}

/// `DROP TYPE`.
#[derive(Debug)]
pub(crate) struct DropType;

impl BuiltIn for DropType {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "DROP TYPE",
            syntax: "DROP TYPE [IF EXISTS] name",
            description: "Forgets a type.",
            example: "CREATE TYPE cents AS BIGINT; DROP TYPE cents",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        _reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        let sql = &mut parser.parser;
        if !take_words(sql, &["DROP", "TYPE"]) {
            return Ok(None);
        }
        let if_exists = take_words(sql, &["IF", "EXISTS"]);
        let name = sql.parse_identifier().map_err(syntax_error)?.value;
        command(Change::new("DROP TYPE", move |objects: &SessionObjects| {
            remove(&objects.types, "type", &name, if_exists)?;
            objects.set_comment("type", &name, None);
            Ok(())
        }))
    }
}
