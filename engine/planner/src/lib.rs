//! SQL text to plans.
//!
//! A script is tokenised once ([`script`]) and split at `;` by tokens, so that every error can point
//! into the user's text. Each statement goes through the parts' own parsers first and DataFusion's
//! otherwise ([`Planner::parse`]). Then its relations are resolved ([`relations`]): calls of table
//! functions with constant arguments and paths in FROM become tables, with whatever I/O that takes.
//! DataFusion plans the rest.

mod context;
mod describe;
mod errors;
mod guard;
mod markers;
mod names;
mod operators;
mod relations;
mod rewrite;
mod script;
mod string_slice;
mod tokens;

use std::collections::BTreeMap;
use std::sync::Arc;

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
    Error, FriendlyDialect, ParsedStatement, Registry, Result, ScanFunction, StatementParser,
};

use crate::context::StatementContext;
use crate::operators::{OperatorPlanner, OperatorRelations};
use crate::rewrite::{Answers, Rewriter, Rewritten};

pub use names::ColumnNames;
pub use script::{Statement, is_complete, split};

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
    statements: Vec<Arc<dyn StatementParser>>,
    /// By lower-case name, aliases included.
    scan_functions: BTreeMap<String, Arc<dyn ScanFunction>>,
}

/// Adds what the planner's own plans need to run. It comes before the session is made.
pub fn register(registry: &mut Registry) {
    registry.extension_planners.push(Arc::new(OperatorPlanner));
}

impl Planner {
    /// A planner over the statements and table functions that the parts registered.
    pub fn new(registry: &mut Registry) -> Self {
        let mut scan_functions = BTreeMap::new();
        for function in registry.scan_functions.drain(..) {
            let signature = function.signature();
            for name in std::iter::once(&signature.name).chain(signature.aliases) {
                scan_functions.insert(name.to_string(), Arc::clone(&function));
            }
        }
        Self { statements: registry.statements.drain(..).collect(), scan_functions }
    }

    /// The parts' own statements, in the order in which they are tried.
    pub fn statements(&self) -> &[Arc<dyn StatementParser>] {
        &self.statements
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
        let mut parser = DFParserBuilder::new(statement.tokens(dialect.as_ref())?)
            .with_dialect(dialect.as_ref())
            .with_recursion_limit(RECURSION_LIMIT)
            .build()?;
        let parsed = self
            .parse_statement(&mut parser)
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

    fn parse_statement(&self, parser: &mut DFParser<'_>) -> Result<ParsedStatement> {
        for statement in &self.statements {
            if let Some(parsed) = statement.parse(parser)? {
                return Ok(parsed);
            }
        }
        if let Some(explain) =
            describe::parse_explain(parser, |parser| self.parse_statement(parser))?
        {
            return Ok(ParsedStatement::DataFusion(Box::new(explain)));
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
        match self.plan_statement(statement, state).await {
            Ok((plan, result_names)) => {
                Ok(Planned { plan, names: result_names.map(ColumnNames::all).or(names) })
            }
            Err(error) => Err(errors::with_near_tables(error, state).await),
        }
    }

    async fn plan_statement(
        &self,
        mut statement: DataFusionStatement,
        state: &SessionState,
    ) -> Result<(LogicalPlan, Option<Vec<String>>)> {
        guard::check(&statement)?;
        names::alias_stored(&mut statement);
        rewrite::expressions(&mut statement)?;
        let resolved = relations::resolve(&mut statement, &self.scan_functions, state).await?;
        let mut state = state.clone();
        state.register_relation_planner(Arc::new(OperatorRelations))?;
        state.register_relation_planner(Arc::new(resolved))?;
        let described = describe::described(&statement);
        let statement = described.clone().unwrap_or(statement);
        let context = StatementContext::new(&statement, &state).await?;
        let (statement, names) = rewritten(statement, &context).await?;
        let plan = context.plan(statement)?;
        match described {
            Some(_) => Ok((describe::describe(plan.schema())?, None)),
            None => Ok((plan, names)),
        }
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
