//! Statements that are planned first and run later, as lazy frames need them.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::datasource::ViewTable;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use extension::{Command, Error, ParsedStatement, Result, changes_tables};
use planner::{GivenTables, Planned};

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
    /// Reads and plans the one statement in `text`, over the tables of the catalog and those that are
    /// `given` to this statement alone. `parameters` are the values of `$1`, `?` or `$name`: expressions by
    /// the numbers or names of the parameters.
    ///
    /// # Errors
    /// Whatever is wrong with the statement, as [`sql`](Self::sql) says it, except for what only a run
    /// can find; parameters without a value, and values without a parameter.
    pub async fn prepare(
        &self,
        text: &str,
        given: GivenTables,
        parameters: &BTreeMap<String, String>,
    ) -> Result<Prepared> {
        let statement = self.only_statement(text)?;
        let state = given.within(self.context.state());
        let action = match self.planner.parse(&statement, &state)? {
            ParsedStatement::Command(_) if !parameters.is_empty() => {
                return Err(Error::unsupported("this statement takes no parameters"));
            }
            ParsedStatement::Command(command) => Action::Command(command),
            ParsedStatement::DataFusion(mut parsed) => {
                if !parameters.is_empty() {
                    self.planner.bind(&mut parsed, parameters, &state)?;
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

    /// The query as a view, which others can read from: their plans and its own become one.
    ///
    /// # Errors
    /// For a statement that is no query, and for columns of one name.
    pub fn view(&self) -> Result<Arc<dyn TableProvider>> {
        let Action::Plan(planned) = &self.action else {
            return Err(Error::unsupported("only a query can be read from"));
        };
        let shown = self.schema();
        let mut seen = HashSet::new();
        if let Some(field) = shown.fields().iter().find(|field| !seen.insert(field.name())) {
            let message = format!("column '{}' occurs twice", field.name());
            return Err(Error::invalid_input(message)
                .with_hint("name one of them differently with AS, to read from this query"));
        }
        let columns = planned.plan.schema().columns();
        let renamed = columns.iter().zip(shown.fields()).map(|(column, field)| {
            match column.name() == field.name() {
                true => Expr::Column(column.clone()),
                false => Expr::Column(column.clone()).alias(field.name()),
            }
        });
        let plan = LogicalPlanBuilder::from(planned.plan.clone()).project(renamed)?.build()?;
        Ok(Arc::new(ViewTable::new(plan, None)))
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
