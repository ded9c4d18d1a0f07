//! Running the jobs of a workflow: in parallel, with retries, time limits and checks, noted in the
//! history as they end.

mod job;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{SecondsFormat, Utc};
use datafusion::prelude::SessionContext;
use extension::{Error, ErrorKind, Result};
use tokio::task::JoinSet;
use workflow_definition::history::{RunRecord, StepRecord};
use workflow_definition::{Effect, OnFailure, Pool};

use crate::compile::{Action, Compiled, hide, step_error};
use crate::events::{Cancellation, Event, Listener};
use crate::history::History;

/// How a workflow is run.
#[derive(Clone)]
pub struct RunOptions {
    /// The steps to run; those that make rows for them are computed with them.
    pub steps: BTreeSet<usize>,
    /// The file, as the history names it.
    pub file: String,
    /// How many jobs run at once; the workflow's own number if `None`.
    pub max_parallel: Option<usize>,
    /// Whether files whose plan and inputs have not changed since they were written are left as they are.
    pub skip_unchanged: bool,
    /// Whether what the last run of the file completed is left as it is, if it has not changed.
    pub resume: bool,
    /// Where runs are noted; nowhere if `None`.
    pub history: Option<History>,
    /// Takes what happens.
    pub listener: Listener,
    /// Stops the run.
    pub cancellation: Cancellation,
}

impl std::fmt::Debug for RunOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunOptions").field("file", &self.file).finish_non_exhaustive()
    }
}

/// What a job left.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    pub(crate) rows: Option<u64>,
    pub(crate) peak_memory: u64,
    pub(crate) attempts: u32,
    pub(crate) fingerprint: Option<String>,
    pub(crate) unchanged: bool,
    pub(crate) elapsed: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Done,
    Failed,
    Skipped,
    Cancelled,
}

fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Runs a workflow and tells what became of it. A step's failure is no error of the run: the record says so.
///
/// # Errors
/// A history that cannot be written.
pub async fn run(
    context: &SessionContext,
    compiled: Arc<Compiled>,
    options: RunOptions,
) -> Result<RunRecord> {
    let started = Instant::now();
    let last = match (&options.history, options.resume || options.skip_unchanged) {
        (Some(history), true) => match options.resume {
            true => history.last(&options.file).into_iter().collect(),
            false => {
                history.runs().into_iter().filter(|run| run.workflow_file == options.file).collect()
            }
        },
        _ => vec![],
    };
    if options.resume && last.is_empty() {
        return Err(Error::not_found(format!(
            "'{}' has not run before, so there is nothing to resume",
            options.file
        )));
    }
    let mut runner = Runner::new(context, compiled, options, last);
    runner.begin()?;
    runner.drive().await?;
    runner.end(started.elapsed())
}

struct Runner<'a> {
    context: &'a SessionContext,
    compiled: Arc<Compiled>,
    options: RunOptions,
    last: Vec<RunRecord>,
    record: RunRecord,
    states: Vec<State>,
    failed: bool,
    stopping: bool,
}

impl<'a> Runner<'a> {
    fn new(
        context: &'a SessionContext,
        compiled: Arc<Compiled>,
        options: RunOptions,
        last: Vec<RunRecord>,
    ) -> Self {
        let workflow = &compiled.workflow;
        let producer = |index: &usize| workflow.steps[*index].name.clone();
        let steps = compiled
            .graph
            .order
            .iter()
            .map(|index| {
                let step = &workflow.steps[*index];
                let made = step
                    .text("path")
                    .or(step.text("table"))
                    .filter(|_| step.step_type.effect == Effect::Sink);
                let read = step
                    .texts("path")
                    .into_iter()
                    .filter(|_| step.step_type.effect == Effect::Rows);
                StepRecord {
                    name: step.name.clone(),
                    step_type: step.step_type.name.to_string(),
                    status: "pending".to_string(),
                    input_datasets: compiled.graph.before[*index]
                        .iter()
                        .map(producer)
                        .chain(read)
                        .collect(),
                    output_datasets: vec![hide(
                        workflow,
                        &made.unwrap_or_else(|| step.output.clone()),
                    )],
                    definition: Some(compiled.definition(*index)),
                    ..StepRecord::default()
                }
            })
            .collect();
        let record = RunRecord {
            workflow_name: workflow.name.clone(),
            workflow_file: options.file.clone(),
            execution_id: uuid::Uuid::now_v7().to_string(),
            start_time: now(),
            status: "running".to_string(),
            steps,
            variables: workflow.variables.clone(),
            working_directory: std::env::current_dir()
                .map(|folder| folder.display().to_string())
                .unwrap_or_default(),
            process: std::process::id(),
            ..RunRecord::default()
        };
        let states = vec![State::Waiting; compiled.jobs.len()];
        Self { context, compiled, options, last, record, states, failed: false, stopping: false }
    }

    fn tell(&self, event: Event) {
        (self.options.listener)(event);
    }

    fn save(&self) -> Result<()> {
        match &self.options.history {
            Some(history) => history.save(&self.record),
            None => Ok(()),
        }
    }

    fn name(&self, job: usize) -> String {
        self.compiled.workflow.steps[self.compiled.jobs[job].step].name.clone()
    }

    /// Leaves out what was not asked for, and what must not run.
    fn begin(&mut self) -> Result<()> {
        let compiled = Arc::clone(&self.compiled);
        let workflow = &compiled.workflow;
        let mut off = BTreeMap::new();
        for index in &compiled.graph.order {
            let step = &workflow.steps[*index];
            if let Some(condition) = step.when.as_ref().filter(|condition| !condition.holds) {
                off.insert(
                    *index,
                    format!("its condition does not hold: {}", hide(workflow, &condition.text)),
                );
            } else if let Some(needed) =
                compiled.graph.before[*index].iter().find(|before| off.contains_key(*before))
            {
                off.insert(*index, format!("'{}' was skipped", workflow.steps[*needed].name));
            }
        }
        // Jobs of chosen steps run, and the spools and checks that these need.
        let mut wanted = BTreeSet::new();
        let mut front: Vec<usize> = (0..compiled.jobs.len())
            .filter(|job| {
                let job = &compiled.jobs[*job];
                let all = self.options.steps.len() == workflow.steps.len();
                let reads_nothing = matches!(job.action, Action::Spool(_)) && !all;
                self.options.steps.contains(&job.step)
                    && !off.contains_key(&job.step)
                    && !reads_nothing
            })
            .collect();
        while let Some(job) = front.pop() {
            if !wanted.insert(job) {
                continue;
            }
            let job = &compiled.jobs[job];
            // Sinks that were not chosen are not run for the order's sake.
            let needed = job.needs.iter().filter(|needed| {
                job.reads.contains(*needed)
                    || self.options.steps.contains(&compiled.jobs[**needed].step)
            });
            front.extend(needed);
        }
        // Spools that nobody reads are not filled.
        let read: BTreeSet<usize> =
            wanted.iter().flat_map(|job| compiled.jobs[*job].reads.iter().copied()).collect();
        wanted.retain(|job| {
            !matches!(compiled.jobs[*job].action, Action::Spool(_)) || read.contains(job)
        });
        for job in 0..compiled.jobs.len() {
            if !wanted.contains(&job) {
                self.states[job] = State::Done;
            }
        }
        let chosen = |step: &usize| self.options.steps.contains(step);
        let names =
            compiled.graph.order.iter().filter(|step| chosen(step) && !off.contains_key(step));
        let steps = names.map(|step| workflow.steps[*step].name.clone()).collect();
        let run = self.record.execution_id.clone();
        self.tell(Event::RunStarted { run, workflow: workflow.name.clone(), steps });
        for (step, reason) in &off {
            if self.options.steps.contains(step) {
                self.ended(*step, "skipped", &Outcome::default(), Some(reason.clone()));
            }
        }
        for step in &compiled.graph.order {
            if !self.options.steps.contains(step)
                && !compiled
                    .jobs
                    .iter()
                    .enumerate()
                    .any(|(job, one)| one.step == *step && wanted.contains(&job))
            {
                self.note(*step, |record| {
                    record.status = "skipped".to_string();
                    record.error_message = Some("it was not selected".to_string());
                });
            }
        }
        self.save()
    }

    fn note(&mut self, step: usize, change: impl FnOnce(&mut StepRecord)) {
        let name = &self.compiled.workflow.steps[step].name;
        if let Some(record) = self.record.steps.iter_mut().find(|record| record.name == *name) {
            change(record);
        }
    }

    fn ended(
        &mut self,
        step: usize,
        status: &'static str,
        outcome: &Outcome,
        message: Option<String>,
    ) {
        let (outcome, text) = (outcome.clone(), message.clone());
        self.note(step, |record| {
            // A step that keeps rows and checks them ends twice; the worse word stays.
            if record.status != "failed" {
                record.status = status.to_string();
                record.error_message = text;
            }
            record.end_time = Some(now());
            record.duration_seconds =
                Some(record.duration_seconds.unwrap_or_default() + outcome.elapsed.as_secs_f64());
            record.rows = record.rows.or(outcome.rows);
            record.memory_bytes =
                record.memory_bytes.max((outcome.peak_memory > 0).then_some(outcome.peak_memory));
            record.attempts = record.attempts.max(outcome.attempts);
            record.fingerprint = outcome.fingerprint.or(record.fingerprint.take());
        });
        let name = self.compiled.workflow.steps[step].name.clone();
        self.tell(Event::Ended {
            step: name,
            status,
            rows: outcome.rows,
            elapsed: outcome.elapsed,
            message,
        });
    }

    fn limit(&self) -> usize {
        let threads = self.context.state().config().target_partitions();
        self.options
            .max_parallel
            .or(self.compiled.workflow.settings.max_parallel)
            .unwrap_or(threads)
            .max(1)
    }

    /// Whether there is room for one more of the pool.
    fn has_room(&self, pool: Pool, limit: usize) -> bool {
        let threads = self.context.state().config().target_partitions();
        let most = match pool {
            Pool::Any => limit,
            Pool::Cpu => threads,
            Pool::Io => 2 * threads,
            Pool::Network => 4 * threads,
            Pool::Memory => 1,
        };
        let running = |job: &usize| self.states[*job] == State::Running;
        let all = (0..self.states.len()).filter(running).count();
        let same = (0..self.states.len())
            .filter(running)
            .filter(|job| self.compiled.workflow.steps[self.compiled.jobs[*job].step].pool == pool)
            .count();
        all < limit && same < most
    }

    async fn drive(&mut self) -> Result<()> {
        let limit = self.limit();
        let mut running: JoinSet<(usize, Result<Outcome>)> = JoinSet::new();
        let cancellation = self.options.cancellation.clone();
        loop {
            self.stopping |= cancellation.is_cancelled();
            self.start_ready(limit, &mut running)?;
            if running.is_empty() {
                break;
            }
            let stopping = self.stopping;
            tokio::select! {
                biased;
                () = cancellation.now() => {
                    running.shutdown().await;
                    for job in 0..self.states.len() {
                        if self.states[job] == State::Running {
                            self.states[job] = State::Cancelled;
                            let step = self.compiled.jobs[job].step;
                            self.ended(step, "cancelled", &Outcome::default(), Some("the run was stopped".to_string()));
                        }
                    }
                }
                () = cancellation.asked(), if !stopping => {}
                Some(done) = running.join_next() => match done {
                    Ok((job, result)) => self.finished(job, result)?,
                    Err(error) if error.is_panic() => {
                        return Err(Error::internal("a step failed unexpectedly; this is a defect of the engine"));
                    }
                    Err(_) => {}
                },
            }
        }
        Ok(())
    }

    fn start_ready(
        &mut self,
        limit: usize,
        running: &mut JoinSet<(usize, Result<Outcome>)>,
    ) -> Result<()> {
        let compiled = Arc::clone(&self.compiled);
        for (index, job) in compiled.jobs.iter().enumerate() {
            if self.states[index] != State::Waiting {
                continue;
            }
            if self.stopping {
                self.states[index] = State::Cancelled;
                let reason = match self.options.cancellation.is_cancelled() {
                    true => ("cancelled", "the run was stopped"),
                    false => ("skipped", "a step before it failed and stops the run"),
                };
                self.ended(job.step, reason.0, &Outcome::default(), Some(reason.1.to_string()));
                continue;
            }
            let blocked = job.needs.iter().find(|needed| {
                matches!(self.states[**needed], State::Failed | State::Skipped | State::Cancelled)
            });
            if let Some(needed) = blocked {
                let reason = match self.states[*needed] {
                    State::Failed => format!("'{}' failed", self.name(*needed)),
                    _ => format!("'{}' did not run", self.name(*needed)),
                };
                self.states[index] = State::Skipped;
                self.ended(job.step, "skipped", &Outcome::default(), Some(reason));
                continue;
            }
            let ready = job.needs.iter().all(|needed| self.states[*needed] == State::Done);
            let step = &compiled.workflow.steps[job.step];
            if !ready || !self.has_room(step.pool, limit) {
                continue;
            }
            self.states[index] = State::Running;
            self.note(job.step, |record| {
                record.status = "running".to_string();
                record.start_time.get_or_insert_with(now);
            });
            self.tell(Event::Started { step: step.name.clone(), kind: job.kind() });
            let before: Vec<(String, String)> = self
                .last
                .iter()
                .filter_map(|run| run.step(&step.name))
                .filter(|record| matches!(record.status.as_str(), "completed" | "unchanged"))
                .take(1)
                .filter_map(|record| Some((record.fingerprint.clone()?, record.name.clone())))
                .collect();
            let work = job::Work {
                context: self.context.clone(),
                compiled: Arc::clone(&compiled),
                job: index,
                listener: Arc::clone(&self.options.listener),
                last_fingerprint: before.into_iter().next().map(|(fingerprint, _)| fingerprint),
                wants_fingerprint: self.options.history.is_some(),
                failures: self.options.history.as_ref().map(|history| {
                    history.folder().join("failures").join(&self.record.execution_id)
                }),
            };
            running.spawn(async move {
                let started = Instant::now();
                let result = work
                    .run()
                    .await
                    .map(|outcome| Outcome { elapsed: started.elapsed(), ..outcome });
                (index, result)
            });
        }
        // What was skipped just now may block what stands before it in the list.
        let more = compiled.jobs.iter().enumerate().any(|(index, job)| {
            self.states[index] == State::Waiting
                && job.needs.iter().any(|needed| {
                    matches!(
                        self.states[*needed],
                        State::Failed | State::Skipped | State::Cancelled
                    )
                })
        });
        match more {
            true => self.start_ready(limit, running),
            false => self.save(),
        }
    }

    fn finished(&mut self, job: usize, result: Result<Outcome>) -> Result<()> {
        let compiled = Arc::clone(&self.compiled);
        let index = compiled.jobs[job].step;
        let step = &compiled.workflow.steps[index];
        match result {
            Ok(outcome) => {
                self.states[job] = State::Done;
                let status = if outcome.unchanged { "unchanged" } else { "completed" };
                self.ended(index, status, &outcome, None);
            }
            Err(error) if error.kind() == ErrorKind::Cancelled => {
                self.states[job] = State::Cancelled;
                self.stopping = true;
                self.options.cancellation.cancel();
                self.ended(
                    index,
                    "cancelled",
                    &Outcome::default(),
                    Some(error.message().to_string()),
                );
            }
            Err(error) => {
                self.states[job] = State::Failed;
                let error = step_error(&compiled.workflow, step, &error);
                let message = match error.hint() {
                    Some(hint) => format!("{}; {hint}", error.message()),
                    None => error.message().to_string(),
                };
                self.ended(index, "failed", &Outcome::default(), Some(message.clone()));
                match step.on_failure {
                    OnFailure::Ignore => {
                        self.tell(Event::Warning { step: step.name.clone(), message });
                    }
                    OnFailure::Skip => self.failed = true,
                    OnFailure::Stop => {
                        self.failed = true;
                        self.stopping = true;
                    }
                }
            }
        }
        // Rows that nobody will read any more give their memory back.
        for (spool, one) in compiled.jobs.iter().enumerate() {
            let Action::Spool(rows) = &one.action else { continue };
            let wanted = compiled.jobs.iter().enumerate().any(|(reader, job)| {
                job.reads.contains(&spool)
                    && matches!(self.states[reader], State::Waiting | State::Running)
            });
            if self.states[spool] == State::Done && !wanted {
                rows.clear();
            }
        }
        self.save()
    }

    fn end(mut self, elapsed: Duration) -> Result<RunRecord> {
        let cancelled = self.options.cancellation.is_cancelled();
        let status = match (cancelled, self.failed) {
            (true, _) => "cancelled",
            (false, true) => "failed",
            (false, false) => "completed",
        };
        // Steps without a job of their own went where the steps went that read them.
        let compiled = Arc::clone(&self.compiled);
        for step in &compiled.graph.order {
            let descendants = compiled.graph.descendants(*step);
            let words: Vec<String> = descendants
                .iter()
                .filter_map(|index| self.record.step(&compiled.workflow.steps[*index].name))
                .map(|record| record.status.clone())
                .collect();
            let word = ["completed", "failed", "unchanged", "cancelled", "skipped"]
                .into_iter()
                .find(|word| words.iter().any(|found| found == word));
            let (status, message) = match word {
                Some("failed") => ("skipped", "a step that reads it failed"),
                Some(word) => (word, "computed within the steps that read it"),
                None => ("skipped", "no step writes its rows"),
            };
            let mut inline = false;
            self.note(*step, |record| {
                if record.status == "pending" {
                    inline = true;
                    record.status = status.to_string();
                    record.error_message = (status == "skipped").then(|| message.to_string());
                }
            });
            if inline {
                let step = compiled.workflow.steps[*step].name.clone();
                let message = Some(message.to_string());
                self.tell(Event::Ended {
                    step,
                    status,
                    rows: None,
                    elapsed: Duration::ZERO,
                    message,
                });
            }
        }
        self.record.status = status.to_string();
        self.record.end_time = Some(now());
        self.record.duration_seconds = elapsed.as_secs_f64();
        self.save()?;
        self.tell(Event::RunEnded { run: self.record.execution_id.clone(), status, elapsed });
        Ok(self.record)
    }
}
