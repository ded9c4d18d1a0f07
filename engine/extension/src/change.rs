//! Statements that change tables, as nodes of a plan.
//!
//! A part plans `INSERT`, `UPDATE` or `ALTER TABLE` for its own tables by a [`StatementOverride`] into a
//! [`ChangeNode`] over an ordinary query, whose rows say what to change. So EXPLAIN, prepared
//! statements, cancellation and memory limits treat a change as they treat a query.

use std::cmp::Ordering;
use std::fmt::{self, Debug};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::DFSchemaRef;
use datafusion::common::tree_node::TreeNode;
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::SessionState;
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{
    Expr, Extension, LogicalPlan, UserDefinedLogicalNode, UserDefinedLogicalNodeCore,
};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};
use datafusion::sql::parser::Statement;

use crate::{Error, Result};

/// Plans statements of DataFusion's grammar in a part's own way, such as INSERT into its tables.
#[async_trait]
pub trait StatementOverride: Debug + Send + Sync {
    /// The plan, or `None` for a statement that is left to the next one or to DataFusion.
    ///
    /// The statement is rewritten and its files and table functions are tables already; `state` knows
    /// them, so that queries inside the statement can be planned with it.
    async fn plan(
        &self,
        statement: &Statement,
        state: &SessionState,
    ) -> Result<Option<LogicalPlan>>;
}

/// What a statement does with the rows of its input.
#[async_trait]
pub trait Change: Debug + Send + Sync {
    /// How EXPLAIN shows it, such as `Dml: op=[Update] table=[t]`.
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// The operator that makes the change and answers with rows of the node's schema.
    async fn physical_plan(
        &self,
        input: Arc<dyn ExecutionPlan>,
        logical_input: &LogicalPlan,
        session: &dyn Session,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>>;
}

/// A change over the plan of its rows.
#[derive(Debug, Clone)]
pub struct ChangeNode {
    change: Arc<dyn Change>,
    input: LogicalPlan,
    schema: DFSchemaRef,
}

impl ChangeNode {
    /// A plan that answers with rows of `schema`.
    pub fn plan(change: Arc<dyn Change>, input: LogicalPlan, schema: DFSchemaRef) -> LogicalPlan {
        LogicalPlan::Extension(Extension { node: Arc::new(Self { change, input, schema }) })
    }
}

/// Whether a plan changes tables when it runs.
pub fn changes_tables(plan: &LogicalPlan) -> bool {
    let explained = matches!(plan, LogicalPlan::Explain(_));
    !explained
        && plan
            .exists(|plan| {
                Ok(matches!(plan, LogicalPlan::Extension(extension)
                    if extension.node.as_any().is::<ChangeNode>()))
            })
            .unwrap_or(true)
}

impl PartialEq for ChangeNode {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.change, &other.change) && self.input == other.input
    }
}

impl Eq for ChangeNode {}

impl PartialOrd for ChangeNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.input.partial_cmp(&other.input)
    }
}

impl Hash for ChangeNode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.input.hash(state);
    }
}

impl UserDefinedLogicalNodeCore for ChangeNode {
    fn name(&self) -> &'static str {
        "Change"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        vec![]
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.change.describe(f)
    }

    fn with_exprs_and_inputs(
        &self,
        _exprs: Vec<Expr>,
        mut inputs: Vec<LogicalPlan>,
    ) -> DataFusionResult<Self> {
        match (inputs.pop(), inputs.is_empty()) {
            (Some(input), true) => Ok(Self {
                change: Arc::clone(&self.change),
                input,
                schema: Arc::clone(&self.schema),
            }),
            _ => Err(Error::internal("a change has one input").into()),
        }
    }
}

/// Plans the changes.
#[derive(Debug)]
struct ChangePlanner;

#[async_trait]
impl ExtensionPlanner for ChangePlanner {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn Session,
        _planning_ctx: &PhysicalPlanningContext,
    ) -> DataFusionResult<Option<Arc<dyn ExecutionPlan>>> {
        let Some(node) = node.as_any().downcast_ref::<ChangeNode>() else {
            return Ok(None);
        };
        let ([logical], [physical]) = (logical_inputs, physical_inputs) else {
            return Err(Error::internal("a change has one input").into());
        };
        node.change.physical_plan(Arc::clone(physical), logical, session).await.map(Some)
    }
}

/// DataFusion's physical planner with the nodes that the parts brought.
pub(crate) struct PartsPlanner {
    planners: Vec<Arc<dyn ExtensionPlanner + Send + Sync>>,
}

impl PartsPlanner {
    pub(crate) fn new(mut planners: Vec<Arc<dyn ExtensionPlanner + Send + Sync>>) -> Self {
        planners.push(Arc::new(ChangePlanner));
        Self { planners }
    }
}

impl Debug for PartsPlanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartsPlanner").field("planners", &self.planners.len()).finish()
    }
}

#[async_trait]
impl QueryPlanner for PartsPlanner {
    async fn create_physical_plan(
        &self,
        logical_plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        DefaultPhysicalPlanner::with_extension_planners(self.planners.clone())
            .create_physical_plan(logical_plan, session)
            .await
    }
}
