//! `pframe workflow`: running, looking at and drawing workflows.

pub(crate) mod args;
mod progress;
mod show;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use engine::workflow::definition::{NoLastRun, Workflow as Definition, identifier, select};
use engine::workflow::{Cancellation, Compiled, History, RunOptions, lineage, open, plan};
use engine::{Error, ErrorKind, Position, Result, Session};
use serde_json::Value;

use crate::interrupt::Mode;
use crate::report::{Source, render};
use crate::shell::Shell;
use crate::terminal::{self, Palette};
use args::{Action, FileArgs, HistoryArgs, RunArgs, Selection, Upstream, Values, Workflow};

/// An example that runs anywhere.
const EXAMPLE: &str = include_str!("../../../sql/examples/workflow.yml");

/// Does what the command line says.
pub(crate) fn run_command(shell: &mut Shell, workflow: Workflow) -> Result<()> {
    match workflow.action {
        None => upstream(shell, workflow.upstream),
        Some(Action::Run(args)) => run_file(shell, &args),
        Some(Action::Check(args)) => check(shell, &args),
        Some(Action::Plan(args)) => show::plan(shell, &args),
        Some(Action::List(args)) => show::list(shell, &args),
        Some(Action::Explain { file, step }) => show::explain(shell, &file, &step),
        Some(Action::Graph { file, form, output, last_run }) => {
            show::graph(shell, &file, &form, output.as_deref(), last_run)
        }
        Some(Action::Lineage(args)) => {
            let compiled = compiled(shell, &args.file, &args.values)?;
            shell.print_text(&pretty(&lineage(&compiled, None)))
        }
        Some(Action::History(args)) => show::history(shell, &args),
    }
}

/// Shows the history.
pub(crate) fn history(shell: &mut Shell, args: &HistoryArgs) -> Result<()> {
    show::history(shell, args)
}

/// `pframe workflow FILE …`.
fn upstream(shell: &mut Shell, args: Upstream) -> Result<()> {
    if let Some(path) = &args.create_example {
        if path.exists() {
            return Err(Error::already_exists(format!("'{}' exists", path.display())));
        }
        std::fs::write(path, EXAMPLE)?;
        shell.note(&format!("wrote '{}'\n", path.display()));
        return Ok(());
    }
    let Some(file) = args.file else {
        return Err(Error::invalid_input(
            "which workflow? give its file, or --create-example PATH",
        ));
    };
    let file_args = FileArgs { file, values: args.values, selection: Selection::default() };
    match (args.validate, args.list_steps, args.visualize.as_deref()) {
        (true, ..) => check(shell, &file_args),
        (_, true, _) => show::list(shell, &file_args),
        (_, _, Some(kind)) => {
            let form = match (kind, args.viz_format.as_deref()) {
                ("mermaid", _) => "mermaid",
                (_, None | Some("svg")) => "svg",
                (_, Some("dot")) => "dot",
                (_, Some(other)) => {
                    return Err(Error::unsupported(format!("pictures in {other} are not made"))
                        .with_hint("svg and dot are; Graphviz makes others from dot"));
                }
            };
            show::graph(shell, &file_args, form, args.viz_output.as_deref(), false)
        }
        _ => run_file(
            shell,
            &RunArgs {
                file: file_args.file,
                values: file_args.values,
                selection: Selection::default(),
                resume: false,
                skip_unchanged: false,
                dry_run: false,
                max_parallel: None,
                progress: None,
                lineage: None,
                no_history: false,
            },
        ),
    }
}

/// `k=v`, or upstream's `k=v,k2=v2`.
fn values(values: &Values) -> Result<Vec<(String, String)>> {
    let mut given = vec![];
    for text in &values.variables {
        // A comma begins another variable only if a name and '=' follow.
        let mut last: Option<usize> = None;
        for part in text.split(',') {
            match part.split_once('=') {
                Some((name, value))
                    if !name.trim().is_empty()
                        && name.trim().chars().all(|c| c.is_alphanumeric() || c == '_') =>
                {
                    given.push((name.trim().to_string(), value.to_string()));
                    last = Some(given.len() - 1);
                }
                _ => match last {
                    Some(index) => {
                        let (_, value): &mut (String, String) = &mut given[index];
                        value.push(',');
                        value.push_str(part);
                    }
                    None => {
                        return Err(Error::invalid_input(format!("'{text}' is not NAME=VALUE")));
                    }
                },
            }
        }
    }
    Ok(given)
}

/// Reports all but the last of several errors, which the caller reports.
fn report(shell: &Shell, file: &str, text: &str, mut errors: Vec<Error>) -> Error {
    let last = errors.pop();
    let palette = Palette::new(terminal::colours_errors());
    let source = Source { name: Some(file), line: 1, text };
    let shown = |error: &Error| {
        let error = match error.position() {
            Some(Position { line: 0, .. }) | None => Error::new(error.kind(), error.message()),
            Some(_) => error.clone(),
        };
        render(&error, source, None, &palette)
    };
    for error in &errors {
        shell.note(&shown(error));
    }
    match last {
        None => Error::internal("there is no error to report"),
        Some(last) => {
            shell.note(&shown(&last));
            let count = errors.len() + 1;
            let noun = if count == 1 { "problem" } else { "problems" };
            Error::new(last.kind(), format!("{file}: {count} {noun}"))
        }
    }
}

fn problems_as_errors(problems: &[engine::workflow::definition::Problem]) -> Vec<Error> {
    let error = |problem: &engine::workflow::definition::Problem| {
        let error = Error::invalid_input(problem.message.clone());
        let error = match problem.position.line {
            0 => error,
            line => error.at(Position { line, column: problem.position.column }),
        };
        match &problem.hint {
            Some(hint) => error.with_hint(hint.clone()),
            None => error,
        }
    };
    problems.iter().map(error).collect()
}

/// A file's workflow with its canonical path.
fn read(shell: &Shell, path: &Path, given: &Values) -> Result<(Definition, String, String)> {
    let opened = open(path, values(given)?, given.vars_file.as_deref())?;
    let text = std::fs::read_to_string(path).unwrap_or_default();
    match opened.workflow {
        Ok(workflow) => {
            for warning in &workflow.warnings {
                shell.note(&format!("warning: {}:{warning}\n", opened.path));
            }
            Ok((workflow, opened.canonical, text))
        }
        Err(problems) => Err(report(shell, &opened.path, &text, problems_as_errors(&problems))),
    }
}

/// A file's workflow, bound.
fn compiled(shell: &mut Shell, path: &Path, given: &Values) -> Result<Arc<Compiled>> {
    let (workflow, _, text) = read(shell, path, given)?;
    bound(shell, path, workflow, &text)
}

fn bound(
    shell: &mut Shell,
    path: &Path,
    workflow: Definition,
    text: &str,
) -> Result<Arc<Compiled>> {
    let session = shell.session.clone();
    let (sender, receiver) = std::sync::mpsc::channel();
    shell.interruptibly(async move {
        let _ = sender.send(session.compile_workflow(workflow).await);
        Ok(())
    })?;
    match receiver.recv() {
        Ok(Ok(compiled)) => Ok(Arc::new(compiled)),
        Ok(Err(errors)) => Err(report(shell, &path.display().to_string(), text, errors)),
        Err(_) => Err(Error::internal("the workflow was not planned")),
    }
}

/// The chosen steps.
fn chosen(compiled: &Compiled, file: &str, selection: &Selection) -> Result<BTreeSet<usize>> {
    let joined = |words: &[String]| (!words.is_empty()).then(|| words.join(" "));
    let (selected, excluded) = (joined(&selection.select), joined(&selection.exclude));
    let last = LastRecord { compiled, record: History::default().last(file) };
    let none = NoLastRun;
    let last: &dyn engine::workflow::definition::LastRun = match last.record {
        Some(_) => &last,
        None => &none,
    };
    select(&compiled.workflow, &compiled.graph, last, selected.as_deref(), excluded.as_deref())
        .map_err(|problem| problems_as_errors(&[problem]).remove(0).context("--select"))
}

/// The last run, as selection asks for it. A step has changed if its SQL has.
struct LastRecord<'a> {
    compiled: &'a Compiled,
    record: Option<engine::workflow::definition::history::RunRecord>,
}

impl engine::workflow::definition::LastRun for LastRecord<'_> {
    fn is_modified(&self, step: &str) -> Option<bool> {
        let record = self.record.as_ref()?;
        let index = self.compiled.workflow.steps.iter().position(|one| one.name == step)?;
        Some(match record.step(step) {
            None => true,
            Some(before) => before.definition != Some(self.compiled.definition(index)),
        })
    }

    fn is_new(&self, step: &str) -> Option<bool> {
        self.record.as_ref().map(|record| record.step(step).is_none())
    }

    fn result(&self, step: &str) -> Option<String> {
        self.record.as_ref()?.step(step).map(|step| step.status.clone())
    }
}

fn check(shell: &mut Shell, args: &FileArgs) -> Result<()> {
    let compiled = compiled(shell, &args.file, &args.values)?;
    if !shell.settings.quiet {
        let (steps, file) = (compiled.workflow.steps.len(), args.file.display());
        shell.print_text(&format!("{file}: {steps} steps, no problems\n"))?;
    }
    Ok(())
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

fn run_file(shell: &mut Shell, args: &RunArgs) -> Result<()> {
    let (workflow, file, text) = read(shell, &args.file, &args.values)?;
    let compiled = bound(shell, &args.file, workflow, &text)?;
    let steps = chosen(&compiled, &file, &args.selection)?;
    if args.dry_run {
        return shell.print_text(&show::plan_text(&plan(&compiled, &steps), false));
    }
    let how = args.progress.clone().unwrap_or_else(|| {
        match (shell.settings.quiet, shell.settings.progress) {
            (true, _) | (_, false) => "none".to_string(),
            _ => "bar".to_string(),
        }
    });
    let reporter = progress::Reporter::new(&how, compiled.workflow.steps.len());
    let cancellation = Cancellation::default();
    let options = RunOptions {
        steps,
        file,
        max_parallel: args.max_parallel,
        skip_unchanged: args.skip_unchanged,
        resume: args.resume,
        history: (!args.no_history).then(History::default),
        listener: reporter.listener(),
        cancellation: cancellation.clone(),
    };
    let record = drive(shell, Arc::clone(&compiled), options, &cancellation, how != "none");
    reporter.end();
    let record = record?;
    if let Some(path) = &args.lineage {
        std::fs::write(path, pretty(&lineage(&compiled, Some(&record))))?;
    }
    if how != "json" && how != "none" {
        shell.note(&show::summary(&record));
    }
    match record.status.as_str() {
        "completed" => Ok(()),
        "cancelled" => Err(Error::cancelled("the workflow was cancelled")),
        _ => {
            let failed: Vec<String> = record
                .steps
                .iter()
                .filter(|step| step.status == "failed")
                .map(|step| identifier(&step.name))
                .collect();
            let hint = record
                .steps
                .iter()
                .find(|step| step.status == "failed")
                .and_then(|step| step.error_message.clone());
            let error = Error::new(
                ErrorKind::InvalidData,
                format!("the workflow failed at {}", failed.join(", ")),
            );
            Err(match hint.filter(|_| how == "none") {
                Some(hint) => error.with_hint(hint),
                None => error,
            })
        }
    }
}

/// Runs until it is done; Ctrl-C once lets running steps end, twice stops them.
fn drive(
    shell: &mut Shell,
    compiled: Arc<Compiled>,
    options: RunOptions,
    cancellation: &Cancellation,
    told: bool,
) -> Result<engine::workflow::definition::history::RunRecord> {
    shell.interrupts.set_mode(Mode::GoOn);
    shell.interrupts.reset();
    let session: Session = shell.session.clone();
    let mut task =
        shell.runtime.spawn(async move { session.run_workflow(compiled, options).await });
    let interrupts = &mut shell.interrupts;
    let result = shell.front.block_on(async move {
        loop {
            tokio::select! {
                biased;
                () = interrupts.next() => {
                    if told {
                        use std::io::Write;
                        let text: &[u8] = match cancellation.is_cancelled() {
                            false => b"\nstopping when the running steps are done; Ctrl-C again stops them now\n",
                            true => b"\nstopping now\n",
                        };
                        let _ = std::io::stderr().write_all(text);
                    }
                    cancellation.cancel();
                }
                done = &mut task => {
                    break done.unwrap_or_else(|panic| Err(Error::internal(format!("the run ended early: {panic}"))));
                }
            }
        }
    });
    shell.set_idle();
    result
}
