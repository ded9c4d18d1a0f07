//! `pframe`: SQL over any file, from a shell, scripts and standard input.
//!
//! [`args`] reads the command line. [`shell`] holds the session and what can be set. [`script`] cuts
//! text into statements and commands of the shell, [`run`] runs them, [`delivery`] takes their rows, [`commands`] is the list of those
//! commands. [`format`] is the list of ways to print a result, over [`value`] and [`json`] for single
//! values; [`output`] is where they go. [`interactive`] is the prompt: editing, completion, history.
//! [`interrupt`] and [`progress`] are about queries that take long, [`report`] about those that fail. [`workflow`] is `pframe workflow`.

mod args;
mod commands;
mod convert;
mod delivery;
mod format;
mod graph;
mod info;
mod interactive;
mod interrupt;
mod json;
mod keywords;
mod lexer;
mod output;
mod progress;
mod quote;
mod report;
mod run;
mod script;
mod shell;
mod terminal;
mod value;
mod workflow;

use std::ffi::OsString;
use std::io::{BufReader, IsTerminal};
use std::ops::ControlFlow;

use clap::CommandFactory;
use engine::{Config, Error, Result, Session};

use crate::args::{CommandLine, Options, Sub, Work, usage_error};
use crate::interrupt::INTERRUPTED_STATUS;
use crate::report::{Source, render};
use crate::run::Run;
use crate::shell::{Shell, Stop};
use crate::terminal::Palette;

/// The exit status if a statement failed.
const FAILED: u8 = 1;
/// The exit status for a wrong command line.
const USAGE: u8 = 2;
/// The exit status of a program whose reader is gone, as shells report it.
const BROKEN_PIPE: u8 = 141;

/// Does what a command line says, whose first word is the command's own name, and gives the exit status.
/// A wrong command line, `--help` and `--version` end the process.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let mut line = CommandLine::read(arguments);
    if let Some(Sub::Completions { shell }) = &line.subcommand {
        clap_complete::generate(
            *shell,
            &mut CommandLine::command(),
            "pframe",
            &mut std::io::stdout(),
        );
        return 0;
    }
    if let Some(database) = &line.database {
        usage_error(format!(
            "persistent databases are not supported yet, so '{database}' cannot be opened; \
             without it tables are kept in memory, and files are read with FROM 'file'"
        ));
    }
    let (mut shell, progress) = match start(&line.options) {
        Ok(started) => started,
        Err(error) => {
            complain(&error);
            return USAGE;
        }
    };
    shell.settings.progress = progress;
    let run = match line.subcommand.take() {
        Some(Sub::Info { files }) => {
            finish(info::run(&mut shell, &files, line.options.format.as_deref()))
        }
        Some(Sub::Convert(convert)) => {
            if line.options.format.is_some() {
                usage_error(
                    "--format says how results are printed; the format of the output is --to",
                );
            }
            finish(convert::run(&mut shell, &convert))
        }
        Some(Sub::Graph(graph)) => finish(graph::run(&mut shell, &graph)),
        Some(Sub::Workflow(command)) => finish(workflow::run_command(&mut shell, *command)),
        Some(Sub::WorkflowHistory(args)) => finish(workflow::history(&mut shell, &args)),
        Some(Sub::Completions { .. }) => Run::Continue(()),
        None if !line.work.is_empty() => run_work(&mut shell, &line.work),
        None if std::io::stdin().is_terminal() => interactive::run(&mut shell),
        None => shell.run_lines("stdin", BufReader::new(std::io::stdin())),
    };
    let status = status(&shell, run);
    end(shell);
    status
}

/// The session and its shell as the command line wants them.
fn start(options: &Options) -> Result<(Shell, bool)> {
    let mut config = Config::load(options.config.as_deref())?;
    let on_line = |name: &'static str| move |error: Error| error.context(format!("--{name}"));
    for (name, value) in &options.settings {
        config.set(name, value).map_err(on_line("set"))?;
    }
    if let Some(size) = &options.memory_limit {
        config.set("memory_limit", size).map_err(on_line("memory-limit"))?;
    }
    if let Some(threads) = &options.threads {
        config.set("threads", threads).map_err(on_line("threads"))?;
    }
    if options.read_only {
        config.set("read_only", "true")?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.threads.max(2))
        .thread_stack_size(engine::STACK_SIZE)
        .enable_all()
        .build()?;
    let format = format::find(options.format.as_deref().unwrap_or("box"))?;
    let session = {
        let _inside = runtime.enter();
        Session::builder().with_config(config).build()?
    };
    Ok((Shell::new(session, runtime, format, options.quiet)?, !options.no_progress))
}

fn run_work(shell: &mut Shell, work: &[Work]) -> Run {
    for work in work {
        match work {
            Work::Command(text) => shell.run_text("-c", text)?,
            Work::File(path) if path.as_os_str() == "-" => {
                shell.run_lines("stdin", BufReader::new(std::io::stdin()))?;
            }
            Work::File(path) => match shell.run_file(path) {
                Ok(run) => run?,
                Err(error) => {
                    shell.failed = true;
                    complain(&error);
                    return Run::Break(Stop::Failed);
                }
            },
        }
    }
    Run::Continue(())
}

/// The outcome of a subcommand, with its error reported.
fn finish(result: Result<()>) -> Run {
    match result {
        Ok(()) => Run::Continue(()),
        Err(error) => {
            complain(&error);
            match error.kind() {
                engine::ErrorKind::Cancelled => Run::Break(Stop::Interrupted),
                _ => Run::Break(Stop::Failed),
            }
        }
    }
}

/// An error that belongs to no text.
fn complain(error: &Error) {
    use std::io::Write;
    let palette = Palette::new(terminal::colours_errors());
    let bare = Error::new(error.kind(), error.message());
    let bare = match error.hint() {
        Some(hint) => bare.with_hint(hint),
        None => bare,
    };
    let text = render(&bare, Source { name: None, line: 1, text: "" }, None, &palette);
    let _ = std::io::stderr().write_all(text.as_bytes());
}

fn status(shell: &Shell, run: Run) -> u8 {
    let so_far = if shell.failed && !shell.interactive { FAILED } else { 0 };
    match run {
        ControlFlow::Continue(()) => so_far,
        ControlFlow::Break(Stop::Exit(status)) => status.unwrap_or(so_far),
        ControlFlow::Break(Stop::Failed) => FAILED,
        ControlFlow::Break(Stop::Interrupted) => INTERRUPTED_STATUS,
        ControlFlow::Break(Stop::BrokenPipe) => BROKEN_PIPE,
    }
}

/// Lets go of the session, with its spilled files, but does not wait for work that was cancelled.
fn end(shell: Shell) {
    let Shell { session, runtime, mut output, .. } = shell;
    let _ = output.redirect(None);
    drop(session);
    runtime.shutdown_background();
}
