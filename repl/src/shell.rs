//! The state of a running `pframe`: its session, its output, and what dot commands can change.

use engine::arrow::record_batch::RecordBatch;
use engine::{Error, Position, Result, Session};
use std::io::Write;
use tokio::runtime::Runtime;

use crate::format::{self, Format, Style};
use crate::interrupt::{Interrupts, Mode};
use crate::output::{Output, Place};
use crate::report::{Source, render};
use crate::terminal::{self, Palette};

/// What dot commands can change.
#[derive(Debug)]
pub(crate) struct Settings {
    /// How results are printed.
    pub(crate) format: &'static Format,
    /// The looks of results.
    pub(crate) style: Style,
    /// The width of boxes; 0 for that of the terminal.
    pub(crate) max_width: usize,
    /// Whether a script ends at its first error.
    pub(crate) bail: bool,
    /// Whether the duration of each statement is printed.
    pub(crate) timer: bool,
    /// Whether statements are printed before they run.
    pub(crate) echo: bool,
    /// Whether long queries show their progress.
    pub(crate) progress: bool,
    /// Whether nothing but results and errors is printed.
    pub(crate) quiet: bool,
    /// The prompt, and that of further lines of a statement.
    pub(crate) prompts: [String; 2],
}

/// Why nothing more is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A statement failed.
    Failed,
    /// Ctrl-C.
    Interrupted,
    /// Nobody reads the results any more.
    BrokenPipe,
    /// `.exit`, with a status if one was given.
    Exit(Option<u8>),
}

/// A running `pframe`.
pub(crate) struct Shell {
    pub(crate) session: Session,
    /// Where queries run.
    pub(crate) runtime: Runtime,
    /// Where the shell waits for them, undisturbed by how busy they keep the other one.
    pub(crate) front: Runtime,
    pub(crate) settings: Settings,
    pub(crate) output: Output,
    pub(crate) interrupts: Interrupts,
    /// Whether a person types.
    pub(crate) interactive: bool,
    /// How many scripts read each other at the moment.
    pub(crate) depth: usize,
    /// Whether a statement failed.
    pub(crate) failed: bool,
    /// What was run in this shell and went well.
    pub(crate) log: Vec<String>,
}

impl Shell {
    pub(crate) fn new(
        session: Session,
        runtime: Runtime,
        format: &'static Format,
        quiet: bool,
    ) -> Result<Self> {
        let interrupts = Interrupts::listen()?;
        let front = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        Ok(Self {
            settings: Settings {
                format,
                style: Style::default(),
                max_width: 0,
                bail: true,
                timer: false,
                echo: false,
                progress: true,
                quiet,
                prompts: ["pframe> ".to_string(), "   ...> ".to_string()],
            },
            session,
            runtime,
            front,
            output: Output::new(),
            interrupts,
            interactive: false,
            depth: 0,
            failed: false,
            log: vec![],
        })
    }

    /// The looks of the next result, fitted to where it goes.
    pub(crate) fn style(&self) -> Style {
        let mut style = self.settings.style.clone();
        let place = self.output.place();
        style.width = match (self.settings.max_width, place) {
            (0, Place::Terminal | Place::Program) => terminal::width(),
            (0, Place::Pipe | Place::File) => None,
            (width, _) => Some(width),
        };
        // A file is read by whoever wants all of it.
        if self.settings.max_width == 0 && place == Place::File {
            style.max_rows = 0;
        }
        style
    }

    /// Prints an error and notes it.
    pub(crate) fn report(&mut self, error: &Error, source: Source<'_>, start: Option<Position>) {
        self.failed = true;
        // Results printed before the error should be seen before it, too.
        let _ = self.output.flush();
        let palette = Palette::new(terminal::colours_errors());
        self.note(&render(error, source, start, &palette));
    }

    /// Prints text that is no result.
    pub(crate) fn note(&self, text: &str) {
        // There is no better place to complain about a broken standard error.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }

    /// What Ctrl-C means while something runs.
    pub(crate) fn set_busy(&mut self) {
        self.interrupts.set_mode(if self.interactive { Mode::GoOn } else { Mode::Stop });
        self.interrupts.reset();
    }

    /// What Ctrl-C means while nothing runs.
    pub(crate) fn set_idle(&mut self) {
        self.interrupts.set_mode(if self.interactive { Mode::GoOn } else { Mode::Leave });
        self.interrupts.reset();
    }

    /// Runs work on the session until it is done or Ctrl-C is pressed.
    pub(crate) fn interruptibly<T: Send + 'static>(
        &mut self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        self.set_busy();
        let interrupts = &mut self.interrupts;
        let session = &self.session;
        let mut task = self.runtime.spawn(work);
        let result = self.front.block_on(async move {
            tokio::select! {
                biased;
                () = interrupts.next() => {
                    session.cancel_all();
                    task.abort();
                    Err(Error::cancelled("interrupted"))
                }
                done = &mut task => done.unwrap_or_else(|panic| Err(Error::internal(format!("the work ended early: {panic}")))),
            }
        });
        self.set_idle();
        result
    }

    /// Prints rows in the present format, with all rows and columns.
    pub(crate) fn print(&mut self, batches: &[RecordBatch]) -> Result<()> {
        let Some(first) = batches.first() else { return Ok(()) };
        let mut style = self.style();
        style.max_rows = 0;
        let format = match self.settings.format.binary {
            true => format::find("box")?,
            false => self.settings.format,
        };
        let mut printer = format.printer(&first.schema(), &style)?;
        for batch in batches {
            printer.batch(batch, &mut self.output)?;
        }
        printer.finish(&mut self.output)?;
        self.output.end_result()
    }

    /// Prints lines of text as a result.
    pub(crate) fn print_text(&mut self, text: &str) -> Result<()> {
        self.output.write_all(text.as_bytes())?;
        self.output.end_result()
    }
}
