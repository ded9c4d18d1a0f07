//! SQL text to plans.
//!
//! A script is tokenised once ([`script`]) and split at `;` by tokens, so that every error can point
//! into the user's text. Each statement goes through the parts' own parsers first and DataFusion's
//! otherwise ([`Planner::parse`]). Then its relations are resolved ([`relations`]): calls of table
//! functions with constant arguments and paths in FROM become tables, with whatever I/O that takes.
//! DataFusion plans the rest.

mod context;
mod errors;
mod functions;
mod guard;
mod identifiers;
mod information;
mod language;
mod macros;
mod markers;
mod names;
mod objects;
mod operators;
mod overrides;
mod relations;
mod respell;
mod rewrite;
mod script;
mod statements;
mod string_slice;
mod temporary;
mod tokens;
mod types;
mod walk;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::common::ScalarValue;
use datafusion::config::Dialect as DialectName;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::collect;
use datafusion::sql::parser::{DFParser, DFParserBuilder, Statement as DataFusionStatement};
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;
use datafusion::sql::sqlparser::dialect::{Dialect, dialect_from_str};
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{
    Error, FriendlyDialect, GivenRelations, ParsedStatement, PlanStatement, Registry, Result,
    ScanFunction, StatementOverride, StatementParser, StatementSyntax,
};

use crate::context::StatementContext;
use crate::operators::OperatorRelations;
use crate::rewrite::{Answers, Rewriter, Rewritten};
use crate::statements::{Reader, STATEMENTS};

pub use language::Language;
pub use names::ColumnNames;
pub use objects::SessionObjects;
pub use script::{Statement, is_complete, split};
pub use types::Semantics;

/// How deep expressions and sub-queries may nest before the parser gives up.
const RECURSION_LIMIT: usize = 100;

/// The dialect of the session: ours, unless `datafusion.sql_parser.dialect` names another.
fn dialect_of(state: &SessionState) -> Result<Box<dyn Dialect>> {
    let name = state.config_options().sql_parser.dialect;
    match name {
        DialectName::Generic => Ok(Box::new(FriendlyDialect)),
        name => dialect_from_str(name).ok_or_else(|| {
            Error::invalid_input(format!("unknown SQL dialect '{name}'"))
                .with_hint(format!("dialects: {}", DialectName::available()))
        }),
    }
}

/// A planned statement.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The plan, not yet optimised.
    pub plan: LogicalPlan,
    /// How the columns of a query are shown, where the plan's names would not do.
    pub names: Option<ColumnNames>,
}

/// Parses and plans the statements of a session.
#[derive(Debug)]
pub struct Planner {
    objects: Arc<SessionObjects>,
    statements: Vec<Arc<dyn StatementParser>>,
    /// By lower-case name, aliases included.
    scan_functions: BTreeMap<String, Arc<dyn ScanFunction>>,
    overrides: Vec<Arc<dyn StatementOverride>>,
}

impl Planner {
    /// A planner over the statements and table functions that the parts registered, and over what the
    /// session keeps.
    pub fn new(registry: &mut Registry, objects: Arc<SessionObjects>) -> Self {
        let mut scan_functions = BTreeMap::new();
        for function in registry.scan_functions.drain(..) {
            let signature = function.signature();
            for name in std::iter::once(&signature.name).chain(signature.aliases) {
                scan_functions.insert(name.to_string(), Arc::clone(&function));
            }
        }
        Self {
            objects,
            statements: registry.statements.drain(..).collect(),
            scan_functions,
            overrides: registry.statement_overrides.drain(..).collect(),
        }
    }

    /// The manuals of all statements beyond DataFusion's.
    pub fn statements(&self) -> Vec<StatementSyntax> {
        let ours = STATEMENTS.iter().map(|statement| *statement.syntax());
        let parts = self.statements.iter().map(|statement| *statement.syntax());
        let mut syntaxes: Vec<StatementSyntax> = ours.chain(parts).collect();
        syntaxes.sort_by_key(|syntax| syntax.name);
        syntaxes
    }

    /// What the session keeps between statements.
    pub(crate) fn objects(&self) -> &SessionObjects {
        &self.objects
    }

    /// The table functions with constant arguments, each under its name and its aliases.
    pub fn scan_functions(&self) -> &BTreeMap<String, Arc<dyn ScanFunction>> {
        &self.scan_functions
    }

    /// Reads one statement.
    ///
    /// # Errors
    /// Text that is not SQL we know, with its position.
    pub fn parse(&self, statement: &Statement, state: &SessionState) -> Result<ParsedStatement> {
        let dialect = dialect_of(state)?;
        let ours = state.config_options().sql_parser.dialect == DialectName::Generic;
        let mut parser = DFParserBuilder::new(statement.tokens(dialect.as_ref(), ours)?)
            .with_dialect(dialect.as_ref())
            .with_recursion_limit(RECURSION_LIMIT)
            .build()?;
        let parsed = self
            .parse_statement(&mut parser, state)
            .map_err(|error| errors::at_end_of(statement, error))?;
        let rest = parser.parser.peek_token();
        match rest.token {
            Token::EOF => Ok(parsed),
            found => {
                Err(Error::syntax(format!("unexpected '{found}' after the end of the statement"))
                    .at(script::position(rest.span.start)))
            }
        }
    }

    pub(crate) fn parse_statement(
        &self,
        parser: &mut DFParser<'_>,
        state: &SessionState,
    ) -> Result<ParsedStatement> {
        let reader = Reader { planner: self, state };
        for statement in STATEMENTS {
            if let Some(parsed) = statement.parse(parser, &reader)? {
                return Ok(parsed);
            }
        }
        for statement in &self.statements {
            if let Some(parsed) = statement.parse(parser)? {
                return Ok(parsed);
            }
        }
        Ok(ParsedStatement::DataFusion(Box::new(parser.parse_statement()?)))
    }

    /// Plans a statement, resolving its files and table functions on the way.
    ///
    /// # Errors
    /// Names, types or values that do not fit, with their position where DataFusion knows it.
    pub async fn plan(
        &self,
        statement: DataFusionStatement,
        state: &SessionState,
    ) -> Result<Planned> {
        let names = names::output(&statement);
        match self.plan_named(statement, state).await {
            Ok((plan, result_names)) => {
                Ok(Planned { plan, names: result_names.map(ColumnNames::all).or(names) })
            }
            Err(error) => Err(errors::with_near_tables(error, state).await),
        }
    }

    async fn plan_named(
        &self,
        mut statement: DataFusionStatement,
        state: &SessionState,
    ) -> Result<(LogicalPlan, Option<Vec<String>>)> {
        let zone = state.config_options().execution.time_zone.as_deref();
        self.objects.semantics.set_time_zone(zone);
        names::alias_stored(&mut statement);
        macros::expand(&mut statement, &self.objects.macros.read().clone())?;
        guard::check(&statement)?;
        temporary::qualify(&mut statement, state);
        rewrite::expressions(&mut statement)?;
        let resolved = relations::resolve(&mut statement, &self.scan_functions, state).await?;
        let schemas = resolved.schemas().chain(GivenRelations::schemas(state));
        identifiers::respell(&mut statement, schemas, state).await;
        let mut state = state.clone();
        state.register_relation_planner(Arc::new(OperatorRelations))?;
        state.register_relation_planner(Arc::new(resolved))?;
        let context = StatementContext::new(&statement, &state).await?;
        let (statement, names) = rewritten(statement, &context).await?;
        let plan = match overrides::plan(&statement, &self.overrides, &state).await? {
            Some(plan) => plan,
            None => context.plan(statement)?,
        };
        Ok((plan, names))
    }
}

#[async_trait]
impl PlanStatement for Planner {
    async fn plan_statement(
        &self,
        statement: DataFusionStatement,
        state: &SessionState,
    ) -> Result<LogicalPlan> {
        Ok(self.plan(statement, state).await?.plan)
    }

    fn read_statement(&self, text: &str, state: &SessionState) -> Result<ParsedStatement> {
        match script::split(text)?.as_slice() {
            [statement] => self.parse(statement, state),
            [] => Err(Error::syntax("there is no statement in the text")),
            [_, second, ..] => {
                Err(Error::syntax("one statement was expected, but there are more")
                    .at(second.position))
            }
        }
    }

    async fn plan_query(
        &self,
        statement: DataFusionStatement,
        state: &SessionState,
    ) -> Result<LogicalPlan> {
        let Planned { plan, names } = self.plan(statement, state).await?;
        names::distinct(plan, names.as_ref())
    }
}

/// A statement in the forms that DataFusion plans, and the names of its result's columns.
async fn rewritten(
    statement: DataFusionStatement,
    context: &StatementContext<'_>,
) -> Result<(DataFusionStatement, Option<Vec<String>>)> {
    let mut answers = Answers::default();
    loop {
        let mut rewritten = statement.clone();
        match Rewriter::new(context, &answers).rewrite(&mut rewritten)? {
            Rewritten::Done(names) => return Ok((rewritten, names)),
            Rewritten::Asks(key, query) => {
                let query = SqlStatement::Query(query);
                let plan = context.plan(DataFusionStatement::Statement(Box::new(query)))?;
                answers.insert(key, values(plan, context.state()).await?);
            }
        }
    }
}

/// The values of a query's first column.
async fn values(plan: LogicalPlan, state: &SessionState) -> Result<Vec<ScalarValue>> {
    let plan = state.create_physical_plan(&plan).await?;
    let mut values = vec![];
    for batch in collect(plan, state.task_ctx()).await? {
        let Some(column) = batch.columns().first() else { continue };
        for row in 0..column.len() {
            values.push(ScalarValue::try_from_array(column, row)?);
        }
    }
    Ok(values)
}
