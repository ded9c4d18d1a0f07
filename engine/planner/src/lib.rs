//! SQL text to plans.
//!
//! A script is tokenised once ([`script`]) and split at `;` by tokens, so that every error can point
//! into the user's text. Each statement goes through the parts' own parsers first and DataFusion's
//! otherwise ([`Planner::parse`]). Then its relations are resolved ([`relations`]): calls of table
//! functions with constant arguments and paths in FROM become tables, with whatever I/O that takes.
//! DataFusion plans the rest.

mod builtins;
mod calls;
mod context;
mod databases;
mod errors;
mod exclusion;
mod functions;
mod given;
mod guard;
mod identifiers;
mod information;
mod introspection;
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
mod sequences;
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
use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use datafusion::physical_plan::collect;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::{DFParser, DFParserBuilder, Statement as DataFusionStatement};
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;
use datafusion::sql::sqlparser::dialect::{Dialect, dialect_from_str};
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{
    DatabaseKind, Error, FriendlyDialect, ParsedStatement, PlanStatement, Registry, Result,
    ScanFunction, Signature, StatementOverride, StatementParser, StatementSyntax,
};

use crate::calls::{CallRelations, RelationFunctions};
use crate::context::StatementContext;
use crate::operators::OperatorRelations;
use crate::rewrite::{Answers, Rewriter, Rewritten};
use crate::statements::{Reader, STATEMENTS};

pub use builtins::{BuiltInMacro, MACROS};
pub use extension::{FindTable, GivenTables};
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

impl Planned {
    /// The same, with the text of the statement as the definition of the view that it makes. The syntax
    /// tree has been rewritten into forms that nobody should have to read.
    #[must_use]
    pub fn written_as(mut self, text: &str) -> Self {
        let starts = |word: &str| {
            text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
        };
        if let LogicalPlan::Ddl(DdlStatement::CreateView(view)) = &mut self.plan
            && starts("create")
        {
            view.definition = Some(text.to_string());
        }
        self
    }
}

/// Parses and plans the statements of a session.
#[derive(Debug)]
pub struct Planner {
    objects: Arc<SessionObjects>,
    statements: Vec<Arc<dyn StatementParser>>,
    /// By lower-case name, aliases included.
    scan_functions: BTreeMap<String, Arc<dyn ScanFunction>>,
    relation_functions: Arc<RelationFunctions>,
    overrides: Vec<Arc<dyn StatementOverride>>,
    database_kinds: Vec<Arc<dyn DatabaseKind>>,
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
        let mut relation_functions = RelationFunctions::default();
        for function in registry.relation_functions.drain(..) {
            relation_functions.add(function);
        }
        Self {
            objects,
            statements: registry.statements.drain(..).collect(),
            scan_functions,
            relation_functions: Arc::new(relation_functions),
            overrides: registry.statement_overrides.drain(..).collect(),
            database_kinds: registry.database_kinds.drain(..).collect(),
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

    /// The manuals of the table functions, with the families that they belong to.
    pub fn table_functions(&self) -> Vec<(&'static str, Signature)> {
        let scans = self.scan_functions.values().map(|function| ("tables", *function.signature()));
        let relations = self.relation_functions.all().into_iter();
        let relations = relations.map(|function| (function.schema(), *function.signature()));
        let mut functions: Vec<(&'static str, Signature)> = scans.chain(relations).collect();
        functions.sort_by_key(|(_, signature)| signature.name);
        functions.dedup_by_key(|(_, signature)| signature.name);
        functions
    }

    /// What can be attached.
    pub fn database_kinds(&self) -> &[Arc<dyn DatabaseKind>] {
        &self.database_kinds
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

    /// Puts values in the places of a statement's parameters. Each value is the text of an expression, under
    /// the name of its parameter or its number, as in `$1` or for the first `?`.
    ///
    /// # Errors
    /// A value that is no expression, a parameter without a value, and a value without a parameter.
    pub fn bind(
        &self,
        statement: &mut DataFusionStatement,
        values: &BTreeMap<String, String>,
        state: &SessionState,
    ) -> Result<()> {
        let dialect = dialect_of(state)?;
        let mut expressions = BTreeMap::new();
        for (name, text) in values {
            let value = Parser::new(dialect.as_ref())
                .try_with_sql(text)
                .and_then(|mut parser| parser.parse_expr())
                .map_err(|error| {
                    Error::syntax(format!("the value of parameter {name}: {error}"))
                })?;
            expressions.insert(name.to_lowercase(), value);
        }
        statements::put_in(statement, &expressions)
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
        let macros = self.objects.macros.read().clone();
        calls::rewrite(&mut statement, &self.relation_functions, state)?;
        builtins::expand_views(&mut statement, state);
        macros::expand(&mut statement, &macros)?;
        // Macros may read views, which call macros.
        if builtins::expand_views(&mut statement, state) {
            macros::expand(&mut statement, &macros)?;
        }
        // A macro may have such calls in its body.
        calls::rewrite(&mut statement, &self.relation_functions, state)?;
        guard::check(&statement)?;
        temporary::qualify(&mut statement, state);
        databases::qualify(&mut statement, state);
        rewrite::expressions(&mut statement, self.objects.semantics.is_datafusion())?;
        let resolved = relations::resolve(
            &mut statement,
            (&self.scan_functions, &self.relation_functions),
            state,
        )
        .await?;
        let given = given::Given::of(&statement, state)?;
        let schemas = resolved.schemas().chain(given.schemas());
        identifiers::respell(&mut statement, schemas, state).await;
        let mut state = state.clone();
        let calls =
            CallRelations { functions: Arc::clone(&self.relation_functions), state: state.clone() };
        state.register_relation_planner(Arc::new(OperatorRelations))?;
        state.register_relation_planner(Arc::new(calls))?;
        state.register_relation_planner(Arc::new(resolved))?;
        let context =
            StatementContext::new(&statement, &state, &given, Arc::clone(&self.objects)).await?;
        let (statement, names) = rewritten(statement, &context).await?;
        let parts = given.within(&state)?;
        let plan = match overrides::plan(&statement, &self.overrides, &parts).await? {
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

    async fn run_script(&self, script: &str, context: &SessionContext) -> Result<()> {
        for statement in split(script)? {
            let state = context.state();
            match self.parse(&statement, &state)? {
                ParsedStatement::Command(command) => {
                    command.run(context).await?;
                }
                ParsedStatement::DataFusion(parsed) => {
                    let planned = self.plan(*parsed, &state).await;
                    let plan = planned?.written_as(&statement.text).plan;
                    context.execute_logical_plan(plan).await?.collect().await?;
                }
            }
        }
        Ok(())
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
