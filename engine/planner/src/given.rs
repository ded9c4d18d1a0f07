//! The tables of a statement that a caller gave it, as relations of its plan.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::common::{ResolvedTableReference, TableReference};
use datafusion::datasource::provider_as_source;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlanBuilder;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::sqlparser::ast::{ObjectNamePart, TableFactor};
use extension::{GivenTables, Result};

/// The given tables that a statement names.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    tables: HashMap<ResolvedTableReference, Arc<dyn TableProvider>>,
}

impl Given {
    /// Finds the given tables of a statement.
    pub(crate) fn of(statement: &DataFusionStatement, state: &SessionState) -> Result<Self> {
        let mut tables = HashMap::new();
        let Some(given) = state.config().get_extension::<GivenTables>() else {
            return Ok(Self { tables });
        };
        let catalog = &state.config_options().catalog;
        for reference in state.resolve_table_references(statement)? {
            let TableReference::Bare { table: name } = &reference else { continue };
            let found = match given.find(name) {
                Some(table) => Some(Arc::clone(table)),
                None if in_catalog(name, state) => None,
                None => match &given.otherwise {
                    Some(find) => find(name)?,
                    None => None,
                },
            };
            if let Some(table) = found {
                let name = reference.resolve(&catalog.default_catalog, &catalog.default_schema);
                tables.insert(name, table);
            }
        }
        Ok(Self { tables })
    }

    /// A state that knows the tables too, for the parts that plan statements by themselves.
    pub(crate) fn within<'a>(&self, state: &'a SessionState) -> Result<Cow<'a, SessionState>> {
        if self.tables.is_empty() {
            return Ok(Cow::Borrowed(state));
        }
        let mut state = state.clone();
        state.register_relation_planner(Arc::new(self.clone()))?;
        Ok(Cow::Owned(state))
    }

    /// The columns of the tables.
    pub(crate) fn schemas(&self) -> impl Iterator<Item = SchemaRef> {
        self.tables.values().map(|table| table.schema())
    }

    /// The tables by their full names.
    pub(crate) fn tables(
        &self,
    ) -> impl Iterator<Item = (&ResolvedTableReference, &Arc<dyn TableProvider>)> {
        self.tables.iter()
    }
}

impl RelationPlanner for Given {
    fn plan_relation(
        &self,
        relation: TableFactor,
        _context: &mut dyn RelationPlannerContext,
    ) -> DataFusionResult<RelationPlanning> {
        let TableFactor::Table { name, args: None, alias, .. } = &relation else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let found = match name.0.as_slice() {
            [ObjectNamePart::Identifier(name)] => {
                self.tables.iter().find(|(given, _)| given.table.eq_ignore_ascii_case(&name.value))
            }
            _ => None,
        };
        let Some((given, table)) = found else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let source = provider_as_source(Arc::clone(table));
        let plan = LogicalPlanBuilder::scan(given.table.as_ref(), source, None)?.build()?;
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, alias.clone()))))
    }
}

fn in_catalog(name: &str, state: &SessionState) -> bool {
    state.schema_for_ref(TableReference::bare(name)).is_ok_and(|schema| {
        schema.table_exist(name)
            || schema.table_names().iter().any(|table| table.eq_ignore_ascii_case(name))
    })
}
