//! The statements over tables in memory, each planned in a file of its own.

mod alter;
mod create;
mod delete;
mod insert;
mod merge;
mod query;
mod returning;
mod truncate;
mod update;

use async_trait::async_trait;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::sqlparser::ast::{SetExpr, Statement, With};
use extension::{Result, StatementOverride};

/// Plans what concerns tables in memory, and leaves everything else to DataFusion.
#[derive(Debug)]
pub(crate) struct TableStatements;

#[async_trait]
impl StatementOverride for TableStatements {
    async fn plan(
        &self,
        statement: &DataFusionStatement,
        state: &SessionState,
    ) -> Result<Option<LogicalPlan>> {
        let DataFusionStatement::Statement(statement) = statement else { return Ok(None) };
        match statement.as_ref() {
            Statement::CreateTable(create) => create::plan(create, state).await,
            Statement::CreateView(create) => create::plan_view(create, state).await,
            Statement::Drop { .. } => create::plan_drop(statement, state).await,
            Statement::AlterTable(alter) => alter::plan(alter, state).await,
            Statement::Truncate(truncate) => truncate::plan(truncate, state).await,
            Statement::Query(query) => match query.body.as_ref() {
                // WITH … INSERT and the like.
                SetExpr::Insert(inner)
                | SetExpr::Update(inner)
                | SetExpr::Delete(inner)
                | SetExpr::Merge(inner) => change(inner, query.with.as_ref(), state).await,
                _ => Ok(None),
            },
            other => change(other, None, state).await,
        }
    }
}

async fn change(
    statement: &Statement,
    with: Option<&With>,
    state: &SessionState,
) -> Result<Option<LogicalPlan>> {
    match statement {
        Statement::Insert(insert) => insert::plan(insert, with, state).await,
        Statement::Update(update) => update::plan(update, with, state).await,
        Statement::Delete(delete) => delete::plan(delete, with, state).await,
        Statement::Merge(merge) => merge::plan(merge, with, state).await,
        _ => Ok(None),
    }
}
