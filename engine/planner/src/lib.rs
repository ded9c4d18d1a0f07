//! SQL text to plans.
//!
//! A script is tokenised once ([`script`]) and split at `;` by tokens, so that every error can point
//! into the user's text. Each statement goes through the parts' own parsers first and DataFusion's
//! otherwise ([`Planner::parse`]). Then its relations are resolved ([`relations`]): calls of table
//! functions with constant arguments and paths in FROM become tables, with whatever I/O that takes.
//! DataFusion plans the rest.

mod describe;
mod dialect;
mod errors;
mod friendly;
mod names;
mod overrides;
mod relations;
mod script;
mod temporary;

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::{DFParser, DFParserBuilder, Statement as DataFusionStatement};
use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{
    Error, ParsedStatement, Registry, Result, ScanFunction, StatementOverride, StatementParser,
};

pub use dialect::FriendlyDialect;
pub use names::ColumnNames;
pub use script::{Statement, is_complete, split};

/// How deep expressions and sub-queries may nest before the parser gives up.
const RECURSION_LIMIT: usize = 100;

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
    overrides: Vec<Arc<dyn StatementOverride>>,
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
        Self {
            statements: registry.statements.drain(..).collect(),
            scan_functions,
            overrides: registry.statement_overrides.drain(..).collect(),
        }
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
        let dialect = dialect::of(state)?;
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
            Ok(plan) => Ok(Planned { plan, names }),
            Err(error) => Err(errors::with_near_tables(error, state).await),
        }
    }

    async fn plan_statement(
        &self,
        mut statement: DataFusionStatement,
        state: &SessionState,
    ) -> Result<LogicalPlan> {
        names::alias_stored(&mut statement);
        temporary::qualify(&mut statement, state);
        friendly::spell_out(&mut statement);
        let resolved = relations::resolve(&mut statement, &self.scan_functions, state).await?;
        let mut state = state.clone();
        state.register_relation_planner(Arc::new(resolved))?;
        match describe::described(&statement) {
            Some(query) => {
                let plan = state.statement_to_plan(query).await?;
                describe::describe(plan.schema())
            }
            None => overrides::plan(statement, &self.overrides, &state).await,
        }
    }
}
