//! Plans of parts as queries of the session.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use extension::{PlanProgress, Result, RunPlan, RunningPlan};
use futures::StreamExt;
use planner::{Planned, Planner};

use crate::query::Query;
use crate::session::{Session, Shared};

/// Runs plans as a session runs statements.
#[derive(Debug)]
pub(crate) struct Runner {
    planner: Arc<Planner>,
    shared: Arc<Shared>,
}

impl Runner {
    pub(crate) fn new(planner: Arc<Planner>, shared: Arc<Shared>) -> Self {
        Self { planner, shared }
    }
}

#[async_trait]
impl RunPlan for Runner {
    async fn run_plan(
        &self,
        context: &SessionContext,
        plan: LogicalPlan,
        text: &str,
    ) -> Result<RunningPlan> {
        let (planner, shared) = (Arc::clone(&self.planner), Arc::clone(&self.shared));
        let session = Session::from_parts(context.clone(), planner, shared);
        let running = session.begin(text);
        let account = Arc::clone(&running.account);
        let work = session.execute(Planned { plan, names: None }, &running);
        let started = session.until_cancelled(&running, work).await;
        let query = Query::started(running, started)?;
        let (id, progress) = (query.id().to_string(), query.progress());
        let progress = move || {
            let now = progress.snapshot();
            PlanProgress {
                rows: now.rows,
                bytes: now.bytes,
                fraction: now.fraction,
                peak_memory: account.peak() as u64,
            }
        };
        Ok(RunningPlan { id, rows: query.boxed(), progress: Arc::new(progress) })
    }
}
