//! What is printed about workflows: plans, lists, pictures, the past.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use engine::workflow::definition::history::RunRecord;
use engine::workflow::definition::{Graph, PICTURE_FORMATS, Picture, closest};
use engine::workflow::{self, History, Planned};
use engine::{Error, Result};

use super::args::{FileArgs, HistoryArgs};
use super::{chosen, compiled, read};
use crate::progress::short;
use crate::shell::Shell;

/// `workflow plan`.
pub(super) fn plan(shell: &mut Shell, args: &FileArgs) -> Result<()> {
    let (_, file, _) = read(shell, &args.file, &args.values)?;
    let compiled = compiled(shell, &args.file, &args.values)?;
    let steps = chosen(&compiled, &file, &args.selection)?;
    shell.print_text(&plan_text(&workflow::plan(&compiled, &steps), true))
}

/// One paragraph a step, or one line.
pub(super) fn plan_text(planned: &[Planned], details: bool) -> String {
    let mut out = String::new();
    let width = planned.iter().map(|step| step.step.chars().count()).max().unwrap_or(0);
    for step in planned {
        let _ = writeln!(
            out,
            "{:6} {:width$}  {:10} {}",
            step.action, step.step, step.step_type, step.why
        );
        if !details {
            continue;
        }
        if !step.columns.is_empty() {
            let columns: Vec<String> =
                step.columns.iter().map(|(name, sql_type)| format!("{name} {sql_type}")).collect();
            let _ = writeln!(out, "         columns: {}", columns.join(", "));
        }
        let _ = writeln!(out, "         {}", step.sql.replace('\n', "\n         "));
    }
    out
}

/// `workflow list`.
pub(super) fn list(shell: &mut Shell, args: &FileArgs) -> Result<()> {
    let (workflow, file, _) = read(shell, &args.file, &args.values)?;
    let mut wanted = None;
    if !args.selection.select.is_empty() || !args.selection.exclude.is_empty() {
        let compiled = compiled(shell, &args.file, &args.values)?;
        wanted = Some(chosen(&compiled, &file, &args.selection)?);
    }
    let mut out = String::new();
    for (index, step) in workflow.steps.iter().enumerate() {
        if wanted.as_ref().is_none_or(|wanted| wanted.contains(&index)) {
            match wanted {
                Some(_) => {
                    let _ = writeln!(out, "{}", step.name);
                }
                None => {
                    let about = step.description.as_deref().unwrap_or_default();
                    let _ = writeln!(out, "{}\t{}\t{about}", step.name, step.spelled);
                }
            }
        }
    }
    shell.print_text(&out)
}

/// `workflow explain`.
pub(super) fn explain(shell: &mut Shell, args: &FileArgs, step: &str) -> Result<()> {
    let compiled = compiled(shell, &args.file, &args.values)?;
    let steps = &compiled.workflow.steps;
    let Some(index) = steps.iter().position(|one| one.name == step) else {
        let error = Error::not_found(format!("there is no step '{step}'"));
        return Err(match closest(step, steps.iter().map(|step| step.name.as_str())) {
            Some(near) => error.with_hint(format!("did you mean '{near}'?")),
            None => error,
        });
    };
    let session = shell.session.clone();
    let text = shell.interruptibly(async move { session.explain_workflow(&compiled, index) })?;
    shell.print_text(&format!("{text}\n"))
}

/// `workflow graph`.
pub(super) fn graph(
    shell: &mut Shell,
    args: &FileArgs,
    form: &str,
    output: Option<&Path>,
    last_run: bool,
) -> Result<()> {
    let (_, file, _) = read(shell, &args.file, &args.values)?;
    let compiled = compiled(shell, &args.file, &args.values)?;
    let states: BTreeMap<String, String> = match last_run {
        false => BTreeMap::new(),
        true => {
            let run = History::default()
                .last(&file)
                .ok_or_else(|| Error::not_found("the workflow has not run before"))?;
            run.steps.into_iter().map(|step| (step.name, step.status)).collect()
        }
    };
    let graph: &Graph = &compiled.graph;
    let picture = Picture { workflow: &compiled.workflow, graph, states };
    let text = picture.draw(form).ok_or_else(|| {
        let error = Error::invalid_input(format!("'{form}' is no form of a picture"));
        match closest(form, PICTURE_FORMATS) {
            Some(near) => error.with_hint(format!("did you mean '{near}'?")),
            None => error.with_hint(format!("forms: {}", PICTURE_FORMATS.join(", "))),
        }
    })?;
    match output {
        None => shell.print_text(&text),
        Some(path) => {
            std::fs::write(path, text)
                .map_err(|error| Error::from(error).context(path.display()))?;
            shell.note(&format!("wrote '{}'\n", path.display()));
            Ok(())
        }
    }
}

/// What a run came to, in a line.
pub(super) fn summary(record: &RunRecord) -> String {
    let count = |word: &str| record.steps.iter().filter(|step| step.status == word).count();
    let mut parts = vec![];
    for word in ["completed", "unchanged", "skipped", "cancelled", "failed"] {
        if count(word) > 0 {
            parts.push(format!("{} {word}", count(word)));
        }
    }
    format!(
        "{} {} in {:.2} s: {}\n",
        record.workflow_name,
        record.status,
        record.duration_seconds,
        parts.join(", ")
    )
}

/// `workflow history`.
pub(super) fn history(shell: &mut Shell, args: &HistoryArgs) -> Result<()> {
    let history = History::default();
    if let Some(days) = args.cleanup {
        let deleted = history.cleanup(Duration::from_secs(days.saturating_mul(24 * 60 * 60)))?;
        return shell.print_text(&format!("{deleted} records deleted\n"));
    }
    let runs: Vec<RunRecord> = history
        .runs()
        .into_iter()
        .filter(|run| args.workflow_name.as_ref().is_none_or(|name| *name == run.workflow_name))
        .filter(|run| args.status.as_ref().is_none_or(|status| *status == run.status))
        .collect();
    let mut out = String::new();
    if args.stats {
        let mut by_name: BTreeMap<&str, Vec<&RunRecord>> = BTreeMap::new();
        for run in &runs {
            by_name.entry(&run.workflow_name).or_default().push(run);
        }
        for (name, runs) in by_name {
            let completed = runs.iter().filter(|run| run.status == "completed").count();
            let seconds: f64 = runs.iter().map(|run| run.duration_seconds).sum();
            let _ = writeln!(
                out,
                "{name}: {} runs, {completed} completed ({:.0} %), {:.2} s on average",
                runs.len(),
                100.0 * completed as f64 / runs.len() as f64,
                seconds / runs.len() as f64
            );
        }
        return shell.print_text(&out);
    }
    for run in runs.iter().take(args.limit) {
        let _ = writeln!(
            out,
            "{}  {}  {:9}  {:8.2} s  {}",
            run.execution_id, run.start_time, run.status, run.duration_seconds, run.workflow_name
        );
        if args.details {
            for step in &run.steps {
                let rows = step
                    .rows
                    .map(|rows| format!("{} rows", short(rows as f64)))
                    .unwrap_or_default();
                let _ = writeln!(
                    out,
                    "    {:24} {:10} {:9} {:>9} {rows} {}",
                    step.name,
                    step.step_type,
                    step.status,
                    step.duration_seconds
                        .map(|seconds| format!("{seconds:.2} s"))
                        .unwrap_or_default(),
                    step.error_message.as_deref().unwrap_or_default()
                );
            }
        }
    }
    shell.print_text(&out)
}
