//! Tables that a caller gives a statement, such as the DataFrames of a Python program or the steps of a
//! workflow.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::datasource::ViewTable;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;

use crate::Result;

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

    /// Gives a plan a name, as if it were a view: filters and projections of the statement go into it.
    pub fn add_plan(&mut self, name: impl Into<String>, plan: LogicalPlan) {
        self.tables.insert(name.into(), Arc::new(ViewTable::new(plan, None)));
    }

    /// Whether a state has a given table of this name, whatever the catalog has.
    pub fn is_given(name: &str, state: &SessionState) -> bool {
        state.config().get_extension::<Self>().is_some_and(|given| given.find(name).is_some())
    }

    /// The table of a name, in any case; a name spelled the same comes first.
    pub fn find(&self, name: &str) -> Option<&Arc<dyn TableProvider>> {
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
