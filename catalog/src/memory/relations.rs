//! Relations that only statements over tables in memory have: the table with its row ids, and the
//! rows that a change answers with.
//!
//! A statement such as UPDATE is planned as a query, in which such a relation stands under the name of
//! the table with a hint that no user can write. The planner here, registered for that one query,
//! recognises the hint.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::provider_as_source;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::sql::sqlparser::ast::{self, Ident, ObjectName, TableAlias, TableFactor};

use super::scan::TableScan;
use super::table::MemoryTable;

/// The hint, which has a character that the tokenizer never puts into a word.
const HINT: &str = "<change>";

/// The relation of a change, as a factor under its table's name.
pub(crate) fn factor(name: ObjectName, alias: Option<TableAlias>) -> TableFactor {
    TableFactor::Table {
        name,
        alias,
        args: None,
        with_hints: vec![ast::Expr::Identifier(Ident::new(HINT))],
        version: None,
        with_ordinality: false,
        partitions: vec![],
        json_path: None,
        sample: None,
        index_hints: vec![],
    }
}

/// What the hinted relation of one query is.
pub(crate) enum Hinted {
    /// The table with the ids of its rows.
    Target(Arc<dyn TableProvider>),
    /// A plan that is made already.
    Plan(LogicalPlan),
}

impl fmt::Debug for Hinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hinted")
    }
}

impl RelationPlanner for Hinted {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> DataFusionResult<RelationPlanning> {
        let TableFactor::Table { name, alias, with_hints, .. } = &relation else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        match with_hints.as_slice() {
            [ast::Expr::Identifier(hint)] if hint.value == HINT && hint.quote_style.is_none() => {}
            _ => return Ok(RelationPlanning::Original(Box::new(relation))),
        }
        let plan = match self {
            Self::Plan(plan) => plan.clone(),
            Self::Target(table) => {
                let reference = context.object_name_to_table_reference(name.clone())?;
                let rows = RowsWithIds { table: Arc::clone(table) };
                LogicalPlanBuilder::scan(reference, provider_as_source(Arc::new(rows)), None)?
                    .build()?
            }
        };
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, alias.clone()))))
    }
}

/// A table with the ids of its rows as a last column.
#[derive(Debug)]
struct RowsWithIds {
    table: Arc<dyn TableProvider>,
}

#[async_trait]
impl TableProvider for RowsWithIds {
    fn schema(&self) -> SchemaRef {
        match self.table.downcast_ref::<MemoryTable>() {
            Some(table) => table.schema_with_ids(),
            None => self.table.schema(),
        }
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let Some(table) = self.table.downcast_ref::<MemoryTable>() else {
            return self.table.scan(state, projection, &[], limit).await;
        };
        let contents = table.contents();
        let schema = table.schema_with_ids();
        let batches = contents.batches_with_ids(&schema)?;
        let sizes = state.config_options().explain.show_sizes;
        TableScan::plan(table, &contents, batches, schema, projection.cloned(), sizes)
    }
}
