//! Statements that are planned first and run later, as lazy frames need them.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::datasource::provider_as_source;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::sqlparser::ast::{ObjectName, TableFactor};
use extension::{Command, Error, ParsedStatement, Result, changes_tables};
use planner::Planned;

use crate::queries::Running;
use crate::query::Query;
use crate::session::{Session, Started};

/// A statement that was read and planned. It runs when asked, as often as asked, over the tables that
/// it was planned with.
#[derive(Clone)]
pub struct Prepared {
    session: Session,
    text: Arc<str>,
    action: Action,
}

#[derive(Clone)]
enum Action {
    Plan(Arc<Planned>),
    Command(Arc<dyn Command>),
}

impl Session {
    /// Reads and plans the one statement in `text`. A name in `tables` stands for that table in this
    /// statement alone, before any of the catalog.
    ///
    /// # Errors
    /// Whatever is wrong with the statement, as [`sql`](Self::sql) says it, except for what only a run
    /// can find.
    pub async fn prepare(
        &self,
        text: &str,
        tables: HashMap<String, Arc<dyn TableProvider>>,
    ) -> Result<Prepared> {
        let statement = self.only_statement(text)?;
        let mut state = self.context.state();
        let action = match self.planner.parse(&statement, &state)? {
            ParsedStatement::Command(command) => Action::Command(command),
            ParsedStatement::DataFusion(parsed) => {
                if !tables.is_empty() {
                    state.register_relation_planner(Arc::new(Given { tables }))?;
                }
                Action::Plan(Arc::new(self.planner.plan(*parsed, &state).await?))
            }
        };
        Ok(Prepared { session: self.clone(), text: statement.text.into(), action })
    }
}

impl Prepared {
    /// Whether it only answers with rows, so that running it later, again or never changes nothing.
    pub fn is_query(&self) -> bool {
        match &self.action {
            Action::Command(_) => false,
            Action::Plan(planned) => {
                !changes_tables(&planned.plan)
                    && !matches!(
                        &planned.plan,
                        LogicalPlan::Ddl(_)
                            | LogicalPlan::Dml(_)
                            | LogicalPlan::Copy(_)
                            | LogicalPlan::Statement(_)
                    )
            }
        }
    }

    /// The columns that a query will answer with; none for what is no query.
    pub fn schema(&self) -> SchemaRef {
        match &self.action {
            Action::Plan(planned) if self.is_query() => {
                let schema = planned.plan.schema().inner();
                planned
                    .names
                    .as_ref()
                    .map_or_else(|| Arc::clone(schema), |names| names.apply(schema))
            }
            _ => Arc::new(Schema::empty()),
        }
    }

    /// The query that answers with this one's plan; with `analyze`, it runs this one and tells what each
    /// operator did.
    ///
    /// # Errors
    /// For a statement that is no query.
    pub fn explain(&self, analyze: bool) -> Result<Self> {
        match &self.action {
            Action::Plan(planned) if self.is_query() => {
                let plan = LogicalPlanBuilder::from(planned.plan.clone())
                    .explain(false, analyze)?
                    .build()?;
                let verb = if analyze { "EXPLAIN ANALYZE" } else { "EXPLAIN" };
                Ok(Self {
                    session: self.session.clone(),
                    text: format!("{verb} {}", self.text).into(),
                    action: Action::Plan(Arc::new(Planned { plan, names: None })),
                })
            }
            _ => Err(Error::unsupported("only a query has a plan to explain")),
        }
    }

    /// Starts it. Its rows come from the returned stream.
    pub async fn run(&self) -> Result<Query> {
        let running = self.session.begin(&self.text);
        let started = self.session.until_cancelled(&running, self.start(&running)).await;
        Query::started(running, started)
    }

    async fn start(&self, running: &Running) -> Result<Started> {
        match &self.action {
            Action::Command(command) => self.session.act(command.as_ref()).await,
            Action::Plan(planned) => self.session.execute(planned.as_ref().clone(), running).await,
        }
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared").field("text", &self.text).finish_non_exhaustive()
    }
}

/// Tables that a caller gave a statement, by their names.
#[derive(Debug)]
struct Given {
    tables: HashMap<String, Arc<dyn TableProvider>>,
}

impl Given {
    /// Unquoted names match in any case, as names of SQL do.
    fn find(&self, written: &ObjectName) -> Option<(&String, &Arc<dyn TableProvider>)> {
        let [part] = written.0.as_slice() else { return None };
        let ident = part.as_ident()?;
        self.tables.iter().find(|(name, _)| match ident.quote_style {
            Some(_) => ident.value == **name,
            None => ident.value.eq_ignore_ascii_case(name),
        })
    }
}

impl RelationPlanner for Given {
    fn plan_relation(
        &self,
        relation: TableFactor,
        _context: &mut dyn RelationPlannerContext,
    ) -> DataFusionResult<RelationPlanning> {
        let TableFactor::Table {
            name, args: None, alias, version, with_ordinality, sample, ..
        } = &relation
        else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let Some((name, table)) = self.find(name) else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        if version.is_some() || *with_ordinality || sample.is_some() {
            let message =
                format!("'{relation}': a table that was given takes no clause but an alias");
            return Err(Error::unsupported(message).into());
        }
        let plan =
            LogicalPlanBuilder::scan(name.as_str(), provider_as_source(Arc::clone(table)), None)?
                .build()?;
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, alias.clone()))))
    }
}
