//! What a run tells while it runs, and how it is stopped.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// Something happened to a run or to one of its steps.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The run begins.
    RunStarted {
        /// Its id.
        run: String,
        /// The workflow.
        workflow: String,
        /// The steps that will run, in order.
        steps: Vec<String>,
    },
    /// A step begins.
    Started {
        /// The step.
        step: String,
        /// What it does: keep, write or check.
        kind: &'static str,
    },
    /// A step goes on.
    Progress {
        /// The step.
        step: String,
        /// Rows that its scans have read.
        rows: u64,
        /// Bytes that its scans have read.
        bytes: u64,
        /// The share that is done, where it is known.
        fraction: Option<f64>,
        /// Since when.
        elapsed: Duration,
    },
    /// A step failed and is tried again.
    Retrying {
        /// The step.
        step: String,
        /// The try that failed, from 1.
        attempt: u32,
        /// The wait before the next.
        wait: Duration,
        /// Why it failed.
        error: String,
    },
    /// A check found rows, or an error of it is only told.
    Warning {
        /// The step.
        step: String,
        /// What.
        message: String,
    },
    /// A step is over: completed, failed, skipped, unchanged or cancelled.
    Ended {
        /// The step.
        step: String,
        /// The word.
        status: &'static str,
        /// Rows that it made.
        rows: Option<u64>,
        /// How long it took.
        elapsed: Duration,
        /// Why, if it is not completed.
        message: Option<String>,
    },
    /// The run is over: completed, failed or cancelled.
    RunEnded {
        /// The run.
        run: String,
        /// The word.
        status: &'static str,
        /// How long it took.
        elapsed: Duration,
    },
}

impl Event {
    /// One line of JSON, with upstream's words where it has them.
    pub fn to_json(&self) -> Value {
        match self {
            Self::RunStarted { run, workflow, steps } => {
                json!({"type": "run_started", "run_id": run, "workflow": workflow, "steps": steps})
            }
            Self::Started { step, kind } => {
                json!({"type": "started", "step_id": step, "kind": kind})
            }
            Self::Progress { step, rows, bytes, fraction, elapsed } => json!({
                "type": "progress", "step_id": step, "rows": rows, "bytes": bytes,
                "fraction": fraction, "seconds": elapsed.as_secs_f64(),
            }),
            Self::Retrying { step, attempt, wait, error } => json!({
                "type": "retrying", "step_id": step, "attempt": attempt,
                "wait_ms": wait.as_millis() as u64, "error": error,
            }),
            Self::Warning { step, message } => {
                json!({"type": "warning", "step_id": step, "message": message})
            }
            Self::Ended { step, status, rows, elapsed, message } => json!({
                "type": status, "step_id": step, "rows": rows,
                "seconds": elapsed.as_secs_f64(), "error": message,
            }),
            Self::RunEnded { run, status, elapsed } => json!({
                "type": "run_ended", "run_id": run, "status": status, "seconds": elapsed.as_secs_f64(),
            }),
        }
    }
}

/// Takes events as they come.
pub type Listener = Arc<dyn Fn(Event) + Send + Sync>;

/// Stops a run: gracefully, so that nothing new begins and what runs ends, or now.
#[derive(Debug, Clone, Default)]
pub struct Cancellation {
    gracefully: CancellationToken,
    now: CancellationToken,
}

impl Cancellation {
    /// Lets running steps end and begins no others; a second call stops these, too.
    pub fn cancel(&self) {
        match self.gracefully.is_cancelled() {
            true => self.now.cancel(),
            false => self.gracefully.cancel(),
        }
    }

    /// Stops everything.
    pub fn cancel_now(&self) {
        self.gracefully.cancel();
        self.now.cancel();
    }

    /// Whether the run was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.gracefully.is_cancelled()
    }

    pub(crate) async fn asked(&self) {
        self.gracefully.cancelled().await;
    }

    pub(crate) async fn now(&self) {
        self.now.cancelled().await;
    }
}
