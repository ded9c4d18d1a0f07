//! Tables that a caller gives a statement, such as the DataFrames of a Python program.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
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
use extension::Result;

/// Finds a table by a name that the catalog does not know; `None` if there is none.
pub type FindTable = Arc<dyn Fn(&str) -> Result<Option<Arc<dyn TableProvider>>> + Send + Sync>;

/// Tables that a caller gives a statement. Names match in any case, and those of common table
/// expressions come first.
#[derive(Clone, Default)]
pub struct GivenTables {
    /// Tables that come before those of the catalog, by name.
    pub tables: HashMap<String, Arc<dyn TableProvider>>,
    /// Where tables are looked for that the catalog does not have.
    pub otherwise: Option<FindTable>,
}

impl GivenTables {
    /// Whether nothing is given.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.otherwise.is_none()
    }

    /// The session's state for the statement that these tables are given to.
    pub fn within(self, mut state: SessionState) -> SessionState {
        if !self.is_empty() {
            state.config_mut().set_extension(Arc::new(self));
        }
        state
    }

    fn find(&self, name: &str) -> Option<&Arc<dyn TableProvider>> {
        self.tables.get(name).or_else(|| {
            let mut same = self.tables.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name));
            same.next().map(|(_, table)| table)
        })
    }
}

impl fmt::Debug for GivenTables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.tables.keys()).finish()
    }
}

/// Whether a table of this name is given, whatever the catalog has.
pub(crate) fn is_given(name: &str, state: &SessionState) -> bool {
    state.config().get_extension::<GivenTables>().is_some_and(|given| given.find(name).is_some())
}

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
