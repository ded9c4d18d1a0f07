//! `CREATE MACRO` and `DROP MACRO`.

use datafusion::sql::parser::DFParser;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{Error, ParsedStatement, Result, StatementSyntax};

use super::{BuiltIn, Reader, command, is_word, syntax_error, take_words};
use crate::SessionObjects;
use crate::macros::{Body, Macro, Parameter, Variant, check};
use crate::objects::{add, missing, remove};
use crate::statements::variable::Change;

/// `CREATE MACRO`.
#[derive(Debug)]
pub(crate) struct CreateMacro;

impl BuiltIn for CreateMacro {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "CREATE MACRO",
            syntax: "CREATE [OR REPLACE] [TEMP] MACRO | FUNCTION [IF NOT EXISTS] \
                name(parameter [:= default], …) AS expression | TABLE query [, (parameter, …) AS …]",
            description: "Names an expression or a query with parameters, until the session ends. A call stands for the \
                text of the macro; several bodies with different numbers of parameters may share a name.",
            example: "CREATE MACRO plus(a, b := 1) AS a + b; SELECT plus(1), plus(1, b := 2)",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        _reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        let sql = &mut parser.parser;
        if !is_word(sql, 0, "CREATE") {
            return Ok(None);
        }
        let mut words = 1;
        let or_replace = is_word(sql, words, "OR") && is_word(sql, words + 1, "REPLACE");
        words += if or_replace { 2 } else { 0 };
        words += usize::from(is_word(sql, words, "TEMP") || is_word(sql, words, "TEMPORARY"));
        let is_function = is_word(sql, words, "FUNCTION");
        if !is_function && !is_word(sql, words, "MACRO") {
            return Ok(None);
        }
        let start = sql.index();
        (0..=words).for_each(|_| sql.advance_token());
        let if_not_exists = take_words(sql, &["IF", "NOT", "EXISTS"]);
        let name = sql.parse_identifier().map_err(syntax_error)?.value;
        let variants = match variants(sql) {
            Ok(variants) => variants,
            // DataFusion knows `CREATE FUNCTION … RETURNS …`.
            Err(_) if is_function => {
                while sql.index() > start {
                    sql.prev_token();
                }
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let new = Macro { name, variants };
        command(Change::new("CREATE MACRO", move |objects: &SessionObjects| {
            if if_not_exists && objects.macros.read().contains_key(&new.name.to_lowercase()) {
                return Ok(());
            }
            check(&new, &objects.macros.read())?;
            add(&objects.macros, "macro", &new.name, new.clone(), or_replace)
        }))
    }
}

pub(crate) fn variants(sql: &mut Parser<'_>) -> Result<Vec<Variant>> {
    let mut variants: Vec<Variant> = vec![];
    loop {
        let parameters = parameters(sql)?;
        if !take_words(sql, &["AS"]) {
            return Err(Error::syntax("expected AS after the parameters of the macro"));
        }
        let body = match take_words(sql, &["TABLE"]) {
            true => Body::Table(sql.parse_query().map_err(syntax_error)?),
            false => Body::Scalar(Box::new(sql.parse_expr().map_err(syntax_error)?)),
        };
        let same_kind = |other: &Variant| {
            matches!(other.body, Body::Table(_)) == matches!(body, Body::Table(_))
        };
        if !variants.iter().all(same_kind) {
            return Err(Error::invalid_input(
                "a macro stands for values or for tables, and not for both",
            ));
        }
        if variants.iter().any(|other| other.parameters.len() == parameters.len()) {
            return Err(Error::invalid_input(format!(
                "the macro has two bodies with {} parameters",
                parameters.len()
            )));
        }
        variants.push(Variant { parameters, body });
        if !sql.consume_token(&Token::Comma) {
            return Ok(variants);
        }
    }
}

fn parameters(sql: &mut Parser<'_>) -> Result<Vec<Parameter>> {
    sql.expect_token(&Token::LParen).map_err(syntax_error)?;
    let mut parameters: Vec<Parameter> = vec![];
    while !sql.consume_token(&Token::RParen) {
        if !parameters.is_empty() {
            sql.expect_token(&Token::Comma).map_err(syntax_error)?;
        }
        let name = sql.parse_identifier().map_err(syntax_error)?.value;
        let default =
            match sql.consume_token(&Token::Assignment) || sql.consume_token(&Token::RArrow) {
                true => Some(sql.parse_expr().map_err(syntax_error)?),
                false => None,
            };
        if parameters.iter().any(|other| other.name.eq_ignore_ascii_case(&name)) {
            return Err(Error::invalid_input(format!("the macro has two parameters '{name}'")));
        }
        if default.is_none() && parameters.iter().any(|other| other.default.is_some()) {
            return Err(Error::invalid_input(format!(
                "parameter '{name}' needs a default, as the one before it has one"
            )));
        }
        parameters.push(Parameter { name, default });
    }
    Ok(parameters)
}

/// `DROP MACRO`.
#[derive(Debug)]
pub(crate) struct DropMacro;

impl BuiltIn for DropMacro {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "DROP MACRO",
            syntax: "DROP MACRO | FUNCTION [TABLE] [IF EXISTS] name",
            description: "Forgets a macro.",
            example: "CREATE MACRO one() AS 1; DROP MACRO one",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        _reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        let sql = &mut parser.parser;
        if !take_words(sql, &["DROP", "MACRO"]) && !take_words(sql, &["DROP", "FUNCTION"]) {
            return Ok(None);
        }
        let table = take_words(sql, &["TABLE"]);
        let if_exists = take_words(sql, &["IF", "EXISTS"]);
        let name = sql.parse_identifier().map_err(syntax_error)?.value;
        command(Change::new("DROP MACRO", move |objects: &SessionObjects| {
            let is_other = objects
                .macros
                .read()
                .get(&name.to_lowercase())
                .is_some_and(|found| table && !found.is_table());
            match is_other {
                true if if_exists => Ok(()),
                true => Err(missing(&objects.macros, "table macro", &name)),
                false => {
                    remove(&objects.macros, "macro", &name, if_exists)?;
                    objects.set_comment("macro", &name, None);
                    Ok(())
                }
            }
        }))
    }
}
