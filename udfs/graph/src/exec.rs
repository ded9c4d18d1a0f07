//! The operator: reads its inputs, builds the graph, runs the algorithm and hands out the rows.
//!
//! Nothing happens before the first row is asked for. All inputs keep their partitions, each read by a
//! task of its own; the rows come in one partition, in order, since nodes are numbered in their order.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use algorithms::Run;
use arrow::array::{RecordBatch, RecordBatchOptions};
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{
    EquivalenceProperties, Partitioning, PhysicalExprRef, PhysicalSortExpr,
};
use datafusion::physical_plan::execution_plan::{
    Boundedness, EmissionType, ReplaceChildrenOptions,
};
use datafusion::physical_plan::metrics::{
    BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet, RecordOutput, Time,
};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};
use extension::{Error, Result};
use futures::{FutureExt, StreamExt, TryStreamExt};

use crate::build::{Built, Slot, blocking, build};
use crate::errors::{Failure, Place, explain};
use crate::function::Context;
use crate::ingest::read_list;
use crate::lists::{Collected, Source};
use crate::named::{Fingerprint, GraphStore, Keeping};
use crate::node::{Call, GraphNode};
use crate::output::Output;
use crate::resources::{Account, CancelGuard, Figures, threads};

/// Makes operators of our nodes.
#[derive(Debug)]
pub(crate) struct GraphPlanner {
    pub(crate) store: Arc<GraphStore>,
}

#[async_trait]
impl ExtensionPlanner for GraphPlanner {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        logical_inputs: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn Session,
        _planning: &PhysicalPlanningContext,
    ) -> DataFusionResult<Option<Arc<dyn ExecutionPlan>>> {
        let Some(node) = node.as_any().downcast_ref::<GraphNode>() else {
            return Ok(None);
        };
        let graph_inputs = 1 + usize::from(node.call.shape.node_columns.is_some());
        let plans: Vec<LogicalPlan> =
            logical_inputs.iter().take(graph_inputs).map(|plan| (*plan).clone()).collect();
        let named = node.call.graph.as_ref().and_then(|name| self.store.get(name));
        let keeping = named.map(|graph| Keeping {
            graph,
            fingerprint: Fingerprint::of(&plans, &inputs[..graph_inputs], session),
            pool: Arc::clone(&session.runtime_env().memory_pool),
        });
        let properties = properties(node);
        Ok(Some(Arc::new(GraphExec {
            call: Arc::clone(&node.call),
            plans: Arc::new(plans),
            inputs: inputs.to_vec(),
            properties: Arc::new(properties),
            slot: Slot::new(1),
            keeping,
            metrics: ExecutionPlanMetricsSet::new(),
        })))
    }
}

fn properties(node: &GraphNode) -> PlanProperties {
    let schema = Arc::clone(node.schema.inner());
    let order: Vec<PhysicalSortExpr> = schema
        .fields()
        .iter()
        .enumerate()
        .take(node.call.algorithm.sorted_by)
        .map(|(index, field)| {
            PhysicalSortExpr::new(
                Arc::new(Column::new(field.name(), index)),
                arrow::compute::SortOptions { descending: false, nulls_first: false },
            )
        })
        .collect();
    let orders = (!order.is_empty()).then_some(order);
    PlanProperties::new(
        EquivalenceProperties::new_with_orderings(schema, orders),
        Partitioning::UnknownPartitioning(1),
        EmissionType::Final,
        Boundedness::Bounded,
    )
}

/// The operator of a call.
#[derive(Debug, Clone)]
pub(crate) struct GraphExec {
    pub(crate) call: Arc<Call>,
    /// The logical plans of the edges and the nodes, by which equal graphs are known.
    pub(crate) plans: Arc<Vec<LogicalPlan>>,
    inputs: Vec<Arc<dyn ExecutionPlan>>,
    properties: Arc<PlanProperties>,
    slot: Arc<Slot>,
    /// How the graph is kept, if it has a name.
    keeping: Option<Keeping>,
    metrics: ExecutionPlanMetricsSet,
}

impl GraphExec {
    /// The same operator, building its graph together with the others of the slot.
    pub(crate) fn sharing(&self, slot: Arc<Slot>) -> Self {
        Self { slot, ..self.clone() }
    }
}

impl DisplayAs for GraphExec {
    fn fmt_as(&self, _kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GraphExec: ")?;
        self.call.describe(f)?;
        match self.slot.users() {
            users @ 2.. => write!(f, ", graph shared by {users}"),
            _ => Ok(()),
        }
    }
}

impl ExecutionPlan for GraphExec {
    fn name(&self) -> &str {
        "GraphExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.inputs.iter().collect()
    }

    fn apply_expressions(
        &self,
        _act: &mut dyn FnMut(&PhysicalExprRef) -> DataFusionResult<TreeNodeRecursion>,
    ) -> DataFusionResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self { inputs: children, ..self.as_ref().clone() }))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self { inputs: children, ..self.as_ref().clone() }))
    }

    fn reset_state(self: Arc<Self>) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self {
            slot: Slot::new(1),
            metrics: ExecutionPlanMetricsSet::new(),
            ..self.as_ref().clone()
        }))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn execute(
        &self,
        _partition: usize,
        context: Arc<TaskContext>,
    ) -> DataFusionResult<SendableRecordBatchStream> {
        let figures = Figures::new(&self.metrics);
        let baseline = BaselineMetrics::new(&self.metrics, 0);
        let building = self.slot.take(|| self.build(&context, &figures));
        let compute = baseline.elapsed_compute().clone();
        let call = Arc::clone(&self.call);
        let run = Running { call, inputs: self.inputs.clone(), context, figures, compute };
        let schema = self.schema();
        let made = Arc::clone(&schema);
        let rows = futures::stream::once(async move {
            let (built, output) = run.finish(building).await?;
            let batches = batches(built, output, made, run.context.session_config().batch_size());
            Ok::<_, datafusion::error::DataFusionError>(
                batches.map_ok(move |batch| batch.record_output(&baseline)),
            )
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows.try_flatten())))
    }
}

impl GraphExec {
    /// The building of the graph, not yet begun.
    fn build(
        &self,
        context: &Arc<TaskContext>,
        figures: &Figures,
    ) -> futures::future::BoxFuture<'static, Result<Arc<Built>>> {
        let Some(edges) = self.inputs.first().cloned() else {
            return async { Err(Error::internal("a graph has no edges to read")) }.boxed();
        };
        let shape = self.call.shape.clone();
        let nodes = self.inputs.get(1).filter(|_| shape.node_columns.is_some()).cloned();
        let name = self.call.function.signature.name;
        let (context, figures) = (Arc::clone(context), figures.clone());
        match self.keeping.clone() {
            None => {
                let account = Account::new(name, context.memory_pool());
                build(edges, nodes, shape, context, account, figures).boxed()
            }
            Some(keeping) => async move {
                let account = Account::new(&keeping.graph.name, &keeping.pool);
                let wanted = shape.clone();
                let built = keeping
                    .get(&wanted, build(edges, nodes, shape, context, account, figures.clone()))
                    .await?;
                figures.nodes.set_max(built.graph.nodes());
                Ok(built)
            }
            .boxed(),
        }
    }
}

/// One execution of a call.
struct Running {
    call: Arc<Call>,
    inputs: Vec<Arc<dyn ExecutionPlan>>,
    context: Arc<TaskContext>,
    figures: Figures,
    /// The time of the algorithm.
    compute: Time,
}

impl Running {
    /// The graph, and what the algorithm found in it.
    async fn finish(
        &self,
        building: impl Future<Output = Result<Arc<Built>>>,
    ) -> Result<(Arc<Built>, Held)> {
        let name = self.call.function.signature.name;
        let account = Account::new(name, self.context.memory_pool());
        let built = building.await?;
        let mut lists = vec![];
        for list in &self.call.lists {
            lists.push(match list {
                Source::Values(values) => values.clone(),
                Source::Input { index, ids } => match self.inputs.get(*index) {
                    Some(input) => {
                        Collected::of(&read_list(input, &self.context, &account).await?, *ids)?
                    }
                    None => return Err(Error::internal("a graph function misses an input")),
                },
            });
        }
        let guard = CancelGuard::default();
        let run = Run::default()
            .with_cancel(guard.flag())
            .with_pool(threads(self.context.session_config().target_partitions())?)
            .with_memory(Arc::clone(&account) as _)
            .with_progress(Arc::new(self.figures.clone()));
        let (call, graph, figures) =
            (Arc::clone(&self.call), Arc::clone(&built), self.figures.clone());
        let compute = self.compute.clone();
        let output = blocking(move || {
            let start = Instant::now();
            let context = Context {
                graph: &graph.graph,
                ids: &graph.ids,
                run: &run,
                node_values: &graph.node_values,
                lists: &lists,
                figures: &figures,
            };
            let output = (call.algorithm.work)(&context).map_err(|failure| match failure {
                Failure::Kernel(error) => {
                    let accounts = &[graph.account.as_ref(), account.as_ref()];
                    let (ids, edges) = (Some(&graph.ids), graph.graph.edges());
                    explain(error, &Place { function: name, ids, edges, accounts })
                }
                Failure::Engine(error) => error.context(name),
            })?;
            account.grow(output.bytes())?;
            figures.time("algorithm", start.elapsed());
            compute.add_duration(start.elapsed());
            // What is shared was charged by whoever built it.
            figures.peak.set_max(graph.account.peak() + account.peak());
            Ok(Held { output, _account: account })
        })
        .await;
        drop(guard);
        Ok((built, output?))
    }
}

/// A result, and the memory that it takes.
struct Held {
    output: Output,
    _account: Arc<Account>,
}

/// The rows of a result in batches, made as they are asked for.
fn batches(
    built: Arc<Built>,
    held: Held,
    schema: arrow::datatypes::SchemaRef,
    size: usize,
) -> impl futures::Stream<Item = DataFusionResult<RecordBatch>> + Send {
    let rows = held.output.rows();
    let starts = (0..rows).step_by(size.max(1));
    futures::stream::iter(starts).map(move |start| {
        let range = start..rows.min(start + size);
        let options = RecordBatchOptions::new().with_row_count(Some(range.len()));
        let arrays = held.output.arrays(range, &built.ids)?;
        Ok(RecordBatch::try_new_with_options(Arc::clone(&schema), arrays, &options)?)
    })
}
