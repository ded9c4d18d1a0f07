//! `PREPARE name AS statement`, `EXECUTE name(value, …)` and `DEALLOCATE name`.
//!
//! What is kept is the statement as it was read. `EXECUTE` puts its values in the places of the
//! parameters and plans the result like any other statement, so types follow from the values, and
//! tables are those of the moment.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use datafusion::sql::parser::{DFParser, Statement as DataFusionStatement};
use datafusion::sql::sqlparser::ast::{
    CastKind, Expr, FunctionArg, FunctionArgExpr, Value, ValueWithSpan, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{Error, ParsedStatement, Result, StatementSyntax};

use super::{BuiltIn, Reader, command, syntax_error, take_words};
use crate::SessionObjects;
use crate::objects::{PreparedStatement, missing};
use crate::statements::variable::Change;
use crate::walk::walk;

/// `PREPARE`.
#[derive(Debug)]
pub(crate) struct Prepare;

impl BuiltIn for Prepare {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "PREPARE",
            syntax: "PREPARE name [(type, …)] AS statement",
            description: "Keeps a statement with parameters for EXECUTE, until the session ends. Parameters are \
                $1, $2, … or ?, or $name.",
            example: "PREPARE double AS SELECT $1 * 2; EXECUTE double(21)",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        if !take_words(&mut parser.parser, &["PREPARE"]) {
            return Ok(None);
        }
        let name = parser.parser.parse_identifier().map_err(syntax_error)?.value;
        let mut types = vec![];
        if parser.parser.consume_token(&Token::LParen) {
            let sql = &mut parser.parser;
            types = sql
                .parse_comma_separated(|parser| parser.parse_data_type())
                .map_err(syntax_error)?;
            sql.expect_token(&Token::RParen).map_err(syntax_error)?;
        }
        if !take_words(&mut parser.parser, &["AS"]) {
            return Err(Error::syntax("expected AS and a statement after PREPARE and a name"));
        }
        match reader.planner.parse_statement(parser, reader.state)? {
            ParsedStatement::DataFusion(statement) => {
                let prepared = PreparedStatement { statement: *statement, types };
                command(Change::new("PREPARE", move |objects: &SessionObjects| {
                    objects.prepared.write().insert(name.to_lowercase(), prepared.clone());
                    Ok(())
                }))
            }
            ParsedStatement::Command(_) => Err(Error::unsupported(
                "PREPARE takes a query, INSERT, UPDATE, DELETE, CREATE or COPY",
            )),
        }
    }
}

/// `EXECUTE`.
#[derive(Debug)]
pub(crate) struct Execute;

impl BuiltIn for Execute {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "EXECUTE",
            syntax: "EXECUTE name [(value | name := value, …)]",
            description: "Runs a prepared statement with values in the places of its parameters.",
            example: "PREPARE greet AS SELECT 'hello ' || $who; EXECUTE greet(who := 'world')",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        let sql = &mut parser.parser;
        if !take_words(sql, &["EXECUTE"]) {
            return Ok(None);
        }
        let name = sql.parse_identifier().map_err(syntax_error)?.value;
        let arguments = match sql.consume_token(&Token::LParen) {
            true => sql.parse_optional_args().map_err(syntax_error)?,
            false => vec![],
        };
        let prepared = &reader.planner.objects().prepared;
        let found = prepared.read().get(&name.to_lowercase()).cloned();
        let found = found.ok_or_else(|| missing(prepared, "prepared statement", &name))?;
        Ok(Some(ParsedStatement::DataFusion(Box::new(bind(found, arguments)?))))
    }
}

/// The statement with values for its parameters.
fn bind(prepared: PreparedStatement, arguments: Vec<FunctionArg>) -> Result<DataFusionStatement> {
    let PreparedStatement { mut statement, types } = prepared;
    let mut values = BTreeMap::new();
    for (index, argument) in arguments.into_iter().enumerate() {
        let (name, value) = match argument {
            FunctionArg::Unnamed(value) => ((index + 1).to_string(), value),
            FunctionArg::Named { name, arg, .. }
            | FunctionArg::ExprNamed { name: Expr::Identifier(name), arg, .. } => {
                (name.value.to_lowercase(), arg)
            }
            FunctionArg::ExprNamed { name, .. } => {
                return Err(Error::syntax(format!("'{name}' is no name of a parameter")));
            }
        };
        let FunctionArgExpr::Expr(value) = value else {
            return Err(Error::syntax(format!("'{value}' is no value of a parameter")));
        };
        let value = match types.get(index) {
            Some(data_type) => Expr::Cast {
                kind: CastKind::Cast,
                expr: Box::new(value),
                data_type: data_type.clone(),
                format: None,
                array: false,
            },
            None => value,
        };
        if values.insert(name.clone(), value).is_some() {
            return Err(Error::invalid_input(format!("parameter '{name}' is given twice")));
        }
    }
    put_in(&mut statement, &values)?;
    Ok(statement)
}

/// Puts values in the places of a statement's parameters, which are all to have one.
pub(crate) fn put_in(
    statement: &mut DataFusionStatement,
    values: &BTreeMap<String, Expr>,
) -> Result<()> {
    let mut binding = Binding { values, used: BTreeSet::new(), missing: BTreeSet::new() };
    let _ = walk(statement, &mut binding);
    let Binding { used, missing, .. } = binding;
    if !missing.is_empty() {
        let names: Vec<String> = missing.into_iter().collect();
        let message = format!("no value is given for the parameter {}", names.join(", "));
        return Err(Error::invalid_input(message));
    }
    let excess: Vec<&str> =
        values.keys().filter(|name| !used.contains(*name)).map(String::as_str).collect();
    match excess.is_empty() {
        true => Ok(()),
        false => Err(Error::invalid_input(format!(
            "the statement has no parameter {}",
            excess.join(", ")
        ))),
    }
}

struct Binding<'a> {
    values: &'a BTreeMap<String, Expr>,
    used: BTreeSet<String>,
    missing: BTreeSet<String>,
}

impl VisitorMut for Binding<'_> {
    type Break = ();

    // On the way out, so that a value is not looked through for parameters.
    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let Expr::Value(ValueWithSpan { value: Value::Placeholder(name), .. }) = &*expr else {
            return ControlFlow::Continue(());
        };
        let name = name.trim_start_matches(['$', ':', '@']).to_lowercase();
        match self.values.get(&name) {
            Some(value) => {
                *expr = match value {
                    Expr::Value(_) => value.clone(),
                    other => Expr::Nested(Box::new(other.clone())),
                };
                self.used.insert(name);
            }
            None => {
                self.missing.insert(name);
            }
        }
        ControlFlow::Continue(())
    }
}

/// `DEALLOCATE`.
#[derive(Debug)]
pub(crate) struct Deallocate;

impl BuiltIn for Deallocate {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "DEALLOCATE",
            syntax: "DEALLOCATE [PREPARE] name",
            description: "Forgets a prepared statement.",
            example: "PREPARE one AS SELECT 1; DEALLOCATE one",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        _reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        let sql = &mut parser.parser;
        if !take_words(sql, &["DEALLOCATE"]) {
            return Ok(None);
        }
        let _ = take_words(sql, &["PREPARE"]);
        let name = sql.parse_identifier().map_err(syntax_error)?.value;
        command(Change::new("DEALLOCATE", move |objects: &SessionObjects| {
            crate::objects::remove(&objects.prepared, "prepared statement", &name, false)
        }))
    }
}
