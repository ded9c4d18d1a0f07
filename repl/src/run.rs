//! Running scripts, pieces of scripts and single statements.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use engine::arrow::datatypes::SchemaRef;
use engine::arrow::record_batch::RecordBatch;
use engine::{Error, ErrorKind, Progress, ProgressHandle, Result, Session, Statement};
use futures::StreamExt;
use tokio::sync::mpsc;

use crate::commands;
use crate::delivery::Delivery;
use crate::output::Place;
use crate::progress::Bar;
use crate::report::Source;
use crate::script::{Piece, Reader};
use crate::shell::{Shell, Stop};

/// Whether to go on.
pub(crate) type Run = ControlFlow<Stop>;

/// Scripts may read scripts, but not for ever.
const DEEPEST: usize = 50;

/// What a running statement tells.
enum Event {
    Started(SchemaRef, ProgressHandle),
    Rows(RecordBatch),
}

impl Shell {
    /// Runs a script from a file.
    pub(crate) fn run_file(&mut self, path: &Path) -> Result<Run> {
        let name = path.display().to_string();
        if self.depth >= DEEPEST {
            return Err(Error::invalid_input(format!(
                "script '{name}' is read by a script that it reads"
            )));
        }
        let file = match path.is_dir() {
            true => Err(std::io::Error::from(std::io::ErrorKind::IsADirectory)),
            false => File::open(path),
        };
        let file = file.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                Error::not_found(format!("script '{name}' does not exist"))
            }
            _ => Error::io(format!("cannot read script '{name}': {error}")),
        })?;
        self.depth += 1;
        let run = self.run_lines(&name, BufReader::new(file));
        self.depth -= 1;
        Ok(run)
    }

    /// Runs a script line by line, so that each statement runs as soon as it is read.
    pub(crate) fn run_lines(&mut self, name: &str, mut lines: impl BufRead) -> Run {
        let mut reader = Reader::default();
        let mut bytes = vec![];
        for number in 1.. {
            bytes.clear();
            let source = Source { name: Some(name), line: number, text: "" };
            match lines.read_until(b'\n', &mut bytes) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => {
                    self.report(
                        &Error::io(format!("cannot read the script: {error}")),
                        source,
                        None,
                    );
                    return Run::Break(Stop::Failed);
                }
            }
            let Ok(mut line) = std::str::from_utf8(&bytes) else {
                self.report(&Error::invalid_data("the script is not UTF-8 text"), source, None);
                return Run::Break(Stop::Failed);
            };
            if number == 1 {
                line = line.strip_prefix('\u{feff}').unwrap_or(line);
                // A script may say which program runs it.
                if line.starts_with("#!") {
                    line = "\n";
                }
            }
            if let Some(piece) = reader.line(line) {
                self.run_piece(Some(name), piece)?;
            }
        }
        match reader.finish() {
            Some(piece) => self.run_piece(Some(name), piece),
            None => Run::Continue(()),
        }
    }

    /// Runs SQL and commands from the command line.
    pub(crate) fn run_text(&mut self, name: &str, text: &str) -> Run {
        self.run_lines(name, text.as_bytes())
    }

    /// Runs a command, or statements that stand together.
    pub(crate) fn run_piece(&mut self, name: Option<&str>, piece: Piece) -> Run {
        match piece {
            Piece::Command { text, line } => {
                if self.settings.echo {
                    let _ = writeln!(self.output, "{text}");
                }
                match commands::run(self, &text) {
                    Ok(run) => run,
                    Err(error) => self.fail(&error, Source { name, line, text: &text }, None),
                }
            }
            Piece::Sql { text, line } => self.run_statements(Source { name, line, text: &text }),
        }
    }

    fn run_statements(&mut self, source: Source<'_>) -> Run {
        let statements = match self.session.statements(source.text) {
            Ok(statements) => statements,
            Err(error) => return self.fail(&error, source, None),
        };
        for statement in statements {
            if self.settings.echo {
                let _ = writeln!(self.output, "{};", statement.text);
            }
            let started = Instant::now();
            let result = self.run_statement(&statement);
            if self.output.is_broken() {
                return Run::Break(Stop::BrokenPipe);
            }
            match result {
                Ok(()) => self.log.push(statement.text.clone()),
                Err(error) => self.fail(&error, source, Some(&statement))?,
            }
            if self.settings.timer {
                self.note(&format!("Run Time (s): real {:.3}\n", started.elapsed().as_secs_f64()));
            }
        }
        Run::Continue(())
    }

    /// Reports an error and says whether it ends the script.
    fn fail(&mut self, error: &Error, source: Source<'_>, statement: Option<&Statement>) -> Run {
        match error.kind() {
            // Who stops a statement knows where it stands.
            ErrorKind::Cancelled => self.report(error, Source { name: None, ..source }, None),
            _ => self.report(error, source, statement.map(|statement| statement.position)),
        }
        match error.kind() {
            ErrorKind::Cancelled => Run::Break(Stop::Interrupted),
            _ if self.settings.bail => Run::Break(Stop::Failed),
            _ => Run::Continue(()),
        }
    }

    /// Runs a statement and prints its rows as they come.
    fn run_statement(&mut self, statement: &Statement) -> Result<()> {
        self.set_busy();
        let result = self.drive(statement, None);
        self.set_idle();
        match (&result, self.output.end_result()) {
            _ if self.output.reader_left() => Ok(()),
            (Ok(()), Err(error)) => Err(error),
            _ => result,
        }
    }

    /// The rows of a statement of the shell's own.
    pub(crate) fn query(&mut self, sql: &str) -> Result<Vec<RecordBatch>> {
        let mut kept = vec![];
        for statement in self.session.statements(sql)? {
            self.set_busy();
            let result = self.drive(&statement, Some(&mut kept));
            self.set_idle();
            result?;
        }
        Ok(kept)
    }

    /// Runs a statement until it ends or Ctrl-C is pressed; its rows are printed, or kept.
    fn drive(&mut self, statement: &Statement, kept: Option<&mut Vec<RecordBatch>>) -> Result<()> {
        let (sender, mut events) = mpsc::channel(2);
        let session = self.session.clone();
        let wanted = self.settings.progress && !self.settings.quiet && session.config().progress;
        let mut delivery = Delivery {
            style: self.style(),
            on_terminal: self.output.place() == Place::Terminal,
            on_screen: !self.output.goes_to_file(),
            output: &mut self.output,
            format: self.settings.format,
            bar: Bar::new(wanted),
            printer: None,
            kept,
        };
        let interrupts = &mut self.interrupts;
        // Planning and fetching may keep threads busy for long; this one stays free for Ctrl-C.
        let task = self.runtime.spawn(pull(session.clone(), statement.clone(), sender));
        self.front.block_on(async {
            let clock = Instant::now();
            let mut progress: Option<ProgressHandle> = None;
            let mut tick = tokio::time::interval(Duration::from_millis(100));
            let outcome: Result<()> = loop {
                tokio::select! {
                    biased;
                    () = interrupts.next() => break Err(Error::cancelled("interrupted")),
                    _ = tick.tick() => delivery.bar.show(&match &progress {
                        Some(handle) => handle.snapshot(),
                        None => Progress { rows: 0, bytes: 0, fraction: None, elapsed: clock.elapsed() },
                    }),
                    event = events.recv() => {
                        let delivered = match event {
                            None => break Ok(()),
                            Some(Event::Started(schema, handle)) => {
                                progress = Some(handle);
                                delivery.start(&schema)
                            }
                            Some(Event::Rows(batch)) => delivery.rows(batch),
                        };
                        if delivered.is_err() {
                            break delivered;
                        }
                    }
                }
            };
            delivery.bar.clear();
            if outcome.is_err() {
                session.cancel_all();
                task.abort();
                return outcome;
            }
            task.await.unwrap_or_else(|panic| {
                Err(Error::internal(format!("the query ended early: {panic}")))
            })?;
            delivery.finish()
        })
    }
}

/// Starts a statement and hands its rows on, until nobody wants them any more.
async fn pull(session: Session, statement: Statement, events: mpsc::Sender<Event>) -> Result<()> {
    let mut query = session.run(&statement).await?;
    if events.send(Event::Started(query.schema(), query.progress())).await.is_err() {
        return Ok(());
    }
    while let Some(batch) = query.next().await {
        if events.send(Event::Rows(batch?)).await.is_err() {
            break;
        }
    }
    Ok(())
}
