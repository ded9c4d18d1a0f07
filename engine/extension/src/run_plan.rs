//! The service by which a part runs a plan as a query of the session: registered, cancellable, charged
//! to its own account.

use std::fmt::{self, Debug};
use std::sync::{Arc, OnceLock};

use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use futures::stream::BoxStream;

use crate::{Error, Result};

/// What a running plan has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PlanProgress {
    /// Rows that its scans have produced.
    pub rows: u64,
    /// Bytes that its scans have read, where the format counts them.
    pub bytes: u64,
    /// The share of the input that is done, from 0 to 1, where the inputs know their size.
    pub fraction: Option<f64>,
    /// Bytes of memory that it held at most.
    pub peak_memory: u64,
}

/// A plan that runs. Dropping it stops the work.
pub struct RunningPlan {
    /// The id in `system.queries`.
    pub id: String,
    /// The rows, as they are made.
    pub rows: BoxStream<'static, Result<RecordBatch>>,
    /// How far it is.
    pub progress: Arc<dyn Fn() -> PlanProgress + Send + Sync>,
}

impl Debug for RunningPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningPlan").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Starts plans as queries.
#[async_trait]
pub trait RunPlan: Debug + Send + Sync {
    /// Optimises and starts a plan. `text` is what `system.queries` shows.
    async fn run_plan(
        &self,
        context: &SessionContext,
        plan: LogicalPlan,
        text: &str,
    ) -> Result<RunningPlan>;
}

/// The service. The engine fills it in once.
#[derive(Debug, Default)]
pub struct PlanRunner(OnceLock<Arc<dyn RunPlan>>);

impl PlanRunner {
    /// Fills the runner in; only the first call counts.
    pub fn set(&self, runner: Arc<dyn RunPlan>) {
        let _ = self.0.set(runner);
    }

    /// The runner of the session behind `context`.
    ///
    /// # Errors
    /// For a context that the engine did not make.
    pub fn of(context: &SessionContext) -> Result<Arc<dyn RunPlan>> {
        let service = context.state_ref().read().config().get_extension::<Self>();
        service
            .and_then(|service| service.0.get().cloned())
            .ok_or_else(|| Error::internal("the session runs no plans"))
    }
}
