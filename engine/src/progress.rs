//! How far a running query is, read from the metrics of its scans.

use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::MetricValue;
use datafusion::physical_plan::statistics::StatisticsArgs;

/// How far a query is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Rows that the scans have produced.
    pub rows: u64,
    /// Bytes that the scans have read, where the format counts them.
    pub bytes: u64,
    /// The share of the input that is done, from 0 to 1, where the inputs know their size.
    pub fraction: Option<f64>,
    /// Time since the query started.
    pub elapsed: Duration,
}

/// Watches a query from another task.
#[derive(Debug, Clone)]
pub struct ProgressHandle {
    plan: Option<Arc<dyn ExecutionPlan>>,
    started: Instant,
}

impl ProgressHandle {
    pub(crate) fn new(plan: Option<Arc<dyn ExecutionPlan>>) -> Self {
        Self { plan, started: Instant::now() }
    }

    /// How far the query is now.
    pub fn snapshot(&self) -> Progress {
        let mut scans = Scans::default();
        if let Some(plan) = &self.plan {
            scans.visit(plan);
        }
        let fraction = (scans.known && scans.expected > 0)
            .then(|| (scans.rows as f64 / scans.expected as f64).min(1.0));
        Progress { rows: scans.rows, bytes: scans.bytes, fraction, elapsed: self.started.elapsed() }
    }
}

/// Sums over the leaves of a plan.
struct Scans {
    rows: u64,
    bytes: u64,
    expected: u64,
    /// Whether every leaf knew how many rows to expect.
    known: bool,
}

impl Default for Scans {
    fn default() -> Self {
        Self { rows: 0, bytes: 0, expected: 0, known: true }
    }
}

impl Scans {
    fn visit(&mut self, plan: &Arc<dyn ExecutionPlan>) {
        let children = plan.children();
        if !children.is_empty() {
            children.into_iter().for_each(|child| self.visit(child));
            return;
        }
        if let Some(metrics) = plan.metrics() {
            self.rows += metrics.output_rows().unwrap_or(0) as u64;
            self.bytes += metrics
                .sum(|metric| matches!(metric.value(), MetricValue::Count { name, .. } if name == "bytes_scanned"))
                .map_or(0, |value| value.as_usize() as u64);
        }
        let statistics = plan.statistics_from_inputs(&[], &StatisticsArgs::new()).ok();
        match statistics.and_then(|statistics| statistics.num_rows.get_value().copied()) {
            Some(rows) => self.expected += rows as u64,
            None => self.known = false,
        }
    }
}
