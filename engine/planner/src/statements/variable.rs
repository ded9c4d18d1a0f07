//! `SET VARIABLE name = value` and `RESET VARIABLE name`; `getvariable('name')` is the value.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::common::ScalarValue;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::{DFParser, Statement as DataFusionStatement};
use datafusion::sql::sqlparser::ast::{Query, Statement as SqlStatement};
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{Command, Error, ParsedStatement, Result, StatementPlanner, StatementSyntax};

use super::{BuiltIn, Reader, command, select_of, syntax_error, take_words};
use crate::SessionObjects;

/// A statement that changes what the session keeps, and nothing else.
pub(crate) struct Change {
    name: &'static str,
    #[allow(clippy::type_complexity)]
    change: Box<dyn Fn(&SessionObjects) -> Result<()> + Send + Sync>,
}

impl Change {
    pub(crate) fn new(
        name: &'static str,
        change: impl Fn(&SessionObjects) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self { name, change: Box::new(change) }
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// What the session behind `context` keeps.
pub(crate) fn objects_of(context: &SessionContext) -> Result<Arc<SessionObjects>> {
    let objects = context.state_ref().read().config().get_extension::<SessionObjects>();
    objects.ok_or_else(|| Error::internal("the session keeps no objects"))
}

#[async_trait]
impl Command for Change {
    fn writes(&self) -> bool {
        false
    }

    async fn run(&self, context: &SessionContext) -> Result<Option<RecordBatch>> {
        (self.change)(objects_of(context)?.as_ref()).map(|()| None)
    }
}

/// `SET VARIABLE`.
#[derive(Debug)]
pub(crate) struct SetVariable;

#[derive(Debug)]
struct Assignment {
    name: String,
    value: Box<Query>,
}

impl BuiltIn for SetVariable {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "SET VARIABLE",
            syntax: "SET VARIABLE name = value",
            description: "Keeps a value, which may come from a query in parentheses. getvariable('name') reads it, \
                in arguments of table functions too.",
            example: "SET VARIABLE answer = 6 * 7; SELECT getvariable('answer')",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        _reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        let sql = &mut parser.parser;
        if !take_words(sql, &["SET", "VARIABLE"]) {
            return Ok(None);
        }
        let name = sql.parse_identifier().map_err(syntax_error)?.value;
        if !sql.consume_token(&Token::Eq) && !take_words(sql, &["TO"]) {
            return Err(Error::syntax(format!("expected '=' after SET VARIABLE {name}")));
        }
        let value = select_of(sql.parse_expr().map_err(syntax_error)?)?;
        command(Assignment { name, value })
    }
}

#[async_trait]
impl Command for Assignment {
    fn writes(&self) -> bool {
        false
    }

    async fn run(&self, context: &SessionContext) -> Result<Option<RecordBatch>> {
        let query = SqlStatement::Query(self.value.clone());
        let rows = StatementPlanner::rows(context, DataFusionStatement::Statement(Box::new(query)))
            .await?;
        let mut values = rows.iter().filter(|batch| batch.num_rows() > 0);
        let value = match (values.next(), values.next()) {
            (Some(batch), None) if batch.num_rows() == 1 => {
                ScalarValue::try_from_array(batch.column(0), 0)?
            }
            _ => return Err(Error::invalid_input("a variable holds one value, not several rows")),
        };
        objects_of(context)?.variables.write().insert(self.name.to_lowercase(), value);
        Ok(None)
    }
}

/// `RESET VARIABLE`.
#[derive(Debug)]
pub(crate) struct ResetVariable;

impl BuiltIn for ResetVariable {
    fn syntax(&self) -> &'static StatementSyntax {
        &StatementSyntax {
            name: "RESET VARIABLE",
            syntax: "RESET VARIABLE name",
            description: "Forgets a variable; getvariable is NULL again.",
            example: "SET VARIABLE answer = 42; RESET VARIABLE answer",
        }
    }

    fn parse(
        &self,
        parser: &mut DFParser<'_>,
        _reader: &Reader<'_>,
    ) -> Result<Option<ParsedStatement>> {
        let sql = &mut parser.parser;
        if !take_words(sql, &["RESET", "VARIABLE"]) {
            return Ok(None);
        }
        let name = sql.parse_identifier().map_err(syntax_error)?.value;
        command(Change::new("RESET VARIABLE", move |objects: &SessionObjects| {
            objects.variables.write().remove(&name.to_lowercase());
            Ok(())
        }))
    }
}
