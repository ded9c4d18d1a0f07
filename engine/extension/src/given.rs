//! Relations that a caller gives to a statement: names that stand for plans, before any table.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SessionState;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::sqlparser::ast::{ObjectName, TableFactor};

use crate::{Error, Result};

/// Plans by the names that a statement calls them by. A plan stands where its name does, so filters
/// and projections of the statement go into it as into a view.
#[derive(Debug, Clone, Default)]
pub struct GivenRelations {
    plans: Vec<(String, LogicalPlan)>,
}

impl GivenRelations {
    /// Gives a plan a name; a later one of the same name counts.
    pub fn add(&mut self, name: impl Into<String>, plan: LogicalPlan) {
        let name = name.into();
        self.plans.retain(|(known, _)| *known != name);
        self.plans.push((name, plan));
    }

    /// A state in which statements find these relations.
    ///
    /// # Errors
    /// None that is known; DataFusion's registry may refuse.
    pub fn install(self, state: &SessionState) -> Result<SessionState> {
        let mut state = state.clone();
        let given = Arc::new(self);
        state.config_mut().set_extension(Arc::clone(&given));
        state.register_relation_planner(given)?;
        Ok(state)
    }

    /// The columns of the relations of a state, for whoever respells names.
    pub fn schemas(state: &SessionState) -> Vec<SchemaRef> {
        let given = state.config().get_extension::<Self>();
        let plans = given.iter().flat_map(|given| &given.plans);
        plans.map(|(_, plan)| Arc::clone(plan.schema().inner())).collect()
    }

    /// Whether a name stands for a relation of a state, and so for no file.
    pub fn is_given(name: &ObjectName, state: &SessionState) -> bool {
        let given = state.config().get_extension::<Self>();
        given.is_some_and(|given| given.find(name).is_some())
    }

    /// Unquoted names match in any case, as names of SQL do.
    fn find(&self, written: &ObjectName) -> Option<&(String, LogicalPlan)> {
        let [part] = written.0.as_slice() else { return None };
        let ident = part.as_ident()?;
        self.plans.iter().find(|(name, _)| match ident.quote_style {
            Some(_) => ident.value == *name,
            None => ident.value.eq_ignore_ascii_case(name),
        })
    }
}

impl RelationPlanner for GivenRelations {
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
        let Some((name, plan)) = self.find(name) else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        if version.is_some() || *with_ordinality || sample.is_some() {
            let message =
                format!("'{relation}': a relation that was given takes no clause but an alias");
            return Err(Error::unsupported(message).into());
        }
        let plan = LogicalPlanBuilder::from(plan.clone()).alias(name.as_str())?.build()?;
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, alias.clone()))))
    }
}
