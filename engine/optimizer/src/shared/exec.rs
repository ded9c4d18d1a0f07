//! The operator of a shared part, and the rule that leaves it one input.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::internal_err;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, displayable,
};
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};
use parking_lot::Mutex;

use super::node::SharedNode;
use super::queue::Queue;

/// Makes operators of shared parts.
#[derive(Debug)]
pub(crate) struct SharedPlanner;

#[async_trait]
impl ExtensionPlanner for SharedPlanner {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical_inputs: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        _session: &dyn Session,
        _planning: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let (Some(node), [input]) = (node.as_any().downcast_ref::<SharedNode>(), inputs) else {
            return Ok(None);
        };
        Ok(Some(Arc::new(SharedExec::new(node.group, Arc::clone(input)))))
    }
}

/// One of the places of a shared part. Until [`OneInput`] ran, each has its input.
#[derive(Debug)]
struct SharedExec {
    group: u64,
    /// The input, in the first of the places.
    input: Option<Arc<dyn ExecutionPlan>>,
    properties: Arc<PlanProperties>,
    /// Which of the readers this is, of the rows that all of them read.
    reader: usize,
    rows: Option<Arc<Rows>>,
}

/// What the places of a part have in common.
#[derive(Debug)]
struct Rows {
    /// The input of the first place. What is done to that input afterwards, such as adding nodes that
    /// let others run, holds for all places.
    input: Mutex<Arc<dyn ExecutionPlan>>,
    readers: usize,
    metrics: ExecutionPlanMetricsSet,
    run: Mutex<Option<Run>>,
}

/// One execution.
struct Run {
    context: Arc<TaskContext>,
    queues: Vec<Option<Arc<Queue>>>,
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").finish_non_exhaustive()
    }
}

impl Rows {
    fn new(input: Arc<dyn ExecutionPlan>, readers: usize) -> Arc<Self> {
        let metrics = ExecutionPlanMetricsSet::new();
        Arc::new(Self { input: Mutex::new(input), readers, metrics, run: Mutex::default() })
    }

    /// The queue of a partition in the execution that `context` is of.
    fn queue(&self, partition: usize, context: Arc<TaskContext>) -> Result<Arc<Queue>> {
        let mut run = self.run.lock();
        let input = Arc::clone(&self.input.lock());
        let count = input.properties().output_partitioning().partition_count();
        let current = match run.as_mut() {
            Some(current) if Arc::ptr_eq(&current.context, &context) => current,
            _ => run.insert(Run { context: Arc::clone(&context), queues: vec![None; count] }),
        };
        match current.queues.get_mut(partition) {
            Some(Some(queue)) => Ok(Arc::clone(queue)),
            Some(place) => {
                let stream = input.execute(partition, Arc::clone(&context))?;
                let queue =
                    Arc::new(Queue::new(stream, self.readers, &context, &self.metrics, partition));
                *place = Some(Arc::clone(&queue));
                Ok(queue)
            }
            None => internal_err!("a shared part has no partition {partition}"),
        }
    }
}

impl SharedExec {
    fn new(group: u64, input: Arc<dyn ExecutionPlan>) -> Self {
        let properties = Arc::clone(input.properties());
        Self { group, input: Some(input), properties, reader: 0, rows: None }
    }
}

impl DisplayAs for SharedExec {
    fn fmt_as(&self, kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let readers = self.rows.as_ref().map_or(1, |rows| rows.readers);
        match (kind, self.input.is_some()) {
            (DisplayFormatType::TreeRender, true) => writeln!(f, "readers={readers}"),
            (DisplayFormatType::TreeRender, false) => writeln!(f, "the same rows"),
            (_, true) => write!(f, "SharedExec: readers={readers}"),
            (_, false) => write!(f, "SharedExec: the same rows"),
        }
    }
}

impl ExecutionPlan for SharedExec {
    fn name(&self) -> &'static str {
        "SharedExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.input.iter().collect()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true; self.children().len()]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false; self.children().len()]
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), &self.rows) {
            (None, _) => Ok(self),
            (Some(input), None) => Ok(Arc::new(Self::new(self.group, input))),
            (Some(input), Some(rows)) => {
                let count =
                    |plan: &Arc<PlanProperties>| plan.output_partitioning().partition_count();
                if count(input.properties()) != count(&self.properties) {
                    return internal_err!("the partitions of a shared part cannot change");
                }
                *rows.input.lock() = Arc::clone(&input);
                Ok(Arc::new(Self {
                    group: self.group,
                    input: Some(input),
                    properties: Arc::clone(&self.properties),
                    reader: self.reader,
                    rows: Some(Arc::clone(rows)),
                }))
            }
        }
    }

    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        if let Some(rows) = &self.rows {
            *rows.run.lock() = None;
        }
        Ok(self)
    }

    fn metrics(&self) -> Option<MetricsSet> {
        let rows = self.rows.as_ref().filter(|_| self.input.is_some())?;
        Some(rows.metrics.clone_inner())
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let Some(rows) = &self.rows else {
            return match &self.input {
                Some(input) => input.execute(partition, context),
                None => internal_err!("a shared part has no input"),
            };
        };
        let rows = rows.queue(partition, context)?.read(self.reader);
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows)))
    }
}

/// Leaves the places of each part one input, after all rules that change plans.
///
/// A part whose places were planned differently after all, say sorted for one of them, is not shared.
#[derive(Debug)]
pub(crate) struct OneInput;

/// What is known of the places of a part.
struct Group {
    text: String,
    is_same: bool,
    places: usize,
    rows: Option<Arc<Rows>>,
    given: usize,
}

impl PhysicalOptimizerRule for OneInput {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut groups: HashMap<u64, Group> = HashMap::new();
        plan.apply(|plan| {
            if let Some(SharedExec { group, input: Some(input), rows: None, .. }) =
                plan.downcast_ref::<SharedExec>()
            {
                let text = displayable(input.as_ref()).indent(true).to_string();
                let known = groups.entry(*group).or_insert_with(|| Group {
                    text: text.clone(),
                    is_same: true,
                    places: 0,
                    rows: None,
                    given: 0,
                });
                known.is_same &= known.text == text;
                known.places += 1;
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        if groups.is_empty() {
            return Ok(plan);
        }
        let plan = plan.transform_down(|plan| {
            let Some(SharedExec { group, input: Some(input), rows: None, properties, .. }) =
                plan.downcast_ref::<SharedExec>()
            else {
                return Ok(Transformed::no(plan));
            };
            let Some(known) = groups.get_mut(group).filter(|known| known.is_same) else {
                return Ok(Transformed::yes(Arc::clone(input)));
            };
            if known.places < 2 {
                return Ok(Transformed::yes(Arc::clone(input)));
            }
            let is_first = known.rows.is_none();
            let places = known.places;
            let rows = known.rows.get_or_insert_with(|| Rows::new(Arc::clone(input), places));
            let reader = known.given;
            known.given += 1;
            let place = SharedExec {
                group: *group,
                input: is_first.then(|| Arc::clone(input)),
                properties: Arc::clone(properties),
                reader,
                rows: Some(Arc::clone(rows)),
            };
            let place: Arc<dyn ExecutionPlan> = Arc::new(place);
            Ok(Transformed::new(place, true, TreeNodeRecursion::Jump))
        })?;
        Ok(plan.data)
    }

    fn name(&self) -> &str {
        "shared_subplans"
    }

    fn schema_check(&self) -> bool {
        true
    }
}
