//! Statements beyond DataFusion's: how a part reads them and what it answers.

use std::fmt::Debug;
use std::sync::{Arc, OnceLock};

use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::{DFParser, Statement as DataFusionStatement};

use crate::{Error, Result};

/// The manual of a statement, from which help and the reference pages are made.
#[derive(Debug, Clone, Copy)]
pub struct StatementSyntax {
    /// The words it begins with, such as `CREATE SECRET`.
    pub name: &'static str,
    /// Its grammar, as reference pages write it.
    pub syntax: &'static str,
    /// What it does, in a sentence or two.
    pub description: &'static str,
    /// A statement that runs.
    pub example: &'static str,
}

/// Reads one kind of statement.
pub trait StatementParser: Debug + Send + Sync {
    /// The manual.
    fn syntax(&self) -> &StatementSyntax;

    /// Reads the statement at the parser's position, or returns `None` and leaves the parser where
    /// it was if the statement is of another kind. An error means: ours, but malformed.
    fn parse(&self, parser: &mut DFParser<'_>) -> Result<Option<ParsedStatement>>;
}

/// What a [`StatementParser`] read.
#[derive(Debug, Clone)]
pub enum ParsedStatement {
    /// Another spelling of a statement that DataFusion plans, such as `COPY t TO 'f' (FORMAT csv)`.
    DataFusion(Box<DataFusionStatement>),
    /// A statement that acts by itself.
    Command(Arc<dyn Command>),
}

/// A statement that acts by itself, outside the query planner.
#[async_trait]
pub trait Command: Debug + Send + Sync {
    /// Whether it changes tables, files or settings that outlive the statement; such commands are
    /// refused by a read-only session.
    fn writes(&self) -> bool;

    /// Acts and answers with rows, or with `None` where there is nothing to show.
    async fn run(&self, context: &SessionContext) -> Result<Option<RecordBatch>>;
}

/// Plans a statement through the whole front end: guard, rewrites, files and table functions.
#[async_trait]
pub trait PlanStatement: Debug + Send + Sync {
    /// The plan of a statement, as if the user had written it; not yet optimised.
    async fn plan_statement(
        &self,
        statement: DataFusionStatement,
        state: &SessionState,
    ) -> Result<LogicalPlan>;

    /// Runs the statements of a script to their ends, one after the other, up to the first error. Its
    /// position is that in the script.
    async fn run_script(&self, script: &str, context: &SessionContext) -> Result<()>;

    /// Reads the one statement in `text`, those of the parts included.
    fn read_statement(&self, text: &str, state: &SessionState) -> Result<ParsedStatement>;

    /// The plan of a query, whose columns have the names that a user sees, each of them once.
    async fn plan_query(
        &self,
        statement: DataFusionStatement,
        state: &SessionState,
    ) -> Result<LogicalPlan>;
}

/// The service by which a [`Command`] that must run a query reaches the session's planner.
///
/// The planner is made after the session's services, so the engine fills it in once.
#[derive(Debug, Default)]
pub struct StatementPlanner(OnceLock<Arc<dyn PlanStatement>>);

impl StatementPlanner {
    /// Fills the planner in; only the first call counts.
    pub fn set(&self, planner: Arc<dyn PlanStatement>) {
        let _ = self.0.set(planner);
    }

    /// The planner of the session behind `context`.
    ///
    /// # Errors
    /// For a context that the engine did not make.
    pub fn of(context: &SessionContext) -> Result<Arc<dyn PlanStatement>> {
        let service = context.state_ref().read().config().get_extension::<Self>();
        service
            .and_then(|service| service.0.get().cloned())
            .ok_or_else(|| Error::internal("the session has no planner"))
    }

    /// Plans a query and runs it to the end, for the few rows that a command needs.
    pub async fn rows(
        context: &SessionContext,
        statement: DataFusionStatement,
    ) -> Result<Vec<RecordBatch>> {
        let planner = Self::of(context)?;
        let plan = planner.plan_statement(statement, &context.state()).await?;
        Ok(context.execute_logical_plan(plan).await?.collect().await?)
    }
}
