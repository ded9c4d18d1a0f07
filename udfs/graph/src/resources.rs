//! What a run draws on: memory of the session's pool, threads for the kernels, and a flag that stops it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use algorithms::{Memory, Progress};
use datafusion::execution::memory_pool::{
    MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation,
};
use datafusion::physical_plan::metrics::{Count, ExecutionPlanMetricsSet, Gauge, MetricBuilder};
use extension::{Error, Result};
use parking_lot::Mutex;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// An account of memory in a pool of the engine.
pub(crate) struct Account {
    reservation: MemoryReservation,
    pool: Arc<dyn MemoryPool>,
    peak: AtomicUsize,
}

impl Account {
    /// An empty account.
    pub(crate) fn new(name: &str, pool: &Arc<dyn MemoryPool>) -> Arc<Self> {
        let consumer = MemoryConsumer::new(format!("Graph[{name}]"));
        Arc::new(Self {
            reservation: consumer.register(pool),
            pool: Arc::clone(pool),
            peak: AtomicUsize::new(0),
        })
    }

    /// Takes memory, or says that there is none.
    pub(crate) fn grow(&self, bytes: usize) -> datafusion::error::Result<()> {
        self.reservation.try_grow(bytes)?;
        self.peak.fetch_max(self.reservation.size(), Ordering::Relaxed);
        Ok(())
    }

    /// Gives memory back.
    pub(crate) fn release(&self, bytes: usize) {
        self.reservation.shrink(bytes.min(self.reservation.size()));
    }

    /// The most that was taken at a time.
    pub(crate) fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed)
    }

    /// All that the pool has to give, if that is limited.
    pub(crate) fn limit(&self) -> Option<usize> {
        match self.pool.memory_limit() {
            MemoryLimit::Finite(limit) => Some(limit),
            MemoryLimit::Infinite | MemoryLimit::Unknown => None,
        }
    }

    /// What is taken now.
    pub(crate) fn size(&self) -> usize {
        self.reservation.size()
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("size", &self.size()).finish_non_exhaustive()
    }
}

impl Memory for Account {
    fn try_grow(&self, bytes: usize) -> Result<(), String> {
        self.grow(bytes).map_err(|error| error.strip_backtrace())
    }

    fn shrink(&self, bytes: usize) {
        self.release(bytes);
    }
}

/// What EXPLAIN ANALYZE shows of a run.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    metrics: ExecutionPlanMetricsSet,
    pub(crate) nodes: Gauge,
    pub(crate) edges: Gauge,
    pub(crate) skipped: Count,
    pub(crate) peak: Gauge,
    /// Whether an iteration ended before its result had settled.
    pub(crate) not_converged: Count,
    iterations: Gauge,
    phases: Arc<Mutex<BTreeMap<&'static str, datafusion::physical_plan::metrics::Time>>>,
}

impl Figures {
    pub(crate) fn new(metrics: &ExecutionPlanMetricsSet) -> Self {
        let gauge = |name| MetricBuilder::new(metrics).global_gauge(name);
        Self {
            nodes: gauge("nodes"),
            edges: gauge("edges"),
            skipped: MetricBuilder::new(metrics).global_counter("skipped_null_ids"),
            peak: gauge("peak_bytes"),
            not_converged: MetricBuilder::new(metrics).global_counter("not_converged"),
            iterations: gauge("iterations"),
            phases: Arc::default(),
            metrics: metrics.clone(),
        }
    }

    /// Adds to the time of a phase.
    pub(crate) fn time(&self, phase: &'static str, elapsed: Duration) {
        let mut phases = self.phases.lock();
        let time = phases.entry(phase).or_insert_with(|| {
            let name = format!("{}_time", phase.replace(' ', "_"));
            MetricBuilder::new(&self.metrics).subset_time(name, 0)
        });
        time.add_duration(elapsed);
    }
}

impl Progress for Figures {
    fn phase(&self, name: &'static str, elapsed: Duration) {
        self.time(name, elapsed);
    }

    fn iteration(&self, number: u32, _change: f64) {
        self.iterations.set_max(number as usize);
    }
}

/// Stops a run when it is dropped, since work on other threads cannot be aborted.
#[derive(Debug, Default)]
pub(crate) struct CancelGuard(Arc<AtomicBool>);

impl CancelGuard {
    /// The flag that the run looks at.
    pub(crate) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

impl Drop for CancelGuard {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The threads of kernels, shared by all runs that want as many.
pub(crate) fn threads(count: usize) -> Result<Arc<ThreadPool>> {
    static POOLS: OnceLock<Mutex<BTreeMap<usize, Arc<ThreadPool>>>> = OnceLock::new();
    let mut pools = POOLS.get_or_init(Mutex::default).lock();
    if let Some(pool) = pools.get(&count) {
        return Ok(Arc::clone(pool));
    }
    let pool = ThreadPoolBuilder::new()
        .num_threads(count)
        .thread_name(|index| format!("graph-{index}"))
        .build()
        .map_err(|error| Error::internal(format!("cannot start threads: {error}")))?;
    let pool = Arc::new(pool);
    pools.insert(count, Arc::clone(&pool));
    Ok(pool)
}
