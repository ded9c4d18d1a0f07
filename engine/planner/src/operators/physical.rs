//! The operators of our logical nodes.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::Session;
use datafusion::common::internal_err;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_expr::{
    Distribution, EquivalenceProperties, LexOrdering, OrderingRequirements, Partitioning,
    PhysicalExprRef,
};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, apply_expression_roots,
};
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};
use tokio::sync::OnceCell;

use super::asof::{self, Index, Search};
use super::node::{Operation, OperatorNode};
use super::{limit, positional, sample};

/// Makes operators of our logical nodes.
#[derive(Debug)]
pub(crate) struct OperatorPlanner;

#[async_trait]
impl ExtensionPlanner for OperatorPlanner {
    async fn plan_extension(
        &self,
        planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        logical_inputs: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn Session,
        planning: &PhysicalPlanningContext,
    ) -> DataFusionResult<Option<Arc<dyn ExecutionPlan>>> {
        let Some(node) = node.as_any().downcast_ref::<OperatorNode>() else {
            return Ok(None);
        };
        let half = node.exprs.len() / 2;
        let mut exprs = vec![];
        for (index, expr) in node.exprs.iter().enumerate() {
            let Some(input) = logical_inputs.get(usize::from(index >= half)) else {
                return internal_err!("{} has no input for '{expr}'", node.operation_name());
            };
            exprs.push(planner.create_physical_expr(expr, input.schema(), session, planning)?);
        }
        let schema = Arc::clone(node.schema.inner());
        let inputs = inputs.to_vec();
        let orders =
            inputs.iter().map(|input| input.properties().output_ordering().cloned()).collect();
        let exec = OperatorExec::new(node.operation.clone(), inputs, exprs, schema, orders);
        Ok(Some(Arc::new(exec)))
    }
}

impl OperatorNode {
    fn operation_name(&self) -> &'static str {
        name(&self.operation)
    }
}

fn name(operation: &Operation) -> &'static str {
    match operation {
        Operation::Positional => "PositionalJoinExec",
        Operation::Asof { .. } => "AsofJoinExec",
        Operation::Sample { .. } => "SampleExec",
        Operation::Limit { .. } => "LimitByQueryExec",
    }
}

/// One of our operators over its inputs.
struct OperatorExec {
    operation: Operation,
    inputs: Vec<Arc<dyn ExecutionPlan>>,
    exprs: Vec<PhysicalExprRef>,
    /// The orders of the inputs as they were planned, which the inputs must keep.
    orders: Vec<Option<LexOrdering>>,
    properties: Arc<PlanProperties>,
    /// The right side of an ASOF join, which all partitions share.
    index: Arc<OnceCell<Arc<Index>>>,
}

impl OperatorExec {
    fn new(
        operation: Operation,
        inputs: Vec<Arc<dyn ExecutionPlan>>,
        exprs: Vec<PhysicalExprRef>,
        schema: SchemaRef,
        orders: Vec<Option<LexOrdering>>,
    ) -> Self {
        let partitions = match inputs.first() {
            Some(input) if keeps_partitions(&operation) => {
                input.properties().output_partitioning().partition_count()
            }
            _ => 1,
        };
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        let properties = Arc::new(properties);
        Self { operation, inputs, exprs, orders, properties, index: Arc::default() }
    }
}

/// Whether each partition of the first input can be worked on by itself.
fn keeps_partitions(operation: &Operation) -> bool {
    use super::node::Method;
    match operation {
        Operation::Positional | Operation::Limit { .. } => false,
        Operation::Asof { .. } => true,
        Operation::Sample { method, .. } => {
            matches!(method, Method::Bernoulli(_) | Method::System(_))
        }
    }
}

impl fmt::Debug for OperatorExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name(&self.operation))
            .field("operation", &self.operation)
            .finish_non_exhaustive()
    }
}

impl DisplayAs for OperatorExec {
    fn fmt_as(&self, _kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", name(&self.operation), self.operation)
    }
}

impl ExecutionPlan for OperatorExec {
    fn name(&self) -> &str {
        name(&self.operation)
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.inputs.iter().collect()
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&PhysicalExprRef) -> DataFusionResult<TreeNodeRecursion>,
    ) -> DataFusionResult<TreeNodeRecursion> {
        apply_expression_roots(self.exprs.iter(), f)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let schema = self.schema();
        let (operation, exprs) = (self.operation.clone(), self.exprs.clone());
        let exec = Self::new(operation, children, exprs, schema, self.orders.clone());
        Ok(Arc::new(exec))
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        let keeps = keeps_partitions(&self.operation);
        (0..self.inputs.len())
            .map(|index| match keeps && index == 0 {
                true => Distribution::UnspecifiedDistribution,
                false => Distribution::SinglePartition,
            })
            .collect()
    }

    // The order of rows is what a position, a limit and a first match are about, so a sort below is kept.
    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        self.orders.iter().map(|order| order.clone().map(OrderingRequirements::from)).collect()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        let first = matches!(self.operation, Operation::Limit { .. } | Operation::Asof { .. });
        (0..self.inputs.len()).map(|index| first && index == 0).collect()
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false; self.inputs.len()]
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> DataFusionResult<SendableRecordBatchStream> {
        let stream = |input: usize, partition: usize| match self.inputs.get(input) {
            Some(input) => input.execute(partition, Arc::clone(&context)),
            None => internal_err!("{} misses an input", self.name()),
        };
        match &self.operation {
            Operation::Positional => {
                Ok(positional::execute(self.schema(), stream(0, 0)?, stream(1, 0)?))
            }
            Operation::Limit { is_percent } => {
                Ok(limit::execute(stream(0, 0)?, stream(1, 0)?, stream(2, 0)?, *is_percent))
            }
            Operation::Sample { method, seed } => {
                Ok(sample::execute(stream(0, partition)?, method, *seed, partition))
            }
            Operation::Asof { keep_left, backward, equal } => {
                let (lefts, rights) = self.exprs.split_at(self.exprs.len() / 2);
                let rights = rights.to_vec();
                let index = Arc::clone(&self.index);
                let Some(input) = self.inputs.get(1).cloned() else {
                    return internal_err!("an ASOF join misses an input");
                };
                let task = Arc::clone(&context);
                let right = async move {
                    let build = async || {
                        let consumer = MemoryConsumer::new("right side of an ASOF join");
                        let reservation = consumer.register(task.memory_pool());
                        let stream = input.execute(0, task)?;
                        Ok(Arc::new(Index::build(stream, &rights, reservation).await?))
                    };
                    index.get_or_try_init(build).await.map(Arc::clone)
                };
                let search = Search { keep_left: *keep_left, backward: *backward, equal: *equal };
                let left = stream(0, partition)?;
                Ok(asof::execute(self.schema(), left, right, lefts.to_vec(), search))
            }
        }
    }
}
