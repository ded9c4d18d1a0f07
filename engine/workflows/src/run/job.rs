//! One job: its tries, its time limit, and what it does with its rows.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Int64Type, UInt64Type};
use arrow::record_batch::RecordBatch;
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::logical_expr::LogicalPlanBuilder;
use datafusion::prelude::SessionContext;
use extension::{
    Error, ErrorKind, GivenTables, ParsedStatement, PlanRunner, Result, RunningPlan,
    StatementPlanner,
};
use futures::StreamExt;
use workflow_definition::{Severity, Step, identifier, literal};

use super::Outcome;
use crate::compile::{Action, Compiled, hide};
use crate::events::{Event, Listener};
use crate::fingerprint;

/// How often a running step tells how far it is.
const TICK: Duration = Duration::from_millis(200);
/// How many rows that break a check are kept.
const KEPT: usize = 1000;

/// What a job needs.
pub(super) struct Work {
    pub(super) context: SessionContext,
    pub(super) compiled: Arc<Compiled>,
    pub(super) job: usize,
    pub(super) listener: Listener,
    /// What it was computed from when it was last completed, if that counts.
    pub(super) last_fingerprint: Option<String>,
    pub(super) wants_fingerprint: bool,
    /// Where rows go that break a check.
    pub(super) failures: Option<PathBuf>,
}

impl Work {
    fn step(&self) -> &Step {
        &self.compiled.workflow.steps[self.compiled.jobs[self.job].step]
    }

    pub(super) async fn run(&self) -> Result<Outcome> {
        let job = &self.compiled.jobs[self.job];
        let step = self.step();
        let plan_fingerprint = match self.wants_fingerprint {
            true => {
                let spools =
                    job.reads.iter().map(|spool| match &self.compiled.jobs[*spool].action {
                        Action::Spool(spool) => spool.fingerprint(),
                        _ => None,
                    });
                fingerprint::of(&self.context, input(&job.plan), spools.collect()).await
            }
            false => None,
        };
        let path = step.text("path");
        let with_output = |plan: &str| {
            let output = fingerprint::of_output(path.as_deref()?)?;
            Some(format!("{plan} {output}"))
        };
        if let (Action::Sink, Some(plan), Some(last)) =
            (&job.action, &plan_fingerprint, &self.last_fingerprint)
            && with_output(&settings_and(step, plan)).as_ref() == Some(last)
        {
            let fingerprint = Some(last.clone());
            return Ok(Outcome { unchanged: true, fingerprint, ..Outcome::default() });
        }
        let mut attempt = 1;
        let outcome = loop {
            let once = self.once();
            let result = match step.timeout {
                None => once.await,
                Some(limit) => tokio::time::timeout(limit, once).await.unwrap_or_else(|_| {
                    Err(Error::cancelled(format!("it took longer than {limit:?}"))
                        .context("timeout"))
                }),
            };
            match result {
                Ok(outcome) => break outcome,
                // A time limit is the step's failure, not the user's wish.
                Err(error)
                    if error.kind() == ErrorKind::Cancelled
                        && error.message().starts_with("timeout") =>
                {
                    return Err(Error::new(ErrorKind::ResourcesExhausted, error.message()));
                }
                Err(error) if attempt < step.retry.attempts && is_passing(&error) => {
                    let wait = step.retry.wait(attempt);
                    let message = hide(&self.compiled.workflow, error.message());
                    (self.listener)(Event::Retrying {
                        step: step.name.clone(),
                        attempt,
                        wait,
                        error: message,
                    });
                    tokio::time::sleep(wait).await;
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        };
        let fingerprint = match &job.action {
            Action::Spool(spool) => {
                spool.set_fingerprint(plan_fingerprint.clone());
                plan_fingerprint
            }
            Action::Sink => {
                plan_fingerprint.and_then(|plan| with_output(&settings_and(step, &plan)))
            }
            Action::Check(_) => None,
        };
        Ok(Outcome { attempts: attempt, fingerprint, ..outcome })
    }

    async fn once(&self) -> Result<Outcome> {
        let job = &self.compiled.jobs[self.job];
        match &job.action {
            Action::Spool(spool) => {
                let running = self.start(job.plan.clone()).await?;
                let progress = Arc::clone(&running.progress);
                let runtime = self.context.runtime_env();
                let rows =
                    self.watched(&running.progress, spool.fill(running.rows, runtime)).await?;
                Ok(Outcome {
                    rows: Some(rows),
                    peak_memory: progress().peak_memory,
                    ..Outcome::default()
                })
            }
            Action::Sink => {
                let running = self.start(job.plan.clone()).await?;
                let progress = Arc::clone(&running.progress);
                let rows = self.watched(&progress, written(running)).await?;
                Ok(Outcome { rows, peak_memory: progress().peak_memory, ..Outcome::default() })
            }
            Action::Check(checks) => {
                for (name, severity, plan) in checks {
                    let running = self.start(plan.clone()).await?;
                    let progress = Arc::clone(&running.progress);
                    let (count, kept) = self.watched(&progress, failing(running)).await?;
                    if count > 0 {
                        self.broken(name, *severity, count, kept).await?;
                    }
                }
                Ok(Outcome::default())
            }
        }
    }

    async fn start(&self, plan: datafusion::logical_expr::LogicalPlan) -> Result<RunningPlan> {
        let text = format!("workflow {}: step {}", self.compiled.workflow.name, self.step().name);
        PlanRunner::of(&self.context)?.run_plan(&self.context, plan, &text).await
    }

    /// Does the work and tells how far it is.
    async fn watched<T>(
        &self,
        progress: &Arc<dyn Fn() -> extension::PlanProgress + Send + Sync>,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let started = Instant::now();
        let mut tick = tokio::time::interval_at(tokio::time::Instant::now() + TICK, TICK);
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = tick.tick() => {
                    let now = progress();
                    (self.listener)(Event::Progress {
                        step: self.step().name.clone(),
                        rows: now.rows,
                        bytes: now.bytes,
                        fraction: now.fraction,
                        elapsed: started.elapsed(),
                    });
                }
            }
        }
    }

    /// Keeps the rows that break a check, and fails if it is one of severity error.
    async fn broken(
        &self,
        name: &str,
        severity: Severity,
        count: u64,
        rows: Vec<RecordBatch>,
    ) -> Result<()> {
        let kept = match &self.failures {
            None => String::new(),
            Some(folder) => {
                std::fs::create_dir_all(folder)?;
                let safe = workflow_definition::history::file_name(&format!(
                    "{}.{name}",
                    self.step().name
                ));
                let path = folder.join(format!("{safe}.parquet"));
                self.keep(&path.display().to_string(), rows).await?;
                format!("; see '{}'", path.display())
            }
        };
        let message = match count {
            1 => format!("check '{name}': 1 row breaks it{kept}"),
            count => format!("check '{name}': {count} rows break it{kept}"),
        };
        match severity {
            Severity::Error => Err(Error::invalid_data(message)),
            Severity::Warn => {
                (self.listener)(Event::Warning { step: self.step().name.clone(), message });
                Ok(())
            }
        }
    }

    async fn keep(&self, path: &str, rows: Vec<RecordBatch>) -> Result<()> {
        const ROWS: &str = "failing rows";
        let Some(first) = rows.first() else { return Ok(()) };
        let table = MemTable::try_new(first.schema(), vec![rows])?;
        let plan =
            LogicalPlanBuilder::scan(ROWS, provider_as_source(Arc::new(table)), None)?.build()?;
        let mut given = GivenTables::default();
        given.add_plan(ROWS, plan);
        let state = given.within(self.context.state());
        let planner = StatementPlanner::of(&self.context)?;
        let text = format!(
            "COPY (SELECT * FROM {}) TO {} (FORMAT parquet)",
            identifier(ROWS),
            literal(path)
        );
        let ParsedStatement::DataFusion(statement) = planner.read_statement(&text, &state)? else {
            return Err(Error::internal("COPY was not read as a statement"));
        };
        let plan = planner.plan_statement(*statement, &state).await?;
        self.start(plan).await.map(written)?.await.map(drop)
    }
}

/// Of a statement that writes, the rows that it writes: how it writes them is in the step's keys.
fn input(plan: &datafusion::logical_expr::LogicalPlan) -> &datafusion::logical_expr::LogicalPlan {
    match plan {
        datafusion::logical_expr::LogicalPlan::Copy(copy) => &copy.input,
        other => other,
    }
}

/// The fingerprint of a file: that of its rows, and how they are written.
fn settings_and(step: &Step, plan: &str) -> String {
    let keys: Vec<String> =
        step.parameters.iter().map(|(name, node)| format!("{name}={}", node.to_json())).collect();
    let keys = blake3::hash(keys.join("\n").as_bytes()).to_hex();
    format!("{plan} {}", &keys[..16])
}

/// Whether trying again may help.
fn is_passing(error: &Error) -> bool {
    error.kind() == ErrorKind::Io
}

/// How many rows a statement wrote, if it says so.
async fn written(mut running: RunningPlan) -> Result<Option<u64>> {
    let mut count = None;
    while let Some(batch) = running.rows.next().await {
        let batch = batch?;
        let [column] = batch.columns() else { continue };
        if batch.num_rows() != 1 || !column.is_valid(0) {
            continue;
        }
        // Files are counted without a sign, tables as SQL counts.
        count = match column.data_type() {
            DataType::UInt64 => Some(column.as_primitive::<UInt64Type>().value(0)),
            DataType::Int64 => u64::try_from(column.as_primitive::<Int64Type>().value(0)).ok(),
            _ => count,
        };
    }
    Ok(count)
}

/// The number of rows that break a check, and the first of them.
async fn failing(mut running: RunningPlan) -> Result<(u64, Vec<RecordBatch>)> {
    let (mut count, mut kept, mut rows) = (0, 0, vec![]);
    while let Some(batch) = running.rows.next().await {
        let batch = batch?;
        count += batch.num_rows() as u64;
        let wanted = batch.num_rows().min(KEPT - kept);
        if wanted > 0 {
            kept += wanted;
            rows.push(batch.slice(0, wanted));
        }
    }
    Ok((count, rows))
}
