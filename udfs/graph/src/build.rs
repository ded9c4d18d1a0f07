//! Building a graph from the plans of its edges and nodes, once for all who want the same.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use algorithms::{Graph, Run};
use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use datafusion::common::runtime::SpawnedTask;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use extension::{Error, Result};
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use parking_lot::Mutex;

use crate::errors::{Place, explain};
use crate::ids::Ids;
use crate::ingest::{self, Columns, column, compact, read};
use crate::resources::{Account, CancelGuard, Figures, threads};

/// Which graph is wanted of the inputs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    /// The type of identifiers.
    pub(crate) id: DataType,
    /// Whether an edge leads only one way.
    pub(crate) directed: bool,
    /// Whether the edges have a third column, their weight.
    pub(crate) weighted: bool,
    /// How many columns of numbers the table of nodes has beside the identifier; `None` without such a
    /// table.
    pub(crate) node_columns: Option<usize>,
}

/// A graph and what its nodes are called.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) graph: Graph,
    pub(crate) ids: Ids,
    /// The columns of the table of nodes, by node; NaN where it has no value.
    pub(crate) node_values: Vec<Vec<f64>>,
    /// The memory of the identifiers; the graph has its own share in it.
    pub(crate) account: Arc<Account>,
}

type Building = Shared<BoxFuture<'static, Result<Arc<Built>>>>;

/// The one build that some operators share.
///
/// Each takes its part when it is executed; with the last the build is forgotten here, and the graph ends
/// with the last stream that reads it. An operator that is executed again builds for itself.
#[derive(Default)]
pub(crate) struct Slot {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    building: Option<Building>,
    waiting: usize,
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("waiting", &self.state.lock().waiting).finish()
    }
}

impl Slot {
    /// A slot for that many operators.
    pub(crate) fn new(users: usize) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(State { building: None, waiting: users }) })
    }

    /// How many operators share it, before any of them is executed.
    pub(crate) fn users(&self) -> usize {
        self.state.lock().waiting
    }

    /// The build, which the first one to ask makes.
    pub(crate) fn take(
        &self,
        make: impl FnOnce() -> BoxFuture<'static, Result<Arc<Built>>>,
    ) -> Building {
        let mut state = self.state.lock();
        let building = match state.building.take() {
            Some(building) => building,
            None => driven(make()).shared(),
        };
        state.waiting = state.waiting.saturating_sub(1);
        if state.waiting > 0 {
            state.building = Some(building.clone());
        }
        building
    }
}

/// A build that goes on whoever waits for it: another one may wait for what it holds.
fn driven(build: BoxFuture<'static, Result<Arc<Built>>>) -> BoxFuture<'static, Result<Arc<Built>>> {
    async move {
        SpawnedTask::spawn(build).await.unwrap_or_else(|error| match error.is_panic() {
            true => Err(Error::internal("building a graph failed unexpectedly")),
            false => Err(Error::cancelled("the query was cancelled")),
        })
    }
    .boxed()
}

/// Reads the inputs and builds the graph.
pub(crate) async fn build(
    edges: Arc<dyn ExecutionPlan>,
    nodes: Option<Arc<dyn ExecutionPlan>>,
    shape: Shape,
    context: Arc<TaskContext>,
    account: Arc<Account>,
    figures: Figures,
) -> Result<Arc<Built>> {
    let start = Instant::now();
    let columns = Columns { id: shape.id.clone(), ids: 2, weighted: shape.weighted };
    let of_nodes = Columns { id: shape.id.clone(), ids: 1, weighted: false };
    if let Some(known) = ingest::known_edges(&edges) {
        let bytes = columns.least_bytes(known);
        let place = Place { edges: known, accounts: &[&account], ..Place::default() };
        account.grow(bytes).map_err(|_| place.too_large("their ends", bytes))?;
        account.release(bytes);
    }
    let read_nodes = async {
        match (&nodes, shape.node_columns) {
            // Their numbers are needed beside them, so they are kept as they are.
            (Some(nodes), Some(1..)) => {
                let batches = ingest::read_list(nodes, &context, &account).await?;
                Ok((vec![], batches))
            }
            (Some(nodes), _) => {
                Ok((read(nodes, &of_nodes, &context, &account, &figures).await?, vec![]))
            }
            (None, _) => Ok((vec![], vec![])),
        }
    };
    let (parts, (node_parts, node_batches)) =
        futures::try_join!(read(&edges, &columns, &context, &account, &figures), read_nodes)?;
    figures.time("ingest", start.elapsed());
    let guard = CancelGuard::default();
    let pool = threads(context.session_config().target_partitions())?;
    let run = Run::default()
        .with_cancel(guard.flag())
        .with_pool(Arc::clone(&pool))
        .with_memory(Arc::clone(&account) as _)
        .with_progress(Arc::new(figures.clone()));
    let work = move || {
        let start = Instant::now();
        let mut node_parts = node_parts;
        if let Some(part) = ingest::Part::of_batches(&node_batches, &of_nodes)? {
            node_parts.push(part);
        }
        let place =
            Place { edges: figures.edges.value(), accounts: &[&account], ..Place::default() };
        let compacted = pool.install(|| compact(&shape.id, parts, node_parts, &run, &account));
        let (ids, edges) = compacted.map_err(|error| explain(error, &place))?;
        figures.time("ids", start.elapsed());
        figures.nodes.set(ids.len());
        let per_edge = if edges.weight.is_some() { 16 } else { 8 };
        let bytes = edges.source.len() * per_edge;
        let graph = Graph::build(edges, ids.len(), shape.directed, &run)
            .map_err(|error| explain(error, &Place { ids: Some(&ids), ..place }))?;
        account.release(bytes);
        let node_values = node_values(&node_batches, &shape, &ids)?;
        let held = node_batches.iter().map(RecordBatch::get_array_memory_size).sum();
        account.release(held);
        account.grow(node_values.len() * ids.len() * 8)?;
        figures.peak.set_max(account.peak());
        Ok(Arc::new(Built { graph, ids, node_values, account }))
    };
    let built = blocking(work).await;
    drop(guard);
    built
}

/// The columns of numbers of the table of nodes, by node.
fn node_values(batches: &[RecordBatch], shape: &Shape, ids: &Ids) -> Result<Vec<Vec<f64>>> {
    let mut values = vec![];
    for index in 1..=shape.node_columns.unwrap_or_default() {
        let mut by_node = vec![f64::NAN; ids.len()];
        if let (Some(nodes), Some(numbers)) = (column(batches, 0)?, column(batches, index)?) {
            let numbers =
                arrow::array::AsArray::as_primitive::<arrow::datatypes::Float64Type>(&numbers);
            for (node, number) in ids.find(&nodes)?.into_iter().zip(numbers) {
                if let (Some(node), Some(number)) = (node, number) {
                    by_node[node as usize] = number;
                }
            }
        }
        values.push(by_node);
    }
    Ok(values)
}

/// Does work off the threads that drive streams. It must end soon after it is no longer wanted.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    SpawnedTask::spawn_blocking(work).await.unwrap_or_else(|error| match error.is_panic() {
        true => Err(Error::internal(
            "a graph algorithm failed unexpectedly; this is a defect of the engine",
        )),
        false => Err(Error::cancelled("the query was cancelled")),
    })
}
